/* SPDX-License-Identifier: MIT */
/* Init leads the session: nobody is above it, as under `ssh -t` and `docker run -it`. */
#include "tests/terminal/scenario.h"

#include <signal.h>

#define MAIN "INIT actor name=main "

SCENARIO(leader_reads, LEADER, "on, got=hello, end=0")
{
	lead(s, MAIN "say=on read");
	see(s, "on");
	type(s, "hello\n");
	see_end(s);
}

SCENARIO(leader_reads_the_end_of_file, LEADER, "on, got nothing, end=4")
{
	lead(s, MAIN "say=on read exit=4");
	see(s, "on");
	type(s, CTRL_D);
	see_end(s);
}

SCENARIO(leader_reads_the_terminal_with_stdin_closed, LEADER, "on, got=hello, end=0")
{
	lead(s, MAIN "say=on read-tty <&-");
	see(s, "on");
	type(s, "hello\n");
	see_end(s);
}

SCENARIO(leader_sets_the_modes, LEADER, "modes set, end=0")
{
	lead(s, MAIN "modes");
	see_end(s);
}

SCENARIO(ctrl_z_does_nothing_where_nobody_is_above, LEADER, "on, got=hello, end=0")
{
	lead(s, MAIN "say=on read");
	see(s, "on");
	type(s, CTRL_Z "hello\n");
	see_end(s);
}

SCENARIO(ctrl_z_where_nobody_is_above_and_ctrl_c, LEADER, "on, INT, end=5")
{
	lead(s, MAIN "quit=INT:5 say=on wait");
	see(s, "on");
	type(s, CTRL_Z CTRL_C);
	see_end(s);
}

SCENARIO(ctrl_z_where_nobody_is_above_reaches_a_main_that_takes_it, LEADER, "on, TSTP, INT, end=5")
{
	lead(s, MAIN "catch=TSTP quit=INT:5 say=on wait");
	see(s, "on");
	type(s, CTRL_Z);
	see(s, "TSTP");
	type(s, CTRL_C);
	see_end(s);
}

SCENARIO(editor_that_stops_itself_where_nobody_is_above, LEADER, "on, TSTP, again, INT, end=5")
{
	lead(s, MAIN "vi=self quit=INT:5 say=on wait");
	see(s, "on");
	type(s, CTRL_Z);
	see(s, "again");
	type(s, CTRL_C);
	see_end(s);
}

SCENARIO(editor_that_stops_its_group_where_nobody_is_above, LEADER, "on, TSTP, again, INT, end=5")
{
	lead(s, MAIN "vi=group quit=INT:5 say=on wait");
	see(s, "on");
	type(s, CTRL_Z);
	see(s, "again");
	type(s, CTRL_C);
	see_end(s);
}

SCENARIO(main_of_a_leader_stopped_and_continued_by_others, LEADER,
	 "on, main stopped, CONT, TERM, end=3")
{
	lead(s, MAIN "catch=CONT quit=TERM:3 say=on wait");
	see(s, "on");
	kill(process(s, "main"), SIGSTOP);
	see_stopped(s, "main");
	kill(process(s, "main"), SIGCONT);
	see(s, "CONT");
	kill(init_or_main(s), SIGTERM);
	see(s, "TERM");
	see_end(s);
}

SCENARIO(ctrl_c_reaches_the_leaders_main_once, LEADER, "on, INT, INT, TERM, end=3")
{
	lead(s, MAIN "catch=INT quit=TERM:3 say=on wait");
	see(s, "on");
	for (int i = 0; i < 2; i++) {
		type(s, CTRL_C);
		see(s, "INT");
	}
	kill(init_or_main(s), SIGTERM);
	see(s, "TERM");
	see_end(s);
}

SCENARIO(ctrl_c_ends_the_leader, LEADER_NOT_PID_1, "on, end=INT")
{
	lead(s, MAIN "say=on wait");
	see(s, "on");
	type(s, CTRL_C);
	see_end(s);
}

SCENARIO(resize_reaches_the_leaders_main_once, LEADER, "on, WINCH, TERM, end=3")
{
	lead(s, MAIN "catch=WINCH quit=TERM:3 say=on wait");
	see(s, "on");
	resize(s);
	see(s, "WINCH");
	kill(init_or_main(s), SIGTERM);
	see(s, "TERM");
	see_end(s);
}

SCENARIO(hang_up_of_the_leader_reaches_main_once, LEADER, "on, HUP, CONT, TERM, end=3")
{
	lead(s, MAIN "catch=HUP,CONT quit=TERM:3 say=on wait");
	see(s, "on");
	hang_up(s);
	see_all(s, "HUP,CONT");
	kill(init_or_main(s), SIGTERM);
	see(s, "TERM");
	see_end(s);
}

SCENARIO(end_of_the_leader_hangs_up_its_background, LEADER_NOT_PID_1, "on, HUP")
{
	lead(s, "INIT sh -c 'mkfifo go; sh -c \"trap : HUP; echo >go; "
		"exec actor quit=HUP:0 say=on wait\" & read y <go; read x'");
	see(s, "on");
	type(s, "\n");
	wait_end(s);
	see(s, "HUP");
}

/* ---- a shell or script as main -------------------------------------------- */

SCENARIO(shell_under_the_leader_has_job_control, LEADER_WITH_SHELLS,
	 "on, main stopped, CONT, INT, main stopped, CONT, INT, TERM, status=3, end=5")
{
	lead(s, "INIT ISHELL");
	prompt(s);
	enter(s, "actor name=main catch=CONT,INT quit=TERM:3 say=on wait");
	see(s, "on");
	for (int i = 0; i < 2; i++) {
		type(s, CTRL_Z);
		prompt(s);
		see_stopped(s, "main");
		enter(s, "fg");
		see(s, "CONT");
		type(s, CTRL_C);
		see(s, "INT");
	}
	kill(process(s, "main"), SIGTERM);
	status(s);
	prompt(s);
	enter(s, "exit 5");
	see_end(s);
}

/* zsh without its line editor says nothing. */
#define NOT_IN_ZSH(name_)                                                                          \
	VARIANT(name_, bash, leader)                                                               \
	VARIANT(name_, dash, leader)                                                               \
	VARIANT(name_, ash, leader)                                                                \
	VARIANT(name_, bash, pid_1_as_leader)                                                      \
	VARIANT(name_, dash, pid_1_as_leader)                                                      \
	VARIANT(name_, ash, pid_1_as_leader)

SCENARIO(shell_under_the_leader_and_ctrl_c_at_its_prompt, NOT_IN_ZSH,
	 "status=130, end=5|status=1, end=5|status=0, end=5")
{
	lead(s, "INIT ISHELL");
	prompt(s);
	type(s, CTRL_C);
	status(s);
	prompt(s);
	enter(s, "exit 5");
	see_end(s);
}

SCENARIO(shell_under_the_leader_runs_a_background_job, LEADER_WITH_SHELLS,
	 "on, main stopped, main running, got=hello, status=0, end=5")
{
	lead(s, "INIT ISHELL");
	prompt(s);
	enter(s, "actor name=main say=on read &");
	prompt(s);
	see(s, "on");
	see_stopped(s, "main");
	enter(s, "fg");
	see_running(s, "main");
	type(s, "hello\n");
	status(s);
	prompt(s);
	enter(s, "exit 5");
	see_end(s);
}

/* Not as PID 1: when that ends nobody is left to be told. */
#define NOT_AS_PID_1(name_) SHELLS(name_, leader)

SCENARIO(hang_up_of_a_shell_under_the_leader, NOT_AS_PID_1, "on, HUP, main gone")
{
	lead(s, "INIT ISHELL");
	prompt(s);
	enter(s, "actor name=main quit=HUP:3 say=on wait");
	see(s, "on");
	hang_up(s);
	see(s, "HUP");
	see_gone(s, "main");
}

SCENARIO(script_under_the_leader_reads_while_a_worker_runs, LEADER_WITH_SHELLS,
	 "on, read=hello, end=0")
{
	file(s, "below",
	     "mkfifo go; sh -c 'echo >go; exec actor wait' & "
	     "read y <go; say on; read x; say read=$x");
	lead(s, "INIT SHELL ./below");
	see(s, "on");
	type(s, "hello\n");
	see_end(s);
}

SCENARIO(loop_of_a_script_under_the_leader_ends_of_ctrl_c, LEADER_WITH_SHELLS, "on, main gone")
{
	file(s, "below", "for i in 1 2 3; do actor name=main say=on wait; done");
	lead(s, "INIT SHELL ./below");
	see(s, "on");
	type(s, CTRL_C);
	wait_end(s);
	see_gone(s, "main");
}

SCENARIO(script_under_the_leader_with_a_trap_and_ctrl_c, LEADER_WITH_SHELLS,
	 "on, trap, after 130, end=0|on, trap, end=130")
{
	file(s, "below", "trap 'say trap' INT; actor say=on wait; say after $?");
	lead(s, "INIT SHELL ./below");
	see(s, "on");
	type(s, CTRL_C);
	see_end(s);
}

SCENARIO(ctrl_z_does_nothing_to_a_script_under_the_leader, LEADER_WITH_SHELLS,
	 "on, got=hello, end=0")
{
	file(s, "below", "actor say=on read; exit $?");
	lead(s, "INIT SHELL ./below");
	see(s, "on");
	type(s, CTRL_Z "hello\n");
	see_end(s);
}

SCENARIO(pipeline_under_the_leader_reads_on_its_left, LEADER_WITH_SHELLS, "on, got=hello, end=0")
{
	file(s, "below", "/bin/cat | actor say=on read");
	lead(s, "INIT SHELL ./below");
	see(s, "on");
	type(s, "hello\n");
	see(s, "got=");
	type(s, CTRL_D);
	see_end(s);
}
