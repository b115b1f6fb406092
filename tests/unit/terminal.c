/* SPDX-License-Identifier: MIT */
/* terminal.c, in sessions of the test's own. With real shells above: the end-to-end tests. */
#define _GNU_SOURCE
#include "child.h"
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

/* The leader of a session without a terminal, all signals blocked as in init. */
static void lead_session(void)
{
	struct signal_mask inherited;

	setsid();
	message_verbosity(LEVEL_ERROR);
	block_signals(&inherited);
}

static void in_session(int (*body)(void))
{
	in_child(lead_session, body);
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
	CHECK(2, !has_terminal());
	/* It cannot be known, so it is not claimed that a shell above would see a stop. */
	CHECK(3, in_background(getppid()));
	return 0;
}

Test(terminal, without_a_terminal_there_is_none)
{
	in_session(without_terminal);
}

/* One of somebody else's is at 0, as with `docker exec -t` into a session of its own. */
static int not_controlling(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	CHECK(1, master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	CHECK(2, slave >= 0 && dup2(slave, STDIN_FILENO) == STDIN_FILENO);
	CHECK(3, !has_terminal());
	return 0;
}

Test(terminal, a_terminal_that_does_not_control_is_none)
{
	in_session(not_controlling);
}

static int with_terminal(void)
{
	CHECK(1, get_terminal());
	int then = dup(STDIN_FILENO);
	close(then);
	CHECK(2, has_terminal() && !in_background(getppid()));
	/* No descriptor of it is kept. */
	int after = dup(STDIN_FILENO);
	CHECK(3, after == then);
	return 0;
}

Test(terminal, the_controlling_terminal_is_found_and_not_kept)
{
	in_session(with_terminal);
}

static int with_closed_stdio(void)
{
	CHECK(1, get_terminal());
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	CHECK(2, has_terminal() && !in_background(getppid()));
	CHECK(3, fcntl(STDIN_FILENO, F_GETFD) < 0);
	return 0;
}

Test(terminal, closed_stdio_does_not_matter)
{
	in_session(with_closed_stdio);
}

static int beside_the_foreground(void)
{
	CHECK(1, get_terminal());
	pid_t other = start_main();
	CHECK(2, other > 0 && tcsetpgrp(STDIN_FILENO, other) == 0);
	CHECK(3, has_terminal() && in_background(getppid()));
	/* A main that has made a group of its own, and taken the foreground, as shells do. */
	CHECK(5, !in_background(other));
	/* From the background, where SIGTTOU would stop another: all are blocked. */
	CHECK(4, tcsetpgrp(STDIN_FILENO, getpgrp()) == 0 && !in_background(getppid()));
	return 0;
}

Test(terminal, in_background_is_where_another_group_has_the_foreground)
{
	in_session(beside_the_foreground);
}

/* ---- /dev/tty is not there ------------------------------------------------------------ */

static bool hide_dev(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", "/dev", "tmpfs", 0, NULL) == 0;
}

/* Each of the three is enough. */
static int terminal_at(int wanted)
{
	CHECK(1, get_terminal());
	int tty = dup(STDIN_FILENO), null = open("/dev/null", O_RDWR);
	CHECK(2, hide_dev());
	for (int fd = 0; fd <= 2; fd++)
		dup2(fd == wanted ? tty : null, fd);
	CHECK(3, has_terminal() == (wanted >= 0));
	CHECK(4, in_background(getppid()) == (wanted < 0));
	return 0;
}

static int terminal_at_0(void)
{
	return terminal_at(0);
}

static int terminal_at_1(void)
{
	return terminal_at(1);
}

static int terminal_at_2(void)
{
	return terminal_at(2);
}

static int terminal_nowhere(void)
{
	return terminal_at(-1);
}

Test(terminal, without_dev_tty_it_is_a_descriptor_of_stdio_that_is_one)
{
	NEED_ROOT();
	in_session(terminal_at_0);
	in_session(terminal_at_1);
	in_session(terminal_at_2);
	in_session(terminal_nowhere);
}

/* ---- groups outside of init's pid namespace --------------------------------------------- */

/* As under unshare(1): the kernel calls both groups 0 there, and they may be two. */
static int other_namespace(void)
{
	int wstatus;

	CHECK(1, get_terminal());
	pid_t pid = raw_clone(SIGCHLD | CLONE_NEWPID);
	if (pid == 0)
		exit_child(getpgrp() == 0 && has_terminal() && in_background(getppid()) ? 0 : 1);
	CHECK(2, waitpid(pid, &wstatus, 0) == pid && wstatus == 0);
	return 0;
}

Test(terminal, a_foreground_outside_of_the_pid_namespace_is_a_terminal)
{
	NEED_ROOT();
	in_session(other_namespace);
}

/* ---- what comes from there ----------------------------------------------------------------- */

static bool is_of_group(int signo)
{
	switch (signo) {
	case SIGINT:
	case SIGQUIT:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
	case SIGWINCH: return true;
	default: return false;
	}
}

/* in_session() has made it the leader. */
static int signals_of_the_leader(void)
{
	for (int signo = 1; signo <= SIGNAL_MAX; signo++) {
		struct signalfd_siginfo info = { .ssi_signo = (uint32_t)signo,
						 .ssi_code = SI_KERNEL };
		CHECK(signo, group_has_it(&info) == is_of_group(signo));
		info.ssi_code = SI_USER;
		CHECK(100 + signo, !group_has_it(&info));
	}
	return 0;
}

static int signals_of_a_member(void)
{
	int wstatus;
	pid_t pid = fork_or_die();

	if (pid > 0) {
		CHECK(90, waitpid(pid, &wstatus, 0) == pid && WIFEXITED(wstatus));
		return WEXITSTATUS(wstatus);
	}
	for (int signo = 1; signo <= SIGNAL_MAX; signo++) {
		struct signalfd_siginfo info = { .ssi_signo = (uint32_t)signo,
						 .ssi_code = SI_KERNEL };
		bool leaders = signo == SIGHUP || signo == SIGCONT;
		if (group_has_it(&info) != (leaders || is_of_group(signo)))
			exit_child(signo);
		/* The number is nobody's word for it: it can be sent. */
		info.ssi_code = SI_QUEUE;
		if (group_has_it(&info))
			exit_child(100 + signo);
	}
	exit_child(0);
}

Test(terminal, what_the_terminal_sends_its_whole_group_is_known)
{
	in_session(signals_of_the_leader);
	in_session(signals_of_a_member);
}

/* ---- a stop of the job ---------------------------------------------------------------------- */

/* In a session's own group, with this process above it: not an orphaned one. */
static int stop_in_a_job(void)
{
	int wstatus;
	pid_t pid = fork_or_die();

	if (pid == 0) {
		setpgid(0, 0);
		stop_with_job();
		exit_child(0);
	}
	CHECK(1, waitpid(pid, &wstatus, WUNTRACED) == pid);
	CHECK(2, WIFSTOPPED(wstatus) && WSTOPSIG(wstatus) == SIGTSTP);
	kill(pid, SIGCONT);
	CHECK(3, waitpid(pid, &wstatus, 0) == pid && wstatus == 0);
	return 0;
}

/* The leader's group is an orphaned one: nobody in the session could continue it. */
static int stop_as_leader(void)
{
	stop_with_job();
	return 0;
}

Test(terminal, stop_with_job_stops_where_somebody_above_can_continue)
{
	in_session(stop_in_a_job);
	in_session(stop_as_leader);
}
