/* SPDX-License-Identifier: MIT */
/*
 * Contract 6: who entered the pid namespace from outside (`docker exec`) is of the rest. It is
 * nobody's child there, so no wait(2) tells of it.
 */
#define _GNU_SOURCE
#include "tree.h"

#include <sched.h>

TREE_SUITE(e2e_entered);

static struct run run;

/* tree with these words in init's namespace, a child of the test; its pid as the test sees it. */
static pid_t enter(const char *const *words)
{
	char *argv[32] = { (char *)child_program("tree") };
	char path[64];
	int out[2];

	for (int i = 0; words[i]; i++)
		argv[i + 1] = (char *)words[i];
	snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)run.pid);
	int inside = open(path, O_RDONLY | O_CLOEXEC);
	int outside = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	cr_assert(zero(int, pipe2(out, O_CLOEXEC)));
	cr_assert(zero(int, setns(inside, CLONE_NEWPID)), "%s", strerror(errno));
	pid_t pid = fork_or_die();
	if (pid == 0) {
		/* A test that fails leaves nobody behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out[1], STDOUT_FILENO);
		execv(argv[0], argv);
		_exit(97);
	}
	cr_assert(zero(int, setns(outside, CLONE_NEWPID)));
	close(inside);
	close(outside);
	close(out[1]);
	/* From here on its lines are read like main's. */
	dup2(out[0], run.out);
	close(out[0]);
	run.len = run.used = 0;
	return pid;
}

/* Waits for the test's own child; what it ended of, 1000 + the signal. */
static int end_of(pid_t pid)
{
	int wstatus;

	cr_assert(holds(pid_ended(pid, WAIT_MS)), "it did not end");
	cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
	return WIFSIGNALED(wstatus) ? 1000 + WTERMSIG(wstatus) : WEXITSTATUS(wstatus);
}

static void start(const char *const *options)
{
	tree_start_ready(&run, 1, PID1, options, WORDS("name:main", "hello", "read", "exit:3"));
}

Test(e2e_entered, it_has_the_grace_and_is_waited_for)
{
	NEED_ROOT();
	start(WORDS("-t", "1h"));
	pid_t backup = enter(WORDS("name:backup", "end:12", "status:6", "serve"));
	tree_ready(&run, 1);
	tree_go(&run);
	tree_line(&run, "backup signal 15 ");
	tree_line(&run, "backup signal 18 ");
	/* Main is gone and reaped, nobody is init's child. */
	WAIT_FOR(count_children(run.pid) == 0);
	cr_expect(not(run_ended(&run, 0)));
	kill(backup, SIGUSR2);
	tree_line(&run, "backup signal 12 ");
	cr_expect(eq(int, end_of(backup), 6));
	tree_end(&run, 3);
}

Test(e2e_entered, it_is_killed_at_the_deadline)
{
	NEED_ROOT();
	start(WORDS("-t", "300ms"));
	pid_t backup = enter(WORDS("name:backup", "end:0", "serve"));
	tree_ready(&run, 1);
	tree_go(&run);
	tree_line(&run, "backup signal 15 ");
	cr_expect(eq(int, end_of(backup), 1000 + SIGKILL));
	tree_end(&run, 3);
}

Test(e2e_entered, with_wait_all_it_is_waited_for_and_signalled)
{
	NEED_ROOT();
	start(WORDS("-a"));
	pid_t backup = enter(WORDS("name:backup", "status:6", "serve"));
	tree_ready(&run, 1);
	tree_go(&run);
	WAIT_FOR(count_children(run.pid) == 0);
	tree_hears(&run, "backup", SIGUSR1, SIGUSR1);
	cr_expect(not(run_ended(&run, 0)));
	tree_hears(&run, "backup", SIGTERM, SIGTERM);
	cr_expect(eq(int, end_of(backup), 6));
	tree_end(&run, 3);
}

static void have_a_child(void)
{
	if (fork_or_die() == 0)
		for (;;)
			pause();
}

Test(e2e_entered, beside_a_child_from_before_main_it_alone_is_of_the_rest)
{
	NEED_ROOT();
	tree_start_with(&run, (struct start){ .mode = PID1, .before_exec = have_a_child },
			WORDS("-a"), WORDS("name:main", "hello", "read", "exit:3"));
	tree_ready(&run, 1);
	pid_t backup = enter(WORDS("name:backup", "end:12", "status:6", "serve"));
	tree_ready(&run, 1);
	tree_go(&run);
	WAIT_FOR(count_children(run.pid) == 1);
	tree_hears(&run, "backup", SIGTERM, SIGTERM);
	/* A TERM for the child would have ended it before init took the next signal. */
	tree_hears(&run, "backup", SIGUSR1, SIGUSR1);
	cr_expect(eq(int, count_children(run.pid), 1));
	cr_expect(not(run_ended(&run, 0)));
	kill(backup, SIGUSR2);
	cr_expect(eq(int, end_of(backup), 6));
	tree_end(&run, 3);
}

/* By default main's end is everybody's, as ever. */
Test(e2e_entered, by_default_it_ends_with_main)
{
	NEED_ROOT();
	start(WORDS("-c"));
	pid_t backup = enter(WORDS("name:backup", "end:0", "serve"));
	tree_ready(&run, 1);
	tree_go(&run);
	cr_expect(eq(int, end_of(backup), 1000 + SIGKILL));
	tree_end(&run, 3);
}
