/* SPDX-License-Identifier: MIT */
/*
 * An init without rights, one of whose rest belongs to another user: it may not signal that one.
 * The others get what is due to them, it says what it could not do, and main's status comes out.
 */
#define _GNU_SOURCE
#include "tree.h"

enum { INIT_USER = 65534, STRANGER = 20000 };

static struct run run;
static char dir[4096], tree_copy[4200];

/* A copy of the tree that any user may execute, wherever this source is. */
static void setup(void)
{
	char copy[9000];

	tree_setup();
	snprintf(dir, sizeof dir, "%s", scratch_make());
	snprintf(tree_copy, sizeof tree_copy, "%s/tree", dir);
	snprintf(copy, sizeof copy, "cp '%s' '%s'", child_program("tree"), tree_copy);
	cr_assert(zero(int, system(copy)));
}

static void cleanup(void)
{
	if (run.pid > 0)
		run_close(&run);
	tree_cleanup();
	scratch_remove(dir);
}

TestSuite(e2e_rights, .timeout = 60, .init = setup, .fini = cleanup);

static void become(uid_t user)
{
	if (setresgid(user, user, user) < 0 || setresuid(user, user, user) < 0)
		_exit(97);
}

/* In what becomes init: a child of another user, which any signal would end. */
static void have_a_stranger(void)
{
	int ready[2];
	char c;

	if (pipe(ready) < 0)
		_exit(97);
	if (fork_or_die() == 0) {
		become(STRANGER);
		prctl(PR_SET_NAME, "stranger");
		for (int fd = 0; fd < 3; fd++)
			close(fd);
		if (write(ready[1], "", 1) != 1)
			_exit(97);
		for (;;)
			pause();
	}
	if (read(ready[0], &c, 1) != 1)
		_exit(97);
	become(INIT_USER);
}

/* Pidone, the stranger, and a main with a child of its own. */
static void start_with_stranger(enum mode mode, const char *const *options)
{
	const char *args[16];
	int count = 0;

	for (; *options; options++)
		args[count++] = *options;
	const char *const tree[] = { tree_copy, "(",	"name:child", "end:18", "serve",
				     ")",	"read", "exit:3",     NULL };
	memcpy(args + count, tree, sizeof tree);
	run_start(&run,
		  &(struct start){ .mode = mode, .args = args, .before_exec = have_a_stranger });
	tree_ready(&run, 1);
}

/* The one of init's children that is the stranger's. */
static pid_t stranger(void)
{
	char path[64];
	int child;
	pid_t found = 0;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)run.pid, (int)run.pid);
	FILE *file = fopen(path, "re");
	while (file && fscanf(file, "%d", &child) == 1)
		if (strcmp(status_field(child, "Name"), "stranger") == 0)
			found = child;
	if (file)
		fclose(file);
	cr_assert(gt(int, found, 0));
	return found;
}

/* As PID 1 init is not told: kill(2) of -1 succeeds where it reached anybody at all. */
static void expect_warning(enum mode mode, const char *said, const char *signal)
{
	char line[256];

	snprintf(line, sizeof line, "pidone: cannot send %s to pid ", signal);
	cr_expect(eq(int, tree_count(said, "pidone: cannot send "), mode == SUBREAPER), "%s", said);
	cr_expect(eq(int, tree_count(said, line), mode == SUBREAPER), "%s", said);
}

BOTH_MODES(e2e_rights, a_drain_goes_on_and_names_who_is_left)
{
	NEED_ROOT();
	start_with_stranger(mode, WORDS("-t", "200ms"));
	pid_t pid = stranger();
	tree_go(&run);
	tree_assert_drained(tree_all(&run), "child");
	cr_expect(eq(int, run_wait(&run), 3));
	const char *said = read_stderr(&run);
	expect_warning(mode, said, "TERM");
	cr_expect(eq(int, tree_count(said, "pidone: left behind: "), 1), "%s", said);
	cr_expect(holds(strstr(said, " name=stranger\n")), "%s", said);
	cr_expect(holds(strstr(said, "pidone: processes are left ")), "%s", said);
	/* The kernel's, with the namespace. As subreaper it lives on, unhurt. */
	if (mode == SUBREAPER)
		cr_expect(eq(chr, process_state(pid), 'S'));
}

BOTH_MODES(e2e_rights, a_drain_ends_with_the_stranger)
{
	NEED_ROOT();
	start_with_stranger(mode, WORDS("-t", "1h"));
	pid_t pid = stranger();
	tree_go(&run);
	tree_line(&run, "child signal 15 ");
	tree_line(&run, "child signal 18 ");
	WAIT_FOR(only_child(run.pid) == pid);
	cr_expect(not(run_ended(&run, 0)));
	cr_assert(zero(int, kill(pid, SIGUSR1)));
	cr_expect(eq(int, run_wait(&run), 3));
	expect_warning(mode, read_stderr(&run), "TERM");
}

BOTH_MODES(e2e_rights, a_signal_to_all_of_the_rest_reaches_the_others)
{
	NEED_ROOT();
	start_with_stranger(mode, WORDS("-a"));
	pid_t pid = stranger();
	pid_t child = tree_outer_pid(&run, "child");
	tree_go(&run);
	WAIT_FOR(atoi(status_field(child, "PPid")) == run.pid); /* main has ended */
	kill(run.pid, SIGUSR1);
	tree_line(&run, "child signal 10 ");
	kill(run.pid, SIGCONT);
	tree_line(&run, "child signal 18 ");
	WAIT_FOR(only_child(run.pid) == pid);
	cr_assert(zero(int, kill(pid, SIGUSR1)));
	cr_expect(eq(int, run_wait(&run), 3));
	expect_warning(mode, read_stderr(&run), "USR1");
}
