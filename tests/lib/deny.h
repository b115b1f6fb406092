/* SPDX-License-Identifier: MIT */
/*
 * System calls that fail, as a sandbox or an older kernel makes them: seccomp(2) filters. A filter
 * holds for the process and all that it starts, so for main as well as for init.
 */
#ifndef DENY_H
#define DENY_H

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
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

/* Where the low half of a filter's 64-bit argument is. */
static uint32_t deny_offset(int arg)
{
	const bool big_endian = *(const char *)&(const int){ 1 } == 0;

	return (uint32_t)offsetof(struct seccomp_data, args) + 8 * (uint32_t)arg +
	       (big_endian ? 4 : 0);
}

/* Installs a filter that does `action` for this call. Its listener, 0 without one, or -1. */
static int deny_install(const struct call *call, uint32_t action, unsigned long flags)
{
	bool any = call->arg == ANY;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call->nr, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, deny_offset(any ? 0 : call->arg)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call->value, 0, any ? 0 : 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof filter / sizeof filter[0], .filter = filter };
	int result = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);

	if (result < 0 && errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		result = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	return result;
}

/* The call fails with its error, or seems to return 0 where that is 0. */
static __attribute__((unused)) bool deny(const struct call *call)
{
	return deny_install(call, SECCOMP_RET_ERRNO | (uint32_t)call->error, 0) == 0;
}

/* Skips the test where the kernel, or who started it, has no filters to offer. */
#define NEED_SECCOMP()                                                                             \
	do {                                                                                       \
		if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0,                              \
			    &(uint32_t){ SECCOMP_RET_USER_NOTIF }) < 0)                            \
			cr_skip_test("seccomp: %s", strerror(errno));                              \
	} while (0)

#endif
