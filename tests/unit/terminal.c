/* SPDX-License-Identifier: MIT */
/* terminal.c, in sessions of the test's own. With real shells above: the end-to-end tests. */
#define _GNU_SOURCE
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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
		exit_child(body());
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

/* ---- /dev/tty is not there ------------------------------------------------------------ */

static bool hide_dev(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", "/dev", "tmpfs", 0, NULL) == 0;
}

static int terminal_at_0(void)
{
	CHECK(1, get_terminal());
	CHECK(2, hide_dev());
	int tty = open_terminal();
	CHECK(3, tty > 2 && fcntl(tty, F_GETFD) == FD_CLOEXEC);
	CHECK(4, has_foreground(tty));
	return 0;
}

static int no_terminal_at_0(void)
{
	CHECK(1, get_terminal());
	CHECK(2, dup2(open("/dev/null", O_RDWR), STDIN_FILENO) == STDIN_FILENO);
	CHECK(3, hide_dev());
	CHECK(4, open_terminal() == -1);
	return 0;
}

Test(terminal, without_dev_tty_it_is_descriptor_0_where_that_is_one)
{
	NEED_ROOT();
	in_session(terminal_at_0);
	in_session(no_terminal_at_0);
}

/* ---- groups outside of init's pid namespace --------------------------------------------- */

/* Whether a process of this group, but in a pid namespace of its own, has the foreground. */
static int foreground_seen_from_inside(int tty)
{
	int wstatus;
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_NEWPID, 0, 0, 0, 0);

	if (pid == 0)
		exit_child(getpgrp() == 0 && tcgetpgrp(tty) == 0 ? has_foreground(tty) : 90);
	return waitpid(pid, &wstatus, 0) == pid && WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 91;
}

/* As under unshare(1): the kernel calls both groups 0 there, and they may be two. */
static int other_namespace(void)
{
	CHECK(1, get_terminal());
	int tty = open_terminal();
	CHECK(2, foreground_seen_from_inside(tty) == true);
	pid_t main_pid = start_main();
	give_foreground(tty, main_pid);
	CHECK(3, tcgetpgrp(tty) == main_pid);
	CHECK(4, foreground_seen_from_inside(tty) == false);
	take_foreground(tty, main_pid);
	CHECK(5, foreground_seen_from_inside(tty) == true);
	return 0;
}

/* Nobody's: a group of its own inside, while the foreground's is outside. */
static int own_group(void)
{
	int wstatus;

	CHECK(1, get_terminal());
	int tty = open_terminal();
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_NEWPID, 0, 0, 0, 0);
	if (pid == 0)
		exit_child(setpgid(0, 0) < 0 || tcgetpgrp(tty) != 0 || has_foreground(tty));
	CHECK(2, waitpid(pid, &wstatus, 0) == pid && wstatus == 0);
	return 0;
}

Test(terminal, a_foreground_outside_of_the_pid_namespace_is_that_of_its_group_or_not)
{
	NEED_ROOT();
	in_session(other_namespace);
	in_session(own_group);
}
