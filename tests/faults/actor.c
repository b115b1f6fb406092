/* SPDX-License-Identifier: MIT */
/*
 * actor [WHAT...]: COMMAND of the fault tests. Takes letters on descriptor 8, tells lines on 9;
 * makes few system calls of its own.
 *
 * WHAT: exit     exit 7 at once, without a word
 *       quick    leave three orphans behind that end at once
 *       term     an orphan that says "orphan N" for each signal, and ends on SIGTERM and on SIGUSR2
 *       deaf     an orphan that nothing but SIGKILL ends
 *       traced   an orphan that asked to be traced, and stops; it says "orphan traced" after that
 * Then it says "ready", and "got N value V" for each signal. Letters: e exits 7, s stops itself
 * and says "resumed". The end of the letters is e as well.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned char all[_NSIG / 8];

static void orphan(const char *what, pid_t parent)
{
	siginfo_t info;

	close(8);
	if (strcmp(what, "traced") == 0) {
		while (getppid() == parent)
			usleep(1000); /* nothing tells of the adoption */
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		/* Of no effect by default; for a traced process it is a stop like any. */
		syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, all, NULL, sizeof all);
		kill(getpid(), SIGURG);
		dprintf(9, "orphan traced\n");
		_exit(0);
	}
	dprintf(9, "orphan up\n");
	for (;;) {
		int signo = (int)syscall(SYS_rt_sigtimedwait, all, &info, NULL, sizeof all);
		if (signo == SIGCONT || signo <= 0)
			continue;
		if (strcmp(what, "deaf") != 0)
			dprintf(9, "orphan %d\n", signo);
		if (strcmp(what, "term") == 0 && (signo == SIGTERM || signo == SIGUSR2))
			_exit(0);
	}
}

/* By way of a child that ends. The middle one's end is waited for, so init has it by then. */
static void leave(const char *what)
{
	pid_t middle = fork();

	if (middle == 0) {
		middle = getpid();
		if (fork() == 0) {
			if (strcmp(what, "quick") == 0)
				_exit(3);
			orphan(what, middle);
		}
		_exit(0);
	}
	waitpid(middle, NULL, 0);
}

int main(int argc, char **argv)
{
	struct signalfd_siginfo info;

	if (argc > 1 && strcmp(argv[1], "exit") == 0)
		return 7;
	memset(all, 0xff, sizeof all);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, all, NULL, sizeof all);
	int sfd = (int)syscall(SYS_signalfd4, -1, all, sizeof all, 0);
	for (int i = 1; i < argc; i++)
		for (int n = strcmp(argv[i], "quick") == 0 ? 3 : 1; n > 0; n--)
			leave(argv[i]);
	dprintf(9, "ready\n");
	for (;;) {
		struct pollfd fds[] = { { .fd = 8, .events = POLLIN },
					{ .fd = sfd, .events = POLLIN } };
		char letter;
		if (poll(fds, 2, -1) <= 0)
			continue;
		if (fds[1].revents) {
			if (read(sfd, &info, sizeof info) == sizeof info &&
			    info.ssi_signo != SIGCHLD)
				dprintf(9, "got %u value %d\n", info.ssi_signo, info.ssi_int);
			continue;
		}
		if (read(8, &letter, 1) != 1 || letter == 'e')
			return 7;
		if (letter == 's') {
			kill(getpid(), SIGSTOP);
			dprintf(9, "resumed\n");
		}
	}
}
