/* SPDX-License-Identifier: MIT */
/* end.c: states, deadlines, statuses; each with an init made by hand, in a child of the test's own.
 */
#define _GNU_SOURCE
#include "child.h"
#include "deny.h"
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(end, .timeout = 60);

/* A subreaper as init is: a session of its own, all signals blocked. */
static void be_init(void)
{
	struct signal_mask inherited;

	setsid();
	message_verbosity(LEVEL_ERROR);
	become_subreaper();
	block_signals(&inherited);
}

static void as_init(int (*body)(void))
{
	in_child(be_init, body);
}

static struct options options;

/* An init whose main is running, with the options above. */
static struct init fresh(void)
{
	options = (struct options){ .grace_ms = NO_TIME,
				    .kill_after_ms = NO_TIME,
				    .stop_signals = SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGINT) };
	return (struct init){ .options = &options,
			      .pid = getpid(),
			      .sfd = -1,
			      .deadline = NO_TIME,
			      .timer = NO_TIMER,
			      .report = { .fd = -1, .oom_fd = -1 } };
}

enum { LONG_MS = 1000000 };

/* A deadline that has LONG_MS or a little less left. */
static bool is_nearly(int64_t left, int64_t ms)
{
	return left <= ms && left > ms - WAIT_MS;
}

/* ---- deadlines ------------------------------------------------------------------------- */

Test(end, without_a_deadline_the_loop_sleeps_for_ever)
{
	struct init init = fresh();

	cr_expect(eq(i64, time_left(&init), NO_TIME));
	cr_expect(holds(!has_passed(&init, false)));
	cr_expect(holds(!has_passed(&init, true)));
	enter(&init, WAITING, NO_TIME);
	cr_expect(eq(int, init.state, WAITING));
	cr_expect(eq(i64, time_left(&init), NO_TIME));
	cr_expect(holds(!has_passed(&init, true)));
}

Test(end, a_deadline_is_counted_from_the_moment_of_entering)
{
	struct init init = fresh();

	enter(&init, DRAINING, LONG_MS);
	cr_expect(eq(int, init.state, DRAINING));
	cr_expect(holds(is_nearly(time_left(&init), LONG_MS)));
	cr_expect(holds(!has_passed(&init, false)));
	/* A poll that was for something else says nothing about this one. */
	cr_expect(holds(!has_passed(&init, true)));
	enter(&init, KILLING, 0);
	cr_expect(zero(i64, time_left(&init)));
	cr_expect(holds(has_passed(&init, false)));
	enter(&init, WAITING, NO_TIME);
	cr_expect(holds(!has_passed(&init, true)));
}

Test(end, the_longest_time_of_an_option_is_no_overflow)
{
	struct init init = fresh();
	int64_t ms;

	cr_assert(parse_time("999999h", &ms));
	enter(&init, DRAINING, ms);
	cr_expect(holds(is_nearly(time_left(&init), ms)));
	cr_expect(holds(!has_passed(&init, true)));
}

/* What is left of -t's time is for the children from before main. */
Test(end, done_keeps_the_deadline_that_there_was)
{
	struct init init = fresh();

	enter(&init, DRAINING, LONG_MS);
	enter(&init, DONE, NO_TIME);
	cr_expect(eq(int, init.state, DONE));
	cr_expect(holds(is_nearly(time_left(&init), LONG_MS)));
}

Test(end, the_loop_sleeps_no_longer_than_a_nap_where_nothing_would_wake_it)
{
	struct init init = fresh();

	init.wait_failed = true;
	cr_expect(eq(i64, time_left(&init), NAP_MS));
	init.wait_failed = false;
	init.asks = true;
	cr_expect(eq(i64, time_left(&init), NAP_MS));
	enter(&init, DRAINING, LONG_MS);
	cr_expect(eq(i64, time_left(&init), NAP_MS));
	enter(&init, KILLING, 0);
	cr_expect(zero(i64, time_left(&init)));
	init.asks = false;
	enter(&init, DRAINING, LONG_MS);
	cr_expect(gt(i64, time_left(&init), NAP_MS));
}

/* ---- a clock that fails ---------------------------------------------------------------------- */

static int deadlines_without_a_clock(void)
{
	struct init init = fresh();

	CHECK(1, deny(&(struct call){ SYS_clock_gettime, ANY, 0, EPERM }));
	CHECK(2, now_ms() == NO_TIME);
	CHECK(3, time_left(&init) == NO_TIME && !has_passed(&init, true));
	/* All of it, each time; it is over when the poll that waited for it times out. */
	enter(&init, DRAINING, LONG_MS);
	CHECK(4, time_left(&init) == LONG_MS);
	CHECK(5, !has_passed(&init, false));
	CHECK(6, has_passed(&init, true));
	enter(&init, KILLING, 0);
	CHECK(7, time_left(&init) == 0 && has_passed(&init, false));
	enter(&init, WAITING, NO_TIME);
	CHECK(8, time_left(&init) == NO_TIME && !has_passed(&init, true));
	return 0;
}

static int clock_that_fails_later(void)
{
	struct init init = fresh();

	enter(&init, DRAINING, LONG_MS);
	CHECK(1, deny(&(struct call){ SYS_clock_gettime, ANY, 0, EPERM }));
	CHECK(2, time_left(&init) == LONG_MS && !has_passed(&init, false));
	CHECK(3, has_passed(&init, true));
	return 0;
}

/* Only the call at the beginning of the time failed. */
Test(end, a_deadline_that_the_clock_could_not_tell_is_not_over_at_once)
{
	struct init init = fresh();

	enter(&init, DRAINING, LONG_MS);
	init.deadline = 0;
	cr_expect(eq(i64, time_left(&init), LONG_MS));
	cr_expect(holds(!has_passed(&init, false)));
	cr_expect(holds(has_passed(&init, true)));
}

Test(end, without_a_clock_a_wait_that_timed_out_is_the_deadline)
{
	NEED_SECCOMP();
	as_init(deadlines_without_a_clock);
	as_init(clock_that_fails_later);
}

/* ---- the end of main ------------------------------------------------------------------------ */

enum { EXIT_7 = 7 << 8 };

static int main_ends_by_default(void)
{
	struct init init = fresh();

	end_of_main(&init, EXIT_7);
	CHECK(1, init.state == DONE && init.wstatus == EXIT_7);
	CHECK(2, final_status(&init) == 7);
	return 0;
}

static int main_ends_with_grace(void)
{
	struct init init = fresh();

	options.grace_ms = LONG_MS;
	end_of_main(&init, EXIT_7);
	CHECK(1, init.state == DRAINING && is_nearly(time_left(&init), LONG_MS));
	return 0;
}

static int main_ends_with_wait_all(void)
{
	struct init init = fresh();

	options.wait_all = true;
	end_of_main(&init, EXIT_7);
	CHECK(1, init.state == WAITING && time_left(&init) == NO_TIME);
	/* With -t too it is the first stop signal that starts the drain. */
	init = fresh();
	options.wait_all = true;
	options.grace_ms = LONG_MS;
	end_of_main(&init, EXIT_7);
	CHECK(2, init.state == WAITING && time_left(&init) == NO_TIME);
	/* One came before. */
	init = fresh();
	options.wait_all = true;
	options.grace_ms = LONG_MS;
	note_stop_signal(&init, SIGQUIT);
	end_of_main(&init, EXIT_7);
	CHECK(3, init.state == DRAINING && is_nearly(time_left(&init), LONG_MS));
	return 0;
}

Test(end, the_end_of_main_leads_where_the_options_say)
{
	as_init(main_ends_by_default);
	as_init(main_ends_with_grace);
	as_init(main_ends_with_wait_all);
}

/* A child that blocks all signals, in a group of its own. */
static pid_t blocked_child(void)
{
	int ready[2];
	char c;

	if (pipe(ready) < 0)
		_exit(90);
	pid_t pid = fork_or_die();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		if (write(ready[1], "", 1) != 1)
			_exit(91);
		for (;;)
			pause();
	}
	if (read(ready[0], &c, 1) != 1)
		_exit(92);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

/* What has come to it so far; CONT is always ignored where it is not caught, and not kept. */
static unsigned long long pending(pid_t pid)
{
	const char *field = status_field(pid, "ShdPnd");

	return strtoull(field, NULL, 16) & ~SIGNAL_BIT(SIGCONT);
}

static const struct signalfd_siginfo quit = { .ssi_signo = SIGQUIT, .ssi_code = SI_USER };
static const struct signalfd_siginfo term = { .ssi_signo = SIGTERM, .ssi_code = SI_USER };
static const struct signalfd_siginfo interrupt = { .ssi_signo = SIGINT, .ssi_code = SI_USER };

/* -a -t and -S QUIT, nginx started as a daemon: what came is what they get. */
static int rest_gets_what_came(void)
{
	struct init init = fresh();
	pid_t daemon = blocked_child();

	options.wait_all = true;
	options.grace_ms = LONG_MS;
	options.stop_signals = SIGNAL_BIT(SIGQUIT);
	end_of_main(&init, 0);
	CHECK(1, init.state == WAITING && pending(daemon) == 0);
	signal_others(&init, &term);
	CHECK(2, init.state == WAITING && pending(daemon) == SIGNAL_BIT(SIGTERM));
	signal_others(&init, &quit);
	CHECK(3, init.state == DRAINING && is_nearly(time_left(&init), LONG_MS));
	CHECK(4, pending(daemon) == (SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGQUIT)));
	return 0;
}

/* The same that came while main was alive, as -r makes it; 0: it was dropped. */
static int rest_gets_what_had_come(int signo)
{
	struct init init = fresh();
	pid_t daemon = blocked_child();

	options.wait_all = true;
	note_stop_signal(&init, signo);
	end_of_main(&init, 0);
	CHECK(1, init.state == WAITING);
	CHECK(2, pending(daemon) == (signo ? SIGNAL_BIT(signo) : 0));
	return 0;
}

/* With -t it is the signal of the drain; SIGTERM where -r dropped the one that came. */
static int drain_without_a_signal(void)
{
	struct init init = fresh();
	pid_t daemon = blocked_child();

	options.wait_all = true;
	options.grace_ms = LONG_MS;
	note_stop_signal(&init, 0);
	end_of_main(&init, 0);
	CHECK(1, init.state == DRAINING && pending(daemon) == SIGNAL_BIT(SIGTERM));
	return 0;
}

static int rest_gets_usr1(void)
{
	return rest_gets_what_had_come(SIGUSR1);
}

static int rest_gets_none(void)
{
	return rest_gets_what_had_come(0);
}

Test(end, with_wait_all_the_rest_gets_the_stop_signal_that_came)
{
	as_init(rest_gets_what_came);
	as_init(rest_gets_usr1);
	as_init(rest_gets_none);
	as_init(drain_without_a_signal);
}

/* -g: the group has had it with main. */
static int nobody_is_told_twice(void)
{
	struct init init = fresh();
	pid_t told = blocked_child(), other = blocked_child();

	options.grace_ms = LONG_MS;
	note_stop_signal(&init, SIGTERM);
	note_told(&init, told);
	end_of_main(&init, 0);
	CHECK(1, init.state == DRAINING);
	CHECK(2, pending(told) == 0 && pending(other) == SIGNAL_BIT(SIGTERM));
	return 0;
}

Test(end, who_has_had_the_stop_signal_gets_no_second_one)
{
	as_init(nobody_is_told_twice);
}

Test(end, the_first_stop_signal_is_the_one_that_counts)
{
	struct init init = fresh();

	note_stop_signal(&init, SIGQUIT);
	note_stop_signal(&init, SIGTERM);
	cr_expect(eq(int, init.stop_signal, SIGQUIT));
	init = fresh();
	note_stop_signal(&init, 0);
	note_stop_signal(&init, SIGTERM);
	cr_expect(zero(int, init.stop_signal), "it was dropped, and stays so");
	cr_expect(holds(init.stop_signal_came));
}

/* ---- while the grace runs ------------------------------------------------------------------- */

static int engines_repeat(void)
{
	struct init init = fresh();
	pid_t child = blocked_child();

	options.grace_ms = LONG_MS;
	note_stop_signal(&init, SIGTERM);
	end_of_main(&init, 0);
	signal_others(&init, &term);
	CHECK(1, init.state == DRAINING && pending(child) == SIGNAL_BIT(SIGTERM));
	return 0;
}

/* ^C during a drain that a stop signal began. */
static int in_a_hurry(void)
{
	struct init init = fresh();
	int wstatus;
	pid_t child = blocked_child();

	options.grace_ms = LONG_MS;
	note_stop_signal(&init, SIGTERM);
	end_of_main(&init, 0);
	signal_others(&init, &interrupt);
	CHECK(1, init.state == KILLING);
	CHECK(2, waitpid(child, &wstatus, 0) == child && WTERMSIG(wstatus) == SIGKILL);
	return 0;
}

/* They are being killed already. */
static int hurry_while_killing(void)
{
	struct init init = fresh();

	blocked_child();
	note_stop_signal(&init, SIGTERM);
	enter(&init, KILLING, LONG_MS);
	signal_others(&init, &interrupt);
	CHECK(1, init.state == KILLING && is_nearly(time_left(&init), LONG_MS));
	return 0;
}

/* Nobody has asked before: the second one is the person in a hurry. */
static int second_interrupt(void)
{
	struct init init = fresh();
	int wstatus;
	pid_t child = blocked_child();

	options.grace_ms = LONG_MS;
	end_of_main(&init, 0);
	signal_others(&init, &interrupt);
	CHECK(1, init.state == DRAINING);
	signal_others(&init, &interrupt);
	CHECK(2, init.state == KILLING);
	CHECK(3, waitpid(child, &wstatus, 0) == child && WTERMSIG(wstatus) == SIGKILL);
	return 0;
}

Test(end, sigint_ends_the_grace_of_a_stop_signal_and_others_do_not)
{
	as_init(engines_repeat);
	as_init(in_a_hurry);
	as_init(hurry_while_killing);
	as_init(second_interrupt);
}

/* ---- deadlines that pass -------------------------------------------------------------------- */

static int main_is_killed(void)
{
	struct init init = fresh();
	int wstatus;

	init.main_pid = blocked_child();
	enter(&init, RUNNING, 0);
	deadline_passed(&init);
	CHECK(1, init.state == RUNNING && init.main_killed && init.deadline != NO_TIME);
	CHECK(2, waitpid(init.main_pid, &wstatus, 0) == init.main_pid);
	CHECK(3, WTERMSIG(wstatus) == SIGKILL);
	/* One that SIGKILL cannot end counts as ended a second later. */
	deadline_passed(&init);
	CHECK(4, init.state == DONE && init.wstatus == SIGKILL && final_status(&init) == 137);
	return 0;
}

static int rest_is_killed(void)
{
	struct init init = fresh();
	int wstatus;
	pid_t child = blocked_child();

	enter(&init, DRAINING, 0);
	deadline_passed(&init);
	CHECK(1, init.state == KILLING && init.deadline != NO_TIME);
	CHECK(2, waitpid(child, &wstatus, 0) == child && WTERMSIG(wstatus) == SIGKILL);
	deadline_passed(&init);
	CHECK(3, init.state == DONE);
	return 0;
}

Test(end, a_deadline_that_passes_kills_and_the_next_one_gives_up)
{
	as_init(main_is_killed);
	as_init(rest_is_killed);
}

/* ---- nobody left ---------------------------------------------------------------------------- */

static int nobody_left(void)
{
	static const enum state states[] = { WAITING, DRAINING, KILLING };

	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		struct init init = fresh();
		enter(&init, states[i], LONG_MS);
		after_reaping(&init, REAP_NONE);
		CHECK(10 + (int)i, init.state == states[i]);
		after_reaping(&init, REAP_EXITED);
		CHECK(20 + (int)i, init.state == states[i]);
		after_reaping(&init, REAP_EMPTY);
		CHECK(30 + (int)i, init.state == DONE);
	}
	return 0;
}

/* It cannot be while main runs, or it failed: asked again after a nap. */
static int waiting_failed(void)
{
	struct init init = fresh();

	after_reaping(&init, REAP_EMPTY);
	CHECK(1, init.state == RUNNING && init.wait_failed && time_left(&init) == NAP_MS);
	after_reaping(&init, REAP_NONE);
	CHECK(2, !init.wait_failed && time_left(&init) == NO_TIME);
	enter(&init, WAITING, NO_TIME);
	errno = EINVAL;
	after_reaping(&init, REAP_FAILED);
	CHECK(3, init.state == WAITING && init.wait_failed && time_left(&init) == NAP_MS);
	return 0;
}

/* Children from before main are there still, and are none of the rest. */
static int only_earlier_ones_left(void)
{
	struct init init = fresh();
	pid_t pump = blocked_child();

	nap(20);
	init.rest.since = ticks_now();
	enter(&init, WAITING, NO_TIME);
	after_reaping(&init, REAP_NONE);
	CHECK(1, init.state == DONE && pending(pump) == 0);
	nap(20);
	blocked_child();
	enter(&init, WAITING, NO_TIME);
	after_reaping(&init, REAP_NONE);
	CHECK(2, init.state == WAITING);
	return 0;
}

Test(end, none_left_is_the_end_and_what_failed_is_not)
{
	as_init(nobody_left);
	as_init(waiting_failed);
	as_init(only_earlier_ones_left);
}

/* ---- the status ----------------------------------------------------------------------------- */

Test(end, the_status_is_mains)
{
	struct init init = fresh();

	init.wstatus = EXIT_7;
	init.last_wstatus = 9 << 8;
	cr_expect(eq(int, final_status(&init), 7));
	init.wstatus = 0;
	cr_expect(zero(int, final_status(&init)), "without -a nobody else's");
	options.wait_all = true;
	init.wstatus = EXIT_7;
	cr_expect(eq(int, final_status(&init), 7));
}

Test(end, with_wait_all_and_a_main_that_ended_with_0_it_is_that_of_the_last)
{
	struct init init = fresh();

	options.wait_all = true;
	init.last_wstatus = SIGSEGV;
	cr_expect(eq(int, final_status(&init), 139));
	init.stop_signal_came = true;
	cr_expect(zero(int, final_status(&init)), "it was asked to end");
	init.stop_signal_came = false;
	cr_assert(holds(parse_status_list("139", options.remap_exit)));
	cr_expect(zero(int, final_status(&init)), "-e applies to it too");
}

Test(end, a_pause_ends_with_0)
{
	struct init init = fresh();

	options.pause = true;
	init.wstatus = EXIT_7;
	cr_expect(zero(int, final_status(&init)));
}

/* ---- the very end --------------------------------------------------------------------------- */

/* A log pump: it ends at the end of its input, which is what init has as stdout. */
static pid_t start_pump(void)
{
	int ends[2];
	char c;

	if (pipe(ends) < 0)
		_exit(90);
	pid_t pid = fork_or_die();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int fd = 0; fd <= 2; fd++)
			close(fd);
		close(ends[1]);
		_exit(read(ends[0], &c, 1) == 0 ? 0 : 1);
	}
	close(ends[0]);
	if (dup2(ends[1], STDOUT_FILENO) < 0)
		_exit(91);
	close(ends[1]);
	return pid;
}

static int pump_ends(void)
{
	struct init init = fresh();
	pid_t pump = start_pump();

	options.grace_ms = LONG_MS;
	init.sfd = open_signalfd();
	wait_for_earlier_children(&init);
	CHECK(1, waitpid(pump, NULL, WNOHANG) < 0 && errno == ECHILD);
	return 0;
}

/* Somebody else holds it open: within what is left of the time. */
static int pump_that_does_not_end(void)
{
	struct init init = fresh();
	pid_t pump = blocked_child();

	options.grace_ms = 0;
	init.sfd = open_signalfd();
	wait_for_earlier_children(&init);
	CHECK(1, waitpid(pump, NULL, WNOHANG) == 0);
	CHECK(2, pending(pump) == 0);
	return 0;
}

static int pump_and_a_hurry(void)
{
	struct init init = fresh();
	pid_t pump = blocked_child();

	options.grace_ms = LONG_MS;
	init.sfd = open_signalfd();
	kill(getpid(), SIGTERM);
	kill(getpid(), SIGINT);
	wait_for_earlier_children(&init);
	CHECK(1, waitpid(pump, NULL, WNOHANG) == 0);
	return 0;
}

Test(end, children_from_before_main_get_their_end_of_file_and_the_time_that_is_left)
{
	as_init(pump_ends);
	as_init(pump_that_does_not_end);
	as_init(pump_and_a_hurry);
}

/* It ended behind the last waitpid: its status may be what init ends with. */
static int last_one_ends_late(void)
{
	struct init init = fresh();
	siginfo_t ended;
	pid_t pid = fork_or_die();

	if (pid == 0)
		_exit(3);
	init.state = WAITING;
	init.rest.since = ticks_now();
	CHECK(1, waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT) == 0);
	after_reaping(&init, REAP_NONE);
	CHECK(2, init.state == WAITING);
	CHECK(3, waitpid(pid, NULL, 0) == pid);
	after_reaping(&init, REAP_NONE);
	CHECK(4, init.state == DONE);
	return 0;
}

Test(end, a_zombie_that_was_not_seen_yet_is_waited_for)
{
	as_init(last_one_ends_late);
}

/* What a process ends of that calls die_as_main(). */
static int ends_of(bool shares_group, int typed, int wstatus, int status, pid_t init_pid)
{
	int ended;
	pid_t pid = fork_or_die();

	if (pid == 0) {
		struct signal_mask inherited;
		struct init init = fresh();
		options.command = (char *[]){ (char[]){ "main" }, NULL };
		block_signals(&inherited);
		init.pid = init_pid ? init_pid : getpid();
		init.shares_group = shares_group;
		init.typed = typed ? SIGNAL_BIT(typed) : 0;
		end_of_main(&init, wstatus);
		die_as_main(&init, status);
		exit_child(status);
	}
	cr_assert(eq(int, waitpid(pid, &ended, 0), pid));
	return WIFSIGNALED(ended) ? 1000 + WTERMSIG(ended) : WEXITSTATUS(ended);
}

Test(end, init_dies_of_what_was_typed_and_killed_main)
{
	cr_expect(eq(int, ends_of(true, SIGINT, SIGINT, 130, 0), 1000 + SIGINT));
	cr_expect(eq(int, ends_of(true, SIGQUIT, SIGQUIT | 0x80, 131, 0), 1000 + SIGQUIT));
	/* Main caught it and exited. */
	cr_expect(eq(int, ends_of(true, SIGINT, 130 << 8, 130, 0), 130));
	/* It was not typed. */
	cr_expect(eq(int, ends_of(true, 0, SIGINT, 130, 0), 130));
	cr_expect(eq(int, ends_of(false, SIGINT, SIGINT, 130, 0), 130));
	cr_expect(eq(int, ends_of(true, SIGTERM, SIGTERM, 143, 0), 143));
	/* -e wants another status. */
	cr_expect(eq(int, ends_of(true, SIGINT, SIGINT, 0, 0), 0));
	/* PID 1 cannot. */
	cr_expect(eq(int, ends_of(true, SIGINT, SIGINT, 130, 1), 130));
}
