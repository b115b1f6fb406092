# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A worker to which a second SIGTERM means "drop everything", as to celery's, started by a shell.

TESTS+=(a_worker_finishes_its_task_with_group_and_grace)
a_worker_finishes_its_task_with_group_and_grace() {
	need python3
	# The shell is main, and dies of the TERM that the group gets; then the drain begins.
	start_as_pid1 "$PIDONE" -g -t 1h -- sh -c '"$@"; :' sh "$(python)" "$here/second_term.py"
	wait_for "the worker" has_line ready
	kill -TERM "$init"
	finish
	expect_status 143
	has_line finished || fail "the task was dropped"
}
