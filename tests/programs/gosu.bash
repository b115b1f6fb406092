# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# gosu makes main another user. With CAP_SETUID and CAP_SETGID alone, as hardened containers have it,
# init may not signal that one by itself.

TESTS+=(gosu_main_of_another_user_gets_term)
gosu_main_of_another_user_gets_term() {
	need gosu setpriv
	need_root "another user"
	start_as_pid1 setpriv --bounding-set=-all,+setuid,+setgid --inh-caps=-all \
		"$PIDONE" -- gosu nobody sleep 1000
	wait_for "main" has_main
	wait_for "sleep of another user" is_named "$main" sleep
	kill -TERM "$init"
	finish
	expect_status 143
}
