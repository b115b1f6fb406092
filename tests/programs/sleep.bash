# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# sleep: a program without any signal handler.

TESTS+=(sleep_as_pid1_ignores_hup_int_term)
sleep_as_pid1_ignores_hup_int_term() {
	local signal

	start_as_pid1 sleep 3600
	wait_for "sleep" is_named "$init" sleep
	for signal in HUP INT TERM; do
		kill -$signal "$init"
		# A deadly signal leaves a KILL pending, or a process that is not asleep any more; an
		# ignored one leaves nothing. So there is nothing to wait for.
		grep -q '^State:.S' "/proc/$init/status" || fail "$signal did something"
		! grep -E '^(SigPnd|ShdPnd):.*[1-9a-f]' "/proc/$init/status" ||
			fail "$signal was not ignored"
	done
}

ends_sleep() { # SIGNAL, STATUS
	start sleep 3600
	wait_for "sleep" is_named "$main" sleep
	kill "-$1" "$init"
	finish
	expect_status "$2"
}

TESTS+=(sleep_under_pidone_ends_of_hup sleep_under_pidone_ends_of_int
	sleep_under_pidone_ends_of_term)
sleep_under_pidone_ends_of_hup() { ends_sleep HUP 129; }
sleep_under_pidone_ends_of_int() { ends_sleep INT 130; }
sleep_under_pidone_ends_of_term() { ends_sleep TERM 143; }
