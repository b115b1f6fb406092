# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# bash on a terminal: interrupt, stop and continue a program; TERM and HUP from outside.

TESTS+=(bash_on_a_terminal_has_job_control_and_ends_of_hup)
bash_on_a_terminal_has_job_control_and_ends_of_hup() {
	need python3
	find_namespace
	"$(python)" "$here/terminal.py" "${namespace[@]}" "$PIDONE" -- \
		bash --norc --noprofile -i >"$T/terminal.log" 2>&1 || fail "see below"
}
