/* SPDX-License-Identifier: MIT */
/* Contract 5, signals: each one reaches main, as it was sent. */
#define _GNU_SOURCE
#include "harness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(e2e_signals, .timeout = 60);

static struct run run;

static void start(enum mode mode, const char *const *args, void (*before_exec)(void))
{
	run_start(&run, &(struct start){ .mode = mode, .args = args, .before_exec = before_exec });
}

/* Starts siglog, which ends when signal `last` has come to it. */
static void start_siglog(enum mode mode, const char *option, const char *last)
{
	start(mode, (const char *[]){ option, "--", child_program("siglog"), last, NULL }, NULL);
	expect_line(&run, "ready");
}

/* Ends with status 0 by the SIGTERM that siglog and family end by. */
static void finish(void)
{
	kill(run.pid, SIGTERM);
	cr_expect(zero(int, run_wait(&run)));
	run_close(&run);
}

static bool is_forwarded(int signo)
{
	return signo != SIGKILL && signo != SIGSTOP && signo != SIGCHLD;
}

/* One line of siglog. */
struct taken {
	int signo, code, pid, uid, value;
};

static struct taken next_taken(void)
{
	struct taken t;
	const char *line = read_line(&run);

	cr_assert(eq(int,
		     sscanf(line, "signal %d code %d pid %d uid %d value %d", &t.signo, &t.code,
			    &t.pid, &t.uid, &t.value),
		     5),
		  "%s", line);
	return t;
}

/* Runs `send` in a process that sees init as `init`: for PID1 in its namespace. Returns what the
 * process is called there. */
static int send_from_inside(void (*send)(pid_t init))
{
	char ns[64];
	int report[2], pid = 0, wstatus;

	cr_assert(zero(int, pipe2(report, O_CLOEXEC)));
	pid_t middle = fork_or_die();
	if (middle == 0) {
		snprintf(ns, sizeof ns, "/proc/%d/ns/pid", (int)run.pid);
		int fd = open(ns, O_RDONLY | O_CLOEXEC);
		if (run.mode == PID1 && setns(fd, CLONE_NEWPID) < 0)
			_exit(98);
		pid_t sender = fork_or_die();
		if (sender == 0) {
			pid = (int)getpid();
			if (write(report[1], &pid, sizeof pid) != sizeof pid)
				_exit(97);
			send(run.mode == PID1 ? 1 : run.pid);
			_exit(0);
		}
		waitpid(sender, &wstatus, 0);
		_exit(WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 96);
	}
	cr_assert(eq(int, waitpid(middle, &wstatus, 0), middle));
	cr_assert(zero(int, wstatus), "the sender failed: %x", (unsigned)wstatus);
	cr_assert(eq(long, read(report[0], &pid, sizeof pid), (long)sizeof pid));
	close(report[0]);
	close(report[1]);
	return pid;
}

/* The highest that every pidone is sent here. */
static const char *last_signal(void)
{
	return is_emulated() ? "31" : "64";
}

/* ---- each signal ----------------------------------------------------------------- */

/* But for SIGCONT: a SIGTSTP takes a pending one away, in every queue. */
static bool is_sent_below(int signo)
{
	return is_forwarded(signo) && signo != SIGCONT && !is_emulators(signo);
}

static void send_each(pid_t init)
{
	for (int signo = 1; signo <= 64; signo++)
		if (is_sent_below(signo) && kill(init, signo) < 0)
			_exit(95);
}

static void send_each_signal(enum mode mode, const char *option)
{
	start_siglog(mode, option, last_signal());
	for (int signo = 1; signo <= 64; signo++) {
		if (!is_forwarded(signo) || is_emulators(signo))
			continue;
		cr_assert(zero(int, kill(run.pid, signo)));
		cr_expect(eq(int, next_taken().signo, signo));
	}
	cr_expect(zero(int, run_wait(&run)));
	run_close(&run);
}

BOTH_MODES(e2e_signals, every_signal_reaches_main)
{
	send_each_signal(mode, "-c");
}

BOTH_MODES(e2e_signals, every_signal_reaches_main_by_its_group)
{
	send_each_signal(mode, "-g");
}

/* The kernel keeps from PID 1 what is sent in its own namespace, unless it blocks it. All at once,
 * so that they queue. */
BOTH_MODES(e2e_signals, every_signal_of_a_process_below_reaches_main)
{
	bool seen[65] = { false };

	start_siglog(mode, "-c", last_signal());
	send_from_inside(send_each);
	for (int signo = 1; signo <= 64; signo++)
		if (is_sent_below(signo))
			seen[next_taken().signo] = true;
	cr_expect(zero(int, run_wait(&run)));
	for (int signo = 1; signo <= 64; signo++)
		cr_expect(eq(int, seen[signo], is_sent_below(signo)), "signal %d", signo);
	run_close(&run);
}

/* As a thread would be sent it, with tgkill(2). */
BOTH_MODES(e2e_signals, a_signal_for_the_thread_of_init_reaches_main)
{
	start_siglog(mode, "-c", "15");
	cr_assert(zero(int, (int)syscall(SYS_tgkill, run.pid, run.pid, SIGUSR1)));
	cr_expect(eq(int, next_taken().signo, SIGUSR1));
	finish();
}

/* A program that handles nothing: its default applies, where as PID 1 all would be ignored. */
BOTH_MODES(e2e_signals, a_signal_has_its_default_effect_on_main)
{
	static const int fatal[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGILL,	 SIGTRAP, SIGABRT,
				     SIGBUS,  SIGFPE,  SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE,
				     SIGALRM, SIGTERM, SIGSYS,	32,	 33,	  34 };

	for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) {
		if (is_emulators(fatal[i]))
			continue;
		start(mode, (const char *[]){ child_program("idle"), NULL }, NULL);
		WAIT_FOR(only_child(run.pid) > 0);
		kill(run.pid, fatal[i]);
		cr_expect(eq(int, run_wait(&run), 128 + fatal[i]));
		run_close(&run);
	}
}

BOTH_MODES(e2e_signals, sigkill_to_init_ends_it)
{
	start_siglog(mode, "-c", "15");
	kill(run.pid, SIGKILL);
	cr_expect(eq(int, run_wait(&run), 1000 + SIGKILL));
	if (mode == SUBREAPER) { /* main lives on */
		int main_pid = 0;
		sscanf(run.text, "ready %d", &main_pid);
		cr_assert(gt(int, main_pid, 1));
		kill(main_pid, SIGKILL);
	}
	run_close(&run);
}

/* ---- value and sender ------------------------------------------------------------- */

/* Another real user, who still may. */
static void send_value(pid_t init)
{
	union sigval value = { .sival_int = 123456789 };

	if (setresuid(1234, 0, 0) < 0 || sigqueue(init, SIGUSR1, value) < 0 ||
	    sigqueue(init, 40, value) < 0)
		_exit(95);
}

BOTH_MODES(e2e_signals, a_queued_signal_keeps_value_pid_and_uid)
{
	NEED_ROOT();
	start_siglog(mode, "-c", "15");
	int sender = send_from_inside(send_value);
	for (int i = 0; i < 2; i++) {
		struct taken t = next_taken();
		cr_expect(eq(int, t.signo, i ? 40 : SIGUSR1));
		cr_expect(eq(int, t.code, SI_QUEUE));
		cr_expect(eq(int, t.pid, sender));
		cr_expect(eq(int, t.uid, 1234));
		cr_expect(eq(int, t.value, 123456789));
	}
	finish();
}

/* From where init cannot see the sender its pid is 0. */
BOTH_MODES(e2e_signals, a_queued_signal_from_outside_keeps_its_value)
{
	start_siglog(mode, "-c", "15");
	cr_assert(zero(int, sigqueue(run.pid, SIGTERM, (union sigval){ .sival_int = -7 })));
	struct taken t = next_taken();
	cr_expect(eq(int, t.signo, SIGTERM));
	cr_expect(eq(int, t.code, SI_QUEUE));
	cr_expect(eq(int, t.pid, mode == PID1 ? 0 : (int)getpid()));
	cr_expect(eq(int, t.value, -7));
	cr_expect(zero(int, run_wait(&run)));
	run_close(&run);
}

enum { QUEUED = 1000 };
static const int queued_signals[] = { 35, 64, 34, 50 };

static void send_many(pid_t init)
{
	for (int i = 0; i < QUEUED; i++)
		if (sigqueue(init, queued_signals[i % 4], (union sigval){ .sival_int = i }) < 0)
			_exit(95);
}

/* They all wait in init's queue, which a stopped init does not read. */
BOTH_MODES(e2e_signals, a_thousand_queued_signals_keep_number_order_and_value)
{
	int next[65];

	for (int i = 0; i < 4; i++)
		next[queued_signals[i]] = i;
	start_siglog(mode, "-c", "15");
	kill(run.pid, SIGSTOP);
	cr_assert(holds(wait_state(run.pid, "T")));
	send_from_inside(send_many);
	kill(run.pid, SIGCONT);
	for (int i = 0; i < QUEUED;) {
		struct taken t = next_taken();
		if (t.signo == SIGCONT) /* the test's own */
			continue;
		cr_assert(ge(int, t.signo, 34));
		cr_assert(eq(int, t.value, next[t.signo]), "signal %d", t.signo);
		next[t.signo] += 4;
		i++;
	}
	finish();
}

/* The value is lost, the signal is not. */
BOTH_MODES(e2e_signals, a_full_queue_of_main_does_not_lose_a_signal)
{
	const struct rlimit none = { 0, 0 };
	int main_pid;

	start_siglog(mode, "-c", "15");
	WAIT_FOR((main_pid = only_child(run.pid)) > 0);
	cr_assert(zero(int, prlimit(main_pid, RLIMIT_SIGPENDING, &none, NULL)));
	cr_assert(zero(int, sigqueue(run.pid, 40, (union sigval){ .sival_int = 1 })));
	cr_expect(eq(int, next_taken().signo, 40));
	finish();
}

/* ---- the group ----------------------------------------------------------------------- */

static void start_family(enum mode mode, const char *option, const char *how)
{
	start(mode, (const char *[]){ option, child_program("family"), how, NULL }, NULL);
	expect_line(&run, "ready");
}

/*
 * Sends SIGUSR1, which main has to take once, and asserts who of the kids got it. The SIGTERM that
 * follows was sent after all of the first, so what the kids have pending then is all of it.
 */
static void expect_family(bool kid_1, bool kid_2)
{
	const bool expected[] = { kid_1, kid_2 };

	cr_assert(zero(int, kill(run.pid, SIGUSR1)));
	cr_expect(eq(str, (char *)read_line(&run), "main signal 10"));
	kill(run.pid, SIGTERM);
	cr_expect(eq(str, (char *)read_line(&run), "main signal 15"));
	for (int i = 0; i < 2; i++) {
		unsigned long long pending;
		int number;
		const char *line = read_line(&run);
		cr_assert(eq(int, sscanf(line, "kid %d pending %llx", &number, &pending), 2), "%s",
			  line);
		cr_expect(eq(int, number, i + 1));
		cr_expect(eq(int, (int)(pending >> (SIGUSR1 - 1) & 1), expected[i]), "kid %d",
			  number);
	}
	cr_expect(zero(int, run_wait(&run)));
	run_close(&run);
}

BOTH_MODES(e2e_signals, by_default_a_signal_goes_to_main_alone)
{
	start_family(mode, "--", "stay");
	expect_family(false, false);
}

BOTH_MODES(e2e_signals, with_g_a_signal_goes_to_the_whole_group)
{
	start_family(mode, "-g", "stay");
	expect_family(true, true);
}

BOTH_MODES(e2e_signals, with_g_and_then_c_a_signal_goes_to_main_alone)
{
	start_family(mode, "-gc", "stay");
	expect_family(false, false);
}

BOTH_MODES(e2e_signals, with_c_and_then_g_a_signal_goes_to_the_whole_group)
{
	start_family(mode, "-cg", "stay");
	expect_family(true, true);
}

static void set_tini_group(void)
{
	setenv("TINI_KILL_PROCESS_GROUP", "", 1);
}

BOTH_MODES(e2e_signals, with_tini_kill_process_group_a_signal_goes_to_the_whole_group)
{
	start(mode, (const char *[]){ child_program("family"), "stay", NULL }, set_tini_group);
	expect_line(&run, "ready");
	expect_family(true, true);
}

BOTH_MODES(e2e_signals, the_command_line_wins_over_tini_kill_process_group)
{
	start(mode, (const char *[]){ "-c", child_program("family"), "stay", NULL },
	      set_tini_group);
	expect_line(&run, "ready");
	expect_family(false, false);
}

BOTH_MODES(e2e_signals, with_g_a_main_that_left_its_group_gets_the_signal)
{
	start_family(mode, "-g", "leave");
	expect_family(false, false);
}

BOTH_MODES(e2e_signals, with_g_a_main_whose_group_is_gone_gets_the_signal)
{
	start_family(mode, "-g", "abandon");
	expect_family(false, false);
}

/* The group's signals would come back to init, again and again. */
Test(e2e_signals, with_g_a_main_that_joined_the_group_of_init_gets_the_signal_once)
{
	start_family(SUBREAPER, "-g", "join-init");
	expect_family(false, false);
}

/* ---- what must not matter ---------------------------------------------------------------- */

/* CAP_SETUID would do as well. */
static void drop_cap_kill(void)
{
	enum { KILL = 5, SETUID = 7 };

	if (prctl(PR_CAPBSET_DROP, KILL, 0, 0, 0) < 0 ||
	    prctl(PR_CAPBSET_DROP, SETUID, 0, 0, 0) < 0)
		_exit(99);
}

/* Main became another user, init may not signal it. */
BOTH_MODES(e2e_signals, a_main_out_of_reach_is_survived_with_one_warning)
{
	NEED_ROOT();
	/* Main is another user by its file. */
	char dir[4096], copy[4200], make[20000];
	snprintf(dir, sizeof dir, "%s", scratch_make());
	snprintf(copy, sizeof copy, "%s/other-user", dir);
	snprintf(make, sizeof make, "cp '%s' '%s' && chown 65534:65534 '%s' && chmod 4755 '%s'",
		 child_program("other-user"), copy, copy, copy);
	cr_assert(zero(int, system(make)));
	start(mode, (const char *[]){ copy, NULL }, drop_cap_kill);
	const char *first = read_line(&run);
	scratch_remove(dir);
	cr_assert(eq(str, (char *)first, "ready"));
	for (int i = 0; i < 3; i++) {
		kill(run.pid, SIGUSR1);
		kill(run.pid, SIGTERM);
		sigqueue(run.pid, SIGUSR2, (union sigval){ .sival_int = 1 });
		WAIT_FOR(strcmp(status_field(run.pid, "ShdPnd"), "0000000000000000") == 0);
	}
	cr_assert(eq(long, write(run.in, "\n", 1), 1L));
	cr_expect(eq(int, run_wait(&run), 5));
	const char *lines = read_stderr(&run);
	const char *newline = strchr(lines, '\n');
	cr_expect(holds(newline && newline[1] == '\0'), "not one line: '%s'", lines);
	cr_expect(holds(strstr(lines, "CAP_KILL")), "does not say what to do: '%s'", lines);
	run_close(&run);
}

/* With the pid of main in it, as an attacker would. */
BOTH_MODES(e2e_signals, a_forged_sigchld_is_harmless)
{
	start_siglog(mode, "-c", "15");
	for (int i = 0; i < 100; i++) {
		siginfo_t info = { .si_code = SI_QUEUE };
		info.si_pid = only_child(run.pid);
		info.si_status = 0;
		cr_assert(zero(int, kill(run.pid, SIGCHLD)));
		cr_assert(zero(int, (int)syscall(SYS_rt_sigqueueinfo, run.pid, SIGCHLD, &info)));
	}
	kill(run.pid, SIGUSR1);
	/* Main is there, and the first it hears of is this. */
	cr_expect(eq(int, next_taken().signo, SIGUSR1));
	finish();
}

/* Its own write to a log without a reader gives init a SIGPIPE: nobody's business. */
BOTH_MODES(e2e_signals, a_sigpipe_of_init_itself_does_not_reach_main)
{
	start(mode, (const char *[]){ "-vvvv", child_program("siglog"), NULL }, NULL);
	expect_line(&run, "ready");
	close(run.err);
	run.err = -1;
	for (int i = 0; i < 10; i++) {
		kill(run.pid, SIGUSR1);
		cr_expect(eq(int, next_taken().signo, SIGUSR1));
	}
	/* One that somebody sends is forwarded. */
	kill(run.pid, SIGPIPE);
	cr_expect(eq(int, next_taken().signo, SIGPIPE));
	finish();
}

/* ---- -p ----------------------------------------------------------------------------------- */

/* In the process in the middle: starts siglog under "pidone -p SIGNAL", tells, and waits. */
static _Noreturn void be_parent(enum mode mode, const char *signo, int tell, int wait)
{
	char c;

	start(mode, (const char *[]){ "-p", signo, child_program("siglog"), NULL }, NULL);
	expect_line(&run, "ready");
	if (write(tell, &run, sizeof run) != sizeof run || read(wait, &c, 1) < 0)
		_exit(98);
	_exit(0);
}

/*
 * Starts "pidone -p SIGNAL -- siglog" by a process that ends once main is there: init, orphaned,
 * becomes the test's own child. Returns main's pid, as it sees it itself.
 */
static int start_and_lose_parent(enum mode mode, const char *signo)
{
	int tell[2], wait[2], main_pid = 0;
	char file[64];

	cr_assert(zero(int, pipe2(tell, O_CLOEXEC)));
	cr_assert(zero(int, pipe2(wait, O_CLOEXEC)));
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid_t parent = fork_or_die();
	if (parent == 0) {
		close(wait[1]);
		be_parent(mode, signo, tell[1], wait[0]);
	}
	for (size_t got = 0; got < sizeof run;) {
		struct pollfd ready = { .fd = tell[0], .events = POLLIN };
		cr_assert(eq(int, poll(&ready, 1, WAIT_MS), 1));
		ssize_t n = read(tell[0], (char *)&run + got, sizeof run - got);
		cr_assert(gt(long, n, 0L));
		got += (size_t)n;
	}
	/* Its ends of the pipes, to be had as long as it lives. */
	int *const ends[] = { &run.in, &run.out, &run.err };
	for (int i = 0; i < 3; i++) {
		snprintf(file, sizeof file, "/proc/%d/fd/%d", (int)parent, *ends[i]);
		*ends[i] = open(file, (i ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
		cr_assert(ge(int, *ends[i], 0));
	}
	sscanf(run.text, "ready %d", &main_pid);
	close(wait[1]);
	waitpid(parent, NULL, 0);
	return main_pid;
}

BOTH_MODES(e2e_signals, with_p_the_death_of_the_parent_reaches_main)
{
	start_and_lose_parent(mode, "USR1");
	cr_expect(eq(int, next_taken().signo, SIGUSR1));
	finish();
}

BOTH_MODES(e2e_signals, p_takes_a_realtime_signal)
{
	start_and_lose_parent(mode, "SIGRTMIN+3");
	cr_expect(eq(int, next_taken().signo, 37));
	finish();
}

Test(e2e_signals, with_p_kill_the_death_of_the_parent_ends_init_and_main)
{
	int wstatus, main_pid = start_and_lose_parent(SUBREAPER, "KILL");

	cr_expect(eq(int, run_wait(&run), 1000 + SIGKILL));
	cr_assert(holds(pid_ended(main_pid, WAIT_MS)));
	cr_expect(eq(int, waitpid(main_pid, &wstatus, 0), main_pid));
	cr_expect(eq(int, WTERMSIG(wstatus), SIGKILL));
	run_close(&run);
}

Test(e2e_signals, with_p_main_gets_the_signal_when_init_is_killed)
{
	int main_pid;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	start(SUBREAPER, (const char *[]){ "-p", "USR2", child_program("siglog"), NULL }, NULL);
	cr_assert(eq(int, sscanf(expect_line(&run, "ready"), "ready %d", &main_pid), 1));
	kill(run.pid, SIGKILL);
	cr_expect(eq(int, next_taken().signo, SIGUSR2));
	cr_expect(eq(int, run_wait(&run), 1000 + SIGKILL));
	kill(main_pid, SIGKILL);
	waitpid(main_pid, NULL, 0);
	run_close(&run);
}

Test(e2e_signals, without_p_main_outlives_an_init_that_is_killed)
{
	int main_pid;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	start(SUBREAPER, (const char *[]){ child_program("siglog"), NULL }, NULL);
	cr_assert(eq(int, sscanf(expect_line(&run, "ready"), "ready %d", &main_pid), 1));
	kill(run.pid, SIGKILL);
	cr_expect(eq(int, run_wait(&run), 1000 + SIGKILL));
	cr_expect(eq(int, (int)only_child(getpid()), main_pid));
	/* The first signal that comes to it is the test's. */
	kill(main_pid, SIGTERM);
	cr_expect(eq(int, next_taken().signo, SIGTERM));
	waitpid(main_pid, NULL, 0);
	run_close(&run);
}
