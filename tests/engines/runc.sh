#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runc with a hand-written bundle.
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"
. "$HERE/bundle-lib.sh"
RUNTIME=(runc --root /run/runc)

bundle_checks

[ -n "${ENGINES_CHECK:-}" ] || needs_runtime runc
run_checks "$@"
