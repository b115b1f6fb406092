#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# bubblewrap with --as-pid-1: the sandbox of Flatpak, here with an init of ours in it.
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"
. "$HERE/front-lib.sh"
AS_PID_1=(--as-pid-1)
BEFORE=()

# On a terminal it is the caller's own: bubblewrap makes none. A size of its own it does not set.
command_line() { # NAME TERMINAL COMMAND...
	shift 2
	LINE=("${BEFORE[@]}" bwrap --unshare-pid --unshare-ipc "${AS_PID_1[@]}" --bind "$D/rootfs" / --proc /proc
		--dev /dev --setenv PATH /usr/bin:/bin /pidone "${OPTS[@]}" -- "$@")
}
e_kill() { kill_pid_1 "$2"; }
e_exec() { shift; exec_beside "$@"; }
remove_all() { ! has_pid_1 || kill -KILL "$PID_1"; }

# Without the option bubblewrap is PID 1 itself.
behind_bubblewraps_own_init() {
	AS_PID_1=()
	works_behind_another_init
}

# It is of the terminal's foreground itself and would end of ^C, with or without an init in it.
ctrl_c_outlived() {
	BEFORE=(env --ignore-signal=INT)
	ctrl_c_comes_once
}

basic_checks
check "a shell on a terminal has job control" shell_has_job_control /bin/sh
check "^C ends the shell's job, not the shell" ctrl_c_ends_the_job_alone
check "^C reaches main once, where bubblewrap outlives it" ctrl_c_outlived
check "a resize reaches main" resize_reaches_main
check "without --as-pid-1: orphans are reaped, -t works" behind_bubblewraps_own_init

if [ -z "${ENGINES_CHECK:-}" ]; then
	command -v bwrap >/dev/null || all_skipped "bubblewrap is not installed"
	ENGINE=$(bwrap --version)
	make_test_root "$D/rootfs"
	error=$(e_run /bin/true 2>&1) || all_skipped "bubblewrap runs nothing here: $error"
fi
run_checks "$@"
