/* SPDX-License-Identifier: MIT */
/* other-user: becomes user 65534 (or is it by its file, then for good), prints "ready", stays until
 * a line comes on stdin and exits 5. */
#define _GNU_SOURCE
#include <grp.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	char line[64];

	if ((geteuid() != 65534 &&
	     (setgroups(0, NULL) < 0 || setresgid(65534, 65534, 65534) < 0)) ||
	    setresuid(65534, 65534, 65534) < 0)
		return 98;
	printf("ready\n");
	fflush(stdout);
	return fgets(line, sizeof line, stdin) ? 5 : 6;
}
