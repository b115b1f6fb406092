/* SPDX-License-Identifier: MIT */
/*
 * explain_exec and is_plain_script, with any file for COMMAND: the input is the file. One line
 * comes of it, whatever is in there; a loader or an interpreter that it names stands in the file.
 */
#define _GNU_SOURCE
#include "fuzz.h"
#include "pidone.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[64];

static void put(const uint8_t *data, size_t size)
{
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("input", MFD_CLOEXEC);
		CHECK(fd >= 0 && fchmod(fd, 0755) == 0);
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	}
	CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
}

/*
 * That the file has what the line's first clause names, up to the quote; '?' may be any byte. What
 * is further behind may be the name's own.
 */
static void check_name(const char *line, const char *clause, const uint8_t *data, size_t size)
{
	const char *name = line;

	if (strncmp(line, clause, strlen(clause)) != 0)
		return;
	name += strlen(clause);
	for (size_t at = 0; at < size; at++) {
		size_t i = 0;
		while (name[i] && name[i] != '\'' && at + i < size &&
		       (name[i] == (char)data[at + i] || name[i] == '?'))
			i++;
		if (!name[i] || name[i] == '\'')
			return;
	}
	CHECK(!"the name is in the file");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int errors[] = { ENOENT, EACCES, ENOEXEC, EPERM, ELIBBAD, ETXTBSY };
	char *argv[] = { path, NULL };
	const char *before;
	int lowest = dup(0);

	put(data, size);
	close(lowest);
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		struct text line = { .len = 0 };
		text_add(&line, "x");
		explain_exec(&line, argv, errors[i]);
		const char *text = text_string(&line);
		CHECK(line.len < sizeof line.buf && text[0] == 'x' && (!text[1] || text[1] == ':'));
		for (const char *c = text; *c; c++)
			CHECK((unsigned char)*c >= ' ' && *c != 0x7f);
		CHECK(errors[i] != ETXTBSY || line.len == 1);
		check_name(text, "x: its interpreter is '", data, size);
		check_name(text, "x: its loader is '", data, size);
	}
	bool plain = is_plain_script(path, &before);
	CHECK(!plain || (size > 0 && !memchr(data, 0, size < 256 ? size : 256) &&
			 (size < 4 || memcmp(data, "\177ELF", 4) != 0)));
	CHECK(plain || !before);
	int now = dup(0);
	CHECK(now == lowest);
	close(now);
	return 0;
}
