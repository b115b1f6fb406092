/* SPDX-License-Identifier: MIT */
/*
 * The rest: all other processes that init is responsible for. For PID 1 the kernel knows them:
 * kill(-1). For a subreaper that would be every process of the machine, so it looks into /proc.
 */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The first fields of /proc/PID/stat, those that init needs. */
struct proc_stat {
	char name[PROCESS_NAME_MAX];
	char state;
	pid_t parent;
	pid_t group;
	int64_t start; /* clock ticks, as ticks_now() */
};

/* Which processes to look for, and what to do with them. */
struct visit {
	const struct rest *rest;
	enum whom whom;
	void (*act)(pid_t pid, int pidfd, const void *arg); /* may be NULL; pidfd may be -1 */
	const void *arg;
	pid_t self; /* init's pid */
	int proc;   /* a descriptor of /proc */
	int count;  /* how many were found */
};

/* ---- /proc -------------------------------------------------------------- */

/* /proc, if it shows this pid namespace. In another one the numbers mean other processes. */
GUARDED static int open_proc(void)
{
	char self[16];
	ssize_t n = syscall(SYS_readlinkat, AT_FDCWD, "/proc/self", self, sizeof self - 1);
	const char *number = self;

	if (n <= 0)
		return -1;
	self[n] = '\0';
	if (parse_number(&number, INT32_MAX) != getpid()) {
		errno = EXDEV;
		return -1;
	}
	return open_file(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY);
}

/* Moves *at over `count` blanks in /proc/PID/stat. Returns the field there, or -1. */
COLD static int64_t field_behind(const char **at, int count)
{
	for (; count > 0; count--) {
		*at += span_to(*at, " ");
		*at += **at == ' ';
	}
	const char *digits = *at;
	return parse_number(&digits, INT64_MAX);
}

GUARDED static bool read_stat(int proc, pid_t pid, struct proc_stat *stat)
{
	struct text path = { .len = 0 };
	char buf[512];

	text_add(&path, "%d/stat", (int)pid);
	ssize_t size = read_file(proc, text_string(&path), buf, sizeof buf);
	if (size < 2)
		return false;
	/* "PID (NAME) STATE PPID PGRP ...": a name may hold anything, even ')'. */
	const char *name = buf + span_to(buf, "(");
	char *end = buf + size - 2;
	while (end > name && *end != ')')
		end--;
	if (end <= name || name - buf > (ptrdiff_t)(sizeof buf - sizeof stat->name - 1))
		return false;
	*end = '\0';
	memcpy(stat->name, name + 1, sizeof stat->name);
	stat->name[sizeof stat->name - 1] = '\0';
	stat->state = end[2];
	const char *at = end + 2;
	stat->parent = (pid_t)field_behind(&at, 1);
	stat->group = (pid_t)field_behind(&at, 1);
	stat->start = field_behind(&at, 22 - 5);
	return true;
}

COLD void process_name(pid_t pid, char name[PROCESS_NAME_MAX])
{
	struct proc_stat stat = { .name = "" };
	int proc = open_proc();

	if (proc >= 0) {
		read_stat(proc, pid, &stat);
		close(proc);
	}
	memcpy(name, stat.name, sizeof stat.name);
}

/* ---- which processes belong to the rest --------------------------------- */

/*
 * Climbs from parent to parent up to init. Returns a number that stands for the processes on the
 * way, 0 for a process that does not belong to the rest, -1 if a process on the way is gone.
 */
COLD static int64_t climb(const struct visit *visit, struct proc_stat at)
{
	uint32_t way = 1;

	for (;;) {
		if (at.start < visit->rest->since)
			return 0; /* from before main, or a descendant of such a process */
		way = way * 31 + (uint32_t)at.parent;
		if (at.parent == visit->self)
			return way | 1;
		/* A process that entered the pid namespace has no parent in it. */
		if (at.parent <= 0)
			return visit->self == 1 ? way | 1 : 0;
		if (!read_stat(visit->proc, at.parent, &at))
			return -1;
	}
}

/*
 * Two climbs must take the same way. If they differ, a process on the way may have ended, and a new
 * one may have its number. When a parent is gone, its children have a new one, so climb again. A
 * few times is plenty.
 */
COLD static bool is_descendant(const struct visit *visit, pid_t pid, struct proc_stat *stat)
{
	enum { TRIES = 8 };
	int64_t before = -1;

	for (int tries = 0; tries < TRIES; tries++) {
		int64_t way = climb(visit, *stat);
		if (way == 0 || (way > 0 && way == before))
			return way > 0;
		before = way;
		if (!read_stat(visit->proc, pid, stat))
			return false;
	}
	return false;
}

COLD static bool starts_before(const struct rest *rest, pid_t pid)
{
	struct proc_stat stat = { .start = rest->since };
	int proc = open_proc();

	if (proc >= 0) {
		read_stat(proc, pid, &stat);
		close(proc);
	}
	return stat.start < rest->since;
}

bool is_from_before(const struct rest *rest, pid_t pid)
{
	return rest->since && starts_before(rest, pid);
}

COLD static bool is_wanted(const struct visit *visit, const struct proc_stat *stat)
{
	const struct rest *rest = visit->rest;

	switch (visit->whom) {
	case MEMBERS: return stat->group == getpgrp();
	case OTHERS: return stat->group != getpgrp();
	case UNTOLD: return stat->group != rest->group || stat->start > rest->told;
	default: return true;
	}
}

/*
 * Acts on pid if it is alive, belongs to the rest, and is wanted. If it is not init's child, open a
 * pidfd before looking at its parents. It may end then, and a stranger may get its number: the
 * pidfd makes sure that the stranger gets no signal.
 */
COLD static void visit_one(struct visit *visit, pid_t pid, bool hidden)
{
	/* For a hidden process this is all that can be known. */
	struct proc_stat stat = { .group = hidden ? getpgid(pid) : 0, .start = visit->rest->since };
	/* Most are init's children when main is gone, and this is far cheaper than /proc. */
	bool is_child = is_living_child(pid);
	bool by_number = is_child && visit->whom == EVERYBODY && visit->rest->since == 0;
	int pidfd = is_child ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	/* It looks like a zombie, but other threads may go on: the pidfd knows. */
	bool found = by_number || (hidden && is_child) ||
		     (read_stat(visit->proc, pid, &stat) &&
		      (is_child || stat.state != 'Z' || (pidfd >= 0 && poll(&ended, 1, 0) == 0)) &&
		      ((visit->self == 1 && visit->rest->since == 0) ||
		       is_descendant(visit, pid, &stat)));

	if (found && is_wanted(visit, &stat)) {
		visit->count++;
		if (visit->act)
			visit->act(pid, pidfd, visit->arg);
	}
	if (pidfd >= 0)
		close(pidfd);
}

COLD static void visit_number(int pid, void *arg)
{
	struct visit *visit = arg;

	if (pid > 0 && pid != visit->self)
		visit_one(visit, pid, false);
}

/* Children that /proc does not show (hidepid), from init's own list of children. */
GUARDED static void visit_hidden(struct visit *visit)
{
	struct text path = { .len = 0 };
	char list[512];
	ssize_t n;

	text_add(&path, "self/task/%d/children", (int)visit->self);
	int fd = open_file(visit->proc, text_string(&path), O_RDONLY);
	while (fd >= 0 && (n = read(fd, list, sizeof list - 1)) > 0) {
		char *end = list + n - 1;
		while (end > list && *end != ' ')
			end--;
		if (end == list)
			break;
		*end = '\0';
		/* The number at the end may be cut: read it again. */
		lseek(fd, end + 1 - (list + n), SEEK_CUR);
		for (const char *at = list; *at; at += span_to(at, " ")) {
			at += *at == ' ';
			const char *digits = at, *number = at;
			struct text entry = { .len = 0 };
			pid_t pid = (pid_t)parse_number(&digits, INT32_MAX);
			text_add(&entry, "%d", (int)pid);
			if (pid > 0 && number != digits &&
			    syscall(SYS_faccessat, visit->proc, text_string(&entry), F_OK) < 0)
				visit_one(visit, pid, true);
		}
	}
	if (fd >= 0)
		close(fd);
}

/* Looks at each process except init. 0, or -1 with errno if /proc cannot be used. */
COLD static int visit_rest(struct visit *visit)
{
	visit->self = getpid();
	/* Then there is no descendant either: an orphan becomes a child of init's. */
	if (visit->self != 1 && !has_children())
		return 0;
	visit->proc = open_proc();
	if (visit->proc < 0)
		return -1;
	int failed = for_each_number(visit->proc, visit_number, visit);
	visit_hidden(visit);
	close(visit->proc);
	return failed;
}

/* ---- what to do with them ----------------------------------------------- */

COLD static void signal_one(pid_t pid, int pidfd, const void *arg)
{
	for (const int *signo = arg; *signo; signo++)
		send_signal_to(pid, pidfd, *signo);
}

/* kill(-1) does not say which processes it could not reach. */
COLD static void signal_unreached(pid_t pid, int pidfd, const void *arg)
{
	if (kill(pid, 0) < 0 && errno == EPERM)
		signal_one(pid, pidfd, arg);
}

COLD int signal_rest(const struct rest *rest, enum whom whom, const int *signals)
{
	static bool warned; /* Changes once: not a warning for every signal. */
	struct visit visit = { .rest = rest, .whom = whom, .act = signal_one, .arg = signals };

	/* If nobody is to be left out, the kernel's own walk is used. One signal after the other:
	 * some can be reached with SIGCONT alone, and shall not get it first. */
	if (getpid() == 1 && whom == EVERYBODY && rest->since == 0) {
		visit.act = signal_unreached;
		for (; *signals; signals++) {
			kill(-1, *signals);
			visit.arg = (const int[]){ *signals, 0 };
			visit_rest(&visit);
		}
		return 0;
	}
	if (visit_rest(&visit) == 0)
		return visit.count;
	if (!warned)
		message(LEVEL_WARNING, "cannot find the processes that are left: /proc: %s",
			errno == EXDEV ? "it is another pid namespace's" : error_text(errno));
	warned = true;
	return -1;
}

bool signal_group(const struct init *init, int signo)
{
	pid_t group = getpgid(init->main_pid);

	if (group < 0) /* main has ended, its group may go on */
		group = init->shares_group ? getpgrp() : init->main_pid;
	if (group == init->main_pid)
		return send_signal_to(-group, -1, signo);
	/* One by one: not to the shell's script, nor to the other side of a pipe. */
	return init->shares_group && group == getpgrp() &&
	       signal_rest(&init->rest, MEMBERS, (const int[]){ signo, 0 }) > 0;
}

COLD int count_rest(const struct rest *rest)
{
	struct visit visit = { .rest = rest };

	return visit_rest(&visit) < 0 ? -1 : visit.count;
}

COLD static void name_one(pid_t pid, int pidfd, const void *arg)
{
	struct text line = { .len = 0 };
	char name[PROCESS_NAME_MAX];

	(void)pidfd;
	process_name(pid, name);
	text_add(&line, "%s: pid=%d ", (const char *)arg, (int)pid);
	text_add_value(&line, "name", name);
	message(LEVEL_WARNING, "%s", text_string(&line));
}

COLD int name_rest(const struct rest *rest, const char *what)
{
	struct visit visit = { .rest = rest, .act = name_one, .arg = what };

	visit_rest(&visit);
	return visit.count;
}
