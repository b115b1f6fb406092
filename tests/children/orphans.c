/* SPDX-License-Identifier: MIT */
/*
 * orphans N [hold|list|among M]: makes N processes whose parent ends without waiting for them, and
 * prints "done" when all of them are dead. Then it stays until stdin ends.
 *   hold     they live until a line comes on stdin ("held" is printed when all are there), so that
 *            they all die at once
 *   list     they end in different ways, and each is printed: "orphan PID status N", or signal N
 *   among M  M more come first, which live as long as this process; the others come one by one, and
 *            then ten more that hold
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BATCH = 100, FEW = 10 };

static int gate[2], alive[2];

static void be_orphan(int i, int list)
{
	char c;

	close(gate[1]);
	if (read(gate[0], &c, 1) < 0)
		_exit(98);
	if (list && i % 2)
		kill(getpid(), i % 4 == 1 ? SIGKILL : SIGTERM);
	_exit(list ? i % 256 : 0);
}

static void be_parent(int first, int count, int list)
{
	for (int i = first; i < first + count; i++) {
		pid_t pid = fork();
		if (pid < 0)
			_exit(97);
		if (pid == 0)
			be_orphan(i, list);
		if (list && i % 2)
			printf("orphan %d signal %d\n", (int)pid, i % 4 == 1 ? SIGKILL : SIGTERM);
		else if (list)
			printf("orphan %d status %d\n", (int)pid, i % 256);
	}
	fflush(stdout);
	_exit(0);
}

/* count of them, whose parent ends when it has made them. */
static bool make_lasting(int count)
{
	char c;
	int status, end_of_main[2];

	if (pipe(end_of_main) < 0)
		return false;
	pid_t pid = fork();
	if (pid == 0) {
		close(end_of_main[1]);
		while (count > 0 && (pid = fork()) > 0)
			count--;
		if (pid != 0)
			_exit(pid < 0);
		close(STDOUT_FILENO);
		_exit(read(end_of_main[0], &c, 1) < 0);
	}
	close(end_of_main[0]);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

/* Parents come one after the other, each of `batch` orphans. */
static bool make_orphans(int count, int batch, int list)
{
	int status;

	for (int first = 0; first < count; first += batch) {
		pid_t pid = fork();
		if (pid == 0)
			be_parent(first, count - first < batch ? count - first : batch, list);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
			return false;
		/* So many take longer than a test waits for one line. */
		if (count >= 10000 && first % 1000 == 0) {
			printf("so far %d\n", first);
			fflush(stdout);
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1;
	int hold = argc > 2 && strcmp(argv[2], "hold") == 0;
	int list = argc > 2 && strcmp(argv[2], "list") == 0;
	bool among = argc > 3 && strcmp(argv[2], "among") == 0;
	char line[256];

	if (among && !make_lasting(atoi(argv[3])))
		return 93;
	/* alive: its write end is open in each of them, so end of file is their common end. */
	if (pipe(alive) < 0 || pipe(gate) < 0)
		return 98;
	if (!hold)
		close(gate[1]);
	if (!make_orphans(count, among ? 1 : BATCH, list))
		return 97;
	if (among && (pipe(gate) < 0 || !make_orphans(FEW, FEW, list)))
		return 97;
	if (hold || among) {
		printf("held\n");
		fflush(stdout);
		if (!fgets(line, sizeof line, stdin))
			return 96;
		close(gate[1]);
	}
	close(alive[1]);
	if (read(alive[0], line, 1) != 0)
		return 95;
	printf("done\n");
	fflush(stdout);
	while (read(STDIN_FILENO, line, sizeof line) > 0)
		;
	return 0;
}
