/* SPDX-License-Identifier: MIT */
/* Text and numbers: one formatter, one parser. No stdio: it alone would be half of the binary. */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <string.h>

COLD static void add_char(struct text *text, char c)
{
	if (text->len < sizeof text->buf)
		text->buf[text->len++] = c;
}

/* How many bytes the printable character at `s` has in UTF-8; 0: there is none. */
COLD static size_t character_size(const char *s)
{
	/* Lower values are control characters, or have a shorter form. */
	static const uint32_t least[] = { ' ', 0, 0xa0, 0x800, 0x10000 };
	uint32_t c = (unsigned char)*s;
	size_t size = c < 0x80 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if (size)
		c = c < 0xc2 || c > 0xf4 ? 0 : c & (0x7fu >> size);
	for (size_t i = 1; i < size; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	/* Surrogates are not characters. */
	if (c < least[size] || c == 0x7f || c >> 11 == 0x1b || c > 0x10ffff)
		return 0;
	return size ? size : 1;
}

/* Adds the character at `s`. Returns the place after it. */
COLD static const char *add_character(struct text *text, const char *s)
{
	size_t size = character_size(s);

	if (size == 0) {
		add_char(text, '?');
		return s + 1;
	}
	while (size-- > 0)
		add_char(text, *s++);
	return s;
}

COLD static void add_string(struct text *text, const char *s)
{
	while (*s)
		s = add_character(text, s);
}

static size_t span(const char *text, const char *set, bool of)
{
	size_t len = 0;

	for (; text[len]; len++) {
		const char *c = set;
		while (*c && *c != text[len])
			c++;
		if ((*c != '\0') != of)
			break;
	}
	return len;
}

size_t span_of(const char *text, const char *set)
{
	return span(text, set, true);
}

size_t span_to(const char *text, const char *set)
{
	return span(text, set, false);
}

COLD void text_add_value(struct text *text, const char *key, const char *value)
{
	/* Leaves room for the text that follows: it matters more than a long name. */
	enum { VALUE_MAX = 256 };
	const char *start = value;
	bool quote = *value == '\0' || value[span_to(value, " \t\n\"=\\")];

	text_add(text, "%s=%s", key, quote ? "\"" : "");
	while (*value && value - start < VALUE_MAX) {
		if (*value == '"' || *value == '\\')
			add_char(text, '\\');
		value = add_character(text, value);
	}
	if (quote)
		add_char(text, '"');
}

COLD static void add_number(struct text *text, long number)
{
	char digits[24];
	size_t n = sizeof digits;
	unsigned long rest = (unsigned long)number;

	if (number < 0) {
		add_char(text, '-');
		rest = 0 - rest;
	}
	digits[--n] = '\0';
	do
		digits[--n] = (char)('0' + rest % 10);
	while (rest /= 10);
	add_string(text, digits + n);
}

COLD void text_vadd(struct text *text, const char *fmt, va_list args)
{
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			add_char(text, *fmt);
			continue;
		}
		switch (*++fmt) {
		case 's': add_string(text, va_arg(args, const char *)); break;
		case 'd': add_number(text, va_arg(args, int)); break;
		case 'l':
			add_number(text, va_arg(args, long));
			fmt++;
			break;
		default: add_char(text, *fmt); break;
		}
	}
}

/* Those that init's calls can fail with, exec and the file systems behind it above all. */
#define ERRORS(IS)                                                                                 \
	IS(EPERM, "Operation not permitted")                                                       \
	IS(ENOENT, "No such file or directory")                                                    \
	IS(EINTR, "Interrupted system call")                                                       \
	IS(EIO, "I/O error")                                                                       \
	IS(ENXIO, "No such device or address")                                                     \
	IS(E2BIG, "Argument list too long")                                                        \
	IS(ENOEXEC, "Exec format error")                                                           \
	IS(EBADF, "Bad file descriptor")                                                           \
	IS(ECHILD, "No child processes")                                                           \
	IS(EAGAIN, "Resource temporarily unavailable")                                             \
	IS(ENOMEM, "Out of memory")                                                                \
	IS(EACCES, "Permission denied")                                                            \
	IS(EFAULT, "Bad address")                                                                  \
	IS(EBUSY, "Device or resource busy")                                                       \
	IS(ENODEV, "No such device")                                                               \
	IS(ENOTDIR, "Not a directory")                                                             \
	IS(EISDIR, "Is a directory")                                                               \
	IS(EINVAL, "Invalid argument")                                                             \
	IS(ENFILE, "Too many open files in system")                                                \
	IS(EMFILE, "Too many open files")                                                          \
	IS(ETXTBSY, "Text file busy")                                                              \
	IS(EFBIG, "File too large")                                                                \
	IS(ENOSPC, "No space left on device")                                                      \
	IS(EROFS, "Read-only file system")                                                         \
	IS(EPIPE, "Broken pipe")                                                                   \
	IS(ENAMETOOLONG, "File name too long")                                                     \
	IS(ENOSYS, "Function not implemented")                                                     \
	IS(ELOOP, "Too many levels of symbolic links")                                             \
	IS(ELIBBAD, "Corrupted shared library")                                                    \
	IS(EOPNOTSUPP, "Operation not supported")                                                  \
	IS(ENOTCONN, "Transport endpoint is not connected")                                        \
	IS(ETIMEDOUT, "Timed out")                                                                 \
	IS(ESTALE, "Stale file handle")                                                            \
	IS(ECONNABORTED, "Software caused connection abort")                                       \
	IS(EUCLEAN, "Structure needs cleaning")                                                    \
	IS(ENOKEY, "Required key not available")                                                   \
	IS(EDQUOT, "Disk quota exceeded")

#define NUMBER(error, text) error,
#define TEXT(error, text) text "\0"

COLD const char *error_text(int error)
{
	static const unsigned short numbers[] = { ERRORS(NUMBER) 0 };
	static const char texts[] = ERRORS(TEXT);
	static char unknown[24];
	const char *text = texts;

	for (size_t i = 0; numbers[i]; i++, text += strlen(text) + 1)
		if (numbers[i] == error)
			return text;
	struct text line = { .len = 0 };
	text_add(&line, "error %d", error);
	return memcpy(unknown, text_string(&line), line.len + 1);
}

COLD const char *text_string(struct text *text)
{
	if (text->len == sizeof text->buf)
		text->len--;
	text->buf[text->len] = '\0';
	return text->buf;
}

COLD void text_add(struct text *text, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	text_vadd(text, fmt, args);
	va_end(args);
}

COLD int64_t number_behind(const char *lines, const char *key)
{
	const size_t len = strlen(key);

	while (strncmp(lines, key, len) != 0) {
		lines += span_to(lines, "\n");
		if (*lines++ == '\0')
			return -1;
	}
	const char *digits = lines + len;
	return parse_number(&digits, UINT32_MAX);
}

int64_t parse_number(const char **text, int64_t max)
{
	int64_t number = 0;
	const char *digit = *text;

	for (; *digit >= '0' && *digit <= '9'; digit++) {
		int value = *digit - '0';
		if (value > max || number > (max - value) / 10)
			return -1;
		number = number * 10 + value;
	}
	if (digit == *text)
		return -1;
	*text = digit;
	return number;
}
