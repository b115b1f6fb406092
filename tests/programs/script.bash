# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A Python script with handlers for TERM and INT that do not exit.

TESTS+=(script_with_handlers_gets_term_and_int_and_ends_of_hup)
script_with_handlers_gets_term_and_int_and_ends_of_hup() {
	need python3
	start "$(python)" "$here/handlers.py"
	wait_for "the script" has_line ready
	kill -TERM "$init"
	wait_for "SIGTERM in the script" has_line "got SIGTERM"
	kill -INT "$init"
	wait_for "SIGINT in the script" has_line "got SIGINT"
	kill -HUP "$init"
	finish
	expect_status 129
	[ "$(grep -c got "$T/out.log")" = 2 ] || fail "a signal came twice"
}
