/* SPDX-License-Identifier: MIT */
/*
 * System calls that fail, as a sandbox or an older kernel makes them: seccomp(2) filters. A filter
 * holds for the process and all that it starts, so for main as well as for init.
 */
#ifndef DENY_H
#define DENY_H

#include <errno.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A system call, with one argument told from others where `arg` is not ANY. */
struct call {
	long nr; /* SYS_... */
	int arg; /* 0 to 5 */
	uint32_t value;
	int error; /* what deny() makes it fail with */
};

enum { ANY = -1 };

/* Installs a filter that does `action` for this call. Its listener, 0 without one, or -1. */
int deny_install(const struct call *call, uint32_t action, unsigned long flags);

/* The call fails with its error, or seems to return 0 where that is 0. */
bool deny(const struct call *call);

/* Skips the test where the kernel, or who started it, has no filters to offer. */
#define NEED_SECCOMP()                                                                             \
	do {                                                                                       \
		if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0,                              \
			    &(uint32_t){ SECCOMP_RET_USER_NOTIF }) < 0)                            \
			cr_skip_test("seccomp: %s", strerror(errno));                              \
	} while (0)

#endif
