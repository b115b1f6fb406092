/* SPDX-License-Identifier: MIT */
/*
 * table [-p] [-o] [PATTERN...]: plays the scenarios without an init and with each one that is
 * installed, and prints the table of docs/terminal.md. Of those whose name contains a PATTERN; with
 * -o each outcome instead of the table, with -p pidone alone.
 *
 * A program of its own, with the suite's object files: this main() replaces Criterion's.
 */
#define _GNU_SOURCE
#include "tests/terminal/scenario.h"

#include "harness.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NONE, PIDONE, TINI, DUMB_INIT, CATATONIT, INITS };

/* For an event that does not come. Many of them do not come, from one init or the other. */
enum { PATIENCE_MS = 4000, OUTCOME_SIZE = 512, WORKERS = 4 };

static struct init inits[INITS] = {
	[NONE] = { NULL, NULL, NULL },
	[PIDONE] = { NULL, "pidone", "pidone --" },
	[TINI] = { "/usr/bin/tini", "tini", "tini -s --" },
	[DUMB_INIT] = { "/usr/bin/dumb-init", "dumb-init", "dumb-init --" },
	[CATATONIT] = { "/usr/bin/catatonit", "catatonit", "catatonit --" },
};

/* Shared by the workers. */
struct results {
	atomic_size_t next;
	char outcome[][INITS][OUTCOME_SIZE];
};
static struct results *results;

static char **patterns;

static bool is_wanted(const struct variant *variant)
{
	if (!*patterns)
		return true;
	for (char **pattern = patterns; *pattern; pattern++)
		if (strstr(variant->scenario->name, *pattern))
			return true;
	return false;
}

/* What is promised for pidone alone is no matter of comparison. */
static bool is_compared(const struct variant *variant)
{
	return !variant->scenario->own && !variant->scenario->as && is_wanted(variant);
}

static void play_all(size_t number)
{
	const struct variant *variant = variants[number];
	const char *missing = what_is_missing(variant);
	static struct play plays[INITS];
	static struct result result;

	for (int i = 0; !missing && i < INITS; i++)
		if (i == NONE || inits[i].path)
			play_start(&plays[i], variant, &inits[i], PATIENCE_MS);
	for (int i = 0; i < INITS; i++) {
		char *outcome = results->outcome[number][i];
		if (missing) {
			snprintf(outcome, OUTCOME_SIZE, "needs %s", missing);
		} else if (i == NONE || inits[i].path) {
			play_end(&plays[i], &result);
			snprintf(outcome, OUTCOME_SIZE, "%.*s", OUTCOME_SIZE - 1, result.outcome);
		}
	}
}

static void play_everything(void)
{
	for (int i = 0; i < WORKERS; i++)
		if (fork_or_die() == 0) {
			size_t number;
			while ((number = atomic_fetch_add(&results->next, 1)) < variant_count)
				if (is_compared(variants[number]))
					play_all(number);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
}

static const char *mode_name(enum mode_of_init mode)
{
	static const char *const names[] = { [subreaper] = "not PID 1",
					     [pid_1_in_foreign_group] = "PID 1 under unshare",
					     [leader] = "leader",
					     [pid_1_as_leader] = "PID 1 as leader" };

	return names[mode];
}

static void print_outcomes(void)
{
	for (size_t v = 0; v < variant_count; v++) {
		if (!is_compared(variants[v]))
			continue;
		printf("%s, %s, %s\n", variants[v]->scenario->name, variants[v]->shell,
		       mode_name(variants[v]->mode));
		for (int i = 0; i < INITS; i++)
			if (i == NONE || inits[i].path)
				printf("  %-10s %s\n", i == NONE ? "none" : inits[i].name,
				       results->outcome[v][i]);
	}
}

/* What is there from the word on at which the outcome begins to differ. */
static const char *difference(const char *none, const char *outcome)
{
	size_t same = 0, word = 0;

	for (; none[same] && none[same] == outcome[same]; same++)
		if (none[same] == ' ' && none[same - 1] == ',')
			word = same + 1;
	return outcome[same] ? outcome + word : "(ends there)";
}

/* The variants of one scenario stand together: this one's end. */
static size_t end_of_row(size_t first)
{
	size_t end = first;

	while (end < variant_count && variants[end]->scenario == variants[first]->scenario)
		end++;
	return end;
}

static bool was_played(size_t v)
{
	return strncmp(results->outcome[v][NONE], "needs ", 6) != 0;
}

static bool was_said(size_t first, size_t v, int init, const char *text)
{
	for (size_t w = first; w < v; w++)
		if (was_played(w) &&
		    strcmp(difference(results->outcome[w][NONE], results->outcome[w][init]),
			   text) == 0 &&
		    strcmp(results->outcome[w][NONE], results->outcome[w][init]) != 0)
			return true;
	return false;
}

/* How many of them differ in this way (text NULL: in any). */
static int count_differing(size_t first, size_t end, int init, const char *text)
{
	int count = 0;

	for (size_t v = first; v < end; v++) {
		const char *none = results->outcome[v][NONE], *with = results->outcome[v][init];
		if (was_played(v) && strcmp(none, with) != 0 &&
		    (!text || strcmp(difference(none, with), text) == 0))
			count++;
	}
	return count;
}

static void print_cell(size_t first, size_t end, int init)
{
	int played = 0;

	for (size_t v = first; v < end; v++)
		played += was_played(v);
	if (!inits[init].path || played == 0) {
		printf(" - |");
		return;
	}
	if (count_differing(first, end, init, NULL) == 0) {
		printf(" as none |");
		return;
	}
	const char *comma = "";
	for (size_t v = first; v < end; v++) {
		const char *none = results->outcome[v][NONE], *with = results->outcome[v][init];
		if (!was_played(v) || strcmp(none, with) == 0)
			continue;
		const char *text = difference(none, with);
		if (was_said(first, v, init, text))
			continue;
		printf("%s %s (%d/%d)", comma, text, count_differing(first, end, init, text),
		       played);
		comma = ";";
	}
	printf(" |");
}

/* The command as its own option says it, on one line. */
static void print_version(const char *name, const char *path)
{
	char command[512], line[256] = "";

	snprintf(command, sizeof command, "%s --version 2>&1", path);
	FILE *pipe = popen(command, "re");
	if (pipe && fgets(line, sizeof line, pipe))
		line[strcspn(line, "\n")] = '\0';
	if (pipe)
		pclose(pipe);
	printf("- %s: `%s`\n", name, line);
}

static void print_table(void)
{
	for (int i = PIDONE; i < INITS; i++)
		if (inits[i].path)
			print_version(inits[i].name, inits[i].path);
	printf("\n| scenario | none | pidone | tini | dumb-init | catatonit |\n"
	       "| --- | --- | --- | --- | --- | --- |\n");
	for (size_t first = 0, end; first < variant_count; first = end) {
		end = end_of_row(first);
		if (!is_compared(variants[first]))
			continue;
		printf("| ");
		for (const char *c = variants[first]->scenario->name; *c; c++)
			putchar(*c == '_' ? ' ' : *c);
		printf(" | %s |", results->outcome[first][NONE]);
		for (int i = PIDONE; i < INITS; i++)
			print_cell(first, end, i);
		printf("\n");
	}
}

int main(int argc, char **argv)
{
	bool outcomes = false, pidone_alone = false;
	int option;

	while ((option = getopt(argc, argv, "op")) != -1) {
		outcomes = outcomes || option == 'o';
		pidone_alone = pidone_alone || option == 'p';
	}
	patterns = argv + optind;
	inits[PIDONE].path = pidone_path();
	for (int i = TINI; i < INITS; i++)
		if (pidone_alone || access(inits[i].path, X_OK) < 0)
			inits[i].path = NULL;
	results = mmap(NULL, sizeof *results + variant_count * sizeof results->outcome[0],
		       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (results == MAP_FAILED)
		return 1;
	play_everything();
	if (outcomes)
		print_outcomes();
	else
		print_table();
	return 0;
}
