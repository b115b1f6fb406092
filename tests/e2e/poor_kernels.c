/* SPDX-License-Identifier: MIT */
/* Kernels that are old, and sandboxes that refuse: what init does without waitid's __WALL,
 * close_range(2), or a clock. */
#define _GNU_SOURCE
#include "deny.h"
#include "judge.h"
#include "tree.h"

#include <sys/resource.h>

TREE_SUITE(e2e_poor_kernels);

static struct run run;

/* ---- Linux before 4.7: waitid(2) refuses __WALL --------------------------------------------- */

/* For each set of flags that asks with it. */
static void refuse_wall(void)
{
	static const int what[] = { WEXITED, WEXITED | WSTOPPED, WSTOPPED, WCONTINUED };

	for (size_t i = 0; i < sizeof what / sizeof what[0]; i++) {
		uint32_t flags = (uint32_t)(what[i] | WNOHANG | WNOWAIT | __WALL);
		if (!deny(&(struct call){ SYS_waitid, 3, flags, EINVAL }))
			_exit(97);
	}
}

/* Linux before 5.3 has no pidfds either: a living child is told from a zombie by waitid alone. */
static void be_linux_4_6(void)
{
	refuse_wall();
	if (!deny(&(struct call){ SYS_pidfd_open, ANY, 0, ENOSYS }))
		_exit(97);
}

BOTH_MODES(e2e_poor_kernels, without_wall_an_orphan_has_its_name)
{
	NEED_FILTERS();
	tree_start_with(
		&run, (struct start){ .mode = mode, .before_exec = refuse_wall }, WORDS("-vv"),
		WORDS("(", "(", "name:orphan", "end:12", "serve", ")", ")", "end:15", "serve"));
	tree_ready(&run, 2);
	tree_signal(&run, "orphan", SIGUSR2);
	tree_expect_error(&run, " status=0 name=tree\n");
	kill(run.pid, SIGTERM);
	tree_end(&run, 0);
}

BOTH_MODES(e2e_poor_kernels, without_wall_all_of_the_rest_has_the_grace)
{
	NEED_FILTERS();
	tree_start_with(&run, (struct start){ .mode = mode, .before_exec = be_linux_4_6 },
			WORDS("-t", "1h"),
			WORDS("(", "name:a", "setsid", "end:18", "serve", ")", "(", "name:b",
			      "end:18", "leaderless", ")", "read", "exit:3"));
	tree_ready(&run, 2);
	WAIT_FOR(process_state(tree_outer_pid(&run, "b")) == 'Z');
	tree_go(&run);
	const char *text = tree_all(&run);
	tree_assert_drained(text, "a");
	tree_assert_drained(text, "b");
	tree_end(&run, 3);
}

/* ---- no clock ------------------------------------------------------------------------------- */

static void have_no_clock(void)
{
	if (!deny(&(struct call){ SYS_clock_gettime, ANY, 0, EPERM }))
		_exit(97);
}

BOTH_MODES(e2e_poor_kernels, without_a_clock_the_grace_ends)
{
	NEED_FILTERS();
	tree_start_with(&run, (struct start){ .mode = mode, .before_exec = have_no_clock },
			WORDS("-t", "300ms"),
			WORDS("(", "name:a", "setsid", "end:0", "serve", ")", "read", "exit:3"));
	tree_ready(&run, 1);
	tree_go(&run);
	tree_all(&run);
	tree_end(&run, 3);
}

BOTH_MODES(e2e_poor_kernels, without_a_clock_main_is_killed)
{
	NEED_FILTERS();
	tree_start_with(&run, (struct start){ .mode = mode, .before_exec = have_no_clock },
			WORDS("-k", "300ms"), WORDS("end:0", "serve"));
	tree_ready(&run, 1);
	kill(run.pid, SIGTERM);
	tree_end(&run, 128 + SIGKILL);
}

/* Signals that come all the time do not put it off for ever either. */
BOTH_MODES(e2e_poor_kernels, without_a_clock_orphans_are_reaped)
{
	NEED_FILTERS();
	run_start(&run, &(struct start){ .mode = mode,
					 .before_exec = have_no_clock,
					 .args = WORDS("-c", child_program("orphans"), "20") });
	expect_line(&run, "done");
	WAIT_FOR(count_children(run.pid) == 1);
	close(run.in); /* main ends */
	run.in = -1;
	tree_end(&run, 0);
}

/* ---- no close_range(2) ---------------------------------------------------------------------- */

enum { HIGH = 2000 };

/* The write end of a pipe, above what a shell's limit of descriptors is, and not closed at exec. */
static void have_a_high_descriptor(void)
{
	struct rlimit limit;
	int ends[2];

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max <= HIGH)
		_exit(97);
	limit.rlim_cur = HIGH + 1;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || pipe(ends) < 0 || dup2(ends[1], HIGH) < 0 ||
	    !deny(&(struct call){ SYS_close_range, ANY, 0, ENOSYS }))
		_exit(97);
	close(ends[0]);
	close(ends[1]);
}

static bool has_descriptor(pid_t pid, int fd)
{
	char path[64], target[64];

	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
	return readlink(path, target, sizeof target) > 0;
}

BOTH_MODES(e2e_poor_kernels, without_close_range_init_keeps_none_above_1023)
{
	struct rlimit limit;

	NEED_FILTERS();
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max <= HIGH)
		cr_skip_test("a limit of %ld descriptors", (long)limit.rlim_max);
	tree_start_with(&run, (struct start){ .mode = mode, .before_exec = have_a_high_descriptor },
			WORDS("-c"), WORDS("end:12", "serve"));
	tree_ready(&run, 1);
	/* It is COMMAND's, so main has it still. */
	cr_expect(holds(has_descriptor(only_child(run.pid), HIGH)));
	/* A signal that is forwarded is behind all of init's start. */
	tree_hears(&run, "main", SIGUSR1, SIGUSR1);
	cr_expect(holds(!has_descriptor(run.pid, HIGH)));
	tree_hears(&run, "main", SIGUSR2, SIGUSR2);
	tree_end(&run, 0);
}
