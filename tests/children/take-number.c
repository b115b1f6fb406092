/* SPDX-License-Identifier: MIT */
/*
 * take-number: leaves a child behind that does what comes on stdin, and waits to be ended. The
 * child says "ready", reads a number a line, and makes a process of that number, which must be
 * free: "took N", or "failed" and why. It blocks every signal until it has taken one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

/* struct clone_args, which older headers have without set_tid. */
struct clone3_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
		set_tid_size;
};

static void take(pid_t number)
{
	struct clone3_args args = { .exit_signal = SIGCHLD,
				    .set_tid = (uintptr_t)&number,
				    .set_tid_size = 1 };
	sigset_t none;
	int ready[2];
	char c;

	if (pipe(ready) < 0)
		return;
	long pid = syscall(SYS_clone3, &args, sizeof args);
	if (pid == 0) {
		/* It shall not outlive this one, which may end as soon as signals are let in. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		for (;;)
			pause();
	}
	if (pid < 0)
		printf("failed: %s\n", strerror(errno));
	else if (read(ready[0], &c, 1) == 1)
		printf("took %ld\n", pid);
	fflush(stdout);
	if (pid < 0)
		return;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int main(void)
{
	char line[64];
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (fork() != 0) {
		sigemptyset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
		for (;;)
			pause();
	}
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		take((pid_t)atoi(line));
	return 0;
}
