/* SPDX-License-Identifier: MIT */
/*
 * Contract 6: children that init had before main, as of a shell that has done
 * `exec > >(tee log); exec pidone ...`. They are not of the rest; they end by the end of their
 * input.
 */
#define _GNU_SOURCE
#include "tree.h"

TREE_SUITE(e2e_earlier_children);

static struct run run;

/* The words of the child from before, in the place of `tee`; descriptor 3 is what they read. */
static const char *const *pump_words;

/* It reads what init and main write; its own stdout is the test's. */
static void have_a_pump(void)
{
	static const char *argv[32];
	int ends[2];

	if (pipe(ends) < 0)
		_exit(97);
	if (fork_or_die() == 0) {
		argv[0] = child_program("tree");
		for (int i = 0; pump_words[i]; i++)
			argv[i + 1] = pump_words[i];
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		close(ends[1]);
		execv(argv[0], (char **)argv);
		_exit(97);
	}
	/* What is not the pump's goes to it by descriptor 1 and 2. */
	dup2(ends[1], STDERR_FILENO);
	close(ends[0]);
	close(ends[1]);
}

/* Main and the rest keep the test's stdout, to tell of themselves; stderr is the pump's. */
static void start(enum mode mode, const char *const *options, const char *const *pump,
		  const char *const *tree)
{
	pump_words = pump;
	tree_start_with(&run, (struct start){ .mode = mode, .before_exec = have_a_pump }, options,
			tree);
}

/* tee: "all" when its input has ended. */
#define TEE WORDS("name:tee", "hello", "drain", "say:all")

BOTH_MODES(e2e_earlier_children, wait_all_does_not_wait_for_them)
{
	start(mode, WORDS("-a"), WORDS("name:pump", "end:12", "serve"), WORDS("exit:3"));
	cr_expect(eq(int, run_wait(&run), 3));
	if (mode == SUBREAPER) {
		tree_ready(&run, 1);
		kill(tree_pid("pump"), SIGUSR2);
		const char *text = tree_all(&run);
		cr_expect(eq(int, tree_signals(text, "pump"), 1), "it got more: %s", text);
	}
	run_close(&run);
}

/* With -a the rest is waited for all the same. */
BOTH_MODES(e2e_earlier_children, wait_all_waits_for_the_others)
{
	start(mode, WORDS("-a"), WORDS("name:pump", "end:12", "serve"),
	      WORDS("(", "name:d", "setsid", "serve", ")", "read", "exit:3"));
	tree_ready(&run, 2);
	pid_t pump = tree_outer_pid(&run, "pump"), d = tree_outer_pid(&run, "d");
	tree_go(&run);
	WAIT_FOR(atoi(status_field(d, "PPid")) == run.pid && count_zombies(run.pid) == 0);
	kill(run.pid, SIGUSR1); /* to all of the rest */
	tree_line(&run, "d signal 10 ");
	cr_expect(not(run_ended(&run, 0)));
	tree_hears(&run, "d", SIGTERM, SIGTERM);
	cr_expect(eq(int, run_wait(&run), 3));
	if (mode == SUBREAPER) {
		kill(pump, SIGUSR2);
		const char *text = tree_all(&run);
		cr_expect(eq(int, tree_signals(text, "pump"), 1), "it got more: %s", text);
	}
	run_close(&run);
}

/* The lines that tee still holds are in the file when the namespace goes. */
BOTH_MODES(e2e_earlier_children, grace_waits_for_their_end_by_end_of_file)
{
	start(mode, WORDS("-t", "1h"), TEE,
	      WORDS("(", "name:d", "setsid", "end:18", "serve", ")", "read", "exit:3"));
	tree_ready(&run, 2);
	tree_go(&run);
	const char *text = tree_all(&run);
	tree_assert_drained(text, "d");
	cr_expect(eq(int, tree_count(text, "tee all"), 1), "%s", text);
	tree_end(&run, 3);
}

BOTH_MODES(e2e_earlier_children, grace_without_a_rest_waits_for_them_too)
{
	start(mode, WORDS("-t", "1h"), TEE, WORDS("exit:3"));
	tree_ready(&run, 1);
	const char *text = tree_all(&run);
	cr_expect(eq(int, tree_count(text, "tee all"), 1), "%s", text);
	tree_end(&run, 3);
}

/* It holds no one for ever, and is not signalled for it. */
BOTH_MODES(e2e_earlier_children, grace_waits_for_them_no_longer_than_its_time)
{
	start(mode, WORDS("-t", "300ms"), WORDS("name:pump", "end:12", "serve"),
	      WORDS("(", "name:d", "setsid", "end:0", "serve", ")", "read", "exit:3"));
	tree_ready(&run, 2);
	pid_t pump = tree_outer_pid(&run, "pump");
	tree_go(&run);
	cr_expect(eq(int, run_wait(&run), 3));
	if (mode == SUBREAPER)
		kill(pump, SIGUSR2);
	const char *text = tree_all(&run);
	cr_expect(eq(int, tree_signals(text, "pump"), mode == SUBREAPER), "%s", text);
	tree_assert_drained(text, "d");
	run_close(&run);
}
