/* SPDX-License-Identifier: MIT */
/* Init under the programs of every day, and they under it. */
#include "tests/terminal/scenario.h"

#include <signal.h>

#define MAIN "INIT actor name=main "

static void stop_by_key(struct stage *s)
{
	type(s, CTRL_Z);
	prompt(s);
	see_stopped(s, "main");
}

/* A main with CONT and INT taken, and TERM for status 3: stops, goes on, ends. */
static void stop_go_on_end(struct stage *s, const char *line)
{
	at_prompt(s, line);
	see(s, "on");
	for (int i = 0; i < 2; i++) {
		stop_by_key(s);
		enter(s, "fg");
		see(s, "CONT");
	}
	type(s, CTRL_C);
	see(s, "INT");
	kill(process(s, "main"), SIGTERM);
	see(s, "TERM");
	status(s);
}

#define TAKER "name=main catch=CONT,INT quit=TERM:3 say=on wait"
#define STOPS_AND_GOES_ON "on, main stopped, CONT, main stopped, CONT, INT, TERM, status=3"

SCENARIO(under_env_and_nice, JOB, STOPS_AND_GOES_ON)
{
	stop_go_on_end(s, "env A=1 nice INIT actor " TAKER);
}

/* ---- several at a time ---------------------------------------------------- */

SCENARIO(xargs_with_two_ends_of_ctrl_c, JOB_IN_BASH, "on, on, job gone, status=130",
	 .needs = "xargs")
{
	at_prompt(s, "printf '1\\n2\\n' | xargs -n1 -P2 " MAIN "say=on wait");
	see(s, "on");
	see(s, "on");
	type(s, CTRL_C);
	see_job_gone(s);
	status(s);
}

SCENARIO(xargs_with_two_reads_both_answers, JOB_IN_BASH, "on, on, got=hello, got=hello, status=0",
	 .needs = "xargs")
{
	at_prompt(s, "printf 'exit=0\\nexit=0\\n' | xargs -n1 -P2 " MAIN "say=on read-tty");
	see(s, "on");
	see(s, "on");
	type(s, "hello\n");
	see(s, "got=");
	type(s, "hello\n");
	see(s, "got=");
	status(s);
}

SCENARIO(make_with_two_ends_of_ctrl_c, JOB_IN_BASH, "on, on, job gone", .needs = "make")
{
	shell(s);
	file(s, "Makefile", "all: a b\na b:\n\t" MAIN "say=on wait\n");
	enter(s, "make -s -j2");
	see(s, "on");
	see(s, "on");
	type(s, CTRL_C);
	see_job_gone(s);
	prompt(s);
}

SCENARIO(recipe_of_make_reads, JOB_IN_BASH, "on, got=hello, status=0", .needs = "make")
{
	shell(s);
	file(s, "Makefile", "all:\n\t" MAIN "say=on read\n");
	enter(s, "make -s");
	see(s, "on");
	type(s, "hello\n");
	status(s);
}

/* ---- Python --------------------------------------------------------------- */

#define PYTHON "/usr/bin/python3 ./p.py"

SCENARIO(python_reads_while_its_child_runs, JOB_IN_BASH, "on, read=hello", .needs = "python3")
{
	file(s, "p.py",
	     "import os, subprocess\n"
	     "os.mkfifo('go')\n"
	     "subprocess.Popen('INIT sh ./child'.split())\n"
	     "open('go').read()\n"
	     "subprocess.run(['say', 'on'])\n"
	     "subprocess.run(['say', 'read=' + input()])\n");
	file(s, "child", "echo >go; exec actor wait");
	script(s, PYTHON "; exit $?");
	see(s, "on");
	type(s, "hello\n");
	see(s, "read=");
}

SCENARIO(python_and_its_child_take_ctrl_c, JOB_IN_BASH, "on, INT, interrupted, status=0",
	 .needs = "python3")
{
	shell(s);
	file(s, "p.py",
	     "import subprocess\n"
	     "try:\n"
	     "    subprocess.run('" MAIN "quit=INT:0 say=on wait'.split())\n"
	     "except KeyboardInterrupt:\n"
	     "    subprocess.run(['say', 'interrupted'])\n");
	enter(s, PYTHON);
	see(s, "on");
	type(s, CTRL_C);
	see_all(s, "INT,interrupted");
	status(s);
}

/* ---- timeout -------------------------------------------------------------- */

/* What it sends when the time is over it sends as well when it is told to end. */
SCENARIO(timeout_ends_main, JOB_IN_BASH, "on, TERM, status=3", .needs = "timeout")
{
	at_prompt(s, "timeout 100 " MAIN "quit=TERM:3 say=on wait");
	see(s, "on");
	/* Before it has returned from fork() TERM would end it alone. */
	wait_waits(s, "timeout");
	kill(process(s, "timeout"), SIGTERM);
	see(s, "TERM");
	status(s);
}

SCENARIO(main_under_timeout_reads, JOB_IN_BASH, "on, got=hello, status=0", .needs = "timeout")
{
	at_prompt(s, "timeout 100 " MAIN "say=on read");
	see(s, "on");
	type(s, "hello\n");
	status(s);
}

/* timeout moves into a group of its own, in the background. */
SCENARIO(main_under_timeout_in_a_script_stops_when_it_reads, JOB_IN_BASH, "on, main stopped",
	 .needs = "timeout")
{
	shell(s);
	file(s, "above", "timeout 100 " MAIN "say=on read; exit $?");
	enter(s, "SHELL ./above");
	see(s, "on");
	see_stopped(s, "main");
}

SCENARIO(main_under_timeout_in_the_foreground, JOB_IN_BASH, "on, got=hello, end=0",
	 .needs = "timeout")
{
	script(s, "timeout --foreground 100 " MAIN "say=on read; exit $?");
	see(s, "on");
	type(s, "hello\n");
	see_end(s);
}

/* It leads its group already where it is the job. */
SCENARIO(timeout_as_main, JOB_IN_BASH_NOT_PID_1, "on, got=hello, status=0", .needs = "timeout",
	 .differs = "timeout moves into a group of its own, in the background")
{
	at_prompt(s, "INIT timeout 100 actor name=main say=on read");
	see(s, "on");
	type(s, "hello\n");
	status(s);
}

SCENARIO(timeout_as_the_leaders_main, LEADER, "on, got=hello, end=0", .needs = "timeout",
	 .differs = "timeout moves into a group of its own, in the background")
{
	lead(s, "INIT timeout 100 actor name=main say=on read");
	see(s, "on");
	type(s, "hello\n");
	see_end(s);
}

/* timeout passes ^C on to a child that has it already: once or twice, as it happens. */
static void stop_go_on_read(struct stage *s, const char *line)
{
	at_prompt(s, line);
	see(s, "on");
	stop_by_key(s);
	enter(s, "fg");
	see(s, "CONT");
	type(s, "hello\n");
	status(s);
}

SCENARIO(under_timeout_in_the_foreground_stops_and_goes_on, JOB_IN_BASH,
	 "on, main stopped, CONT, got=hello, status=0", .needs = "timeout")
{
	stop_go_on_read(s, "timeout --foreground 100 " MAIN "catch=CONT say=on read");
}

SCENARIO(timeout_in_the_foreground_under_init, JOB_IN_BASH,
	 "on, main stopped, CONT, got=hello, status=0", .needs = "timeout")
{
	stop_go_on_read(s, "INIT timeout --foreground 100 actor name=main catch=CONT say=on read");
}

/* ---- sessions and hang-ups ------------------------------------------------ */

SCENARIO(main_in_a_session_without_a_terminal, JOB_IN_BASH,
	 "on, got error=Bad file descriptor, end=0", .needs = "setsid")
{
	script(s, "setsid -w " MAIN "say=on read-tty; exit $?");
	see(s, "on");
	see_end(s);
}

SCENARIO(main_in_a_session_that_takes_the_terminal, JOB_IN_BASH, "on, got=hello, TERM, end=3",
	 .needs = "setsid")
{
	script(s, "setsid -cw " MAIN "quit=TERM:3 say=on read wait; exit $?");
	see(s, "on");
	type(s, "hello\n");
	see(s, "got=");
	kill(process(s, "main"), SIGTERM);
	see_end(s);
}

SCENARIO(ctrl_c_in_a_session_that_took_the_terminal, JOB_IN_BASH, "on, INT, TERM, end=3",
	 .needs = "setsid")
{
	script(s, "setsid -cw " MAIN "catch=INT quit=TERM:3 say=on wait; exit $?");
	see(s, "on");
	type(s, CTRL_C);
	see(s, "INT");
	kill(process(s, "main"), SIGTERM);
	see_end(s);
}

SCENARIO(hang_up_is_ignored_under_nohup, JOB_IN_BASH, "on, USR1", .needs = "nohup")
{
	at_prompt(s, "nohup " MAIN "catch=USR1 say=on wait");
	see(s, "on");
	hang_up(s);
	wait_end(s);
	kill(process(s, "main"), SIGUSR1);
	see(s, "USR1");
}

SCENARIO(background_job_under_nohup_outlives_its_shell, JOB, "on, USR1", .needs = "nohup")
{
	at_prompt(s, "nohup " MAIN "catch=USR1 say=on wait &");
	prompt(s);
	see(s, "on");
	hang_up(s);
	wait_end(s);
	kill(process(s, "main"), SIGUSR1);
	see(s, "USR1");
}

/* ---- other terminals between ---------------------------------------------- */

SCENARIO(main_under_script_reads, JOB_IN_BASH, "on, got=hello, status=0", .needs = "script")
{
	at_prompt(s, "script -qec '" MAIN "say=on read' /dev/null");
	see(s, "on");
	type(s, "hello\n");
	status(s);
}

SCENARIO(ctrl_c_under_script_ends_main, JOB_IN_BASH_NOT_PID_1, "on, status=130", .needs = "script")
{
	at_prompt(s, "script -qec '" MAIN "say=on wait' /dev/null");
	see(s, "on");
	type(s, CTRL_C);
	status(s);
}

SCENARIO(ctrl_z_under_script_does_nothing, JOB_IN_BASH, "on, got=hello, status=0",
	 .needs = "script")
{
	at_prompt(s, "script -qec '" MAIN "say=on read' /dev/null");
	see(s, "on");
	type(s, CTRL_Z "hello\n");
	status(s);
}

SCENARIO(script_under_init_reads, JOB_IN_BASH, "on, got=hello, status=0", .needs = "script")
{
	at_prompt(s, "INIT script -qec 'actor say=on read' /dev/null");
	see(s, "on");
	type(s, "hello\n");
	status(s);
}

SCENARIO(ctrl_c_in_script_under_init, JOB_IN_BASH, "on, INT, status=130", .needs = "script")
{
	at_prompt(s, "INIT script -qec 'actor quit=INT:3 say=on wait' /dev/null");
	see(s, "on");
	type(s, CTRL_C);
	status(s);
}

SCENARIO(main_under_sudo_reads, JOB_IN_BASH, "on, got=hello, status=0", .needs = "sudo")
{
	at_prompt(s, "sudo -E env PATH=\"$PATH\" " MAIN "say=on read");
	see(s, "on");
	type(s, "hello\n");
	status(s);
}

SCENARIO(under_sudo_stops_and_goes_on, JOB_IN_BASH_NOT_PID_1, STOPS_AND_GOES_ON, .needs = "sudo")
{
	stop_go_on_end(s, "sudo -E env PATH=\"$PATH\" INIT actor " TAKER);
}

SCENARIO(sudo_under_init_reads, JOB_IN_BASH, "on, got=hello, status=0", .needs = "sudo")
{
	at_prompt(s, "INIT sudo -E env PATH=\"$PATH\" actor say=on read");
	see(s, "on");
	type(s, "hello\n");
	status(s);
}

SCENARIO(sudo_under_init_stops_and_goes_on, JOB_IN_BASH_NOT_PID_1, STOPS_AND_GOES_ON,
	 .needs = "sudo")
{
	stop_go_on_end(s, "INIT sudo -E env PATH=\"$PATH\" actor " TAKER);
}

/* ---- pagers and editors --------------------------------------------------- */

SCENARIO(less_stops_goes_on_and_quits, JOB_IN_BASH, "less stopped, status=0", .needs = "less")
{
	shell(s);
	file(s, "lines", "first line\nsecond line\n");
	enter(s, "INIT env TERM=vt100 less ./lines");
	see_text(s, "second line");
	type(s, CTRL_Z);
	prompt(s);
	see_stopped(s, "less");
	enter(s, "fg");
	see_text(s, "second line");
	type(s, "q");
	status(s);
}

SCENARIO(less_behind_main_quits, JOB_IN_BASH, "status=0", .needs = "less")
{
	shell(s);
	file(s, "lines", "first line\nsecond line\n");
	enter(s, "INIT cat ./lines | TERM=vt100 less");
	see_text(s, "second line");
	type(s, "q");
	status(s);
}

SCENARIO(less_behind_a_pipe_quits, JOB_IN_BASH, "status=0", .needs = "less")
{
	shell(s);
	file(s, "lines", "first line\nsecond line\n");
	enter(s, "cat ./lines | INIT env TERM=vt100 less");
	see_text(s, "second line");
	type(s, "q");
	status(s);
}
