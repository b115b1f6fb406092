/* SPDX-License-Identifier: MIT */
/* explain.c: what cannot be had from a real exec: each ELF layout, damage. The rest: e2e_explain.
 */
#define _GNU_SOURCE
#include "elf_file.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(explain, .timeout = 60);

/* An executable file with these bytes, that goes with the test. */
static char *file_with(const void *bytes, size_t len)
{
	static char path[64];
	static int fd = -1;

	if (fd >= 0)
		close(fd);
	fd = memfd_create("test", MFD_CLOEXEC);
	cr_assert(zero(int, fchmod(fd, 0755)));
	cr_assert(eq(long, write(fd, bytes, len), (long)len));
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return path;
}

/* What is appended for a file with these bytes that exec refused so. */
static char *explained(const void *bytes, size_t len, int error)
{
	static struct text line;
	char *argv[] = { file_with(bytes, len), NULL };

	line.len = 0;
	explain_exec(&line, argv, error);
	return (char *)text_string(&line);
}

static void says(const char *line, const char *word)
{
	cr_expect(strstr(line, word) ? 1 : 0, "it does not say '%s': %s", word, line);
}

/* ---- ELF ------------------------------------------------------------------------ */

Test(explain, a_loader_is_found_in_each_class_and_byte_order)
{
	unsigned char file[ELF_MAX];

	for (int class = ELFCLASS32; class <= ELFCLASS64; class ++)
		for (int order = ELFDATA2LSB; order <= ELFDATA2MSB; order++) {
			size_t len =
				elf_file(file, EM_MIPS, class, order, "/nowhere/ld-linux.so.9");
			says(explained(file, len, ENOENT), "'/nowhere/ld-linux.so.9'");
		}
}

Test(explain, what_a_loader_is_of_is_told_where_its_name_tells)
{
	static const struct {
		const char *loader, *libc;
	} rows[] = {
		{ "/nowhere/ld-linux-x86-64.so.2", "glibc" },
		{ "/nowhere/ld64.so.1", "glibc" },
		{ "/nowhere/ld-musl-x86_64.so.1", "musl" },
	};
	unsigned char file[ELF_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t len = elf_file(file, EM_X86_64, ELFCLASS64, ELFDATA2LSB, rows[i].loader);
		says(explained(file, len, ENOENT), rows[i].libc);
	}
	size_t len = elf_file(file, EM_X86_64, ELFCLASS64, ELFDATA2LSB, "/nowhere/ld.so.1");
	cr_expect(strstr(explained(file, len, ENOENT), "libc") ? 0 : 1);
}

Test(explain, machines_are_named_by_class_and_byte_order)
{
	static const struct {
		int machine, class, order;
		const char *name;
	} rows[] = {
		{ EM_AARCH64, ELFCLASS64, ELFDATA2LSB, "arm64" },
		{ EM_ARM, ELFCLASS32, ELFDATA2LSB, "arm" },
		{ EM_PPC64, ELFCLASS64, ELFDATA2LSB, "ppc64le" },
		{ EM_S390, ELFCLASS64, ELFDATA2MSB, "s390x" },
		{ EM_MIPS, ELFCLASS64, ELFDATA2LSB, "mips64el" },
		{ EM_MIPS, ELFCLASS64, ELFDATA2MSB, "mips64" },
		{ EM_RISCV, ELFCLASS64, ELFDATA2LSB, "riscv64" },
		{ EM_SPARC, ELFCLASS32, ELFDATA2MSB, "machine 2," },
		{ 0xfffe, ELFCLASS64, ELFDATA2LSB, "machine 65534," },
	};
	unsigned char file[ELF_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char word[64];
		size_t len = elf_file(file, rows[i].machine, rows[i].class, rows[i].order, NULL);
		snprintf(word, sizeof word, "%s", rows[i].name);
		says(explained(file, len, ENOEXEC), word);
	}
}

/* Nothing is said of a loader that cannot be read; nothing goes wrong. */
Test(explain, a_program_without_a_sound_loader_is_left_alone)
{
	unsigned char file[ELF_MAX];
	size_t len = elf_file(file, EM_X86_64, ELFCLASS64, ELFDATA2LSB, "/nowhere");

	for (size_t cut = 4; cut < 64 + 56; cut++)
		cr_expect(eq(str, explained(file, cut, ENOENT), ""), "cut at %d", (int)cut);
	memset(file + 64 + 32, 0xff, 8); /* p_filesz */
	cr_expect(eq(str, explained(file, len, ENOENT), ""));
	memset(file + 64 + 32, 0, 8);
	cr_expect(eq(str, explained(file, len, ENOENT), ""));
	elf_file(file, EM_X86_64, ELFCLASS64, ELFDATA2LSB, "/nowhere");
	memset(file + 64 + 8, 0xff, 8); /* p_offset */
	cr_expect(eq(str, explained(file, len, ENOENT), ""));
	elf_file(file, EM_X86_64, ELFCLASS64, ELFDATA2LSB, "/nowhere");
	memset(file + 32, 0xff, 8); /* e_phoff */
	cr_expect(eq(str, explained(file, len, ENOENT), ""));
}

/* Every byte of a header in turn, with every value that is likely to be too large. */
Test(explain, a_damaged_header_is_survived)
{
	static const int errors[] = { ENOENT, ENOEXEC, EACCES, EPERM, ELIBBAD };
	unsigned char file[ELF_MAX];

	for (size_t at = 4; at < 120; at++)
		for (int value = 1; value <= 256; value *= 2)
			for (size_t e = 0; e < sizeof errors / sizeof errors[0]; e++) {
				size_t len = elf_file(file, EM_X86_64, ELFCLASS64, ELFDATA2LSB,
						      "/nowhere/ld");
				file[at] = (unsigned char)(value - 1);
				const char *line = explained(file, len, errors[e]);
				cr_assert(strchr(line, '\n') ? 0 : 1);
			}
}

/* ---- scripts -------------------------------------------------------------------- */

static bool is_plain(const void *bytes, size_t len, const char **before)
{
	return is_plain_script(file_with(bytes, len), before);
}

Test(explain, text_without_an_interpreter_is_for_the_shell)
{
	static const char *const texts[] = {
		"echo", "\n", "#", "#!", "#! \t\n/bin/sh", "# !/bin/sh"
	};
	const char *before;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		cr_expect(is_plain(texts[i], strlen(texts[i]), &before), "'%s'", texts[i]);
		cr_expect(zero(ptr, (void *)before), "'%s'", texts[i]);
	}
}

Test(explain, what_is_not_text_or_has_an_interpreter_is_not)
{
	static const char *const texts[] = { "", "#!/bin/sh", "#! /bin/sh\n", "\177ELF", "#!x" };
	char large[300];
	const char *before;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		cr_expect(is_plain(texts[i], strlen(texts[i]), &before) == false, "'%s'", texts[i]);
	memset(large, 'x', sizeof large);
	for (int at = 0; at < 300; at++) {
		large[at] = '\0';
		cr_expect(is_plain(large, sizeof large, &before) == (at >= 256), "NUL at %d", at);
		large[at] = 'x';
	}
	cr_expect(is_plain_script("/nowhere/at/all", &before) == false);
}

Test(explain, what_stands_before_an_interpreter_line_is_told)
{
	static const struct {
		const char *text, *word;
	} rows[] = {
		{ "\xef\xbb\xbf#!/bin/sh", "byte order mark" },
		{ "\xef\xbb\xbf\r\n#!/bin/sh", "byte order mark" },
		{ "\n#!/bin/sh", "blank" },
		{ " #!/bin/sh", "blank" },
		{ "\t\r\n\n#!/bin/sh", "blank" },
	};
	const char *before;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(is_plain(rows[i].text, strlen(rows[i].text), &before), "row %d", (int)i);
		cr_assert(before != NULL, "row %d", (int)i);
		says(before, rows[i].word);
	}
	cr_expect(is_plain("\xef\xbb\xbf"
			   "echo",
			   7, &before) &&
		  !before);
}

Test(explain, an_interpreter_line_longer_than_the_kernel_reads_is_told)
{
	char text[600];

	memset(text, 'x', sizeof text);
	memcpy(text, "#!/", 3);
	says(explained(text, sizeof text, ENOEXEC), "too long");
	text[255] = '\n';
	says(explained(text, sizeof text, ENOENT), "interpreter is '/xxx");
}

Test(explain, a_circle_of_interpreters_is_left)
{
	char *path = file_with("", 0), text[128];

	int len = snprintf(text, sizeof text, "#!%s\n", path);
	cr_expect(eq(str, explained(text, (size_t)len, ENOENT), ""));
}

/* ---- the search ----------------------------------------------------------------- */

Test(explain, the_search_goes_on_where_it_was)
{
	const char *dir = "/nowhere:/bin:/etc/passwd::/bin";

	cr_assert(zero(int, chdir("/bin")));
	cr_expect(eq(str, (char *)find_in_path(&dir, "sh", 0), "/bin/sh"));
	cr_expect(eq(str, (char *)find_in_path(&dir, "sh", 0), "sh"));
	cr_expect(eq(str, (char *)find_in_path(&dir, "sh", 0), "/bin/sh"));
	cr_expect(zero(ptr, (void *)find_in_path(&dir, "sh", 0)));
	cr_expect(zero(ptr, (void *)find_in_path(&dir, "sh", 0)));
}

Test(explain, names_and_paths_of_any_length_are_survived)
{
	static char name[70000], path[70000];
	static const size_t lengths[] = { 1, 255, 256, 4094, 4095, 4096, 4097, 69999 };
	char *argv[] = { name, NULL };

	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
		for (int with_slash = 0; with_slash < 2; with_slash++) {
			struct text line = { .len = 0 };
			memset(name, 'x', lengths[i]);
			name[lengths[i]] = '\0';
			if (with_slash)
				name[lengths[i] / 2] = '/';
			memset(path, 'p', lengths[i]);
			path[lengths[i]] = '\0';
			setenv("PATH", path, 1);
			explain_exec(&line, argv, ENOENT);
			explain_exec(&line, argv, EACCES);
			explain_exec(&line, argv, ENAMETOOLONG);
			cr_expect(le(sz, line.len, sizeof line.buf));
		}
}

Test(explain, other_errors_are_left_as_they_are)
{
	for (int error = 1; error < 256; error++) {
		static const int known[] = { ENOENT, EACCES,  ENOTDIR, ELOOP,
					     EPERM,  ENOEXEC, ELIBBAD, E2BIG };
		bool is_known = false;
		for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
			is_known = is_known || known[i] == error;
		if (!is_known)
			cr_expect(eq(str, explained("#!/nowhere", 10, error), ""), "%d", error);
	}
}
