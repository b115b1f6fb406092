/* SPDX-License-Identifier: MIT */
/* signals.c: the mask, waiting, forwarding; each in a child of the test's own. */
#define _GNU_SOURCE
#include "deny.h"
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(signals, .timeout = 60);

/* Masks and dispositions are Criterion's business too. 0 or the line that failed, in the child. */
static void in_child(int (*body)(void))
{
	int wstatus;
	pid_t pid = fork_or_die();

	if (pid == 0)
		exit_child(body());
	cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
	cr_expect(zero(int, wstatus), "exit %d signal %d", WEXITSTATUS(wstatus), WTERMSIG(wstatus));
}

#define CHECK(n, condition)                                                                        \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return n;                                                                  \
	} while (0)

/* A field of /proc/self/status: the kernel's own view, of all 64 signals. */
static unsigned long long own_signals(const char *field)
{
	char line[256];
	unsigned long long mask = 0;
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, field, strlen(field)) == 0)
			mask = strtoull(line + strlen(field) + 1, NULL, 16);
	if (file)
		fclose(file);
	return mask;
}

enum { SIGNAL_BITS = 64 };
#define BIT(signo) (1ULL << (signo - 1))
#define ALL (~0ULL & ~BIT(SIGKILL) & ~BIT(SIGSTOP))

static void set_mask(unsigned long long mask)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
}

/* ---- mask and disposition --------------------------------------------------------- */

static int block_and_restore(void)
{
	static const unsigned long long masks[] = { 0,	     ALL,     0x5555555555515455ULL,
						    BIT(32), BIT(33), BIT(34),
						    BIT(64), BIT(1) };
	struct signal_mask inherited;

	for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
		set_mask(masks[i]);
		memset(&inherited, 0x77, sizeof inherited);
		CHECK(1, block_signals(&inherited) == 0);
		CHECK(2, own_signals("SigBlk") == ALL);
		CHECK(3, restore_signals(&inherited) == 0);
		CHECK(4, own_signals("SigBlk") == masks[i]);
	}
	return 0;
}

Test(signals, block_signals_blocks_all_and_restore_signals_is_exact)
{
	in_child(block_and_restore);
}

static void handler(int signo)
{
	(void)signo;
}

static int sigchld_and_back(void)
{
	static const struct kernel_sigaction by_default;
	struct kernel_sigaction inherited;

	signal(SIGCHLD, SIG_IGN);
	CHECK(1, own_signals("SigIgn") & BIT(SIGCHLD));
	CHECK(2, set_sigchld(&by_default, &inherited) == 0);
	CHECK(3, !(own_signals("SigIgn") & BIT(SIGCHLD)));
	CHECK(4, set_sigchld(&inherited, NULL) == 0);
	CHECK(5, own_signals("SigIgn") & BIT(SIGCHLD));
	signal(SIGCHLD, handler);
	CHECK(6, set_sigchld(&by_default, &inherited) == 0);
	CHECK(7, !(own_signals("SigCgt") & BIT(SIGCHLD)));
	CHECK(8, set_sigchld(&inherited, NULL) == 0);
	CHECK(9, own_signals("SigCgt") & BIT(SIGCHLD));
	return 0;
}

Test(signals, set_sigchld_to_its_default_is_taken_back_exactly)
{
	in_child(sigchld_and_back);
}

static int handled;

static void count(int signo)
{
	handled = signo;
}

static int deliver_each(void)
{
	struct signal_mask inherited;

	block_signals(&inherited);
	for (int signo = 1; signo <= SIGNAL_BITS; signo++) {
		/* libc keeps 32 and 33 from signal(). */
		if (signo == SIGKILL || signo == SIGSTOP || signo == 32 || signo == 33)
			continue;
		signal(signo, count);
		kill(getpid(), signo);
		CHECK(signo, handled != signo);
		deliver_blocked(signo);
		CHECK(100 + signo, handled == signo);
		CHECK(200, own_signals("SigBlk") == ALL);
	}
	return 0;
}

Test(signals, deliver_blocked_lets_one_signal_through)
{
	in_child(deliver_each);
}

/* What is said on stderr from here on comes to the returned descriptor. */
static int hear(void)
{
	int ends[2];

	if (pipe(ends) < 0)
		abort();
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	return ends[0];
}

/* All that was said up to now is this. */
static bool heard(int fd, const char *expected)
{
	char text[4096] = "";
	struct pollfd said = { .fd = fd, .events = POLLIN };
	ssize_t n = poll(&said, 1, 0) == 1 ? read(fd, text, sizeof text - 1) : 0;

	return n >= 0 && strcmp(text, expected) == 0;
}

static int cannot_deliver(int how)
{
	struct signal_mask inherited;
	int said = hear();

	block_signals(&inherited);
	signal(SIGUSR1, count);
	kill(getpid(), SIGUSR1);
	CHECK(1, deny(&(struct call){ SYS_rt_sigprocmask, 0, (uint32_t)how, EPERM }));
	deliver_blocked(SIGUSR1);
	CHECK(2, heard(said, "pidone: cannot change the signal mask: Operation not permitted\n"));
	/* Where it could be let through it has come, else it waits. */
	CHECK(3, handled == (how == SIG_BLOCK ? SIGUSR1 : 0));
	return 0;
}

static int cannot_unblock(void)
{
	return cannot_deliver(SIG_UNBLOCK);
}

static int cannot_block_again(void)
{
	return cannot_deliver(SIG_BLOCK);
}

Test(signals, deliver_blocked_warns_where_the_mask_cannot_be_changed)
{
	NEED_SECCOMP();
	in_child(cannot_unblock);
	in_child(cannot_block_again);
}

/* ---- waiting ------------------------------------------------------------------------ */

static int wait_for_each(void)
{
	struct signal_mask inherited;
	struct signalfd_siginfo signals[4];
	unsigned long long seen = 0;

	block_signals(&inherited);
	int sfd = open_signalfd();
	CHECK(1, sfd > 2 && fcntl(sfd, F_GETFD) == FD_CLOEXEC);
	for (int signo = 1; signo <= SIGNAL_BITS; signo++)
		/* SIGCONT and the stops take each other away. */
		if (signo != SIGKILL && signo != SIGSTOP && signo != SIGCONT)
			CHECK(2, syscall(SYS_kill, getpid(), signo) == 0);
	for (int n = 0; n < 61;) {
		int got = wait_signals(sfd, signals, 4, n % 2 ? -1 : 0);
		CHECK(3, got > 0 && got <= 4);
		for (int i = 0; i < got; i++) {
			CHECK(4, signals[i].ssi_pid == (unsigned)getpid());
			seen |= BIT(signals[i].ssi_signo);
		}
		n += got;
	}
	CHECK(5, seen == (ALL & ~BIT(SIGCONT)));
	CHECK(6, wait_signals(sfd, signals, 4, 0) == 0);
	return 0;
}

Test(signals, wait_signals_reads_every_signal)
{
	in_child(wait_for_each);
}

static int wait_in_vain(void)
{
	struct signal_mask inherited;
	struct signalfd_siginfo signals[4];

	block_signals(&inherited);
	int sfd = open_signalfd();
	int64_t begin = now_ms();
	CHECK(1, wait_signals(sfd, signals, 4, 30) == 0);
	CHECK(2, now_ms() - begin >= 29);
	/* A time that does not fit poll(2)'s is no reason to fail. */
	kill(getpid(), SIGUSR1);
	CHECK(3, wait_signals(sfd, signals, 4, INT64_C(3599999999997)) == 1);
	CHECK(4, signals[0].ssi_signo == SIGUSR1);
	return 0;
}

Test(signals, wait_signals_returns_when_the_time_is_up)
{
	in_child(wait_in_vain);
}

static int wait_on_nothing(void)
{
	struct signalfd_siginfo signals[4];

	errno = 0;
	CHECK(1, wait_signals(-1, signals, 4, -1) == -1);
	CHECK(2, errno == EBADF);
	return 0;
}

Test(signals, wait_signals_tells_a_failure)
{
	in_child(wait_on_nothing);
}

static int wait_where_poll_fails(void)
{
	struct signal_mask inherited;
	struct signalfd_siginfo signals[4];

	block_signals(&inherited);
	int sfd = open_signalfd();
	CHECK(1, deny(&(struct call){ SYS_poll, ANY, 0, ENOMEM }));
	errno = 0;
	CHECK(2, wait_signals(sfd, signals, 4, 1000) == -1 && errno == EAGAIN);
	kill(getpid(), SIGUSR1);
	CHECK(3, wait_signals(sfd, signals, 4, 1000) == 1);
	CHECK(4, signals[0].ssi_signo == SIGUSR1);
	/* Without a deadline it waits again as ever. */
	CHECK(5, (fcntl(sfd, F_GETFL) & O_NONBLOCK) == 0);
	return 0;
}

Test(signals, wait_signals_does_not_wait_where_poll_fails_and_misses_none)
{
	NEED_SECCOMP();
	in_child(wait_where_poll_fails);
}

/* As where init was started without stdio. */
static int open_as_stdio(void)
{
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	int sfd = open_signalfd();
	CHECK(1, sfd > 2 && fcntl(sfd, F_GETFD) == FD_CLOEXEC);
	for (int fd = 0; fd < 3; fd++)
		CHECK(2, fcntl(fd, F_GETFD) < 0);
	return 0;
}

Test(signals, open_signalfd_stays_above_stdio)
{
	in_child(open_as_stdio);
}

/* ---- forwarding ---------------------------------------------------------------------- */

/* A main that leads a group with another process, both blocking all. */
static pid_t main_pid, other_pid;

static pid_t blocked_child(pid_t group)
{
	struct signal_mask inherited;
	int ready[2];
	char c;

	if (pipe(ready) < 0)
		abort();
	pid_t pid = fork_or_die();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		block_signals(&inherited);
		setpgid(0, group);
		close(ready[0]);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		abort();
	close(ready[0]);
	return pid;
}

static void start_main(void)
{
	main_pid = blocked_child(0);
	other_pid = blocked_child(main_pid);
}

/* What has come to a process, all of which it blocks. */
static unsigned long long pending(pid_t pid)
{
	char path[64], line[256];
	unsigned long long mask = 0;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, "ShdPnd:", 7) == 0)
			mask = strtoull(line + 7, NULL, 16);
	if (file)
		fclose(file);
	return mask;
}

static const struct signalfd_siginfo plain = { .ssi_code = SI_USER };

static int forward_each(void)
{
	start_main();
	for (int signo = 1; signo <= SIGNAL_BITS; signo++) {
		if (signo == SIGKILL || signo == SIGSTOP || signo == SIGCONT)
			continue;
		forward_signal(&plain, signo, main_pid, signo % 2);
		CHECK(signo, pending(main_pid) & BIT(signo));
		CHECK(100 + signo, !(pending(other_pid) & BIT(signo)) == !(signo % 2));
	}
	return 0;
}

Test(signals, forward_signal_reaches_main_or_its_whole_group)
{
	in_child(forward_each);
}

static int forward_after_leaving(void)
{
	start_main();
	/* The group of main is there, main is in another. */
	pid_t elsewhere = blocked_child(0);
	setpgid(main_pid, elsewhere);
	CHECK(1, getpgid(main_pid) == elsewhere);
	forward_signal(&plain, SIGUSR1, main_pid, true);
	CHECK(2, pending(main_pid) == BIT(SIGUSR1));
	CHECK(3, pending(other_pid) == 0 && pending(elsewhere) == 0);
	return 0;
}

Test(signals, forward_signal_to_a_group_main_has_left_goes_to_main)
{
	in_child(forward_after_leaving);
}

static int forward_with_value(void)
{
	struct signal_mask inherited;
	struct signalfd_siginfo got, sent = {
		.ssi_code = SI_QUEUE, .ssi_pid = 4321, .ssi_uid = 1234, .ssi_ptr = 0x123456789abc
	};

	block_signals(&inherited);
	int sfd = open_signalfd(), result[2];
	CHECK(1, pipe(result) == 0);
	pid_t pid = fork_or_die();
	if (pid == 0) {
		int taken = wait_signals(sfd, &got, 1, WAIT_MS);
		_exit(taken == 1 && write(result[1], &got, sizeof got) == sizeof got ? 0 : 1);
	}
	forward_signal(&sent, 40, pid, false);
	CHECK(2, read(result[0], &got, sizeof got) == sizeof got);
	CHECK(3, got.ssi_signo == 40 && got.ssi_code == SI_QUEUE);
	CHECK(4, got.ssi_pid == 4321 && got.ssi_uid == 1234);
	CHECK(5, got.ssi_ptr == (uintptr_t)0x123456789abc);
	return 0;
}

Test(signals, forward_signal_keeps_value_and_sender)
{
	in_child(forward_with_value);
}

static int forward_to_nobody(void)
{
	int said = hear();

	pid_t pid = fork_or_die();
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	forward_signal(&plain, SIGTERM, pid, false);
	forward_signal(&plain, SIGTERM, pid, true);
	CHECK(1, heard(said, ""));
	return 0;
}

Test(signals, forward_signal_to_nobody_is_no_failure)
{
	in_child(forward_to_nobody);
}

static int warn_twice(void)
{
	int said = hear();

	errno = ESRCH;
	warn_unsent(7, SIGTERM);
	CHECK(1, heard(said, ""));
	for (int i = 0; i < 3; i++) {
		errno = EPERM;
		warn_unsent(7, SIGTERM);
	}
	CHECK(2,
	      heard(said, "pidone: cannot send TERM to pid 7: Operation not permitted; it runs as "
			  "another user: give init CAP_KILL, or start init as that user\n"));
	return 0;
}

Test(signals, a_signal_that_may_not_be_sent_is_told_once)
{
	in_child(warn_twice);
}

/* The advice is for EPERM alone. */
static int warn_of_another_failure(void)
{
	int said = hear();

	errno = EINVAL;
	warn_unsent(7, SIGTERM);
	CHECK(1, heard(said, "pidone: cannot send TERM to pid 7: Invalid argument\n"));
	return 0;
}

Test(signals, a_signal_that_cannot_be_sent_for_another_reason_is_told_with_it)
{
	in_child(warn_of_another_failure);
}

/* ---- which end a program ------------------------------------------------------------------ */

Test(signals, term_int_and_quit_are_the_stop_signals)
{
	for (int signo = 0; signo <= SIGNAL_BITS; signo++)
		cr_expect(eq(int, is_stop_signal(signo),
			     signo == SIGTERM || signo == SIGINT || signo == SIGQUIT));
}
