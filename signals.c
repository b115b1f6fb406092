/* SPDX-License-Identifier: MIT */
/* The mask, the signalfd, and forwarding. */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The raw call: libc's own would let its reserved signals out of the set. */
static int set_mask(int how, const struct signal_mask *mask, struct signal_mask *old)
{
	return (int)syscall(SYS_rt_sigprocmask, how, mask, old, sizeof *mask);
}

int block_signals(struct signal_mask *inherited)
{
	struct signal_mask all;

	memset(&all, 0xff, sizeof all);
	return set_mask(SIG_SETMASK, &all, inherited);
}

int set_sigchld(const struct kernel_sigaction *action, struct kernel_sigaction *old)
{
	return (int)syscall(SYS_rt_sigaction, SIGCHLD, action, old, sizeof(struct signal_mask));
}

int restore_signals(const struct signal_mask *mask)
{
	return set_mask(SIG_SETMASK, mask, NULL);
}

COLD void deliver_blocked(int signo)
{
	enum { WORD_BITS = 8 * sizeof(unsigned long) };
	struct signal_mask one = { .bits = { 0 } };
	unsigned int bit = (unsigned int)signo - 1;

	one.bits[bit / WORD_BITS] = 1UL << bit % WORD_BITS;
	if (set_mask(SIG_UNBLOCK, &one, NULL) < 0 || set_mask(SIG_BLOCK, &one, NULL) < 0)
		message(LEVEL_WARNING, "cannot change the signal mask: %s", strerror(errno));
}

int open_signalfd(void)
{
	struct signal_mask all;

	memset(&all, 0xff, sizeof all);
	return fd_above_stdio((int)syscall(SYS_signalfd4, -1, &all, sizeof all, SFD_CLOEXEC));
}

/* The descriptor is init's alone, and so are its flags. */
COLD static void set_blocking(int sfd, bool blocking)
{
	syscall(SYS_fcntl, sfd, F_SETFL, blocking ? 0 : O_NONBLOCK);
}

int wait_signals(int sfd, struct signalfd_siginfo *signals, int max, int64_t timeout_ms)
{
	int ready = 1;

	if (timeout_ms >= 0) {
		struct pollfd readable = { .fd = sfd, .events = POLLIN };
		ready = poll(&readable, 1, timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms);
	}
	if (ready == 0)
		return 0;
	/* A deadline must not hold signals up where poll() fails, as with RLIMIT_NOFILE at 0. */
	if (ready < 0)
		set_blocking(sfd, false);
	ssize_t n = read(sfd, signals, (size_t)max * sizeof *signals);
	if (ready < 0)
		set_blocking(sfd, true);
	return n < 0 ? -1 : (int)((size_t)n / sizeof *signals);
}

bool is_stop_signal(int signo)
{
	return signo == SIGTERM || signo == SIGINT || signo == SIGQUIT;
}

COLD void warn_unsent(pid_t pid, int signo)
{
	/* Changes once: a warning that came with every signal would be noise. */
	static bool warned;
	char name[SIGNAL_NAME_MAX];

	if (errno == ESRCH || warned)
		return;
	warned = true;
	message(LEVEL_WARNING, "cannot send %s to pid %d: %s%s", signal_name(signo, name), (int)pid,
		strerror(errno),
		errno != EPERM ? ""
			       : "; it runs as another user: give init CAP_KILL, "
				 "or start init as that user");
}

void send_signal(pid_t pid, int signo)
{
	if (kill(pid, signo) < 0)
		warn_unsent(pid, signo);
}

/* The kernel allows a foreign pid and uid with SI_QUEUE (rt_sigqueueinfo(2)). */
COLD int queue_signal(const struct signalfd_siginfo *from, int signo, pid_t pid)
{
	siginfo_t info;

	memset(&info, 0, sizeof info);
	info.si_signo = signo;
	info.si_code = SI_QUEUE;
	info.si_pid = (pid_t)from->ssi_pid;
	info.si_uid = from->ssi_uid;
	info.si_value.sival_ptr = (void *)(uintptr_t)from->ssi_ptr;
	return (int)syscall(SYS_rt_sigqueueinfo, pid, signo, &info);
}

void forward_signal(const struct signalfd_siginfo *info, int signo, pid_t main_pid, bool group)
{
	/* A main that joined another group must not get that one signalled: it may be init's. */
	bool to_group = group && getpgid(main_pid) == main_pid;
	int failed = -1;

	if (to_group)
		failed = kill(-main_pid, signo);
	else if (info->ssi_code == SI_QUEUE)
		failed = queue_signal(info, signo, main_pid);
	/* No such group, or main's queue is full: the bare signal still gets through. */
	if (failed)
		send_signal(main_pid, signo);
}
