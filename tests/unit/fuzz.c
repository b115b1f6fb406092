/* SPDX-License-Identifier: MIT */
/* What fuzzing found, each as a case of its own; the inputs are in tests/fuzz/corpus too. */
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <limits.h>
#include <stdio.h>

TestSuite(unit_fuzz, .timeout = 30);

Test(unit_fuzz, a_long_fraction_of_an_hour_is_not_cut_to_millionths)
{
	int64_t ms;

	cr_assert(parse_time("0.9999999h", &ms));
	cr_assert(ge(i64, ms, 3600000)); /* 3599999.64 is what was asked for */
	cr_assert(parse_time("1.9999999999999999999h", &ms));
	cr_assert(ge(i64, ms, 7200000));
	cr_assert(parse_time("1.99999999m", &ms));
	cr_assert(ge(i64, ms, 120000));
}

/* On 32-bit machines LISTEN_PID=4294967297 was taken for pid 1. */
Test(unit_fuzz, a_number_beyond_long_is_refused)
{
	static const char *const numbers[] = {
		"9223372036854775808",
		"9223372036854775817",
		"18446744073709551617",
		"4294967297999999999999",
	};

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		const char *text = numbers[i];
		cr_assert(eq(long, parse_number(&text, LONG_MAX), -1), "%s", numbers[i]);
		cr_assert(eq(ptr, (void *)text, (void *)numbers[i]), "%s", numbers[i]);
	}
}

Test(unit_fuzz, the_highest_number_is_taken)
{
	char digits[32];
	const char *text = digits;

	snprintf(digits, sizeof digits, "%ld", LONG_MAX);
	cr_assert(eq(long, parse_number(&text, LONG_MAX), LONG_MAX));
	text = "64";
	cr_assert(eq(long, parse_number(&text, 64), 64));
	text = "65";
	cr_assert(eq(long, parse_number(&text, 64), -1));
}
