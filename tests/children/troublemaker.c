/* SPDX-License-Identifier: MIT */
/*
 * troublemaker HOW [N [UID]]: a main that makes trouble. Each prints "ready" when it has made it;
 * main exits 7 when stdin ends, and nothing else but a deadly signal ends it.
 *
 * HOW: plain     nothing else
 *      count     blocks all signals, counts them; for each line on stdin "total T" and, for each
 *                signal and sender's uid that came, "signal S uid U count C sum V", then "."
 *      deaf      N orphans, of user UID where it is given, that nothing but SIGKILL ends
 *      bomb      processes that fork as fast as they can, for ever, and ignore what can be ignored
 *      restless  N orphans that go from session to session and group to group, by new processes
 *      crowd     N orphans that live, sharing one memory, and a tenth as many that end; prints
 *                "crowd 0" where it could have them all
 *      debugs    N debuggers of init, one after the other: each stops it, and ends as it is, or
 *                first lets it go
 *      flood     fills stderr until it takes no more, then goes on
 *      execs     executes itself N times before it is ready
 *      args      prints "args ARGC SUM env COUNT SUM" of all it was given
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static unsigned char all[_NSIG / 8];
static uid_t orphans_uid; /* 0: that of main */

static void ready(void)
{
	printf("ready\n");
	fflush(stdout);
}

static int wait_for_eof(void)
{
	char c;

	while (read(0, &c, 1) > 0)
		;
	return 7;
}

static void block_all(void)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, all, NULL, sizeof all);
}

/* An orphan must not hold the pipes that tell of main's end. */
static void drop_stdio(void)
{
	close(0);
	close(1);
	close(2);
}

static int count(void)
{
	static struct {
		unsigned signo, uid;
		long count, sum;
	} seen[256];
	static struct signalfd_siginfo got[64];
	int kinds = 0, sfd = (int)syscall(SYS_signalfd4, -1, all, sizeof all, 0);
	long total = 0;

	ready();
	for (;;) {
		struct pollfd fds[] = { { .fd = 0, .events = POLLIN },
					{ .fd = sfd, .events = POLLIN } };
		char line[64];
		poll(fds, 2, -1);
		if (fds[1].revents & POLLIN) {
			ssize_t n = read(sfd, got, sizeof got);
			for (int i = 0; i < n / (ssize_t)sizeof got[0]; i++, total++) {
				int k = 0;
				while (k < kinds && (seen[k].signo != got[i].ssi_signo ||
						     seen[k].uid != got[i].ssi_uid))
					k++;
				if (k == 256)
					continue;
				kinds += k == kinds;
				seen[k].signo = got[i].ssi_signo;
				seen[k].uid = got[i].ssi_uid;
				seen[k].count++;
				seen[k].sum += got[i].ssi_int;
			}
		} else if (fds[0].revents) {
			if (read(0, line, sizeof line) <= 0)
				return 7;
			printf("total %ld\n", total);
			for (int k = 0; k < kinds; k++)
				printf("signal %u uid %u count %ld sum %ld\n", seen[k].signo,
				       seen[k].uid, seen[k].count, seen[k].sum);
			printf(".\n");
			fflush(stdout);
		}
	}
}

/* N orphans by way of a child that ends. */
static void orphans(int n, void (*be)(void))
{
	pid_t middle = fork();

	if (middle == 0) {
		while (n-- > 0)
			if (fork() == 0) {
				if (orphans_uid && setresuid(orphans_uid, orphans_uid, orphans_uid))
					_exit(98);
				be();
				_exit(0);
			}
		_exit(0);
	}
	waitpid(middle, NULL, 0);
}

static void debug_init(int n)
{
	pid_t init = getppid();
	int wstatus;

	for (; n > 0; n--) {
		pid_t debugger = fork();
		if (debugger == 0)
			_exit(ptrace(PTRACE_SEIZE, init, 0, 0) < 0 ||
			      ptrace(PTRACE_INTERRUPT, init, 0, 0) < 0 ||
			      waitpid(init, &wstatus, __WALL) != init ||
			      (n % 2 && ptrace(PTRACE_DETACH, init, 0, 0) < 0));
		if (waitpid(debugger, &wstatus, 0) != debugger || wstatus != 0)
			_exit(97);
	}
}

static void sleep_for_ever(void)
{
	drop_stdio();
	for (;;)
		syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}

/* Each step is a new process, as a session leader cannot begin another session. */
static void restless(void)
{
	drop_stdio();
	for (;;) {
		setsid();
		if (fork() > 0)
			_exit(0);
		setpgid(0, 0);
		if (fork() > 0)
			_exit(0);
		usleep(1000); /* one that does not leave the machine to nobody else */
	}
}

static void bomb(void)
{
	drop_stdio();
	for (;;)
		if (fork() < 0)
			usleep(20000); /* the test's machine has others to serve */
}

/* One memory for all: thousands of them cost little but their number. */
static int crowd_member(void *arg)
{
	while (!arg)
		syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
	return 0;
}

static void crowd(int n)
{
	enum { STACK = 4096 };
	char *stacks = mmap(NULL, (size_t)n * STACK, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	pid_t middle = fork();

	if (middle == 0) {
		close(0);
		close(1);
		for (int i = 0; i < n; i++) {
			if (clone(crowd_member, stacks + (size_t)(i + 1) * STACK - 64,
				  CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD, NULL) < 0)
				_exit(1);
			if (i % 10 == 0 && vfork() == 0)
				_exit(0);
		}
		_exit(0);
	}
	int wstatus;
	waitpid(middle, &wstatus, 0);
	printf("crowd %d\n", wstatus);
	fflush(stdout);
}

static unsigned int sum(char **strings, long *n)
{
	unsigned int total = 5381;

	for (*n = 0; strings[*n]; ++*n)
		for (const char *s = strings[*n]; *s; s++)
			total = total * 33 + (unsigned char)*s;
	return total;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "plain";
	int n = argc > 2 ? atoi(argv[2]) : 1;

	orphans_uid = argc > 3 ? (uid_t)atoi(argv[3]) : 0;
	memset(all, 0xff, sizeof all);
	if (strcmp(how, "count") == 0) {
		block_all();
		return count();
	}
	if (strcmp(how, "deaf") == 0) {
		block_all();
		orphans(n, sleep_for_ever);
	} else if (strcmp(how, "bomb") == 0) {
		signal(SIGCHLD, SIG_IGN);
		block_all();
		orphans(2, bomb);
	} else if (strcmp(how, "restless") == 0) {
		orphans(n, restless);
	} else if (strcmp(how, "crowd") == 0) {
		crowd(n);
	} else if (strcmp(how, "debugs") == 0) {
		debug_init(n);
	} else if (strcmp(how, "flood") == 0) {
		/* A pipe's flags belong to all who have it: put back at once. */
		int flags = fcntl(2, F_GETFL);
		fcntl(2, F_SETFL, flags | O_NONBLOCK);
		while (write(2, "a line of a log that nobody reads\n", 34) > 0)
			;
		while (write(2, "\n", 1) > 0)
			;
		fcntl(2, F_SETFL, flags);
	} else if (strcmp(how, "execs") == 0 && n > 0) {
		char left[16];
		snprintf(left, sizeof left, "%d", n - 1);
		execv("/proc/self/exe", (char *[]){ argv[0], "execs", left, NULL });
		return 98;
	} else if (strcmp(how, "args") == 0) {
		long args, vars;
		unsigned int a = sum(argv, &args), e = sum(environ, &vars);
		printf("args %ld %x env %ld %x\n", args, a, vars, e);
	}
	ready();
	return wait_for_eof();
}
