/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "tree.h"

bool tree_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	int saved_errno = errno;

	close(fd);
	errno = saved_errno;
	return written;
}

/* A version 1 cgroup of this test: its directory, or NULL where there is no such controller. */
char tree_cgroup[128];

const char *tree_make_cgroup(const char *controller, const char *file)
{
	char path[256];

	snprintf(tree_cgroup, sizeof tree_cgroup, "/sys/fs/cgroup/%s/pidone-test-%d", controller,
		 (int)getpid());
	if (mkdir(tree_cgroup, 0755) < 0)
		return NULL;
	snprintf(path, sizeof path, "%s/%s", tree_cgroup, file);
	if (access(path, W_OK) == 0)
		return tree_cgroup;
	rmdir(tree_cgroup);
	return NULL;
}

bool tree_cgroup_put(const char *file, const char *text)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", tree_cgroup, file);
	return tree_put(path, text);
}

void tree_freeze(pid_t pid)
{
	char number[16];

	snprintf(number, sizeof number, "%d", (int)pid);
	if (!tree_cgroup_put("cgroup.procs", number) || !tree_cgroup_put("freezer.state", "FROZEN"))
		cr_fatal("freezing: %s", strerror(errno));
	if (!wait_state(pid, "D"))
		cr_fatal("pid %d did not freeze", (int)pid);
}

void tree_thaw(void)
{
	tree_cgroup_put("freezer.state", "THAWED");
}

void tree_setup(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

void tree_cleanup(void)
{
	long long end = clock_ms() + WAIT_MS;
	char path[64], list[8192];

	if (tree_cgroup[0])
		tree_thaw();
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
	while (tree_cgroup[0] && rmdir(tree_cgroup) < 0 && errno == EBUSY && clock_ms() < end)
		usleep(1000);
}

void tree_start_with(struct run *run, struct start start, const char *const *options,
		     const char *const *tree)
{
	const char *args[128];
	size_t n = 0;

	for (; *options; options++)
		args[n++] = *options;
	args[n++] = "--";
	args[n++] = child_program("tree");
	for (; *tree && n < 127; tree++)
		args[n++] = *tree;
	args[n] = NULL;
	start.args = args;
	run_start(run, &start);
}

void tree_start(struct run *run, enum mode mode, const char *const *options,
		const char *const *tree)
{
	tree_start_with(run, (struct start){ .mode = mode }, options, tree);
}

/* Who said "NAME ready PID", by name. */
static struct tree_known {
	char name[16];
	pid_t pid;
} tree_known[32];
static size_t tree_known_count;

void tree_ready(struct run *run, int count)
{
	for (; count > 0; count--) {
		const char *line = read_line(run);
		struct tree_known *known = &tree_known[tree_known_count++ % 32];
		if (sscanf(line, "%15s ready %d", known->name, &known->pid) != 2 &&
		    sscanf(line, "%15s stopping %d", known->name, &known->pid) != 2)
			cr_fatal("expected a ready line, got '%s'", line);
	}
}

void tree_start_ready(struct run *run, int ready, enum mode mode, const char *const *options,
		      const char *const *tree)
{
	tree_start(run, mode, options, tree);
	tree_ready(run, ready);
}

void tree_line(struct run *run, const char *expected)
{
	const char *line = read_line(run);

	if (strncmp(line, expected, strlen(expected)) != 0)
		cr_fatal("expected '%s', got '%s'", expected, line);
}

static void expect_signal(struct run *run, const char *name, int signo)
{
	char line[64];

	snprintf(line, sizeof line, "%s signal %d ", name, signo);
	tree_line(run, line);
}

void tree_hears(struct run *run, const char *name, int sent, int heard)
{
	kill(run->pid, sent);
	expect_signal(run, name, heard);
}

void tree_signal(struct run *run, const char *name, int signo)
{
	kill(tree_outer_pid(run, name), signo);
	expect_signal(run, name, signo);
}

const char *tree_name(int back)
{
	return tree_known[(tree_known_count - (size_t)back) % 32].name;
}

pid_t tree_pid(const char *name)
{
	for (size_t i = tree_known_count; i-- > 0;)
		if (strcmp(tree_known[i % 32].name, name) == 0)
			return tree_known[i % 32].pid;
	cr_fatal("no process %s", name);
	return -1;
}

bool tree_same_namespace(pid_t a, pid_t b)
{
	char path[64];
	struct stat of_a, of_b;

	snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)a);
	if (stat(path, &of_a) < 0)
		return false;
	snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)b);
	return stat(path, &of_b) == 0 && of_a.st_ino == of_b.st_ino;
}

pid_t tree_outer_pid(const struct run *run, const char *name)
{
	pid_t inner = tree_pid(name), found = 0;

	if (tree_same_namespace(run->pid, getpid()))
		return inner;
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	while (proc && !found && (entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name);
		const char *last = pid > 0 ? strrchr(status_field(pid, "NSpid"), '\t') : NULL;
		if (last && atoi(last) == inner && tree_same_namespace(run->pid, pid))
			found = pid;
	}
	if (proc)
		closedir(proc);
	if (!found)
		cr_fatal("no process %s in the namespace", name);
	return found;
}

void tree_wait_alone(const struct run *run, const char *name)
{
	pid_t pid = tree_outer_pid(run, name);

	WAIT_FOR(only_child(run->pid) == pid);
}

void tree_go(const struct run *run)
{
	if (write(run->in, "\n", 1) != 1)
		cr_fatal("stdin: %s", strerror(errno));
}

const char *tree_all(struct run *run)
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

void tree_expect_error(struct run *run, const char *expected)
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

int tree_count(const char *text, const char *prefix)
{
	int count = 0;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		count += strncmp(line, prefix, strlen(prefix)) == 0;
	}
	return count;
}

int tree_signals(const char *text, const char *name)
{
	char prefix[64];

	snprintf(prefix, sizeof prefix, "%s signal ", name);
	return tree_count(text, prefix);
}

int tree_got(const char *text, const char *name, int signo)
{
	char prefix[64];

	snprintf(prefix, sizeof prefix, "%s signal %d ", name, signo);
	return tree_count(text, prefix);
}

void tree_assert_drained(const char *text, const char *name)
{
	if (tree_got(text, name, SIGTERM) != 1 || tree_got(text, name, SIGCONT) != 1 ||
	    tree_signals(text, name) != 2)
		cr_fatal("%s should have TERM and CONT, once each: '%s'", name, text);
}

void tree_end(struct run *run, int status)
{
	int found = run->pid > 0 ? run_wait(run) : status;

	if (found != status)
		cr_fatal("status %d, expected %d; stderr: '%s'", found, status, read_stderr(run));
	run_close(run);
}

void tree_own_mounts(void)
{
	if (syscall(SYS_unshare, 0x00020000 /* CLONE_NEWNS */) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		dprintf(2, "own mounts: %s\n", strerror(errno));
		_exit(99);
	}
}
