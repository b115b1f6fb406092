/* SPDX-License-Identifier: MIT */
/*
 * Contract 5: a stream of other signals cannot put the reaping off. A read takes the lowest numbers
 * first, four at once, so SIGCHLD may never be seen.
 */
#define _GNU_SOURCE
#include "judge.h"
#include "tree.h"

static struct run run;
static volatile bool streams;

static void clean_up(void)
{
	streams = false;
	if (run.pid > 0)
		run_close(&run);
	tree_cleanup();
}

TestSuite(e2e_flood, .timeout = 60, .init = tree_setup, .fini = clean_up);

static void ask_reads(void)
{
	ask(&(struct call){ SYS_read, ANY, 0, 0 });
}

/* Each read of init finds four that are lower than SIGCHLD, which main does not get: all dropped.
 */
static int send_four(pid_t pid)
{
	for (int signo = 1; signo <= 4 && pid == run.pid && streams; signo++)
		kill(run.pid, signo);
	return 0;
}

/* Init is in a read that was answered before. */
static void start_stream(void)
{
	streams = true;
	send_four(run.pid);
}

static void start(enum mode mode, const char *const *tree)
{
	const char *args[32] = { "-r",	"1:0", "-r",  "2:0", "-r",
				 "3:0", "-r",  "4:0", "--",  child_program("tree") };
	int count = 10;

	for (; *tree; tree++)
		args[count++] = *tree;
	run_start(&run, &(struct start){ .mode = mode, .args = args, .before_exec = ask_reads });
	judge_calls(&run, send_four);
}

BOTH_MODES(e2e_flood, the_end_of_main_is_seen)
{
	NEED_FILTERS();
	start(mode, WORDS("name:main", "hello", "read", "exit:3"));
	tree_ready(&run, 1);
	start_stream();
	tree_go(&run);
	cr_assert(holds(run_ended(&run, WAIT_MS)), "main has ended, init has not");
	tree_end(&run, 3);
}

BOTH_MODES(e2e_flood, orphans_are_reaped)
{
	NEED_FILTERS();
	start(mode, WORDS("(", "(", "hello", "read", ")", ")", "end:12", "serve"));
	tree_ready(&run, 2);
	start_stream();
	tree_go(&run);
	WAIT_FOR(count_children(run.pid) == 1);
	streams = false;
	tree_hears(&run, "main", SIGUSR2, SIGUSR2);
	tree_end(&run, 0);
}
