/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "pty.h"

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
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define PROMPT "(prompt)"

enum { PATH_SIZE = 640 };

static void in_dir(const struct pty *pty, const char *name, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/%s", pty->dir, name);
}

static void make_dir(struct pty *pty)
{
	static const char *const usual_path = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
	char path[PATH_SIZE], search[1024];

	snprintf(pty->dir, sizeof pty->dir, "%s", scratch_make());
	in_dir(pty, "pidone", path);
	if (symlink(pidone_path(), path) < 0)
		cr_fatal("symlink: %s", strerror(errno));
	in_dir(pty, "ttylog", path);
	if (symlink(child_program("ttylog"), path) < 0)
		cr_fatal("symlink: %s", strerror(errno));
	in_dir(pty, "log", path);
	if (mkfifo(path, 0600) < 0)
		cr_fatal("mkfifo: %s", strerror(errno));
	/* Also for writing: no end of file while nobody else has it open. */
	pty->log.out = open(path, O_RDWR | O_CLOEXEC);
	snprintf(search, sizeof search, "%s:%s", pty->dir, usual_path);
	setenv("PATH", search, 1);
	setenv("TTYLOG", path, 1);
	setenv("PS1", PROMPT, 1);
	setenv("HISTFILE", "", 1);
	setenv("TERM", "dumb", 1);
	unsetenv("ENV");
}

void pty_open(struct pty *pty)
{
	struct termios modes;
	char name[64];

	memset(pty, 0, sizeof *pty);
	pty->log.in = pty->log.out = pty->log.err = -1;
	pty->slave = -1;
	pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (pty->master < 0)
		cr_skip_test("needs pseudo-terminals: %s", strerror(errno));
	if (unlockpt(pty->master) < 0 || ptsname_r(pty->master, name, sizeof name) != 0)
		cr_fatal("pty: %s", strerror(errno));
	pty->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (pty->slave < 0 || tcgetattr(pty->slave, &modes) < 0)
		cr_fatal("%s: %s", name, strerror(errno));
	modes.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(pty->slave, TCSANOW, &modes);
	make_dir(pty);
}

/* The first living process of the session that has this name (NULL: any); 0 where there is none. */
static pid_t find_process(pid_t session, const char *name)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while (proc && !found && (entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name);
		if (pid > 0 && getsid(pid) == session && !strchr("ZX", process_state(pid)) &&
		    (!name || strcmp(status_field(pid, "Name"), name) == 0))
			found = pid;
	}
	if (proc)
		closedir(proc);
	return found;
}

static void kill_session(struct pty *pty)
{
	long long end = clock_ms() + WAIT_MS;
	pid_t pid;

	while ((pid = find_process(pty->leader, NULL)) && clock_ms() < end) {
		kill(pid, SIGKILL);
		/* The leader is a child of the test, and so may others be by now. */
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		usleep(1000);
	}
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

void pty_close(struct pty *pty)
{
	if (pty->leader > 0)
		kill_session(pty);
	if (pty->dir[0]) {
		scratch_remove(pty->dir);
		close(pty->log.out);
	}
	if (pty->master >= 0)
		close(pty->master);
	if (pty->slave >= 0)
		close(pty->slave);
	memset(pty, 0, sizeof *pty);
	pty->master = pty->slave = -1;
}

static void start_leader(struct pty *pty, char *const argv[])
{
	sigset_t none;

	pty->leader = fork();
	if (pty->leader < 0)
		cr_fatal("fork: %s", strerror(errno));
	if (pty->leader > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setsid() < 0 || ioctl(pty->slave, TIOCSCTTY, 0) < 0)
		_exit(99);
	for (int fd = 0; fd < 3; fd++)
		dup2(pty->slave, fd);
	syscall(SYS_close_range, 3, ~0U, 0);
	for (int signo = 1; signo < 65; signo++)
		signal(signo, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[0], argv);
	_exit(98);
}

void pty_shell(struct pty *pty, const char *name)
{
	static char *const bash[] = { "bash", "--norc", "--noprofile", "--noediting", "-i", NULL };
	static char *const dash[] = { "dash", "-i", NULL };
	char path[64];

	snprintf(path, sizeof path, "/bin/%s", name);
	if (access(path, X_OK) < 0)
		cr_skip_test("needs %s", name);
	start_leader(pty, strcmp(name, "bash") == 0 ? bash : dash);
	pty_prompt(pty);
}

void pty_script(struct pty *pty, const char *script)
{
	start_leader(pty, (char *[]){ "sh", "-c", (char *)script, NULL });
}

void pty_init(struct pty *pty, struct run *run, enum mode mode, const char *const *args)
{
	run_start(run, &(struct start){ .mode = mode, .args = args, .tty = pty->slave });
	pty->leader = run->pid;
}

void pty_type(struct pty *pty, const char *text)
{
	if (write(pty->master, text, strlen(text)) != (ssize_t)strlen(text))
		cr_fatal("typing '%s': %s", text, strerror(errno));
}

void pty_expect(struct pty *pty, const char *text)
{
	long long end = clock_ms() + WAIT_MS;

	for (;;) {
		char *found = memmem(pty->text, pty->len, text, strlen(text));
		if (found) {
			size_t used = (size_t)(found - pty->text) + strlen(text);
			memmove(pty->text, pty->text + used, pty->len - used);
			pty->len -= used;
			return;
		}
		struct pollfd ready = { .fd = pty->master, .events = POLLIN };
		long long left = end - clock_ms();
		ssize_t n = -1;
		if (left > 0 && pty->len < sizeof pty->text && poll(&ready, 1, (int)left) > 0)
			n = read(pty->master, pty->text + pty->len, sizeof pty->text - pty->len);
		if (n <= 0)
			cr_fatal("'%s' did not come; so far: '%.*s'", text, (int)pty->len,
				 pty->text);
		pty->len += (size_t)n;
	}
}

void pty_prompt(struct pty *pty)
{
	pty_expect(pty, PROMPT);
}

pid_t pty_foreground(const struct pty *pty)
{
	return tcgetpgrp(pty->master);
}

pid_t pty_process(const struct pty *pty, const char *name)
{
	pid_t pid;

	WAIT_FOR((pid = find_process(pty->leader, name)) != 0);
	return pid;
}

static bool is_pending(pid_t pid, int signo)
{
	return strtoull(status_field(pid, "ShdPnd"), NULL, 16) >> (signo - 1) & 1;
}

void expect_init_works(pid_t init, pid_t stopped_main)
{
	/* The second is read after a whole turn of init's loop that began with the first. */
	kill(init, SIGUSR1);
	WAIT_FOR(is_pending(stopped_main, SIGUSR1));
	kill(init, SIGALRM);
	WAIT_FOR(is_pending(stopped_main, SIGALRM));
}

void expect_signal(struct pty *pty, int signo)
{
	char expected[32];
	const char *line = read_line(&pty->log);

	snprintf(expected, sizeof expected, "signal %d", signo);
	cr_assert(zero(int, strcmp(line, expected)), "main logged '%s', not '%s'", line, expected);
}
