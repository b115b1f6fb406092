/* SPDX-License-Identifier: MIT */
/* Scripts: no job control, everybody is in one process group. */
#include "tests/terminal/scenario.h"

#include <signal.h>

/* ---- what the script reads afterwards, or meanwhile ----------------------- */

SCENARIO(script_reads_while_a_worker_runs, JOB, "on, read=hello")
{
	/* The FIFO tells the script that the worker is there. */
	script(s, "mkfifo go; INIT sh -c 'echo >go; exec actor wait' & "
		  "read y <go; say on; read x; say read=$x");
	see(s, "on");
	type(s, "hello\n");
	see(s, "read=");
}

SCENARIO(script_reads_after_main, JOB, "status=3, read=hello, end=0")
{
	script(s, "INIT actor exit=3; say status=$?; read x; say read=$x");
	see(s, "status=");
	type(s, "hello\n");
	see(s, "read=");
	see_end(s);
}

SCENARIO(script_reads_after_main_was_killed, JOB, "on, status=143, read=hello, end=0")
{
	script(s, "INIT actor name=main say=on wait; say status=$?; read x; say read=$x");
	see(s, "on");
	kill(process(s, "main"), SIGTERM);
	see(s, "status=");
	type(s, "hello\n");
	see(s, "read=");
	see_end(s);
}

SCENARIO(script_reads_after_a_command_not_found, JOB, "status=127, read=hello, end=0")
{
	script(s, "INIT sh -c /nonexistent 2>/dev/null; say status=$?; read x; say read=$x");
	see(s, "status=");
	type(s, "hello\n");
	see(s, "read=");
	see_end(s);
}

SCENARIO(script_reads_while_mains_child_lives_on, JOB_NOT_PID_1, "on, status=3, read=hello")
{
	script(s, "INIT sh -c 'mkfifo go; sh -c \"echo >go; exec actor wait\" & "
		  "read y <go; say on; exit 3'; say status=$?; read x; say read=$x");
	see(s, "on");
	see(s, "status=");
	type(s, "hello\n");
	see(s, "read=");
}

SCENARIO(script_reads_after_a_subshells_worker, JOB, "on, read=hello")
{
	script(s, "mkfifo go; (INIT sh -c 'echo >go; exec actor wait' &) ; "
		  "read y <go; say on; read x; say read=$x");
	see(s, "on");
	type(s, "hello\n");
	see(s, "read=");
}

SCENARIO(script_waits_for_a_worker, JOB, "on, TERM, status=3, read=hello, end=0")
{
	script(s, "INIT actor name=main quit=TERM:3 say=on wait & wait $!; say status=$?; "
		  "read x; say read=$x");
	see(s, "on");
	kill(process(s, "main"), SIGTERM);
	see(s, "status=");
	type(s, "hello\n");
	see(s, "read=");
	see_end(s);
}

/* ---- what main reads ------------------------------------------------------ */

SCENARIO(main_in_a_script_reads, JOB, "on, got=hello, status=0, end=0")
{
	script(s, "INIT actor say=on read; say status=$?");
	see(s, "on");
	type(s, "hello\n");
	see(s, "status=");
	see_end(s);
}

SCENARIO(main_in_a_script_reads_the_end_of_file, JOB, "on, got nothing, end=0")
{
	script(s, "INIT actor say=on read");
	see(s, "on");
	type(s, CTRL_D);
	see_end(s);
}

SCENARIO(left_of_main_reads_the_terminal, JOB, "on, got=hello, end=0")
{
	script(s, "/bin/cat | INIT actor say=on read");
	see(s, "on");
	type(s, "hello\n");
	see(s, "got=");
	type(s, CTRL_D);
	see_end(s);
}

SCENARIO(right_of_main_reads_the_terminal, JOB, "on, written, right, read=hello")
{
	script(s, "INIT actor say=on write wait | "
		  "{ dd bs=1 count=1 2>/dev/null; say right; read x </dev/tty; say read=$x; }");
	see_all(s, "written,right");
	type(s, "hello\n");
	see(s, "read=");
}

SCENARIO(main_reads_in_a_command_substitution, JOB, "on, got=hello, x=1, end=0")
{
	script(s, "x=$(INIT actor say=on read; echo 1); say x=$x");
	see(s, "on");
	type(s, "hello\n");
	see(s, "x=");
	see_end(s);
}

SCENARIO(main_reads_the_terminal_in_a_loop_over_a_file, JOB,
	 "on, got=one, on, got=two, on, got=three, end=0")
{
	file(s, "lines", "1\n2\n3\n");
	script(s, "while read l; do INIT actor say=on read-tty; done <lines");
	see(s, "on");
	type(s, "one\n");
	see(s, "on");
	type(s, "two\n");
	see(s, "on");
	type(s, "three\n");
	see_end(s);
}

SCENARIO(main_reads_with_stdin_from_a_file, JOB, "got=1, on, got=hello, end=0")
{
	file(s, "lines", "1\n");
	script(s, "INIT actor read say=on read-tty <lines");
	see(s, "on");
	type(s, "hello\n");
	see_end(s);
}

SCENARIO(main_reads_the_terminal_with_stdin_closed, JOB, "on, got=hello, status=0, end=0")
{
	script(s, "INIT actor say=on read-tty <&-; say status=$?");
	see(s, "on");
	type(s, "hello\n");
	see(s, "status=");
	see_end(s);
}

SCENARIO(main_reads_the_terminal_with_nothing_open, JOB, "on, got=hello, status=0, end=0")
{
	script(s, "INIT actor say=on read-tty <&- >/dev/null 2>/dev/null; say status=$?");
	see(s, "on");
	type(s, "hello\n");
	see(s, "status=");
	see_end(s);
}

SCENARIO(main_after_main_reads, JOB, "on, got=one, on, got=two, end=0")
{
	script(s, "INIT actor say=on read; INIT actor say=on read");
	see(s, "on");
	type(s, "one\n");
	see(s, "on");
	type(s, "two\n");
	see_end(s);
}

SCENARIO(main_beside_main_reads, JOB, "on, got=hello")
{
	script(s, "mkfifo go; INIT sh -c 'echo >go; exec actor wait' & "
		  "read y <go; INIT actor say=on read");
	see(s, "on");
	type(s, "hello\n");
	see(s, "got=");
}

SCENARIO(main_in_a_script_sets_the_modes, JOB, "modes set, end=0")
{
	script(s, "INIT actor modes");
	see_end(s);
}

/* ---- ^C ------------------------------------------------------------------- */

SCENARIO(ctrl_c_ends_a_loop_in_a_script, JOB_NOT_PID_1, "on, end=INT|on, end=130")
{
	script(s, "for i in 1 2 3; do INIT actor say=on wait; done");
	see(s, "on");
	wait_leader_waits(s);
	type(s, CTRL_C);
	see_end(s);
}

SCENARIO(ctrl_c_ends_a_script, JOB_NOT_PID_1, "on, end=INT|on, end=130")
{
	script(s, "INIT actor say=on wait; say after");
	see(s, "on");
	wait_leader_waits(s);
	type(s, CTRL_C);
	see_end(s);
}

/*
 * bash goes on where the command took the ^C for its own. Where the script ends first its end is
 * a hang-up for main.
 */
SCENARIO(script_after_a_main_that_took_ctrl_c, JOB,
	 "on, INT, after 0, end=0|on, INT, end=INT|on, INT, end=130")
{
	script(s, "INIT actor ignore=HUP quit=INT:0 say=on wait; say after $?");
	see(s, "on");
	wait_leader_waits(s);
	type(s, CTRL_C);
	see(s, "INT");
	see_end(s);
}

SCENARIO(script_after_a_main_that_took_ctrl_c_and_ended_with_130, JOB,
	 "on, INT, after 130, end=0|on, INT, end=INT|on, INT, end=130")
{
	script(s, "INIT actor ignore=HUP quit=INT:130 say=on wait; say after $?");
	see(s, "on");
	wait_leader_waits(s);
	type(s, CTRL_C);
	see(s, "INT");
	see_end(s);
}

SCENARIO(script_with_a_trap_and_ctrl_c, JOB, "on, trap, after 130, end=0|on, trap, end=130")
{
	script(s, "trap 'say trap' INT; INIT actor say=on wait; say after $?");
	see(s, "on");
	wait_leader_waits(s);
	type(s, CTRL_C);
	see(s, "trap");
	see_end(s);
}

SCENARIO(ctrl_c_is_ignored_where_the_script_ignores_it, JOB, "on, got=hello, end=0")
{
	script(s, "trap '' INT; INIT actor say=on read");
	see(s, "on");
	type(s, CTRL_C "hello\n");
	see_end(s);
}

SCENARIO(ctrl_c_spares_a_worker_in_the_background, JOB, "on, trap, USR1")
{
	script(s, "trap 'say trap' INT; INIT actor name=main catch=USR1 say=on wait & "
		  "read x; wait; wait");
	see(s, "on");
	wait_leader_waits(s);
	type(s, CTRL_C);
	see(s, "trap");
	kill(process(s, "main"), SIGUSR1);
	see(s, "USR1");
}

SCENARIO(ctrl_backslash_ends_main_in_a_script, JOB_NOT_PID_1,
	 "on, end=QUIT|on, end=131|on, after, end=0")
{
	script(s, "ulimit -c 0; INIT actor say=on wait; say after");
	see(s, "on");
	wait_leader_waits(s);
	type(s, CTRL_BACKSLASH);
	see_end(s);
}

/* ---- nobody above: ^Z does nothing ---------------------------------------- */

SCENARIO(ctrl_z_does_nothing_in_a_script_without_a_shell_above, JOB, "on, got=hello, end=0")
{
	script(s, "INIT actor say=on read");
	see(s, "on");
	type(s, CTRL_Z "hello\n");
	see_end(s);
}

/* ---- a hang-up ------------------------------------------------------------ */

SCENARIO(hang_up_of_a_script_reaches_main, JOB, "on, HUP, job gone")
{
	script(s, "INIT actor name=main quit=HUP:3 say=on wait");
	see(s, "on");
	hang_up(s);
	see(s, "HUP");
	see_job_gone(s);
}

SCENARIO(death_of_the_script_reaches_main_once, JOB, "on, HUP, USR1")
{
	script(s, "INIT actor name=main catch=HUP,USR1 say=on wait; true");
	see(s, "on");
	kill(leader_of(s), SIGKILL);
	see(s, "HUP");
	kill(process(s, "main"), SIGUSR1);
	see(s, "USR1");
}

SCENARIO(term_of_the_script_spares_main, JOB, "on, USR1")
{
	script(s, "trap 'say trap' TERM; INIT actor name=main catch=TERM,USR1 say=on wait; true");
	see(s, "on");
	kill(leader_of(s), SIGTERM);
	kill(process(s, "main"), SIGUSR1);
	see(s, "USR1");
}
