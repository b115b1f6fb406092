/* SPDX-License-Identifier: MIT */
/* Contract 6, -k: a main that does not hear a stop signal is killed. */
#define _GNU_SOURCE
#include "tree.h"

TREE_SUITE(e2e_killafter);

static struct run run;

#define STUBBORN "end:0", "serve"
enum { KILLED = 128 + SIGKILL };

BOTH_MODES(e2e_killafter, each_stop_signal_starts_the_clock)
{
	static const int stops[] = { SIGTERM, SIGINT };
	char line[32];

	for (int i = 0; i < 2; i++) {
		tree_start(&run, mode, WORDS("-k", "200ms"), WORDS(STUBBORN));
		tree_ready(&run, 1);
		kill(run.pid, stops[i]);
		/* It gets its chance. */
		snprintf(line, sizeof line, "main signal %d ", stops[i]);
		tree_line(&run, line);
		tree_end(&run, KILLED);
	}
}

BOTH_MODES(e2e_killafter, no_time_at_all_kills_at_once)
{
	tree_start_ready(&run, 1, mode, WORDS("-k", "0"), WORDS(STUBBORN));
	kill(run.pid, SIGTERM);
	tree_end(&run, KILLED);
}

BOTH_MODES(e2e_killafter, other_signals_do_not_start_the_clock)
{
	tree_start_ready(&run, 1, mode, WORDS("-k", "0"), WORDS("end:12", "status:7", "serve"));
	tree_hears(&run, "main", SIGHUP, SIGHUP);
	tree_hears(&run, "main", SIGUSR1, SIGUSR1);
	tree_hears(&run, "main", SIGUSR2, SIGUSR2);
	tree_end(&run, 7);
}

/* A clock that each signal wound up again would never strike here. */
BOTH_MODES(e2e_killafter, later_stop_signals_do_not_restart_the_clock)
{
	long long end = clock_ms() + WAIT_MS;
	int sent = 0;

	tree_start_ready(&run, 1, mode, WORDS("-k", "500ms"), WORDS(STUBBORN));
	do {
		kill(run.pid, sent++ % 2 ? SIGTERM : SIGINT);
		cr_assert(clock_ms() < end, "it is never killed");
	} while (!run_ended(&run, 20));
	tree_end(&run, KILLED);
}

BOTH_MODES(e2e_killafter, a_main_that_ends_in_time_is_not_affected)
{
	tree_start_ready(&run, 1, mode, WORDS("-k", "1h"), WORDS("end:15", "status:5", "serve"));
	tree_hears(&run, "main", SIGTERM, SIGTERM);
	tree_end(&run, 5);
}

BOTH_MODES(e2e_killafter, a_main_that_nobody_stops_is_not_affected)
{
	tree_start_ready(&run, 1, mode, WORDS("-k", "0"), WORDS("hello", "read", "exit:5"));
	tree_go(&run);
	tree_end(&run, 5);
}

BOTH_MODES(e2e_killafter, the_clock_counts_what_arrives_not_what_is_delivered)
{
	tree_start_ready(&run, 1, mode, WORDS("-k", "200ms", "-r", "TERM:QUIT"), WORDS(STUBBORN));
	tree_hears(&run, "main", SIGTERM, SIGQUIT);
	tree_end(&run, KILLED);
}

BOTH_MODES(e2e_killafter, a_dropped_stop_signal_starts_the_clock)
{
	tree_start_ready(&run, 1, mode, WORDS("-k", "100ms", "-r", "TERM:0"), WORDS(STUBBORN));
	kill(run.pid, SIGTERM);
	const char *text = tree_all(&run);
	cr_assert(eq(int, tree_signals(text, "main"), 0), "%s", text);
	tree_end(&run, KILLED);
}

BOTH_MODES(e2e_killafter, a_signal_that_becomes_a_stop_signal_starts_the_clock_too)
{
	tree_start_ready(&run, 1, mode, WORDS("-k", "200ms", "-r", "HUP:TERM"), WORDS(STUBBORN));
	tree_hears(&run, "main", SIGHUP, SIGTERM);
	tree_end(&run, KILLED);
}

BOTH_MODES(e2e_killafter, a_stopped_main_is_killed)
{
	tree_start_ready(&run, 1, mode, WORDS("-k", "100ms"), WORDS("stop", STUBBORN));
	cr_assert(wait_state(tree_outer_pid(&run, "main"), "T"));
	kill(run.pid, SIGTERM);
	tree_end(&run, KILLED);
}

/* As subreaper the child is left behind, unharmed: it had nothing. */
Test(e2e_killafter, it_kills_main_alone)
{
	tree_start_ready(&run, 2, SUBREAPER, WORDS("-k", "100ms"),
			 WORDS("(", "name:a", "end:12", "serve", ")", STUBBORN));
	tree_hears(&run, "main", SIGTERM, SIGTERM);
	cr_assert(eq(int, run_wait(&run), KILLED));
	kill(tree_pid("a"), SIGUSR2);
	const char *text = tree_all(&run);
	cr_assert(eq(int, tree_signals(text, "a"), 1), "it got more: %s", text);
	tree_end(&run, KILLED);
}

/* ... and with -g it is gone with main, but for the one that left the group. */
Test(e2e_killafter, with_group_it_kills_the_whole_group)
{
	tree_start_ready(&run, 3, SUBREAPER, WORDS("-g", "-k", "100ms"),
			 WORDS("(", "name:a", STUBBORN, ")", "(", "name:b", "setpgid", "end:12",
			       "serve", ")", STUBBORN));
	kill(run.pid, SIGTERM);
	cr_assert(eq(int, run_wait(&run), KILLED));
	/* By whom it was reaped, init or the test, is all one. */
	waitpid(tree_pid("a"), NULL, 0);
	cr_assert(eq(int, kill(tree_pid("a"), 0), -1));
	kill(tree_pid("b"), SIGUSR2);
	const char *text = tree_all(&run);
	cr_assert(eq(int, tree_signals(text, "b"), 1), "it got more: %s", text);
	cr_assert(eq(int, tree_got(text, "a", SIGTERM), 1), "%s", text);
	tree_end(&run, KILLED);
}

/* Main joined another's group: -g's signals go to main, and so does KILL. */
BOTH_MODES(e2e_killafter, with_group_a_main_that_left_its_group_is_killed)
{
	tree_start_ready(&run, 1, mode, WORDS("-g", "-k", "100ms"), WORDS("other-group", STUBBORN));
	tree_hears(&run, "main", SIGTERM, SIGTERM);
	/* It is gone, not just given up. */
	tree_all(&run);
	tree_end(&run, KILLED);
}

BOTH_MODES(e2e_killafter, with_a_grace_the_rest_then_has_its_own)
{
	tree_start_ready(&run, 2, mode, WORDS("-k", "100ms", "-t", "1h"),
			 WORDS("(", "name:a", "setsid", "end:18", "serve", ")", STUBBORN));
	kill(run.pid, SIGTERM);
	const char *text = tree_all(&run);
	cr_assert(eq(int, tree_got(text, "main", SIGTERM), 1), "%s", text);
	tree_assert_drained(text, "a");
	tree_end(&run, KILLED);
}

static void start_frozen(enum mode mode, const char *const *options)
{
	tree_start_ready(&run, 1, mode, options, WORDS(STUBBORN));
	tree_freeze(tree_outer_pid(&run, "main"));
	kill(run.pid, SIGTERM);
}

Test(e2e_killafter, as_subreaper_a_main_that_cannot_die_does_not_hold_init)
{
	TREE_NEED_FREEZER();
	start_frozen(SUBREAPER, WORDS("-k", "100ms"));
	int status = run_wait(&run);
	tree_thaw();
	cr_assert(eq(int, status, KILLED));
	run_close(&run);
}

/* The kernel keeps a PID 1 until its namespace is empty; the report tells when it left. */
Test(e2e_killafter, as_pid_1_a_main_that_cannot_die_does_not_hold_init)
{
	TREE_NEED_FREEZER();
	start_frozen(PID1, WORDS("-k", "100ms", "-R", "-"));
	tree_expect_error(&run, " exit=137 ");
	tree_thaw();
	tree_end(&run, KILLED);
}
