#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# Containers with everything taken away from them that docker can take.
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"
. "$HERE/docker-lib.sh"

restricted() { # DOCKER OPTIONS -- FUNCTION...
	while [ "$1" != -- ]; do
		RUN_OPTS+=("$1")
		shift
	done
	shift
	"$@"
}

signals_and_status() { # the two that matter, under the options given
	OPTS=(-v)
	signal_reaches_main HUP
	no_match "the log" "$(e_logs c1 2>&1)" 'cannot'
	remove_all >/dev/null
	mains_status_is_the_containers
}

runs_as_65534() {
	start_siglog c1
	matches "init" "$(docker exec c1 cat /proc/1/status)" '^Uid:[[:space:]]65534'
	docker exec c1 /bin/sh -c 'echo from-nobody >/proc/1/fd/1'
	wait_log c1 '^from-nobody'
	e_stop c1
	e_status c1
	equal "status" "$STATUS" 0
}

init_without_capabilities() {
	start_siglog c1
	matches "init" "$(docker exec c1 cat /proc/1/status)" '^CapEff:[[:space:]]0000000000000000'
}

# Without CAP_KILL init may not signal another user's process; but it may take its uid, and then may.
signal_reaches_another_users_main() {
	RUN_OPTS=(--cap-drop ALL --cap-add SETUID --cap-add SETGID)
	e_start c1 /bin/su nobody -c 'exec /siglog'
	wait_log c1 "$READY"
	e_kill c1 HUP
	wait_log c1 '^signal 1 .* uid 65534 '
	e_stop c1
	e_status c1
	equal "status" "$STATUS" 0
}

# With room for three processes the engine's own runtime at times finds none for its threads, before
# it starts anything: that is no answer yet, so once more.
with_3_pids() { # FUNCTION...
	RUN_OPTS+=(--pids-limit 3)
	e_run() { begin -i -- "$@"; }
	e_start() { shift; begin -d -- "$@"; }
	"$@"
}

begin() { # -i|-d -- COMMAND... : docker run
	local status end=$((SECONDS + LONG))
	while :; do
		status=0
		container_run --name c1 "$@" >"$D/tmp/begin.out" 2>&1 || status=$?
		try_until has_begun
		runtime_failed || break
		[ "$SECONDS" -lt "$end" ] || skip "the runtime does not get by with 3 pids here"
		docker rm -f c1 >/dev/null
	done
	cat "$D/tmp/begin.out"
	return "$status"
}
has_begun() { [ "$(inspect c1 .State.Running)" = false ] || log_has c1 .; }
runtime_failed() {
	[ -n "$(inspect c1 .State.Error)" ] ||
		log_has c1 'pthread_create failed|failed to create new OS thread'
}

# Three inits and no room for what the third was to start: its 125 is everyone's.
fork_failure_is_125() {
	local out status=0
	OPTS=(-- /pidone -- /pidone)
	out=$(e_run /bin/true 2>&1) || status=$?
	equal "status" "$status" 125
	matches "message" "$out" '^pidone: cannot start: fork: Resource temporarily unavailable'
}

main_fits_into_pids_limit_3() {
	ends_with 42 /bin/sh -c "$BEHIND_INIT /bin/true; exit 42"
}

oom_kill_is_reported() {
	RUN_OPTS=(--memory 16m)
	OPTS=(-R -)
	e_start c1 /bin/dd if=/dev/zero of=/dev/null bs=64M count=1
	e_status c1
	equal "status" "$STATUS" 137
	wait_log c1 'end=signal signal=KILL exit=137 .*oom_kills=1 '
}

report_without_oom_says_0() {
	RUN_OPTS=(--memory 16m)
	OPTS=(-R -)
	e_start c1 /bin/true
	e_status c1
	wait_log c1 'end=exit status=0 exit=0 .*oom_kills=0 '
}

# ---- beside other processes, not as PID 1 -------------------------------------------------------

# A bystander must get no signal and stay, whatever init does to its own.
is_bystander_well() {
	kill -0 "$BYSTANDER" || fail "the bystander is gone"
	equal "the bystander's signals" "$(grep -c '^signal' "$D/tmp/bystander")" 0
}

start_bystander() {
	"$D/bin/siglog" >"$D/tmp/bystander" &
	BYSTANDER=$!
	wait_until "the bystander" grep -q '^ready' "$D/tmp/bystander"
}

host_pids_drain_touches_own_alone() {
	RUN_OPTS=(--pid host)
	start_bystander
	grace_lets_the_rest_finish
	is_bystander_well
	kill -TERM "$BYSTANDER"
}

host_pids_orphans_are_adopted() {
	local pid
	RUN_OPTS=(--pid host)
	e_start c1 /bin/sh -c '/bin/sh -c "sleep 1000 & echo orphan \$!"; exec /siglog'
	wait_log c1 '^ready'
	pid=$(e_logs c1 | sed -n 's/^orphan //p')
	wait_until "the orphan as init's child" grep -q \
		"^PPid:[[:space:]]*$(inspect c1 .State.Pid)$" "/proc/$pid/status"
	kill -KILL "$pid"
	wait_until "the orphan reaped" test ! -e "/proc/$pid"
	e_stop c1
	e_status c1
	equal "status" "$STATUS" 0
}

joined_pids_drain_touches_own_alone() {
	docker run -d --name other plain-busybox /siglog >/dev/null
	wait_log other '^ready'
	RUN_OPTS=(--pid container:other)
	grace_lets_the_rest_finish
	equal "the other container" "$(inspect other .State.Running)" true
	no_match "its log" "$(e_logs other)" '^signal'
}

joined_pids_orphans_are_adopted() {
	docker run -d --name other plain-busybox /siglog >/dev/null
	wait_log other '^ready'
	RUN_OPTS=(--pid container:other)
	works_behind_another_init
	equal "the other container" "$(inspect other .State.Running)" true
}

# ---- descriptors and logs -----------------------------------------------------------------------

closed_stdin_is_no_failure() {
	docker run --name c1 --entrypoint /bin/sh pidone-busybox \
		-c "exec /pidone -- /bin/sh -c '$BEHIND_INIT exit 42' <&- >&- 2>&-" || STATUS=$?
	equal "status" "$STATUS" 42
}

under_the_default_seccomp_profile() {
	start_siglog c1
	matches "init" "$(docker exec c1 cat /proc/1/status)" '^Seccomp:[[:space:]]2'
	remove_all >/dev/null
	signals_and_status
}

# A log that takes what it is given and then no more: main's helper fills every buffer on the way
# to it, then blocks. Init says a line for each signal and each orphan there, and may not wait for it.
blocked_log_blocks_main_alone() {
	local log=$D/tmp/siglog helper number listener init
	# In the sandbox there is no address but loopback's.
	"$D/busybox/bin/busybox" nc -ll -p 5514 -e "$D/context/sleep" 1000 &
	listener=$!
	wait_until "the listener" grep -q ':158A ' /proc/net/tcp /proc/net/tcp6
	RUN_OPTS=(--log-driver syslog --log-opt syslog-address=tcp://127.0.0.1:5514
		-v "$D/tmp:/out")
	OPTS=(-vvv)
	e_start c1 /bin/sh -c '(exec yes $(printf %01000d 0) >&2) & exec /siglog >/out/siglog'
	wait_until "main" grep -q '^ready' "$log"
	helper=$(docker top c1 -o pid,comm | awk '$2 == "yes" { print $1 }')
	init=$(inspect c1 .State.Pid)
	wait_until "the helper blocked" is_blocked "$helper"
	for number in 1 10 12 28; do
		e_kill c1 "$number"
		wait_until "signal $number" grep -q "^signal $number " "$log"
	done
	orphan_of_exec_is_reaped
	is_blocked "$helper" || fail "the log is not blocked any more"
	e_kill c1 TERM
	wait_until "main's end" grep -q '^signal 15 ' "$log"
	wait_until "init's end, with the log blocked still" test ! -e "/proc/$init"
	# dockerd itself waits for the log.
	kill -KILL "$listener" $(pgrep -P "$listener")
	e_status c1
	equal "status" "$STATUS" 0
}

check "--user 65534: signals, stop and /proc/1/fd/1" restricted --user 65534 -- runs_as_65534
check "--cap-drop ALL: init has no capability" restricted --cap-drop ALL -- init_without_capabilities
check "--cap-drop ALL: signals and status" restricted --cap-drop ALL -- signals_and_status
check "without CAP_KILL, but with SETUID: signals reach another user's main" \
	signal_reaches_another_users_main
check "--read-only: signals and status" restricted --read-only -- signals_and_status
check "no-new-privileges: signals and status" \
	restricted --security-opt no-new-privileges -- signals_and_status
check "--pids-limit 3: main and one more fit" with_3_pids main_fits_into_pids_limit_3
check "--pids-limit 3: a fork failure gives 125 and its message" \
	with_3_pids fork_failure_is_125
check "--memory 16m: -R reports the OOM kill" oom_kill_is_reported
check "--memory 16m: -R reports none where none was" report_without_oom_says_0
check "--network none: signals and status" restricted --network none -- signals_and_status
check "--pid host: -t touches nothing outside" host_pids_drain_touches_own_alone
check "--pid host: orphans are adopted and reaped" host_pids_orphans_are_adopted
check "--pid container:X: -t touches nothing of X" joined_pids_drain_touches_own_alone
check "--pid container:X: orphans are adopted and reaped" joined_pids_orphans_are_adopted
check "the default seccomp profile refuses nothing" under_the_default_seccomp_profile
check "stdin, stdout and stderr closed" closed_stdin_is_no_failure
check "a log driver that blocks holds up neither signals nor reaping nor the end" blocked_log_blocks_main_alone
check "all of it at once" restricted --user 65534 --cap-drop ALL --read-only --network none \
	--security-opt no-new-privileges --memory 16m -- with_3_pids signals_and_status

if [ -z "${ENGINES_CHECK:-}" ]; then
	start_dockerd d
	build_images busybox
	needs_docker plain-busybox
fi
run_checks "$@"
