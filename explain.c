/* SPDX-License-Identifier: MIT */
/*
 * Why COMMAND could not be run (contract 7). The vfork child finds it out when exec has failed. It
 * adds clauses to the line, with ": " between them. Each is about the file that the one before has
 * named: COMMAND, then the interpreter of its #! line, then that one's loader. If a call fails, its
 * clause is left out.
 */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

enum {
	FILES_MAX = 6 /* an interpreter may be a script: the kernel follows 5 of them */
};

/* Static: this child runs on init's stack, and init would keep the pages. */
static char part[PATH_MAX], found[PATH_MAX], names[2][TEXT_MAX], data[HEAD_SIZE];

/* For statx(2), the same on every machine. libc's stat() alone is half a kilobyte of code. */
static struct {
	uint32_t unused[5], uid, gid;
	uint16_t mode, rest[113];
} st;

static bool look_at(const char *path, int flags)
{
	return syscall(SYS_statx, AT_FDCWD, path, flags, 0x7ff /* STATX_BASIC_STATS */, &st) == 0;
}

const char *find_in_path(const char **dir, const char *name, int error)
{
	while (*dir) {
		const char *this = *dir;
		size_t len = span_to(this, ":");
		*dir = this[len] ? this + len + 1 : NULL;
		size_t name_len = strlen(name);
		if (len + 1 + name_len >= sizeof found)
			continue;
		memcpy(found, this, len);
		/* An empty element is the working directory. */
		if (len > 0)
			found[len++] = '/';
		memcpy(found + len, name, name_len);
		found[len + name_len] = '\0';
		if ((look_at(found, AT_SYMLINK_NOFOLLOW) ? 0 : errno) == error)
			return found;
	}
	return NULL;
}

/* Adds which user may not, and the owner and mode of the file in `st`. */
static void add_rights(struct text *line)
{
	text_add(line, " by uid %d (mode %d%d%d, owner %d:%d)", (int)geteuid(), st.mode >> 6 & 7,
		 st.mode >> 3 & 7, st.mode & 7, (int)st.uid, (int)st.gid);
}

/*
 * Follows the path to a file: 0, or errno if it breaks off. part[] is then the path up to there,
 * *above the end of what could be reached of it, or NULL.
 */
static int follow(const char *path, char **above)
{
	size_t len = strlen(path);
	char *end = part;

	*above = NULL;
	if (len >= sizeof part)
		return ENAMETOOLONG;
	memcpy(part, path, len);
	part[len] = '\0';
	for (char cut;; *end = cut) {
		end += span_of(end, "/");
		end += span_to(end, "/");
		cut = *end;
		*end = '\0';
		if (!look_at(part, 0))
			return errno;
		if (!cut)
			return 0;
		*above = end;
	}
}

/* Says where the path breaks off. False if it leads to a file. */
static bool is_unreachable(struct text *line, const char *path)
{
	char *above;
	int error = follow(path, &above);

	if (error == 0 || error == ENAMETOOLONG)
		return error;
	long len = syscall(SYS_readlinkat, AT_FDCWD, part, data, sizeof data - 1);
	if (len > 0) {
		data[len] = '\0';
		text_add(line, ": '%s' is a symbolic link to '%s', which %s", part, data,
			 error == EACCES ? "may not be reached" : "leads to no file");
		return true;
	}
	const char *parent = above ? part : *path == '/' ? "/" : ".";
	if (error == ENOENT)
		text_add(line, ": there is no '%s'", part);
	if (above)
		*above = '\0';
	if (error == ENOTDIR)
		text_add(line, ": '%s' is not a directory", parent);
	if (error == EACCES && look_at(parent, 0)) {
		text_add(line, ": directory '%s' may not be entered", parent);
		add_rights(line);
	}
	/* libc's own allocates. */
	if (*path != '/' && syscall(SYS_getcwd, part, sizeof part) > 0)
		text_add(line, " in directory '%s'", part);
	return true;
}

/* True if the file's kind, mount or mode forbids it, and if it should not be opened. */
static bool is_denied(struct text *line, const char *path, int error)
{
	static struct statfs fs;

	if (!look_at(path, 0))
		return true;
	if (!S_ISREG(st.mode)) {
		text_add(line, ": it is %s",
			 S_ISDIR(st.mode) ? "a directory" : "not a regular file");
		return true;
	}
	if (error != EACCES)
		return false;
	if (statfs(path, &fs) == 0 && fs.f_flags & ST_NOEXEC) {
		text_add(line, ": its file system is mounted noexec");
		return true;
	}
	if (access(path, X_OK) == 0)
		return false;
	text_add(line, ": it may not be executed");
	add_rights(line);
	return true;
}

/* The interpreter that the #! line in data[] names; NULL if there is none. */
static char *interpreter_name(void)
{
	char *name = data + 2 + span_of(data + 2, " \t");

	return strncmp(data, "#!", 2) == 0 && *name && *name != '\n' ? name : NULL;
}

/* True if the #! line names an interpreter, at `begin`. Copies it to `name`. */
static bool has_interpreter(struct text *line, const char *begin, char name[TEXT_MAX])
{
	size_t len = span_to(begin, " \t\n");

	if (begin + len >= data + TEXT_MAX) {
		text_add(line, ": its #! line is too long");
		return false;
	}
	memcpy(name, begin, len);
	name[len] = '\0';
	if (name[len - 1] == '\r' && access(name, F_OK) < 0) {
		name[len - 1] = '\0';
		text_add(line,
			 ": a carriage return ends its interpreter '%s', as the file has Windows "
			 "line ends (CRLF)",
			 name);
		return false;
	}
	text_add(line, ": its interpreter is '%s'", name);
	return true;
}

static bool is_text(ssize_t size)
{
	return size > 0 && strlen(data) >= (size_t)(size < TEXT_MAX ? size : TEXT_MAX);
}

bool is_plain_script(const char *path, const char **before)
{
	const char *text = data;
	int fd = open_file(AT_FDCWD, path, O_RDONLY | O_NONBLOCK);
	ssize_t size = read_head(fd, 0, data);

	close(fd);
	*before = NULL;
	if (!is_text(size) || is_elf(data) || interpreter_name())
		return false;
	bool mark = strncmp(text, "\xef\xbb\xbf", 3) == 0;
	text += mark ? 3 : 0;
	text += span_of(text, " \t\r\n");
	if (text > data && strncmp(text, "#!", 2) == 0)
		*before = mark ? "a byte order mark" : "a blank";
	return true;
}

/* Says what a file is that is neither text nor ELF. */
static void add_kind(struct text *line, ssize_t size)
{
	static const struct {
		char magic[5], what[24];
	} kinds[] = {
		{ "MZ", "a program for Windows" },
		{ "\xcf\xfa\xed\xfe", "a program for macOS" },
		{ "\xff\xfe", "text in UTF-16" },
		{ "", "no program for Linux" },
	};
	size_t i = 0;

	while (strncmp(data, kinds[i].magic, strlen(kinds[i].magic)) != 0)
		i++;
	text_add(line, ": it is %s", size ? kinds[i].what : "empty");
}

static void add_capability(struct text *line, const char *path)
{
	memset(data, 0, sizeof data);
	if (getxattr(path, "security.capability", data, sizeof data) < 0)
		return;
	uint64_t permitted = number_at(data + 4, 4, false) | number_at(data + 12, 4, false) << 32;
	for (int cap = 0; cap < 64; cap++)
		if (permitted >> cap & 1 &&
		    syscall(SYS_prctl, PR_CAPBSET_READ, cap, 0, 0, 0) == 0) {
			text_add(line,
				 ": it has file capability %d, which is outside the bounding set",
				 cap);
			return;
		}
}

/* True if the file behind `fd` needs another one, its interpreter or loader, now in `name`. */
static bool leads_on(struct text *line, int fd, int error, bool first, char name[TEXT_MAX])
{
	ssize_t size = read_head(fd, 0, data);
	const char *interpreter = interpreter_name();

	if (is_elf(data)) {
		if (error != ENOEXEC)
			return has_elf_loader(line, fd, data, name);
		add_elf_machine(line, data);
		return false;
	}
	if (interpreter)
		return has_interpreter(line, interpreter, name);
	if (error != ENOEXEC || size < 0)
		return false;
	if (!is_text(size)) {
		add_kind(line, size);
		return false;
	}
	static const char shell[] = "/bin/sh";
	text_add(line, ": it is text without a #! line%s", first ? ", for '/bin/sh'" : "");
	memcpy(name, shell, sizeof shell);
	return first;
}

/* Follows a file through interpreters and loader. Adds nothing if nothing is wrong. */
static void explain_file(struct text *line, const char *path, int error)
{
	size_t before = line->len, said = before;

	for (int i = 0; !is_unreachable(line, path) && !is_denied(line, path, error); i++) {
		said = line->len;
		if (error == EPERM)
			add_capability(line, path);
		int fd = i < FILES_MAX ? open_file(AT_FDCWD, path, O_RDONLY | O_NONBLOCK) : -1;
		path = names[i % 2];
		bool more = fd >= 0 && leads_on(line, fd, error, i == 0, names[i % 2]);
		close(fd);
		if (!more)
			break;
	}
	if (line->len == said)
		line->len = before;
}

void explain_exec(struct text *line, char *const argv[], int error)
{
	const char *name = argv[0], *dir = search_path(), *path = name;
	long size = 0;

	if (error == E2BIG) {
		for (; *argv; argv++)
			size += (long)strlen(*argv) + 1;
		for (char **env = environ; env && *env; env++)
			size += (long)strlen(*env) + 1;
		text_add(line, ": arguments and environment have %ld bytes", size);
	}
	if (error != ENOENT && error != EACCES && error != ENOTDIR && error != ELOOP &&
	    error != EPERM && error != ENOEXEC && error != ELIBBAD)
		return;
	if (error == ENOENT && name[span_to(name, " ")])
		text_add(line,
			 ": it is one word with a blank in it, arguments are words of their own");
	if (base_name(name) == name) { /* no path: it was searched for */
		/* The search skips files that it may not execute. */
		do
			path = find_in_path(&dir, name, 0);
		while (path && error == ENOEXEC && access(path, X_OK) < 0);
		if (path)
			text_add(line, ": found as '%s'", path);
	}
	if (path) {
		explain_file(line, path, error);
		return;
	}
	dir = search_path();
	text_add(line, ": it is %snot in PATH%s '%s'",
		 access(name, F_OK) == 0 ? "in the working directory, but " : "",
		 env_value("PATH") ? "" : ", which is not set:", dir);
	path = find_in_path(&dir, name, EACCES);
	if (path)
		is_unreachable(line, path);
}
