/* SPDX-License-Identifier: MIT */
/* parse_time: what it takes, that no deadline is shorter than asked for, nor much longer. */
#define _GNU_SOURCE
#include "fuzz.h"
#include "pidone.h"

/* Milliseconds of a unit; 0 where it is none. */
static int64_t unit_ms(const char *unit)
{
	return !*unit || !strcmp(unit, "s") ? 1000
	       : !strcmp(unit, "ms")	    ? 1
	       : !strcmp(unit, "m")	    ? 60000
	       : !strcmp(unit, "h")	    ? 3600000
					    : 0;
}

/*
 * The time as a fraction asked / of of milliseconds, from the grammar in pidone.h and not as the
 * product does it. Digits past the 15th of the fraction only tell that there is more.
 */
static bool oracle(const char *text, __int128 *asked, __int128 *of, bool *more)
{
	size_t whole = strspn(text, "0123456789"), fraction = 0;
	__int128 value = 0;

	*of = 1;
	*more = false;
	if (whole == 0)
		return false;
	for (size_t i = 0; i < whole; i++) {
		value = value * 10 + (text[i] - '0');
		if (value > 999999)
			return false;
	}
	text += whole;
	if (*text == '.') {
		fraction = strspn(++text, "0123456789");
		if (fraction == 0)
			return false;
	}
	for (size_t i = 0; i < fraction; i++)
		if (i < 15) {
			value = value * 10 + (text[i] - '0');
			*of *= 10;
		} else if (text[i] != '0') {
			*more = true;
		}
	*asked = value * unit_ms(text + fraction);
	return unit_ms(text + fraction) != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	int64_t ms = -77;
	__int128 asked, of;
	bool more;

	if (!oracle(text, &asked, &of, &more)) {
		CHECK(!parse_time(text, &ms));
		CHECK(ms == -77);
	} else {
		CHECK(parse_time(text, &ms));
		CHECK(ms >= 0 && ms <= INT64_C(3600000) * 1000000);
		CHECK(ms * of >= asked + more);
		/* A millionth of an hour is 3.6 ms: that much it may be rounded up. */
		CHECK((ms - 5) * of < asked);
		/* Whole milliseconds are taken as they are. */
		if (!more && asked % of == 0 && of <= 1000000)
			CHECK(ms == asked / of);
	}
	free(text);
	return 0;
}
