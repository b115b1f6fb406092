/* SPDX-License-Identifier: MIT */
/* Contract 6, -a: init stays until none is left, and signals go to all of the rest. */
#define _GNU_SOURCE
#include "tree.h"

TREE_SUITE(e2e_waitall);

static struct run run;

/* Main leaves two behind, each in a session of its own: one served by USR2, one by TERM. */
#define LEAVE_TWO                                                                                  \
	"(", "name:a", "setsid", "end:12", "serve", ")", "(", "setsid", "(", "name:b", "setpgid",  \
		"end:15", "serve", ")", ")", "read", "exit:4"

/* True where each of those that said they were ready is a child of init. */
static bool all_adopted(int ready)
{
	for (int i = 0; i < ready; i++)
		if (atoi(status_field(tree_outer_pid(&run, tree_name(ready - i)), "PPid")) !=
		    run.pid)
			return false;
	return true;
}

/* Starts, ends main, and waits until it is reaped. */
static void start_waiting(enum mode mode, const char *const *options, const char *const *tree,
			  int ready)
{
	tree_start(&run, mode, options, tree);
	tree_ready(&run, ready);
	tree_go(&run);
	/* Those that are left are init's own, and nothing else is. */
	WAIT_FOR(all_adopted(ready) && count_children(run.pid) == ready &&
		 count_zombies(run.pid) == 0);
}

BOTH_MODES(e2e_waitall, ends_with_the_last_of_the_rest)
{
	start_waiting(mode, WORDS("-a"), WORDS(LEAVE_TWO), 2);
	tree_signal(&run, "a", SIGUSR2);
	WAIT_FOR(count_children(run.pid) == 1);
	cr_assert(not(run_ended(&run, 0)), "ended with one left");
	tree_signal(&run, "b", SIGTERM);
	tree_end(&run, 4);
}

BOTH_MODES(e2e_waitall, ends_at_once_where_there_is_no_rest)
{
	tree_start(&run, mode, WORDS("-a"), WORDS("exit:4"));
	tree_end(&run, 4);
}

BOTH_MODES(e2e_waitall, signals_go_to_all_of_the_rest)
{
	/* Without -t a stop signal is one like another; TERM ends b. */
	static const int signals[] = { SIGHUP, SIGUSR1, SIGWINCH, SIGALRM, SIGINT, 40, SIGTERM };
	char lines[128], a[32], b[32];

	start_waiting(mode, WORDS("-a"), WORDS(LEAVE_TWO), 2);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		kill(run.pid, signals[i]);
		snprintf(a, sizeof a, "a signal %d ", signals[i]);
		snprintf(b, sizeof b, "b signal %d ", signals[i]);
		snprintf(lines, sizeof lines, "%s\n", read_line(&run));
		strncat(lines, read_line(&run), 60);
		cr_assert(tree_count(lines, a) == 1 && tree_count(lines, b) == 1, "%s", lines);
	}
	WAIT_FOR(count_children(run.pid) == 1);
	tree_hears(&run, "a", SIGUSR2, SIGUSR2);
	tree_end(&run, 4);
}

BOTH_MODES(e2e_waitall, signals_to_the_rest_are_rewritten)
{
	start_waiting(mode, WORDS("-a", "-r", "HUP:USR1", "-r", "WINCH:0", "-r", "TERM:USR2"),
		      WORDS("(", "name:a", "end:12", "serve", ")", "read", "exit:4"), 1);
	kill(run.pid, SIGWINCH);
	tree_hears(&run, "a", SIGHUP, SIGUSR1);
	tree_hears(&run, "a", SIGTERM, SIGUSR2);
	tree_end(&run, 4);
}

BOTH_MODES(e2e_waitall, while_main_runs_signals_go_to_main_alone)
{
	tree_start_ready(
		&run, 2, mode, WORDS("-a"),
		WORDS("(", "name:a", "end:12", "serve", ")", "end:1", "status:4", "serve"));
	tree_hears(&run, "main", SIGHUP, SIGHUP);
	tree_wait_alone(&run, "a");
	tree_hears(&run, "a", SIGUSR2, SIGUSR2);
	tree_end(&run, 4);
}

/* It names a process that is no child. That does not mean that none is left. */
BOTH_MODES(e2e_waitall, a_forged_sigchld_does_not_end_it)
{
	start_waiting(mode, WORDS("-a"), WORDS("(", "name:a", "end:12", "serve", ")", "exit:4"), 1);
	for (int i = 0; i < 10; i++) {
		sigqueue(run.pid, SIGCHLD, (union sigval){ .sival_int = i });
		tree_hears(&run, "a", SIGHUP, SIGHUP);
	}
	tree_hears(&run, "a", SIGUSR2, SIGUSR2);
	tree_end(&run, 4);
}

BOTH_MODES(e2e_waitall, a_daemon_keeps_it_up)
{
	tree_start_ready(&run, 1, mode, WORDS("-a"),
			 WORDS("(", "setsid", "(", "name:daemon", "serve", ")", ")", "exit:4"));
	tree_wait_alone(&run, "daemon");
	tree_hears(&run, "daemon", SIGTERM, SIGTERM);
	tree_end(&run, 4);
}

/* Main forks its successor and exits 0, as some programs do to upgrade themselves; twice. */
BOTH_MODES(e2e_waitall, a_program_that_goes_on_as_its_child_keeps_it_up)
{
	tree_start_ready(&run, 1, mode, WORDS("-a"),
			 WORDS("(", "(", "name:third", "serve", ")", "exit:0", ")", "exit:0"));
	tree_wait_alone(&run, "third");
	tree_hears(&run, "third", SIGHUP, SIGHUP);
	tree_hears(&run, "third", SIGTERM, SIGTERM);
	tree_end(&run, 0);
}

BOTH_MODES(e2e_waitall, one_that_is_born_while_waiting_keeps_it_up)
{
	tree_start(&run, mode, WORDS("-a"),
		   WORDS("(", "read", "(", "name:late", "end:10", "serve", ")", "exit:0", ")",
			 "exit:4"));
	WAIT_FOR(count_children(run.pid) == 1 && count_zombies(run.pid) == 0);
	tree_go(&run);
	tree_ready(&run, 1);
	tree_wait_alone(&run, "late");
	tree_hears(&run, "late", SIGUSR1, SIGUSR1);
	tree_end(&run, 4);
}

BOTH_MODES(e2e_waitall, with_a_grace_the_first_stop_signal_starts_the_drain)
{
	const char *text;

	start_waiting(mode, WORDS("-a", "-t", "300ms"),
		      WORDS("(", "name:a", "end:0", "serve", ")", "(", "name:b", "end:2", "serve",
			    ")", "read", "exit:4"),
		      2);
	kill(run.pid, SIGHUP);
	tree_line(&run, "");
	tree_line(&run, "");
	/* What came is what they get, and a is killed for not hearing it. */
	kill(run.pid, SIGINT);
	text = tree_all(&run);
	cr_assert(eq(int, tree_got(text, "a", SIGINT), 1), "%s", text);
	cr_assert(eq(int, tree_got(text, "a", SIGCONT), 1), "%s", text);
	cr_assert(eq(int, tree_signals(text, "a"), 2), "%s", text);
	cr_assert(eq(int, tree_got(text, "b", SIGINT), 1), "%s", text);
	tree_end(&run, 4);
}

BOTH_MODES(e2e_waitall, with_a_grace_it_waits_as_long_as_nobody_says_stop)
{
	start_waiting(mode, WORDS("-a", "-t", "0"),
		      WORDS("(", "name:a", "end:12", "serve", ")", "read", "exit:4"), 1);
	tree_hears(&run, "a", SIGUSR1, SIGUSR1);
	tree_hears(&run, "a", SIGUSR2, SIGUSR2);
	tree_end(&run, 4);
}

BOTH_MODES(e2e_waitall, a_stop_signal_to_main_counts_for_the_drain)
{
	static const int stops[] = { SIGTERM, SIGINT };

	for (int i = 0; i < 2; i++) {
		char end[16];
		snprintf(end, sizeof end, "end:%d", stops[i]);
		tree_start(&run, mode, WORDS("-a", "-t", "1h"),
			   WORDS("(", "name:a", "end:18", "serve", ")", end, "status:4", "serve"));
		tree_ready(&run, 2);
		kill(run.pid, stops[i]);
		tree_line(&run, "main signal ");
		const char *text = tree_all(&run);
		cr_assert(eq(int, tree_got(text, "a", stops[i]), 1), "%s", text);
		cr_assert(eq(int, tree_got(text, "a", SIGCONT), 1), "%s", text);
		cr_assert(eq(int, tree_signals(text, "a"), 2), "%s", text);
		tree_end(&run, 4);
	}
}

/* Hangs up, reloads: what is no stop signal does not count. */
BOTH_MODES(e2e_waitall, another_signal_to_main_does_not_start_the_drain)
{
	tree_start_ready(
		&run, 2, mode, WORDS("-a", "-t", "0"),
		WORDS("(", "name:a", "end:12", "serve", ")", "end:1", "status:4", "serve"));
	tree_hears(&run, "main", SIGHUP, SIGHUP);
	tree_wait_alone(&run, "a");
	tree_hears(&run, "a", SIGUSR2, SIGUSR2);
	tree_end(&run, 4);
}

Test(e2e_waitall, as_subreaper_a_bystander_gets_nothing)
{
	static struct run sibling;

	tree_start(&sibling, SUBREAPER, WORDS("-g"), WORDS("name:sibling", "end:12", "serve"));
	tree_ready(&sibling, 1);
	start_waiting(SUBREAPER, WORDS("-a"), WORDS(LEAVE_TWO), 2);
	kill(run.pid, SIGHUP);
	kill(run.pid, SIGTERM);
	kill(run.pid, SIGUSR2);
	tree_all(&run);
	tree_end(&run, 4);
	kill(sibling.pid, SIGUSR2);
	const char *text = tree_all(&sibling);
	cr_assert(eq(int, tree_signals(text, "sibling"), 1), "it got more: %s", text);
	tree_end(&sibling, 0);
}
