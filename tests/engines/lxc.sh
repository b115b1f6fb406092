#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# LXC: pidone as lxc.init.cmd of an application container, and behind lxc-execute's own init.
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"
. "$HERE/front-lib.sh"
LXC=(-P /run/lxc -n c1)
EXECUTE=no # yes: by lxc-execute

write_config() { # INIT COMMAND, each word without blanks or quotes but the last; none for lxc-execute
	mkdir -p /run/lxc
	cat >"$D/lxc.conf" <<-END
	lxc.rootfs.path = dir:$D/rootfs
	lxc.uts.name = c1
	lxc.net.0.type = none
	lxc.mount.auto = proc:mixed sys:ro
	lxc.apparmor.profile = unconfined
	lxc.environment = PATH=/usr/bin:/bin
	$1
	END
}

# lxc.init.cmd is split at blanks, so the words stand in a script in the root.
command_line() { # NAME TERMINAL COMMAND...
	local console="lxc.console.path = none"
	[ "$2" = false ] || console=
	shift 2
	printf '#!/bin/sh\nexec %s\n' "$(printf '%q ' /pidone "${OPTS[@]}" -- "$@")" >"$D/rootfs/start"
	chmod 755 "$D/rootfs/start"
	if [ "$EXECUTE" = yes ]; then
		write_config "$console"
		LINE=(lxc-execute "${LXC[@]}" -f "$D/lxc.conf" -- /start)
	else
		write_config "$console"$'\n'"lxc.init.cmd = /start"
		LINE=(bash -c "$START" - "${LXC[@]}" -f "$D/lxc.conf" -F -l INFO -o "$D/tmp/lxc.log")
	fi
}

# Of a container's status lxc-start tells its log alone.
START='rm -f "$D/tmp/lxc.log"
	lxc-start "$@" || exit 125
	status=$(sed -n "s/.* Child <.*> ended on \([a-z]*\) (\([0-9]*\))$/\1-\2/p" "$D/tmp/lxc.log")
	case $status in
	error-*) exit "${status#*-}" ;;
	signal-*) exit "$((128 + ${status#*-}))" ;;
	esac'
e_kill() { kill_pid_1 "$2"; }
e_exec() { shift; lxc-attach "${LXC[@]}" -- "$@"; }
remove_all() { lxc-stop "${LXC[@]}" -k; }

# lxc-stop sends RTMIN+3 to a PID 1 that has it blocked, as systemd has and every init that waits in
# a signalfd. Most programs end of it, or do not know it.
lxc_stop() { lxc-stop "${LXC[@]}" -t 300; }

stop_sends_37() {
	start_siglog c1
	lxc_stop &
	wait_log c1 '^signal 37 '
	no_match "the log" "$(e_logs c1)" '^signal (15|30) '
	e_kill c1 TERM
	e_status c1
	equal "status" "$STATUS" 0
	wait
}

stop_rewritten_is_a_TERM() {
	OPTS=(-r RTMIN+3:TERM -t 1m)
	e_start c1 /bin/sh -c "(trap '' USR1; $GRACEFUL) & exec /siglog"
	wait_log c1 "$READY"
	wait_log c1 '^helper-up'
	lxc_stop
	e_status c1
	equal "status" "$STATUS" 0
	wait_log c1 '^signal 15 '
	wait_log c1 '^helper-done'
}

# Main does not know the signal. That it means "end", and starts the clock, is -S.
stop_named_by_S_starts_the_clock() {
	OPTS=(-S RTMIN+3 -k 100ms)
	start_siglog c1
	lxc_stop
	e_status c1
	equal "status" "$STATUS" 137
	wait_log c1 '^signal 37 '
}

by_lxc_execute() { # FUNCTION...
	EXECUTE=yes
	HAS_INIT='[ "$(cat /proc/$PPID/comm)" = pidone ]'
	"$@"
}

behind_lxcs_own_init() {
	works_behind_another_init
	remove_all || :
	ends_with 42 /bin/sh -c "$HAS_INIT && exit 42"
}

basic_checks
check "lxc-stop sends RTMIN+3, which reaches main" stop_sends_37
check "-r RTMIN+3:TERM: lxc-stop ends main, and -t lets helpers finish" stop_rewritten_is_a_TERM
check "-S RTMIN+3 -k: lxc-stop starts the clock of a main that does not end of it" \
	stop_named_by_S_starts_the_clock
check "lxc-execute: orphans are reaped, -t works, main's exit status is the container's" \
	by_lxc_execute behind_lxcs_own_init
# The console of lxc-start is nobody's controlling terminal.
check "lxc-execute: a shell on a terminal has job control" by_lxc_execute shell_has_job_control /bin/sh
check "lxc-execute: ^C ends the shell's job, not the shell" by_lxc_execute ctrl_c_ends_the_job_alone

if [ -z "${ENGINES_CHECK:-}" ]; then
	type -P lxc-start lxc-execute lxc-stop lxc-attach >/dev/null || all_skipped "lxc is not installed"
	ENGINE="lxc $(lxc-start --version)"
	make_test_root "$D/rootfs"
	error=$(e_run /bin/true 2>&1) || all_skipped "lxc runs no container here: $error"
fi
run_checks "$@"
