/* SPDX-License-Identifier: MIT */
/*
 * Contract 6, as subreaper: nobody else is ever signalled, however numbers are given away; and
 * those of its own that /proc hides are not forgotten.
 */
#define _GNU_SOURCE
#include "judge.h"
#include "tree.h"

#include <sched.h>

static struct run run;
static char dir[4096]; /* of a copy of the tree */

static void clean_up(void)
{
	if (run.pid > 0)
		run_close(&run);
	tree_cleanup();
	if (dir[0])
		scratch_remove(dir);
}

TestSuite(e2e_strangers, .timeout = 60, .init = tree_setup, .fini = clean_up);

/* ---- a number that is given away half-way up ------------------------------------------------ */

/*
 * V, no descendant of init's, is the child of X. Init looks at V, sees that X is its parent, and is
 * held there. X ends, so V is the test's; X's number is given to a child of main's. Init goes on:
 * the process of this number is a descendant.
 */
static pid_t x, v;
static char swapped[64]; /* what take-number said */

/* X, and V that blocks all signals; both the test's. */
static void start_victim(void)
{
	int ready[2];

	cr_assert(zero(int, pipe2(ready, O_CLOEXEC)));
	x = fork_or_die();
	if (x == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fork_or_die() == 0) {
			set_raw_mask(~0ULL, ~0ULL);
			v = getpid();
			if (write(ready[1], &v, sizeof v) != sizeof v)
				_exit(97);
		}
		for (;;)
			pause();
	}
	cr_assert(eq(long, read(ready[0], &v, sizeof v), (long)sizeof v));
	close(ready[0]);
	close(ready[1]);
}

/* The number N of "N/stat", which the caller is about to open; 0 for any other file. */
static int opens_stat_of(pid_t pid)
{
	char path[64], line[256], name[64] = "";
	unsigned long at;
	int number = 0, end = 0;

	snprintf(path, sizeof path, "/proc/%d/syscall", (int)pid);
	FILE *file = fopen(path, "re");
	bool known =
		file && fgets(line, sizeof line, file) && sscanf(line, "%*d %*x %lx", &at) == 1;
	if (file)
		fclose(file);
	snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
	int mem = known ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (mem >= 0 && pread(mem, name, sizeof name - 1, (off_t)at) > 0 &&
	    (sscanf(name, "%d/stat%n", &number, &end) != 1 || end == 0 || name[end]))
		number = 0;
	close(mem);
	return number;
}

/* Init has seen that X is V's parent, and is about to look at X. */
static int swap_x(pid_t pid)
{
	static int before;
	int number = pid == run.pid ? opens_stat_of(pid) : before;

	if (number == x && before == v && !swapped[0]) {
		kill(x, SIGKILL);
		waitpid(x, NULL, 0);
		dprintf(run.in, "%d\n", (int)x);
		snprintf(swapped, sizeof swapped, "%s", read_line(&run));
	}
	before = number;
	return 0;
}

static void ask_openat(void)
{
	ask(&(struct call){ SYS_openat, ANY, 0, 0 });
}

Test(e2e_strangers, a_process_whose_parents_number_is_given_to_a_descendant_gets_nothing)
{
	char took[64];

	NEED_ROOT();
	NEED_FILTERS();
	start_victim();
	run_start(&run, &(struct start){ .args = WORDS("-t", "1h", child_program("take-number")),
					 .before_exec = ask_openat });
	judge_calls(&run, swap_x);
	expect_line(&run, "ready");
	cr_assert(zero(int, kill(only_child(run.pid), SIGTERM)));
	int status = run_wait(&run);
	if (strstr(swapped, "failed") && !strstr(swapped, "File exists"))
		cr_skip_test("a process cannot choose its number here: %s", swapped);
	snprintf(took, sizeof took, "took %d", (int)x);
	cr_assert(eq(str, swapped, took));
	cr_expect(eq(int, status, 128 + SIGTERM));
	cr_expect(eq(str, (char *)status_field(v, "ShdPnd"), "0000000000000000"),
		  "V was signalled");
	cr_expect(eq(chr, process_state(v), 'S'));
}

/* ---- what /proc hides from its own user ----------------------------------------------------- */

enum { USER = 4321 };

/* A /proc that shows nobody what he may not look into. */
static void hide_others(void)
{
	tree_own_mounts();
	if (mount("proc", "/proc", "proc", 0, "hidepid=2") < 0) {
		dprintf(2, "hidepid: %s\n", strerror(errno));
		_exit(99);
	}
}

/* An unprivileged subreaper. */
static void be_a_user(void)
{
	if (setresgid(USER, USER, USER) < 0 || setresuid(USER, USER, USER) < 0)
		_exit(99);
}

static void be_a_user_with_hidepid(void)
{
	hide_others();
	be_a_user();
}

/* A copy of the tree that any user may execute, wherever this source is. */
static char tree[4200];

static void copy_tree(void)
{
	char copy[9000];

	snprintf(dir, sizeof dir, "%s", scratch_make());
	snprintf(tree, sizeof tree, "%s/tree", dir);
	snprintf(copy, sizeof copy, "cp '%s' '%s'", child_program("tree"), tree);
	cr_assert(zero(int, system(copy)));
}

static void start_hidden(const char *grace, const char *end)
{
	copy_tree();
	run_start(&run,
		  &(struct start){ .args = WORDS("-t", grace, "--", tree, "(", "name:hidden",
						 "undumpable", end, "serve", ")", "(", "name:seen",
						 end, "serve", ")", "read", "exit:3"),
				   .before_exec = be_a_user_with_hidepid });
	tree_ready(&run, 2);
	tree_go(&run);
}

Test(e2e_strangers, children_that_proc_hides_have_the_grace)
{
	NEED_ROOT();
	start_hidden("1h", "end:18");
	const char *text = tree_all(&run);
	tree_assert_drained(text, "hidden");
	tree_assert_drained(text, "seen");
	tree_end(&run, 3);
}

Test(e2e_strangers, children_that_proc_hides_are_killed_in_the_end)
{
	NEED_ROOT();
	start_hidden("200ms", "end:0");
	/* End of file: nobody is left. */
	tree_all(&run);
	tree_end(&run, 3);
}

/* The same on a kernel without CONFIG_PROC_CHILDREN. */
static void be_a_user_without_a_list_of_children(void)
{
	char list[64];

	hide_others();
	snprintf(list, sizeof list, "/proc/self/task/%d/children", (int)getpid());
	if (mount("/dev/null", list, NULL, MS_BIND, NULL) < 0) {
		dprintf(2, "children: %s\n", strerror(errno));
		_exit(99);
	}
	be_a_user();
}

/* It gets neither TERM nor KILL, and nobody claims that it did. The end comes all the same. */
Test(e2e_strangers, who_cannot_be_seen_is_said_to_be_left)
{
	NEED_ROOT();
	copy_tree();
	run_start(&run, &(struct start){ .args = WORDS("-t", "100ms", "--", tree, "(",
						       "name:hidden", "undumpable", "end:0",
						       "serve", ")", "read", "exit:3"),
					 .before_exec = be_a_user_without_a_list_of_children });
	tree_ready(&run, 1);
	pid_t hidden = tree_pid("hidden");
	tree_go(&run);
	tree_expect_error(&run, "cannot be seen");
	cr_expect(eq(int, run_wait(&run), 3));
	/* The first that it hears of is this one. */
	cr_assert(zero(int, kill(hidden, SIGUSR1)));
	cr_expect(eq(int, tree_got(read_line(&run), "hidden", SIGUSR1), 1));
}
