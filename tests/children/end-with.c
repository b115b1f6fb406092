/* SPDX-License-Identifier: MIT */
/*
 * end-with exit N: exits with N. end-with signal N: dies of signal N, whatever mask and
 * dispositions it inherited. end-with stdio: exits with a bit set for each of descriptors 0-2 that
 * is open.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	unsigned char none[_NSIG / 8] = { 0 };
	unsigned long by_default[8] = { 0 };
	int number = argc > 2 ? atoi(argv[2]) : 0;

	if (argc > 1 && strcmp(argv[1], "stdio") == 0) {
		for (int fd = 0; fd < 3; fd++)
			number |= (fcntl(fd, F_GETFD) >= 0) << fd;
		return number;
	}
	if (argc > 1 && strcmp(argv[1], "signal") == 0) {
		/* Raw: libc would refuse its own signals. */
		syscall(SYS_rt_sigaction, number, by_default, NULL, sizeof none);
		syscall(SYS_rt_sigprocmask, SIG_SETMASK, none, NULL, sizeof none);
		kill(getpid(), number);
		return 98;
	}
	return number;
}
