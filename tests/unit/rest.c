/* SPDX-License-Identifier: MIT */
/* rest.c as a subreaper has it: its descendants, and nobody else. As PID 1: the end-to-end tests.
 */
#define _GNU_SOURCE
#include "child.h"
#include "deny.h"
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(rest, .timeout = 60);

/* As where there were no children before main, and nobody has been told. */
static const struct rest all;

/* A bystander of the test, for a body to leave alone. */
static pid_t bystander;

static void be_subreaper(void)
{
	message_verbosity(LEVEL_ERROR); /* no warnings among the results */
	become_subreaper();
}

/* Runs the body as a subreaper of its own, beside the bystander. */
static void as_subreaper(int (*body)(void))
{
	int wstatus;

	bystander = fork_or_die();
	if (bystander == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	in_child(be_subreaper, body);
	/* Whatever it signalled, it was not this one. */
	cr_expect(zero(int, waitpid(bystander, &wstatus, WNOHANG)));
	kill(bystander, SIGKILL);
	waitpid(bystander, NULL, 0);
}

/* Without a child there is nobody to look for. A zombie, so that nobody finds it. */
static void have_a_child(void)
{
	siginfo_t ended;
	pid_t pid = fork_or_die();

	if (pid == 0)
		_exit(0);
	waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT);
}

enum { LEVELS = 4 };

/* A chain of processes, each the child of the one before; all are there when it returns. */
static void start_chain(const char *name)
{
	int ready[2];
	char c;

	if (pipe(ready) < 0)
		_exit(90);
	if (fork_or_die() == 0) {
		for (int level = 1; level < LEVELS; level++)
			if (fork_or_die() > 0)
				break;
		prctl(PR_SET_NAME, name);
		if (write(ready[1], "", 1) != 1)
			_exit(91);
		for (;;)
			pause();
	}
	for (int i = 0; i < LEVELS; i++)
		if (read(ready[0], &c, 1) != 1)
			_exit(92);
	close(ready[0]);
	close(ready[1]);
}

/* Waits for the end of `wanted` descendants, each by `signo`. */
static int all_died_of(int signo, int wanted)
{
	int wstatus;

	for (; wanted > 0; wanted--) {
		CHECK(80, waitpid(-1, &wstatus, 0) > 0);
		CHECK(81, WIFSIGNALED(wstatus) && WTERMSIG(wstatus) == signo);
	}
	CHECK(82, waitpid(-1, NULL, 0) < 0);
	return 0;
}

static int count_a_chain(void)
{
	CHECK(1, count_rest(&all) == 0);
	start_chain("plain");
	CHECK(2, count_rest(&all) == LEVELS);
	CHECK(3, signal_rest(&all, EVERYBODY, (const int[]){ SIGKILL, 0 }) == LEVELS);
	return all_died_of(SIGKILL, LEVELS);
}

Test(rest, all_descendants_are_counted_and_signalled)
{
	as_subreaper(count_a_chain);
}

/* A name with what separates the fields of /proc/PID/stat. */
static int odd_names(void)
{
	static const char *const names[] = { ") S 1 (", "a b c", "(((", ")))", "\n", "" };
	enum { COUNT = sizeof names / sizeof names[0] };

	for (int i = 0; i < COUNT; i++)
		start_chain(names[i]);
	CHECK(1, count_rest(&all) == COUNT * LEVELS);
	CHECK(2, signal_rest(&all, EVERYBODY, (const int[]){ SIGTERM, 0 }) == COUNT * LEVELS);
	return all_died_of(SIGTERM, COUNT * LEVELS);
}

Test(rest, odd_names_hide_nobody)
{
	as_subreaper(odd_names);
}

static int many(void)
{
	enum { CHAINS = 100 };

	for (int i = 0; i < CHAINS; i++)
		start_chain("many");
	CHECK(1, count_rest(&all) == CHAINS * LEVELS);
	CHECK(2, signal_rest(&all, EVERYBODY, (const int[]){ SIGKILL, 0 }) == CHAINS * LEVELS);
	return all_died_of(SIGKILL, CHAINS * LEVELS);
}

/* More than one read of /proc's entries. */
Test(rest, hundreds_are_found)
{
	as_subreaper(many);
}

static int zombies(void)
{
	siginfo_t info;
	pid_t pid = fork_or_die();

	if (pid == 0)
		_exit(0);
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	CHECK(1, count_rest(&all) == 0);
	CHECK(2, signal_rest(&all, EVERYBODY, (const int[]){ SIGKILL, 0 }) == 0);
	return 0;
}

Test(rest, zombies_do_not_count)
{
	as_subreaper(zombies);
}

/* TERM and CONT: a stopped one cannot die of the first alone. */
static int stopped(void)
{
	start_chain("stopped");
	CHECK(1, signal_rest(&all, EVERYBODY, (const int[]){ SIGSTOP, 0 }) == LEVELS);
	for (int i = 0; i < 1; i++)
		CHECK(2, waitpid(-1, NULL, WUNTRACED) > 0);
	CHECK(3, count_rest(&all) == LEVELS);
	CHECK(4, signal_rest(&all, EVERYBODY, (const int[]){ SIGTERM, SIGCONT, 0 }) == LEVELS);
	return all_died_of(SIGTERM, LEVELS);
}

Test(rest, each_signal_of_the_list_is_sent)
{
	as_subreaper(stopped);
}

static int orphans(void)
{
	int ready[2];
	pid_t orphan;

	CHECK(1, pipe(ready) == 0);
	pid_t middle = fork_or_die();
	if (middle == 0) {
		pid_t pid = fork_or_die();
		if (pid == 0)
			for (;;)
				pause();
		_exit(write(ready[1], &pid, sizeof pid) == sizeof pid ? 0 : 1);
	}
	waitpid(middle, NULL, 0);
	CHECK(2, read(ready[0], &orphan, sizeof orphan) == sizeof orphan);
	CHECK(3, count_rest(&all) == 1);
	CHECK(4, signal_rest(&all, EVERYBODY, (const int[]){ SIGKILL, 0 }) == 1);
	CHECK(5, waitpid(orphan, NULL, 0) == orphan);
	return 0;
}

Test(rest, adopted_orphans_are_of_the_rest)
{
	as_subreaper(orphans);
}

static int no_signals(void)
{
	start_chain("left alone");
	CHECK(1, signal_rest(&all, EVERYBODY, (const int[]){ 0 }) == LEVELS);
	CHECK(2, count_rest(&all) == LEVELS);
	CHECK(3, signal_rest(&all, EVERYBODY, (const int[]){ SIGKILL, 0 }) == LEVELS);
	return all_died_of(SIGKILL, LEVELS);
}

Test(rest, an_empty_list_of_signals_is_sent_to_nobody)
{
	as_subreaper(no_signals);
}

static int without_pidfds(void)
{
	siginfo_t info;

	start_chain("by number");
	pid_t zombie = fork_or_die();
	if (zombie == 0)
		_exit(0);
	waitid(P_PID, (id_t)zombie, &info, WEXITED | WNOWAIT);
	CHECK(1, deny(&(struct call){ SYS_pidfd_open, ANY, 0, ENOSYS }));
	CHECK(2, count_rest(&all) == LEVELS);
	CHECK(3, signal_rest(&all, EVERYBODY, (const int[]){ SIGTERM, 0 }) == LEVELS);
	CHECK(4, waitpid(zombie, NULL, 0) == zombie);
	return all_died_of(SIGTERM, LEVELS);
}

/* Linux before 5.3. */
Test(rest, without_pidfds_all_are_found_and_zombies_do_not_count)
{
	NEED_SECCOMP();
	as_subreaper(without_pidfds);
}

static int signals_refused(void)
{
	char text[4096] = "";
	int said[2], wstatus;

	start_chain("refused");
	CHECK(1, pipe(said) == 0 && dup2(said[1], STDERR_FILENO) == STDERR_FILENO);
	message_verbosity(LEVEL_WARNING);
	CHECK(2, deny(&(struct call){ SYS_pidfd_send_signal, ANY, 0, EPERM }));
	/* A child of init's own needs no pidfd; its child is one when it is gone. */
	CHECK(3, signal_rest(&all, EVERYBODY, (const int[]){ SIGCONT, 0 }) == LEVELS);
	CHECK(4, read(said[0], text, sizeof text - 1) > 0);
	CHECK(5, strncmp(text, "pidone: cannot send CONT to pid ", 32) == 0);
	for (int left = LEVELS; left > 0; left--) {
		CHECK(6, signal_rest(&all, EVERYBODY, (const int[]){ SIGTERM, 0 }) >= 0);
		CHECK(7, waitpid(-1, &wstatus, 0) > 0 && WTERMSIG(wstatus) == SIGTERM);
	}
	CHECK(8, waitpid(-1, NULL, 0) < 0);
	message(LEVEL_WARNING, "end");
	memset(text, 0, sizeof text);
	CHECK(9, read(said[0], text, sizeof text - 1) > 0);
	CHECK(10, strcmp(text, "pidone: end\n") == 0);
	return 0;
}

/* As where the others are another user's. */
Test(rest, who_may_not_be_signalled_is_told_of_once_and_keeps_nobody_from_it)
{
	NEED_SECCOMP();
	as_subreaper(signals_refused);
}

/* ---- without a usable /proc ------------------------------------------------------------ */

/* An empty directory in its place. */
static bool hide_proc(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", "/proc", "tmpfs", 0, NULL) == 0;
}

static int without_proc(void)
{
	char name[PROCESS_NAME_MAX];

	start_chain("unseen");
	CHECK(3, hide_proc());
	CHECK(4, count_rest(&all) == -1);
	CHECK(5, signal_rest(&all, EVERYBODY, (const int[]){ SIGKILL, 0 }) == -1);
	process_name(getpid(), name);
	CHECK(6, name[0] == '\0');
	CHECK(7, umount("/proc") == 0);
	CHECK(8, count_rest(&all) == LEVELS);
	CHECK(9, signal_rest(&all, EVERYBODY, (const int[]){ SIGKILL, 0 }) == LEVELS);
	return all_died_of(SIGKILL, LEVELS);
}

Test(rest, without_proc_nobody_is_signalled)
{
	NEED_ROOT();
	as_subreaper(without_proc);
}

static int warnings_without_proc(void)
{
	char text[4096] = "";
	int said[2];

	CHECK(1, pipe(said) == 0 && dup2(said[1], STDERR_FILENO) == STDERR_FILENO);
	message_verbosity(LEVEL_WARNING);
	have_a_child();
	CHECK(2, hide_proc());
	for (int i = 0; i < 3; i++)
		CHECK(3, signal_rest(&all, EVERYBODY, (const int[]){ SIGTERM, 0 }) == -1);
	CHECK(4, name_rest(&all, "left") == 0);
	CHECK(5, read(said[0], text, sizeof text - 1) > 0);
	CHECK(6, strcmp(text, "pidone: cannot find the processes that are left: /proc: "
			      "No such file or directory\n") == 0);
	return 0;
}

/* Each signal would say so again. */
Test(rest, without_proc_it_says_so_once)
{
	NEED_ROOT();
	as_subreaper(warnings_without_proc);
}

static int no_descriptor_for_proc(void)
{
	char text[4096] = "";
	int said[2];
	struct rlimit limit;

	CHECK(1, pipe(said) == 0 && dup2(said[1], STDERR_FILENO) == STDERR_FILENO);
	message_verbosity(LEVEL_WARNING);
	have_a_child();
	getrlimit(RLIMIT_NOFILE, &limit);
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 3, limit.rlim_max });
	CHECK(2, signal_rest(&all, EVERYBODY, (const int[]){ SIGTERM, 0 }) == -1);
	setrlimit(RLIMIT_NOFILE, &limit);
	CHECK(3, read(said[0], text, sizeof text - 1) > 0);
	CHECK(4, strcmp(text, "pidone: cannot find the processes that are left: /proc: "
			      "Too many open files\n") == 0);
	return 0;
}

/* Not "/proc is not usable", which it is. */
Test(rest, why_proc_cannot_be_read_is_said)
{
	as_subreaper(no_descriptor_for_proc);
}

/* Its numbers are those of others: here the first process would be the bystander's parent. */
static int foreign_proc(void)
{
	char name[PROCESS_NAME_MAX];
	int wstatus;

	CHECK(1, unshare(CLONE_NEWPID) == 0);
	pid_t pid = fork_or_die();
	if (pid == 0) {
		/* PID 1 there; its child is a subreaper that sees the /proc of the test. */
		pid_t inner = fork_or_die();
		if (inner == 0) {
			have_a_child();
			bool good = count_rest(&all) == -1 &&
				    signal_rest(&all, EVERYBODY, (const int[]){ SIGKILL, 0 }) == -1;
			process_name(getpid(), name);
			_exit(good && name[0] == '\0' ? 0 : 1);
		}
		waitpid(inner, &wstatus, 0);
		_exit(wstatus ? 2 : 0);
	}
	waitpid(pid, &wstatus, 0);
	CHECK(3, wstatus == 0);
	return 0;
}

Test(rest, the_proc_of_another_pid_namespace_is_not_believed)
{
	NEED_ROOT();
	as_subreaper(foreign_proc);
}

/* ---- a /proc of the test's own making ----------------------------------------------------- */

/* What no process has: above the kernel's highest pid. */
enum { NOBODY = 5000000 };

static bool make_proc(void)
{
	char self[16];

	have_a_child();
	snprintf(self, sizeof self, "%d", (int)getpid());
	return hide_proc() && symlink(self, "/proc/self") == 0;
}

/* The stat of process NOBODY + n. */
static const char *stat_path(int n)
{
	static char path[64];

	snprintf(path, sizeof path, "/proc/%d", NOBODY + n);
	mkdir(path, 0755);
	snprintf(path, sizeof path, "/proc/%d/stat", NOBODY + n);
	return path;
}

static bool put_text(int n, const char *text)
{
	int fd = open(stat_path(n), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	bool put = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return put;
}

/* What the kernel would write of it, as far as it matters: the start is field 22. */
static const char *stat_text(int n, char state, pid_t parent, pid_t group, long start)
{
	static char text[256];

	snprintf(text, sizeof text,
		 "%d (made up) %c %d %d 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %ld 0 0\n", NOBODY + n,
		 state, (int)parent, (int)group, start);
	return text;
}

static bool put_stat(int n, char state, pid_t parent)
{
	return put_text(n, stat_text(n, state, parent, 1, 1000));
}

static bool put_start(int n, pid_t parent, pid_t group, long start)
{
	return put_text(n, stat_text(n, 'S', parent, group, start));
}

static int count_made_up(void)
{
	CHECK(1, make_proc() && count_rest(&all) == 0);
	CHECK(2, put_stat(1, 'S', getpid()) && count_rest(&all) == 1);
	CHECK(3, put_stat(2, 'S', NOBODY + 1) && count_rest(&all) == 2);
	/* One of the test's ancestors, as it were. */
	CHECK(4, put_stat(3, 'S', 0) && put_stat(4, 'S', NOBODY + 3) && count_rest(&all) == 2);
	CHECK(5, put_stat(5, 'Z', getpid()) && count_rest(&all) == 2);
	return 0;
}

Test(rest, descendants_are_told_from_others_by_their_parents)
{
	NEED_ROOT();
	as_subreaper(count_made_up);
}

static int count_what_is_no_stat(void)
{
	char text[512];

	CHECK(1, make_proc() && put_stat(1, 'S', getpid()) && count_rest(&all) == 1);
	CHECK(2, put_text(2, "5000002 no name S 1") && count_rest(&all) == 1);
	CHECK(3, put_text(3, "5000003 (no end S 1") && count_rest(&all) == 1);
	CHECK(4, put_text(4, "") && count_rest(&all) == 1);
	/* Its name would end where there is no room for more. */
	snprintf(text, sizeof text, "5000005 (%0240d) S 1", 0);
	CHECK(5, put_text(5, text) && count_rest(&all) == 1);
	CHECK(6, mkdir("/proc/5000006", 0755) == 0 && count_rest(&all) == 1);
	return 0;
}

Test(rest, what_is_no_stat_of_a_process_is_passed_over)
{
	NEED_ROOT();
	as_subreaper(count_what_is_no_stat);
}

/* Its parent has left it to another, who is not found either: init does not try for ever. */
static int count_without_parent(void)
{
	CHECK(1, make_proc() && put_stat(1, 'S', NOBODY + 9));
	CHECK(2, count_rest(&all) == 0);
	return 0;
}

Test(rest, a_process_whose_parent_is_never_found_is_not_of_the_rest)
{
	NEED_ROOT();
	as_subreaper(count_without_parent);
}

/* One climb says that it is a descendant; before the second its parent is somebody else's. */
static int count_with_a_parent_that_changes(pid_t then)
{
	char path[64], next[80], text[2][256];

	CHECK(1, make_proc() && put_stat(1, 'S', NOBODY + 2) && put_text(2, ""));
	snprintf(path, sizeof path, "%s", stat_path(2));
	snprintf(next, sizeof next, "%s.next", path);
	snprintf(text[0], sizeof text[0], "%s", stat_text(2, 'Z', getpid(), 1, 1000));
	snprintf(text[1], sizeof text[1], "%s", stat_text(2, 'Z', then, 1, 1000));
	CHECK(2, unlink(path) == 0 && mkfifo(path, 0600) == 0);
	pid_t writer = fork_or_die();
	if (writer == 0) {
		/* The first two readers: the look at process 2 itself, and the first climb. */
		for (int i = 0; i < 2; i++) {
			int fd = open(path, O_WRONLY);
			const char *found = text[0];
			/* Whoever opens it from here on gets what comes next. */
			if (i == 0 ? mkfifo(next, 0600) < 0 : !put_text(3, text[1]))
				_exit(1);
			if (rename(i == 0 ? next : stat_path(3), path) < 0)
				_exit(2);
			if (write(fd, found, strlen(found)) < 0)
				_exit(3);
			close(fd);
		}
		_exit(0);
	}
	return 100 + count_rest(&all);
}

static int a_parent_that_becomes_a_strangers(void)
{
	int found = count_with_a_parent_that_changes(0);

	return found == 100 ? 0 : found;
}

static int a_parent_that_stays(void)
{
	int found = count_with_a_parent_that_changes(getpid());

	return found == 101 ? 0 : found;
}

/* Its number was given away half-way up: the process below is no descendant any more. */
Test(rest, a_process_whose_parents_change_meanwhile_is_looked_at_again)
{
	NEED_ROOT();
	as_subreaper(a_parent_that_becomes_a_strangers);
	as_subreaper(a_parent_that_stays);
}

/* ---- who is left out ------------------------------------------------------------------------ */

static int count_those_since(void)
{
	const struct rest since = { .since = 1000 };

	CHECK(1, make_proc());
	CHECK(2, put_start(1, getpid(), 1, 999) && count_rest(&since) == 0);
	CHECK(3, put_start(2, getpid(), 1, 1000) && count_rest(&since) == 1);
	/* Its child is as little of main's making, however late it was started. */
	CHECK(4, put_start(3, NOBODY + 1, 1, 5000) && count_rest(&since) == 1);
	CHECK(5, put_start(4, NOBODY + 2, 1, 5000) && count_rest(&since) == 2);
	CHECK(6, count_rest(&all) == 4);
	CHECK(7, is_from_before(&since, NOBODY + 1) && !is_from_before(&since, NOBODY + 2));
	CHECK(8, !is_from_before(&all, NOBODY + 1));
	/* Who is not there any more is nobody's to keep. */
	CHECK(9, !is_from_before(&since, NOBODY + 77));
	return 0;
}

Test(rest, children_from_before_main_and_what_they_made_are_not_of_it)
{
	NEED_ROOT();
	as_subreaper(count_those_since);
}

/* A child that blocks all signals, in this group; 0: one of its own. */
static pid_t blocked_child(pid_t group)
{
	struct signal_mask inherited;
	int ready[2];
	char c;

	if (pipe(ready) < 0)
		_exit(90);
	pid_t pid = fork_or_die();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		block_signals(&inherited);
		if (group >= 0)
			setpgid(0, group);
		if (write(ready[1], "", 1) != 1)
			_exit(91);
		for (;;)
			pause();
	}
	if (read(ready[0], &c, 1) != 1)
		_exit(92);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

enum { SAME = -1 /* the group of the test's body */ };

/* Whether signo has come to a process that blocks it. */
static bool has_got(pid_t pid, int signo)
{
	char path[64], status[4096];

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	if (read_file(AT_FDCWD, path, status, sizeof status) <= 0)
		return false;
	const char *pending = strstr(status, "ShdPnd:\t");
	return pending && strtoull(pending + 8, NULL, 16) & SIGNAL_BIT(signo);
}

static int by_group(void)
{
	setpgid(0, 0);
	pid_t member = blocked_child(SAME), other = blocked_child(0);

	CHECK(1, signal_rest(&all, MEMBERS, (const int[]){ SIGUSR1, 0 }) == 1);
	CHECK(2, has_got(member, SIGUSR1) && !has_got(other, SIGUSR1));
	CHECK(3, signal_rest(&all, OTHERS, (const int[]){ SIGUSR2, 0 }) == 1);
	CHECK(4, !has_got(member, SIGUSR2) && has_got(other, SIGUSR2));
	CHECK(5, signal_rest(&all, EVERYBODY, (const int[]){ SIGHUP, 0 }) == 2);
	CHECK(6, has_got(member, SIGHUP) && has_got(other, SIGHUP));
	return 0;
}

Test(rest, members_are_those_of_inits_group_and_others_are_not)
{
	as_subreaper(by_group);
}

static int those_untold(void)
{
	enum { TICK_US = 10000 };
	pid_t told = blocked_child(0), other = blocked_child(0);
	struct rest rest = { .group = told, .told = ticks_now() };

	/* In a later tick than that one. */
	while (ticks_now() <= rest.told)
		usleep(TICK_US);
	pid_t late = blocked_child(told);
	CHECK(1, signal_rest(&rest, UNTOLD, (const int[]){ SIGUSR1, 0 }) == 2);
	CHECK(2, !has_got(told, SIGUSR1) && has_got(other, SIGUSR1) && has_got(late, SIGUSR1));
	/* Where no group has been told, everybody is. */
	CHECK(3, signal_rest(&all, UNTOLD, (const int[]){ SIGUSR2, 0 }) == 3);
	CHECK(4, has_got(told, SIGUSR2));
	return 0;
}

Test(rest, untold_are_those_of_another_group_or_who_came_later)
{
	as_subreaper(those_untold);
}

static int named(void)
{
	char text[4096] = "", expected[128];
	int said[2];

	CHECK(1, name_rest(&all, "left") == 0);
	pid_t pid = fork_or_die();
	if (pid == 0) {
		prctl(PR_SET_NAME, "a (name) x");
		raise(SIGSTOP);
		_exit(0);
	}
	CHECK(2, waitpid(pid, NULL, WUNTRACED) == pid);
	CHECK(3, pipe(said) == 0 && dup2(said[1], STDERR_FILENO) == STDERR_FILENO);
	message_verbosity(LEVEL_WARNING);
	CHECK(4, name_rest(&all, "still there") == 1);
	CHECK(5, read(said[0], text, sizeof text - 1) > 0);
	snprintf(expected, sizeof expected, "pidone: still there: pid=%d name=", (int)pid);
	CHECK(6, strncmp(text, expected, strlen(expected)) == 0 && strstr(text, "a (name) x"));
	kill(pid, SIGKILL);
	return 0;
}

Test(rest, name_rest_says_who_is_left)
{
	as_subreaper(named);
}

/* ---- the group ------------------------------------------------------------------------------ */

static int group_of_main(void)
{
	pid_t leader = blocked_child(0), member = blocked_child(leader), other = blocked_child(0);
	struct init init = { .main_pid = leader };

	CHECK(1, signal_group(&init, SIGUSR1));
	CHECK(2, has_got(leader, SIGUSR1) && has_got(member, SIGUSR1) && !has_got(other, SIGUSR1));
	/* Main has ended, its group goes on. */
	kill(leader, SIGKILL);
	CHECK(3, waitpid(leader, NULL, 0) == leader);
	CHECK(4, signal_group(&init, SIGUSR2));
	CHECK(5, has_got(member, SIGUSR2));
	kill(member, SIGKILL);
	CHECK(6, waitpid(member, NULL, 0) == member);
	CHECK(7, !signal_group(&init, SIGHUP));
	return 0;
}

Test(rest, signal_group_reaches_mains_group_while_anybody_is_in_it)
{
	as_subreaper(group_of_main);
}

/* What main does by itself is its own business: the signal is for main then. */
static int group_left(void)
{
	pid_t elsewhere = blocked_child(0), main_pid = blocked_child(elsewhere);
	struct init init = { .main_pid = main_pid };

	CHECK(1, !signal_group(&init, SIGUSR1));
	CHECK(2, !has_got(elsewhere, SIGUSR1) && !has_got(main_pid, SIGUSR1));
	init.shares_group = true;
	CHECK(3, !signal_group(&init, SIGUSR1));
	CHECK(4, !has_got(elsewhere, SIGUSR1) && !has_got(main_pid, SIGUSR1));
	return 0;
}

Test(rest, signal_group_leaves_a_group_that_main_has_joined_alone)
{
	as_subreaper(group_left);
}

/* As on a terminal: the shell's script and the other side of a pipe are in it too. */
static int shared_group(void)
{
	setpgid(0, 0);
	pid_t stranger = blocked_child(SAME), told[2];
	int tell[2];

	CHECK(1, pipe(tell) == 0);
	pid_t init_pid = fork_or_die();
	if (init_pid == 0) {
		struct init init = { .shares_group = true };
		become_subreaper();
		told[0] = init.main_pid = blocked_child(SAME);
		told[1] = blocked_child(SAME);
		pid_t other = blocked_child(0);
		bool sent = signal_group(&init, SIGUSR1);
		exit_child(sent && has_got(told[0], SIGUSR1) && has_got(told[1], SIGUSR1) &&
					   !has_got(other, SIGUSR1)
				   ? 0
				   : 1);
	}
	CHECK(2, waitpid(init_pid, &told[0], 0) == init_pid && told[0] == 0);
	CHECK(3, !has_got(stranger, SIGUSR1));
	kill(stranger, SIGKILL);
	return 0;
}

Test(rest, signal_group_in_a_shared_group_reaches_main_and_the_rest_alone)
{
	as_subreaper(shared_group);
}

/* ---- names -------------------------------------------------------------------------------- */

Test(rest, process_name_is_what_proc_has)
{
	char name[PROCESS_NAME_MAX];

	prctl(PR_SET_NAME, "x) y (z");
	process_name(getpid(), name);
	cr_expect(eq(str, name, "x) y (z"));
	prctl(PR_SET_NAME, "exactly-15-long");
	process_name(getpid(), name);
	cr_expect(eq(str, name, "exactly-15-long"));
}

Test(rest, process_name_of_nobody_is_empty)
{
	char name[PROCESS_NAME_MAX] = "before";
	pid_t pid = fork_or_die();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	process_name(pid, name);
	cr_expect(eq(str, name, ""));
}

static int count_without_children(void)
{
	/* A descendant without a parent here cannot be: but would be counted. */
	CHECK(1, make_proc() && put_stat(1, 'S', getpid()) && count_rest(&all) == 1);
	CHECK(2, waitpid(-1, NULL, 0) > 0 && count_rest(&all) == 0);
	return 0;
}

Test(rest, without_children_nobody_is_looked_for)
{
	NEED_ROOT();
	as_subreaper(count_without_children);
}
