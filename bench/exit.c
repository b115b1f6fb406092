/* SPDX-License-Identifier: MIT */
/* The smallest command: one system call, exit. To be linked with -nostartfiles -static. */
#include <unistd.h>

_Noreturn void _start(void);

_Noreturn void _start(void)
{
	_exit(0);
}
