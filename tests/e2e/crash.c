/* SPDX-License-Identifier: MIT */
/* Contract 6, -a: where main ended with 0, the status is that of the very last of the rest. */
#define _GNU_SOURCE
#include "tree.h"

TREE_SUITE(e2e_crash);

static struct run run;

/* A program that daemonizes: main ends with `status`, one or two are left. */
static void start(enum mode mode, const char *const *options, const char *const *tree, int ready)
{
	tree_start(&run, mode, options, tree);
	tree_ready(&run, ready);
	tree_go(&run);
}

#define DAEMON(status, end) "(", "name:d", "setsid", end, status, "serve", ")", "read"

/* So that `restart: on-failure` restarts it. */
BOTH_MODES(e2e_crash, a_daemon_that_fails_is_the_status)
{
	start(mode, WORDS("-a"), WORDS(DAEMON("status:9", "end:12")), 1);
	tree_wait_alone(&run, "d");
	kill(tree_outer_pid(&run, "d"), SIGUSR2);
	tree_end(&run, 9);
}

BOTH_MODES(e2e_crash, a_daemon_that_is_killed_is_the_status)
{
	start(mode, WORDS("-a"), WORDS(DAEMON("status:9", "end:12")), 1);
	tree_wait_alone(&run, "d");
	kill(tree_outer_pid(&run, "d"), SIGKILL);
	tree_end(&run, 137);
}

BOTH_MODES(e2e_crash, a_main_that_failed_is_the_status_all_the_same)
{
	start(mode, WORDS("-a"), WORDS(DAEMON("status:9", "end:12"), "exit:3"), 1);
	tree_wait_alone(&run, "d");
	kill(tree_outer_pid(&run, "d"), SIGUSR2);
	tree_end(&run, 3);
}

/* It was asked to end: that is no crash. */
BOTH_MODES(e2e_crash, after_a_stop_signal_it_is_mains)
{
	start(mode, WORDS("-a"), WORDS(DAEMON("status:9", "end:15")), 1);
	tree_wait_alone(&run, "d");
	kill(run.pid, SIGTERM);
	tree_end(&run, 0);
}

BOTH_MODES(e2e_crash, without_wait_all_it_is_mains)
{
	start(mode, WORDS("-t", "1h"), WORDS(DAEMON("status:9", "end:15")), 1);
	tree_end(&run, 0);
}

/* Helpers end with 1 all day. */
BOTH_MODES(e2e_crash, one_that_failed_on_the_way_is_not)
{
	start(mode, WORDS("-a"),
	      WORDS("(", "name:helper", "setsid", "end:12", "status:1", "serve", ")",
		    DAEMON("status:0", "end:12")),
	      2);
	pid_t helper = tree_outer_pid(&run, "helper"), d = tree_outer_pid(&run, "d");
	WAIT_FOR(atoi(status_field(helper, "PPid")) == run.pid &&
		 atoi(status_field(d, "PPid")) == run.pid && count_zombies(run.pid) == 0);
	kill(helper, SIGUSR2);
	tree_wait_alone(&run, "d");
	kill(d, SIGUSR2);
	tree_end(&run, 0);
}

BOTH_MODES(e2e_crash, the_last_status_is_mapped_by_e_too)
{
	start(mode, WORDS("-a", "-e", "9"), WORDS(DAEMON("status:9", "end:12")), 1);
	tree_wait_alone(&run, "d");
	kill(tree_outer_pid(&run, "d"), SIGUSR2);
	tree_end(&run, 0);
}
