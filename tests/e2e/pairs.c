/* SPDX-License-Identifier: MIT */
/* Every pair of -a -t -k -g -s: two options, one behaviour that needs both. */
#define _GNU_SOURCE
#include "tree.h"

TREE_SUITE(e2e_pairs);

static struct run run;

enum { KILLED = 128 + SIGKILL };

/* Main's end: -a stays. A stop signal: -t's drain, and its end. */
BOTH_MODES(e2e_pairs, wait_all_and_grace)
{
	tree_start_ready(&run, 1, mode, WORDS("-a", "-t", "300ms"),
			 WORDS("(", "name:a", "setsid", "end:0", "serve", ")", "read", "exit:3"));
	tree_go(&run);
	tree_wait_alone(&run, "a");
	tree_hears(&run, "a", SIGUSR1, SIGUSR1);
	kill(run.pid, SIGTERM);
	tree_assert_drained(tree_all(&run), "a");
	tree_end(&run, 3);
}

/* -k ends main, the rest is waited for: its clock is not for them. */
BOTH_MODES(e2e_pairs, wait_all_and_kill_after)
{
	tree_start_ready(&run, 2, mode, WORDS("-a", "-k", "100ms"),
			 WORDS("(", "name:a", "end:12", "serve", ")", "end:0", "serve"));
	tree_hears(&run, "main", SIGTERM, SIGTERM);
	/* What came while main was alive is passed on when it ends. */
	tree_line(&run, "a signal 15 ");
	tree_wait_alone(&run, "a");
	/* Stop signals are like others now: no clock, no kill. */
	tree_hears(&run, "a", SIGTERM, SIGTERM);
	tree_hears(&run, "a", SIGINT, SIGINT);
	kill(run.pid, SIGUSR2);
	tree_all(&run);
	tree_end(&run, KILLED);
}

/* While main runs its group has the signals, then all of the rest, those of other groups too. */
BOTH_MODES(e2e_pairs, wait_all_and_group)
{
	tree_start_ready(&run, 3, mode, WORDS("-a", "-g"),
			 WORDS("(", "name:in", "end:10", "serve", ")", "(", "name:out", "setsid",
			       "end:12", "serve", ")", "end:10", "status:3", "serve"));
	kill(run.pid, SIGUSR1);
	const char *first = read_line(&run);
	cr_assert(strncmp(first, "in signal 10 ", 13) == 0 ||
			  strncmp(first, "main signal 10 ", 15) == 0,
		  "%s", first);
	read_line(&run);
	tree_wait_alone(&run, "out");
	kill(run.pid, SIGUSR2);
	/* The first it hears of: USR1 was for the group. */
	tree_line(&run, "out signal 12 ");
	tree_end(&run, 3);
}

/* -s as well as without it: orphans of orphans are waited for. */
BOTH_MODES(e2e_pairs, wait_all_and_subreaper)
{
	tree_start_ready(
		&run, 1, mode, WORDS("-a", "-s"),
		WORDS("(", "(", "setsid", "(", "name:a", "serve", ")", ")", ")", "exit:3"));
	tree_wait_alone(&run, "a");
	tree_hears(&run, "a", SIGTERM, SIGTERM);
	cr_assert(eq(int, run_wait(&run), 3));
	cr_assert(eq(str, (char *)read_stderr(&run), ""));
	tree_end(&run, 3);
}

/* Main at its deadline, and only then the rest: TERM, CONT, its own deadline. */
BOTH_MODES(e2e_pairs, grace_and_kill_after)
{
	tree_start_ready(&run, 2, mode, WORDS("-t", "400ms", "-k", "200ms"),
			 WORDS("(", "name:a", "setsid", "end:0", "serve", ")", "end:0", "serve"));
	kill(run.pid, SIGTERM);
	const char *text = tree_all(&run);
	tree_assert_drained(text, "a");
	cr_assert(strncmp(text, "main signal 15 ", 15) == 0, "%s", text);
	cr_assert(eq(int, tree_signals(text, "main"), 1), "%s", text);
	tree_end(&run, KILLED);
}

/* The stop signal is the group's; what of it outlives main has had it, and gets no second one. */
BOTH_MODES(e2e_pairs, grace_and_group)
{
	tree_start_ready(&run, 3, mode, WORDS("-t", "1h", "-g"),
			 WORDS("(", "name:in", "end:18", "serve", ")", "(", "name:out", "setsid",
			       "end:18", "serve", ")", "end:2", "status:3", "serve"));
	kill(run.pid, SIGINT);
	const char *text = tree_all(&run);
	cr_assert(eq(int, tree_got(text, "in", SIGINT), 1), "%s", text);
	cr_assert(eq(int, tree_got(text, "in", SIGCONT), 1), "%s", text);
	cr_assert(eq(int, tree_signals(text, "in"), 2), "%s", text);
	cr_assert(eq(int, tree_got(text, "main", SIGINT), 1), "%s", text);
	tree_assert_drained(text, "out");
	tree_end(&run, 3);
}

/* A health check's wrapper: nothing of the probe's is left behind, nor is anybody else touched. */
BOTH_MODES(e2e_pairs, grace_and_subreaper)
{
	static struct run other;

	tree_start(&other, SUBREAPER, WORDS("-c"), WORDS("name:other", "end:12", "serve"));
	tree_ready(&other, 1);
	tree_start_ready(&run, 2, mode, WORDS("-s", "-t", "200ms"),
			 WORDS("(", "setsid", "(", "name:a", "end:0", "serve", ")", ")", "(",
			       "name:b", "serve", ")", "read", "exit:3"));
	tree_go(&run);
	tree_assert_drained(tree_all(&run), "a");
	tree_end(&run, 3);
	kill(other.pid, SIGUSR2);
	cr_assert(eq(int, tree_signals(tree_all(&other), "other"), 1));
	tree_end(&other, 0);
}

/* The whole group has the signal, and the whole group is killed; who left it has neither. */
BOTH_MODES(e2e_pairs, kill_after_and_group)
{
	tree_start_ready(&run, 3, mode, WORDS("-k", "200ms", "-g"),
			 WORDS("(", "name:in", "end:0", "serve", ")", "(", "name:out", "setsid",
			       "end:12", "serve", ")", "end:0", "serve"));
	kill(run.pid, SIGTERM);
	cr_assert(eq(int, run_wait(&run), KILLED));
	if (mode == SUBREAPER) {
		/* It ended before main or behind it: init has reaped it, or left it to us. */
		cr_assert(waitpid(tree_pid("in"), NULL, 0) == tree_pid("in") || errno == ECHILD);
		kill(tree_pid("out"), SIGUSR2);
	}
	const char *text = tree_all(&run);
	cr_assert(eq(int, tree_got(text, "in", SIGTERM), 1), "%s", text);
	cr_assert(eq(int, tree_got(text, "main", SIGTERM), 1), "%s", text);
	cr_assert(eq(int, tree_signals(text, "out"), mode == SUBREAPER), "%s", text);
	tree_end(&run, KILLED);
}

/* An orphan that init adopted is not main: it is not killed in its place, nor with it. */
BOTH_MODES(e2e_pairs, kill_after_and_subreaper)
{
	tree_start(
		&run, mode, WORDS("-k", "0", "-s"),
		WORDS("(", "(", "name:a", "end:12", "serve", ")", ")", "await", "end:0", "serve"));
	tree_ready(&run, 2);
	kill(run.pid, SIGTERM);
	cr_assert(eq(int, run_wait(&run), KILLED));
	if (mode == SUBREAPER)
		kill(tree_pid("a"), SIGUSR2);
	const char *text = tree_all(&run);
	cr_assert(eq(int, tree_signals(text, "a"), mode == SUBREAPER), "%s", text);
	tree_end(&run, KILLED);
}

/* An adopted orphan that is still of main's group has the group's signals. */
BOTH_MODES(e2e_pairs, group_and_subreaper)
{
	tree_start_ready(&run, 2, mode, WORDS("-g", "-s"),
			 WORDS("(", "(", "name:a", "end:10", "serve", ")", ")", "await", "end:12",
			       "status:3", "serve"));
	kill(run.pid, SIGUSR1);
	char lines[256];
	snprintf(lines, sizeof lines, "%s\n", read_line(&run));
	strncat(lines, read_line(&run), 60);
	cr_assert(tree_got(lines, "a", SIGUSR1) == 1 && tree_got(lines, "main", SIGUSR1) == 1, "%s",
		  lines);
	/* ... and is init's to reap. */
	tree_wait_alone(&run, "main");
	tree_hears(&run, "main", SIGUSR2, SIGUSR2);
	tree_end(&run, 3);
}
