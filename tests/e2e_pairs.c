/* SPDX-License-Identifier: MIT */
/* Every pair of -a -t -k -g -s: two options, one behaviour that needs both. */
#define _GNU_SOURCE
#include "fx.h"

FX_SUITE(e2e_pairs);

static struct run run;

enum { KILLED = 128 + SIGKILL };

/* Main's end: -a stays. A stop signal: -t's drain, and its end. */
IN_BOTH_MODES(e2e_pairs, wait_all_and_grace)
{
	fx_start(&run, mode, WORDS("-a", "-t", "300ms"),
		 WORDS("(", "name:a", "setsid", "end:0", "serve", ")", "read", "exit:3"));
	fx_ready(&run, 1);
	fx_go(&run);
	fx_wait_alone(&run, "a");
	kill(run.pid, SIGUSR1);
	fx_line(&run, "a signal 10 ");
	kill(run.pid, SIGTERM);
	fx_assert_drained(fx_all(&run), "a");
	fx_end(&run, 3);
}

/* -k ends main, the rest is waited for: its clock is not for them. */
IN_BOTH_MODES(e2e_pairs, wait_all_and_kill_after)
{
	fx_start(&run, mode, WORDS("-a", "-k", "100ms"),
		 WORDS("(", "name:a", "end:12", "serve", ")", "end:0", "serve"));
	fx_ready(&run, 2);
	kill(run.pid, SIGTERM);
	fx_line(&run, "main signal 15 ");
	fx_wait_alone(&run, "a");
	/* Stop signals are like others now: no clock, no kill. */
	kill(run.pid, SIGTERM);
	fx_line(&run, "a signal 15 ");
	kill(run.pid, SIGINT);
	fx_line(&run, "a signal 2 ");
	kill(run.pid, SIGUSR2);
	fx_all(&run);
	fx_end(&run, KILLED);
}

/* While main runs its group has the signals, then all of the rest, those of other groups too. */
IN_BOTH_MODES(e2e_pairs, wait_all_and_group)
{
	fx_start(&run, mode, WORDS("-a", "-g"),
		 WORDS("(", "name:in", "end:10", "serve", ")", "(", "name:out", "setsid", "end:12",
		       "serve", ")", "end:10", "status:3", "serve"));
	fx_ready(&run, 3);
	kill(run.pid, SIGUSR1);
	const char *first = read_line(&run);
	cr_assert(strncmp(first, "in signal 10 ", 13) == 0 ||
			  strncmp(first, "main signal 10 ", 15) == 0,
		  "%s", first);
	read_line(&run);
	fx_wait_alone(&run, "out");
	kill(run.pid, SIGUSR2);
	/* The first it hears of: USR1 was for the group. */
	fx_line(&run, "out signal 12 ");
	fx_end(&run, 3);
}

/* -s as well as without it: orphans of orphans are waited for. */
IN_BOTH_MODES(e2e_pairs, wait_all_and_subreaper)
{
	fx_start(&run, mode, WORDS("-a", "-s"),
		 WORDS("(", "(", "setsid", "(", "name:a", "serve", ")", ")", ")", "exit:3"));
	fx_ready(&run, 1);
	fx_wait_alone(&run, "a");
	kill(run.pid, SIGTERM);
	fx_line(&run, "a signal 15 ");
	cr_assert(eq(int, run_wait(&run), 3));
	cr_assert(eq(str, (char *)read_stderr(&run), ""));
	fx_end(&run, 3);
}

/* Main at its deadline, and only then the rest: TERM, CONT, its own deadline. */
IN_BOTH_MODES(e2e_pairs, grace_and_kill_after)
{
	fx_start(&run, mode, WORDS("-t", "400ms", "-k", "200ms"),
		 WORDS("(", "name:a", "setsid", "end:0", "serve", ")", "end:0", "serve"));
	fx_ready(&run, 2);
	kill(run.pid, SIGTERM);
	const char *text = fx_all(&run);
	fx_assert_drained(text, "a");
	cr_assert(strncmp(text, "main signal 15 ", 15) == 0, "%s", text);
	cr_assert(eq(int, fx_signals(text, "main"), 1), "%s", text);
	fx_end(&run, KILLED);
}

/* The stop signal is the group's; what of it outlives main has the drain's as well. */
IN_BOTH_MODES(e2e_pairs, grace_and_group)
{
	fx_start(&run, mode, WORDS("-t", "1h", "-g"),
		 WORDS("(", "name:in", "end:18", "serve", ")", "(", "name:out", "setsid", "end:18",
		       "serve", ")", "end:2", "status:3", "serve"));
	fx_ready(&run, 3);
	kill(run.pid, SIGINT);
	const char *text = fx_all(&run);
	cr_assert(eq(int, fx_got(text, "in", SIGINT), 1), "%s", text);
	cr_assert(eq(int, fx_got(text, "in", SIGTERM), 1), "%s", text);
	cr_assert(eq(int, fx_got(text, "main", SIGINT), 1), "%s", text);
	fx_assert_drained(text, "out");
	fx_end(&run, 3);
}

/* A health check's wrapper: nothing of the probe's is left behind, nor is anybody else touched. */
IN_BOTH_MODES(e2e_pairs, grace_and_subreaper)
{
	static struct run other;

	fx_start(&other, SUBREAPER, WORDS("-c"), WORDS("name:other", "end:12", "serve"));
	fx_ready(&other, 1);
	fx_start(&run, mode, WORDS("-s", "-t", "200ms"),
		 WORDS("(", "setsid", "(", "name:a", "end:0", "serve", ")", ")", "(", "name:b",
		       "serve", ")", "read", "exit:3"));
	fx_ready(&run, 2);
	fx_go(&run);
	fx_assert_drained(fx_all(&run), "a");
	fx_end(&run, 3);
	kill(other.pid, SIGUSR2);
	cr_assert(eq(int, fx_signals(fx_all(&other), "other"), 1));
	fx_end(&other, 0);
}

/* The whole group has the signal, and the whole group is killed; who left it has neither. */
IN_BOTH_MODES(e2e_pairs, kill_after_and_group)
{
	fx_start(&run, mode, WORDS("-k", "200ms", "-g"),
		 WORDS("(", "name:in", "end:0", "serve", ")", "(", "name:out", "setsid", "end:12",
		       "serve", ")", "end:0", "serve"));
	fx_ready(&run, 3);
	kill(run.pid, SIGTERM);
	cr_assert(eq(int, run_wait(&run), KILLED));
	if (mode == SUBREAPER) {
		/* It ended before main or behind it: init has reaped it, or left it to us. */
		cr_assert(waitpid(fx_pid("in"), NULL, 0) == fx_pid("in") || errno == ECHILD);
		kill(fx_pid("out"), SIGUSR2);
	}
	const char *text = fx_all(&run);
	cr_assert(eq(int, fx_got(text, "in", SIGTERM), 1), "%s", text);
	cr_assert(eq(int, fx_got(text, "main", SIGTERM), 1), "%s", text);
	cr_assert(eq(int, fx_signals(text, "out"), mode == SUBREAPER), "%s", text);
	fx_end(&run, KILLED);
}

/* An orphan that init adopted is not main: it is not killed in its place, nor with it. */
IN_BOTH_MODES(e2e_pairs, kill_after_and_subreaper)
{
	fx_start(&run, mode, WORDS("-k", "0", "-s"),
		 WORDS("(", "(", "name:a", "end:12", "serve", ")", ")", "await", "end:0", "serve"));
	fx_ready(&run, 2);
	kill(run.pid, SIGTERM);
	cr_assert(eq(int, run_wait(&run), KILLED));
	if (mode == SUBREAPER)
		kill(fx_pid("a"), SIGUSR2);
	const char *text = fx_all(&run);
	cr_assert(eq(int, fx_signals(text, "a"), mode == SUBREAPER), "%s", text);
	fx_end(&run, KILLED);
}

/* An adopted orphan that is still of main's group has the group's signals. */
IN_BOTH_MODES(e2e_pairs, group_and_subreaper)
{
	fx_start(&run, mode, WORDS("-g", "-s"),
		 WORDS("(", "(", "name:a", "end:10", "serve", ")", ")", "await", "end:12",
		       "status:3", "serve"));
	fx_ready(&run, 2);
	kill(run.pid, SIGUSR1);
	char lines[256];
	snprintf(lines, sizeof lines, "%s\n", read_line(&run));
	strncat(lines, read_line(&run), 60);
	cr_assert(fx_got(lines, "a", SIGUSR1) == 1 && fx_got(lines, "main", SIGUSR1) == 1, "%s",
		  lines);
	/* ... and is init's to reap. */
	fx_wait_alone(&run, "main");
	kill(run.pid, SIGUSR2);
	fx_line(&run, "main signal 12 ");
	fx_end(&run, 3);
}
