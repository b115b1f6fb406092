#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# crun with a hand-written bundle. It starts fastest, so it has what takes many containers.
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"
. "$HERE/bundle-lib.sh"
SETS_SIZE=no
RUNTIME=(crun --root /run/crun)

bundle_checks
check "exit statuses from 0 to 255 are the container's" statuses_all_over

if [ -z "${ENGINES_CHECK:-}" ]; then
	# crun refuses a machine with both versions of cgroups; in the sandbox there need not be.
	! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified
	needs_runtime crun
fi
run_checks "$@"
