/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "judge.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/ioctl.h>

static struct {
	int listener;
	judge_fn *judge;
} judge_court;

void ask(const struct call *call)
{
	int fd = deny_install(call, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	char c;

	dprintf(STDOUT_FILENO, "asks %d %d\n", (int)getpid(), fd);
	if (read(STDIN_FILENO, &c, 1) != 1)
		_exit(99);
}

static void *judge_answer(void *unused)
{
	struct pollfd question = { .fd = judge_court.listener, .events = POLLIN };

	/* POLLHUP alone: nobody is left who could ask. */
	while (poll(&question, 1, -1) < 0 || question.revents & POLLIN) {
		struct seccomp_notif asked = { .id = 0 };
		struct seccomp_notif_resp answer = { .id = 0 };
		if (ioctl(judge_court.listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
			continue; /* who asked was killed */
		answer.id = asked.id;
		answer.error = -judge_court.judge((pid_t)asked.pid);
		if (answer.error == 0)
			answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		ioctl(judge_court.listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
	close(judge_court.listener);
	return unused;
}

pid_t judge_calls(struct run *run, judge_fn *judge)
{
	int pid, fd;
	pthread_t thread;

	if (sscanf(expect_line(run, "asks "), "asks %d %d", &pid, &fd) != 2 || fd < 0)
		cr_fatal("the filter was not installed");
	int pidfd = (int)syscall(SYS_pidfd_open, run->mode == PID1 ? run->pid : pid, 0);
	judge_court.listener = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	if (judge_court.listener < 0)
		cr_fatal("pidfd_getfd: %s", strerror(errno));
	close(pidfd);
	judge_court.judge = judge;
	if (pthread_create(&thread, NULL, judge_answer, NULL) != 0 || write(run->in, "\n", 1) != 1)
		cr_fatal("the calls cannot be answered");
	pthread_detach(thread);
	return pid;
}

uint16_t judge_machine_of(const char *path)
{
	Elf64_Ehdr head = { .e_machine = 0 }; /* up to e_machine the same for 32 bits */
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, &head, sizeof head);

	close(fd);
	return n == sizeof head ? head.e_machine : 0;
}
