/* SPDX-License-Identifier: MIT */
/* Messages. Init never waits to write one. */

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

/* Changes at run time: the next message says how many were lost. */
static int lost_messages;

/*
 * All who write to stdio, main too, share its O_NONBLOCK, so init does not change it. poll(2) alone
 * does not help, as main may fill the pipe right after it. So init opens a file description of its
 * own, non-blocking. Without /proc, or without the right to open it: send(2) for a socket, else
 * poll(2).
 */
COLD bool write_stdio(int fd, const char *buf, size_t len)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };
	char path[] = "/proc/self/fd/0";
	ssize_t n;

	if (lseek(fd, 0, SEEK_CUR) >= 0) /* a file: never blocks */
		return write(fd, buf, len) > 0;
	path[sizeof path - 2] = (char)('0' + fd);
	int own = open_file(AT_FDCWD, path, O_WRONLY | O_NONBLOCK);
	if (own >= 0) {
		n = write(own, buf, len);
		close(own);
		return n > 0;
	}
	n = send(fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && errno == ENOTSOCK && poll(&ready, 1, 0) == 1 && ready.revents & POLLOUT)
		n = write(fd, buf, len);
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

/* Not in message() itself: a message that is not written must not cost a page of stack. */
GUARDED void vmessage(const char *fmt, va_list args)
{
	struct text text = { .len = 0 };
	int saved_errno = errno;

	text_add(&text, "%s: ", base);
	text_vadd(&text, fmt, args);
	if (lost_messages > 0)
		text_add(&text, " (%d messages before this one were lost)", lost_messages);
	if (text.len == sizeof text.buf)
		text.len--;
	text.buf[text.len++] = '\n';
	if (write_stdio(STDERR_FILENO, text.buf, text.len))
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
