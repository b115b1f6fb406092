/* SPDX-License-Identifier: MIT */
/* The mask, the signalfd, and forwarding. */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORD_BITS = 8 * sizeof(unsigned long) };

/* The raw call: libc's own leaves its reserved signals out of the set. */
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

const struct kernel_sigaction default_action; /* all 0: SIG_DFL, on every machine */

int set_action(int signo, const struct kernel_sigaction *action, struct kernel_sigaction *old)
{
	return (int)syscall(SYS_rt_sigaction, signo, action, old, sizeof(struct signal_mask));
}

int restore_signals(const struct signal_mask *mask)
{
	return set_mask(SIG_SETMASK, mask, NULL);
}

/* The word of a mask that holds signo, and its bit there. */
static unsigned long *mask_word(struct signal_mask *mask, int signo)
{
	return &mask->bits[(unsigned int)(signo - 1) / WORD_BITS];
}

static unsigned long mask_bit(int signo)
{
	return 1UL << (unsigned int)(signo - 1) % WORD_BITS;
}

COLD void take_default_action(int signo)
{
	struct signal_mask one = { .bits = { 0 } };

	*mask_word(&one, signo) = mask_bit(signo);
	if (set_action(signo, &default_action, NULL) < 0 || kill(getpid(), signo) < 0 ||
	    set_mask(SIG_UNBLOCK, &one, NULL) < 0 || set_mask(SIG_BLOCK, &one, NULL) < 0)
		message(LEVEL_WARNING, "cannot take the default action of signal %d: %s", signo,
			error_text(errno));
}

COLD bool is_pending(int signo)
{
	struct signal_mask pending = { .bits = { 0 } };

	syscall(SYS_rt_sigpending, &pending, sizeof pending);
	return *mask_word(&pending, signo) & mask_bit(signo);
}

int open_signalfd(void)
{
	struct signal_mask all;

	memset(&all, 0xff, sizeof all);
	return fd_above_stdio((int)syscall(SYS_signalfd4, -1, &all, sizeof all, SFD_CLOEXEC));
}

/* Nobody shares this descriptor, so its flags may change. */
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
	/* If poll() fails, as with RLIMIT_NOFILE at 0, a deadline must not hold up signals. */
	if (ready < 0)
		set_blocking(sfd, false);
	ssize_t n = read(sfd, signals, (size_t)max * sizeof *signals);
	if (ready < 0)
		set_blocking(sfd, true);
	return n < 0 ? -1 : (int)((size_t)n / sizeof *signals);
}

int rewritten(const struct options *options, int signo)
{
	int to = signo <= SIGNAL_MAX ? options->rewrite[signo] : 0;

	if (to == SIGNAL_DROP)
		return 0;
	return to ? to : signo;
}

bool is_stop_signal(const struct options *options, int signo)
{
	int to = rewritten(options, signo);

	return (SIGNAL_BIT(signo) | (to ? SIGNAL_BIT(to) : 0)) & options->stop_signals;
}

COLD void warn_unsent(pid_t pid, int signo)
{
	/* Changes once: a warning for every signal would be noise. */
	static bool warned;
	char name[SIGNAL_NAME_MAX];

	if (errno == ESRCH || warned)
		return;
	warned = true;
	message(LEVEL_WARNING, "cannot send %s to pid %d: %s%s", signal_name(signo, name), (int)pid,
		error_text(errno),
		errno != EPERM ? ""
			       : "; it runs as another user: give init CAP_KILL, "
				 "or start init as that user");
}

/* With SI_QUEUE the kernel allows another sender's pid and uid (rt_sigqueueinfo(2)). */
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

/* Sends one signal, by the right call: to a pidfd, with a sender's value, or plain. */
static int send_once(const struct signalfd_siginfo *from, pid_t pid, int pidfd, int signo)
{
	if (pidfd >= 0)
		return (int)syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0);
	return from ? queue_signal(from, signo, pid) : kill(pid, signo);
}

/* The real uid of a process, or -1. */
GUARDED static int64_t owner_of(pid_t pid)
{
	struct text path = { .len = 0 };
	char status[1024];

	text_add(&path, "/proc/%d/status", (int)pid);
	if (read_file(AT_FDCWD, text_string(&path), status, sizeof status) <= 0)
		return -1;
	return number_behind(status, "Uid:\t");
}

/*
 * The same in a child that takes the uid of the process, because init itself may not send it. The
 * child shares init's memory, and its change of uid makes that undumpable: then init's /proc files
 * belong to root. So init sets it back.
 */
COLD static int send_as_owner(const struct signalfd_siginfo *from, pid_t pid, int pidfd, int signo)
{
	int64_t uid = owner_of(pid < 0 ? -pid : pid);
	int dumpable = (int)syscall(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0), wstatus = -1;
	pid_t child = uid < 0 ? -1 : vfork();

	if (child == 0)
		_exit(syscall(SYS_setresuid32, uid, uid, uid) < 0 ||
		      send_once(from, pid, pidfd, signo) < 0);
	if (child > 0)
		wait4(child, &wstatus, __WALL, NULL);
	syscall(SYS_prctl, PR_SET_DUMPABLE, dumpable > 0, 0, 0, 0);
	errno = EPERM;
	return wstatus == 0 ? 0 : -1;
}

bool send_signal_to(pid_t pid, int pidfd, int signo)
{
	bool sent = send_once(NULL, pid, pidfd, signo) == 0;

	/* kill(2) for a group succeeds if it reached one member: not always main, its leader. */
	if (sent && (pid > 0 || kill(-pid, 0) == 0 || errno != EPERM))
		return true;
	if (errno == EPERM && send_as_owner(NULL, pid, pidfd, signo) == 0)
		return true;
	warn_unsent(pid, signo);
	return false;
}

void send_signal(pid_t pid, int signo)
{
	send_signal_to(pid, -1, signo);
}

void forward_signal(const struct signalfd_siginfo *info, int signo, pid_t main_pid)
{
	if (info->ssi_code == SI_QUEUE &&
	    (queue_signal(info, signo, main_pid) == 0 ||
	     (errno == EPERM && send_as_owner(info, main_pid, -1, signo) == 0)))
		return;
	/* If main's queue is full, the signal without its value still gets through. */
	send_signal(main_pid, signo);
}
