#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# systemd-nspawn, without systemd: nothing is registered with it.
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"
. "$HERE/front-lib.sh"
RUN_ARGS=()

command_line() { # NAME TERMINAL COMMAND...
	local console=pipe
	[ "$2" = false ] || console=interactive
	shift 2
	LINE=(systemd-nspawn --quiet --register=no --keep-unit --directory "$D/rootfs"
		--console="$console" --kill-signal=SIGTERM "${RUN_ARGS[@]}" /pidone "${OPTS[@]}" -- "$@")
}
e_kill() { kill_pid_1 "$2"; } # as machinectl kill does
e_stop() { # the signal that nspawn gets makes it send its --kill-signal
	wait_until "PID 1" has_pid_1
	kill -TERM "$E_PID"
}
e_exec() { shift; exec_beside "$@"; }
remove_all() { ! has_pid_1 || kill -KILL "$PID_1"; }

# Systemd's own container manager speaks of signals as systemd knows them.
kill_signal_reaches_main() {
	RUN_ARGS=(--kill-signal=SIGRTMIN+3)
	start_siglog c1
	e_stop c1
	wait_log c1 '^signal 37 '
	e_kill c1 TERM
	e_status c1
	equal "status" "$STATUS" 0
}

# It passes descriptors on and says LISTEN_PID=1, which is init.
listen_pid_is_mains() {
	local out
	# shellcheck disable=SC2016
	command_line c1 false /bin/sh -c 'echo "pid $LISTEN_PID is $$"; cat <&3'
	# shellcheck disable=SC2016
	out=$(bash -c 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"' - "${LINE[@]}" 3<<<from-descriptor-3)
	matches "what main saw" "$out" '^pid ([2-9]) is \1$'
	matches "descriptor 3" "$out" '^from-descriptor-3$'
}

# ---- behind nspawn's own init -------------------------------------------------------------------

as_pid2() {
	RUN_ARGS=(--as-pid2)
	works_behind_another_init
	remove_all
	ends_with 42 /bin/sh -c '[ $PPID = 2 ] || exit 99; exit 42'
}

common_checks
check "--kill-signal=SIGRTMIN+3 reaches main" kill_signal_reaches_main
check "LISTEN_PID is main's pid, and main has the descriptor" listen_pid_is_mains
check "--as-pid2: orphans are reaped, -t works, main's exit status is the container's" as_pid2

if [ -z "${ENGINES_CHECK:-}" ]; then
	command -v systemd-nspawn >/dev/null || all_skipped "systemd-nspawn is not installed"
	ENGINE="systemd-nspawn $(systemd-nspawn --version | sed -n '1s/^systemd //p')"
	make_test_root "$D/rootfs"
	error=$(e_run /bin/true 2>&1) || all_skipped "systemd-nspawn runs nothing here: $error"
fi
run_checks "$@"
