/* SPDX-License-Identifier: MIT */
/*
 * The rest: every other process that init will reap. As PID 1 the kernel
 * knows who that is; as subreaper /proc tells, and only it: kill(-1) would
 * then be everybody on the machine.
 */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What /proc/PID/stat begins with, as far as it matters here. */
struct proc_stat {
	char name[PROCESS_NAME_MAX];
	char state;
	pid_t parent;
};

/* getdents64(2); libc's readdir() would need the heap. */
struct dirent_head {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

typedef void visit_fn(pid_t pid, int pidfd, const void *arg);

/* /proc, where it shows this pid namespace: else the numbers are others'. */
COLD static int open_proc(void)
{
	char self[16];
	ssize_t n = readlink("/proc/self", self, sizeof self - 1);
	const char *number = self;

	if (n <= 0)
		return -1;
	self[n] = '\0';
	if (parse_number(&number, INT32_MAX) != getpid())
		return -1;
	return open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

COLD static bool read_stat(int proc, pid_t pid, struct proc_stat *stat)
{
	struct text path = { .len = 0 };
	char buf[256];

	text_add(&path, "%d/stat", (int)pid);
	if (read_file(proc, text_string(&path), buf, sizeof buf) <= 0)
		return false;
	/* "PID (NAME) STATE PPID ...": a name may hold anything, even ')'. */
	const char *name = strchr(buf, '(');
	char *end = strrchr(buf, ')');
	if (!name || !end || end - buf > (ptrdiff_t)sizeof buf - 8)
		return false;
	*end = '\0';
	memcpy(stat->name, name + 1, sizeof stat->name);
	stat->name[sizeof stat->name - 1] = '\0';
	stat->state = end[2];
	const char *parent = end + 4;
	stat->parent = (pid_t)parse_number(&parent, INT32_MAX);
	return true;
}

/*
 * Climbs from pid to init. A parent that is gone half way has left its
 * children to another, so the climb begins again; a few times is plenty.
 */
COLD static bool is_descendant(int proc, pid_t pid, const struct proc_stat *stat)
{
	enum { TRIES = 8 };
	struct proc_stat above = *stat;
	const pid_t self = getpid();

	for (int tries = 0; tries < TRIES; tries++) {
		while (above.parent > 0 && above.parent != self)
			if (!read_stat(proc, above.parent, &above))
				break;
		if (above.parent == self)
			return true;
		if (above.parent <= 0 || !read_stat(proc, pid, &above))
			return false;
	}
	return false;
}

/* A living child of init's own: its number is nobody else's before init reaps it. */
COLD static bool is_living_child(pid_t pid)
{
	siginfo_t info;

	info.si_pid = 0;
	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 &&
	       info.si_pid == 0;
}

/*
 * Calls visit (unless NULL) if pid is a living process of the rest; whether it is. For one that is
 * not init's child a pidfd is taken before looking who its parents are: should it end then and its
 * number be given to a stranger, the stranger is not touched.
 */
COLD static bool visit_one(int proc, pid_t pid, visit_fn *visit, const void *arg)
{
	struct proc_stat stat;
	/* Most are init's children once main is gone, and this is far cheaper than what follows. */
	bool is_child = is_living_child(pid);
	int pidfd = is_child ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	/* A zombie whose other threads go on is none: the pidfd knows. */
	bool found = is_child || (read_stat(proc, pid, &stat) &&
				  (stat.state != 'Z' || (pidfd >= 0 && poll(&ended, 1, 0) == 0)) &&
				  (getpid() == 1 || is_descendant(proc, pid, &stat)));

	if (found && visit)
		visit(pid, pidfd, arg);
	if (pidfd >= 0)
		close(pidfd);
	return found;
}

/* visit_one() for each process but init; how many it found, or -1 without a usable /proc. */
COLD static int visit_rest(visit_fn *visit, const void *arg)
{
	_Alignas(struct dirent_head) char entries[2048];
	const pid_t self = getpid();
	int proc = open_proc();
	int count = 0;
	long size;

	if (proc < 0)
		return -1;
	while ((size = syscall(SYS_getdents64, proc, entries, sizeof entries)) > 0) {
		const struct dirent_head *entry;
		for (long at = 0; at < size; at += entry->reclen) {
			entry = (const void *)(entries + at);
			const char *name = entry->name;
			pid_t pid = (pid_t)parse_number(&name, INT32_MAX);
			if (pid > 0 && pid != self)
				count += visit_one(proc, pid, visit, arg);
		}
	}
	close(proc);
	return size < 0 ? -1 : count;
}

COLD static void signal_one(pid_t pid, int pidfd, const void *arg)
{
	for (const int *signo = arg; *signo; signo++)
		/* Linux before 5.3 has no pidfd: kill(2) does, all but as well. */
		if (pidfd < 0)
			send_signal(pid, *signo);
		else if (syscall(SYS_pidfd_send_signal, pidfd, *signo, NULL, 0) < 0)
			warn_unsent(pid, *signo);
}

COLD int signal_rest(const int *signals)
{
	static bool warned; /* Changes once: it would be said for every signal. */

	if (getpid() == 1) {
		for (; *signals; signals++)
			send_signal(-1, *signals);
		return 0;
	}
	if (visit_rest(signal_one, signals) >= 0)
		return 0;
	if (!warned)
		message(LEVEL_WARNING, "no usable /proc: cannot find the processes that are left");
	warned = true;
	return -1;
}

COLD int count_rest(void)
{
	return visit_rest(NULL, NULL);
}

COLD static void name_one(pid_t pid, int pidfd, const void *arg)
{
	char name[PROCESS_NAME_MAX];

	(void)pidfd;
	(void)arg;
	process_name(pid, name);
	message(LEVEL_WARNING, "left behind: pid=%d name=%s", (int)pid, name);
}

COLD void name_rest(void)
{
	visit_rest(name_one, NULL);
	message(LEVEL_WARNING, "processes are left that SIGKILL did not end in a second");
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
