/* SPDX-License-Identifier: MIT */
/*
 * orphans COUNT: to be the command of an init. Leaves it COUNT orphans, one after the other,
 * waits until it has reaped all of them, and prints the processor time that init took for each,
 * in nanoseconds. Exits with 1 where the kernel does not tell it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 20000 };

/* What /proc/PID/schedstat begins with: nanoseconds on a processor; -1: unknown. */
static long long cpu_ns(pid_t pid)
{
	char path[64];
	long long ns = -1;

	snprintf(path, sizeof path, "/proc/%d/schedstat", (int)pid);
	FILE *file = fopen(path, "r");
	if (file && fscanf(file, "%lld", &ns) != 1)
		ns = -1;
	if (file)
		fclose(file);
	return ns;
}

/* A child whose process group the orphans join, so that it tells when all are gone. */
static pid_t start_group(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	if (pid > 0)
		setpgid(pid, pid);
	return pid;
}

/* A grandchild that ends at once; its parent is gone by then, or is about to be. */
static int leave_orphan(pid_t group)
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, group);
		_exit(fork() < 0);
	}
	int wstatus;
	return pid > 0 && waitpid(pid, &wstatus, 0) == pid && wstatus == 0 ? 0 : -1;
}

static int wait_gone(pid_t group)
{
	for (int ms = 0; ms < WAIT_MS; ms++) {
		if (kill(-group, 0) < 0 && errno == ESRCH)
			return 0;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	return -1;
}

int main(int argc, char **argv)
{
	long count = argc == 2 ? atol(argv[1]) : 0;
	pid_t init = getppid(), group = start_group();
	int status = 0;

	if (count < 1 || group < 0)
		return 1;
	long long before = cpu_ns(init);
	for (long i = 0; i < count && status == 0; i++)
		if (leave_orphan(group) < 0)
			status = 1;
	kill(group, SIGKILL);
	waitpid(group, NULL, 0);
	if (wait_gone(group) < 0)
		status = 1;
	long long after = cpu_ns(init);
	if (before < 0 || after <= before || status) {
		fprintf(stderr, "orphans: no figure\n");
		return 1;
	}
	printf("%lld\n", (after - before) / count);
	return 0;
}
