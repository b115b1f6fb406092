/* SPDX-License-Identifier: MIT */
/* What pidone says. A message is never worth waiting for. */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Set while the command line is read, constant from then on. */
static const char *base = "pidone";
static int verbosity = LEVEL_WARNING;

/* Changes at run time: nobody but the next message can tell of the lost. */
static int lost_messages;

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

COLD static void text_vadd(struct text *text, const char *fmt, va_list args)
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

/*
 * splice(2) takes "do not block" with the call, but for a pipe alone: sockets and terminals block.
 * Each message takes a whole buffer of the pipe, of which there are 16: hence only as a last
 * resort.
 */
COLD static ssize_t write_pipe(const char *buf, size_t len)
{
	int ends[2];
	/* The raw call: libc's own knows kernels without it, and is larger than this function. */
	if (syscall(SYS_pipe2, ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	ssize_t n = write(ends[1], buf, len);
	if (n > 0)
		n = splice(ends[0], NULL, STDERR_FILENO, NULL, (size_t)n, SPLICE_F_NONBLOCK);
	close(ends[0]);
	close(ends[1]);
	return n;
}

/*
 * The O_NONBLOCK of stderr belongs to everyone who writes to it, main included, so it is left
 * alone; and poll(2) alone does not help, as main may fill the pipe right after it. An open file
 * description of init's own may be non-blocking; where /proc or the rights to it are missing, it
 * depends on what stderr is.
 */
COLD bool write_stderr(const char *buf, size_t len)
{
	struct pollfd ready = { .fd = STDERR_FILENO, .events = POLLOUT };
	ssize_t n;

	if (lseek(STDERR_FILENO, 0, SEEK_CUR) >= 0) /* a file: never blocks */
		return write(STDERR_FILENO, buf, len) > 0;
	int own = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own >= 0) {
		n = write(own, buf, len);
		close(own);
		return n > 0;
	}
	if (syscall(SYS_fcntl, STDERR_FILENO, F_GETPIPE_SZ) > 0)
		n = write_pipe(buf, len);
	else
		n = send(STDERR_FILENO, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* A terminal, or no descriptor is free for a pipe of init's own. */
	if (n < 0 && (errno == ENOTSOCK || errno == EMFILE) && poll(&ready, 1, 0) == 1 &&
	    ready.revents & POLLOUT)
		n = write(STDERR_FILENO, buf, len);
	return n > 0;
}

void message_name(const char *name)
{
	base = name;
}

const char *own_name(void)
{
	return base;
}

void message_verbosity(int level)
{
	verbosity = level;
}

bool message_enabled(int level)
{
	return level <= verbosity;
}

/* Apart from message(): a message that is not wanted must not cost a page of stack. */
COLD void vmessage(const char *fmt, va_list args)
{
	struct text text = { .len = 0 };
	int saved_errno = errno;

	text_add(&text, "%s: ", base);
	text_vadd(&text, fmt, args);
	if (lost_messages > 0)
		text_add(&text, " (%d messages before this one were lost)", lost_messages);
	if (text.len == sizeof text.buf)
		text.len--;
	add_char(&text, '\n');
	if (write_stderr(text.buf, text.len))
		lost_messages = 0;
	else
		lost_messages++;
	errno = saved_errno;
}

void message(int level, const char *fmt, ...)
{
	va_list args;

	if (level > verbosity)
		return;
	va_start(args, fmt);
	vmessage(fmt, args);
	va_end(args);
}

COLD int print(const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t n = write(STDOUT_FILENO, text, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return STATUS_USAGE;
		text += n;
		left -= (size_t)n;
	}
	return 0;
}
