/* SPDX-License-Identifier: MIT */
/* clock.c: the clock and the timer. */
#define _GNU_SOURCE
#include "child.h"
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

TestSuite(clock, .timeout = 60);

Test(clock, now_ms_is_the_monotonic_clock)
{
	struct timespec time;
	int64_t before = now_ms();

	clock_gettime(CLOCK_MONOTONIC, &time);
	int64_t between = (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
	int64_t after = now_ms();
	cr_expect(le(i64, before, between));
	cr_expect(le(i64, between, after));
}

Test(clock, nap_lasts_as_long_as_it_should)
{
	int64_t before = now_ms();

	nap(20);
	cr_expect(ge(i64, now_ms() - before, 20));
}

/* ---- the timer --------------------------------------------------------------------------- */

static void block_all(void)
{
	struct signal_mask inherited;

	block_signals(&inherited);
}

/* The si_code of the next SIGCHLD, or 0 if none comes. */
static int next_sigchld(void)
{
	siginfo_t info;
	sigset_t sigchld;

	sigemptyset(&sigchld);
	sigaddset(&sigchld, SIGCHLD);
	info.si_code = 0;
	sigtimedwait(&sigchld, &info, &(struct timespec){ .tv_sec = WAIT_MS / 1000 });
	return info.si_code;
}

/* Two SIGCHLDs that are pending are one, if both are of children. */
static int timer_beside_a_sigchld(void)
{
	int timer = NO_TIMER;

	for (int i = 0; i < 2; i++) {
		CHECK(1, kill(getpid(), SIGCHLD) == 0);
		CHECK(2, set_timer(&timer, 1) == 0 && timer != NO_TIMER);
		nap(2);
		CHECK(3, next_sigchld() == SI_USER);
		CHECK(4, next_sigchld() == SI_TIMER);
	}
	return 0;
}

Test(clock, the_end_of_a_timer_is_not_lost_in_a_sigchld_that_is_pending)
{
	in_child(block_all, timer_beside_a_sigchld);
}

static int timer_that_is_stopped(void)
{
	struct itimerspec left;
	int timer = NO_TIMER;

	CHECK(1, set_timer(&timer, 999) == 0);
	CHECK(2, syscall(SYS_timer_gettime, timer, &left) == 0 && left.it_value.tv_nsec > 0);
	CHECK(3, left.it_interval.tv_sec == 0 && left.it_interval.tv_nsec == 0);
	CHECK(4, set_timer(&timer, 0) == 0);
	CHECK(5, syscall(SYS_timer_gettime, timer, &left) == 0);
	CHECK(6, left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0);
	return 0;
}

Test(clock, a_timer_can_be_stopped)
{
	in_child(block_all, timer_that_is_stopped);
}

static int timer_without_a_place_in_the_queue(void)
{
	int timer = NO_TIMER;

	CHECK(1, setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){ 0, 0 }) == 0);
	CHECK(2, set_timer(&timer, 1) == -1 && timer == NO_TIMER);
	return 0;
}

Test(clock, a_timer_that_cannot_be_made_is_no_timer)
{
	in_child(NULL, timer_without_a_place_in_the_queue);
}
