/* SPDX-License-Identifier: MIT */
/*
 * System calls that fail, as a sandbox or an older kernel makes them: seccomp(2) filters. A filter
 * holds for the process and all that it starts, so for main as well as for init.
 *
 * deny()         the call fails from here on, for ever
 * ask() + judge()   each call waits until the test has said whether it fails
 */
#ifndef DENY_H
#define DENY_H

#include "harness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
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

/* Installs a filter that does `action` for this call. The listener, 0 without one, or -1. */
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

/* ---- asked each time -------------------------------------------------------------------- */

/* 0: the call is made; else it fails with this. Runs beside the test; `pid` is the caller's. */
typedef int judge_fn(pid_t pid);

static struct {
	int listener;
	judge_fn *judge;
} deny_court;

/*
 * In before_exec. Tells the test which descriptor the questions come by, and goes on when it has
 * it: nothing is asked that nobody answers.
 */
static __attribute__((unused)) void ask(const struct call *call)
{
	int fd = deny_install(call, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	char c;

	dprintf(STDOUT_FILENO, "asks %d %d\n", (int)getpid(), fd);
	if (read(STDIN_FILENO, &c, 1) != 1)
		_exit(99);
}

static void *deny_answer(void *unused)
{
	struct pollfd question = { .fd = deny_court.listener, .events = POLLIN };

	/* POLLHUP alone: nobody is left who could ask. */
	while (poll(&question, 1, -1) < 0 || question.revents & POLLIN) {
		struct seccomp_notif asked = { .id = 0 };
		struct seccomp_notif_resp answer = { .id = 0 };
		if (ioctl(deny_court.listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
			continue; /* who asked was killed */
		answer.id = asked.id;
		answer.error = -deny_court.judge((pid_t)asked.pid);
		if (answer.error == 0)
			answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		ioctl(deny_court.listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
	close(deny_court.listener);
	return unused;
}

/* Answers from here on, by `judge`. Returns the pid of the one who called ask(), as it knows it. */
static __attribute__((unused)) pid_t judge_calls(struct run *run, judge_fn *judge)
{
	int pid, fd;
	pthread_t thread;

	if (sscanf(expect_line(run, "asks "), "asks %d %d", &pid, &fd) != 2 || fd < 0)
		cr_fatal("the filter was not installed");
	int pidfd = (int)syscall(SYS_pidfd_open, run->mode == PID1 ? run->pid : pid, 0);
	deny_court.listener = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	if (deny_court.listener < 0)
		cr_fatal("pidfd_getfd: %s", strerror(errno));
	close(pidfd);
	deny_court.judge = judge;
	if (pthread_create(&thread, NULL, deny_answer, NULL) != 0 ||
	    write(run->in, "\n", 1) != 1)
		cr_fatal("the calls cannot be answered");
	pthread_detach(thread);
	return pid;
}

/* ---- where it works ------------------------------------------------------------------------ */

static uint16_t deny_machine_of(const char *path)
{
	Elf64_Ehdr head = { .e_machine = 0 }; /* up to e_machine the same for 32 bits */
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, &head, sizeof head);

	close(fd);
	return n == sizeof head ? head.e_machine : 0;
}

/*
 * Skips the test where filters do not do what it wants: numbers of system calls are each machine's
 * own, and an emulator makes calls of its own.
 */
#define NEED_FILTERS()                                                                             \
	do {                                                                                       \
		if (getenv("EMULATED") ||                                                          \
		    deny_machine_of(pidone_path()) != deny_machine_of("/proc/self/exe"))           \
			cr_skip_test("pidone is of another machine than the tests");               \
		if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0,                              \
			    &(uint32_t){ SECCOMP_RET_USER_NOTIF }) < 0)                            \
			cr_skip_test("seccomp: %s", strerror(errno));                              \
	} while (0)

#endif
