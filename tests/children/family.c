/* SPDX-License-Identifier: MIT */
/*
 * family stay|leave|abandon|join-init: a main with two kids, for where signals to a group go. All
 * of them block every signal. Main prints "ready", then "main signal N" for each it takes. After
 * SIGTERM each kid prints "kid N pending MASK", what came to it meanwhile, and main exits 0.
 *
 * stay: both are in main's group.
 * leave: kid 1 stays in the group that init gave to main, main joins the one of kid 2.
 * abandon: as leave, but the first group is left empty.
 * join-init: main joins init's group, the kids stay.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KIDS = 2 };

static void be_kid(int number, int go)
{
	unsigned long long pending = 0;
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read(go, &c, 1) == 1) {
		syscall(SYS_rt_sigpending, &pending, sizeof pending);
		printf("kid %d pending %016llx\n", number, pending);
		fflush(stdout);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "stay";
	unsigned char all[_NSIG / 8];
	int go[KIDS][2];
	pid_t kids[KIDS];
	siginfo_t info;

	memset(all, 0xff, sizeof all);
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, all, NULL, sizeof all) < 0)
		return 98;
	for (int i = 0; i < KIDS; i++) {
		if (pipe(go[i]) < 0)
			return 98;
		kids[i] = fork();
		if (kids[i] == 0)
			be_kid(i + 1, go[i][0]);
		if (kids[i] < 0)
			return 98;
	}
	int failed = 0;
	if (strcmp(how, "leave") == 0 || strcmp(how, "abandon") == 0)
		failed = setpgid(kids[1], kids[1]) < 0 || setpgid(0, kids[1]) < 0;
	if (strcmp(how, "abandon") == 0)
		failed |= setpgid(kids[0], kids[1]) < 0;
	if (strcmp(how, "join-init") == 0)
		failed = setpgid(0, getpgid(getppid())) < 0;
	if (failed)
		return 97;
	printf("ready\n");
	fflush(stdout);
	do {
		if (syscall(SYS_rt_sigtimedwait, all, &info, NULL, sizeof all) < 0)
			continue;
		printf("main signal %d\n", info.si_signo);
		fflush(stdout);
	} while (info.si_signo != SIGTERM);
	for (int i = 0; i < KIDS; i++) {
		if (write(go[i][1], "", 1) != 1)
			return 96;
		waitpid(kids[i], NULL, 0);
	}
	return 0;
}
