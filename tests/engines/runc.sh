#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# runc with a hand-written bundle.
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"
. "$HERE/bundle-lib.sh"
RUNTIME=(runc --root /run/runc)

bundle_checks

[ -n "${ENGINES_CHECK:-}" ] || needs_runtime runc
run_checks "$@"
