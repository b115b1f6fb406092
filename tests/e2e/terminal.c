/* SPDX-License-Identifier: MIT */
/* Contract 4, the terminal: its foreground, its signals, job control under a shell. */
#define _GNU_SOURCE
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

static void expect_main_in_foreground(void)
{
	pid_t main_pid = pty_process(&pty, "ttylog");

	cr_assert(eq(int, getpgid(main_pid), main_pid));
	WAIT_FOR(pty_foreground(&pty) == main_pid);
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

static void continue_by_fg(void)
{
	pty_type(&pty, "fg\n");
	expect_signal(&pty, SIGCONT);
	expect_main_in_foreground();
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

/* ---- the foreground ------------------------------------------------------ */

TEST_IN_SHELLS(main_gets_the_foreground_and_the_shell_has_it_back)
{
	pty_shell(&pty, shell);
	type_ready("pidone ttylog\n");
	expect_main_in_foreground();
	end_main(pty_process(&pty, "ttylog"));
	cr_assert(shell_has_foreground());
}

TEST_IN_SHELLS(main_gets_a_foreground_from_outside_of_its_pid_namespace)
{
	NEED_ROOT();
	pty_shell(&pty, shell);
	type_ready("unshare -fp --mount-proc pidone ttylog\n");
	expect_main_in_foreground();
	end_main(pty_process(&pty, "ttylog"));
}

TEST_IN_SHELLS(a_background_job_does_not_steal_the_foreground)
{
	pty_shell(&pty, shell);
	type_ready("pidone ttylog &\n");
	cr_assert(shell_has_foreground());
	pid_t main_pid = pty_process(&pty, "ttylog");
	cr_assert(eq(int, getpgid(main_pid), main_pid));
}

TEST_IN_SHELLS(a_background_job_does_not_steal_the_foreground_from_outside_of_its_pid_namespace)
{
	NEED_ROOT();
	pty_shell(&pty, shell);
	type_ready("unshare -fp --mount-proc pidone ttylog &\n");
	cr_assert(shell_has_foreground());
}

TEST_IN_SHELLS(the_end_of_a_background_job_does_not_take_the_foreground)
{
	pty_shell(&pty, shell);
	type_ready("pidone ttylog &\n");
	pty_prompt(&pty);
	kill(pty_process(&pty, "ttylog"), SIGTERM);
	pty_type(&pty, "wait $!; echo status=$?.\n");
	pty_expect(&pty, "status=3.");
	cr_assert(shell_has_foreground());
}

TEST_IN_SHELLS(the_foreground_is_found_where_stdin_is_no_terminal)
{
	pty_shell(&pty, shell);
	type_ready("pidone ttylog < /dev/null\n");
	expect_main_in_foreground();
}

Test(e2e_terminal, the_foreground_is_found_where_no_descriptor_is_a_terminal)
{
	pty_shell(&pty, "bash");
	type_ready("pidone ttylog <&- >/dev/null 2>/dev/null\n");
	expect_main_in_foreground();
}

static void without_dev_tty(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/dev", "tmpfs", 0, NULL) < 0)
		_exit(99);
}

BOTH_MODES(e2e_terminal, the_foreground_is_found_on_descriptor_0_where_there_is_no_dev_tty)
{
	NEED_ROOT();
	run_start(&run, &(struct start){ .mode = mode,
					 .args = (const char *[]){ child_program("ttylog"), NULL },
					 .tty = pty.slave,
					 .before_exec = without_dev_tty });
	pty.leader = run.pid;
	expect_line(&pty.log, "ready");
	expect_main_in_foreground();
}

/*
 * Without job control nobody but init can give the foreground back: the script's read would fail
 * with EIO, as its group is an orphaned one.
 */
static void expect_read_works(const char *printed)
{
	pty_expect(&pty, printed);
	pty_type(&pty, "hello\n");
	pty_expect(&pty, "read=hello.");
}

Test(e2e_terminal, the_foreground_is_given_back_when_main_ends)
{
	pty_script(&pty, "pidone ttylog; echo status=$?.; read line; echo read=$line.; read end");
	expect_line(&pty.log, "ready");
	kill(pty_process(&pty, "ttylog"), SIGTERM);
	expect_read_works("status=3.");
	cr_assert(shell_has_foreground());
}

Test(e2e_terminal, the_foreground_is_given_back_when_main_is_killed)
{
	pty_script(&pty, "pidone ttylog; echo status=$?.; read line; echo read=$line.; read end");
	expect_line(&pty.log, "ready");
	kill(pty_process(&pty, "ttylog"), SIGKILL);
	expect_read_works("status=137.");
	cr_assert(shell_has_foreground());
}

Test(e2e_terminal, the_foreground_is_given_back_though_mains_group_lives_on)
{
	pty_script(&pty,
		   "pidone ttylog leave; echo status=$?.; read line; echo read=$line.; read end");
	expect_line(&pty.log, "ready");
	kill(only_child(pty_process(&pty, "pidone")), SIGTERM);
	expect_read_works("status=3.");
}

Test(e2e_terminal, a_foreground_that_main_gave_away_is_left_alone)
{
	pty_script(&pty, "pidone ttylog pass; echo status=$?. > /dev/tty; exec sleep 1000");
	pty_expect(&pty, "status=0.");
	pid_t child = pty_process(&pty, "ttylog");
	cr_assert(eq(int, getpgid(child), child));
	cr_assert(eq(int, pty_foreground(&pty), child));
}

Test(e2e_terminal, the_foreground_is_not_kept_for_a_command_that_cannot_be_run)
{
	pty_script(&pty, "pidone /nonexistent 2>/dev/null; echo status=$?.; read line;"
			 "echo read=$line.; read end");
	expect_read_works("status=127.");
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

TEST_IN_SHELLS(ctrl_c_ends_a_command_as_the_shell_expects_it)
{
	pty_shell(&pty, shell);
	pty_type(&pty, "pidone sh -c 'echo started; exec sleep 1000'\n");
	pty_expect(&pty, "started");
	pty_type(&pty, CTRL_C);
	pty_prompt(&pty);
	pty_type(&pty, "echo status=$?.\n");
	pty_expect(&pty, "status=130.");
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

Test(e2e_terminal, a_hang_up_under_a_shell_reaches_main)
{
	pty_shell(&pty, "bash");
	type_ready("pidone ttylog\n");
	close(pty.master);
	pty.master = -1;
	expect_line(&pty.log, "signal 1");
}

/* ---- job control --------------------------------------------------------- */

TEST_IN_SHELLS(ctrl_z_gives_the_prompt_and_fg_goes_on)
{
	pty_shell(&pty, shell);
	type_ready("pidone ttylog\n");
	pid_t main_pid = pty_process(&pty, "ttylog"), init = pty_process(&pty, "pidone");
	for (int i = 0; i < 3; i++) {
		stop_by_key(init, main_pid);
		continue_by_fg();
		pty_type(&pty, CTRL_C);
		expect_signal(&pty, SIGINT);
	}
	end_main(main_pid);
}

TEST_IN_SHELLS(bg_goes_on_without_the_terminal)
{
	pty_shell(&pty, shell);
	type_ready("pidone ttylog\n");
	pid_t main_pid = pty_process(&pty, "ttylog"), init = pty_process(&pty, "pidone");
	stop_by_key(init, main_pid);
	pty_type(&pty, "bg\n");
	expect_signal(&pty, SIGCONT);
	pty_prompt(&pty);
	cr_assert(shell_has_foreground());
	/* Init is at work again. */
	kill(init, SIGUSR1);
	expect_signal(&pty, SIGUSR1);
	cr_assert(shell_has_foreground());
}

TEST_IN_SHELLS(a_reader_in_the_background_stops_and_fg_lets_it_read)
{
	pty_shell(&pty, shell);
	type_ready("pidone ttylog read &\n");
	pid_t main_pid = pty_process(&pty, "ttylog"), init = pty_process(&pty, "pidone");
	cr_assert(wait_state(main_pid, "T"));
	cr_assert(wait_state(init, "T"));
	cr_assert(shell_has_foreground());
	pty_prompt(&pty);
	pty_type(&pty, "fg\n");
	WAIT_FOR(pty_foreground(&pty) == main_pid);
	pty_type(&pty, "hello\n");
	expect_line(&pty.log, "line hello");
	expect_signal(&pty, SIGCONT);
	end_main(main_pid);
}

/* bash sends no SIGCONT to a job that runs: init learns of `fg` only by main's attempt to read. */
TEST_IN_SHELLS(a_running_background_job_reads_after_fg)
{
	pty_shell(&pty, shell);
	type_ready("pidone ttylog &\n");
	pty_prompt(&pty);
	pid_t main_pid = pty_process(&pty, "ttylog"), init = pty_process(&pty, "pidone");
	pty_type(&pty, "fg\n");
	/* dash sends one, and init passes the terminal on by itself. */
	WAIT_FOR(pty_foreground(&pty) == (strcmp(shell, "dash") == 0 ? main_pid : init));
	kill(init, SIGUSR2);
	expect_line(&pty.log, "signal 12");
	pty_type(&pty, "hello\n");
	expect_line(&pty.log, "line hello");
	expect_main_in_foreground();
	end_main(main_pid);
}

/* The same for one that would set the terminal's modes, as editors do. */
Test(e2e_terminal, a_running_background_job_sets_the_modes_after_fg_in_bash)
{
	pty_shell(&pty, "bash");
	type_ready("pidone ttylog set &\n");
	pty_prompt(&pty);
	pid_t main_pid = pty_process(&pty, "ttylog"), init = pty_process(&pty, "pidone");
	pty_type(&pty, "fg\n");
	WAIT_FOR(pty_foreground(&pty) == init);
	kill(init, SIGUSR2);
	expect_line(&pty.log, "signal 12");
	expect_line(&pty.log, "set 0");
	expect_main_in_foreground();
	end_main(main_pid);
}

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
	expect_main_in_foreground();
	kill(orphan, SIGKILL);
	end_main(pty_process(&pty, "ttylog"));
}

TEST_IN_SHELLS(kill_of_a_stopped_job_ends_it)
{
	pty_shell(&pty, shell);
	type_ready("pidone ttylog\n");
	pid_t init = pty_process(&pty, "pidone");
	struct pollfd ended = { .fd = (int)syscall(SYS_pidfd_open, init, 0), .events = POLLIN };
	stop_by_key(init, pty_process(&pty, "ttylog"));
	pty_type(&pty, "kill %1; kill -CONT %1\n");
	expect_line(&pty.log, "signal 15");
	cr_assert(eq(int, poll(&ended, 1, WAIT_MS), 1));
	close(ended.fd);
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

TEST_IN_SHELLS(the_end_of_the_shell_reaches_a_stopped_main)
{
	pty_shell(&pty, shell);
	type_ready("pidone ttylog\n");
	stop_by_key(pty_process(&pty, "pidone"), pty_process(&pty, "ttylog"));
	kill(pty.leader, SIGKILL);
	expect_line(&pty.log, "signal 1");
	expect_line(&pty.log, "signal 18");
}

/* The whole job has to stop, else the shell waits for what is left of it. */
static void stop_and_fg(const char *shell, const char *command, const char *other)
{
	pty_shell(&pty, shell);
	/* dash gives the terminal to a pipeline once for each part, so it may be init's again. */
	type_ready(command);
	pid_t main_pid = pty_process(&pty, "ttylog"), init = pty_process(&pty, "pidone");
	/* Until its exec it may still ignore ^Z, as the shell does. */
	pty_process(&pty, other);
	for (int i = 0; i < 2; i++) {
		stop_by_key(init, main_pid);
		continue_by_fg();
	}
	kill(main_pid, SIGTERM);
	expect_line(&pty.log, "signal 15");
}

/* After stop_and_fg(): the job has ended as a whole. */
static void expect_end_of_job(void)
{
	pty_prompt(&pty);
	cr_assert(shell_has_foreground());
}

TEST_IN_SHELLS(ctrl_z_stops_a_pipeline_that_init_leads)
{
	stop_and_fg(shell, "pidone ttylog | cat\n", "cat");
	expect_end_of_job();
}

TEST_IN_SHELLS(ctrl_z_stops_a_pipeline_that_init_ends)
{
	stop_and_fg(shell, "sleep 1000 | pidone ttylog\n", "sleep");
	kill(pty_process(&pty, "sleep"), SIGTERM);
	expect_end_of_job();
}

TEST_IN_SHELLS(ctrl_z_stops_a_script_above_init)
{
	stop_and_fg(shell, "sh -c 'pidone ttylog; true'\n", "sh");
	expect_end_of_job();
}

TEST_IN_SHELLS(ctrl_z_stops_an_init_under_an_init)
{
	pty_shell(&pty, shell);
	type_ready("pidone pidone ttylog\n");
	expect_main_in_foreground();
	pid_t main_pid = pty_process(&pty, "ttylog"), outer = only_child(pty.leader),
	      inner = only_child(outer);
	cr_assert(eq(int, only_child(inner), main_pid));
	for (int i = 0; i < 2; i++) {
		stop_by_key(outer, main_pid);
		cr_assert(eq(chr, process_state(inner), 'T'));
		continue_by_fg();
	}
	end_main(main_pid);
}

/* ^Z stops main's whole group: the parent alone would wait for a child that stays stopped. */
TEST_IN_SHELLS(fg_continues_all_of_mains_group)
{
	pty_shell(&pty, shell);
	type_ready("pidone sh -c 'ttylog; exit $?'\n");
	pid_t init = pty_process(&pty, "pidone"), main_pid = only_child(init),
	      child = only_child(main_pid);
	cr_assert(eq(int, getpgid(child), main_pid));
	for (int i = 0; i < 2; i++) {
		stop_by_key(init, main_pid);
		cr_assert(wait_state(child, "T"));
		pty_type(&pty, "fg\n");
		expect_signal(&pty, SIGCONT);
		WAIT_FOR(pty_foreground(&pty) == main_pid);
	}
	end_main(child);
}

/* nsenter stops itself after its child, so a shell above it is served as well. */
TEST_IN_SHELLS(ctrl_z_stops_an_init_that_entered_a_pid_namespace)
{
	char command[128];

	NEED_ROOT();
	run_start(&run, &(struct start){ .mode = PID1, .args = (const char *[]){ "-P", NULL } });
	pty_shell(&pty, shell);
	snprintf(command, sizeof command, "nsenter -t %d -p pidone ttylog\n", (int)run.pid);
	type_ready(command);
	expect_main_in_foreground();
	pid_t main_pid = pty_process(&pty, "ttylog"), init = pty_process(&pty, "pidone");
	for (int i = 0; i < 2; i++) {
		pty_type(&pty, CTRL_Z);
		pty_prompt(&pty);
		cr_assert(eq(chr, process_state(main_pid), 'T'));
		pty_type(&pty, "fg\n");
		expect_line(&pty.log, "signal 18");
		expect_main_in_foreground();
		/* nsenter sends one more SIGCONT, which must not meet the next ^Z. A signalfd gives
		 * the lower numbers first: what is forwarded after it is forwarded last. */
		cr_assert(wait_state(pty_process(&pty, "nsenter"), "S"));
		kill(init, SIGURG);
		expect_line(&pty.log, "signal 23");
	}
	end_main(main_pid);
}

TEST_IN_SHELLS(a_shell_as_main_has_its_own_job_control)
{
	pty_shell(&pty, shell);
	pty_type(&pty, "PS1='(inner)' pidone bash --norc --noprofile --noediting -i\n");
	pty_expect(&pty, "(inner)");
	pid_t inner = only_child(pty_process(&pty, "pidone"));
	type_ready("ttylog\n");
	pid_t job = pty_process(&pty, "ttylog");
	cr_assert(eq(int, pty_foreground(&pty), job));
	pty_type(&pty, CTRL_Z);
	pty_expect(&pty, "(inner)");
	cr_assert(eq(int, pty_foreground(&pty), inner));
	pty_type(&pty, "fg\n");
	expect_signal(&pty, SIGCONT);
	WAIT_FOR(pty_foreground(&pty) == job);
	kill(job, SIGTERM);
	pty_expect(&pty, "(inner)");
	pty_type(&pty, "suspend\n");
	pty_prompt(&pty);
	cr_assert(shell_has_foreground());
	pty_type(&pty, "fg\n");
	WAIT_FOR(pty_foreground(&pty) == inner);
	pty_type(&pty, "exit 5\n");
	pty_prompt(&pty);
	pty_type(&pty, "echo status=$?.\n");
	pty_expect(&pty, "status=5.");
}

/* ---- where nobody is above init ------------------------------------------ */

/* Without a shell that could continue init: its group is an orphaned one, or it is PID 1. */
BOTH_MODES(e2e_terminal, ctrl_z_does_not_stop_an_init_that_leads_the_session)
{
	pty_init(&pty, &run, mode, (const char *[]){ child_program("ttylog"), NULL });
	expect_line(&pty.log, "ready");
	pid_t main_pid = only_child(run.pid);
	for (int i = 0; i < 2; i++) {
		expect_main_in_foreground();
		pty_type(&pty, CTRL_Z);
		cr_assert(wait_state(main_pid, "T"));
		expect_init_works(run.pid, main_pid);
		kill(run.pid, SIGCONT);
		for (int signals = 0; signals < 3; signals++)
			expect_line(&pty.log, "signal ");
	}
	expect_main_in_foreground();
	kill(run.pid, SIGTERM);
	cr_assert(eq(int, run_wait(&run), 3));
}

TEST_IN_SHELLS(ctrl_z_does_not_stop_a_pid_1_under_a_shell)
{
	NEED_ROOT();
	pty_shell(&pty, shell);
	type_ready("unshare -fp --mount-proc pidone ttylog\n");
	pid_t main_pid = pty_process(&pty, "ttylog"), init = pty_process(&pty, "pidone");
	pty_type(&pty, CTRL_Z);
	cr_assert(wait_state(main_pid, "T"));
	expect_init_works(init, main_pid);
	kill(init, SIGCONT);
	expect_line(&pty.log, "signal 18");
	expect_main_in_foreground();
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
