/* SPDX-License-Identifier: MIT */
/*
 * Runs BINARY, a program for another machine, under EMULATOR; stands in its place where a test
 * executes it. Both paths are absolute and compiled in: a test may start it with any environment,
 * working directory and argv[0]. Static, for the same reason. EMULATOR is a link of the name
 * pidone: that is then the process's name, as the kernel shows it.
 *
 * qemu-user refuses PR_SET_CHILD_SUBREAPER; the process becomes a subreaper here instead, and stays
 * one. So a binary that forgot to ask for it is only found on a machine of its own. And it reverses
 * the environment, so it gets one in reverse.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv)
{
	char *args[argc + 4];

	args[0] = EMULATOR;
	args[1] = "-0";
	args[2] = argc > 0 ? argv[0] : "";
	args[3] = BINARY;
	for (int i = 1; i < argc; i++)
		args[3 + i] = argv[i];
	args[argc > 0 ? argc + 3 : 4] = NULL;
	size_t last = 0;
	while (environ[last])
		last++;
	for (size_t i = 0; i + 1 < last && i < --last; i++) {
		char *first = environ[i];
		environ[i] = environ[last];
		environ[last] = first;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	execve(EMULATOR, args, environ);
	fprintf(stderr, "emulate: %s: %s\n", EMULATOR, strerror(errno));
	return 99;
}
