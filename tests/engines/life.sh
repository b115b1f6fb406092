#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# What dockerd does with a container by itself: restarts it, looks after its health, leaves it alone
# when dockerd itself is killed.
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"
. "$HERE/docker-lib.sh"

# ---- restart policies ---------------------------------------------------------------------------

restarts_are() { # COUNT : and it has ended for good
	[ "$(inspect c1 .RestartCount)-$(inspect c1 .State.Running)" = "$1-false" ] &&
		[ "$(inspect c1 .State.Restarting)" = false ]
}

failure_restarts() {
	RUN_OPTS=(--restart on-failure:2)
	e_start c1 /bin/sh -c "$BEHIND_INIT echo run; exit 3"
	wait_until "2 restarts" restarts_are 2
	equal "status" "$(inspect c1 .State.ExitCode)" 3
	equal "runs" "$(e_logs c1 | grep -c '^run')" 3
}

remapped_failure_does_not_restart() {
	RUN_OPTS=(--restart on-failure:2)
	OPTS=(-e 3)
	e_start c1 /bin/sh -c "$BEHIND_INIT exit 3"
	e_status c1
	equal "status" "$STATUS" 0
	wait_until "no restart" restarts_are 0
}

# A program that starts its daemon and ends with 0: with -a the daemon's crash counts.
crashed_daemon_restarts() {
	RUN_OPTS=(--restart on-failure:1)
	OPTS=(-a)
	e_start c1 /bin/sh -c "$BEHIND_INIT echo run; (sleep 0.2; exit 5) & exit 0"
	wait_until "a restart" restarts_are 1
	equal "status" "$(inspect c1 .State.ExitCode)" 5
	equal "runs" "$(e_logs c1 | grep -c '^run')" 2
}

killed_main_restarts_stopped_does_not() {
	local main
	RUN_OPTS=(--restart unless-stopped)
	start_siglog c1
	main=$(e_logs c1 | sed -n 's/^ready //p')
	in_container kill -KILL "$main"
	wait_until "a second start" log_count c1 "$READY" 2
	e_stop c1
	wait_until "no restart" restarts_are 1
	equal "status" "$(inspect c1 .State.ExitCode)" 0
}

# ---- health checks ------------------------------------------------------------------------------

with_health_check() { # TIMEOUT COMMAND : of siglog, each second
	RUN_OPTS=(--health-interval 1s --health-timeout "$1" --health-retries 1 --health-cmd "$2")
	start_siglog c1
}

health_is() { [ "$(inspect c1 .State.Health.Status)" = "$1" ]; }
has_lines() { [ "$(in_container wc -l /checks | cut -d ' ' -f 1)" -ge "$1" ]; }
are_gone() { in_container /bin/sh -c "for p in $*; do [ ! -e /proc/\$p ] || exit 1; done"; }

orphans_of_health_checks_are_reaped() {
	local orphans
	with_health_check 60s 'sleep 1000 >/dev/null 2>&1 </dev/null & echo $! >>/checks'
	wait_until "two health checks" has_lines 2
	wait_until "health" health_is healthy
	orphans=$(in_container head -n 2 /checks)
	in_container kill -KILL $orphans
	wait_until "the orphans $orphans reaped" are_gone $orphans
	signals_and_end
}

# What the engine ends is the check's shell; what that has started stays to init.
late_health_checks_are_reaped() {
	local shell orphan
	with_health_check 1s '(exec sleep 1000) & echo $$ $! >>/checks; wait'
	wait_until "unhealthiness" health_is unhealthy
	read -r shell orphan <<<"$(in_container head -n 1 /checks)"
	wait_until "the check $shell reaped" are_gone "$shell"
	wait_until "the orphan $orphan as init's child" has_parent "$orphan" 1
	in_container kill -KILL "$orphan"
	wait_until "the orphan $orphan reaped" are_gone "$orphan"
	signals_and_end
}

signals_and_end() {
	e_kill c1 HUP
	wait_log c1 '^signal 1 '
	e_stop c1
	e_status c1
	equal "status" "$STATUS" 0
}

# ---- dockerd is killed --------------------------------------------------------------------------

on_live() { # FUNCTION : with a dockerd that leaves containers alone
	start_dockerd live --live-restore
	build_images busybox
	"$@"
	remove_all >/dev/null 2>&1
	stop_dockerds
}

kill_dockerd() { # it takes its containerd with it; what holds the containers stays
	local pid=${DOCKERDS[-1]}
	kill -KILL "$pid"
	wait "$pid" || :
	DOCKERDS=()
}

# Nobody reads the log while dockerd is dead: main's helper fills the pipe and blocks. Init says a
# line for each signal there, and may not wait for it.
killed_dockerd_holds_up_nothing() {
	local log=$D/tmp/siglog init other helper number
	rm -f "$log"
	RUN_OPTS=(-v "$D/tmp:/out" --log-opt max-size=1m)
	OPTS=(-vvv)
	e_start c1 /bin/sh -c '(until [ -e /out/go ]; do sleep 0.1; done; exec yes >&2) & exec /siglog >/out/siglog'
	wait_until "main" grep -qE "$READY" "$log"
	init=$(inspect c1 .State.Pid)
	e_start c2 /bin/sh -c "$BEHIND_INIT trap 'exit 42' TERM; echo up; while :; do sleep 1000 & wait \$!; done"
	wait_log c2 '^up'
	other=$(inspect c2 .State.Pid)
	kill_dockerd
	: >"$D/tmp/go"
	wait_until "the helper" pgrep -x yes
	helper=$(pgrep -x yes)
	wait_until "the helper blocked" is_blocked "$helper"
	for number in 1 10 37; do
		kill "-$number" "$init"
		wait_until "signal $number, without dockerd" grep -q "^signal $number " "$log"
	done
	kill -TERM "$other"
	wait_until "the other container's end, without dockerd" test ! -e "/proc/$other"
	is_blocked "$helper" || fail "the log is not blocked any more"

	start_dockerd live --live-restore
	equal "PID 1, after dockerd's restart" "$(inspect c1 .State.Pid)" "$init"
	equal "the other container's status" "$(docker wait c2)" 42
	for number in 12 28; do
		e_kill c1 "$number"
		wait_until "signal $number, after dockerd's restart" grep -q "^signal $number " "$log"
	done
	kill -KILL "$helper"
	e_stop c1
	e_status c1
	equal "status" "$STATUS" 0
}

check "on-failure: main's failure restarts it, as often as asked" failure_restarts
check "on-failure: what -e maps to 0 does not" remapped_failure_does_not_restart
check "on-failure: with -a a crashed daemon restarts it" crashed_daemon_restarts
check "unless-stopped: a killed main is restarted, a stopped one is not" killed_main_restarts_stopped_does_not
check "orphans of health checks are reaped" orphans_of_health_checks_are_reaped
check "health checks that time out, and what they leave, are reaped" late_health_checks_are_reaped
check "live-restore: a killed dockerd holds up neither signals nor ends, with the log full" \
	on_live killed_dockerd_holds_up_nothing

if [ -z "${ENGINES_CHECK:-}" ]; then
	start_dockerd d
	build_images busybox
	needs_docker plain-busybox
fi
run_checks "$@"
