/* SPDX-License-Identifier: MIT */
/* Becoming COMMAND. All of it runs in the vfork child: nothing is allocated. */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <limits.h>
#include <paths.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void retarget_environment(pid_t from, pid_t to)
{
	/* Static: they are COMMAND's environment from here to exec. */
	static struct variable {
		char name[16];
		char value[40];
	} variables[] = { { "LISTEN_PID=", "" }, { "WATCHDOG_PID=", "" } };
	enum { COUNT = sizeof variables / sizeof variables[0] };

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
		}
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
	execve(path, argv, environ);
}

void exec_command(char *const argv[])
{
	const char *dir = getenv("PATH");
	bool denied = false;

	if (argv[0][0] == '\0' || strchr(argv[0], '/')) {
		execve(argv[0], argv, environ);
		return;
	}
	for (dir = dir ? dir : _PATH_DEFPATH;; dir++) {
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
	errno = denied ? EACCES : ENOENT;
}
