/* SPDX-License-Identifier: MIT */
/* signal_number, signal_name, parse_number: both ways, and against the rules written down again. */
#define _GNU_SOURCE
#include "fuzz.h"
#include "pidone.h"

#include <ctype.h>
#include <limits.h>

/* libc knows the names up to 31; it has none for what is its own, 32 and 33. */
static int libc_number(const char *name)
{
	for (int signo = 1; signo < 32; signo++) {
		const char *abbreviation = sigabbrev_np(signo);
		if (abbreviation && strcmp(abbreviation, name) == 0)
			return signo;
	}
	return !strcmp(name, "IOT")			      ? SIGABRT
	       : !strcmp(name, "CLD")			      ? SIGCHLD
	       : !strcmp(name, "POLL") || !strcmp(name, "IO") ? SIGIO
							      : 0;
}

static int oracle(const char *text)
{
	char name[SIGNAL_NAME_MAX];
	size_t len = strlen(text);

	if (fuzz_digits(text, len)) {
		unsigned long number = strtoul(text, NULL, 10);
		return number > 64 ? 0 : (int)number;
	}
	for (size_t i = 0; i <= len && i < sizeof name; i++)
		name[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 32 : text[i]);
	/* Leading zeros make an offset longer than any name: SIGRTMIN+000000003. */
	const char *bare = text;
	if (len >= 3 && !strncasecmp(bare, "SIG", 3))
		bare += 3;
	if (!strncasecmp(bare, "RTMIN", 5) || !strncasecmp(bare, "RTMAX", 5)) {
		int min = tolower((unsigned char)bare[3]) == 'i';
		if (!bare[5])
			return min ? 34 : 64;
		if (bare[5] != (min ? '+' : '-') || !fuzz_digits(bare + 6, strlen(bare + 6)))
			return 0;
		unsigned long offset = strtoul(bare + 6, NULL, 10);
		return offset > 30 ? 0 : min ? 34 + (int)offset : 64 - (int)offset;
	}
	if (len >= sizeof name)
		return 0;
	return libc_number(name + (bare - text));
}

static void check_number(const char *text, long max)
{
	const char *end = text;
	__int128 value = 0;
	size_t digits = strspn(text, "0123456789");
	long got = parse_number(&end, max);

	for (size_t i = 0; i < digits && value <= max; i++)
		value = value * 10 + (text[i] - '0');
	if (digits == 0 || value > max) {
		CHECK(got == -1);
		CHECK(end == text);
	} else {
		CHECK(got == value);
		CHECK(end == text + digits);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	char name[SIGNAL_NAME_MAX];
	int signo = signal_number(text);

	CHECK(signo >= 0 && signo <= SIGNAL_MAX);
	CHECK(signo == oracle(text));
	if (signo)
		CHECK(signal_number(signal_name(signo, name)) == signo);
	check_number(text, 64);
	check_number(text, 255);
	check_number(text, INT32_MAX);
	check_number(text, LONG_MAX);
	free(text);
	return 0;
}
