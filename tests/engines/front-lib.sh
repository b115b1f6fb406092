# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# shellcheck shell=bash
# Engines that stay in front of their container, with its output and its exit status. An engine's
# file defines
#
#   command_line NAME TERMINAL COMMAND...  sets LINE, the engine's whole command line; TERMINAL is
#                                          true or false
#   e_kill, e_exec, remove_all             as cases.sh says

e_run() {
	command_line c1 false "$@"
	"${LINE[@]}"
}

e_start() {
	local name=$1
	shift
	command_line "$name" false "$@"
	# bash ignores these two for what runs behind, and main would inherit that.
	env --default-signal=INT,QUIT "${LINE[@]}" >"$D/tmp/$name.log" 2>&1 </dev/null &
	E_PID=$!
}

e_stop() { e_kill "$1" TERM; }
e_status() {
	STATUS=0
	wait "$E_PID" || STATUS=$?
}
e_logs() { cat "$D/tmp/$1.log"; }
e_tty() {
	command_line c1 true "$@"
	TTY_COMMAND=$(printf '%q ' "${LINE[@]}")
}

# ---- engines without a command for these: from outside, as root can ---------------------------

# PID 1 of the container, as it is called here; there is one container at a time.
PID_1=
has_pid_1() {
	[ -z "$PID_1" ] || ! kill -0 "$PID_1" || return 0
	PID_1=$(awk '/^NSpid:/ && NF == 3 && $3 == 1 { print $2 }' /proc/[0-9]*/status 2>/dev/null) || :
	[ -n "$PID_1" ]
}
kill_pid_1() { # SIGNAL
	wait_until "PID 1" has_pid_1
	kill "-$(signal_number "$1")" "$PID_1"
}
exec_beside() { # COMMAND...
	wait_until "PID 1" has_pid_1
	nsenter -t "$PID_1" --mount --pid --root --wd=/ -- "$@"
}
