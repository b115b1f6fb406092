/* SPDX-License-Identifier: MIT */
/* Text and numbers: one formatter, one parser. No stdio: it alone would be half of the binary. */

#define _GNU_SOURCE
#include "pidone.h"

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

COLD void text_add_value(struct text *text, const char *key, const char *value)
{
	/* Leaves room for the text that follows: it matters more than a long name. */
	enum { VALUE_MAX = 256 };
	const char *start = value;
	bool quote = *value == '\0' || strpbrk(value, " \t\n\"=\\");

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

	for (; lines; lines = strchr(lines, '\n')) {
		lines += *lines == '\n';
		const char *digits = lines + len;
		if (strncmp(lines, key, len) == 0)
			return parse_number(&digits, UINT32_MAX);
	}
	return -1;
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
