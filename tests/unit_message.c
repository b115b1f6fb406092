/* SPDX-License-Identifier: MIT */
/* message.c: texts, and what reaches a descriptor. Blocked and dead logs: the end-to-end tests. */
#define _GNU_SOURCE
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(message, .timeout = 60);

/* ---- text ------------------------------------------------------------------------ */

Test(message, text_add_knows_its_formats)
{
	struct text text = { .len = 0 };

	text_add(&text, "<%s|%d|%ld|%%>", "word", -12, 3000000000L);
	cr_expect(eq(str, (char *)text_string(&text), "<word|-12|3000000000|%>"));
}

Test(message, text_add_writes_the_limits_of_its_numbers)
{
	struct text text = { .len = 0 };
	char expected[128];

	text_add(&text, "%d %d %ld %ld %d", INT_MIN, INT_MAX, LONG_MIN, LONG_MAX, 0);
	snprintf(expected, sizeof expected, "%d %d %ld %ld %d", INT_MIN, INT_MAX, LONG_MIN,
		 LONG_MAX, 0);
	cr_expect(eq(str, (char *)text_string(&text), expected));
}

Test(message, text_add_appends)
{
	struct text text = { .len = 0 };

	text_add(&text, "%s", "");
	cr_expect(eq(str, (char *)text_string(&text), ""));
	text_add(&text, "a%s", "b");
	text_add(&text, "c");
	cr_expect(eq(str, (char *)text_string(&text), "abc"));
}

/* One message is one line, whatever a user typed; other bytes are theirs. */
Test(message, text_add_replaces_control_characters_of_a_string)
{
	struct text text = { .len = 0 };
	char all[256], expected[256];

	for (int c = 1; c < 256; c++) {
		all[c - 1] = (char)c;
		expected[c - 1] = c < ' ' || c == 127 ? '?' : (char)c;
	}
	all[255] = expected[255] = '\0';
	text_add(&text, "%s", all);
	cr_expect(eq(str, (char *)text_string(&text), expected));
}

Test(message, text_add_leaves_its_own_format_as_it_is)
{
	struct text text = { .len = 0 };

	text_add(&text, "a\nb\t");
	cr_expect(eq(str, (char *)text_string(&text), "a\nb\t"));
}

/* Behind the text stands a guard: nothing may touch it. */
Test(message, text_add_cuts_what_does_not_fit)
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

Test(message, text_string_takes_no_character_where_there_is_room)
{
	struct text text = { .len = sizeof text.buf - 1 };

	memset(text.buf, 'x', sizeof text.buf);
	cr_expect(eq(sz, strlen(text_string(&text)), sizeof text.buf - 1));
	cr_expect(eq(sz, strlen(text_string(&text)), sizeof text.buf - 1));
}

/* ---- levels ------------------------------------------------------------------------ */

Test(message, by_default_errors_and_warnings_are_enabled)
{
	cr_expect(holds(message_enabled(LEVEL_ERROR)));
	cr_expect(holds(message_enabled(LEVEL_WARNING)));
	cr_expect(holds(!message_enabled(LEVEL_MAIN)));
}

Test(message, verbosity_is_the_highest_level_enabled)
{
	for (int verbosity = LEVEL_ERROR; verbosity <= LEVEL_TRACE + 2; verbosity++) {
		message_verbosity(verbosity);
		for (int level = LEVEL_ERROR; level <= LEVEL_TRACE; level++)
			cr_expect(eq(int, message_enabled(level), level <= verbosity));
	}
}

/* ---- what is written ----------------------------------------------------------------- */

/* Runs `say` with descriptor 2 (or 1) replaced by `fd`. */
static void with_fd(int replaced, int fd, void (*say)(void))
{
	int saved = dup(replaced);

	dup2(fd, replaced);
	say();
	dup2(saved, replaced);
	close(saved);
}

static char got[8192];

static const char *read_all(int fd)
{
	ssize_t n = read(fd, got, sizeof got - 1);

	got[n < 0 ? 0 : n] = '\0';
	return got;
}

static void say_three(void)
{
	message_name("a-name");
	errno = ENOTEMPTY;
	message(LEVEL_ERROR, "one %d", 1);
	message(LEVEL_WARNING, "two %s", "2\n");
	message(LEVEL_MAIN, "not shown");
	cr_expect(eq(int, errno, ENOTEMPTY));
}

static const char three[] = "a-name: one 1\na-name: two 2?\n";

Test(message, a_pipe_gets_each_message_and_errno_stays)
{
	int ends[2];

	cr_assert(zero(int, pipe(ends)));
	with_fd(STDERR_FILENO, ends[1], say_three);
	cr_expect(eq(str, (char *)read_all(ends[0]), (char *)three));
	/* The flags are shared with main: untouched. */
	cr_expect(zero(int, fcntl(ends[1], F_GETFL) & O_NONBLOCK));
}

Test(message, a_socket_gets_each_message)
{
	int ends[2];

	cr_assert(zero(int, socketpair(AF_UNIX, SOCK_STREAM, 0, ends)));
	with_fd(STDERR_FILENO, ends[1], say_three);
	cr_expect(eq(str, (char *)read_all(ends[0]), (char *)three));
}

Test(message, a_file_gets_each_message)
{
	FILE *file = tmpfile();

	cr_assert(holds(file));
	with_fd(STDERR_FILENO, fileno(file), say_three);
	lseek(fileno(file), 0, SEEK_SET);
	cr_expect(eq(str, (char *)read_all(fileno(file)), (char *)three));
	fclose(file);
}

static void say_too_much(void)
{
	static char word[3000];

	memset(word, 'w', sizeof word - 1);
	message(LEVEL_ERROR, "%s", word);
}

Test(message, a_message_that_is_too_long_is_cut_to_one_line)
{
	int ends[2];

	cr_assert(zero(int, pipe(ends)));
	with_fd(STDERR_FILENO, ends[1], say_too_much);
	const char *line = read_all(ends[0]);
	cr_expect(le(sz, strlen(line), sizeof((struct text *)0)->buf));
	cr_expect(eq(sz, (size_t)(strchr(line, '\n') - line), strlen(line) - 1));
}

static void close_both(void)
{
	close(STDERR_FILENO);
	message(LEVEL_ERROR, "nobody hears this");
	message(LEVEL_ERROR, "nor this");
}

static void say_lost(void)
{
	message(LEVEL_ERROR, "again");
	message(LEVEL_ERROR, "and again");
}

Test(message, the_next_message_says_how_many_were_lost)
{
	int ends[2], saved = dup(STDERR_FILENO);

	cr_assert(zero(int, pipe(ends)));
	close_both();
	dup2(saved, STDERR_FILENO);
	with_fd(STDERR_FILENO, ends[1], say_lost);
	const char *lines = read_all(ends[0]);
	cr_expect(holds(strstr(lines, "again") && strchr(lines, '2')), "%s", lines);
	cr_expect(eq(str, strchr(lines, '\n'), "\npidone: and again\n"));
}

/* ---- print ------------------------------------------------------------------------------ */

static int print_status;

static void print_text(void)
{
	print_status = print("all of it\n");
}

Test(message, print_writes_all_to_stdout)
{
	int ends[2];

	cr_assert(zero(int, pipe(ends)));
	with_fd(STDOUT_FILENO, ends[1], print_text);
	cr_expect(zero(int, print_status));
	cr_expect(eq(str, (char *)read_all(ends[0]), "all of it\n"));
}

Test(message, print_to_a_full_device_fails)
{
	int full = open("/dev/full", O_WRONLY);

	cr_assert(ge(int, full, 0));
	with_fd(STDOUT_FILENO, full, print_text);
	cr_expect(eq(int, print_status, 1));
}
