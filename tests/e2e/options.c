/* SPDX-License-Identifier: MIT */
/* Contract 1: the command line as a user meets it. The values of all options: unit_options.c. */
#define _GNU_SOURCE
#include "harness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(e2e_options, .timeout = 60);

static struct run run;
static char out[65536], err[65536];

/* Runs pidone to its end; what it wrote is in `out` and `err`. Returns its status. */
static int result_of(const char *const *args, void (*before_exec)(void))
{
	run_start(&run, &(struct start){ .args = args, .before_exec = before_exec });
	close(run.in);
	run.in = -1;
	int status = run_wait(&run);
	snprintf(out, sizeof out, "%s", read_stdout(&run));
	snprintf(err, sizeof err, "%s", read_stderr(&run));
	run_close(&run);
	return status;
}

#define RUN(...) result_of((const char *[]){ __VA_ARGS__, NULL }, NULL)
#define ECHO "/bin/echo", "started"

/* ---- refusals --------------------------------------------------------------------- */

/* One line that names both, and the hint; status 1; nothing was started. */
static void refused(int status, const char *option, const char *value)
{
	char *hint = strchr(err, '\n');

	cr_expect(eq(int, status, 1), "%s %s", option, value);
	cr_expect(eq(str, out, ""), "%s %s", option, value);
	cr_assert(holds(hint), "no line: '%s'", err);
	*hint++ = '\0';
	cr_expect(holds(strncmp(err, "pidone: ", 8) == 0), "%s", err);
	cr_expect(holds(strstr(err, option)), "no '%s' in '%s'", option, err);
	cr_expect(holds(strstr(err, value)), "no '%s' in '%s'", value, err);
	cr_expect(eq(str, hint, "Try 'pidone --help'.\n"));
}

Test(e2e_options, a_bad_signal_of_p_is_refused)
{
	static const char *const values[] = { "",	  "0",	  "65",
					      "-1",	  "FOO",  "SIGFOO",
					      "9x",	  "15 ",  " 15",
					      "RTMIN+31", "SIG",  "RTMIN-1",
					      "TERM,INT", "0x0f", "99999999999999999999" };

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		char attached[64], with_equals[64];
		snprintf(attached, sizeof attached, "-p%s", values[i]);
		snprintf(with_equals, sizeof with_equals, "--parent-death=%s", values[i]);
		refused(RUN("-p", values[i], ECHO), "'-p'", values[i]);
		refused(RUN("--parent-death", values[i], ECHO), "'--parent-death'", values[i]);
		refused(RUN(with_equals, ECHO), "'--parent-death'", values[i]);
		if (*values[i])
			refused(RUN(attached, ECHO), "'-p'", values[i]);
	}
}

/* Each option that takes a value, one that it cannot take: the line says which and what. */
Test(e2e_options, a_bad_value_of_any_option_is_refused)
{
	static const char *const bad[][3] = {
		{ "-p", "--parent-death", "NOSIG" },   { "-t", "--grace", "5x" },
		{ "-k", "--kill-after", "-1" },	       { "-e", "--remap-exit", "256" },
		{ "-r", "--rewrite", "TERM" },	       { "-r", "--rewrite", "KILL:TERM" },
		{ "-S", "--stop-signal", "TERM,FOO" }, { "-S", "--stop-signal", "TERM,," },
		{ "-S", "--stop-signal", "" },	       { "-S", "--stop-signal", "INT,CHLD" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		refused(RUN(bad[i][0], bad[i][2], ECHO), bad[i][0], bad[i][2]);
		refused(RUN(bad[i][1], bad[i][2], ECHO), bad[i][1], bad[i][2]);
	}
}

Test(e2e_options, an_option_without_its_value_is_refused)
{
	static const char *const options[] = { "-p",
					       "-t",
					       "-k",
					       "-e",
					       "-r",
					       "-R",
					       "-S",
					       "--stop-signal",
					       "--parent-death",
					       "--grace",
					       "--kill-after",
					       "--remap-exit",
					       "--rewrite",
					       "--report" };

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		refused(RUN(options[i]), options[i], "needs a value");
}

Test(e2e_options, an_unknown_option_is_refused)
{
	static const char *const options[] = { "-x",	"-1",	     "-é",	 "--foo",
					       "--grx", "--GROUP",   "--group-", "--=",
					       "---",	"--help-me", "-?" };

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		refused(RUN(options[i], ECHO), strncmp(options[i], "-é", 3) ? options[i] : "'-",
			"");
	refused(RUN("-gx", ECHO), "'-x'", "");
	refused(RUN("-g", "-vx", ECHO), "'-x'", "");
}

/* The line lists what it could be, and nothing else. */
Test(e2e_options, a_long_option_cut_too_short_is_refused)
{
	static const char *const cut[][4] = {
		{ "--re", "--rewrite", "--remap-exit", "--report" },
		{ "--gr", "--group", "--grace" },
		{ "--s=1", "--subreaper", "--single-child", "--stop-signal" },
		{ "--ver", "--verbose", "--version" },
		{ "--p", "--parent-death", "--pause" },
		{ "--w", "--wait-all", "--warn-on-reap" },
	};

	for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) {
		int named = 0;
		refused(RUN(cut[i][0], "1", ECHO), cut[i][0], "ambiguous");
		for (int j = 1; j < 4 && cut[i][j]; j++, named++)
			cr_expect(holds(strstr(err, cut[i][j])), "no '%s' in '%s'", cut[i][j], err);
		for (char *at = strstr(err, "ambiguous"); (at = strstr(at, "--")); at += 2)
			named--;
		cr_expect(zero(int, named), "%s", err);
	}
}

Test(e2e_options, long_options_cut_short_are_obeyed)
{
	cr_expect(
		eq(int, RUN("--rem", "3,4", "--rew=TERM:0", "sh", "-c", "kill $PPID; exit 4"), 0));
	cr_expect(eq(int, RUN("--gro", "--v", ECHO), 1));
	cr_expect(eq(int, RUN("--gro", "--verb", "--k=1m", "--par", "TERM", ECHO), 0));
	cr_expect(eq(str, out, "started\n"));
	cr_expect(eq(int, RUN("--vers"), 0));
	cr_expect(holds(strncmp(out, "pidone version ", 15) == 0), "%s", out);
	cr_expect(eq(int, RUN("--h"), 0));
	cr_expect(eq(int, RUN("--lic"), 0));
}

Test(e2e_options, a_value_for_an_option_that_takes_none_is_refused)
{
	static const char *const options[] = { "--subreaper=1",	   "--group=yes", "--single-child=",
					       "--warn-on-reap=1", "--pause=",	  "--verbose=2",
					       "--wait-all=no",	   "--help=me",	  "--version=1",
					       "--license=MIT" };

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		refused(RUN(options[i], ECHO), options[i], "takes no value");
}

Test(e2e_options, a_mistake_is_refused_wherever_it_stands)
{
	refused(RUN("-g", "-s", "--foo", ECHO), "--foo", "");
	refused(RUN("-p", "TERM", "-p", "NOSIG", ECHO), "-p", "NOSIG");
	refused(RUN("-p", "NOSIG", "-p", "TERM", ECHO), "-p", "NOSIG");
}

/* What a user typed must not become two lines, or end the terminal's colours. */
Test(e2e_options, control_characters_in_a_refused_value_are_not_printed)
{
	refused(RUN("-p", "a\nb\033[31m\r", ECHO), "'-p'", "'a?b?[31m?'");
}

Test(e2e_options, a_very_long_refused_value_is_cut)
{
	static char value[8000];

	memset(value, 'x', sizeof value - 1);
	cr_expect(eq(int, RUN("-p", value, ECHO), 1));
	cr_expect(eq(str, out, ""));
	cr_expect(lt(int, (int)strlen(err), 2000));
	cr_expect(holds(strstr(err, "'-p'")));
	cr_expect(holds(strstr(err, "xxx\nTry 'pidone --help'.\n")));
}

Test(e2e_options, pause_with_a_command_is_refused)
{
	refused(RUN("-P", ECHO), "'-P'", "/bin/echo");
}

Test(e2e_options, without_a_command_the_usage_goes_to_stderr)
{
	const char *const cases[][4] = { { NULL }, { "--" }, { "-g" }, { "-gs", "-p", "TERM" } };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		cr_expect(eq(int, result_of(cases[i], NULL), 1));
		cr_expect(eq(str, out, ""));
		cr_expect(holds(strncmp(err, "usage: pidone ", 14) == 0), "%s", err);
		cr_expect(holds(strstr(err, "Try 'pidone --help'.\n")), "%s", err);
	}
}

Test(e2e_options, a_refusal_is_the_same_as_pid_1)
{
	NEED_ROOT();
	cr_expect(eq(int,
		     run_status(&(struct start){
			     .mode = PID1, .args = (const char *[]){ "-p", "x", ECHO, NULL } }),
		     1));
}

/* ---- where options end ---------------------------------------------------------------- */

Test(e2e_options, options_of_the_command_are_its_own)
{
	cr_expect(eq(int, RUN("echo", "-n", "hi"), 0));
	cr_expect(eq(str, out, "hi"));
	cr_expect(eq(int, RUN("echo", "--help", "-V", "--", "-g"), 0));
	cr_expect(ne(str, out, ""));
}

Test(e2e_options, two_dashes_end_the_options)
{
	cr_expect(eq(int, RUN("-g", "--", "echo", "--", "-n"), 0));
	cr_expect(eq(str, out, "-- -n\n"));
	cr_expect(eq(int, RUN("--", "--", "true"), 127));
	cr_expect(eq(int, RUN("--", "-h"), 127));
}

Test(e2e_options, a_single_dash_is_a_command)
{
	cr_expect(eq(int, RUN("-", "-h"), 127));
	cr_expect(eq(str, out, ""));
}

/* As docker and podman start it. */
Test(e2e_options, all_options_together_start_the_command)
{
	cr_expect(eq(int,
		     RUN("-sgcwv", "-p", "SIGTERM", "-r15:2", "-e", "1,TERM", "-t", "1s", "-k1m",
			 "-SQUIT,37", "--stop-signal=term", "--verbose", "--group",
			 "--parent-death=term", "--", "echo", "a", "b"),
		     0));
	cr_expect(eq(str, out, "a b\n"));
}

/* ---- what answers at once ----------------------------------------------------------------- */

/* On stdout, nothing on stderr, status 0, before anything else is looked at. */
static void answers(const char *option, const char *text)
{
	cr_expect(eq(int, RUN(option), 0), "%s", option);
	cr_expect(holds(strstr(out, text)), "no '%s' in '%s'", text, out);
	cr_expect(eq(str, err, ""), "%s", option);
	cr_expect(eq(int, RUN("-g", option, ECHO), 0), "%s", option);
	cr_expect(holds(strstr(out, text)), "no '%s' in '%s'", text, out);
	cr_expect(holds(!strstr(out, "started")), "%s", option);
}

Test(e2e_options, help_goes_to_stdout)
{
	answers("-h", "usage: pidone [OPTION]... [--] COMMAND [ARG]...\n");
	answers("--help", "usage: pidone ");
	answers("-gh", "usage: pidone ");
}

Test(e2e_options, help_names_every_option)
{
	static const char *const options[] = {
		"-s, --subreaper",	 "-g, --group",		  "-c, --single-child",
		"-r, --rewrite FROM:TO", "-e, --remap-exit LIST", "-p, --parent-death SIGNAL",
		"-t, --grace TIME",	 "-k, --kill-after TIME", "-a, --wait-all",
		"-R, --report FILE",	 "-w, --warn-on-reap",	  "-P, --pause",
		"-v, --verbose",	 "-l, --license",	  "-h, --help",
		"-V, --version",	 "-S, --stop-signal LIST"
	};

	cr_assert(zero(int, RUN("--help")));
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		cr_expect(holds(strstr(out, options[i])), "no '%s' in the help", options[i]);
	/* It is read on a terminal of 80 columns. */
	for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"))
		cr_expect(lt(int, (int)strlen(line), 80), "%s", line);
}

Test(e2e_options, version_goes_to_stdout)
{
	answers("-V", "pidone version " PIDONE_VERSION " - git.");
	answers("--version", "pidone version " PIDONE_VERSION " - git.");
	cr_assert(zero(int, RUN("-V")));
	const char *sha = strstr(out, "git.");
	cr_assert(holds(sha));
	cr_expect(eq(int, (int)strspn(sha + 4, "0123456789abcdef"), 7));
	cr_expect(eq(str, (char *)sha + 11, "\n"));
}

Test(e2e_options, licence_goes_to_stdout)
{
	answers("-l", "MIT License");
	answers("-L", "MIT License");
	answers("--license", "WITHOUT WARRANTY OF ANY KIND");
}

static void closed_stdout(void)
{
	close(STDOUT_FILENO);
}

static void full_stdout(void)
{
	int fd = open("/dev/full", O_WRONLY);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(99);
	close(fd);
}

/* A pipe nobody reads; nor may the SIGPIPE end it. */
static void dead_stdout(void)
{
	int ends[2];

	if (pipe(ends) < 0 || dup2(ends[1], STDOUT_FILENO) < 0)
		_exit(99);
	close(ends[0]);
	close(ends[1]);
}

Test(e2e_options, an_answer_that_cannot_be_written_is_a_failure)
{
	static void (*const kinds[])(void) = { closed_stdout, full_stdout, dead_stdout };
	static const char *const options[] = { "-h", "-V", "-l", "-L" };

	for (size_t kind = 0; kind < 3; kind++)
		for (size_t i = 0; i < 4; i++)
			cr_expect(eq(int,
				     result_of((const char *[]){ options[i], NULL }, kinds[kind]),
				     1),
				  "%s, kind %zu", options[i], kind);
}

/* ---- variables of tini -------------------------------------------------------------------- */

static const char *verbosity;

static void set_tini_variables(void)
{
	setenv("TINI_VERBOSITY", verbosity, 1);
	setenv("TINI_SUBREAPER", "", 1);
}

Test(e2e_options, tini_verbosity_sets_the_level)
{
	verbosity = "0";
	cr_expect(eq(int, result_of((const char *[]){ ECHO, NULL }, set_tini_variables), 0));
	cr_expect(eq(str, err, ""));
	verbosity = "4";
	cr_expect(eq(int, result_of((const char *[]){ ECHO, NULL }, set_tini_variables), 0));
	cr_expect(eq(str, out, "started\n"));
	cr_expect(ne(str, err, ""));
}

Test(e2e_options, a_bad_tini_verbosity_is_a_warning)
{
	verbosity = "5";
	cr_expect(eq(int, result_of((const char *[]){ ECHO, NULL }, set_tini_variables), 0));
	cr_expect(eq(str, out, "started\n"));
	cr_expect(holds(strstr(err, "TINI_VERBOSITY") && strstr(err, "'5'")), "%s", err);
	cr_expect(eq(str, strchr(err, '\n'), "\n"));
}
