/* SPDX-License-Identifier: MIT */
/*
 * ttylog [WHAT]: a main for tests on a terminal. Logs into the FIFO $TTYLOG "ready", then
 * "signal N" for each signal but TSTP, TTIN and TTOU, which keep their effect.
 * SIGUSR2 makes it read a line from its stdin and log "line TEXT" or "error ERRNO"; SIGTERM ends it
 * with status 3. WHAT:
 *   read    reads a line at the start, as by SIGUSR2
 *   set     on SIGUSR2 it sets the terminal's modes, and logs "set 0", or "set ERRNO"
 *   leave   leaves a child behind in its process group
 *   pass    gives the terminal to a child in a group of its own, and ends with status 0
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

static int fifo;

static void say(const char *what, const char *text)
{
	/* The test is gone, or what it wants to know: this goes too. */
	if (dprintf(fifo, "%s%s\n", what, text) < 0)
		_exit(97);
}

/*
 * The next signal of sigfd (-1: there is none). A FIFO that has lost its reader ends the process: a
 * test that failed leaves nobody behind.
 */
static int wait_signal(int sigfd)
{
	struct pollfd fds[] = { { .fd = fifo }, { .fd = sigfd, .events = POLLIN } };
	struct signalfd_siginfo info;

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents)
			_exit(97);
		if (read(sigfd, &info, sizeof info) == sizeof info)
			return (int)info.ssi_signo;
	}
}

static void read_stdin(void)
{
	char line[256], number[16];
	ssize_t n = read(STDIN_FILENO, line, sizeof line - 1);

	if (n < 0) {
		snprintf(number, sizeof number, "%d", errno);
		say("error ", number);
		return;
	}
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	say("line ", line);
}

static void set_modes(void)
{
	struct termios modes;
	char number[16];
	bool set = tcgetattr(STDIN_FILENO, &modes) == 0 &&
		   tcsetattr(STDIN_FILENO, TCSADRAIN, &modes) == 0;

	snprintf(number, sizeof number, "%d", set ? 0 : errno);
	say("set ", number);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "", *path = getenv("TTYLOG");
	char number[16];
	sigset_t logged;
	int sigfd, signo;

	fifo = path ? open(path, O_WRONLY | O_CLOEXEC) : -1;
	if (fifo < 0)
		return 98;
	sigfillset(&logged);
	sigdelset(&logged, SIGTSTP);
	sigdelset(&logged, SIGTTIN);
	sigdelset(&logged, SIGTTOU);
	sigprocmask(SIG_BLOCK, &logged, NULL);
	sigfd = signalfd(-1, &logged, SFD_CLOEXEC);
	if (strcmp(what, "leave") == 0 && fork() == 0)
		wait_signal(-1);
	if (strcmp(what, "pass") == 0) {
		pid_t pid = fork();
		if (pid == 0)
			wait_signal(-1);
		setpgid(pid, pid);
		return tcsetpgrp(STDIN_FILENO, pid) < 0;
	}
	say("ready", "");
	if (strcmp(what, "read") == 0)
		read_stdin();
	for (;;) {
		signo = wait_signal(sigfd);
		snprintf(number, sizeof number, "%d", signo);
		say("signal ", number);
		if (signo == SIGUSR2 && strcmp(what, "set") == 0)
			set_modes();
		else if (signo == SIGUSR2)
			read_stdin();
		if (signo == SIGTERM)
			return 3;
	}
}
