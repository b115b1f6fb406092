/* SPDX-License-Identifier: MIT */
/* leave-behind: prints "left PID" for a child that stays until it is killed, and exits 9. */
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	printf("left %d\n", (int)pid);
	return 9;
}
