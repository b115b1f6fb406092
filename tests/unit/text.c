/* SPDX-License-Identifier: MIT */
/* text.c: a line under construction, and reading numbers. */
#define _GNU_SOURCE
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

TestSuite(text, .timeout = 60);

/* ---- text_add ---------------------------------------------------------------------- */

Test(text, text_add_knows_its_formats)
{
	struct text text = { .len = 0 };

	text_add(&text, "<%s|%d|%ld|%%>", "word", -12, 3000000000L);
	cr_expect(eq(str, (char *)text_string(&text), "<word|-12|3000000000|%>"));
}

Test(text, text_add_writes_the_limits_of_its_numbers)
{
	struct text text = { .len = 0 };
	char expected[128];

	text_add(&text, "%d %d %ld %ld %d", INT_MIN, INT_MAX, LONG_MIN, LONG_MAX, 0);
	snprintf(expected, sizeof expected, "%d %d %ld %ld %d", INT_MIN, INT_MAX, LONG_MIN,
		 LONG_MAX, 0);
	cr_expect(eq(str, (char *)text_string(&text), expected));
}

Test(text, text_add_appends)
{
	struct text text = { .len = 0 };

	text_add(&text, "%s", "");
	cr_expect(eq(str, (char *)text_string(&text), ""));
	text_add(&text, "a%s", "b");
	text_add(&text, "c");
	cr_expect(eq(str, (char *)text_string(&text), "abc"));
}

/* One message is one line of UTF-8, whatever a user typed. */
Test(text, text_add_replaces_control_characters_of_a_string)
{
	struct text text = { .len = 0 };
	char all[256], expected[256];

	for (int c = 1; c < 256; c++) {
		all[c - 1] = (char)c;
		expected[c - 1] = c < ' ' || c >= 127 ? '?' : (char)c;
	}
	all[255] = expected[255] = '\0';
	text_add(&text, "%s", all);
	cr_expect(eq(str, (char *)text_string(&text), expected));
}

Test(text, text_add_leaves_its_own_format_as_it_is)
{
	struct text text = { .len = 0 };

	text_add(&text, "a\nb\t");
	cr_expect(eq(str, (char *)text_string(&text), "a\nb\t"));
}

/* Behind the text stands a guard: nothing may touch it. */
Test(text, text_add_cuts_what_does_not_fit)
{
	struct {
		struct text text;
		char guard[64];
	} room = { .text = { .len = 0 } };
	char word[301];

	memset(room.guard, 'G', sizeof room.guard);
	memset(word, 'w', sizeof word - 1);
	word[sizeof word - 1] = '\0';
	for (int i = 0; i < 10; i++)
		text_add(&room.text, "%s%d%%", word, i);
	cr_expect(eq(sz, room.text.len, sizeof room.text.buf));
	const char *string = text_string(&room.text);
	cr_expect(eq(sz, strlen(string), sizeof room.text.buf - 1));
	cr_expect(holds(strncmp(string, word, 300) == 0));
	for (size_t i = 0; i < sizeof room.guard; i++)
		cr_assert(eq(chr, room.guard[i], 'G'));
}

Test(text, text_string_takes_no_character_where_there_is_room)
{
	struct text text = { .len = sizeof text.buf - 1 };

	memset(text.buf, 'x', sizeof text.buf);
	cr_expect(eq(sz, strlen(text_string(&text)), sizeof text.buf - 1));
	cr_expect(eq(sz, strlen(text_string(&text)), sizeof text.buf - 1));
}

/* ---- parse_number ------------------------------------------------------------------ */

Test(text, parse_number_reads_digits_and_stops_behind_them)
{
	const char *text = "0123x";

	cr_expect(eq(i64, parse_number(&text, 1000), 123));
	cr_expect(eq(str, (char *)text, "x"));
	text = "7";
	cr_expect(eq(i64, parse_number(&text, 7), 7));
	cr_expect(eq(str, (char *)text, ""));
	text = "9";
	cr_expect(eq(i64, parse_number(&text, 7), -1));
	cr_expect(eq(str, (char *)text, "9"));
}

Test(text, parse_number_refuses_and_stays)
{
	static const char *const refused[] = {
		"",   "x",   "-1",
		"+1", " 1",  ".5",
		"31", "300", "99999999999999999999999999999999999999"
	};

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		const char *text = refused[i];
		cr_expect(eq(i64, parse_number(&text, 30), -1), "'%s'", refused[i]);
		cr_expect(eq(ptr, (void *)text, (void *)refused[i]));
	}
}

/* As far as any caller goes: it must not wrap round on a 32-bit machine either. */
Test(text, parse_number_reads_up_to_its_limit)
{
	const char *text = "2147483647";

	cr_expect(eq(i64, parse_number(&text, INT32_MAX), INT32_MAX));
	text = "2147483648";
	cr_expect(eq(i64, parse_number(&text, INT32_MAX), -1));
}

/* Times are in it: -t 99999999h in milliseconds is beyond 32 bits on every machine. */
Test(text, parse_number_reads_64_bits)
{
	const char *text = "9223372036854775807";

	cr_expect(eq(i64, parse_number(&text, INT64_MAX), INT64_MAX));
	cr_expect(eq(str, (char *)text, ""));
	text = "9223372036854775808";
	cr_expect(eq(i64, parse_number(&text, INT64_MAX), -1));
	cr_expect(eq(chr, *text, '9'));
	text = "4294967297";
	cr_expect(eq(i64, parse_number(&text, UINT32_MAX), -1));
	cr_expect(eq(i64, parse_number(&text, INT64_MAX), INT64_C(4294967297)));
}

static void add_by_list(struct text *text, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	text_vadd(text, fmt, args);
	va_end(args);
}

Test(text, text_vadd_is_text_add_of_a_list)
{
	struct text text = { .len = 0 };

	add_by_list(&text, "%s=%d%s", "pid", 7, "\n");
	cr_expect(eq(str, (char *)text_string(&text), "pid=7?"));
}

Test(text, text_string_leaves_the_text_open_for_more)
{
	struct text text = { .len = 0 };

	text_add(&text, "one");
	text_string(&text);
	text_add(&text, " two");
	cr_expect(eq(str, (char *)text_string(&text), "one two"));
}

/* ---- a number in a file of lines ----------------------------------------- */

Test(text, number_behind_finds_the_line_that_begins_with_the_key)
{
	static const char lines[] =
		"low 1\nUid:\t7\t8\nnot Gid:\t9\nGid:\t4294967295\nend x\nbig 4294967296";

	cr_expect(eq(i64, number_behind(lines, "low "), 1));
	cr_expect(eq(i64, number_behind(lines, "Uid:\t"), 7));
	cr_expect(eq(i64, number_behind(lines, "Gid:\t"), UINT32_MAX));
	cr_expect(eq(i64, number_behind(lines, "end "), -1));
	cr_expect(eq(i64, number_behind(lines, "big "), -1));
	cr_expect(eq(i64, number_behind(lines, "none "), -1));
	cr_expect(eq(i64, number_behind("", "none "), -1));
}

/* ---- what libc has as well ---------------------------------------------------------- */

Test(text, span_of_and_span_to_count_as_strspn_and_strcspn_do)
{
	static const char *const texts[] = {
		"", "a", "::a", "a:b c", "/usr/bin", " \t\n", "\xff:"
	};
	static const char *const sets[] = { "", ":", "/", " \t", ": \t\n/", "abc", "\xff" };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		for (size_t j = 0; j < sizeof sets / sizeof sets[0]; j++) {
			const char *text = texts[i], *set = sets[j];
			cr_expect(eq(sz, span_of(text, set), strspn(text, set)), "'%s' '%s'", text,
				  set);
			cr_expect(eq(sz, span_to(text, set), strcspn(text, set)), "'%s' '%s'", text,
				  set);
		}
}

/* The others have shorter words than libc's, or are not in the table. */
Test(text, error_text_is_that_of_libc)
{
	static const int same[] = { EPERM,	ENOENT,	  ENXIO,   E2BIG,	 ENOEXEC, EBADF,
				    ECHILD,	EAGAIN,	  EACCES,  EFAULT,	 EBUSY,	  ENODEV,
				    ENOTDIR,	EISDIR,	  EINVAL,  ENFILE,	 EMFILE,  EFBIG,
				    ENOSPC,	EROFS,	  EPIPE,   ENAMETOOLONG, ENOSYS,  ELOOP,
				    EOPNOTSUPP, ENOTCONN, ETXTBSY, ESTALE,	 EDQUOT };

	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
		cr_expect(eq(str, (char *)error_text(same[i]), strerror(same[i])));
	cr_expect(eq(str, (char *)error_text(EIO), "I/O error"));
	cr_expect(eq(str, (char *)error_text(ENOMEM), "Out of memory"));
}

Test(text, error_text_has_the_number_of_an_error_without_a_text)
{
	cr_expect(eq(str, (char *)error_text(EL2NSYNC), "error 45"));
	cr_expect(eq(str, (char *)error_text(0), "error 0"));
	cr_expect(eq(str, (char *)error_text(INT_MIN), "error -2147483648"));
}
