/* SPDX-License-Identifier: MIT */
/* Contract 8, pause: no command, reaps, ends with 0 on SIGINT and SIGTERM. */
#define _GNU_SOURCE
#include "harness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct run run;
static char root[4096]; /* of a file system with nothing but pidone; "" where none was made */

static void end_run(void)
{
	if (run.pid > 0)
		run_close(&run);
	if (root[0])
		scratch_remove(root);
}

TestSuite(e2e_pause, .fini = end_run, .timeout = 120);

static bool is_waiting(void)
{
	return init_waits(run.pid);
}

static void start_pause(enum mode mode, const char *const *args, void (*before_exec)(void))
{
	run_start(&run, &(struct start){ .mode = mode, .args = args, .before_exec = before_exec });
}

static void start_plain(enum mode mode, void (*before_exec)(void))
{
	start_pause(mode, (const char *[]){ "-P", NULL }, before_exec);
	WAIT_FOR(is_waiting());
}

static void expect_end_by(int signo)
{
	cr_assert(zero(int, kill(run.pid, signo)));
	cr_assert(eq(int, run_wait(&run), 0));
}

/* ---- its signals --------------------------------------------------------- */

BOTH_MODES(e2e_pause, sigterm_ends_it_with_0)
{
	start_plain(mode, NULL);
	expect_end_by(SIGTERM);
}

BOTH_MODES(e2e_pause, sigint_ends_it_with_0)
{
	start_plain(mode, NULL);
	expect_end_by(SIGINT);
}

/* As podman starts its pause process. */
static void ignore_signals(void)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

BOTH_MODES(e2e_pause, sigterm_ends_it_though_it_was_ignored)
{
	start_plain(mode, ignore_signals);
	expect_end_by(SIGTERM);
}

BOTH_MODES(e2e_pause, sigint_ends_it_though_it_was_ignored)
{
	start_plain(mode, ignore_signals);
	expect_end_by(SIGINT);
}

static void block_signals_before(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

BOTH_MODES(e2e_pause, sigterm_ends_it_though_it_was_blocked)
{
	start_plain(mode, block_signals_before);
	expect_end_by(SIGTERM);
}

BOTH_MODES(e2e_pause, every_other_signal_is_swallowed)
{
	start_plain(mode, NULL);
	for (int signo = 1; signo <= 64; signo++) {
		if (signo == SIGKILL || signo == SIGSTOP || signo == SIGINT || signo == SIGTERM ||
		    is_emulators(signo))
			continue;
		cr_assert(zero(int, kill(run.pid, signo)));
		/* Read by init, or init is no more. */
		WAIT_FOR(
			process_state(run.pid) == 'Z' ||
			(strtoull(status_field(run.pid, "ShdPnd"), NULL, 16) == 0 && is_waiting()));
		cr_assert(holds(!run_ended(&run, 0)), "ended by signal %d", signo);
	}
	WAIT_FOR(is_waiting());
	expect_end_by(SIGTERM);
}

/* ---- its command line ---------------------------------------------------- */

static int status_of(enum mode mode, const char *const *args)
{
	return run_status(&(struct start){ .mode = mode, .args = args });
}

BOTH_MODES(e2e_pause, a_command_is_refused)
{
	cr_assert(eq(int, status_of(mode, (const char *[]){ "-P", "true", NULL }), 1));
	cr_assert(eq(int, status_of(mode, (const char *[]){ "-P", "--", "true", NULL }), 1));
	cr_assert(eq(int, status_of(mode, (const char *[]){ "--pause", "true", NULL }), 1));
}

Test(e2e_pause, the_long_option_is_the_same)
{
	start_pause(SUBREAPER, (const char *[]){ "--pause", NULL }, NULL);
	WAIT_FOR(is_waiting());
	expect_end_by(SIGTERM);
}

/* ---- reaping ------------------------------------------------------------- */

enum { ORPHANS = 20 };

/*
 * Children that init finds when it begins: zombies, and one that ends when its stdin does and
 * leaves an orphan.
 */
static void have_children(void)
{
	char c;

	for (int i = 0; i < ORPHANS; i++)
		if (fork() == 0)
			_exit(i);
	if (fork() == 0) {
		if (fork() == 0) {
			/* Nothing comes: it ends by end of file too. */
			while (read(STDIN_FILENO, &c, 1) > 0)
				;
			usleep(1000);
			_exit(0);
		}
		while (read(STDIN_FILENO, &c, 1) > 0)
			;
		_exit(0);
	}
}

BOTH_MODES(e2e_pause, children_from_before_and_their_orphans_are_reaped)
{
	start_plain(mode, have_children);
	WAIT_FOR(count_children(run.pid) == 1);
	close(run.in);
	run.in = -1;
	WAIT_FOR(count_children(run.pid) == 0);
	expect_end_by(SIGTERM);
}

/* Puts processes into init's pid namespace that init has not started, whose parent ends. */
static void adopt(int count, void (*orphan)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		int ns = (int)syscall(SYS_pidfd_open, run.pid, 0);
		if (setns(ns, CLONE_NEWPID) < 0)
			_exit(1);
		/* The first fork enters the namespace; its children are orphans when it ends. */
		if (fork() == 0) {
			for (int i = 0; i < count; i++)
				if (fork() == 0) {
					if (orphan)
						orphan();
					_exit(0);
				}
			_exit(0);
		}
		wait(NULL);
		_exit(0);
	}
	int wstatus;
	cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
	cr_assert(zero(int, wstatus), "cannot enter the pid namespace");
}

Test(e2e_pause, orphans_of_its_pid_namespace_are_reaped)
{
	NEED_ROOT();
	start_plain(PID1, NULL);
	for (int i = 0; i < 10; i++) {
		adopt(ORPHANS, NULL);
		WAIT_FOR(count_children(run.pid) == 0);
	}
	expect_end_by(SIGTERM);
}

/* ---- alone in its root --------------------------------------------------- */

static void copy_file(const char *from, const char *to)
{
	char buf[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC),
	    out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t n;

	while ((n = read(in, buf, sizeof buf)) > 0)
		cr_assert(eq(int, (int)write(out, buf, (size_t)n), (int)n));
	cr_assert(zero(int, (int)n));
	close(in);
	close(out);
}

static void make_root(void)
{
	char path[4200];

	snprintf(root, sizeof root, "%s", scratch_make());
	snprintf(path, sizeof path, "%s/pidone", root);
	copy_file(pidone_path(), path);
}

static const char *const *root_args;

static void enter_root(void)
{
	char *argv[8] = { "/pidone" };

	for (int i = 0; root_args[i]; i++)
		argv[i + 1] = (char *)root_args[i];
	/* No stdio either, as nobody gives it any. */
	close(0);
	close(1);
	close(2);
	if (chroot(root) < 0 || chdir("/") < 0)
		_exit(99);
	execve("/pidone", argv, (char *[]){ NULL });
	_exit(98);
}

BOTH_MODES(e2e_pause, it_works_as_the_only_file)
{
	NEED_ROOT();
	make_root();
	root_args = (const char *[]){ "-P", NULL };
	start_plain(mode, enter_root);
	if (mode == PID1) {
		adopt(ORPHANS, NULL);
		WAIT_FOR(count_children(run.pid) == 0);
	}
	expect_end_by(SIGTERM);
}

/* ---- with a grace -------------------------------------------------------- */

/* A child that says when it gets SIGTERM, and only then ends; `deaf`: never. */
static void have_child(bool deaf)
{
	sigset_t term;
	int signo;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	if (fork() == 0) {
		dprintf(STDOUT_FILENO, "ready\n");
		do {
			sigwait(&term, &signo);
			dprintf(STDOUT_FILENO, "term\n");
		} while (deaf);
		_exit(0);
	}
	sigprocmask(SIG_UNBLOCK, &term, NULL);
}

static void have_polite_child(void)
{
	have_child(false);
}

static void have_deaf_child(void)
{
	have_child(true);
}

static void have_polite_child_in_root(void)
{
	have_child(false);
	enter_root();
}

static void expect_drain(int signo)
{
	expect_line(&run, "ready");
	WAIT_FOR(is_waiting());
	kill(run.pid, signo);
	cr_assert(zero(int, strcmp(read_line(&run), "term")));
	/* At once when nobody is left: an hour is not waited for. */
	cr_assert(eq(int, run_wait(&run), 0));
}

BOTH_MODES(e2e_pause, sigterm_drains_where_there_is_a_grace)
{
	start_pause(mode, (const char *[]){ "-P", "-t", "1h", NULL }, have_polite_child);
	expect_drain(SIGTERM);
}

BOTH_MODES(e2e_pause, sigint_drains_where_there_is_a_grace)
{
	start_pause(mode, (const char *[]){ "-P", "-t", "1h", NULL }, have_polite_child);
	expect_drain(SIGINT);
}

static int say[2], go[2];

static void take_time_to_end(void)
{
	sigset_t term;
	int signo;
	char c;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	(void)!write(say[1], "r", 1);
	sigwait(&term, &signo);
	(void)!write(say[1], "t", 1);
	(void)!read(go[0], &c, 1);
	(void)!write(say[1], "e", 1);
}

/* Nothing told init of this one: no SIGCHLD comes when an orphan is adopted. */
Test(e2e_pause, an_adopted_orphan_has_its_grace)
{
	char c = 0;

	NEED_ROOT();
	cr_assert(zero(int, pipe2(say, O_CLOEXEC)));
	cr_assert(zero(int, pipe2(go, O_CLOEXEC)));
	start_pause(PID1, (const char *[]){ "-P", "-t", "1h", NULL }, NULL);
	WAIT_FOR(is_waiting());
	adopt(1, take_time_to_end);
	close(say[1]);
	cr_assert(eq(int, (int)read(say[0], &c, 1), 1));
	cr_assert(zero(int, kill(run.pid, SIGTERM)));
	cr_assert(eq(int, (int)read(say[0], &c, 1), 1));
	cr_assert(eq(chr, c, 't'));
	cr_assert(not(run_ended(&run, 200)));
	cr_assert(eq(int, (int)write(go[1], "g", 1), 1));
	cr_assert(eq(int, (int)read(say[0], &c, 1), 1));
	cr_assert(eq(int, run_wait(&run), 0));
}

/* As PID 1 it needs no /proc to find them. */
Test(e2e_pause, it_drains_as_the_only_file)
{
	NEED_ROOT();
	make_root();
	root_args = (const char *[]){ "-P", "-t", "1h", NULL };
	start_pause(PID1, NULL, have_polite_child_in_root);
	expect_drain(SIGTERM);
}

BOTH_MODES(e2e_pause, the_end_of_the_grace_kills_what_is_left)
{
	start_pause(mode, (const char *[]){ "-P", "-t", "100ms", NULL }, have_deaf_child);
	expect_line(&run, "ready");
	WAIT_FOR(is_waiting());
	pid_t child = only_child(run.pid);
	kill(run.pid, SIGTERM);
	cr_assert(eq(int, run_wait(&run), 0));
	cr_assert(zero(int, (int)process_state(child)));
}

BOTH_MODES(e2e_pause, without_a_grace_nobody_is_signalled)
{
	char c;

	start_pause(mode, (const char *[]){ "-P", NULL }, have_polite_child);
	expect_line(&run, "ready");
	WAIT_FOR(is_waiting());
	pid_t child = only_child(run.pid);
	expect_end_by(SIGTERM);
	if (mode == PID1) {
		/* The kernel ends it, unasked. */
		cr_assert(zero(int, (int)read(run.out, &c, 1)));
	} else {
		cr_assert(zero(int, kill(child, SIGTERM)));
		cr_assert(zero(int, strcmp(read_line(&run), "term")));
	}
}

/* Nobody's end is told: there is no main. */
BOTH_MODES(e2e_pause, it_writes_a_report_without_a_command)
{
	start_pause(mode, (const char *[]){ "-P", "-R", "-", NULL }, NULL);
	WAIT_FOR(is_waiting());
	expect_end_by(SIGTERM);
	const char *line = read_stderr(&run);
	cr_expect(holds(strncmp(line, "pidone: command=- ", 18) == 0), "%s", line);
	cr_expect(holds(strstr(line, " exit=0 ")), "%s", line);
	cr_expect(holds(strstr(line, " last_signal=TERM ")), "%s", line);
}
