/* SPDX-License-Identifier: MIT */
/*
 * System calls that fail though they should not, or in whose middle something happens: sandboxes,
 * older kernels, moments that a test has to choose. Every call with every error: tests/faults.
 */
#define _GNU_SOURCE
#include "judge.h"
#include "tree.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>

static struct run run;

static void clean_up(void)
{
	if (run.pid > 0)
		run_close(&run);
	tree_cleanup();
}

TestSuite(e2e_calls, .timeout = 60, .init = tree_setup, .fini = clean_up);

static struct call the_call;

static void deny_it(void)
{
	if (!deny(&the_call))
		_exit(97);
}

static void start_denied(enum mode mode, struct call call, const char *const *args)
{
	the_call = call;
	run_start(&run, &(struct start){ .mode = mode, .args = args, .before_exec = deny_it });
}

static void ask_it(void)
{
	ask(&the_call);
}

/* Starts it with each such call judged. */
static void start_judged(enum mode mode, struct call call, judge_fn *judge, const char *const *args)
{
	the_call = call;
	run_start(&run, &(struct start){ .mode = mode, .args = args, .before_exec = ask_it });
	judge_calls(&run, judge);
}

/* siglog has it when this returns: init forwards. */
static void signal_arrives(int signo)
{
	char expected[32];

	cr_assert(zero(int, kill(run.pid, signo)));
	snprintf(expected, sizeof expected, "signal %d ", signo);
	expect_line(&run, expected);
}

static void ends_with(int status)
{
	cr_expect(eq(int, run_wait(&run), status));
}

static void says(const char *expected)
{
	cr_expect(eq(str, (char *)read_stderr(&run), (char *)expected));
}

/* What every judge may keep count with. */
static int asked;

/* ---- before main exists: it says why and ends with 125 -------------------------------------- */

#define EXIT_3 child_program("end-with"), "exit", "3"

static void refuses_to_start(enum mode mode, struct call call, const char *why)
{
	char line[256];

	NEED_FILTERS();
	start_denied(mode, call, WORDS("-p", "TERM", EXIT_3));
	ends_with(125);
	snprintf(line, sizeof line, "pidone: cannot start: %s: Operation not permitted\n", why);
	says(line);
}

BOTH_MODES(e2e_calls, it_refuses_to_start_where_it_cannot_block_signals)
{
	refuses_to_start(mode, (struct call){ SYS_rt_sigprocmask, ANY, 0, EPERM }, "signal mask");
}

BOTH_MODES(e2e_calls, it_refuses_to_start_where_it_cannot_have_its_sigchld)
{
	refuses_to_start(mode, (struct call){ SYS_rt_sigaction, 0, SIGCHLD, EPERM }, "sigaction");
}

BOTH_MODES(e2e_calls, it_refuses_to_start_where_the_end_of_its_parent_cannot_be_told)
{
	refuses_to_start(mode, (struct call){ SYS_prctl, 0, PR_SET_PDEATHSIG, EPERM },
			 "parent death signal");
}

BOTH_MODES(e2e_calls, it_refuses_to_start_without_a_signalfd)
{
	refuses_to_start(mode, (struct call){ SYS_signalfd4, ANY, 0, EPERM }, "signalfd");
}

/* ---- in the child, before its exec: a message, 125 as the status of the command ------------- */

static void refuses_to_run(const char *why)
{
	char line[4300];

	ends_with(125);
	snprintf(line, sizeof line, "pidone: cannot run '%s': %s: Operation not permitted\n",
		 child_program("end-with"), why);
	says(line);
}

static void cannot_run(enum mode mode, struct call call, const char *why)
{
	NEED_FILTERS();
	start_denied(mode, call, WORDS(EXIT_3));
	refuses_to_run(why);
}

BOTH_MODES(e2e_calls, the_command_is_not_run_without_a_group_of_its_own)
{
	cannot_run(mode, (struct call){ SYS_setpgid, ANY, 0, EPERM }, "setpgid");
}

/* Only giving back asks for no old value. */
BOTH_MODES(e2e_calls, the_command_is_not_run_with_a_sigchld_that_is_not_the_inherited_one)
{
	cannot_run(mode, (struct call){ SYS_rt_sigaction, 2, 0, EPERM }, "restoring signals");
}

BOTH_MODES(e2e_calls, the_command_is_not_run_with_a_mask_that_is_not_the_inherited_one)
{
	cannot_run(mode, (struct call){ SYS_rt_sigprocmask, 2, 0, EPERM }, "restoring signals");
}

static int fail_in_the_child(pid_t pid)
{
	return pid == run.pid ? 0 : EPERM;
}

BOTH_MODES(e2e_calls, the_command_is_not_run_where_the_end_of_init_cannot_be_told)
{
	NEED_FILTERS();
	start_judged(mode, (struct call){ SYS_prctl, 0, PR_SET_PDEATHSIG, 0 }, fail_in_the_child,
		     WORDS("-p", "TERM", EXIT_3));
	refuses_to_run("parent death signal");
}

/* The mask is given back once before the exec, and once more behind the warning. */
static int fail_the_second(pid_t pid)
{
	static int asked;

	(void)pid;
	return asked++ == 1 ? EPERM : 0;
}

/* Or it would be deaf: all signals are blocked while the warning is written. */
BOTH_MODES(e2e_calls, a_script_is_not_run_with_a_mask_that_is_not_the_inherited_one)
{
	char script[4200];

	NEED_FILTERS();
	const char *dir = scratch_make();
	snprintf(script, sizeof script, "%s/script", dir);
	FILE *file = fopen(script, "we");
	cr_assert(file && fputs("\xef\xbb\xbf#!/bin/sh\nexit 3\n", file) > 0);
	fclose(file);
	chmod(script, 0755);
	start_judged(mode, (struct call){ SYS_rt_sigprocmask, 2, 0, 0 }, fail_the_second,
		     WORDS(script));
	int status = run_wait(&run);
	scratch_remove(dir);
	cr_expect(eq(int, status, 126));
}

/* ---- a parent that ends in the moment before the kernel is asked to tell of it -------------- */

/* Between the test and init. */
static pid_t parent;

/* In what becomes init, which goes on as the child of one more process. */
static void have_a_parent(void)
{
	pid_t pid = fork_or_die();

	if (pid > 0)
		for (;;)
			pause();
	ask_it();
}

static int end_the_parent(pid_t pid)
{
	if (asked++ == 0) {
		kill(parent, SIGKILL);
		waitpid(parent, NULL, 0);
	}
	return 0;
}

Test(e2e_calls, main_gets_the_signal_of_p_though_the_parent_of_init_ended_just_before)
{
	NEED_FILTERS();
	the_call = (struct call){ SYS_prctl, 0, PR_SET_PDEATHSIG, 0 };
	run_start(&run, &(struct start){ .args = WORDS("-p", "TERM", child_program("idle")),
					 .before_exec = have_a_parent });
	parent = run.pid;
	run.pid = judge_calls(&run, end_the_parent);
	ends_with(128 + SIGTERM);
	cr_expect(eq(int, asked, 2));
}

/* Init asks first. It is gone when main's question is answered, reaped by the test or not yet. */
static int end_init(pid_t pid)
{
	static pid_t init;

	if (asked++ == 0) {
		init = pid;
		return 0;
	}
	kill(init, SIGKILL);
	for (char state; (state = process_state(init)) && state != 'Z';)
		usleep(1000);
	return 0;
}

/* As subreaper alone: as PID 1 init takes main along. Orphaned, main is the test's. */
Test(e2e_calls, main_gets_the_signal_of_p_though_init_ended_just_before)
{
	int wstatus = 0;

	NEED_FILTERS();
	start_judged(SUBREAPER, (struct call){ SYS_prctl, 0, PR_SET_PDEATHSIG, 0 }, end_init,
		     WORDS("-p", "TERM", child_program("idle")));
	ends_with(1000 + SIGKILL);
	cr_assert(gt(int, waitpid(-1, &wstatus, 0), 0));
	cr_expect(holds(WIFSIGNALED(wstatus) && WTERMSIG(wstatus) == SIGTERM), "%x",
		  (unsigned)wstatus);
}

/* ---- once main is there: a warning, and going on -------------------------------------------- */

static struct call no_subreaper = { SYS_prctl, 0, PR_SET_CHILD_SUBREAPER, EINVAL };

Test(e2e_calls, where_orphans_cannot_be_adopted_it_goes_on)
{
	NEED_FILTERS();
	start_denied(SUBREAPER, no_subreaper, WORDS(EXIT_3));
	ends_with(3);
	says("");
}

Test(e2e_calls, where_orphans_cannot_be_adopted_s_makes_it_a_warning)
{
	NEED_FILTERS();
	start_denied(SUBREAPER, no_subreaper, WORDS("-s", EXIT_3));
	ends_with(3);
	says("pidone: cannot adopt orphans: Invalid argument\n");
}

BOTH_MODES(e2e_calls, where_the_root_directory_cannot_be_entered_it_goes_on)
{
	NEED_FILTERS();
	start_denied(mode, (struct call){ SYS_chdir, ANY, 0, EACCES }, WORDS(EXIT_3));
	ends_with(3);
	says("pidone: cannot change to /: Permission denied\n");
}

static int count_fds(pid_t pid)
{
	char path[64];
	int count = 0;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	DIR *dir = opendir(path);
	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count - 2;
}

static void have_many_fds(void)
{
	setsid(); /* no terminal for init to keep */
	for (int fd = 3; fd < 40; fd++)
		dup2(STDIN_FILENO, fd);
	dup2(STDIN_FILENO, 600);
	deny_it();
}

/* Linux before 5.9. */
BOTH_MODES(e2e_calls, without_close_range_it_still_lets_go_of_what_it_inherited)
{
	NEED_FILTERS();
	the_call = (struct call){ SYS_close_range, ANY, 0, ENOSYS };
	run_start(&run, &(struct start){ .mode = mode,
					 .args = WORDS(child_program("report-self"), "wait"),
					 .before_exec = have_many_fds });
	expect_line(&run, "fd 600 ");
	expect_line(&run, "end");
	WAIT_FOR(count_fds(run.pid) == 4); /* the signalfd */
	kill(run.pid, SIGTERM);
	ends_with(128 + SIGTERM);
	says("");
}

/* ---- waiting for children ------------------------------------------------------------------- */

#define WAITING ((struct call){ SYS_wait4, ANY, 0, 0 })
#define CANNOT_WAIT(why) "pidone: cannot wait for children: " why

static int fail_twice_with_einval(pid_t pid)
{
	return asked++ < 2 ? EINVAL : 0;
}

static int fail_twice_with_echild(pid_t pid)
{
	return asked++ < 2 ? ECHILD : 0;
}

/* The second failure comes with main's end: nothing but the next try can find it. */
static void waits_again(enum mode mode, judge_fn *judge, const char *warning)
{
	NEED_FILTERS();
	start_judged(mode, WAITING, judge, WORDS(EXIT_3));
	ends_with(3);
	const char *said = read_stderr(&run);
	cr_expect(eq(int, tree_count(said, "pidone: "), 1), "%s", said);
	cr_expect(eq(int, tree_count(said, warning), 1), "%s", said);
}

BOTH_MODES(e2e_calls, a_waitpid_that_fails_is_tried_again)
{
	waits_again(mode, fail_twice_with_einval, CANNOT_WAIT("Invalid argument"));
}

/* Signals come all the time meanwhile: none of them may be what the next try waits for. */
BOTH_MODES(e2e_calls, a_waitpid_that_fails_is_tried_again_among_signals)
{
	NEED_FILTERS();
	start_judged(mode, WAITING, fail_twice_with_einval, WORDS(EXIT_3));
	for (long long end = clock_ms() + WAIT_MS; clock_ms() < end && !run_ended(&run, 50);)
		kill(run.pid, SIGWINCH);
	cr_assert(holds(run_ended(&run, 0)));
	ends_with(3);
}

/* How the text ends is libc's. */
Test(e2e_calls, a_waitpid_that_knows_of_no_main_is_tried_again)
{
	waits_again(SUBREAPER, fail_twice_with_echild, CANNOT_WAIT("No child process"));
}

/* k is the way out that is left: main is killed, and counts as dead a second later. */
BOTH_MODES(e2e_calls, where_waitpid_fails_for_ever_signals_and_deadlines_still_work)
{
	NEED_FILTERS();
	start_denied(mode, (struct call){ SYS_wait4, ANY, 0, EINVAL },
		     WORDS("-k", "300ms", child_program("siglog"), "64"));
	expect_line(&run, "ready");
	signal_arrives(SIGUSR1);
	signal_arrives(SIGUSR2);
	signal_arrives(SIGTERM);
	ends_with(137);
	const char *said = read_stderr(&run);
	cr_expect(holds(strstr(said, CANNOT_WAIT("Invalid argument")) == said), "%s", said);
	cr_expect(eq(int, tree_count(said, "pidone: "), 3), "%s", said);
	cr_expect(holds(strstr(said, " is still there one second after SIGKILL\n")), "%s", said);
}

static volatile bool waiting_fails = true;

static int fail_until_told(pid_t pid)
{
	return waiting_fails ? EINVAL : 0;
}

/* A main that was given up and ends after all is one of the rest then. */
Test(e2e_calls, a_main_that_ends_after_it_was_given_up_does_not_end_twice)
{
	NEED_FILTERS();
	start_judged(SUBREAPER, WAITING, fail_until_told,
		     WORDS("-k", "0", "-t", "1h", "-w", child_program("siglog"), "64"));
	expect_line(&run, "ready");
	kill(run.pid, SIGTERM);
	tree_expect_error(&run, " is still there one second after SIGKILL\n");
	waiting_fails = false;
	ends_with(137);
	const char *said = read_stderr(&run);
	cr_expect(eq(int, tree_count(said, "pidone: Reaped zombie process with pid="), 1), "%s",
		  said);
}

/* It ends in the moment between the report of its stop and the detaching. */
static int kill_the_traced(pid_t pid)
{
	pid_t main_pid = only_child(pid);

	kill(main_pid, SIGKILL);
	return wait_state(main_pid, "Z") ? 0 : EIO;
}

BOTH_MODES(e2e_calls, a_traced_main_that_ends_before_it_is_detached_does_not_stop_init)
{
	NEED_FILTERS();
	start_judged(mode, (struct call){ SYS_ptrace, 0, PTRACE_DETACH, 0 }, kill_the_traced,
		     WORDS(child_program("traced"), "main", "stop"));
	ends_with(137);
}

/* ---- waiting for signals -------------------------------------------------------------------- */

enum { SIGNAL_BATCH = 4 * 128 }; /* bytes: what init reads at once, and nobody else */

static int fail_six_times(pid_t pid)
{
	return asked++ < 6 ? EIO : 0;
}

BOTH_MODES(e2e_calls, reads_of_signals_that_fail_lose_none)
{
	NEED_FILTERS();
	start_judged(mode, (struct call){ SYS_read, 2, SIGNAL_BATCH, 0 }, fail_six_times,
		     WORDS(child_program("siglog")));
	expect_line(&run, "ready");
	signal_arrives(SIGUSR1);
	signal_arrives(SIGTERM);
	ends_with(0);
	cr_expect(gt(int, asked, 6));
}

BOTH_MODES(e2e_calls, where_signals_cannot_be_read_the_end_of_main_is_seen)
{
	NEED_FILTERS();
	start_denied(mode, (struct call){ SYS_read, 2, SIGNAL_BATCH, EIO },
		     WORDS(child_program("troublemaker"), "plain"));
	expect_line(&run, "ready");
	tree_go(&run);
	close(run.in);
	run.in = -1;
	ends_with(7);
}

static struct call no_poll = { SYS_poll, ANY, 0, ENOMEM };

BOTH_MODES(e2e_calls, where_poll_fails_signals_arrive_while_a_deadline_runs)
{
	NEED_FILTERS();
	start_denied(mode, no_poll, WORDS("-k", "1h", child_program("siglog"), "12"));
	expect_line(&run, "ready");
	signal_arrives(SIGTERM);
	for (int i = 0; i < 5; i++)
		signal_arrives(SIGUSR1);
	signal_arrives(SIGUSR2);
	ends_with(0);
}

BOTH_MODES(e2e_calls, where_poll_fails_deadlines_are_kept)
{
	NEED_FILTERS();
	start_denied(mode, no_poll, WORDS("-k", "300ms", child_program("siglog"), "64"));
	expect_line(&run, "ready");
	signal_arrives(SIGTERM);
	ends_with(137);
}

/* The kernel's own reason for such a poll(2). */
BOTH_MODES(e2e_calls, with_a_limit_of_no_descriptors_signals_and_deadlines_work)
{
	run_start(&run,
		  &(struct start){ .mode = mode,
				   .args = WORDS("-k", "300ms", child_program("siglog"), "64") });
	expect_line(&run, "ready");
	WAIT_FOR(process_state(run.pid) == 'S');
	cr_assert(zero(int, prlimit(run.pid, RLIMIT_NOFILE, &(struct rlimit){ 0, 0 }, NULL)));
	signal_arrives(SIGTERM);
	signal_arrives(SIGUSR1);
	ends_with(137);
}

/* ---- the rest ------------------------------------------------------------------------------- */

#define FAMILY(end)                                                                                \
	"(", "name:child", end, "serve", ")", "(", "setsid", "(", "name:daemon", end, "serve",     \
		")", ")", "read", "exit:3"

/* Linux before 5.3. */
BOTH_MODES(e2e_calls, without_pidfds_a_drain_reaches_each_of_the_rest)
{
	NEED_FILTERS();
	the_call = (struct call){ SYS_pidfd_open, ANY, 0, ENOSYS };
	tree_start_with(&run, (struct start){ .mode = mode, .before_exec = deny_it },
			WORDS("-t", "1h"), WORDS(FAMILY("end:18")));
	tree_ready(&run, 2);
	tree_go(&run);
	const char *text = tree_all(&run);
	tree_assert_drained(text, "child");
	tree_assert_drained(text, "daemon");
	tree_end(&run, 3);
}

Test(e2e_calls, where_proc_cannot_be_listed_a_drain_ends_as_by_default)
{
	NEED_FILTERS();
	the_call = (struct call){ SYS_getdents64, ANY, 0, EPERM };
	tree_start_with(&run, (struct start){ .mode = SUBREAPER, .before_exec = deny_it },
			WORDS("-t", "1h"),
			WORDS("(", "name:a", "end:12", "serve", ")", "read", "exit:3"));
	tree_ready(&run, 1);
	tree_go(&run);
	ends_with(3);
	kill(tree_pid("a"), SIGUSR2);
	cr_expect(eq(int, tree_signals(tree_all(&run), "a"), 1));
	says("pidone: cannot find the processes that are left: /proc: Operation not permitted\n");
}

/* ---- the report ----------------------------------------------------------------------------- */

static char dir[4096], file[4200];

static void start_report(struct call call, judge_fn *judge)
{
	snprintf(dir, sizeof dir, "%s", scratch_make());
	snprintf(file, sizeof file, "%s/report", dir);
	close(open(file, O_WRONLY | O_CREAT, 0600));
	cr_assert(tree_put(file, "old\n"));
	start_judged(PID1, call, judge, WORDS("-R", file, EXIT_3));
	ends_with(3);
}

static const char *report(void)
{
	static char text[4096];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof text - 1);

	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	scratch_remove(dir);
	return text;
}

static int fail_once(pid_t pid)
{
	return asked++ == 0 ? EIO : 0;
}

enum { OOM_EVENTS = 511 }; /* bytes: as much as init reads of them */

/* Without the count from the start nobody can say how many came later. */
Test(e2e_calls, oom_kills_are_unknown_where_the_first_count_failed)
{
	NEED_ROOT();
	NEED_FILTERS();
	start_report((struct call){ SYS_pread64, 2, OOM_EVENTS, 0 }, fail_once);
	cr_expect(holds(strstr(report(), " oom_kills=- ")));
}
