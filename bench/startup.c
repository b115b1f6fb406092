/* SPDX-License-Identifier: MIT */
/*
 * startup ROUNDS COMMAND [INIT]...: runs `COMMAND` and `INIT -- COMMAND` for each INIT, in turn,
 * ROUNDS times. Prints a line for each: the median time from vfork to the end in microseconds,
 * and what the INIT adds to that of COMMAND alone, in units of it.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_INITS = 8, WARM_UP = 20 };

/* tini warns where it is neither PID 1 nor a subreaper: that is not what is measured. */
static char *const environment[] = { "PATH=/usr/bin:/bin", "TINI_SUBREAPER=1", NULL };

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double run_us(char *const argv[])
{
	int wstatus = -1;
	double start = now_us();
	pid_t pid = vfork();

	if (pid == 0) {
		execve(argv[0], argv, environment);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &wstatus, 0) != pid || wstatus != 0) {
		fprintf(stderr, "startup: %s failed\n", argv[0]);
		exit(1);
	}
	return now_us() - start;
}

/* With two, the choice of a CPU for each process that wakes is most of the figure. */
static void stay_on_one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)sched_getcpu(), &set);
	/* Where it is not allowed the measurement is noisier, no more. */
	(void)!sched_setaffinity(0, sizeof set, &set);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	char *commands[1 + MAX_INITS][4] = { { NULL } };
	int rounds = argc > 2 ? atoi(argv[1]) : 0, count = argc - 2;

	if (rounds < 1 || count > 1 + MAX_INITS) {
		fprintf(stderr, "usage: startup ROUNDS COMMAND [INIT]...\n");
		return 2;
	}
	commands[0][0] = argv[2];
	for (int i = 1; i < count; i++) {
		commands[i][0] = argv[2 + i];
		commands[i][1] = "--";
		commands[i][2] = argv[2];
	}
	double *times = calloc((size_t)rounds * (size_t)count, sizeof *times);
	if (!times)
		return 1;
	stay_on_one_cpu();
	for (int round = -WARM_UP; round < rounds; round++)
		for (int i = 0; i < count; i++) {
			double time = run_us(commands[i]);
			if (round >= 0)
				times[i * rounds + round] = time;
		}
	for (int i = 0; i < count; i++)
		qsort(times + (size_t)i * (size_t)rounds, (size_t)rounds, sizeof *times, compare);
	for (int i = 0; i < count; i++) {
		double direct = times[rounds / 2], median = times[i * rounds + rounds / 2];
		printf("%s %.1f %.2f\n", commands[i][0], median, (median - direct) / direct);
	}
	free(times);
	return 0;
}
