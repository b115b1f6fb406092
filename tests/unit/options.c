/* SPDX-License-Identifier: MIT */
/* options.c: values, the table of options, variables, names. */
#define _GNU_SOURCE
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In the place of libc's: PIDONE_OPTIONS counts for PID 1 alone, which no test is. */
static pid_t pretended_pid;

pid_t getpid(void)
{
	return pretended_pid ? pretended_pid : (pid_t)syscall(SYS_getpid);
}

/* Nothing of the environment of whoever runs the tests, nor noise of refusals. */
static void clean_environment(void)
{
	clearenv();
	int null = open("/dev/null", O_WRONLY);
	dup2(null, STDERR_FILENO);
	close(null);
}

TestSuite(options, .timeout = 60, .init = clean_environment);

/* ---- times ---------------------------------------------------------------------------- */

struct time_case {
	const char *text;
	int64_t ms;
};

static void times_are(const struct time_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int64_t ms = -77;
		cr_expect(holds(parse_time(cases[i].text, &ms)), "'%s'", cases[i].text);
		cr_expect(eq(i64, ms, cases[i].ms), "'%s'", cases[i].text);
	}
}

Test(options, parse_time_knows_its_units)
{
	static const struct time_case cases[] = {
		{ "0", 0 },	    { "0s", 0 },
		{ "0ms", 0 },	    { "0m", 0 },
		{ "0h", 0 },	    { "5", 5000 },
		{ "5s", 5000 },	    { "500ms", 500 },
		{ "2m", 120000 },   { "1h", 3600000 },
		{ "1.5s", 1500 },   { "1.5", 1500 },
		{ "0.25m", 15000 }, { "0.5h", 1800000 },
		{ "1.000", 1000 },  { "007", 7000 },
		{ "0.001s", 1 },    { "0.000", 0 },
		{ "10.10", 10100 }, { "1.0ms", 1 },
		{ "0.1h", 360000 }, { "999999", 999999000 },
	};

	times_are(cases, sizeof cases / sizeof cases[0]);
}

/* A deadline is never shorter than asked for. */
Test(options, parse_time_rounds_up)
{
	static const struct time_case cases[] = {
		{ "0.0001", 1 },
		{ "1.0001s", 1001 },
		{ "1.9999999", 2000 },
		{ "0.5ms", 1 },
		{ "1.000001ms", 2 },
		{ "0.000000000001", 1 },
		{ "1.00000000000", 1000 },
		{ "0.33333333333333333333333333", 334 },
		{ "0.00000000000000000000000000001ms", 1 },
	};

	times_are(cases, sizeof cases / sizeof cases[0]);
}

/* Digits behind a millionth are not kept: in hours each stands for milliseconds. */
Test(options, parse_time_rounds_up_what_it_does_not_keep)
{
	int64_t ms;

	cr_expect(holds(parse_time("0.3333333h", &ms)));
	cr_expect(ge(i64, ms, 1200000)); /* 1199999.88 */
	cr_expect(le(i64, ms, 1200004));
	cr_expect(holds(parse_time("0.0000019h", &ms)));
	cr_expect(ge(i64, ms, 7)); /* 6.84 */
	cr_expect(le(i64, ms, 8));
	cr_expect(holds(parse_time("999999.9999999h", &ms)));
	cr_expect(ge(i64, ms, INT64_C(3600000000000)));
}

Test(options, parse_time_holds_its_largest_values)
{
	static const struct time_case cases[] = {
		{ "999999h", INT64_C(3599996400000) },
		/* 3599999999996.4, up */
		{ "999999.999999h", INT64_C(3599999999997) },
	};

	times_are(cases, sizeof cases / sizeof cases[0]);
}

Test(options, parse_time_refuses_anything_else)
{
	static const char *const refused[] = {
		"",	"s",	   "ms",	  "-1",
		"-0",	"+1",	   " 1",	  "1 ",
		"1 s",	".5",	   "5.",	  "5.s",
		"1..2", "1.2.3",   "1,5",	  "1e3",
		"0x10", "1d",	   "1S",	  "1MS",
		"1H",	"1M",	   "1sec",	  "1min",
		"1us",	"1ss",	   "1sm",	  "inf",
		"nan",	"1000000", "9999999999h", "18446744073709551617",
		"1.-5", "1.+5",	   "1. 5",	  "TERM",
		"1s\n", "\xff"
	};

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		int64_t ms = -77;
		cr_expect(holds(!parse_time(refused[i], &ms)), "'%s'", refused[i]);
		cr_expect(eq(i64, ms, (int64_t)-77), "'%s' changed it", refused[i]);
	}
}

/* ---- lists of statuses --------------------------------------------------------------------- */

/* Exactly the statuses of `expected`, which ends with -1, are in the list. */
static void list_is(const char *list, const int *expected)
{
	unsigned char set[256 / 8] = { 0 }, wanted[256 / 8] = { 0 };

	cr_expect(holds(parse_status_list(list, set)), "'%s'", list);
	for (; *expected >= 0; expected++)
		wanted[*expected / 8] |= (unsigned char)(1U << *expected % 8);
	cr_expect(zero(int, memcmp(set, wanted, sizeof set)), "'%s'", list);
}

Test(options, parse_status_list_takes_numbers_ranges_and_names)
{
	list_is("0", (int[]){ 0, -1 });
	list_is("255", (int[]){ 255, -1 });
	list_is("143", (int[]){ 143, -1 });
	list_is("1,2,143", (int[]){ 1, 2, 143, -1 });
	list_is("130-133", (int[]){ 130, 131, 132, 133, -1 });
	list_is("7-7", (int[]){ 7, -1 });
	list_is("TERM", (int[]){ 143, -1 });
	list_is("sigint,Kill", (int[]){ 130, 137, -1 });
	list_is("RTMIN+3,RTMAX", (int[]){ 165, 192, -1 });
	list_is("0-1,254-255,TERM,3", (int[]){ 0, 1, 3, 143, 254, 255, -1 });
	list_is("5,5,4-6", (int[]){ 4, 5, 6, -1 });
	list_is("007", (int[]){ 7, -1 });
}

Test(options, parse_status_list_takes_each_status_and_all)
{
	char text[16];
	unsigned char set[256 / 8] = { 0 };

	for (int status = 0; status < 256; status++) {
		snprintf(text, sizeof text, "%d", status);
		list_is(text, (int[]){ status, -1 });
	}
	cr_expect(holds(parse_status_list("0-255", set)));
	for (size_t i = 0; i < sizeof set; i++)
		cr_expect(eq(int, set[i], 0xff));
}

Test(options, parse_status_list_adds_to_the_set)
{
	unsigned char set[256 / 8] = { 1 };

	cr_expect(holds(parse_status_list("3", set)));
	cr_expect(eq(int, set[0], 9));
}

Test(options, parse_status_list_refuses_anything_else)
{
	static const char *const refused[] = {
		"",	     ",",      "1,",	   ",1",	 "1,,2",
		"256",	     "-1",     "1-",	   "-",		 "2-1",
		"1-256",     "1--2",   "1-2-3",	   "1 ",	 " 1",
		"1, 2",	     "1;2",    "0x1",	   "1.0",	 "FOO",
		"TERM-KILL", "1-TERM", "TERM-150", "SIG",	 "TERM,",
		"1,FOO",     "*",      "RTMIN+31", "4294967297", "TERMTERMTERMTERMTERMTERMTERM"
	};

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		unsigned char set[256 / 8] = { 0 };
		cr_expect(holds(!parse_status_list(refused[i], set)), "'%s'", refused[i]);
	}
}

/* ---- rewriting ----------------------------------------------------------------------------- */

/* NULL, or what is wrong, as the tests compare it. */
static bool rewrite_taken(const char *rule, signed char table[SIGNAL_MAX + 1])
{
	return parse_rewrite(rule, table) == NULL;
}

Test(options, parse_rewrite_takes_every_pair)
{
	char rule[32];

	for (int from = 1; from <= 64; from++) {
		if (from == SIGKILL || from == SIGSTOP || from == SIGCHLD)
			continue;
		for (int to = 0; to <= 64; to++) {
			signed char table[SIGNAL_MAX + 1] = { 0 };
			snprintf(rule, sizeof rule, "%d:%d", from, to);
			cr_assert(holds(rewrite_taken(rule, table)), "%s", rule);
			cr_assert(eq(int, table[from], to ? to : SIGNAL_DROP), "%s", rule);
			table[from] = 0;
			for (int i = 0; i <= 64; i++)
				cr_assert(holds(table[i] == 0), "%s", rule);
		}
	}
}

Test(options, parse_rewrite_takes_names)
{
	signed char table[SIGNAL_MAX + 1] = { 0 };

	cr_expect(holds(rewrite_taken("TERM:QUIT", table)));
	cr_expect(holds(rewrite_taken("sigint:15", table)));
	cr_expect(holds(rewrite_taken("RTMIN+3:SIGKILL", table)));
	cr_expect(holds(rewrite_taken("HUP:0", table)));
	cr_expect(eq(int, table[SIGTERM], SIGQUIT));
	cr_expect(eq(int, table[SIGINT], SIGTERM));
	cr_expect(eq(int, table[37], SIGKILL));
	cr_expect(eq(int, table[SIGHUP], SIGNAL_DROP));
	/* The last one wins. */
	cr_expect(holds(rewrite_taken("TERM:INT", table)));
	cr_expect(eq(int, table[SIGTERM], SIGINT));
}

Test(options, parse_rewrite_refuses_anything_else)
{
	static const char *const refused[] = { "",
					       ":",
					       "TERM",
					       "TERM:",
					       ":TERM",
					       "0:TERM",
					       "65:1",
					       "1:65",
					       "1:-1",
					       "-1:1",
					       "1:00",
					       "1:0x0",
					       "1 :2",
					       "1: 2",
					       "FOO:TERM",
					       "TERM:FOO",
					       "15;2",
					       "1:2,3:4",
					       "TERM=INT",
					       "KILL:TERM",
					       "STOP:TERM",
					       "CHLD:TERM",
					       "9:0",
					       "SIGCLD:1",
					       "TERM:QUIT:INT",
					       "TERMTERMTERMTERMTERMTERM:1" };

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		signed char table[SIGNAL_MAX + 1] = { 0 };
		cr_expect(holds(!rewrite_taken(refused[i], table)), "'%s'", refused[i]);
		for (int signo = 0; signo <= 64; signo++)
			cr_expect(zero(int, table[signo]), "'%s'", refused[i]);
	}
}

/* ---- lists of signals ---------------------------------------------------------------------- */

/* NULL, or what is wrong, as the tests compare it. */
static bool signals_taken(const char *list, uint64_t *set)
{
	return parse_signal_list(list, set) == NULL;
}

Test(options, parse_signal_list_takes_each_signal_that_can_come)
{
	char text[16];

	for (int signo = 1; signo <= 64; signo++) {
		uint64_t set = 77;
		bool comes = signo != SIGKILL && signo != SIGSTOP && signo != SIGCHLD;
		snprintf(text, sizeof text, "%d", signo);
		cr_expect(eq(int, signals_taken(text, &set), comes), "%d", signo);
		cr_expect(eq(u64, set, comes ? UINT64_C(1) << (signo - 1) : 77), "%d", signo);
	}
}

Test(options, parse_signal_list_takes_names_and_numbers_in_place_of_what_was)
{
	static const struct {
		const char *list;
		uint64_t set;
	} cases[] = {
		{ "TERM", SIGNAL_BIT(15) },
		{ "TERM,INT", SIGNAL_BIT(15) | SIGNAL_BIT(2) },
		{ "sigquit,1,SIGWINCH", SIGNAL_BIT(3) | SIGNAL_BIT(1) | SIGNAL_BIT(28) },
		{ "RTMIN+3,RTMAX", SIGNAL_BIT(37) | SIGNAL_BIT(64) },
		{ "15,TERM,015", SIGNAL_BIT(15) },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint64_t set = ~UINT64_C(0);
		cr_expect(holds(signals_taken(cases[i].list, &set)), "%s", cases[i].list);
		cr_expect(eq(u64, set, cases[i].set), "%s", cases[i].list);
	}
}

Test(options, parse_signal_list_refuses_anything_else)
{
	static const char *const refused[] = {
		"",	  ",",	  "TERM,",    ",TERM",	 "TERM,,INT", "0",	  "65",
		"-1",	  "1-3",  "TERM INT", "TERM, 2", "TERM;INT",  "FOO",	  "TERM,FOO",
		"KILL",	  "STOP", "SIGCHLD",  "TERM,9",	 "17,TERM",   "RTMIN+31", "SIG",
		"TERM:2", "1.0",  "0x0f",     "*",	 "15,0",      "CLD",	  "4294967297",
	};

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		uint64_t set = 77;
		cr_expect(holds(!signals_taken(refused[i], &set)), "'%s'", refused[i]);
		cr_expect(eq(u64, set, 77), "'%s' changed it", refused[i]);
	}
}

/* ---- names ----------------------------------------------------------------------------------- */

Test(options, base_name_is_what_stands_behind_the_last_slash)
{
	static const char *const cases[][2] = {
		{ "tini", "tini" }, { "/sbin/docker-init", "docker-init" },
		{ "./x", "x" },	    { "a//b", "b" },
		{ "/", "pidone" },  { "a/", "pidone" },
		{ "", "pidone" },   { NULL, "pidone" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_expect(eq(str, (char *)base_name(cases[i][0]), (char *)cases[i][1]));
}

/* ---- the command line ----------------------------------------------------------------------- */

static struct options options;

/* Parses "NAME WORDS..."; the status. */
static int parse_as(const char *name, const char *words)
{
	static char copy[4096];
	static char *argv[256];
	int argc = 0;

	snprintf(copy, sizeof copy, "%s", words);
	argv[argc++] = (char *)name;
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return parse_options(&options, argv);
}

static int parse(const char *words)
{
	return parse_as("pidone", words);
}

/* TERM and INT */
static const uint64_t default_stops = UINT64_C(1) << 14 | UINT64_C(1) << 1;

#define ACCEPT(words) cr_expect(eq(int, parse(words), -1), "%s", words)

/* As after "pidone cmd". */
static bool all_default(void)
{
	bool same = options.grace_ms == NO_TIME && options.kill_after_ms == NO_TIME &&
		    options.verbosity == LEVEL_WARNING && options.parent_death == 0 &&
		    !options.report && !options.subreaper && !options.group && !options.wait_all &&
		    !options.warn_on_reap && !options.pause && !options.dumb_init &&
		    options.stop_signals == default_stops;

	for (int i = 0; i <= SIGNAL_MAX; i++)
		same = same && options.rewrite[i] == 0;
	for (size_t i = 0; i < sizeof options.remap_exit; i++)
		same = same && options.remap_exit[i] == 0;
	return same;
}

Test(options, without_options_all_is_default)
{
	memset(&options, 0x55, sizeof options);
	ACCEPT("cmd arg");
	cr_expect(holds(all_default()));
	cr_expect(eq(str, options.command[0], "cmd"));
	cr_expect(eq(str, options.command[1], "arg"));
	cr_expect(zero(ptr, options.command[2]));
}

/* Options without a value: letter, long form, and the field they set. */
Test(options, each_flag_sets_its_field_in_both_forms)
{
	static const struct {
		const char *letter, *name;
		bool *field;
	} flags[] = {
		{ "-s cmd", "--subreaper cmd", &options.subreaper },
		{ "-g cmd", "--group cmd", &options.group },
		{ "-a cmd", "--wait-all cmd", &options.wait_all },
		{ "-w cmd", "--warn-on-reap cmd", &options.warn_on_reap },
		{ "-P", "--pause", &options.pause },
	};

	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		for (int form = 0; form < 2; form++) {
			ACCEPT(form ? flags[i].name : flags[i].letter);
			cr_expect(holds(*flags[i].field), "%s", flags[i].name);
			*flags[i].field = false;
			cr_expect(holds(all_default()), "%s sets more", flags[i].name);
		}
}

Test(options, verbose_is_one_level_more_each_time)
{
	ACCEPT("-v cmd");
	cr_expect(eq(int, options.verbosity, LEVEL_MAIN));
	ACCEPT("-vv --verbose -v cmd");
	cr_expect(eq(int, options.verbosity, LEVEL_WARNING + 4));
}

/* Each of the ways to give a value: apart, attached, long, long with =, behind a flag. */
Test(options, each_value_is_taken_in_every_form)
{
	static const char *const forms[][5] = {
		{ "-p USR1 cmd", "-pUSR1 cmd", "--parent-death USR1 cmd", "--parent-death=USR1 cmd",
		  "-gpUSR1 cmd" },
		{ "-t 5s cmd", "-t5s cmd", "--grace 5s cmd", "--grace=5s cmd", "-gt5s cmd" },
		{ "-k 5s cmd", "-k5s cmd", "--kill-after 5s cmd", "--kill-after=5s cmd",
		  "-gk 5s cmd" },
		{ "-r 15:2 cmd", "-r15:2 cmd", "--rewrite 15:2 cmd", "--rewrite=15:2 cmd",
		  "-gr15:2 cmd" },
		{ "-e 7 cmd", "-e7 cmd", "--remap-exit 7 cmd", "--remap-exit=7 cmd", "-ge 7 cmd" },
		{ "-R f=g cmd", "-Rf=g cmd", "--report f=g cmd", "--report=f=g cmd", "-gRf=g cmd" },
		{ "-S QUIT cmd", "-S3 cmd", "--stop-signal sigquit cmd", "--stop-signal=QUIT cmd",
		  "-gSQUIT cmd" },
	};

	for (int option = 0; option < 7; option++)
		for (int form = 0; form < 5; form++) {
			const char *words = forms[option][form];
			ACCEPT(words);
			cr_expect(eq(int, options.parent_death, option == 0 ? SIGUSR1 : 0), "%s",
				  words);
			cr_expect(eq(i64, options.grace_ms, option == 1 ? 5000 : -1), "%s", words);
			cr_expect(eq(i64, options.kill_after_ms, option == 2 ? 5000 : -1), "%s",
				  words);
			cr_expect(eq(int, options.rewrite[SIGTERM], option == 3 ? SIGINT : 0), "%s",
				  words);
			cr_expect(eq(int, options.remap_exit[0], option == 4 ? 1 << 7 : 0), "%s",
				  words);
			cr_expect(eq(int, options.report && !strcmp(options.report, "f=g"),
				     option == 5),
				  "%s", words);
			cr_expect(eq(u64, options.stop_signals,
				     option == 6 ? SIGNAL_BIT(SIGQUIT) : default_stops),
				  "%s", words);
			cr_expect(eq(int, options.group, form == 4), "%s", words);
			cr_expect(eq(str, options.command[0], "cmd"), "%s", words);
		}
}

Test(options, a_value_may_look_like_an_option)
{
	ACCEPT("-R -g cmd");
	cr_expect(eq(str, (char *)options.report, "-g"));
	cr_expect(holds(!options.group));
	ACCEPT("-R -- cmd");
	cr_expect(eq(str, (char *)options.report, "--"));
	ACCEPT("-R - cmd");
	cr_expect(eq(str, (char *)options.report, "-"));
}

Test(options, of_contrary_options_the_last_one_wins)
{
	ACCEPT("-g -c cmd");
	cr_expect(holds(!options.group));
	ACCEPT("-c --group cmd");
	cr_expect(holds(options.group));
	ACCEPT("-gcgc cmd");
	cr_expect(holds(!options.group));
	ACCEPT("-t 1 -t 2 --grace=3 cmd");
	cr_expect(eq(i64, options.grace_ms, 3000));
	ACCEPT("-k 1 -k 0 cmd");
	cr_expect(eq(i64, options.kill_after_ms, 0));
	ACCEPT("-p TERM -p HUP cmd");
	cr_expect(eq(int, options.parent_death, SIGHUP));
	ACCEPT("-R a -R b cmd");
	cr_expect(eq(str, (char *)options.report, "b"));
	ACCEPT("-S QUIT,USR1 -S WINCH cmd");
	cr_expect(eq(u64, options.stop_signals, SIGNAL_BIT(SIGWINCH)));
	ACCEPT("-r 15:2 -r 15:0 -r 1:3 cmd");
	cr_expect(eq(int, options.rewrite[SIGTERM], SIGNAL_DROP));
	cr_expect(eq(int, options.rewrite[SIGHUP], SIGQUIT));
}

Test(options, remapped_statuses_add_up)
{
	ACCEPT("-e 1 -e 2,3 --remap-exit=0 cmd");
	cr_expect(eq(int, options.remap_exit[0], 0x0f));
}

Test(options, options_end_at_the_first_word_that_is_none)
{
	ACCEPT("-s cmd -g --foo");
	cr_expect(holds(!options.group));
	cr_expect(eq(str, options.command[0], "cmd"));
	cr_expect(eq(str, options.command[1], "-g"));
	ACCEPT("-- -g");
	cr_expect(eq(str, options.command[0], "-g"));
	ACCEPT("-g -- -- x");
	cr_expect(eq(str, options.command[0], "--"));
	ACCEPT("- -g");
	cr_expect(eq(str, options.command[0], "-"));
	cr_expect(holds(!options.group));
}

Test(options, mistakes_are_refused)
{
	static const char *const refused[] = {
		"",
		"--",
		"-g",
		"-x cmd",
		"-gx cmd",
		"--foo cmd",
		"--gr cmd",
		"--gr=5 cmd",
		"--groups cmd",
		"--gro=1 cmd",
		"--gra cmd",
		"--=x cmd",
		"--group=1 cmd",
		"---g cmd",
		"-t cmd",
		"-t",
		"-k x cmd",
		"-p 0 cmd",
		"-p",
		"-r 1 cmd",
		"-e 256 cmd",
		"-e , cmd",
		"-S , cmd",
		"-S KILL cmd",
		"-S TERM, cmd",
		"-S",
		"--stop-signal= cmd",
		"--grace= cmd",
		"--report= cmd",
		"--parent-death",
		"-P cmd",
		"-P -- cmd",
		"-gP cmd",
		"--license=x",
		"-t-1 cmd",
		"-p=TERM cmd",
		"-t=5 cmd",
		"-g- cmd",
	};

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		cr_expect(eq(int, parse(refused[i]), STATUS_USAGE), "%s", refused[i]);
}

/* What getopt_long(3) takes: each beginning of a name that is one name's alone. */
Test(options, long_options_may_be_cut_short)
{
	static const char *const names[] = { "subreaper",    "group",	      "single-child",
					     "rewrite 15:2", "remap-exit 7",  "parent-death HUP",
					     "grace 5s",     "kill-after 1m", "wait-all",
					     "report /file", "stop-signal 3", "warn-on-reap",
					     "verbose",	     "license",	      "help",
					     "version" };
	enum { NAMES = sizeof names / sizeof names[0] };
	static struct options whole;
	int null = open("/dev/null", O_WRONLY);

	fflush(stdout);
	dup2(null, STDOUT_FILENO);
	for (int i = 0; i < NAMES; i++) {
		char words[64], value[32] = "";
		size_t len = strcspn(names[i], " ");
		snprintf(value, sizeof value, "%s", names[i] + len);
		snprintf(words, sizeof words, "--%s cmd", names[i]);
		int expected = parse(words);
		whole = options;
		for (size_t cut = 1; cut < len; cut++) {
			int same = 0;
			for (int j = 0; j < NAMES; j++)
				same += strncmp(names[j], names[i], cut) == 0;
			same += strncmp("pause", names[i], cut) == 0;
			snprintf(words, sizeof words, "--%.*s%s cmd", (int)cut, names[i], value);
			cr_expect(eq(int, parse(words), same == 1 ? expected : STATUS_USAGE), "%s",
				  words);
			if (same > 1 || expected == 0)
				continue;
			cr_expect(eq(str, options.command[0], "cmd"), "%s", words);
			cr_expect(eq(int, options.report && !strcmp(options.report, "/file"),
				     whole.report != NULL),
				  "%s", words);
			options.command = whole.command;
			options.report = whole.report;
			cr_expect(zero(int, memcmp(&options, &whole, sizeof whole)), "%s", words);
			if (*value)
				words[2 + cut] = '=';
			cr_expect(eq(int, parse(words), expected), "%s", words);
		}
	}
}

Test(options, pause_takes_other_options)
{
	ACCEPT("-P -v -t 1s");
	cr_expect(holds(options.pause));
	cr_expect(zero(ptr, options.command[0]));
	ACCEPT("-P --");
}

Test(options, what_answers_at_once_gives_status_0)
{
	static const char *const answers[] = { "-h", "--help",	  "-V",	  "--version", "-l",
					       "-L", "--license", "-gVx", "-h --foo" };
	int saved = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY);

	fflush(stdout);
	dup2(null, STDOUT_FILENO);
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
		cr_expect(zero(int, parse(answers[i])), "%s", answers[i]);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(null);
}

/* execve(2) may give none. */
Test(options, no_argument_at_all_is_refused)
{
	char *argv[] = { NULL };

	cr_expect(eq(int, parse_options(&options, argv), STATUS_USAGE));
}

/* ---- PIDONE_OPTIONS ------------------------------------------------------------------------- */

static int parse_with(const char *variable, const char *words)
{
	setenv("PIDONE_OPTIONS", variable, 1);
	pretended_pid = 1;
	int status = parse(words);
	pretended_pid = 0;
	return status;
}

/* A health check in a container has the variable too, and is not meant. */
Test(options, the_variable_is_for_pid_1_alone)
{
	static const char *const values[] = { "-g -t 5s -a -R /file -e 7 -S HUP", "-P", "cmd",
					      "--foo", "-t" };

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		setenv("PIDONE_OPTIONS", values[i], 1);
		ACCEPT("cmd");
		cr_expect(holds(all_default()), "%s", values[i]);
		cr_expect(eq(str, getenv("PIDONE_OPTIONS"), (char *)values[i]));
	}
}

Test(options, the_variable_is_split_at_blanks)
{
	static const char *const forms[] = { "-g -t 5s",
					     " -g\t-t\n5s ",
					     "-gt5s",
					     "-g --grace=5s",
					     "\n\n-g   --grace 5s\t\t",
					     "-g -t 5s\r",
					     "-g\r\n-t\r5s\r\n" };

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		cr_expect(eq(int, parse_with(forms[i], "cmd"), -1), "'%s'", forms[i]);
		cr_expect(holds(options.group), "'%s'", forms[i]);
		cr_expect(eq(i64, options.grace_ms, 5000), "'%s'", forms[i]);
		/* It reaches COMMAND as it is. */
		cr_expect(eq(str, getenv("PIDONE_OPTIONS"), (char *)forms[i]));
	}
}

Test(options, an_empty_variable_says_nothing)
{
	static const char *const forms[] = { "", " ", "\t\n ", "\r", "\r\n" };

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		cr_expect(eq(int, parse_with(forms[i], "cmd"), -1));
		cr_expect(holds(all_default()));
	}
}

Test(options, the_command_line_wins_over_the_variable)
{
	cr_expect(eq(int, parse_with("-g -t 5s -R a -p TERM", "-c -t 1s -Rb cmd"), -1));
	cr_expect(holds(!options.group));
	cr_expect(eq(i64, options.grace_ms, 1000));
	cr_expect(eq(str, (char *)options.report, "b"));
	cr_expect(eq(int, options.parent_death, SIGTERM));
}

Test(options, a_report_named_by_the_variable_stays)
{
	cr_expect(eq(int, parse_with("-R /some/file -g", "cmd"), -1));
	setenv("PIDONE_OPTIONS", "overwritten", 1);
	cr_expect(eq(str, (char *)options.report, "/some/file"));
}

Test(options, the_variable_takes_options_only)
{
	static const char *const refused[] = { "cmd",	 "-g cmd", "--",      "-g --",	   "-",
					       "-t",	 "-t x",   "--foo",   "-x",	   "'-g'",
					       "\"-g\"", "-g,-s",  "--grace", "--group=1", "5s" };

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		cr_expect(eq(int, parse_with(refused[i], "cmd"), STATUS_USAGE), "'%s'", refused[i]);
}

Test(options, a_variable_that_is_too_long_is_refused_as_a_whole)
{
	char text[2000];

	memset(text, ' ', sizeof text);
	memcpy(text, "-g", 2);
	text[1023] = '\0';
	cr_expect(eq(int, parse_with(text, "cmd"), -1));
	cr_expect(holds(options.group));
	text[1023] = ' ';
	text[1024] = '\0';
	cr_expect(eq(int, parse_with(text, "cmd"), STATUS_USAGE));
}

/* As many words as fit: the list must hold them. */
Test(options, a_variable_full_of_short_words_fits)
{
	char text[1024];

	for (size_t i = 0; i + 3 <= sizeof text; i += 3)
		memcpy(text + i, "-v ", 3);
	text[1023] = '\0';
	cr_expect(eq(int, parse_with(text, "cmd"), -1));
	cr_expect(eq(int, options.verbosity, LEVEL_WARNING + 341));
	memset(text, '-', sizeof text - 1);
	for (size_t i = 1; i < sizeof text; i += 2)
		text[i] = ' ';
	text[1023] = '\0';
	cr_expect(eq(int, parse_with(text, "cmd"), STATUS_USAGE));
}

Test(options, pause_may_stand_in_the_variable)
{
	cr_expect(eq(int, parse_with("-P", ""), -1));
	cr_expect(holds(options.pause));
	cr_expect(eq(int, parse_with("-P", "cmd"), STATUS_USAGE));
}

/* ---- variables of the peers, and names ------------------------------------------------------ */

Test(options, tini_variables_are_options_when_set_at_all)
{
	setenv("TINI_SUBREAPER", "", 1);
	ACCEPT("cmd");
	cr_expect(holds(options.subreaper && !options.group));
	setenv("TINI_KILL_PROCESS_GROUP", "0", 1);
	ACCEPT("cmd");
	cr_expect(holds(options.subreaper && options.group));
	ACCEPT("-c cmd");
	cr_expect(holds(!options.group));
}

Test(options, tini_verbosity_is_a_level_0_to_4)
{
	char level[2] = "0";

	for (int i = 0; i <= 4; i++) {
		level[0] = (char)('0' + i);
		setenv("TINI_VERBOSITY", level, 1);
		ACCEPT("cmd");
		cr_expect(eq(int, options.verbosity, i));
		ACCEPT("-v cmd");
		cr_expect(eq(int, options.verbosity, i + 1));
	}
}

Test(options, any_other_tini_verbosity_is_ignored)
{
	static const char *const ignored[] = { "", "5", "-1", "00", "1 ", " 1", "high", "4.0" };

	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
		setenv("TINI_VERBOSITY", ignored[i], 1);
		ACCEPT("cmd");
		cr_expect(eq(int, options.verbosity, LEVEL_WARNING), "'%s'", ignored[i]);
	}
}

Test(options, pidone_options_win_over_the_tini_variables)
{
	setenv("TINI_KILL_PROCESS_GROUP", "1", 1);
	cr_expect(eq(int, parse_with("-c", "cmd"), -1));
	cr_expect(holds(!options.group));
}

Test(options, the_variables_of_dumb_init_and_catatonit_are_for_their_names)
{
	static const char *const names[] = { "pidone", "tini", "docker-init", "other" };

	setenv("DUMB_INIT_DEBUG", "1", 1);
	setenv("DUMB_INIT_SETSID", "0", 1);
	setenv("CATATONIT_DEBUG", "1", 1);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		cr_expect(eq(int, parse_as(names[i], "-g cmd"), -1));
		cr_expect(eq(int, options.verbosity, LEVEL_WARNING), "%s", names[i]);
		cr_expect(holds(options.group), "%s", names[i]);
	}
	cr_expect(eq(int, parse_as("/usr/bin/catatonit", "cmd"), -1));
	cr_expect(eq(int, options.verbosity, LEVEL_WARNING + 2));
	cr_expect(holds(!options.group));
	cr_expect(eq(int, parse_as("/bin/dumb-init", "cmd"), -1));
	cr_expect(eq(int, options.verbosity, LEVEL_WARNING + 1));
	cr_expect(holds(!options.group));
}

Test(options, the_variables_of_dumb_init_count_with_their_value_alone)
{
	static const char *const others[] = { "", "2", "true", "00", "1 " };

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		setenv("DUMB_INIT_DEBUG", others[i], 1);
		setenv("DUMB_INIT_SETSID", others[i], 1);
		cr_expect(eq(int, parse_as("dumb-init", "cmd"), -1));
		cr_expect(eq(int, options.verbosity, LEVEL_WARNING), "'%s'", others[i]);
		cr_expect(holds(options.group), "'%s'", others[i]);
	}
}

Test(options, only_dumb_init_has_other_defaults)
{
	static const char *const names[] = { "pidone",	    "tini", "tini-static",
					     "docker-init", "init", "catatonit",
					     "dumb-init-x", "dumb", "Dumb-Init" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		cr_expect(eq(int, parse_as(names[i], "cmd"), -1));
		cr_expect(holds(all_default()), "%s", names[i]);
	}
}

Test(options, dumb_init_signals_the_group_and_rewrites_the_terminal_stops)
{
	cr_expect(eq(int, parse_as("dumb-init", "cmd"), -1));
	cr_expect(holds(options.group && options.dumb_init));
	for (int signo = 1; signo <= 64; signo++) {
		bool stop = signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU;
		cr_expect(eq(int, options.rewrite[signo], stop ? SIGSTOP : 0));
	}
}

Test(options, dumb_init_lets_r_and_c_decide)
{
	cr_expect(eq(int, parse_as("dumb-init", "-r TSTP:TERM -r TTIN:0 cmd"), -1));
	cr_expect(eq(int, options.rewrite[SIGTSTP], SIGTERM));
	cr_expect(eq(int, options.rewrite[SIGTTIN], SIGNAL_DROP));
	cr_expect(eq(int, options.rewrite[SIGTTOU], SIGSTOP));
	/* It stops with main still, as the original does. */
	cr_expect(eq(int, parse_as("dumb-init", "-c cmd"), -1));
	cr_expect(holds(options.dumb_init));
	options.dumb_init = false;
	cr_expect(holds(all_default()));
	cr_expect(eq(int, parse_as("dumb-init", "-c -g cmd"), -1));
	cr_expect(holds(options.dumb_init));
}
