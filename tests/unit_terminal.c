/* SPDX-License-Identifier: MIT */
/* terminal.c, in sessions of the test's own. With real shells above: the end-to-end tests. */
#define _GNU_SOURCE
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(terminal, .timeout = 60);

#define CHECK(n, condition)                                                                        \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return n;                                                                  \
	} while (0)

/* Runs the body as leader of a session without a terminal, all signals blocked as in init. */
static void in_session(int (*body)(void))
{
	int wstatus;
	struct signal_mask inherited;
	pid_t pid = fork_or_die();

	if (pid == 0) {
		setsid();
		message_verbosity(LEVEL_ERROR);
		block_signals(&inherited);
		_exit(body());
	}
	cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
	cr_expect(zero(int, wstatus), "exit %d signal %d", WEXITSTATUS(wstatus), WTERMSIG(wstatus));
}

/* Makes a new pseudo-terminal the session's. Its slave, as descriptor 0; the master stays open. */
static bool get_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return false;
	int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	return slave >= 0 && ioctl(slave, TIOCSCTTY, 0) == 0 && dup2(slave, STDIN_FILENO) == 0;
}

/* A process in a group of its own, as main is. */
static pid_t start_main(void)
{
	pid_t parent = getpid(), pid = fork_or_die();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* It may have ended before that. */
		while (getppid() == parent)
			pause();
		_exit(0);
	}
	if (setpgid(pid, pid) < 0)
		abort();
	return pid;
}

static int without_terminal(void)
{
	close(STDIN_FILENO);
	CHECK(1, open("/dev/null", O_RDWR) == STDIN_FILENO);
	CHECK(2, open_terminal() == -1);
	CHECK(3, !has_foreground(-1));
	/* Nothing to do, nothing to fail. */
	take_foreground(-1, getpid());
	give_foreground(-1, getpid());
	return 0;
}

Test(terminal, without_a_terminal_there_is_none)
{
	in_session(without_terminal);
}

static int with_terminal(void)
{
	CHECK(1, get_terminal());
	int tty = open_terminal();
	CHECK(2, tty > 2 && fcntl(tty, F_GETFD) == FD_CLOEXEC);
	CHECK(3, has_foreground(tty));
	return 0;
}

Test(terminal, the_controlling_terminal_is_opened_above_stdio)
{
	in_session(with_terminal);
}

static int with_closed_stdio(void)
{
	CHECK(1, get_terminal());
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	int tty = open_terminal();
	CHECK(2, tty > 2 && fcntl(STDIN_FILENO, F_GETFD) < 0);
	CHECK(3, has_foreground(tty));
	return 0;
}

Test(terminal, closed_stdio_does_not_matter)
{
	in_session(with_closed_stdio);
}

static int give_and_take(void)
{
	CHECK(1, get_terminal());
	int tty = open_terminal();
	pid_t main_pid = start_main();
	CHECK(2, main_pid > 0);
	give_foreground(tty, main_pid);
	CHECK(3, tcgetpgrp(tty) == main_pid && !has_foreground(tty));
	/* From the background, where SIGTTOU would stop another. */
	take_foreground(tty, main_pid);
	CHECK(4, tcgetpgrp(tty) == getpgrp() && has_foreground(tty));
	return 0;
}

Test(terminal, the_foreground_is_given_and_taken_back)
{
	in_session(give_and_take);
}

static int take_from_another(void)
{
	CHECK(1, get_terminal());
	int tty = open_terminal();
	pid_t main_pid = start_main(), another = start_main();
	give_foreground(tty, another);
	take_foreground(tty, main_pid);
	CHECK(2, tcgetpgrp(tty) == another);
	return 0;
}

Test(terminal, the_foreground_of_another_group_is_not_taken)
{
	in_session(take_from_another);
}

static int give_to_nobody(void)
{
	CHECK(1, get_terminal());
	int tty = open_terminal();
	pid_t gone = start_main();
	kill(gone, SIGKILL);
	waitpid(gone, NULL, 0);
	give_foreground(tty, gone);
	CHECK(2, has_foreground(tty));
	return 0;
}

Test(terminal, a_group_that_is_gone_is_no_failure)
{
	in_session(give_to_nobody);
}
