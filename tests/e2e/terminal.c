/* SPDX-License-Identifier: MIT */
/*
 * Contract 4, the terminal: what the scenarios of tests/terminal/ cannot compare with a run without
 * an init, or see less closely.
 */
#define _GNU_SOURCE
#include "judge.h"
#include "pty.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#define CTRL_C "\003"
#define CTRL_BACKSLASH "\034"
#define CTRL_Z "\032"

static struct pty pty;
static struct run run; /* where no shell is wanted */

static void begin(void)
{
	pty_open(&pty);
}

static void end(void)
{
	if (run.pid > 0)
		run_close(&run);
	pty_close(&pty);
}

TestSuite(e2e_terminal, .init = begin, .fini = end, .timeout = 120);

/* The same under both shells: they hand the terminal over in different ways. */
#define TEST_IN_SHELLS(name)                                                                       \
	static void name(const char *shell);                                                       \
	Test(e2e_terminal, name##_in_bash)                                                         \
	{                                                                                          \
		name("bash");                                                                      \
	}                                                                                          \
	Test(e2e_terminal, name##_in_dash)                                                         \
	{                                                                                          \
		name("dash");                                                                      \
	}                                                                                          \
	static void name(const char *shell)

/* Types the command and waits for its ttylog. */
static void type_ready(const char *command)
{
	pty_type(&pty, command);
	expect_line(&pty.log, "ready");
}

static bool shell_has_foreground(void)
{
	return pty_foreground(&pty) == pty.leader;
}

/* Main is in init's group, as the shell has made it. */
static void expect_one_group(void)
{
	pid_t main_pid = pty_process(&pty, "ttylog"), init = pty_process(&pty, "pidone");

	cr_assert(eq(int, getpgid(main_pid), getpgid(init)));
}

/* ^Z: main and init stop, the shell has its prompt and the terminal. */
static void stop_by_key(pid_t init, pid_t main_pid)
{
	pty_type(&pty, CTRL_Z);
	pty_prompt(&pty);
	cr_assert(shell_has_foreground());
	cr_assert(eq(chr, process_state(main_pid), 'T'));
	/* A shell that is not init's parent may be told before init has stopped. */
	cr_assert(wait_state(init, "T"));
}

/* Ends main, which ends with status 3, and sees the shell get that one. */
static void end_main(pid_t main_pid)
{
	kill(main_pid, SIGTERM);
	expect_line(&pty.log, "signal 15");
	pty_prompt(&pty);
	pty_type(&pty, "echo status=$?.\n");
	pty_expect(&pty, "status=3.");
}

/* ---- main's group -------------------------------------------------------- */

TEST_IN_SHELLS(main_stays_in_inits_group)
{
	pty_shell(&pty, shell);
	type_ready("pidone ttylog\n");
	expect_one_group();
	end_main(pty_process(&pty, "ttylog"));
	cr_assert(shell_has_foreground());
}

TEST_IN_SHELLS(main_stays_in_a_group_from_outside_of_its_pid_namespace)
{
	NEED_ROOT();
	pty_shell(&pty, shell);
	type_ready("unshare -fp --mount-proc pidone ttylog\n");
	expect_one_group();
	end_main(pty_process(&pty, "ttylog"));
}

TEST_IN_SHELLS(main_stays_in_inits_group_in_the_background)
{
	pty_shell(&pty, shell);
	type_ready("pidone ttylog &\n");
	cr_assert(shell_has_foreground());
	expect_one_group();
}

TEST_IN_SHELLS(the_terminal_is_found_where_stdin_is_none)
{
	pty_shell(&pty, shell);
	type_ready("pidone ttylog < /dev/null\n");
	expect_one_group();
}

Test(e2e_terminal, the_terminal_is_found_where_no_descriptor_is_one)
{
	pty_shell(&pty, "bash");
	type_ready("pidone ttylog <&- >/dev/null 2>/dev/null\n");
	expect_one_group();
}

static void without_dev_tty(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/dev", "tmpfs", 0, NULL) < 0)
		_exit(99);
}

BOTH_MODES(e2e_terminal, the_terminal_is_found_on_descriptor_0_where_there_is_no_dev_tty)
{
	NEED_ROOT();
	run_start(&run, &(struct start){ .mode = mode,
					 .args = (const char *[]){ child_program("ttylog"), NULL },
					 .tty = pty.slave,
					 .before_exec = without_dev_tty });
	pty.leader = run.pid;
	expect_line(&pty.log, "ready");
	cr_assert(eq(int, getpgid(only_child(run.pid)), getpgid(run.pid)));
}

Test(e2e_terminal, a_foreground_that_main_gave_away_is_left_alone)
{
	pty_script(&pty, "pidone ttylog pass; echo status=$?. > /dev/tty; exec sleep 1000");
	pty_expect(&pty, "status=0.");
	pid_t child = pty_process(&pty, "ttylog");
	cr_assert(eq(int, getpgid(child), child));
	cr_assert(eq(int, pty_foreground(&pty), child));
}

/* ---- terminals that are none --------------------------------------------- */

static void no_terminal(void)
{
	setsid();
}

static void no_terminal_and_no_stdin(void)
{
	setsid();
	close(STDIN_FILENO);
}

static void no_terminal_and_null_stdin(void)
{
	setsid();
	close(STDIN_FILENO);
	if (open("/dev/null", O_RDONLY) != STDIN_FILENO)
		_exit(99);
}

static void no_terminal_and_no_stdio(void)
{
	setsid();
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
}

/* A status that nothing but main gives. */
static void expect_42(enum mode mode, int tty, void (*before_exec)(void))
{
	cr_assert(eq(int,
		     run_status(&(struct start){
			     .mode = mode,
			     .args = (const char *[]){ "-vvv", "sh", "-c", "exit 42", NULL },
			     .tty = tty,
			     .keep_tty_group = tty > 0,
			     .before_exec = before_exec }),
		     42));
}

BOTH_MODES(e2e_terminal, nothing_is_wrong_without_a_controlling_terminal)
{
	expect_42(mode, 0, no_terminal);
}

BOTH_MODES(e2e_terminal, nothing_is_wrong_with_stdin_closed)
{
	expect_42(mode, 0, no_terminal_and_no_stdin);
}

BOTH_MODES(e2e_terminal, nothing_is_wrong_with_stdin_from_dev_null)
{
	expect_42(mode, 0, no_terminal_and_null_stdin);
}

BOTH_MODES(e2e_terminal, nothing_is_wrong_with_nothing_open)
{
	expect_42(mode, 0, no_terminal_and_no_stdio);
}

BOTH_MODES(e2e_terminal, a_terminal_of_another_session_is_left_alone)
{
	pty_shell(&pty, "bash");
	expect_42(mode, pty.slave, no_terminal);
	cr_assert(shell_has_foreground());
}

static void no_terminal_nor_dev_tty(void)
{
	setsid();
	without_dev_tty();
}

BOTH_MODES(e2e_terminal, a_terminal_of_another_session_is_left_alone_where_there_is_no_dev_tty)
{
	NEED_ROOT();
	pty_shell(&pty, "bash");
	expect_42(mode, pty.slave, no_terminal_nor_dev_tty);
	cr_assert(shell_has_foreground());
}

static void close_stdin(void)
{
	close(STDIN_FILENO);
}

BOTH_MODES(e2e_terminal, descriptors_that_were_closed_stay_closed_for_main)
{
	/* On a terminal, where init opens one more of its own. */
	run_start(&run,
		  &(struct start){
			  .mode = mode,
			  .args = (const char *[]){ "sh", "-c",
						    "[ ! -e /proc/self/fd/0 ]; exit $((40 + $?))",
						    NULL },
			  .tty = pty.slave,
			  .before_exec = close_stdin });
	pty.leader = run.pid;
	cr_assert(eq(int, run_wait(&run), 40));
}

BOTH_MODES(e2e_terminal, inits_terminal_is_no_descriptor_of_main_where_there_is_no_dev_tty)
{
	static const char script[] = "for fd in 3 4 5 6 7 8 9; do "
				     "if [ -t $fd ]; then exit 41; fi; done; exit 40";

	NEED_ROOT();
	run_start(&run, &(struct start){ .mode = mode,
					 .args = (const char *[]){ "sh", "-c", script, NULL },
					 .tty = pty.slave,
					 .before_exec = without_dev_tty });
	pty.leader = run.pid;
	cr_assert(eq(int, run_wait(&run), 40));
}

/* ---- keys and signals of the terminal ------------------------------------ */

/*
 * Does it ten times: a signal that came twice might go unnoticed once, where both were pending at
 * the same time. The marker after each is forwarded by init, after all that it read before.
 */
static void expect_once(enum mode mode, void (*action)(int), int signo)
{
	pty_init(&pty, &run, mode, (const char *[]){ child_program("ttylog"), NULL });
	expect_line(&pty.log, "ready");
	for (int i = 0; i < 10; i++) {
		action(i);
		expect_signal(&pty, signo);
		kill(run.pid, SIGUSR1);
		expect_signal(&pty, SIGUSR1);
	}
	kill(run.pid, SIGTERM);
	cr_assert(eq(int, run_wait(&run), 3));
}

static void press_ctrl_c(int i)
{
	pty_type(&pty, CTRL_C);
}

static void press_ctrl_backslash(int i)
{
	pty_type(&pty, CTRL_BACKSLASH);
}

static void change_size(int i)
{
	ioctl(pty.master, TIOCSWINSZ,
	      &(struct winsize){ .ws_row = (unsigned short)(30 + i), .ws_col = 100 });
}

BOTH_MODES(e2e_terminal, ctrl_c_reaches_main_once)
{
	expect_once(mode, press_ctrl_c, SIGINT);
}

BOTH_MODES(e2e_terminal, ctrl_backslash_reaches_main_once)
{
	expect_once(mode, press_ctrl_backslash, SIGQUIT);
}

BOTH_MODES(e2e_terminal, a_new_window_size_reaches_main_once)
{
	expect_once(mode, change_size, SIGWINCH);
}

/*
 * Main ends of ^C while init is held: so init reads the signal and the end together, as where main
 * is the faster one.
 */
static void press_ctrl_c_main_first(enum mode mode, const char *const *args)
{
	pty_init(&pty, &run, mode, args);
	pty_expect(&pty, " ready"); /* main and the rest, whoever is first */
	pty_expect(&pty, " ready");
	pid_t main_pid = only_child(run.pid);
	WAIT_FOR(init_waits(run.pid));
	kill(run.pid, SIGSTOP);
	cr_assert(wait_state(run.pid, "T"));
	pty_type(&pty, CTRL_C);
	cr_assert(wait_state(main_pid, "Z"));
	kill(run.pid, SIGCONT);
}

static void expect_death_of_ctrl_c(void)
{
	int status = run_wait(&run);

	cr_expect(holds(status == 128 + SIGINT || status == 1000 + SIGINT), "%d", status);
}

#define MAIN_AND_REST                                                                              \
	child_program("tree"), "(", "setpgid", "name:rest", "end:10", "serve", ")", "plain", NULL

/* One ^C is no hurry, see contract 6: it is the grace's beginning. */
BOTH_MODES(e2e_terminal, the_ctrl_c_that_main_ended_of_leaves_the_rest_its_grace)
{
	press_ctrl_c_main_first(mode, (const char *[]){ "-t", "1m", MAIN_AND_REST });
	pty_expect(&pty, "rest signal 15");
	kill(run.pid, SIGUSR1);
	pty_expect(&pty, "rest signal 10");
	expect_death_of_ctrl_c();
}

BOTH_MODES(e2e_terminal, the_ctrl_c_that_main_ended_of_reaches_the_rest_once)
{
	press_ctrl_c_main_first(mode, (const char *[]){ "-a", MAIN_AND_REST });
	pty_expect(&pty, "rest signal 2 ");
	kill(run.pid, SIGUSR1);
	pty_expect(&pty, "rest signal ");
	cr_expect(eq(chr, pty.text[0], '1'), "twice");
	expect_death_of_ctrl_c();
}

BOTH_MODES(e2e_terminal, a_hang_up_reaches_main)
{
	pty_init(&pty, &run, mode, (const char *[]){ child_program("ttylog"), NULL });
	expect_line(&pty.log, "ready");
	close(pty.master);
	pty.master = -1;
	expect_line(&pty.log, "signal 1");
	expect_line(&pty.log, "signal 18");
	kill(run.pid, SIGTERM);
	cr_assert(eq(int, run_wait(&run), 3));
}

/* ---- job control --------------------------------------------------------- */

/* Its stop is not main's. */
TEST_IN_SHELLS(a_stopped_orphan_does_not_stop_the_job)
{
	pty_shell(&pty, shell);
	type_ready("pidone sh -c '(sleep 1000 &); exec ttylog'\n");
	pid_t init = pty_process(&pty, "pidone"), orphan = pty_process(&pty, "sleep");
	WAIT_FOR(atoi(status_field(orphan, "PPid")) == init);
	kill(orphan, SIGSTOP);
	cr_assert(wait_state(orphan, "T"));
	/* The second is read after a whole turn of init's loop that began with the first. */
	kill(init, SIGUSR1);
	expect_signal(&pty, SIGUSR1);
	kill(init, SIGALRM);
	expect_signal(&pty, SIGALRM);
	kill(orphan, SIGKILL);
	end_main(pty_process(&pty, "ttylog"));
}

TEST_IN_SHELLS(a_main_that_died_while_stopped_ends_the_job_at_fg)
{
	pty_shell(&pty, shell);
	type_ready("pidone ttylog\n");
	pid_t main_pid = pty_process(&pty, "ttylog");
	stop_by_key(pty_process(&pty, "pidone"), main_pid);
	kill(main_pid, SIGKILL);
	pty_type(&pty, "fg\n");
	pty_prompt(&pty);
	pty_type(&pty, "echo status=$?.\n");
	pty_expect(&pty, "status=137.");
}

/* ---- a CONT that is late -------------------------------------------------- */

/* A job: a group of its own in the session of the test, as PID 1 too. */
static void be_a_job(void)
{
	setpgid(0, 0);
	ask(&(struct call){ SYS_waitid, ANY, 0, 0 });
}

static volatile pid_t continued; /* main, once the CONT is sent */

/* Init has read the CONT, and asks if main is stopped. In that moment it is stopped, by ^Z. */
static int stop_the_job(pid_t init)
{
	pid_t main_pid = continued;

	(void)init;
	continued = 0;
	if (main_pid) {
		pty_type(&pty, CTRL_Z);
		wait_state(main_pid, "T");
	}
	return 0;
}

/* The CONT of a shell's fg went to the whole job: main is not to have it once more. */
Test(e2e_terminal, a_stop_behind_a_cont_that_init_has_not_looked_at_yet_stays)
{
	NEED_ROOT();
	NEED_FILTERS();
	signal(SIGHUP, SIG_IGN); /* the end of the terminal */
	setsid();
	cr_assert(zero(int, ioctl(pty.slave, TIOCSCTTY, 0)));
	run_start(&run, &(struct start){ .mode = PID1,
					 .args = (const char *[]){ child_program("ttylog"), NULL },
					 .before_exec = be_a_job });
	judge_calls(&run, stop_the_job);
	expect_line(&pty.log, "ready");
	pid_t main_pid = only_child(run.pid);
	cr_assert(eq(int, getpgid(main_pid), run.pid));
	cr_assert(zero(int, tcsetpgrp(pty.slave, run.pid)));
	continued = main_pid;
	kill(-run.pid, SIGCONT);
	cr_assert(wait_state(main_pid, "T"));
	expect_init_works(run.pid, main_pid);
	cr_expect(eq(chr, process_state(main_pid), 'T'));
}

/* ---- where nobody is above init ------------------------------------------ */

/* Without a shell that could continue init: its group is an orphaned one, or it is PID 1. */
BOTH_MODES(e2e_terminal, a_stop_of_main_does_not_stop_an_init_that_leads_the_session)
{
	pty_init(&pty, &run, mode, (const char *[]){ child_program("ttylog"), NULL });
	expect_line(&pty.log, "ready");
	pid_t main_pid = only_child(run.pid);
	for (int i = 0; i < 2; i++) {
		kill(main_pid, SIGSTOP);
		cr_assert(wait_state(main_pid, "T"));
		expect_init_works(run.pid, main_pid);
		kill(run.pid, SIGCONT);
		for (int signals = 0; signals < 3; signals++)
			expect_line(&pty.log, "signal ");
	}
	kill(run.pid, SIGTERM);
	cr_assert(eq(int, run_wait(&run), 3));
}

BOTH_MODES(e2e_terminal, a_stop_of_main_does_not_stop_an_init_without_a_terminal)
{
	run_start(&run, &(struct start){ .mode = mode,
					 .args = (const char *[]){ child_program("ttylog"), NULL },
					 .before_exec = no_terminal });
	expect_line(&pty.log, "ready");
	pid_t main_pid = only_child(run.pid);
	kill(main_pid, SIGSTOP);
	cr_assert(wait_state(main_pid, "T"));
	expect_init_works(run.pid, main_pid);
	kill(main_pid, SIGCONT);
	expect_line(&pty.log, "signal 18");
	kill(run.pid, SIGTERM);
	expect_line(&pty.log, "signal 15");
	cr_assert(eq(int, run_wait(&run), 3));
}

/* ---- TOSTOP -------------------------------------------------------------- */

BOTH_MODES(e2e_terminal, messages_do_not_stop_init_under_tostop)
{
	struct termios modes;

	cr_assert(zero(int, tcgetattr(pty.slave, &modes)));
	modes.c_lflag |= TOSTOP;
	cr_assert(zero(int, tcsetattr(pty.slave, TCSANOW, &modes)));
	pty_shell(&pty, "bash");
	type_ready(mode == PID1 ? "unshare -fp --mount-proc pidone -vvv ttylog\n"
				: "pidone -vvv ttylog\n");
	pid_t init = pty_process(&pty, "pidone");
	for (int i = 0; i < 5; i++) {
		pty_expect(&pty, "pidone: ");
		kill(init, SIGUSR1);
		expect_signal(&pty, SIGUSR1);
	}
	pty_expect(&pty, "pidone: ");
	end_main(pty_process(&pty, "ttylog"));
}
