# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# shellcheck shell=bash
# What has to hold in every engine. An engine's file defines what the cases call:
#
#   OPTS                    pidone's options, an array
#   e_run COMMAND...        runs it in the foreground; its status
#   e_start NAME COMMAND... runs it behind
#   e_kill NAME SIGNAL      sends a signal to the container
#   e_stop NAME             asks it to end, in the engine's own way, with a time-out no test reaches
#   e_status NAME           waits for the end and sets STATUS
#   e_exec NAME COMMAND...  runs COMMAND beside main
#   e_logs NAME             what the container wrote
#   e_tty COMMAND...        sets TTY_COMMAND: an engine's command line for COMMAND on a terminal
#   remove_all              removes every container of the check
#
# Programs in every image: /siglog (prints each signal, ends with 0 at TERM) and /sleep (no handlers).

OPTS=()
A_FEW_SIGNALS=$'1\n2\n6\n10\n28\n37'
SETS_SIZE=yes # no: the engine sends WINCH, but leaves the terminal's size as it was

log_has() { e_logs "$1" 2>&1 | tr -d '\r' | grep -qE -- "$2"; } # NAME PATTERN

wait_log() { # NAME PATTERN
	try_until log_has "$1" "$2" || fail "no '$2' in the log, but: $(e_logs "$1" 2>&1)"
}

container_pids() { # of all containers: whatever has a pid namespace below the sandbox's
	awk '/^NSpid:/ && NF > 2 { print $2 }' /proc/[0-9]*/status 2>/dev/null || :
}

has_pids() { [ "$(container_pids 2>/dev/null | grep -c '[1-9]')" -ge "$1" ]; } # COUNT

signal_number() { # NAME : kill(1) and some engines know no RTMIN+3
	case $1 in
	RTMIN+3) echo 37 ;;
	[0-9]*) echo "$1" ;;
	*) kill -l "$1" ;;
	esac
}

# Not PID 1: that would be a container without an init, with the same log.
READY='^ready ([2-9]|[1-9][0-9]+)$'
start_siglog() { # NAME : until it has taken over every signal
	e_start "$1" /siglog
	wait_log "$1" "$READY"
}

pid_1_is_pidone() { # NAME
	local sum
	sum=$(e_exec "$1" sha256sum /proc/1/exe)
	equal "PID 1's program" "${sum%% *}" "$(pidone_sum)"
}
pidone_sum() { cut -d ' ' -f 1 "$D/sum"; }

# Main is not PID 1: so says each shell that tells something else besides.
BEHIND_INIT='[ $$ != 1 ] || exit 99;'

ends_with() { # STATUS COMMAND...
	local status=0 wanted=$1
	shift
	e_run "$@" >"$D/tmp/run.out" 2>&1 || status=$?
	[ "$status" = "$wanted" ] || fail "status $status, wanted $wanted; $(cat "$D/tmp/run.out")"
}

stop_ends_with_143() {
	e_start c1 /sleep 1000
	wait_until "init and main" has_pids 2
	e_stop c1
	e_status c1
	equal "status" "$STATUS" 143
}

signal_reaches_main() { # SIGNAL
	start_siglog c1
	e_kill c1 "$1"
	wait_log c1 "^signal $(signal_number "$1") "
	e_kill c1 TERM
	e_status c1
	equal "status after TERM" "$STATUS" 0
}

# All but KILL and STOP, which nobody can catch, and CHLD, which is init's own; TERM is siglog's end.
# An engine whose client takes long for each has fewer.
SIGNALS=$(seq 64 | grep -vxE '9|15|17|19')
signals_reach_main() {
	local number
	start_siglog c1
	for number in $SIGNALS; do
		e_kill c1 "$number"
		# A stop signal takes away a CONT that is pending, at init as at any process.
		[ "$number" != 18 ] || wait_log c1 '^signal 18 '
	done
	# Not in the order of their numbers, and TERM would overtake some.
	try_until signals_are c1 "$SIGNALS" || fail "$(logged_signals c1 | tr '\n' ' ')"
	e_kill c1 TERM
	e_status c1
	equal "status after TERM" "$STATUS" 0
}
logged_signals() { e_logs "$1" 2>&1 | tr -d '\r' | sed -n 's/^signal \([0-9]*\) .*/\1/p' | sort -nu; } # NAME : runc's own SIGURG besides
signals_are() { [ "$(logged_signals "$1")" = "$2" ]; } # NAME NUMBERS

mains_status_is_the_containers() { ends_with 42 /bin/sh -c "$BEHIND_INIT exit 42"; }

every_status() { # STATUS... : a container each, four at a time
	local out
	export -f every_status_one
	export HERE BEHIND_INIT
	out=$(printf '%s\n' "$@" | xargs -P 4 -I '{}' bash -c 'every_status_one {}')
	[ -z "$out" ] || fail "$out"
}

every_status_one() {
	local status=0
	e_run_once "s$1" /bin/sh -c "$BEHIND_INIT exit $1" || status=$?
	[ "$status" = "$1" ] || echo "exit $1 came out as $status"
}

# Engines have such statuses too: that it was init who could not start it, its message tells.
cannot_start() { # STATUS COMMAND
	ends_with "$1" "$2"
	matches "what it said" "$(cat "$D/tmp/run.out")" '^(pidone|docker-init|podman-init): '
}

main_death_by_signal_is_128_plus() {
	ends_with 137 /bin/sh -c 'kill -KILL $$'
	ends_with 134 /bin/sh -c 'kill -ABRT $$'
}

stdin_stdout_stderr_are_mains() {
	local out
	out=$(echo question |
		e_run /bin/sh -c "$BEHIND_INIT"' read -r x; echo "out $x"; echo "err $x" >&2' 2>"$D/tmp/err")
	equal "stdout" "$out" "out question"
	matches "stderr" "$(cat "$D/tmp/err")" '^err question'
}

starts_pidone() {
	e_start c1 /sleep 1000
	wait_until "init and main" has_pids 2
	pid_1_is_pidone c1
}

in_container() { e_exec c1 "$@"; }
has_parent() { in_container grep -q "^PPid:[[:space:]]*$2$" "/proc/$1/status"; } # PID PARENT

exec_orphans_are_reaped() {
	start_siglog c1
	orphan_of_exec_is_reaped
}

orphan_of_exec_is_reaped() {
	local pid
	pid=$(in_container /bin/sh -c '/bin/sh -c "sleep 1000 >/dev/null 2>&1 </dev/null & echo \$!"')
	wait_until "the orphan $pid as init's child" has_parent "$pid" 1
	in_container kill -KILL "$pid"
	wait_until "the orphan $pid reaped" in_container test ! -e "/proc/$pid"
}

log_sees_proc_1_fd_1() {
	start_siglog c1
	in_container /bin/sh -c 'echo from-a-job >/proc/1/fd/1'
	wait_log c1 '^from-a-job$'
}

# shellcheck disable=SC2016
GRACEFUL='trap "echo helper-done; exit 0" TERM; echo helper-up; while :; do sleep 1000 & wait $!; done'

grace_lets_the_rest_finish() {
	OPTS=(-t 1m)
	e_start c1 /bin/sh -c "(trap '' USR1; $GRACEFUL) & exec /siglog"
	wait_log c1 '^ready'
	wait_log c1 '^helper-up'
	e_stop c1
	e_status c1
	equal "status" "$STATUS" 0
	wait_log c1 '^helper-done'
}

# Where somebody else is PID 1: what main leaves is adopted and reaped, and -t works.
works_behind_another_init() {
	OPTS=(-t 1m)
	e_start c1 /bin/sh -c "(trap '' USR1; $GRACEFUL) & /bin/sh -c 'sleep 1000 & echo orphan \$!'; exec /siglog"
	wait_log c1 "$READY"
	wait_log c1 '^helper-up'
	orphan_is_reaped
	in_container kill -TERM "$INIT"
	e_status c1
	equal "status" "$STATUS" 0
	wait_log c1 '^helper-done'
}

orphan_is_reaped() { # the one whose pid is in the log; sets INIT, pidone's pid there
	local pid
	pid=$(e_logs c1 | tr -d '\r' | sed -n 's/^orphan //p')
	INIT=$(in_container sh -c 'grep -lx pidone /proc/[0-9]*/comm' | tr -dc 0-9)
	[ "${INIT:-1}" != 1 ] || fail "pidone's pid is '$INIT'"
	wait_until "the orphan $pid as init's child" has_parent "$pid" "$INIT"
	in_container kill -KILL "$pid"
	wait_until "the orphan $pid reaped" in_container test ! -e "/proc/$pid"
}

group_option_reaches_mains_children() {
	OPTS=(-g)
	e_start c1 /bin/sh -c "trap '' USR1; /siglog 10 & wait"
	wait_log c1 '^ready'
	e_kill c1 USR1
	wait_log c1 '^signal 10 '
	e_status c1
	equal "status" "$STATUS" 0
}

remap_makes_143_a_success() {
	OPTS=(-e 143)
	e_start c1 /sleep 1000
	wait_until "init and main" has_pids 2
	e_stop c1
	e_status c1
	equal "status" "$STATUS" 0
}

report_tells_of_the_end() {
	OPTS=(-R -)
	e_start c1 /sleep 1000
	wait_until "init and main" has_pids 2
	e_kill c1 TERM
	e_status c1
	wait_log c1 'command=/sleep .*end=signal signal=TERM exit=143 .*last_signal=TERM'
}

is_blocked() { # PID : in write() to a pipe, and there half a second later still
	local ticks
	grep -q pipe_write "/proc/$1/wchan" || return 1
	ticks=$(cut -d ' ' -f 14,15 "/proc/$1/stat")
	sleep 0.5
	grep -q pipe_write "/proc/$1/wchan" && [ "$ticks" = "$(cut -d ' ' -f 14,15 "/proc/$1/stat")" ]
}

# ---- on a terminal ------------------------------------------------------------------------------

HAS_INIT='[ $$ != 1 ]'
start_shell() { # COMMAND...
	e_tty "$@"
	tty_start "$TTY_COMMAND"
	# Some engines throw away what is typed before the shell reads.
	tty_expect '[#$] '
	# Answered, not only echoed: the shell reads. And it has an init.
	tty_type "$HAS_INIT"' && echo up-$((20+3))\n'
	tty_expect 'up-23'
}

shell_has_job_control() {
	start_shell "$@"
	tty_type 'sleep 1000\n'
	wait_until "sleep in the foreground" has_foreground sleep
	tty_type '\032'
	tty_expect 'Stopped'
	tty_type 'kill %1; fg; echo job-$?-$((1+1))\n'
	tty_expect 'job-143-2'
	tty_type 'exit 7\n'
	tty_end
	equal "status" "$TTY_STATUS" 7
	no_match "the shell's start" "$(cat "$TTY_OUT")" 'job control'
}

# Before, a key's signal would be the shell's own.
has_foreground() { # PROGRAM
	local pid
	for pid in $(container_pids); do cat "/proc/$pid/stat"; done 2>/dev/null |
		awk -v program="($1)" '$2 == program && $5 == $8 { found = 1 } END { exit !found }'
}

type_until() { # KEY PATTERN : one try
	tty_type "$1"
	sleep 0.2 # for the answer, before the key is pressed again
	tty_has "$2"
}

ctrl_c_ends_the_job_alone() {
	start_shell /bin/sh
	tty_type 'sleep 1000\n'
	wait_until "sleep in the foreground" has_foreground sleep
	tty_type '\003'
	tty_expect '\^C'
	tty_type 'echo ended-$?\n'
	tty_expect 'ended-130'
	tty_type 'exit 0\n'
	tty_end
	equal "status" "$TTY_STATUS" 0
}

ctrl_c_comes_once() {
	e_tty /siglog
	tty_start "$TTY_COMMAND"
	tty_expect "$READY"
	tty_type '\003'
	tty_expect 'signal 2 '
	e_kill c1 TERM
	tty_expect '^signal 15 '
	tty_end
	equal "how many INT" "$(grep -c 'signal 2 ' "$TTY_OUT")" 1
}

resize_reaches_main() {
	OPTS=(-g) # the shell ignores what siglog takes
	e_tty /bin/sh -c "trap '' TERM 37; /siglog; stty size"
	tty_start "$TTY_COMMAND"
	tty_expect '^ready'
	# Realtime signals come last: with this one, the WINCH of a first size is over too.
	e_kill c1 RTMIN+3
	tty_expect '^signal 37 '
	tty_resize 33 101
	tty_expect '^signal 28 '
	e_kill c1 TERM
	[ "$SETS_SIZE" = no ] || tty_expect '^33 101$'
	tty_end
	equal "status" "$TTY_STATUS" 0
}

# ---- the set ------------------------------------------------------------------------------------

# What every engine has to hold; docker.sh has more of it, image by image.
common_checks() {
	basic_checks
	terminal_checks
}

basic_checks() {
	check "PID 1 is pidone" starts_pidone
	check "a stop of a program without handlers ends with 143" stop_ends_with_143
	check "signals reach main: $(paste -sd ' ' <<<"$SIGNALS")" signals_reach_main
	check "main's exit status is the container's" mains_status_is_the_containers
	check "main's death by a signal is 128 + its number" main_death_by_signal_is_128_plus
	check "a command that is not there ends with 127" cannot_start 127 nosuchcommand
	check "a command that is no program ends with 126" cannot_start 126 /etc/passwd
	check "stdin, stdout and stderr are main's" stdin_stdout_stderr_are_mains
	check "orphans of exec are reaped" exec_orphans_are_reaped
	check "the log sees a write to /proc/1/fd/1" log_sees_proc_1_fd_1
	check "-t lets helpers finish their work" grace_lets_the_rest_finish
	check "-g reaches main's children" group_option_reaches_mains_children
	check "-e 143 makes a stop a success" remap_makes_143_a_success
	check "-R tells how main ended" report_tells_of_the_end
}

terminal_checks() {
	check "a shell on a terminal has job control" shell_has_job_control /bin/sh
	check "^C ends the shell's job, not the shell" ctrl_c_ends_the_job_alone
	check "^C reaches main once" ctrl_c_comes_once
	check "a resize reaches main" resize_reaches_main
}
