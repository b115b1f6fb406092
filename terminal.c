/* SPDX-License-Identifier: MIT */
/*
 * The terminal. Main stays in init's process group, so the kernel and the shell above do everything
 * as without init. Init only has to know which signals came from the terminal, and to stop when its
 * job stops.
 */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* tcgetpgrp(3) */
static pid_t group_of(int tty)
{
	pid_t group;

	return syscall(SYS_ioctl, tty, TIOCGPGRP, &group) < 0 ? -1 : group;
}

/* The foreground process group (0: one outside this pid namespace), or -1 without a terminal. */
static pid_t foreground_group(void)
{
	int tty = open_file(AT_FDCWD, "/dev/tty", O_RDWR | O_NONBLOCK);
	pid_t group = -1;

	if (tty >= 0) {
		group = group_of(tty);
		close(tty);
	} else if (errno != ENXIO) { /* ENXIO: there is no terminal */
		for (int fd = STDIN_FILENO; fd <= STDERR_FILENO && group < 0; fd++)
			group = group_of(fd);
	}
	return group;
}

bool has_terminal(void)
{
	return foreground_group() >= 0;
}

COLD bool in_background(pid_t main_pid)
{
	pid_t group = foreground_group();

	/* 0 stands for any group outside this pid namespace: init's own, or another. */
	return group == 0 || (group != getpgrp() && group != getpgid(main_pid));
}

COLD bool group_has_it(const struct signalfd_siginfo *info)
{
	if (info->ssi_code != SI_KERNEL)
		return false;
	switch (info->ssi_signo) {
	case SIGINT:
	case SIGQUIT:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
	case SIGWINCH: return true;
	/* If init is the session's leader, it alone gets these after a hang-up. */
	case SIGHUP:
	case SIGCONT: return getsid(0) != getpid();
	default: return false;
	}
}

COLD void stop_with_job(void)
{
	/* In an orphaned group nobody would continue init: there the kernel ignores it. */
	take_default_action(SIGTSTP);
}
