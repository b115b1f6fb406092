/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "harness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

long long clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

const char *pidone_path(void)
{
	const char *path = getenv("PIDONE");
	static char absolute[4096];

	if (!realpath(path ? path : "./pidone", absolute))
		cr_fatal("no pidone to test: %s", strerror(errno));
	return absolute;
}

const char *child_program(const char *name)
{
	static char path[4096];
	const char *dir = getenv("PIDONE_CHILDREN");

	snprintf(path, sizeof path, "%s/%s", dir ? dir : "build/tests/children", name);
	if (access(path, X_OK) < 0)
		cr_fatal("%s: %s", path, strerror(errno));
	static char absolute[4096];
	if (!realpath(path, absolute))
		cr_fatal("%s: %s", path, strerror(errno));
	return absolute;
}

bool is_emulated(void)
{
	return getenv("EMULATED") != NULL;
}

bool is_emulators(int signo)
{
	return is_emulated() &&
	       (signo == SIGILL || signo == SIGTRAP || signo == SIGABRT || signo == SIGFPE ||
		signo == SIGBUS || signo == SIGSEGV || signo >= 32);
}

void set_raw_mask(unsigned long long low, unsigned long long rest)
{
	enum { WORD_BITS = 8 * sizeof(unsigned long) };
	unsigned long words[_NSIG / WORD_BITS];

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		words[i] = (unsigned long)((i * WORD_BITS < 64 ? low : rest) >> i * WORD_BITS % 64);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, words, NULL, sizeof words);
}

/* It comes after the mask. */
static bool has_signalfd(pid_t pid)
{
	char path[64], target[64];

	for (int fd = 3; fd < 1024; fd++) {
		snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
		ssize_t n = readlink(path, target, sizeof target - 1);
		target[n < 0 ? 0 : n] = '\0';
		if (strcmp(target, "anon_inode:[signalfd]") == 0)
			return true;
	}
	return false;
}

bool init_waits(pid_t pid)
{
	bool blocked = is_emulated() ? has_signalfd(pid)
				     : strcmp(status_field(pid, "SigBlk"), FULL_MASK) == 0;

	return blocked && process_state(pid) == 'S';
}

/* In the child. What fails here shows as status 99 with a line on stderr. */
static void die(const char *what)
{
	dprintf(2, "harness: %s: %s\n", what, strerror(errno));
	_exit(99);
}

enum { PROGRAM_FD = 900 };

static void become_init(const struct start *start, const int stdio[3], const char *path)
{
	char *argv[256] = { (char *)(start->name ? start->name : "pidone") };
	char **env = (char **)start->env;
	sigset_t none;
	int program = open(path, O_PATH);

	/* A test that fails or is killed leaves no init behind. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);

	for (int i = 0; start->args && start->args[i] && i < 254; i++)
		argv[i + 1] = (char *)start->args[i];
	if (start->mode == PID1) {
		if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
			die("making mounts private");
		if (start->no_proc ? mount("none", "/proc", "tmpfs", 0, NULL) < 0
				   : mount("proc", "/proc", "proc", 0, NULL) < 0)
			die("mounting /proc");
	}
	if (start->tty > 0 && !start->keep_tty_group &&
	    (setsid() < 0 || ioctl(start->tty, TIOCSCTTY, 0) < 0))
		die("taking the terminal");
	for (int fd = 0; fd < 3; fd++)
		if (dup2(start->tty > 0 ? start->tty : stdio[fd], fd) < 0)
			die("dup2");
	/* Out of the way of what before_exec may open. */
	if (program < 0 || dup2(program, PROGRAM_FD) < 0)
		die(path);
	fcntl(PROGRAM_FD, F_SETFD, FD_CLOEXEC);
	syscall(SYS_close_range, 3, PROGRAM_FD - 1, 0);
	syscall(SYS_close_range, PROGRAM_FD + 1, ~0U, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Criterion ignores or handles some; init starts with the defaults. The raw call, as a
	 * parent that used glibc's posix_spawn(), like make, has left signal 32 ignored. All 0 is
	 * SIG_DFL. */
	static const unsigned long by_default[8];
	for (int signo = 1; signo < 65; signo++)
		syscall(SYS_rt_sigaction, signo, by_default, NULL, _NSIG / 8);
	if (start->before_exec)
		start->before_exec();
	env = env ? env : environ; /* as before_exec left it */
	execve(path, argv, env);
	/* before_exec became a user who may not enter the directories above. */
	if (errno == EACCES)
		execveat(PROGRAM_FD, "", argv, env, AT_EMPTY_PATH);
	die(path);
}

void run_start(struct run *run, const struct start *start)
{
	int in[2], out[2], err[2];
	const char *path = start->program ? start->program : pidone_path();
	unsigned long flags = SIGCHLD;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		cr_fatal("pipe: %s", strerror(errno));
	if (start->mode == PID1)
		flags |= CLONE_NEWPID | CLONE_NEWNS;
	memset(run, 0, sizeof *run);
	run->mode = start->mode;
	run->pid = raw_clone(flags);
	if (run->pid < 0)
		cr_fatal("clone: %s", strerror(errno));
	if (run->pid == 0)
		become_init(start, (int[]){ in[0], out[1], err[1] }, path);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	run->in = in[1];
	run->out = out[0];
	run->err = err[0];
}

const char *read_line(struct run *run)
{
	long long end = clock_ms() + WAIT_MS;

	for (;;) {
		char *start = run->text + run->used;
		char *newline = memchr(start, '\n', run->len - run->used);
		if (newline) {
			*newline = '\0';
			run->used = (size_t)(newline - run->text) + 1;
			return start;
		}
		struct pollfd ready = { .fd = run->out, .events = POLLIN };
		long long left = end - clock_ms();
		if (left <= 0 || poll(&ready, 1, (int)left) <= 0)
			cr_fatal("no line came; so far: '%.*s'", (int)(run->len - run->used),
				 start);
		/* What was returned stays valid until the buffer has to be used again. */
		if (run->len == sizeof run->text - 1 && run->used > 0) {
			memmove(run->text, start, run->len - run->used);
			run->len -= run->used;
			run->used = 0;
		}
		ssize_t n = read(run->out, run->text + run->len, sizeof run->text - 1 - run->len);
		if (n <= 0)
			cr_fatal("end of stdout where a line was expected; stderr: '%s'",
				 read_stderr(run));
		run->len += (size_t)n;
	}
}

const char *expect_line(struct run *run, const char *prefix)
{
	for (;;) {
		const char *line = read_line(run);
		if (strncmp(line, prefix, strlen(prefix)) == 0)
			return line;
	}
}

const char *read_stderr(struct run *run)
{
	static char text[65536];
	size_t len = 0;
	long long end = clock_ms() + WAIT_MS;

	for (;;) {
		struct pollfd ready = { .fd = run->err, .events = POLLIN };
		long long left = end - clock_ms();
		if (left <= 0 || poll(&ready, 1, (int)left) <= 0)
			break;
		ssize_t n = read(run->err, text + len, sizeof text - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	return text;
}

const char *read_stdout(struct run *run)
{
	char *start = run->text + run->used;
	long long end = clock_ms() + WAIT_MS;

	while (run->len < sizeof run->text - 1) {
		struct pollfd ready = { .fd = run->out, .events = POLLIN };
		long long left = end - clock_ms();
		if (left <= 0 || poll(&ready, 1, (int)left) <= 0)
			cr_fatal("no end of stdout came; so far: '%s'", start);
		ssize_t n = read(run->out, run->text + run->len, sizeof run->text - 1 - run->len);
		if (n <= 0)
			break;
		run->len += (size_t)n;
	}
	run->text[run->len] = '\0';
	run->used = run->len;
	return start;
}

bool pid_ended(pid_t pid, int ms)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };

	if (pidfd < 0)
		cr_fatal("pidfd_open: %s", strerror(errno));
	int n = poll(&ended, 1, ms);
	close(pidfd);
	return n == 1;
}

bool run_ended(struct run *run, int ms)
{
	return pid_ended(run->pid, ms);
}

int run_wait(struct run *run)
{
	int wstatus;

	if (!run_ended(run, WAIT_MS)) {
		kill(run->pid, SIGKILL);
		waitpid(run->pid, NULL, 0);
		run->pid = 0;
		cr_fatal("init did not end");
	}
	if (waitpid(run->pid, &wstatus, 0) != run->pid)
		cr_fatal("waitpid: %s", strerror(errno));
	run->pid = 0;
	return WIFSIGNALED(wstatus) ? 1000 + WTERMSIG(wstatus) : WEXITSTATUS(wstatus);
}

int run_status(const struct start *start)
{
	static struct run run;

	run_start(&run, start);
	int status = run_wait(&run);
	run_close(&run);
	return status;
}

static bool read_stat(pid_t pid, char *state, pid_t *parent)
{
	char path[64], buf[512];

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	buf[n] = '\0';
	char *end = strrchr(buf, ')');
	int ppid;
	if (!end || sscanf(end + 2, "%c %d", state, &ppid) != 2)
		return false;
	*parent = ppid;
	return true;
}

/*
 * Counts the children of pid whose state is in `states` (NULL: any); the last one in *last, unless
 * NULL. The kernel's own list of them: thousands of processes of others do not slow it down.
 */
static int scan_children(pid_t pid, const char *states, pid_t *last)
{
	char path[64];
	int child, count = 0;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	FILE *file = fopen(path, "re");
	while (file && fscanf(file, "%d", &child) == 1) {
		pid_t parent;
		char state;
		if (read_stat(child, &state, &parent) && parent == pid &&
		    (!states || strchr(states, state))) {
			count++;
			if (last)
				*last = child;
		}
	}
	if (file)
		fclose(file);
	return count;
}

/* Sends SIGKILL to each living process below pid; false where there is none. */
static bool kill_below(pid_t pid)
{
	char path[64];
	int child;
	bool found = false;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	FILE *file = fopen(path, "re");
	while (file && fscanf(file, "%d", &child) == 1) {
		char state = process_state(child);
		found = kill_below(child) || found;
		if (state && !strchr("ZX", state)) {
			kill(child, SIGKILL);
			found = true;
		}
	}
	if (file)
		fclose(file);
	return found;
}

void run_close(struct run *run)
{
	if (run->pid > 0) {
		/* Nobody else ends what is below a subreaper. Stopped, it stays their reaper. */
		if (run->mode == SUBREAPER && kill(run->pid, SIGSTOP) == 0)
			while (kill_below(run->pid))
				usleep(1000);
		kill(run->pid, SIGKILL);
		waitpid(run->pid, NULL, 0);
	}
	close(run->in);
	close(run->out);
	close(run->err);
}

pid_t only_child(pid_t pid)
{
	pid_t child = 0;

	return scan_children(pid, NULL, &child) == 1 ? child : 0;
}

int count_zombies(pid_t pid)
{
	return scan_children(pid, "Z", NULL);
}

int count_children(pid_t pid)
{
	return scan_children(pid, NULL, NULL);
}

char process_state(pid_t pid)
{
	char state;
	pid_t parent;

	return read_stat(pid, &state, &parent) ? state : 0;
}

bool wait_state(pid_t pid, const char *states)
{
	long long end = clock_ms() + WAIT_MS;

	while (clock_ms() < end) {
		char state = process_state(pid);
		if (state && strchr(states, state))
			return true;
		usleep(1000); /* nothing tells of a state: it has to be looked at */
	}
	return false;
}

const char *status_field(pid_t pid, const char *field)
{
	static char value[4096];
	char path[64], line[4096];
	size_t len = strlen(field);

	value[0] = '\0';
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, field, len) == 0 && line[len] == ':') {
			const char *text = line + len + 1 + strspn(line + len + 1, " \t");
			snprintf(value, sizeof value, "%.*s", (int)strcspn(text, "\n"), text);
		}
	if (file)
		fclose(file);
	return value;
}

const char *scratch_make(void)
{
	static char dir[4096];
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof dir, "%s/pidone-test-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir) || chmod(dir, 0755) < 0)
		cr_fatal("%s: %s", dir, strerror(errno));
	return dir;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void scratch_remove(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
