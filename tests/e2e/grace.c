/* SPDX-License-Identifier: MIT */
/* Contract 6, -t: the rest gets TERM and CONT, a grace, and KILL. */
#define _GNU_SOURCE
#include "tree.h"

#include <sched.h>

TREE_SUITE(e2e_grace);

static struct run run;

/* Main, and a rest of all kinds: a child, a grandchild with its own session, a daemon. */
#define FAMILY(end)                                                                                \
	"(", "name:child", end, "serve", ")", "(", "name:parent", end, "(", "name:session", end,   \
		"setsid", "serve", ")", "serve", ")", "(", "setsid", "(", "name:daemon", end,      \
		"setpgid", "serve", ")", ")", "read", "exit:3"
static const char *const family[] = { "child", "parent", "session", "daemon" };
enum { FAMILY_SIZE = 4 };

BOTH_MODES(e2e_grace, each_of_the_rest_gets_term_and_cont_once)
{
	tree_start(&run, mode, WORDS("-t", "700ms"), WORDS(FAMILY("end:0")));
	tree_ready(&run, FAMILY_SIZE);
	tree_go(&run);
	const char *text = tree_all(&run);
	for (int i = 0; i < FAMILY_SIZE; i++)
		tree_assert_drained(text, family[i]);
	tree_end(&run, 3);
}

BOTH_MODES(e2e_grace, ends_the_moment_none_is_left)
{
	tree_start(&run, mode, WORDS("-t", "1h"), WORDS(FAMILY("end:15")));
	tree_ready(&run, FAMILY_SIZE);
	tree_go(&run);
	tree_end(&run, 3);
}

BOTH_MODES(e2e_grace, ends_at_once_where_there_is_no_rest)
{
	tree_start(&run, mode, WORDS("-t", "1h"), WORDS("exit:3"));
	tree_end(&run, 3);
}

BOTH_MODES(e2e_grace, a_death_by_signal_is_still_the_status)
{
	tree_start_ready(&run, 1, mode, WORDS("-t", "1h"),
			 WORDS("(", "name:a", "serve", ")", "read", "die:10"));
	tree_go(&run);
	tree_end(&run, 128 + SIGUSR1);
}

/* The family is gone when init is: nobody holds stdout any more. */
BOTH_MODES(e2e_grace, what_ignores_term_is_killed_at_the_deadline)
{
	tree_start(&run, mode, WORDS("-t", "300ms"), WORDS(FAMILY("end:0")));
	tree_ready(&run, FAMILY_SIZE);
	tree_go(&run);
	int status = run_wait(&run);
	tree_all(&run);
	cr_assert(eq(int, count_children(getpid()), 0), "some outlived init");
	cr_assert(eq(int, status, 3));
	run_close(&run);
}

BOTH_MODES(e2e_grace, no_grace_at_all_kills_at_once)
{
	tree_start(&run, mode, WORDS("-t", "0"), WORDS(FAMILY("end:0")));
	tree_ready(&run, FAMILY_SIZE);
	tree_go(&run);
	tree_all(&run);
	tree_end(&run, 3);
}

BOTH_MODES(e2e_grace, one_that_obeys_is_not_kept_by_one_that_does_not)
{
	tree_start_ready(&run, 2, mode, WORDS("-t", "1h"),
			 WORDS("(", "name:good", "serve", ")", "(", "name:bad", "end:12", "serve",
			       ")", "read", "exit:3"));
	pid_t good = tree_outer_pid(&run, "good");
	tree_go(&run);
	/* Reaped, though the other is still there. */
	WAIT_FOR(!process_state(good));
	cr_assert(not(run_ended(&run, 0)));
	kill(tree_outer_pid(&run, "bad"), SIGUSR2);
	tree_end(&run, 3);
}

BOTH_MODES(e2e_grace, a_stopped_process_gets_it_too)
{
	tree_start_ready(&run, 1, mode, WORDS("-t", "1h"),
			 WORDS("(", "name:a", "end:18", "stop", "serve", ")", "read", "exit:3"));
	cr_assert(wait_state(tree_outer_pid(&run, "a"), "T"));
	tree_go(&run);
	const char *text = tree_all(&run);
	tree_assert_drained(text, "a");
	tree_end(&run, 3);
}

/* A program may end its first thread and live on; /proc calls that a zombie. */
BOTH_MODES(e2e_grace, a_process_without_its_first_thread_gets_it_too)
{
	tree_start_ready(&run, 1, mode, WORDS("-t", "700ms"),
			 WORDS("(", "name:a", "end:0", "leaderless", ")", "read", "exit:3"));
	cr_assert(wait_state(tree_outer_pid(&run, "a"), "Z"));
	tree_go(&run);
	tree_assert_drained(tree_all(&run), "a");
	tree_end(&run, 3);
}

BOTH_MODES(e2e_grace, stop_signals_in_the_drain_are_not_repeated)
{
	tree_start_ready(&run, 1, mode, WORDS("-t", "1h"),
			 WORDS("(", "name:a", "end:12", "serve", ")", "read", "exit:3"));
	tree_go(&run);
	tree_line(&run, "a signal 15 ");
	tree_line(&run, "a signal 18 ");
	kill(run.pid, SIGTERM);
	kill(run.pid, SIGINT);
	kill(run.pid, SIGUSR1);
	/* What is no stop signal goes on to the rest; the others came before it. */
	tree_line(&run, "a signal 10 ");
	tree_hears(&run, "a", SIGUSR2, SIGUSR2);
	tree_end(&run, 3);
}

/* Six, so that one walk through /proc does not find all of them. */
#define HOPPER "(", "name:hopper", "setsid", "hop:500", ")"
BOTH_MODES(e2e_grace, a_process_forked_meanwhile_does_not_escape)
{
	tree_start_ready(&run, 6, mode, WORDS("-t", "50ms"),
			 WORDS(HOPPER, HOPPER, HOPPER, HOPPER, HOPPER, HOPPER, "read", "exit:3"));
	tree_go(&run);
	const char *text = tree_all(&run);
	cr_assert(eq(int, tree_count(text, "hopper escaped"), 0), "%s", text);
	tree_end(&run, 3);
}

/* ---- as subreaper: nobody else ------------------------------------------ */

static void start_bystander(struct run *bystander, const char *const *tree)
{
	tree_start(bystander, SUBREAPER, WORDS("-g"), tree);
	tree_ready(bystander, 1);
}

Test(e2e_grace, as_subreaper_a_bystander_gets_nothing)
{
	static struct run sibling;
	int to_child[2], from_child[2];
	char c;

	/* One is the child of another init of this test, one the test's own. */
	start_bystander(&sibling, WORDS("name:sibling", "end:12", "serve"));
	cr_assert(zero(int, pipe2(to_child, O_CLOEXEC)));
	cr_assert(zero(int, pipe2(from_child, O_CLOEXEC)));
	pid_t child = fork();
	if (child == 0) {
		sigset_t all, pending;
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
		(void)!write(from_child[1], "r", 1);
		(void)!read(to_child[0], &c, 1);
		sigpending(&pending);
		_exit(sigismember(&pending, SIGTERM) || sigismember(&pending, SIGCONT));
	}
	cr_assert(eq(int, (int)read(from_child[0], &c, 1), 1));

	tree_start(&run, SUBREAPER, WORDS("-t", "100ms"), WORDS(FAMILY("end:0")));
	tree_ready(&run, FAMILY_SIZE);
	tree_go(&run);
	tree_end(&run, 3);

	int wstatus;
	cr_assert(eq(int, (int)write(to_child[1], "g", 1), 1));
	cr_assert(eq(int, waitpid(child, &wstatus, 0), child), "the bystander was killed");
	cr_assert(eq(int, wstatus, 0), "the test's own child was signalled");
	kill(sibling.pid, SIGUSR2);
	const char *text = tree_all(&sibling);
	cr_assert(eq(int, tree_signals(text, "sibling"), 1), "it got more: %s", text);
	tree_end(&sibling, 0);
}

Test(e2e_grace, without_the_option_the_rest_gets_nothing)
{
	tree_start_ready(&run, 1, SUBREAPER, WORDS("-s"),
			 WORDS("(", "name:a", "end:12", "serve", ")", "read", "exit:3"));
	tree_go(&run);
	cr_assert(eq(int, run_wait(&run), 3));
	kill(tree_pid("a"), SIGUSR2);
	const char *text = tree_all(&run);
	cr_assert(eq(int, tree_signals(text, "a"), 1), "it got more: %s", text);
	run_close(&run);
}

/* ---- without a usable /proc --------------------------------------------- */

Test(e2e_grace, as_pid_1_it_needs_no_proc)
{
	NEED_ROOT();
	tree_start_with(&run, (struct start){ .mode = PID1, .no_proc = true }, WORDS("-t", "700ms"),
			WORDS(FAMILY("end:0")));
	tree_ready(&run, FAMILY_SIZE);
	tree_go(&run);
	const char *text = tree_all(&run);
	for (int i = 0; i < FAMILY_SIZE; i++)
		tree_assert_drained(text, family[i]);
	tree_end(&run, 3);
}

static void hide_proc(void)
{
	tree_own_mounts();
	if (mount("none", "/proc", "tmpfs", 0, NULL) < 0)
		_exit(99);
}

/*
 * Pidone becomes the second process of a new pid namespace, and /proc stays the one of the test.
 * Those above it pass its end on.
 */
static void foreign_proc(void)
{
	int wstatus;

	if (unshare(CLONE_NEWPID) < 0)
		_exit(99);
	for (int level = 0; level < 2; level++) {
		pid_t pid = fork();
		if (pid < 0)
			_exit(99);
		if (pid == 0)
			continue;
		/* Not the tree's: its end of file is waited for. */
		close(1);
		while (waitpid(pid, &wstatus, 0) != pid)
			;
		/* As PID 1 of the namespace: not before those that pidone left are gone. */
		while (level == 1 && waitpid(-1, NULL, 0) > 0)
			;
		_exit(WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 98);
	}
}

/* It says so in one line and leaves as if there were no -t: who is left gets no signal. */
static void ends_as_by_default(void (*before_exec)(void))
{
	tree_start_with(&run, (struct start){ .mode = SUBREAPER, .before_exec = before_exec },
			WORDS("-t", "1h"),
			WORDS("(", "name:a", "end:12", "serve", ")", "read", "exit:3"));
	tree_ready(&run, 1);
	tree_go(&run);
}

static void assert_one_line(const char *text)
{
	const char *newline = strchr(text, '\n');

	cr_assert(newline && newline[1] == '\0', "expected one line: '%s'", text);
}

Test(e2e_grace, as_subreaper_without_proc_it_ends_as_by_default)
{
	NEED_ROOT();
	ends_as_by_default(hide_proc);
	cr_assert(eq(int, run_wait(&run), 3));
	kill(tree_pid("a"), SIGUSR2);
	const char *text = tree_all(&run);
	cr_assert(eq(int, tree_signals(text, "a"), 1), "it got more: %s", text);
	assert_one_line(read_stderr(&run));
	run_close(&run);
}

Test(e2e_grace, a_proc_of_another_pid_namespace_is_not_used)
{
	NEED_ROOT();
	ends_as_by_default(foreign_proc);
	/* Pidone is gone when the orphan is the namespace's. */
	pid_t top = only_child(run.pid), orphan;
	WAIT_FOR((orphan = only_child(top)) > 0 && process_state(orphan) != 'Z' &&
		 strcmp(status_field(orphan, "Name"), "tree") == 0);
	kill(orphan, SIGUSR2);
	const char *text = tree_all(&run);
	cr_assert(eq(int, tree_signals(text, "a"), 1), "it got more: %s", text);
	cr_assert(eq(int, run_wait(&run), 3));
	assert_one_line(read_stderr(&run));
	run_close(&run);
}

/* ---- what SIGKILL does not end ------------------------------------------ */

static void start_frozen(enum mode mode, const char *const *options)
{
	tree_start_ready(&run, 1, mode, options,
			 WORDS("(", "name:a", "setsid", "end:0", "serve", ")", "read", "exit:3"));
	tree_freeze(tree_outer_pid(&run, "a"));
	tree_go(&run);
}

Test(e2e_grace, as_subreaper_what_cannot_die_does_not_hold_init)
{
	TREE_NEED_FREEZER();
	start_frozen(SUBREAPER, WORDS("-t", "100ms"));
	int status = run_wait(&run);
	tree_thaw();
	/* Thawed, it dies of what it was sent: before anything else. */
	const char *text = tree_all(&run);
	cr_assert(eq(int, status, 3));
	cr_assert(eq(int, tree_signals(text, "a"), 0));
	run_close(&run);
}

/* The kernel keeps a PID 1 until its namespace is empty; the report tells when it left. */
Test(e2e_grace, as_pid_1_what_cannot_die_does_not_hold_init)
{
	TREE_NEED_FREEZER();
	start_frozen(PID1, WORDS("-t", "100ms", "-R", "-"));
	tree_expect_error(&run, " left=1 ");
	tree_thaw();
	tree_end(&run, 3);
}

/* Whoever reads the log counts on it. */
BOTH_MODES(e2e_grace, its_end_is_told_once)
{
	tree_start_ready(&run, 1, mode, WORDS("-vvv", "-t", "1h"),
			 WORDS("(", "name:a", "setsid", "end:18", "serve", ")", "read", "exit:3"));
	tree_go(&run);
	tree_all(&run);
	cr_expect(eq(int, run_wait(&run), 3));
	cr_expect(eq(int, tree_count(read_stderr(&run), "pidone: state: done"), 1));
	run_close(&run);
}
