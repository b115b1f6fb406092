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
SETS_SIZE=yes # no: the engine sends WINCH, but leaves the terminal's size as it was

log_has() { e_logs "$1" 2>&1 | tr -d '\r' | grep -qE -- "$2"; } # NAME PATTERN

wait_log() { # NAME PATTERN
	try_until log_has "$1" "$2" || fail "no '$2' in the log, but: $(e_logs "$1" 2>&1)"
}

container_pids() { # of all containers in the sandbox
	sandbox_cgroups "$CGROUP" | while read -r dir; do cat "$dir/cgroup.procs"; done | sort -u
}

has_pids() { [ "$(container_pids 2>/dev/null | grep -c '[1-9]')" -ge "$1" ]; } # COUNT

start_siglog() { # NAME : until it has taken over every signal
	e_start "$1" /siglog
	wait_log "$1" '^ready'
}

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

signal_reaches_main() { # NAME NUMBER
	start_siglog c1
	e_kill c1 "$1"
	wait_log c1 "^signal $2 "
	e_kill c1 TERM
	e_status c1
	equal "status after TERM" "$STATUS" 0
}

main_death_by_signal_is_128_plus() {
	ends_with 137 /bin/sh -c 'kill -KILL $$'
	ends_with 134 /bin/sh -c 'kill -ABRT $$'
}

stdin_stdout_stderr_are_mains() {
	local out
	out=$(echo question | e_run /bin/sh -c 'read -r x; echo "out $x"; echo "err $x" >&2' \
		2>"$D/tmp/err")
	equal "stdout" "$out" "out question"
	matches "stderr" "$(cat "$D/tmp/err")" '^err question'
}

in_container() { e_exec c1 "$@"; }
has_parent() { in_container grep -q "^PPid:[[:space:]]*$2$" "/proc/$1/status"; } # PID PARENT

exec_orphans_are_reaped() {
	local pid
	start_siglog c1
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

# ---- on a terminal ------------------------------------------------------------------------------

start_shell() { # COMMAND...
	e_tty "$@"
	tty_start "$TTY_COMMAND"
	# Answered, not only echoed: the shell reads.
	tty_type 'echo up-$((20+3))\n'
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
	tty_expect '^ready'
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

# What an engine of OCI bundles has to hold; docker.sh has more of it, image by image.
common_checks() {
	local signal
	check "a stop of a program without handlers ends with 143" stop_ends_with_143
	for signal in ABRT:6 HUP:1 USR1:10 WINCH:28 INT:2 RTMIN+3:37; do
		check "${signal%:*} reaches main" signal_reaches_main "${signal%:*}" "${signal#*:}"
	done
	check "main's exit status is the container's" ends_with 42 /bin/sh -c "exit\${IFS}42"
	check "main's death by a signal is 128 + its number" main_death_by_signal_is_128_plus
	check "a command that is not there ends with 127" ends_with 127 nosuchcommand
	check "a command that is no program ends with 126" ends_with 126 /etc/passwd
	check "stdin, stdout and stderr are main's" stdin_stdout_stderr_are_mains
	check "orphans of exec are reaped" exec_orphans_are_reaped
	check "the log sees a write to /proc/1/fd/1" log_sees_proc_1_fd_1
	check "-t lets helpers finish their work" grace_lets_the_rest_finish
	check "-g reaches main's children" group_option_reaches_mains_children
	check "-e 143 makes a stop a success" remap_makes_143_a_success
	check "-R tells how main ended" report_tells_of_the_end
	check "a shell on a terminal has job control" shell_has_job_control /bin/sh
	check "^C ends the shell's job, not the shell" ctrl_c_ends_the_job_alone
	check "^C reaches main once" ctrl_c_comes_once
	check "a resize reaches main" resize_reaches_main
}
