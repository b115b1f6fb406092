/* SPDX-License-Identifier: MIT */
/* The clock and the timer. */

#define _GNU_SOURCE
#include "pidone.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

int64_t read_clock(clockid_t clock, int units)
{
	/* The raw call: libc's vDSO code is larger than the longest function of init. */
	long now[2];

	if (syscall(SYS_CLOCK_GETTIME, clock, now) < 0)
		return NO_TIME;
	return (int64_t)now[0] * units + now[1] / (1000000000 / units);
}

int64_t now_ms(void)
{
	return read_clock(CLOCK_MONOTONIC, 1000);
}

int64_t ticks_now(void)
{
	enum { USER_HZ = 100 }; /* the unit of /proc, the same on every machine of today */

	return read_clock(CLOCK_BOOTTIME, USER_HZ);
}

int set_timer(int *timer, int ms)
{
	struct sigevent sigchld = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGCHLD };
	long interval_and_time[4] = { 0, 0, 0, ms * 1000000L };

	/* The raw calls: libc's own are made for threads. */
	if (*timer == NO_TIMER && syscall(SYS_timer_create, CLOCK_MONOTONIC, &sigchld, timer) < 0)
		return -1;
	return (int)syscall(SYS_TIMER_SETTIME, *timer, 0, interval_and_time, NULL);
}

COLD void nap(int ms)
{
	/* Not poll(2): it may be the call that fails. The raw call: libc's own is larger. */
	syscall(SYS_nanosleep, (const long[]){ 0, ms * 1000000L }, NULL);
}
