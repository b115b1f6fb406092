/* SPDX-License-Identifier: MIT */
/* clock.c: the clock. */
#define _GNU_SOURCE
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <time.h>

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
