/* SPDX-License-Identifier: MIT */
/*
 * The terminal's foreground, and init's part in job control.
 *
 * Init is in the background while main has the foreground. What it does here
 * never stops it: SIGTTOU is blocked, see tty_check_change() in the kernel.
 */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int open_terminal(void)
{
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	/* ENXIO: there is no controlling terminal, so 0 is not it either. */
	if (tty < 0 && errno != ENXIO && tcgetpgrp(STDIN_FILENO) >= 0)
		tty = (int)syscall(SYS_fcntl, STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return fd_above_stdio(tty);
}

bool has_foreground(int tty)
{
	pid_t group = tty < 0 ? -1 : tcgetpgrp(tty);
	char nothing;

	/*
	 * 0 is a group outside this pid namespace, which may be init's (under
	 * unshare) or another one. The kernel tells them apart: a background
	 * read fails with EIO while SIGTTIN is blocked, even of no bytes.
	 */
	if (group == 0)
		return getpgrp() == 0 && (read(tty, &nothing, 0) == 0 || errno != EIO);
	return group > 0 && group == getpgrp();
}

bool give_foreground(int tty, pid_t pgid)
{
	if (tcsetpgrp(tty, pgid) == 0)
		return true;
	message(LEVEL_MAIN, "cannot give the terminal to %d: %s", (int)pgid, strerror(errno));
	return false;
}

void take_foreground(int tty, pid_t from)
{
	if (tty >= 0 && tcgetpgrp(tty) == from)
		give_foreground(tty, getpgrp());
}

COLD void stop_self(int tty)
{
	if (tty < 0) {
		send_signal(getpid(), SIGSTOP);
		return;
	}
	/* Once init's group has the terminal, all of it stops, as by ^Z:
	 * a script between the shell and init would never give the prompt. */
	send_signal(has_foreground(tty) ? 0 : getpid(), SIGTSTP);
	deliver_blocked(SIGTSTP);
}
