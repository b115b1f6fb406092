/* SPDX-License-Identifier: MIT */
/* signals.c: the mask, waiting, forwarding; each in a child of the test's own. */
#define _GNU_SOURCE
#include "child.h"
#include "deny.h"
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(signals, .timeout = 60);

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
	in_child(NULL, block_and_restore);
}

static void handler(int signo)
{
	(void)signo;
}

static int action_and_back(void)
{
	struct kernel_sigaction inherited;

	signal(SIGCHLD, SIG_IGN);
	CHECK(1, own_signals("SigIgn") & BIT(SIGCHLD));
	CHECK(2, set_action(SIGCHLD, &default_action, &inherited) == 0);
	CHECK(3, !(own_signals("SigIgn") & BIT(SIGCHLD)));
	CHECK(4, set_action(SIGCHLD, &inherited, NULL) == 0);
	CHECK(5, own_signals("SigIgn") & BIT(SIGCHLD));
	signal(SIGCHLD, handler);
	CHECK(6, set_action(SIGCHLD, &default_action, &inherited) == 0);
	CHECK(7, !(own_signals("SigCgt") & BIT(SIGCHLD)));
	CHECK(8, set_action(SIGCHLD, &inherited, NULL) == 0);
	CHECK(9, own_signals("SigCgt") & BIT(SIGCHLD));
	CHECK(10, set_action(SIGKILL, &default_action, NULL) == -1 && errno == EINVAL);
	return 0;
}

Test(signals, an_action_that_is_set_to_its_default_is_taken_back_exactly)
{
	in_child(NULL, action_and_back);
}

/* What a process dies of that takes the default action of signo; 0: it goes on. */
static int dies_of(int signo, void (*prepare)(int signo))
{
	int wstatus;
	pid_t pid = fork_or_die();

	if (pid == 0) {
		struct signal_mask inherited;
		prctl(PR_SET_DUMPABLE, 0); /* no core */
		block_signals(&inherited);
		prepare(signo);
		take_default_action(signo);
		exit_child(own_signals("SigBlk") == ALL ? 0 : 1);
	}
	cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
	cr_expect(holds(WIFSIGNALED(wstatus) || wstatus == 0), "%d: %x", signo, (unsigned)wstatus);
	return WIFSIGNALED(wstatus) ? WTERMSIG(wstatus) : 0;
}

static void as_inherited(int signo)
{
	(void)signo;
}

static void ignored(int signo)
{
	signal(signo, SIG_IGN);
}

static void caught(int signo)
{
	signal(signo, handler);
}

Test(signals, take_default_action_ends_init_as_the_kernel_would_have)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, 40, 64 };

	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		cr_expect(eq(int, dies_of(signals[i], as_inherited), signals[i]));
		cr_expect(eq(int, dies_of(signals[i], ignored), signals[i]));
		cr_expect(eq(int, dies_of(signals[i], caught), signals[i]));
	}
}

Test(signals, take_default_action_goes_on_where_that_is_the_default)
{
	static const int signals[] = { SIGCHLD, SIGURG, SIGWINCH, SIGCONT };

	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		cr_expect(zero(int, dies_of(signals[i], caught)));
}

/* A group with a shell above, in its session: the kernel stops it, until somebody continues it. */
Test(signals, take_default_action_stops_init)
{
	int wstatus;
	pid_t pid = fork_or_die();

	if (pid == 0) {
		struct signal_mask inherited;
		setpgid(0, 0);
		block_signals(&inherited);
		take_default_action(SIGTSTP);
		exit_child(own_signals("SigBlk") == ALL ? 0 : 1);
	}
	cr_assert(eq(int, waitpid(pid, &wstatus, WUNTRACED), pid));
	cr_assert(holds(WIFSTOPPED(wstatus) && WSTOPSIG(wstatus) == SIGTSTP));
	kill(pid, SIGCONT);
	cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
	cr_expect(zero(int, wstatus));
}

static int pending_each(void)
{
	struct signal_mask inherited;

	block_signals(&inherited);
	for (int signo = 1; signo <= SIGNAL_BITS; signo++) {
		if (signo == SIGKILL || signo == SIGSTOP)
			continue;
		CHECK(signo, !is_pending(signo));
		syscall(SYS_kill, getpid(), signo);
		CHECK(100 + signo, is_pending(signo));
		/* Looking takes nothing. */
		CHECK(200, is_pending(signo));
		if (signo == SIGCONT) {
			/* The stops take it away, and it them. */
			kill(getpid(), SIGTSTP);
			CHECK(201, !is_pending(SIGCONT) && is_pending(SIGTSTP));
			kill(getpid(), SIGCONT);
			CHECK(202, !is_pending(SIGTSTP));
			kill(getpid(), SIGTSTP);
			kill(getpid(), SIGCONT);
			struct signalfd_siginfo taken;
			int sfd = open_signalfd();
			while (is_pending(SIGCONT))
				CHECK(203, wait_signals(sfd, &taken, 1, 0) == 1);
			close(sfd);
		}
	}
	return 0;
}

Test(signals, is_pending_tells_what_has_come_and_was_not_read)
{
	in_child(NULL, pending_each);
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

static int cannot_take(int how)
{
	struct signal_mask inherited;
	int said = hear();

	block_signals(&inherited);
	CHECK(1, deny(&(struct call){ SYS_rt_sigprocmask, 0, (uint32_t)how, EPERM }));
	take_default_action(SIGURG);
	CHECK(2, heard(said, "pidone: cannot take the default action of signal 23: "
			     "Operation not permitted\n"));
	return 0;
}

static int cannot_unblock(void)
{
	return cannot_take(SIG_UNBLOCK);
}

static int cannot_block_again(void)
{
	return cannot_take(SIG_BLOCK);
}

Test(signals, take_default_action_warns_where_it_cannot)
{
	NEED_SECCOMP();
	in_child(NULL, cannot_unblock);
	in_child(NULL, cannot_block_again);
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
	in_child(NULL, wait_for_each);
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
	in_child(NULL, wait_in_vain);
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
	in_child(NULL, wait_on_nothing);
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
	in_child(NULL, wait_where_poll_fails);
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
	in_child(NULL, open_as_stdio);
}

/* ---- forwarding ---------------------------------------------------------------------- */

/* A main that leads a group with another process, both blocking all. */
static pid_t main_pid, other_pid;
static bool as_owner; /* blocked_child() starts one of another user */

enum { OWNER = 4711 };

static pid_t blocked_child(pid_t group)
{
	static int alive[2];
	struct signal_mask inherited;
	int ready[2];
	char c;

	/* Its end of file is the end of this process. The kernel's own way to be told of that asks
	 * whether it may signal one of another user. */
	if (pipe(ready) < 0 || (alive[1] == 0 && pipe(alive) < 0))
		abort();
	pid_t pid = fork_or_die();
	if (pid == 0) {
		block_signals(&inherited);
		setpgid(0, group);
		if (as_owner && syscall(SYS_setresuid, OWNER, OWNER, OWNER) < 0)
			_exit(2);
		close(ready[0]);
		close(alive[1]);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		_exit(read(alive[0], &c, 1) == 0 ? 0 : 1);
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
		forward_signal(&plain, signo, main_pid);
		CHECK(signo, pending(main_pid) & BIT(signo));
		CHECK(100 + signo, !(pending(other_pid) & BIT(signo)));
	}
	return 0;
}

Test(signals, forward_signal_reaches_main_and_nobody_else)
{
	in_child(NULL, forward_each);
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
	forward_signal(&sent, 40, pid);
	CHECK(2, read(result[0], &got, sizeof got) == sizeof got);
	CHECK(3, got.ssi_signo == 40 && got.ssi_code == SI_QUEUE);
	CHECK(4, got.ssi_pid == 4321 && got.ssi_uid == 1234);
	CHECK(5, got.ssi_ptr == (uintptr_t)0x123456789abc);
	return 0;
}

Test(signals, forward_signal_keeps_value_and_sender)
{
	in_child(NULL, forward_with_value);
}

static int forward_to_nobody(void)
{
	int said = hear();

	pid_t pid = fork_or_die();
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	forward_signal(&plain, SIGTERM, pid);
	CHECK(1, !send_signal_to(pid, -1, SIGTERM));
	CHECK(2, heard(said, ""));
	return 0;
}

Test(signals, forward_signal_to_nobody_is_no_failure)
{
	in_child(NULL, forward_to_nobody);
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
	in_child(NULL, warn_twice);
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
	in_child(NULL, warn_of_another_failure);
}

/* ---- to another user, who may not be signalled ---------------------------------------------- */

/* main_pid, of another user; the test's child keeps these capabilities alone. */
static bool start_other_user(unsigned int capabilities)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { capabilities, capabilities, 0 } };

	as_owner = true;
	main_pid = blocked_child(0);
	as_owner = false;
	return syscall(SYS_capset, &head, data) == 0;
}

static int send_by_setuid(void)
{
	int said = hear();

	CHECK(1, start_other_user(1U << CAP_SETUID));
	CHECK(2, kill(main_pid, 0) < 0 && errno == EPERM);
	CHECK(3, send_signal_to(main_pid, -1, SIGTERM));
	CHECK(4, pending(main_pid) == BIT(SIGTERM));
	int pidfd = (int)syscall(SYS_pidfd_open, main_pid, 0);
	CHECK(5, pidfd < 0 || send_signal_to(main_pid, pidfd, SIGUSR1));
	CHECK(6, pidfd < 0 || pending(main_pid) & BIT(SIGUSR1));
	/* A value goes along. */
	forward_signal(&(struct signalfd_siginfo){ .ssi_code = SI_QUEUE, .ssi_ptr = 7 }, 40,
		       main_pid);
	CHECK(7, pending(main_pid) & BIT(40));
	CHECK(8, heard(said, ""));
	/* Init stays who it was, and its /proc files its own. */
	CHECK(9, getuid() == 0 && prctl(PR_GET_DUMPABLE) == 1);
	CHECK(10, waitpid(-1, NULL, WNOHANG) == 0);
	return 0;
}

Test(signals, who_may_change_its_uid_can_signal_another_user)
{
	NEED_ROOT();
	in_child(NULL, send_by_setuid);
}

static int cannot_send(void)
{
	int said = hear();
	char expected[256];

	CHECK(1, start_other_user(0));
	for (int i = 0; i < 3; i++)
		CHECK(2, !send_signal_to(main_pid, -1, SIGTERM));
	forward_signal(&plain, SIGUSR1, main_pid);
	CHECK(3, pending(main_pid) == 0);
	snprintf(expected, sizeof expected,
		 "pidone: cannot send TERM to pid %d: Operation not permitted; it runs as another "
		 "user: give init CAP_KILL, or start init as that user\n",
		 (int)main_pid);
	CHECK(4, heard(said, expected));
	CHECK(5, waitpid(-1, NULL, WNOHANG) == 0);
	return 0;
}

Test(signals, who_may_not_is_warned_once)
{
	NEED_ROOT();
	in_child(NULL, cannot_send);
}

/* ---- as -r makes it, and which end a program ------------------------------------------------ */

static const struct options by_default = { .stop_signals =
						   SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGINT) };

Test(signals, rewritten_is_what_the_table_says_and_0_where_it_drops)
{
	struct options options = by_default;

	options.rewrite[SIGHUP] = SIGQUIT;
	options.rewrite[SIGUSR1] = SIGNAL_DROP;
	options.rewrite[64] = 1;
	for (int signo = 1; signo <= SIGNAL_BITS; signo++)
		cr_expect(eq(int, rewritten(&options, signo),
			     signo == SIGHUP	? SIGQUIT
			     : signo == SIGUSR1 ? 0
			     : signo == 64	? 1
						: signo));
	/* MIPS has signals that nobody can name. */
	cr_expect(eq(int, rewritten(&options, 65), 65));
}

Test(signals, term_and_int_are_the_stop_signals)
{
	for (int signo = 1; signo <= SIGNAL_BITS; signo++)
		cr_expect(eq(int, is_stop_signal(&by_default, signo),
			     signo == SIGTERM || signo == SIGINT));
}

Test(signals, each_of_the_64_can_be_the_stop_signal)
{
	for (int wanted = 1; wanted <= SIGNAL_BITS; wanted++) {
		const struct options options = { .stop_signals = SIGNAL_BIT(wanted) };
		for (int signo = 1; signo <= SIGNAL_BITS; signo++)
			cr_expect(eq(int, is_stop_signal(&options, signo), signo == wanted));
	}
}

/* `-S WINCH -r TERM:WINCH`, `-r RTMIN+3:TERM`, `-r TERM:0`. */
Test(signals, a_stop_signal_is_one_as_it_came_or_as_it_is_rewritten)
{
	struct options options = by_default;

	options.rewrite[37] = SIGTERM;
	options.rewrite[SIGTERM] = SIGWINCH;
	options.rewrite[SIGINT] = SIGNAL_DROP;
	options.rewrite[SIGHUP] = SIGUSR1;
	cr_expect(holds(is_stop_signal(&options, 37)));
	cr_expect(holds(is_stop_signal(&options, SIGTERM)));
	cr_expect(holds(is_stop_signal(&options, SIGINT)));
	cr_expect(holds(!is_stop_signal(&options, SIGHUP)));
	cr_expect(holds(!is_stop_signal(&options, SIGWINCH)));
}
