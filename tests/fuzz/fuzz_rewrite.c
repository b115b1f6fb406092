/* SPDX-License-Identifier: MIT */
/* parse_rewrite: rules, one a line, into one table; a refused one changes nothing. */
#define _GNU_SOURCE
#include "fuzz.h"
#include "pidone.h"

static void one_rule(char *rule, signed char *rewrite)
{
	signed char before[SIGNAL_MAX + 1];
	char *colon, *copy = strdup(rule);
	int from = 0, to = 0, drop = 0;

	CHECK(copy);
	memcpy(before, rewrite, sizeof before);
	if ((colon = strchr(copy, ':'))) {
		*colon = '\0';
		/* The product's buffer is for a signal's name: what is longer is none. */
		from = colon - copy < SIGNAL_NAME_MAX ? signal_number(copy) : 0;
		to = signal_number(colon + 1);
		drop = !strcmp(colon + 1, "0");
	}
	bool good = from && (to || drop) && from != SIGKILL && from != SIGSTOP && from != SIGCHLD;
	const char *wrong = parse_rewrite(rule, rewrite);
	CHECK(good == !wrong);
	if (good)
		before[from] = (signed char)(drop ? SIGNAL_DROP : to);
	else
		CHECK(*wrong);
	CHECK(memcmp(before, rewrite, sizeof before) == 0);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size), *rest = text;
	signed char *rewrite = calloc(SIGNAL_MAX + 1, 1);

	CHECK(rewrite);
	for (char *line; (line = strsep(&rest, "\n"));)
		one_rule(line, rewrite);
	for (int signo = 0; signo <= SIGNAL_MAX; signo++)
		CHECK(rewrite[signo] >= SIGNAL_DROP && rewrite[signo] <= SIGNAL_MAX);
	CHECK(!rewrite[0] && !rewrite[SIGKILL] && !rewrite[SIGSTOP] && !rewrite[SIGCHLD]);
	free(rewrite);
	free(text);
	return 0;
}
