/* SPDX-License-Identifier: MIT */
/*
 * What the suites of contract 6 and 7 share beside the harness: trees of processes that say what
 * they receive (tests/children/fxtree.c), and the end of all of them as an event.
 *
 * Each process of a tree holds the write end of pidone's stdout: its end of file means that all of
 * them are gone.
 */
#ifndef FX_H
#define FX_H

#include "harness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* A behaviour that is the same in both modes: one test each. */
#define IN_BOTH_MODES(suite, behaviour)                                                            \
	static void behaviour(enum mode mode);                                                     \
	Test(suite, behaviour##_as_subreaper)                                                      \
	{                                                                                          \
		behaviour(SUBREAPER);                                                              \
	}                                                                                          \
	Test(suite, behaviour##_as_pid_1)                                                          \
	{                                                                                          \
		NEED_ROOT();                                                                       \
		behaviour(PID1);                                                                   \
	}                                                                                          \
	static void behaviour(enum mode mode)

/* Writes text to a file that is there. False, with errno, where it cannot. */
static __attribute__((unused)) bool fx_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	int saved_errno = errno;

	close(fd);
	errno = saved_errno;
	return written;
}

/* A version 1 cgroup of this test: its directory, or NULL where there is no such controller. */
static char fx_cgroup[128];

static __attribute__((unused)) const char *fx_make_cgroup(const char *controller, const char *file)
{
	char path[256];

	snprintf(fx_cgroup, sizeof fx_cgroup, "/sys/fs/cgroup/%s/pidone-test-%d", controller,
		 (int)getpid());
	if (mkdir(fx_cgroup, 0755) < 0)
		return NULL;
	snprintf(path, sizeof path, "%s/%s", fx_cgroup, file);
	if (access(path, W_OK) == 0)
		return fx_cgroup;
	rmdir(fx_cgroup);
	return NULL;
}

static __attribute__((unused)) bool fx_cgroup_put(const char *file, const char *text)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", fx_cgroup, file);
	return fx_put(path, text);
}

/* The v1 freezer: what a process in uninterruptible sleep is, at will. */
static __attribute__((unused)) void fx_freeze(pid_t pid)
{
	char number[16];

	snprintf(number, sizeof number, "%d", (int)pid);
	if (!fx_cgroup_put("cgroup.procs", number) || !fx_cgroup_put("freezer.state", "FROZEN"))
		cr_fatal("freezing: %s", strerror(errno));
	if (!wait_state(pid, "D"))
		cr_fatal("pid %d did not freeze", (int)pid);
}

static __attribute__((unused)) void fx_thaw(void)
{
	fx_cgroup_put("freezer.state", "THAWED");
}

#define FX_NEED_FREEZER()                                                                          \
	do {                                                                                       \
		NEED_ROOT();                                                                       \
		if (!fx_make_cgroup("freezer", "freezer.state"))                                   \
			cr_skip_test("no freezer of cgroup version 1 here");                       \
	} while (0)

/* For TestSuite: orphans come to the test, and none outlives it, whatever failed. */
static void fx_setup(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

static void fx_cleanup(void)
{
	long long end = clock_ms() + WAIT_MS;
	char path[64], list[8192];

	if (fx_cgroup[0])
		fx_thaw();
	/* A child of each round may leave its own children to the next. */
	while (clock_ms() < end) {
		snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? -1 : read(fd, list, sizeof list - 1);
		close(fd);
		if (n <= 0)
			break;
		list[n] = '\0';
		/* Each number has a blank behind it; one that was cut off would be a stranger's. */
		for (char *at = list, *next; strtol(at, &next, 10) > 0 && *next == ' '; at = next)
			kill((pid_t)strtol(at, NULL, 10), SIGKILL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		usleep(1000); /* for the killed to be gone */
	}
	/* A cgroup cannot be removed before the last of its processes is quite gone. */
	while (fx_cgroup[0] && rmdir(fx_cgroup) < 0 && errno == EBUSY && clock_ms() < end)
		usleep(1000);
}

#define FX_SUITE(suite) TestSuite(suite, .timeout = 60, .init = fx_setup, .fini = fx_cleanup)

/* Starts pidone with options, then fxtree with a tree. More fields are for `start` to bring. */
static __attribute__((unused)) void fx_start_with(struct run *run, struct start start,
						  const char *const *options,
						  const char *const *tree)
{
	const char *args[128];
	size_t n = 0;

	for (; *options; options++)
		args[n++] = *options;
	args[n++] = "--";
	args[n++] = child_program("fxtree");
	for (; *tree && n < 127; tree++)
		args[n++] = *tree;
	args[n] = NULL;
	start.args = args;
	run_start(run, &start);
}

static __attribute__((unused)) void fx_start(struct run *run, enum mode mode,
					     const char *const *options, const char *const *tree)
{
	fx_start_with(run, (struct start){ .mode = mode }, options, tree);
}

/* Who said "NAME ready PID", by name. */
static struct fx_known {
	char name[16];
	pid_t pid;
} fx_known[32];
static size_t fx_known_count;

/* Reads `count` lines, which all have to be "NAME ready PID" (or "stopping PID"). */
static __attribute__((unused)) void fx_ready(struct run *run, int count)
{
	for (; count > 0; count--) {
		const char *line = read_line(run);
		struct fx_known *known = &fx_known[fx_known_count++ % 32];
		if (sscanf(line, "%15s ready %d", known->name, &known->pid) != 2 &&
		    sscanf(line, "%15s stopping %d", known->name, &known->pid) != 2)
			cr_fatal("expected a ready line, got '%s'", line);
	}
}

/* A line that has to be the next one. */
static __attribute__((unused)) void fx_line(struct run *run, const char *expected)
{
	const char *line = read_line(run);

	if (strncmp(line, expected, strlen(expected)) != 0)
		cr_fatal("expected '%s', got '%s'", expected, line);
}

/* The pid of a process that said it was ready, as it knows it itself. */
static __attribute__((unused)) pid_t fx_pid(const char *name)
{
	for (size_t i = fx_known_count; i-- > 0;)
		if (strcmp(fx_known[i % 32].name, name) == 0)
			return fx_known[i % 32].pid;
	cr_fatal("no process %s", name);
	return -1;
}

/* Waits for what nothing tells of: it has to be looked at. Fails after WAIT_MS. */
#define FX_WAIT(condition)                                                                         \
	for (long long fx_end = clock_ms() + WAIT_MS; !(condition);) {                             \
		if (clock_ms() > fx_end)                                                           \
			cr_fatal("waited for: %s", #condition);                                    \
		usleep(1000);                                                                      \
	}

static __attribute__((unused)) bool fx_same_namespace(pid_t a, pid_t b)
{
	char path[64];
	struct stat of_a, of_b;

	snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)a);
	if (stat(path, &of_a) < 0)
		return false;
	snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)b);
	return stat(path, &of_b) == 0 && of_a.st_ino == of_b.st_ino;
}

/* The same as the test sees it: the process of init's pid namespace that has this number there. */
static __attribute__((unused)) pid_t fx_outer_pid(const struct run *run, const char *name)
{
	pid_t inner = fx_pid(name), found = 0;

	if (fx_same_namespace(run->pid, getpid()))
		return inner;
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	while (proc && !found && (entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name);
		const char *last = pid > 0 ? strrchr(status_field(pid, "NSpid"), '\t') : NULL;
		if (last && atoi(last) == inner && fx_same_namespace(run->pid, pid))
			found = pid;
	}
	if (proc)
		closedir(proc);
	if (!found)
		cr_fatal("no process %s in the namespace", name);
	return found;
}

/* Waits until this one is init's only child: main, or what main left, is reaped. */
static __attribute__((unused)) void fx_wait_alone(const struct run *run, const char *name)
{
	pid_t pid = fx_outer_pid(run, name);

	FX_WAIT(only_child(run->pid) == pid);
}

/* Lets main's `read` go on. */
static __attribute__((unused)) void fx_go(const struct run *run)
{
	if (write(run->in, "\n", 1) != 1)
		cr_fatal("stdin: %s", strerror(errno));
}

/* All of stdout that was not read yet, until every process of the tree is gone. */
static __attribute__((unused)) const char *fx_all(struct run *run)
{
	static char text[65536];
	size_t len = run->len - run->used;
	long long end = clock_ms() + WAIT_MS;

	memcpy(text, run->text + run->used, len);
	run->used = run->len;
	for (;;) {
		struct pollfd ready = { .fd = run->out, .events = POLLIN };
		long long left = end - clock_ms();
		if (left <= 0 || poll(&ready, 1, (int)left) <= 0)
			cr_fatal("processes are left that hold stdout; so far: '%.*s'", (int)len,
				 text);
		ssize_t n = read(run->out, text + len, sizeof text - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	return text;
}

/* Reads stderr until it has `expected`, however long init goes on. */
static __attribute__((unused)) void fx_expect_error(struct run *run, const char *expected)
{
	long long end = clock_ms() + WAIT_MS;
	char text[4096] = "";
	size_t len = 0;

	while (!strstr(text, expected)) {
		struct pollfd ready = { .fd = run->err, .events = POLLIN };
		long long left = end - clock_ms();
		ssize_t n = 0;
		if (left > 0 && poll(&ready, 1, (int)left) > 0)
			n = read(run->err, text + len, sizeof text - 1 - len);
		if (n <= 0)
			cr_fatal("'%s' should be in stderr: '%s'", expected, text);
		len += (size_t)n;
		text[len] = '\0';
	}
}

/* How many lines of text begin with prefix. */
static __attribute__((unused)) int fx_count(const char *text, const char *prefix)
{
	int count = 0;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		count += strncmp(line, prefix, strlen(prefix)) == 0;
	}
	return count;
}

/* How many signals, and how many signo, the process `name` told of in text. */
static __attribute__((unused)) int fx_signals(const char *text, const char *name)
{
	char prefix[64];

	snprintf(prefix, sizeof prefix, "%s signal ", name);
	return fx_count(text, prefix);
}

static __attribute__((unused)) int fx_got(const char *text, const char *name, int signo)
{
	char prefix[64];

	snprintf(prefix, sizeof prefix, "%s signal %d ", name, signo);
	return fx_count(text, prefix);
}

/* As the drain has it: TERM once, CONT once, nothing else. */
static __attribute__((unused)) void fx_assert_drained(const char *text, const char *name)
{
	if (fx_got(text, name, SIGTERM) != 1 || fx_got(text, name, SIGCONT) != 1 ||
	    fx_signals(text, name) != 2)
		cr_fatal("%s should have TERM and CONT, once each: '%s'", name, text);
}

/* Asserts init's status, closes the run. */
static __attribute__((unused)) void fx_end(struct run *run, int status)
{
	int found = run->pid > 0 ? run_wait(run) : status;

	if (found != status)
		cr_fatal("status %d, expected %d; stderr: '%s'", found, status, read_stderr(run));
	run_close(run);
}

/* For before_exec: mounts of this process only. */
static __attribute__((unused)) void fx_own_mounts(void)
{
	if (syscall(SYS_unshare, 0x00020000 /* CLONE_NEWNS */) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		dprintf(2, "own mounts: %s\n", strerror(errno));
		_exit(99);
	}
}

#endif
