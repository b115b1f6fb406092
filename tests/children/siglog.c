/* SPDX-License-Identifier: MIT */
/*
 * siglog [LAST [NAME]]: blocks every signal, prints "ready PID", then for each one that it takes
 * "signal N code C pid P uid U value V". Exits 0 after signal LAST (default: SIGTERM).
 * NAME stands in front of each line.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int last = argc > 1 ? atoi(argv[1]) : SIGTERM;
	unsigned char all[_NSIG / 8];
	siginfo_t info;
	const char *name = argc > 2 ? argv[2] : "", *blank = argc > 2 ? " " : "";

	memset(all, 0xff, sizeof all);
	/* Raw: libc would leave its own signals out. */
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, all, NULL, sizeof all) < 0)
		return 98;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("%s%sready %d\n", name, blank, (int)getpid());
	for (;;) {
		if (syscall(SYS_rt_sigtimedwait, all, &info, NULL, sizeof all) < 0)
			continue;
		printf("%s%ssignal %d code %d pid %d uid %d value %d\n", name, blank, info.si_signo,
		       info.si_code, (int)info.si_pid, (int)info.si_uid, info.si_value.sival_int);
		if (info.si_signo == last)
			return 0;
	}
}
