/* SPDX-License-Identifier: MIT */
#include "tests/terminal/scenario.h"

#include "harness.h"

#include <stdio.h>
#include <string.h>

enum { MAX_VARIANTS = 2048 };

const struct variant *variants[MAX_VARIANTS];
size_t variant_count;

static const struct init none;

void add_variant(const struct variant *variant)
{
	if (variant_count == MAX_VARIANTS)
		abort();
	variants[variant_count++] = variant;
}

/* One of those with | between. */
static bool is_one_of(const char *outcome, const char *sane)
{
	size_t len = strlen(outcome);

	for (;;) {
		size_t end = strcspn(sane, "|");
		if (end == len && strncmp(outcome, sane, len) == 0)
			return true;
		if (!sane[end])
			return false;
		sane += end + 1;
	}
}

/* tests/terminal/stage.h: INIT. */
static void describe_pidone(const struct scenario *scenario, struct init *init)
{
	static char words[256];

	init->path = pidone_path();
	init->name = scenario->as ? scenario->as : "pidone";
	snprintf(words, sizeof words, "%s %s --", init->name,
		 scenario->options ? scenario->options : "");
	init->words = words;
}

/* Side by side. Where the scenario promises more than no init can show, its words are what is
 * expected. */
static void play_both(const struct variant *variant, const struct init *pidone,
		      struct result *expected, struct result *result)
{
	const struct scenario *scenario = variant->scenario;
	struct play play_without, play_with;

	if (!scenario->own)
		play_start(&play_without, variant, &none, WAIT_MS);
	play_start(&play_with, variant, pidone, WAIT_MS);
	if (!scenario->own)
		play_end(&play_without, expected);
	else
		snprintf(expected->outcome, sizeof expected->outcome, "%s", scenario->sane);
	play_end(&play_with, result);
}

void check(const struct variant *variant)
{
	static struct result expected, result;
	const struct scenario *scenario = variant->scenario;
	struct init pidone;
	const char *needed = what_is_missing(variant);

	if (needed)
		cr_skip_test("needs %s", needed);
	describe_pidone(scenario, &pidone);
	/* busybox's line editor misses a line now and then, with an init and without: three tries.
	 */
	for (int tries = variant->shell[0] == 'a' ? 3 : 1; tries > 0; tries--) {
		play_both(variant, &pidone, &expected, &result);
		if (is_one_of(expected.outcome, scenario->sane) &&
		    strcmp(result.outcome, expected.outcome) == 0)
			return;
	}
	cr_assert(is_one_of(expected.outcome, scenario->sane),
		  "without init: '%s', which is not '%s'\n%s", expected.outcome, scenario->sane,
		  expected.details);
	if (scenario->differs && strcmp(result.outcome, expected.outcome) != 0)
		cr_skip_test("differs, '%s': %s", result.outcome, scenario->differs);
	cr_assert(strcmp(result.outcome, expected.outcome) == 0,
		  "with pidone: '%s', without: '%s'\n%s", result.outcome, expected.outcome,
		  result.details);
}
