/* SPDX-License-Identifier: MIT */
/* Init's own descriptors, and small files. */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int open_file(int dirfd, const char *path, int flags)
{
	return (int)syscall(SYS_openat, dirfd, path, flags | O_NOCTTY | O_CLOEXEC | O_LARGEFILE,
			    0644);
}

int fd_above_stdio(int fd)
{
	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	/* The raw call: libc's fcntl() is larger than this whole file. */
	int moved = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int saved_errno = errno;
	close(fd);
	errno = saved_errno;
	return moved;
}

/* getdents64(2); libc's readdir() would need the heap. */
struct dirent_head {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

GUARDED int for_each_number(int dirfd, void (*act)(int number, void *arg), void *arg)
{
	_Alignas(struct dirent_head) char entries[2048];
	const struct dirent_head *entry;
	long size;

	while ((size = syscall(SYS_getdents64, dirfd, entries, sizeof entries)) > 0)
		for (long at = 0; at < size; at += entry->reclen) {
			entry = (const void *)(entries + at);
			const char *name = entry->name;
			int number = (int)parse_number(&name, INT32_MAX);
			if (number >= 0 && *name == '\0')
				act(number, arg);
		}
	return size < 0 ? -1 : 0;
}

/* The argument of close_one(), which is called for each descriptor: what it must not close. */
struct closing {
	const int *keep;
	int count;
	int list; /* the descriptor of the list itself, or -1 */
};

COLD static void close_one(int fd, void *arg)
{
	const struct closing *closing = arg;

	for (int i = 0; i < closing->count; i++)
		if (closing->keep[i] == fd)
			return;
	if (fd > STDERR_FILENO && fd != closing->list)
		close(fd);
}

/* For Linux before 5.9, or a sandbox without close_range(2): those in /proc, else all numbers. */
COLD static void close_one_by_one(const int *keep, int count)
{
	enum { HIGHEST = 1 << 20 }; /* to try all numbers without a limit would take minutes */
	int list = open_file(AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY);
	struct closing closing = { keep, count, list };
	uint64_t limit[2] = { HIGHEST, HIGHEST };

	if (list < 0 || for_each_number(list, close_one, &closing) < 0) {
		syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, limit);
		for (int fd = 0; fd < HIGHEST && (uint64_t)fd < limit[0]; fd++)
			close_one(fd, &closing);
	}
	if (list >= 0)
		close(list);
}

void close_other_fds(const int *keep, int count)
{
	int first = STDERR_FILENO + 1;

	for (;;) {
		int next = -1; /* the lowest one to keep from `first` on */
		for (int i = 0; i < count; i++)
			if (keep[i] >= first && (next < 0 || keep[i] < next))
				next = keep[i];
		int last = next < 0 ? INT32_MAX : next - 1;
		if (first <= last && syscall(SYS_close_range, first, last, 0) < 0) {
			close_one_by_one(keep, count);
			return;
		}
		if (next < 0)
			return;
		first = next + 1;
	}
}

ssize_t read_file(int dirfd, const char *path, char *buf, size_t size)
{
	int fd = open_file(dirfd, path, O_RDONLY);
	if (fd < 0)
		return -1;
	ssize_t n = read(fd, buf, size - 1);
	int saved_errno = errno;
	close(fd);
	errno = saved_errno;
	buf[n < 0 ? 0 : n] = '\0';
	return n;
}
