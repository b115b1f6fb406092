/* SPDX-License-Identifier: MIT */
/*
 * Whoever writes to a file on a frozen file system (fsfreeze(8)) is held in the kernel, and cannot
 * ask before. So init acts first, and says so then.
 */
#define _GNU_SOURCE
#include "tree.h"

#include <linux/fs.h>
#include <sys/ioctl.h>

static struct run run;
static char dir[256]; /* "": nothing is mounted */
static int root = -1, alive = -1;
static pid_t thawer;

/* However the test ends, also by SIGKILL: nothing stays frozen, and nothing stays mounted. */
static void thaw_at_end(void)
{
	int ends[2];
	char byte;

	cr_assert(zero(int, pipe2(ends, O_CLOEXEC)));
	thawer = fork_or_die();
	if (thawer == 0) {
		setsid();
		close(ends[1]);
		while (read(ends[0], &byte, 1) > 0)
			;
		ioctl(root, FITHAW, 0);
		_exit(umount2(dir, MNT_DETACH) < 0);
	}
	close(ends[0]);
	alive = ends[1];
}

static void set_up(void)
{
	char command[1024];

	tree_setup();
	NEED_ROOT();
	snprintf(dir, sizeof dir, "%s", scratch_make());
	snprintf(command, sizeof command,
		 "exec 2>/dev/null; cd %s && truncate -s 8M image && mkfs.ext4 -q image && mount "
		 "-o loop image .",
		 dir);
	if (system(command) != 0) {
		scratch_remove(dir);
		*dir = '\0';
		cr_skip_test("no file system can be mounted here that could be frozen");
	}
	root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	thaw_at_end();
}

static void clean_up(void)
{
	if (*dir) {
		close(alive);
		waitpid(thawer, NULL, 0);
		scratch_remove(dir);
	}
	tree_cleanup();
}

TestSuite(e2e_frozen_log, .timeout = 60, .init = set_up, .fini = clean_up);

static void log_to_file(void)
{
	char path[sizeof dir + sizeof "/log"];

	snprintf(path, sizeof path, "%s/log", dir);
	int log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (log < 0 || dup2(log, STDERR_FILENO) < 0)
		_exit(99);
}

static void start_and_freeze(enum mode mode, int ready, const char *const *options,
			     const char *const *tree)
{
	tree_start_with(&run, (struct start){ .mode = mode, .before_exec = log_to_file }, options,
			tree);
	tree_ready(&run, ready);
	WAIT_FOR(init_waits(run.pid));
	cr_assert(zero(int, ioctl(root, FIFREEZE, 0)));
}

static void thaw_and_end(int status)
{
	cr_assert(zero(int, ioctl(root, FITHAW, 0)));
	tree_end(&run, status);
}

BOTH_MODES(e2e_frozen_log, a_signal_is_forwarded)
{
	start_and_freeze(mode, 1, WORDS("-vv"), WORDS("end:15", "status:7", "serve"));
	kill(run.pid, SIGTERM);
	tree_line(&run, "main signal 15 ");
	thaw_and_end(7);
}

BOTH_MODES(e2e_frozen_log, a_main_that_is_late_is_killed)
{
	start_and_freeze(mode, 1, WORDS("-k", "100ms"), WORDS("end:0", "serve"));
	pid_t main_pid = only_child(run.pid);
	kill(run.pid, SIGTERM);
	tree_line(&run, "main signal 15 ");
	WAIT_FOR(process_state(main_pid) == 'Z');
	thaw_and_end(128 + SIGKILL);
}

BOTH_MODES(e2e_frozen_log, the_rest_is_told_that_main_has_ended)
{
	start_and_freeze(mode, 1, WORDS("-v", "-t", "1h"),
			 WORDS("(", "name:a", "setsid", "end:15", "serve", ")", "read", "exit:3"));
	tree_go(&run);
	tree_line(&run, "a signal 15 ");
	thaw_and_end(3);
}
