/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "deny.h"

#include <linux/filter.h>
#include <stddef.h>
#include <sys/prctl.h>

/* Where the low half of a filter's 64-bit argument is. */
static uint32_t deny_offset(int arg)
{
	const bool big_endian = *(const char *)&(const int){ 1 } == 0;

	return (uint32_t)offsetof(struct seccomp_data, args) + 8 * (uint32_t)arg +
	       (big_endian ? 4 : 0);
}

int deny_install(const struct call *call, uint32_t action, unsigned long flags)
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

bool deny(const struct call *call)
{
	return deny_install(call, SECCOMP_RET_ERRNO | (uint32_t)call->error, 0) == 0;
}
