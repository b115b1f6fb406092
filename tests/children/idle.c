/* SPDX-License-Identifier: MIT */
/* idle: does nothing until a signal ends it. Its first own system call is ppoll(2). */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	for (;;)
		syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}
