/* SPDX-License-Identifier: MIT */
/*
 * Processes of other users, and an init without CAP_KILL. With CAP_SETUID they get their signals
 * all the same. Without any rights it may not signal them: the others get what is due to them, it
 * says what it could not do, and main's status comes out.
 */
#define _GNU_SOURCE
#include "tree.h"

#include <grp.h>
#include <sys/statvfs.h>

enum { INIT_USER = 65534 };

static struct run run;
static char dir[4096], tree_copy[4200];

/* A copy of the tree that any user may execute, wherever this source is, as root. */
static void setup(void)
{
	char copy[14000];

	tree_setup();
	snprintf(dir, sizeof dir, "%s", scratch_make());
	snprintf(tree_copy, sizeof tree_copy, "%s/tree", dir);
	snprintf(copy, sizeof copy, "cp '%s' '%s' && chmod 4755 '%s'", child_program("tree"),
		 tree_copy, tree_copy);
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

static void be_init_user(void)
{
	if (setgroups(0, NULL) < 0 || setresgid(INIT_USER, INIT_USER, INIT_USER) < 0 ||
	    setresuid(INIT_USER, INIT_USER, INIT_USER) < 0)
		_exit(97);
}

static void start(enum mode mode, void (*before_exec)(void), const char *const *options,
		  const char *const *words)
{
	const char *args[64];
	int count = 0;

	for (; *options; options++)
		args[count++] = *options;
	args[count++] = tree_copy;
	for (; *words; words++)
		args[count++] = *words;
	args[count] = NULL;
	run_start(&run, &(struct start){ .mode = mode, .args = args, .before_exec = before_exec });
}

/* ---- without any right ------------------------------------------------------------------ */

static bool is_set_user_id_ignored(void)
{
	struct statvfs fs;

	return statvfs(dir, &fs) == 0 && fs.f_flag & ST_NOSUID;
}

#define NEED_SET_USER_ID()                                                                         \
	do {                                                                                       \
		NEED_ROOT();                                                                       \
		if (is_set_user_id_ignored())                                                      \
			cr_skip_test("%s is mounted nosuid", dir);                                 \
	} while (0)

/* Main is root by its file. A child of init's user, and one of another, which any signal would end.
 */
static pid_t start_with_stranger(enum mode mode, const char *const *options)
{
	start(mode, be_init_user, options,
	      WORDS("(", "name:child", "user:65534", "end:18", "serve", ")", "(", "name:stranger",
		    "user:20000", "plain", ")", "read", "exit:3"));
	tree_ready(&run, 2);
	return tree_outer_pid(&run, "stranger");
}

static void expect_warning(const char *said, const char *signal)
{
	char line[256];

	snprintf(line, sizeof line, "pidone: cannot send %s to pid ", signal);
	cr_expect(eq(int, tree_count(said, "pidone: cannot send "), 1), "%s", said);
	cr_expect(eq(int, tree_count(said, line), 1), "%s", said);
}

BOTH_MODES(e2e_rights, a_drain_goes_on_and_names_who_is_left)
{
	char left[128];

	NEED_SET_USER_ID();
	pid_t pid = start_with_stranger(mode, WORDS("-t", "200ms"));
	snprintf(left, sizeof left, "pidone: still there one second after SIGKILL: pid=%d ",
		 (int)tree_pid("stranger"));
	tree_go(&run);
	tree_line(&run, "child signal 15 ");
	tree_line(&run, "child signal 18 ");
	cr_expect(eq(int, run_wait(&run), 3));
	/* The kernel's, with the namespace. As subreaper it lives on, unhurt. */
	if (mode == SUBREAPER)
		cr_expect(eq(chr, process_state(pid), 'S'));
	if (mode == SUBREAPER)
		kill(pid, SIGKILL);
	const char *said = read_stderr(&run);
	expect_warning(said, "TERM");
	cr_expect(eq(int, tree_count(said, left), 1), "%s", said);
}

BOTH_MODES(e2e_rights, a_drain_ends_with_the_stranger)
{
	NEED_SET_USER_ID();
	pid_t pid = start_with_stranger(mode, WORDS("-t", "1h"));
	tree_go(&run);
	tree_line(&run, "child signal 15 ");
	tree_line(&run, "child signal 18 ");
	WAIT_FOR(only_child(run.pid) == pid);
	cr_expect(not(run_ended(&run, 0)));
	cr_assert(zero(int, kill(pid, SIGUSR1)));
	cr_expect(eq(int, run_wait(&run), 3));
	expect_warning(read_stderr(&run), "TERM");
}

BOTH_MODES(e2e_rights, a_signal_to_all_of_the_rest_reaches_the_others)
{
	NEED_SET_USER_ID();
	pid_t pid = start_with_stranger(mode, WORDS("-a"));
	pid_t child = tree_outer_pid(&run, "child");
	tree_go(&run);
	WAIT_FOR(atoi(status_field(child, "PPid")) == run.pid); /* main has ended */
	tree_hears(&run, "child", SIGUSR1, SIGUSR1);
	tree_hears(&run, "child", SIGCONT, SIGCONT);
	WAIT_FOR(only_child(run.pid) == pid);
	cr_assert(zero(int, kill(pid, SIGUSR1)));
	cr_expect(eq(int, run_wait(&run), 3));
	expect_warning(read_stderr(&run), "USR1");
}

/* ---- with CAP_SETUID and CAP_SETGID alone, as images with gosu are run ---------------------- */

static void keep_setuid_alone(void)
{
	enum { CAPABILITIES = 64, SETGID = 6, SETUID = 7 };

	for (int cap = 0; cap < CAPABILITIES; cap++)
		if (cap != SETGID && cap != SETUID)
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); /* or the kernel has none of it */
}

BOTH_MODES(e2e_rights, a_main_of_another_user_gets_its_signals)
{
	NEED_ROOT();
	start(mode, keep_setuid_alone, WORDS("-c"), WORDS("user:20000", "status:5", "serve"));
	tree_ready(&run, 1);
	tree_hears(&run, "main", SIGUSR1, SIGUSR1);
	cr_assert(zero(int, sigqueue(run.pid, 40, (union sigval){ .sival_int = 77 })));
	const char *line = read_line(&run);
	cr_expect(holds(strncmp(line, "main signal 40 ", 15) == 0 && strstr(line, " value 77")),
		  "%s", line);
	tree_hears(&run, "main", SIGTERM, SIGTERM);
	cr_expect(eq(int, run_wait(&run), 5));
	cr_expect(eq(str, (char *)read_stderr(&run), ""));
}

BOTH_MODES(e2e_rights, a_main_of_another_user_is_killed_in_time)
{
	NEED_ROOT();
	start(mode, keep_setuid_alone, WORDS("-k", "100ms"), WORDS("user:20000", "end:0", "serve"));
	tree_ready(&run, 1);
	kill(run.pid, SIGTERM);
	cr_expect(eq(int, run_wait(&run), 128 + SIGKILL));
}

BOTH_MODES(e2e_rights, a_rest_of_other_users_has_the_grace)
{
	NEED_ROOT();
	start(mode, keep_setuid_alone, WORDS("-t", "1h"),
	      WORDS("(", "name:a", "user:20000", "end:18", "serve", ")", "(", "name:b", "setsid",
		    "user:20001", "end:18", "serve", ")", "(", "name:c", "end:18", "serve", ")",
		    "read", "exit:3"));
	tree_ready(&run, 3);
	tree_go(&run);
	const char *text = tree_all(&run);
	tree_assert_drained(text, "a");
	tree_assert_drained(text, "b");
	tree_assert_drained(text, "c");
	cr_expect(eq(int, run_wait(&run), 3));
	cr_expect(eq(str, (char *)read_stderr(&run), ""));
}
