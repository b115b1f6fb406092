/* SPDX-License-Identifier: MIT */
/* What only an init can do: there is nothing to compare it with, contract and man page decide. */
#include "tests/terminal/scenario.h"

#include <signal.h>

/* Main ends at USR1 with status 3 and leaves one behind that takes some signals. */
#define LEAVES(rest)                                                                               \
	"INIT sh -c 'actor name=rest " rest " say=on wait & "                                      \
	"exec actor name=main until=USR1 exit=3'"

static void leave_behind(struct stage *s, const char *line, const char *seen)
{
	at_prompt(s, line);
	see_all(s, "on,until");
	kill(process(s, "main"), SIGUSR1);
	see_all(s, seen);
	see_gone(s, "main");
}

#define LEFT "on, until USR1, USR1, main gone, "
#define LEFT_TOLD "on, until USR1, USR1, TERM, main gone, "

SCENARIO(wait_all_and_ctrl_c, JOB, LEFT "INT, status=3", .options = "-a", .own = true)
{
	leave_behind(s, LEAVES("quit=INT:0"), "USR1");
	type(s, CTRL_C);
	status(s);
}

SCENARIO(wait_all_and_ctrl_c_for_one_in_another_session, JOB, LEFT "INT, status=3", .options = "-a",
	 .own = true)
{
	leave_behind(s,
		     "INIT sh -c 'setsid actor name=rest quit=INT:0 say=on wait & "
		     "exec actor name=main until=USR1 exit=3'",
		     "USR1");
	type(s, CTRL_C);
	status(s);
}

SCENARIO(wait_all_and_ctrl_z, JOB_NOT_PID_1,
	 LEFT "rest stopped, rest running, rest stopped, rest running, INT, status=3",
	 .options = "-a", .own = true)
{
	leave_behind(s, LEAVES("quit=INT:0"), "USR1");
	for (int i = 0; i < 2; i++) {
		/* It has passed the shell's CONT on. */
		wait_init_waits(s);
		type(s, CTRL_Z);
		prompt(s);
		see_stopped(s, "rest");
		enter(s, "fg");
		wait_job_in_front(s);
		see_running(s, "rest");
	}
	type(s, CTRL_C);
	status(s);
}

SCENARIO(grace_and_ctrl_c, JOB, LEFT_TOLD "INT, status=3", .options = "-t 1h", .own = true)
{
	leave_behind(s, LEAVES("catch=TERM quit=INT:0"), "USR1,TERM");
	type(s, CTRL_C);
	status(s);
}

SCENARIO(grace_and_ctrl_z, JOB_NOT_PID_1, LEFT_TOLD "rest stopped, INT, status=3",
	 .options = "-t 1h", .own = true)
{
	leave_behind(s, LEAVES("catch=TERM quit=INT:0"), "USR1,TERM");
	/* With TERM comes a CONT, which must not meet the ^Z. */
	wait_init_waits(s);
	type(s, CTRL_Z);
	prompt(s);
	see_stopped(s, "rest");
	enter(s, "fg");
	wait_job_in_front(s);
	type(s, CTRL_C);
	status(s);
}

/* A deadline that ran out meanwhile begins anew: nobody is killed for having been suspended. */
SCENARIO(grace_runs_out_while_suspended, JOB_IN_BASH_NOT_PID_1,
	 LEFT_TOLD "rest stopped, INT, status=3", .options = "-t 5s", .own = true)
{
	leave_behind(s, LEAVES("catch=TERM quit=INT:0"), "USR1,TERM");
	/* With TERM comes a CONT, which must not meet the ^Z. */
	wait_init_waits(s);
	type(s, CTRL_Z);
	prompt(s);
	see_stopped(s, "rest");
	enter(s, "sleep 5.1");
	prompt(s);
	enter(s, "fg");
	wait_job_in_front(s);
	type(s, CTRL_C);
	status(s);
}

SCENARIO(group_is_told_and_the_script_is_not, JOB, "on, on, TERM, TERM, status=137, end=0",
	 .options = "-g", .own = true)
{
	script(s, "trap 'say script' TERM; "
		  "INIT sh -c 'actor catch=TERM say=on wait & "
		  "exec actor name=main catch=TERM say=on wait'; say status=$?");
	see(s, "on");
	see(s, "on");
	kill(init_or_main(s), SIGTERM);
	see_all(s, "TERM,TERM");
	kill(process(s, "main"), SIGKILL);
	see_end(s);
}

SCENARIO(group_is_told_and_the_other_side_of_a_pipe_is_not, JOB, "on, on, TERM, main gone, USR1",
	 .options = "-g", .own = true)
{
	at_prompt(s, "INIT actor name=main quit=TERM:3 say=on wait | "
		     "actor name=other catch=TERM,USR1 say=on wait");
	see(s, "on");
	see(s, "on");
	kill(init_or_main(s), SIGTERM);
	see(s, "TERM");
	see_gone(s, "main");
	kill(process(s, "other"), SIGUSR1);
	see(s, "USR1");
}

/* ---- under the name dumb-init --------------------------------------------- */

SCENARIO(dumb_init_stops_itself_after_tstp, JOB_NOT_PID_1,
	 "on, main stopped, dumb-init stopped, CONT, TERM, status=3", .as = "dumb-init",
	 .own = true)
{
	at_prompt(s, "INIT actor name=main catch=CONT quit=TERM:3 say=on wait");
	see(s, "on");
	kill(init_or_main(s), SIGTSTP);
	prompt(s);
	see_stopped(s, "main");
	see_stopped(s, "dumb-init");
	enter(s, "fg");
	see(s, "CONT");
	kill(process(s, "main"), SIGTERM);
	see(s, "TERM");
	status(s);
}

SCENARIO(dumb_init_stops_itself_without_a_terminal, LEADER_NOT_PID_1,
	 "on, main stopped, dumb-init stopped, CONT, TERM, end=3", .as = "dumb-init", .own = true,
	 .no_terminal = true)
{
	lead(s, "INIT actor name=main catch=CONT quit=TERM:3 say=on wait");
	see(s, "on");
	kill(init_or_main(s), SIGTSTP);
	see_stopped(s, "main");
	see_stopped(s, "dumb-init");
	kill(init_or_main(s), SIGCONT);
	see(s, "CONT");
	kill(init_or_main(s), SIGTERM);
	see_end(s);
}

SCENARIO(dumb_init_as_pid_1_goes_on_after_tstp, LEADER, "on, main stopped, CONT, TERM, end=3",
	 .as = "dumb-init", .own = true, .no_terminal = true)
{
	lead(s, "INIT actor name=main catch=CONT quit=TERM:3 say=on wait");
	see(s, "on");
	kill(init_or_main(s), SIGTSTP);
	see_stopped(s, "main");
	kill(init_or_main(s), SIGCONT);
	see(s, "CONT");
	kill(init_or_main(s), SIGTERM);
	see_end(s);
}

/* Somebody else's stop of main is no TSTP: this compares with none. */
SCENARIO(dumb_init_goes_on_when_others_stop_main, LEADER, "on, main stopped, CONT, TERM, end=3",
	 .as = "dumb-init", .no_terminal = true)
{
	lead(s, "INIT actor name=main catch=CONT quit=TERM:3 say=on wait");
	see(s, "on");
	kill(process(s, "main"), SIGSTOP);
	see_stopped(s, "main");
	kill(process(s, "main"), SIGCONT);
	see(s, "CONT");
	kill(init_or_main(s), SIGTERM);
	see_end(s);
}
