/* SPDX-License-Identifier: MIT */
/*
 * Why COMMAND could not be run (contract 7): looked up in the vfork child once exec has failed. The
 * line grows by clauses with ": " between them, each about the file that the one before has named:
 * COMMAND, the interpreter of its #! line, the loader of that one. A call that fails leaves its
 * clause out.
 */

#define _GNU_SOURCE
#include "pidone.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/xattr.h>
#include <unistd.h>

enum {
	TEXT_MAX = 256, /* of a #! line the kernel reads as much, and execvp(3) looks for a NUL in
			   it */
	FILES_MAX = 6	/* an interpreter may be a script: the kernel follows 5 of them */
};

/* Static: the stack of this child is init's, which keeps its pages. */
static char part[PATH_MAX], found[PATH_MAX], names[2][TEXT_MAX], data[1024];
static bool big_endian; /* the ELF file in data[] */

/* statx(2)'s, alike on every machine: libc's stat() alone is half a kilobyte of code. */
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
		size_t len = strcspn(this, ":");
		*dir = this[len] ? this + len + 1 : NULL;
		if (len + 1 + strlen(name) >= sizeof found)
			continue;
		memcpy(found, this, len);
		found[len] = '/';
		/* An empty element is the working directory. */
		strcpy(found + len + (len > 0), name);
		if ((look_at(found, AT_SYMLINK_NOFOLLOW) ? 0 : errno) == error)
			return found;
	}
	return NULL;
}

/* Who may not, and what the rights to the file in `st` are. */
static void add_rights(struct text *line)
{
	text_add(line, " by uid %d (mode %d%d%d, owner %d:%d)", (int)geteuid(), st.mode >> 6 & 7,
		 st.mode >> 3 & 7, st.mode & 7, (int)st.uid, (int)st.gid);
}

/* Follows the path, and says where it ends too early. False where it does not. */
static bool is_unreachable(struct text *line, const char *path)
{
	char *end = part, *above = NULL; /* ends: of this part, of the last */

	if (strlen(path) >= sizeof part)
		return true;
	strcpy(part, path);
	for (char cut;; *end = cut) {
		end += strspn(end, "/");
		end += strcspn(end, "/");
		cut = *end;
		*end = '\0';
		if (!look_at(part, 0))
			break;
		if (!cut)
			return false;
		above = end;
	}
	int error = errno;
	ssize_t len = readlink(part, data, sizeof data - 1);
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

/* True where the file's kind, mount or mode forbids it; always where it should not be opened. */
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

/* Reads into data[], a string in any case, with zeros behind. The length, or -1. */
static ssize_t read_data(int fd, uint64_t offset)
{
	memset(data, 0, sizeof data);
	return pread(fd, data, sizeof data - 1, (off_t)offset);
}

/* The number in so many bytes of data[]. */
static uint64_t number_at(size_t at, size_t bytes)
{
	uint64_t number = 0;

	for (size_t i = 0; i < bytes; i++)
		number = number << 8 | (unsigned char)data[at + (big_endian ? i : bytes - 1 - i)];
	return number;
}

/* What machine the ELF header in data[] is for. */
static void add_machine(struct text *line)
{
	enum { WIDE = ELFCLASS64, NARROW = ELFCLASS32, LITTLE = ELFDATA2LSB, BIG = ELFDATA2MSB };
	static const struct {
		unsigned char number;
		char class, order, name[9];
	} machines[] = {
		{ EM_X86_64, WIDE, LITTLE, "x86-64" }, { EM_386, NARROW, LITTLE, "i386" },
		{ EM_AARCH64, WIDE, LITTLE, "arm64" }, { EM_ARM, NARROW, LITTLE, "arm" },
		{ EM_PPC64, WIDE, LITTLE, "ppc64le" }, { EM_S390, WIDE, BIG, "s390x" },
		{ EM_MIPS, WIDE, LITTLE, "mips64el" }, { EM_MIPS, WIDE, BIG, "mips64" },
		{ 243, WIDE, LITTLE, "riscv64" },
	};
	/* Of this program, which runs here. */
	extern const char __ehdr_start[] __attribute__((visibility("hidden")));
	static struct utsname this;
	int number = (int)number_at(18, 2);
	size_t i = 0;

	if (strncmp(data, __ehdr_start, EI_VERSION) == 0 && data[18] == __ehdr_start[18] &&
	    data[19] == __ehdr_start[19]) {
		text_add(line, ": it is an ELF file of this machine");
		return;
	}
	while (i < sizeof machines / sizeof machines[0] &&
	       (machines[i].number != number || machines[i].class != data[EI_CLASS] ||
		machines[i].order != data[EI_DATA]))
		i++;
	if (i < sizeof machines / sizeof machines[0])
		text_add(line, ": it is for %s", machines[i].name);
	else
		text_add(line, ": it is for ELF machine %d", number);
	if (uname(&this) == 0)
		text_add(line, ", this machine is %s", this.machine);
}

/* What is in data[] begins an ELF file. True where it names its loader, now in `name`. */
static bool has_loader(struct text *line, int fd, int error, char name[TEXT_MAX])
{
	size_t wide = data[EI_CLASS] == ELFCLASS64; /* the offsets are <elf.h>'s of both classes */
	size_t word = 4 + 4 * wide, step = 32 + 24 * wide;

	big_endian = data[EI_DATA] == ELFDATA2MSB;
	if (error == ENOEXEC) {
		add_machine(line);
		return false;
	}
	uint64_t headers = number_at(44 + 12 * wide, 2);
	read_data(fd, number_at(28 + 4 * wide, word));
	for (size_t at = 0; headers-- > 0 && at + step <= sizeof data; at += step) {
		uint64_t len = number_at(at + word * 4, word);
		if (number_at(at, 4) != PT_INTERP)
			continue;
		memset(name, 0, TEXT_MAX);
		if (len >= TEXT_MAX ||
		    pread(fd, name, (size_t)len, (off_t)number_at(at + word, word)) <= 0 || !*name)
			return false;
		const char *base = base_name(name);
		text_add(line, ": its loader is '%s'%s", name,
			 strncmp(base, "ld-musl-", 8) == 0 ? " (it was built for musl)"
			 : strncmp(base, "ld-linux", 8) == 0 || strncmp(base, "ld64.so.", 8) == 0
				 ? " (it was built for glibc)"
				 : "");
		return true;
	}
	return false;
}

/* The interpreter that the #! line in data[] names; NULL where there is none. */
static char *interpreter_name(void)
{
	char *name = data + 2 + strspn(data + 2, " \t");

	return strncmp(data, "#!", 2) == 0 && *name && *name != '\n' ? name : NULL;
}

/* True where the #! line, from `begin` on, names an interpreter, now in `name`. */
static bool has_interpreter(struct text *line, const char *begin, char name[TEXT_MAX])
{
	size_t len = strcspn(begin, " \t\n");

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
	ssize_t size = read_data(fd, 0);

	close(fd);
	*before = NULL;
	if (!is_text(size) || strncmp(data, ELFMAG, SELFMAG) == 0 || interpreter_name())
		return false;
	bool mark = strncmp(text, "\xef\xbb\xbf", 3) == 0;
	text += mark ? 3 : 0;
	text += strspn(text, " \t\r\n");
	if (text > data && strncmp(text, "#!", 2) == 0)
		*before = mark ? "a byte order mark" : "a blank";
	return true;
}

/* What is neither text nor ELF. */
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
	big_endian = false;
	memset(data, 0, sizeof data);
	if (getxattr(path, "security.capability", data, sizeof data) < 0)
		return;
	uint64_t permitted = number_at(4, 4) | number_at(12, 4) << 32;
	for (int cap = 0; cap < 64; cap++)
		if (permitted >> cap & 1 && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 0) {
			text_add(line,
				 ": it has file capability %d, which is outside the bounding set",
				 cap);
			return;
		}
}

/* True where the file in data[] leads to another one, now in `name`. */
static bool leads_on(struct text *line, int fd, int error, bool first, char name[TEXT_MAX])
{
	ssize_t size = read_data(fd, 0);
	const char *interpreter = interpreter_name();

	if (strncmp(data, ELFMAG, SELFMAG) == 0)
		return has_loader(line, fd, error, name);
	if (interpreter)
		return has_interpreter(line, interpreter, name);
	if (error != ENOEXEC || size < 0)
		return false;
	if (!is_text(size)) {
		add_kind(line, size);
		return false;
	}
	text_add(line, ": it is text without a #! line%s", first ? ", for '/bin/sh'" : "");
	strcpy(name, "/bin/sh");
	return first;
}

/* Follows a file through interpreters and loader; says nothing where nothing is wrong. */
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
	static const char errors[] = { ENOENT, EACCES, ENOTDIR, ELOOP, EPERM, ENOEXEC, ELIBBAD, 0 };
	const char *name = argv[0], *dir = search_path(), *path = name;
	long size = 0;

	if (error == E2BIG) {
		for (; *argv; argv++)
			size += (long)strlen(*argv) + 1;
		for (char **env = environ; env && *env; env++)
			size += (long)strlen(*env) + 1;
		text_add(line, ": arguments and environment have %ld bytes", size);
	}
	if (!strchr(errors, error))
		return;
	if (error == ENOENT && strchr(name, ' '))
		text_add(line,
			 ": it is one word with a blank in it, arguments are words of their own");
	if (*name && !strchr(name, '/')) {
		/* Not one that the search has passed by. */
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
		 getenv("PATH") ? "" : ", which is not set:", dir);
	path = find_in_path(&dir, name, EACCES);
	if (path)
		is_unreachable(line, path);
}
