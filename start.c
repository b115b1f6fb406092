/* SPDX-License-Identifier: MIT */
/* The start: what init needs, starting main, exec of COMMAND, and letting go. */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

COLD int cannot_start(const char *what)
{
	message(LEVEL_ERROR, "cannot start: %s: %s", what, error_text(errno));
	return STATUS_CANNOT_START;
}

/* -p: the parent may have died before the kernel was asked to tell. */
static int watch_parent(int signo, pid_t parent)
{
	if (syscall(SYS_prctl, PR_SET_PDEATHSIG, signo, 0, 0, 0) < 0)
		return -1;
	/* With sigqueue, not kill: init drops a kill that comes from itself. */
	if (getppid() != parent)
		return queue_signal(&(struct signalfd_siginfo){ 0 }, signo, getpid());
	return 0;
}

int prepare(struct init *init)
{
	const struct options *options = init->options;

	init->pid = getpid();
	/* Under a parent that ignores SIGCHLD the kernel would reap main. */
	if (set_action(SIGCHLD, &default_action, &init->inherited_sigchld) < 0)
		return cannot_start("sigaction");
	if (options->parent_death && watch_parent(options->parent_death, getppid()) < 0)
		return cannot_start("parent death signal");
	if (init->pid != 1 && become_subreaper() < 0)
		message(options->subreaper ? LEVEL_WARNING : LEVEL_MAIN, "cannot adopt orphans: %s",
			error_text(errno));
	init->sfd = open_signalfd();
	if (init->sfd < 0)
		return cannot_start("signalfd");
	init->shares_group = has_terminal();
	if (options->report)
		open_report(&init->report, options->report);
	return 0;
}

/* ---- in the child: allocate nothing -------------------------------------- */

COLD static void remove_variable(const char *name)
{
	char **to = environ;

	for (char **env = environ; *env; env++)
		if (strncmp(*env, name, strlen(name)) != 0)
			*to++ = *env;
	*to = NULL;
}

void retarget_environment(pid_t from, pid_t to)
{
	/* Static: until exec they are part of COMMAND's environment. */
	static struct variable {
		char name[16];
		char value[40];
	} variables[] = { { "LISTEN_PID=", "" }, { "WATCHDOG_PID=", "" } };
	enum { COUNT = sizeof variables / sizeof variables[0] };
	bool changed = false;

	for (char **env = environ; env && *env; env++)
		for (struct variable *v = variables; v < variables + COUNT; v++) {
			size_t len = strlen(v->name);
			const char *digits = *env + len;
			if (strncmp(*env, v->name, len) != 0 || *digits == '0' ||
			    parse_number(&digits, INT_MAX) != from || *digits)
				continue;
			struct text text = { .len = 0 };
			text_add(&text, "%s%d", v->name, (int)to);
			*env = memcpy(v->value, text_string(&text), text.len + 1);
			if (v == variables)
				changed = true;
		}
	if (changed)
		remove_variable("LISTEN_PIDFDID=");
}

/* Warns before the shell runs it. If nobody reads the log, SIGPIPE must not kill COMMAND. -1 with
 * errno: the signals are still blocked. */
COLD static int warn_of_script(const char *path, const char *before)
{
	static const struct signal_mask pipe = { { 1UL << (SIGPIPE - 1) } };
	static const long at_once[4];
	struct signal_mask inherited;

	block_signals(&inherited);
	message(LEVEL_WARNING,
		"the #! line of '%s' does not count, as %s stands before it: /bin/sh runs it", path,
		before);
	syscall(SYS_rt_sigtimedwait, &pipe, NULL, at_once, sizeof pipe);
	return restore_signals(&inherited);
}

COLD static void exec_by_shell(const char *path, char *const argv[])
{
	static char shell[] = "/bin/sh";
	const char *before;
	size_t count = 0;

	if (is_plain_script(path, &before)) {
		if (before && access(shell, X_OK) == 0 && warn_of_script(path, before) < 0)
			return;
		while (argv[count])
			count++;
		/* On the stack: init uses argv too. */
		char *shell_argv[count + 2];
		memcpy(shell_argv + 1, argv, (count + 1) * sizeof *argv);
		shell_argv[0] = shell;
		shell_argv[1] = (char *)path;
		execve(shell, shell_argv, environ);
	}
	errno = ENOEXEC;
}

/* As execvp(3). Returns only on failure, with errno. */
static void exec_path(const char *path, char *const argv[])
{
	execve(path, argv, environ);
	if (errno == ENOEXEC)
		exec_by_shell(path, argv);
}

/* Tries one directory of PATH. Returns only on failure, with errno. */
static void exec_in(const char *dir, size_t dir_len, char *const argv[])
{
	size_t name_size = strlen(argv[0]) + 1, size = dir_len + 1 + name_size;

	if (size > PATH_MAX) {
		errno = ENAMETOOLONG;
		return;
	}
	/* No longer than needed: this child runs on init's stack, and init keeps the pages. */
	char path[size];
	memcpy(path, dir, dir_len);
	/* An empty element is the working directory. */
	if (dir_len > 0)
		path[dir_len++] = '/';
	memcpy(path + dir_len, argv[0], name_size);
	exec_path(path, argv);
}

const char *env_value(const char *name)
{
	const size_t len = strlen(name);

	for (char **env = environ; env && *env; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

const char *search_path(void)
{
	const char *path = env_value("PATH");

	return path ? path : "/usr/local/bin:/bin:/usr/bin";
}

void exec_command(char *const argv[])
{
	const char colon[] = ":"; /* as root[] in let_go() */
	const char *dir = search_path();
	bool denied = false;

	/* With a slash in it, or empty: a path already. */
	if (base_name(argv[0]) != argv[0]) {
		exec_path(argv[0], argv);
		return;
	}
	for (;; dir++) {
		size_t len = span_to(dir, colon);
		exec_in(dir, len, argv);
		/* A file that was found but cannot be run matters more than
		 * "not found" in the last directory. */
		if (errno == EACCES)
			denied = true;
		else if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG)
			return;
		dir += len;
		if (*dir == '\0')
			break;
	}
	/* If only a directory of PATH denied access, nothing was found. */
	dir = search_path();
	errno = denied && find_in_path(&dir, argv[0], 0) ? EACCES : ENOENT;
}

/* Not in become_main(): if exec succeeds, the line must not cost a page of stack. */
COLD static void cannot_run(char *const argv[], const char *step, int error)
{
	struct text line = { .len = 0 };

	text_add(&line, "cannot run '%s': %s%s", argv[0], step, error_text(error));
	if (*step == '\0')
		explain_exec(&line, argv, error);
	message(LEVEL_ERROR, "%s", text_string(&line));
}

/* Sets everything back as init found it, then executes COMMAND. Never returns. */
static _Noreturn void become_main(const struct init *init)
{
	const struct options *options = init->options;
	struct signal_mask unused;
	int status = STATUS_CANNOT_START;
	const char *step = "setpgid: ";

	if (!init->shares_group && setpgid(0, 0) < 0)
		goto fail;
	step = "parent death signal: ";
	if (options->parent_death && watch_parent(options->parent_death, init->pid) < 0)
		goto fail;
	retarget_environment(init->pid, getpid());
	step = "restoring signals: ";
	if (set_action(SIGCHLD, &init->inherited_sigchld, NULL) < 0 ||
	    restore_signals(&init->inherited_mask) < 0)
		goto fail;
	step = "";
	exec_command(options->command);
	status = errno == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_EXEC;
	/* A log pipe without a reader must not turn 127 into 128 + SIGPIPE. */
	int exec_errno = errno;
	block_signals(&unused);
	errno = exec_errno;
fail:
	cannot_run(options->command, step, errno);
	_exit(status);
}

/* ---- in init again ------------------------------------------------------ */

int spawn(struct init *init)
{
	enum { TICK_MS = 10 };

	/* Log pumps of the shell that became init: main must start in a later tick. */
	if (has_children()) {
		nap(TICK_MS);
		init->rest.since = ticks_now();
	}
	pid_t pid = vfork();
	if (pid < 0)
		return cannot_start("fork");
	if (pid == 0)
		become_main(init);
	/* If vfork is a plain fork, the child may not have set its group yet. Otherwise it has, and
	 * this fails with EACCES, as it must after an exec. */
	if (!init->shares_group)
		setpgid(pid, pid);
	init->main_pid = pid;
	message(LEVEL_MAIN, "started '%s', pid %d", init->options->command[0], (int)pid);
	return 0;
}

void let_go(const struct init *init)
{
	const int own[] = { init->sfd, init->report.fd, init->report.oom_fd };
	const char root[] = "/"; /* not shared with messages: no page of theirs is touched */

	if (chdir(root) < 0)
		message(LEVEL_WARNING, "cannot change to /: %s", error_text(errno));
	close_other_fds(own, sizeof own / sizeof own[0]);
}
