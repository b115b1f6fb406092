/* SPDX-License-Identifier: MIT */
/*
 * drain PIDONE [PROCESSES [RUNS]]: how long a drain (-t) of many processes that all obey takes, and
 * how often init wakes up for it. Printed, never judged: the machine has its say.
 *
 * Each process works for some milliseconds after SIGTERM, up to SLOWEST_MS, and then ends. What the
 * slowest of them took by itself nobody can save; what init adds is the rest of the time from
 * main's end to init's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SLOWEST_MS = 100, PROCESSES_MAX = 10000, RUNS_MAX = 99, BOARD_FD = 3 };

/* What all of them can see: one page and a bit, behind BOARD_FD. Times are in nanoseconds. */
struct board {
	atomic_int ready;
	long long main_end;
	struct {
		long long told, gone;
	} process[PROCESSES_MAX];
};

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "drain: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct board *map_board(void)
{
	void *map =
		mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED, BOARD_FD, 0);

	if (map == MAP_FAILED)
		die("mmap");
	return map;
}

/* ---- inside: main and its processes ---------------------------------------- */

static void obey(struct board *board, int i)
{
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	board->ready++;
	sigwaitinfo(&term, NULL);
	board->process[i].told = now_ns();
	poll(NULL, 0, i % (SLOWEST_MS + 1));
	board->process[i].gone = now_ns();
	_exit(0);
}

static int be_main(int processes)
{
	struct board *board = map_board();
	sigset_t term;
	char go;

	/* Blocked before the fork: nobody dies of it unprepared. */
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();
		if (pid < 0)
			die("fork");
		if (pid == 0)
			obey(board, i);
	}
	if (read(STDIN_FILENO, &go, 1) != 1)
		die("stdin");
	board->main_end = now_ns();
	_exit(0);
}

/* ---- outside ---------------------------------------------------------------- */

struct result {
	double drain_ms, slowest_ms; /* main's end to init's; the slowest process, by itself */
	long switches;		     /* init's voluntary ones, from main's end on */
};

static long voluntary_switches(pid_t pid)
{
	char path[64], line[256];
	long count = -1;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		sscanf(line, "voluntary_ctxt_switches: %ld", &count);
	if (file)
		fclose(file);
	return count;
}

static pid_t start(const char *pidone, const char *self, int processes, unsigned long namespaces,
		   int in)
{
	char number[16];
	/* The raw call, used as fork(). */
	pid_t pid = (pid_t)syscall(SYS_clone, namespaces | SIGCHLD, 0, 0, 0, 0);

	if (pid != 0)
		return pid;
	snprintf(number, sizeof number, "%d", processes);
	if (dup2(in, STDIN_FILENO) < 0)
		_exit(99);
	execl(pidone, "pidone", "-t", "1h", "--", self, "--main", number, NULL);
	_exit(99);
}

static struct result measure(const char *pidone, const char *self, int processes,
			     unsigned long namespaces)
{
	struct board *board = map_board();
	struct result result = { 0 };
	siginfo_t info;
	int in[2];

	memset(board, 0, sizeof *board);
	if (pipe2(in, O_CLOEXEC) < 0)
		die("pipe");
	pid_t pid = start(pidone, self, processes, namespaces, in[0]);
	if (pid < 0)
		die("clone");
	while (board->ready < processes) {
		if (waitpid(pid, NULL, WNOHANG) != 0) {
			errno = ECHILD;
			die("pidone ended early");
		}
		poll(NULL, 0, 1);
	}
	long before = voluntary_switches(pid);
	if (write(in[1], "", 1) != 1)
		die("pipe");
	/* It stays a zombie: its counters are still there to be read. */
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0)
		die("waitid");
	long long end = now_ns();
	result.switches = voluntary_switches(pid) - before;
	waitpid(pid, NULL, 0);
	if (info.si_code != CLD_EXITED || info.si_status != 0)
		fprintf(stderr, "drain: pidone did not end well\n");
	result.drain_ms = (double)(end - board->main_end) / 1e6;
	for (int i = 0; i < processes; i++) {
		double ms = (double)(board->process[i].gone - board->process[i].told) / 1e6;
		if (ms > result.slowest_ms)
			result.slowest_ms = ms;
	}
	close(in[0]);
	close(in[1]);
	munmap(board, sizeof *board);
	return result;
}

static int by_added(const void *a, const void *b)
{
	const struct result *x = a, *y = b;
	double difference = (x->drain_ms - x->slowest_ms) - (y->drain_ms - y->slowest_ms);

	return (difference > 0) - (difference < 0);
}

static void bench(const char *mode, const char *pidone, const char *self, int processes, int runs,
		  unsigned long namespaces)
{
	struct result results[RUNS_MAX];

	for (int i = 0; i < runs; i++)
		results[i] = measure(pidone, self, processes, namespaces);
	qsort(results, (size_t)runs, sizeof results[0], by_added);
	struct result *best = &results[0], *median = &results[runs / 2];
	printf("%-9s drain of %d: %.1f ms, the slowest process alone %.1f ms: over it %.1f ms"
	       " (median of %d; best %.1f ms); init's voluntary switches %ld, deaths %d\n",
	       mode, processes, median->drain_ms, median->slowest_ms,
	       median->drain_ms - median->slowest_ms, runs, best->drain_ms - best->slowest_ms,
	       median->switches, processes + 1);
}

int main(int argc, char **argv)
{
	char self[4096];

	if (argc == 3 && strcmp(argv[1], "--main") == 0)
		return be_main(atoi(argv[2]));
	int processes = argc > 2 ? atoi(argv[2]) : 1000, runs = argc > 3 ? atoi(argv[3]) : 5;
	if (argc < 2 || processes < 1 || processes > PROCESSES_MAX || runs < 1 || runs > RUNS_MAX) {
		fprintf(stderr, "usage: drain PIDONE [PROCESSES [RUNS]]\n");
		return 1;
	}
	ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
	if (len < 0)
		die("/proc/self/exe");
	self[len] = '\0';
	/* Its number is agreed, so that it needs no path: main gets it through pidone. */
	int board = memfd_create("board", 0);
	if (board < 0 || (board != BOARD_FD && (dup2(board, BOARD_FD) < 0 || close(board) < 0)) ||
	    ftruncate(BOARD_FD, sizeof(struct board)) < 0)
		die("shared memory");
	bench("subreaper", argv[1], self, processes, runs, 0);
	if (geteuid() == 0)
		bench("PID 1", argv[1], self, processes, runs, CLONE_NEWPID);
	else
		printf("PID 1     skipped: needs root\n");
	return 0;
}
