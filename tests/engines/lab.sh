#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# docs/lab.md: every command answers what the page shows.
. "$(dirname "$0")/lib.sh"

page_is_true() { LAB_FOLDER=$D/bin "$ROOT/scripts/lab" --check; }

false_page_is_told() {
	sed 's/^program: done$/program: dead/' "$ROOT/docs/lab.md" >"$D/lab.md"
	if LAB_PAGE=$D/lab.md LAB_FOLDER=$D/bin "$ROOT/scripts/lab" --check; then fail "a false page passed"; fi
}

check "docs/lab.md: every command answers what the page shows" page_is_true
text_check "docs/lab.md: a false page is told" false_page_is_told

if [ -z "${ENGINES_CHECK:-}" ]; then
	for tool in lsns nsenter unshare pgrep ps; do
		type -P "$tool" >/dev/null || all_skipped "needs $tool"
	done
fi
run_checks "$@"
