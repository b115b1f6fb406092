/* SPDX-License-Identifier: MIT */
/*
 * The programs that are main while an init is measured, in one static binary:
 *
 *   sleep              prints "ready", sleeps until it is killed
 *   echo               prints "ready", then one byte for each signal it takes
 *   term               exits 0 on the first SIGTERM
 *   orphans N LIVE     makes LIVE orphans that stay, prints "ready"; for a byte on stdin makes N
 *                      orphans that end, prints "done" once all of them are reaped
 *   obey N             makes N orphans that end on SIGTERM, prints "ready", ends with stdin
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *word)
{
	if (write(1, word, strlen(word)) < 0)
		_exit(1);
}

/* A process whose parent is gone: pid 1's, or the subreaper's. Returns its pid. */
static pid_t orphan(void (*body)(void))
{
	int ends[2];
	pid_t pid = 0;

	if (pipe(ends) < 0)
		_exit(2);
	pid_t middle = fork();
	if (middle == 0) {
		pid_t child = fork();
		if (child == 0) {
			body();
			_exit(0);
		}
		if (write(ends[1], &child, sizeof child) < 0)
			_exit(3);
		_exit(child < 0);
	}
	close(ends[1]);
	if (read(ends[0], &pid, sizeof pid) != sizeof pid || pid < 0)
		_exit(4);
	close(ends[0]);
	waitpid(middle, NULL, 0);
	return pid;
}

static void stay(void)
{
	for (;;)
		pause();
}

static void end(void)
{
}

static int orphans(int n, int live)
{
	char go;

	while (live-- > 0)
		orphan(stay);
	say("ready\n");
	while (read(0, &go, 1) == 1) {
		pid_t last = 0;
		for (int i = 0; i < n; i++)
			last = orphan(end);
		while (kill(last, 0) == 0)
			sched_yield();
		say("done\n");
	}
	return 0;
}

static int echo(void)
{
	sigset_t all;
	siginfo_t info;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	say("ready\n");
	while (sigwaitinfo(&all, &info) > 0)
		say(".");
	return 5;
}

static int term(void)
{
	sigset_t set;
	int signo;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return sigwait(&set, &signo);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	char c;

	if (strcmp(what, "sleep") == 0) {
		say("ready\n");
		stay();
	}
	if (strcmp(what, "echo") == 0)
		return echo();
	if (strcmp(what, "term") == 0)
		return term();
	if (strcmp(what, "orphans") == 0 && argc == 4)
		return orphans(atoi(argv[2]), atoi(argv[3]));
	if (strcmp(what, "obey") == 0 && argc == 3) {
		for (int i = atoi(argv[2]); i > 0; i--)
			orphan(stay);
		say("ready\n");
		return read(0, &c, 1) < 0;
	}
	return 99;
}
