/* SPDX-License-Identifier: MIT */
/*
 * noinit [OPTION]... -- COMMAND [ARG]...: becomes COMMAND. It stands in for pidone where a check
 * has to fail without an init. Without a COMMAND it waits, as -P does, but ends of no signal and
 * reaps nobody.
 */
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0 && argv[i + 1]) {
			execvp(argv[i + 1], argv + i + 1);
			return 127;
		}
	if (argc > 1 && strcmp(argv[1], "-P") == 0)
		for (;;)
			pause();
	return 1;
}
