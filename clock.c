/* SPDX-License-Identifier: MIT */
/* The clock. */

#define _GNU_SOURCE
#include "pidone.h"

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

COLD void nap(int ms)
{
	/* Not poll(2): it may be the call that fails. The raw call: libc's own is larger. */
	syscall(SYS_nanosleep, (const long[]){ 0, ms * 1000000L }, NULL);
}
