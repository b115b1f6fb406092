/* SPDX-License-Identifier: MIT */
/* Becoming COMMAND. All of it runs in the vfork child: nothing is allocated. */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

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
	/* Static: they are COMMAND's environment from here to exec. */
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
			*env = strcpy(v->value, text_string(&text));
			if (v == variables)
				changed = true;
		}
	if (changed)
		remove_variable("LISTEN_PIDFDID=");
}

/* Says so before the shell runs it. A log without a reader must not cost COMMAND its life. */
COLD static void warn_of_script(const char *path, const char *before)
{
	static const struct signal_mask pipe = { { 1UL << (SIGPIPE - 1) } };
	static const long at_once[4];
	struct signal_mask inherited;

	block_signals(&inherited);
	message(LEVEL_WARNING,
		"the #! line of '%s' does not count, as %s stands before it: /bin/sh runs it", path,
		before);
	syscall(SYS_rt_sigtimedwait, &pipe, NULL, at_once, sizeof pipe);
	restore_signals(&inherited);
}

COLD static void exec_by_shell(const char *path, char *const argv[])
{
	static char shell[] = "/bin/sh";
	const char *before;
	size_t count = 0;

	if (is_plain_script(path, &before)) {
		if (before && access(shell, X_OK) == 0)
			warn_of_script(path, before);
		while (argv[count])
			count++;
		/* On the stack: argv itself is init's as well. */
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
	size_t size = dir_len + 1 + strlen(argv[0]) + 1;

	if (size > PATH_MAX) {
		errno = ENAMETOOLONG;
		return;
	}
	/* As long as it has to be: the stack of this child is init's, which keeps its pages. */
	char path[size];
	memcpy(path, dir, dir_len);
	/* An empty element is the working directory. */
	if (dir_len > 0)
		path[dir_len++] = '/';
	strcpy(path + dir_len, argv[0]);
	exec_path(path, argv);
}

const char *search_path(void)
{
	const char *path = getenv("PATH");

	return path ? path : "/usr/local/bin:/bin:/usr/bin";
}

void exec_command(char *const argv[])
{
	const char *dir = search_path();
	bool denied = false;

	if (argv[0][0] == '\0' || strchr(argv[0], '/')) {
		exec_path(argv[0], argv);
		return;
	}
	for (;; dir++) {
		size_t len = strcspn(dir, ":");
		exec_in(dir, len, argv);
		/* What was found but cannot be run is worth more than the
		 * last directory's "not found". */
		if (errno == EACCES)
			denied = true;
		else if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG)
			return;
		dir += len;
		if (*dir == '\0')
			break;
	}
	/* Denied by a directory of PATH alone: nothing was found. */
	dir = search_path();
	errno = denied && find_in_path(&dir, argv[0], 0) ? EACCES : ENOENT;
}
