/* SPDX-License-Identifier: MIT */
/* A job at the prompt of a shell with job control. */
#include "tests/terminal/scenario.h"

#include <signal.h>

#define MAIN "INIT actor name=main "

static void stop_by_key(struct stage *s)
{
	type(s, CTRL_Z);
	prompt(s);
	see_stopped(s, "main");
}

/* Ends main, which takes TERM with status 3. */
static void end_main(struct stage *s)
{
	kill(process(s, "main"), SIGTERM);
	see(s, "TERM");
	status(s);
}

/* ---- ^C, ^\, a resize ----------------------------------------------------- */

SCENARIO(ctrl_c_ends_main, JOB, "on, status=130")
{
	at_prompt(s, MAIN "say=on wait");
	see(s, "on");
	type(s, CTRL_C);
	status(s);
}

SCENARIO(ctrl_c_reaches_main_once, JOB, "on, INT, INT, INT, TERM, status=3")
{
	at_prompt(s, MAIN "catch=INT quit=TERM:3 say=on wait");
	see(s, "on");
	for (int i = 0; i < 3; i++) {
		type(s, CTRL_C);
		see(s, "INT");
	}
	end_main(s);
}

SCENARIO(ctrl_c_is_mains_to_take, JOB, "on, INT, status=7")
{
	at_prompt(s, MAIN "quit=INT:7 say=on wait");
	see(s, "on");
	type(s, CTRL_C);
	status(s);
}

SCENARIO(ctrl_backslash_ends_main, JOB, "on, status=131")
{
	at_prompt(s, "ulimit -c 0; " MAIN "say=on wait");
	see(s, "on");
	type(s, CTRL_BACKSLASH);
	status(s);
}

/* unshare is no shell: it dies of it and leaves main behind. */
SCENARIO(ctrl_backslash_reaches_main_once, JOB,
	 "on, QUIT, TERM, status=3|on, QUIT, TERM, status=131")
{
	at_prompt(s, MAIN "catch=QUIT quit=TERM:3 say=on wait");
	see(s, "on");
	type(s, CTRL_BACKSLASH);
	see(s, "QUIT");
	end_main(s);
}

SCENARIO(resize_reaches_main_once, JOB, "on, WINCH, TERM, status=3")
{
	at_prompt(s, MAIN "catch=WINCH quit=TERM:3 say=on wait");
	see(s, "on");
	resize(s);
	see(s, "WINCH");
	end_main(s);
}

SCENARIO(ctrl_c_ends_a_loop_at_the_prompt, JOB_NOT_PID_1, "on, status=130")
{
	at_prompt(s, "for i in 1 2 3; do " MAIN "say=on wait; done");
	see(s, "on");
	type(s, CTRL_C);
	status(s);
}

SCENARIO(ctrl_c_ends_a_list_at_the_prompt, JOB_NOT_PID_1, "on, status=130|on, after 130, status=0")
{
	at_prompt(s, MAIN "say=on wait; say after $?");
	see(s, "on");
	type(s, CTRL_C);
	status(s);
}

SCENARIO(ctrl_c_that_main_took_goes_on_in_a_loop, JOB, "on, INT, on, INT, status=0")
{
	at_prompt(s, "for i in 1 2; do " MAIN "quit=INT:0 say=on wait; done");
	see(s, "on");
	type(s, CTRL_C);
	see(s, "on");
	type(s, CTRL_C);
	status(s);
}

SCENARIO(ctrl_c_at_a_reading_main_that_takes_it, JOB, "on, INT, got=hello, status=0")
{
	at_prompt(s, MAIN "catch=INT say=on read");
	see(s, "on");
	type(s, CTRL_C);
	see(s, "INT");
	type(s, "hello\n");
	status(s);
}

SCENARIO(kill_of_main_from_elsewhere, JOB, "on, status=143")
{
	at_prompt(s, MAIN "say=on wait");
	see(s, "on");
	kill(process(s, "main"), SIGTERM);
	status(s);
}

/* ---- ^Z, fg, bg ----------------------------------------------------------- */

SCENARIO(ctrl_z_and_fg, JOB,
	 "on, main stopped, CONT, INT, main stopped, CONT, INT, main stopped, CONT, INT, TERM, "
	 "status=3")
{
	at_prompt(s, MAIN "catch=CONT,INT quit=TERM:3 say=on wait");
	see(s, "on");
	for (int i = 0; i < 3; i++) {
		stop_by_key(s);
		enter(s, "fg");
		see(s, "CONT");
		type(s, CTRL_C);
		see(s, "INT");
	}
	end_main(s);
}

SCENARIO(ctrl_z_and_its_status, JOB, "on, status=148, main stopped")
{
	at_prompt(s, MAIN "say=on wait");
	see(s, "on");
	type(s, CTRL_Z);
	status(s);
	see_stopped(s, "main");
}

SCENARIO(ctrl_z_and_bg, JOB, "on, main stopped, CONT, USR1, TERM, job gone")
{
	at_prompt(s, MAIN "catch=CONT,USR1 quit=TERM:3 say=on wait");
	see(s, "on");
	stop_by_key(s);
	enter(s, "bg");
	see(s, "CONT");
	prompt(s);
	kill(init_or_main(s), SIGUSR1);
	see(s, "USR1");
	kill(init_or_main(s), SIGTERM);
	see(s, "TERM");
	see_job_gone(s);
}

SCENARIO(ctrl_z_bg_fg_and_ctrl_c, JOB, "on, main stopped, main running, status=130")
{
	at_prompt(s, MAIN "say=on wait");
	see(s, "on");
	stop_by_key(s);
	enter(s, "bg");
	prompt(s);
	see_running(s, "main");
	enter(s, "fg");
	wait_job_in_front(s);
	type(s, CTRL_C);
	status(s);
}

SCENARIO(ctrl_z_of_a_main_that_ignores_it, JOB_NOT_PID_1, "on, got=hello, status=0")
{
	at_prompt(s, MAIN "ignore=TSTP say=on read");
	see(s, "on");
	type(s, CTRL_Z "hello\n");
	status(s);
}

SCENARIO(ctrl_z_of_a_main_that_takes_it, JOB_NOT_PID_1, "on, TSTP, INT, TERM, status=3")
{
	at_prompt(s, MAIN "catch=TSTP,INT quit=TERM:3 say=on wait");
	see(s, "on");
	type(s, CTRL_Z);
	see(s, "TSTP");
	type(s, CTRL_C);
	see(s, "INT");
	end_main(s);
}

SCENARIO(ctrl_z_of_an_editor_that_stops_itself, JOB_NOT_PID_1,
	 "on, TSTP, main stopped, again, TSTP, main stopped, again, TERM, status=3")
{
	at_prompt(s, MAIN "vi=self quit=TERM:3 say=on wait");
	see(s, "on");
	for (int i = 0; i < 2; i++) {
		stop_by_key(s);
		enter(s, "fg");
		see(s, "again");
	}
	end_main(s);
}

SCENARIO(ctrl_z_of_an_editor_that_stops_its_group, JOB,
	 "on, TSTP, main stopped, again, TSTP, main stopped, again, TERM, status=3")
{
	at_prompt(s, MAIN "vi=group quit=TERM:3 say=on wait");
	see(s, "on");
	for (int i = 0; i < 2; i++) {
		stop_by_key(s);
		enter(s, "fg");
		see(s, "again");
	}
	end_main(s);
}

SCENARIO(editor_under_a_script_as_main, JOB,
	 "on, TSTP, main stopped, again, TSTP, main stopped, again, TERM, status=3")
{
	at_prompt(s, "INIT sh -c 'actor name=main vi=group quit=TERM:3 say=on wait; exit $?'");
	see(s, "on");
	for (int i = 0; i < 2; i++) {
		stop_by_key(s);
		enter(s, "fg");
		see(s, "again");
	}
	end_main(s);
}

static void main_stops_itself(struct stage *s, const char *line)
{
	at_prompt(s, line);
	see(s, "on");
	prompt(s);
	see_stopped(s, "main");
	enter(s, "fg");
	see(s, "again");
	end_main(s);
}

SCENARIO(main_suspends_itself_with_tstp, JOB_NOT_PID_1, "on, main stopped, again, TERM, status=3")
{
	main_stops_itself(s, MAIN "quit=TERM:3 say=on stop=TSTP wait");
}

SCENARIO(main_suspends_itself_with_stop, JOB_NOT_PID_1, "on, main stopped, again, TERM, status=3")
{
	main_stops_itself(s, MAIN "quit=TERM:3 say=on stop=STOP wait");
}

SCENARIO(main_suspends_its_group, JOB, "on, main stopped, again, TERM, status=3")
{
	main_stops_itself(s, MAIN "quit=TERM:3 say=on group=TSTP wait");
}

SCENARIO(two_jobs_stop_and_go_on, JOB,
	 "on, main stopped, other, other stopped, CONT, main stopped, other running, "
	 "status=130")
{
	at_prompt(s, MAIN "catch=CONT say=on wait");
	see(s, "on");
	stop_by_key(s);
	enter(s, "INIT actor name=other say=other wait");
	see(s, "other");
	type(s, CTRL_Z);
	prompt(s);
	see_stopped(s, "other");
	enter(s, "fg %1");
	see(s, "CONT");
	stop_by_key(s);
	enter(s, "fg %2");
	wait_job_in_front(s);
	see_running(s, "other");
	type(s, CTRL_C);
	status(s);
}

/* ---- in the background ---------------------------------------------------- */

SCENARIO(background_reader_stops_and_fg_lets_it_read, JOB, "on, main stopped, got=hello, status=0")
{
	at_prompt(s, MAIN "say=on read &");
	prompt(s);
	see(s, "on");
	see_stopped(s, "main");
	wait_job_stopped(s);
	enter(s, "fg");
	wait_job_in_front(s);
	type(s, "hello\n");
	see(s, "got=");
	status(s);
}

SCENARIO(background_job_reads_after_fg, JOB, "until USR1, USR1, got=hello, status=0")
{
	at_prompt(s, MAIN "until=USR1 read &");
	prompt(s);
	see(s, "until");
	enter(s, "fg");
	wait_job_in_front(s);
	kill(process(s, "main"), SIGUSR1);
	see(s, "USR1");
	type(s, "hello\n");
	see(s, "got=");
	status(s);
}

SCENARIO(background_job_takes_ctrl_c_after_fg, JOB, "until USR1, status=130")
{
	at_prompt(s, MAIN "until=USR1 &");
	prompt(s);
	see(s, "until");
	enter(s, "fg");
	wait_job_in_front(s);
	type(s, CTRL_C);
	status(s);
}

SCENARIO(background_job_sets_the_modes_after_fg, JOB, "until USR1, USR1, modes set, status=0")
{
	at_prompt(s, MAIN "until=USR1 modes &");
	prompt(s);
	see(s, "until");
	enter(s, "fg");
	wait_job_in_front(s);
	kill(process(s, "main"), SIGUSR1);
	see(s, "USR1");
	status(s);
}

SCENARIO(background_job_that_sets_the_modes_stops, JOB, "on, main stopped, modes set, status=0")
{
	at_prompt(s, MAIN "say=on modes &");
	prompt(s);
	see(s, "on");
	see_stopped(s, "main");
	wait_job_stopped(s);
	enter(s, "fg");
	status(s);
}

SCENARIO(background_job_writes, JOB, "written, job gone")
{
	at_prompt(s, MAIN "write &");
	prompt(s);
	see(s, "written");
	see_job_gone(s);
}

SCENARIO(background_job_that_writes_stops_under_tostop, JOB, "on, main stopped, written, status=0")
{
	at_prompt(s, "stty tostop");
	prompt(s);
	enter(s, MAIN "say=on write &");
	prompt(s);
	see(s, "on");
	see_stopped(s, "main");
	wait_job_stopped(s);
	enter(s, "fg");
	status(s);
}

SCENARIO(background_job_with_messages_under_tostop, JOB, "on, USR1, TERM, job gone",
	 .options = "-vvv")
{
	at_prompt(s, "stty tostop");
	prompt(s);
	enter(s, MAIN "catch=USR1 quit=TERM:3 say=on wait &");
	prompt(s);
	see(s, "on");
	kill(init_or_main(s), SIGUSR1);
	see(s, "USR1");
	kill(init_or_main(s), SIGTERM);
	see(s, "TERM");
	see_job_gone(s);
}

SCENARIO(background_main_stopped_and_continued_by_others, JOB,
	 "on, main stopped, CONT, main stopped, CONT, TERM, job gone")
{
	at_prompt(s, MAIN "catch=CONT quit=TERM:3 say=on wait &");
	prompt(s);
	see(s, "on");
	for (int i = 0; i < 2; i++) {
		kill(process(s, "main"), SIGSTOP);
		see_stopped(s, "main");
		kill(process(s, "main"), SIGCONT);
		see(s, "CONT");
	}
	kill(process(s, "main"), SIGTERM);
	see(s, "TERM");
	see_job_gone(s);
}

SCENARIO(foreground_main_stopped_by_others, JOB_NOT_PID_1, "on, main stopped, CONT, TERM, status=3")
{
	at_prompt(s, MAIN "catch=CONT quit=TERM:3 say=on wait");
	see(s, "on");
	kill(process(s, "main"), SIGSTOP);
	prompt(s);
	see_stopped(s, "main");
	enter(s, "fg");
	see(s, "CONT");
	end_main(s);
}

SCENARIO(kill_of_a_background_job, JOB, "on, TERM, job gone")
{
	at_prompt(s, MAIN "quit=TERM:3 say=on wait &");
	prompt(s);
	see(s, "on");
	enter(s, "kill %1");
	see(s, "TERM");
	see_job_gone(s);
}

/* The shell signals the whole job, main and init: init cannot tell that from a signal for itself.
 */
#define TWICE "init forwards what the shell has sent to the whole job"

SCENARIO(kill_of_a_job_reaches_main_once, JOB, "on, USR1, USR2", .differs = TWICE)
{
	at_prompt(s, MAIN "catch=USR1,USR2 say=on wait &");
	prompt(s);
	see(s, "on");
	enter(s, "kill -USR1 %1");
	see(s, "USR1");
	prompt(s);
	kill(init_or_main(s), SIGUSR2);
	see(s, "USR2");
}

SCENARIO(main_signals_its_group, JOB, "on, USR1, again, USR2",
	 .differs = "what main sends to its group may be meant for PID 1")
{
	at_prompt(s, MAIN "catch=USR1,USR2 say=on group=USR1 wait &");
	prompt(s);
	see(s, "again");
	kill(init_or_main(s), SIGUSR2);
	see(s, "USR2");
}

SCENARIO(kill_of_a_stopped_job, JOB, "on, main stopped, TERM, job gone")
{
	at_prompt(s, MAIN "quit=TERM:3 say=on wait");
	see(s, "on");
	stop_by_key(s);
	enter(s, "kill %1; kill -CONT %1");
	see(s, "TERM");
	see_job_gone(s);
}

SCENARIO(kill_tstp_and_cont_of_a_job, JOB, "on, main stopped, CONT, main stopped, CONT, USR1")
{
	at_prompt(s, MAIN "catch=CONT,USR1 say=on wait &");
	prompt(s);
	see(s, "on");
	for (int i = 0; i < 2; i++) {
		enter(s, "kill -TSTP %1");
		see_stopped(s, "main");
		prompt(s);
		enter(s, "kill -CONT %1");
		see(s, "CONT");
		prompt(s);
	}
	kill(process(s, "main"), SIGUSR1);
	see(s, "USR1");
}

SCENARIO(kill_stop_and_cont_of_a_job, JOB_NOT_PID_1,
	 "on, main stopped, CONT, main stopped, CONT, USR1")
{
	at_prompt(s, MAIN "catch=CONT,USR1 say=on wait &");
	prompt(s);
	see(s, "on");
	for (int i = 0; i < 2; i++) {
		enter(s, "kill -STOP %1");
		see_stopped(s, "main");
		prompt(s);
		enter(s, "kill -CONT %1");
		see(s, "CONT");
		prompt(s);
	}
	kill(process(s, "main"), SIGUSR1);
	see(s, "USR1");
}

SCENARIO(wait_for_a_background_job, JOB, "on, TERM, status=3")
{
	at_prompt(s, MAIN "quit=TERM:3 say=on wait & wait $!; say status=$?");
	see(s, "on");
	kill(process(s, "main"), SIGTERM);
	see(s, "status=");
}

SCENARIO(shell_reads_while_a_job_runs, JOB, "on, read=hello")
{
	at_prompt(s, MAIN "say=on wait &");
	prompt(s);
	see(s, "on");
	enter(s, "read x; say read=$x");
	/* The shell may drop what was typed before it reads. */
	enter(s, "hello");
	see(s, "read=");
}

/* ---- pipelines ------------------------------------------------------------ */

static void stop_and_go_on(struct stage *s, const char *line)
{
	at_prompt(s, line);
	see(s, "on");
	/* All of the job: until its exec a part may still ignore ^Z as the shell does. */
	process(s, "cat");
	for (int i = 0; i < 2; i++) {
		stop_by_key(s);
		see_stopped(s, "cat");
		enter(s, "fg");
		see(s, "CONT");
	}
	type(s, CTRL_C);
	see(s, "INT");
	end_main(s);
}

SCENARIO(pipeline_that_main_leads_stops_and_goes_on, JOB,
	 "on, main stopped, cat stopped, CONT, main stopped, cat stopped, CONT, INT, TERM, "
	 "status=130")
{
	stop_and_go_on(s, MAIN "catch=CONT,INT quit=TERM:3 say=on wait | /bin/cat");
}

SCENARIO(
	pipeline_that_main_ends_stops_and_goes_on, JOB,
	"on, main stopped, cat stopped, CONT, main stopped, cat stopped, CONT, INT, TERM, status=3")
{
	stop_and_go_on(s, "/bin/cat | " MAIN "catch=CONT,INT quit=TERM:3 say=on wait");
}

SCENARIO(pipeline_goes_on_in_the_background, JOB,
	 "on, main stopped, cat stopped, main running, cat running, status=130")
{
	at_prompt(s, MAIN "say=on wait | /bin/cat");
	see(s, "on");
	process(s, "cat");
	stop_by_key(s);
	see_stopped(s, "cat");
	enter(s, "bg");
	prompt(s);
	see_running(s, "main");
	see_running(s, "cat");
	enter(s, "fg");
	wait_job_in_front(s);
	type(s, CTRL_C);
	status(s);
}

SCENARIO(pipeline_of_two_inits, JOB,
	 "left, right, left stopped, right stopped, left running, right running, status=130")
{
	at_prompt(s, "INIT actor name=left say=left wait | INIT actor name=right say=right wait");
	see_all(s, "left,right");
	type(s, CTRL_Z);
	prompt(s);
	see_stopped(s, "left");
	see_stopped(s, "right");
	enter(s, "fg");
	wait_job_in_front(s);
	see_running(s, "left");
	see_running(s, "right");
	type(s, CTRL_C);
	status(s);
}

SCENARIO(pager_behind_main, JOB, "written, on, got=q, job gone, status=0")
{
	at_prompt(s, MAIN "write | actor say=on read-tty");
	see_all(s, "written,on");
	type(s, "q\n");
	see(s, "got=");
	see_job_gone(s);
	status(s);
}

SCENARIO(main_is_the_pager, JOB, "on, main stopped, CONT, got=q, status=0")
{
	at_prompt(s, "echo text | " MAIN "catch=CONT say=on read-tty");
	see(s, "on");
	stop_by_key(s);
	enter(s, "fg");
	see(s, "CONT");
	type(s, "q\n");
	status(s);
}

/* ---- scripts and inits between -------------------------------------------- */

SCENARIO(script_above_stops_and_goes_on, JOB,
	 "on, main stopped, CONT, main stopped, CONT, TERM, after 3, status=0")
{
	shell(s);
	file(s, "above", MAIN "catch=CONT quit=TERM:3 say=on wait; say after $?");
	enter(s, "SHELL ./above");
	see(s, "on");
	for (int i = 0; i < 2; i++) {
		stop_by_key(s);
		enter(s, "fg");
		see(s, "CONT");
	}
	end_main(s);
}

SCENARIO(script_above_ends_of_ctrl_c, JOB_NOT_PID_1, "on, status=130")
{
	shell(s);
	file(s, "above", "for i in 1 2 3; do " MAIN "say=on wait; done");
	enter(s, "SHELL ./above");
	see(s, "on");
	type(s, CTRL_C);
	status(s);
}

SCENARIO(script_as_main_stops_and_goes_on, JOB,
	 "on, main stopped, CONT, main stopped, CONT, TERM, status=3")
{
	at_prompt(s, "INIT sh -c 'actor name=main catch=CONT quit=TERM:3 say=on wait; exit $?'");
	see(s, "on");
	for (int i = 0; i < 2; i++) {
		stop_by_key(s);
		enter(s, "fg");
		see(s, "CONT");
	}
	end_main(s);
}

SCENARIO(init_under_init_stops_and_goes_on, JOB_NOT_PID_1,
	 "on, main stopped, CONT, INT, main stopped, CONT, INT, TERM, status=3")
{
	at_prompt(s, "INIT INIT actor name=main catch=CONT,INT quit=TERM:3 say=on wait");
	see(s, "on");
	for (int i = 0; i < 2; i++) {
		stop_by_key(s);
		enter(s, "fg");
		see(s, "CONT");
		type(s, CTRL_C);
		see(s, "INT");
	}
	end_main(s);
}

SCENARIO(init_under_init_ends_of_ctrl_c, JOB_NOT_PID_1, "on, status=130")
{
	at_prompt(s, "for i in 1 2; do INIT INIT actor say=on wait; done");
	see(s, "on");
	type(s, CTRL_C);
	status(s);
}

SCENARIO(shell_is_replaced, JOB, "on, got=hello, end=0")
{
	at_prompt(s, "exec " MAIN "say=on read");
	see(s, "on");
	type(s, "hello\n");
	see_end(s);
}

SCENARIO(shell_is_replaced_and_ctrl_c_ends_it, JOB_NOT_PID_1, "on, end=INT")
{
	at_prompt(s, "exec " MAIN "say=on wait");
	see(s, "on");
	type(s, CTRL_C);
	see_end(s);
}

static void inner_line(struct stage *s, const char *line)
{
	see_text(s, "(inner)");
	enter(s, line);
}

SCENARIO(shell_as_main_has_job_control, JOB_IN_BASH, "on, main stopped, CONT, INT, TERM, status=5")
{
	at_prompt(s, "PS1='(in''ner)' INIT ISHELL");
	inner_line(s, "actor name=main catch=CONT,INT quit=TERM:3 say=on wait");
	see(s, "on");
	type(s, CTRL_Z);
	see_stopped(s, "main");
	inner_line(s, "fg");
	see(s, "CONT");
	type(s, CTRL_C);
	see(s, "INT");
	kill(process(s, "main"), SIGTERM);
	see(s, "TERM");
	inner_line(s, "exit 5");
	status(s);
}

SCENARIO(shell_as_main_suspends_itself, JOB_IN_BASH_NOT_PID_1, "outer, back, status=5",
	 .differs = "the shell has moved out of the job's group and cannot read after fg")
{
	at_prompt(s, "PS1='(in''ner)' INIT ISHELL");
	inner_line(s, "suspend");
	prompt(s);
	enter(s, "say outer");
	see(s, "outer");
	prompt(s);
	enter(s, "fg");
	wait_job_in_front(s);
	enter(s, "say back");
	see(s, "back");
	enter(s, "exit 5");
	status(s);
}

/* ---- the end of the terminal and of the shell ----------------------------- */

SCENARIO(hang_up_under_a_shell_reaches_main, JOB, "on, HUP, job gone")
{
	at_prompt(s, MAIN "quit=HUP:3 say=on wait");
	see(s, "on");
	hang_up(s);
	see(s, "HUP");
	see_job_gone(s);
}

SCENARIO(death_of_the_shell_reaches_main_once, JOB, "on, HUP, USR1")
{
	at_prompt(s, MAIN "catch=HUP,USR1 say=on wait");
	see(s, "on");
	kill(leader_of(s), SIGKILL);
	see(s, "HUP");
	kill(process(s, "main"), SIGUSR1);
	see(s, "USR1");
}

SCENARIO(death_of_the_shell_reaches_a_stopped_main, JOB, "on, main stopped, HUP, CONT, USR1")
{
	at_prompt(s, MAIN "catch=HUP,CONT,USR1 say=on wait");
	see(s, "on");
	stop_by_key(s);
	kill(leader_of(s), SIGKILL);
	see_all(s, "HUP,CONT");
	kill(process(s, "main"), SIGUSR1);
	see(s, "USR1");
}

/* zsh tells its jobs. */
SCENARIO(exit_of_the_shell_and_a_background_job, JOB, "on, USR1|on, HUP, USR1|on, HUP, CONT, USR1",
	 .differs = TWICE)
{
	at_prompt(s, MAIN "catch=HUP,CONT,USR1 say=on wait &");
	prompt(s);
	see(s, "on");
	/* Once more where the shell asks. */
	enter(s, "exit 0\nexit 0");
	wait_end(s);
	kill(process(s, "main"), SIGUSR1);
	see(s, "USR1");
}

/* ---- ^C is no wish to end ------------------------------------------------- */

SCENARIO(ctrl_c_starts_no_clock, JOB, "on, INT, got=hello, status=0", .options = "-k 0")
{
	at_prompt(s, MAIN "catch=INT say=on read");
	see(s, "on");
	type(s, CTRL_C);
	see(s, "INT");
	type(s, "hello\n");
	status(s);
}
