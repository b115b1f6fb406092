/* SPDX-License-Identifier: MIT */
/* Text and numbers: one formatter, one parser. No stdio: it alone would be half of the binary. */

#define _GNU_SOURCE
#include "pidone.h"

COLD static void add_char(struct text *text, char c)
{
	if (text->len < sizeof text->buf)
		text->buf[text->len++] = c;
}

COLD static void add_string(struct text *text, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		add_char(text, c < ' ' || c == 0x7f ? '?' : *s);
	}
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
