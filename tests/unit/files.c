/* SPDX-License-Identifier: MIT */
/* files.c: init's own descriptors, and small files. */
#define _GNU_SOURCE
#include "deny.h"
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(files, .timeout = 60);

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* Criterion needs its descriptors: what closes others is done in a child. Its status. */
static int in_child(int (*body)(void))
{
	int wstatus;
	pid_t pid = fork_or_die();

	if (pid == 0)
		exit_child(body());
	cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
	return WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 1000;
}

/* ---- fd_above_stdio -------------------------------------------------------------- */

Test(files, a_descriptor_above_2_stays_as_it_is)
{
	int fd = open("/dev/null", O_RDONLY);

	cr_assert(gt(int, fd, 2));
	cr_expect(eq(int, fd_above_stdio(fd), fd));
	cr_expect(holds(is_open(fd)));
}

static int move_each(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		close(fd);
		if (open("/dev/zero", O_RDONLY) != fd)
			return 10 + fd;
		int moved = fd_above_stdio(fd);
		char byte = 1;
		if (moved <= 2 || is_open(fd) || fcntl(moved, F_GETFD) != FD_CLOEXEC)
			return 20 + fd;
		/* It is the same file. */
		if (read(moved, &byte, 1) != 1 || byte != 0)
			return 30 + fd;
		open("/dev/null", O_RDWR);
	}
	return 0;
}

Test(files, descriptors_0_to_2_are_moved_and_closed_at_exec)
{
	cr_expect(zero(int, in_child(move_each)));
}

Test(files, no_descriptor_stays_none_and_keeps_errno)
{
	errno = ENXIO;
	cr_expect(eq(int, fd_above_stdio(-1), -1));
	cr_expect(eq(int, errno, ENXIO));
}

/* ---- close_other_fds --------------------------------------------------------------- */

static const int *keep;
static int keep_count;

/* Opens 3 to 40, closes all but those in `keep`: 0, or 100 + the one that is wrong. */
static int close_others(void)
{
	for (int fd = 0; fd <= 40; fd++)
		dup2(STDIN_FILENO, fd);
	dup2(STDIN_FILENO, 300);
	close_other_fds(keep, keep_count);
	for (int fd = 0; fd <= 300; fd++) {
		bool wanted = fd <= 2;
		for (int i = 0; i < keep_count; i++)
			wanted = wanted || keep[i] == fd;
		if (fd > 40 && fd < 300)
			continue;
		if (is_open(fd) != wanted)
			return fd < 100 ? 100 + fd : 99;
	}
	return 0;
}

static void keeps(int count, const int *list)
{
	keep = list;
	keep_count = count;
	cr_expect(zero(int, in_child(close_others)));
}

Test(files, with_nothing_to_keep_all_above_2_are_closed)
{
	keeps(0, NULL);
	keeps(3, (const int[]){ -1, -1, -1 });
}

Test(files, those_to_keep_stay_in_whatever_order)
{
	keeps(1, (const int[]){ 3 });
	keeps(1, (const int[]){ 40 });
	keeps(1, (const int[]){ 300 });
	keeps(4, (const int[]){ 3, 4, 5, 6 });
	keeps(4, (const int[]){ 6, 5, 4, 3 });
	keeps(4, (const int[]){ 39, -1, 20, 300 });
	keeps(4, (const int[]){ 300, 3, -1, 40 });
}

/* -R - is descriptor 2: init's own, and below what is closed. */
Test(files, those_up_to_2_and_the_same_twice_do_not_matter)
{
	keeps(4, (const int[]){ 2, 7, 0, 1 });
	keeps(4, (const int[]){ 9, 9, 3, 9 });
}

static int close_others_one_by_one(void)
{
	if (!deny(&(struct call){ SYS_close_range, ANY, 0, ENOSYS }))
		return 98;
	return close_others();
}

/* Linux before 5.9, as far as a container's descriptors usually go. */
Test(files, without_close_range_those_to_keep_stay_and_the_others_do_not)
{
	NEED_SECCOMP();
	keep = (const int[]){ 39, -1, 20, 300 };
	keep_count = 4;
	cr_expect(zero(int, in_child(close_others_one_by_one)));
	keep = (const int[]){ 3, 4, -1, 40 };
	cr_expect(zero(int, in_child(close_others_one_by_one)));
}

/* ---- read_file ------------------------------------------------------------------------ */

Test(files, a_small_file_is_read_whole)
{
	char buf[64];
	FILE *file = tmpfile();
	char path[64];

	cr_assert(holds(file));
	fputs("some text\n", file);
	fflush(file);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
	memset(buf, 'x', sizeof buf);
	cr_expect(eq(long, read_file(AT_FDCWD, path, buf, sizeof buf), 10L));
	cr_expect(eq(str, buf, "some text\n"));
	/* What does not fit is left out, and the end is still an end. */
	memset(buf, 'x', sizeof buf);
	cr_expect(eq(long, read_file(AT_FDCWD, path, buf, 5), 4L));
	cr_expect(eq(str, buf, "some"));
	cr_expect(eq(chr, buf[5], 'x'));
	fclose(file);
}

Test(files, an_empty_file_is_an_empty_text)
{
	char buf[8] = "xxxxxxx";

	cr_expect(eq(long, read_file(AT_FDCWD, "/dev/null", buf, sizeof buf), 0L));
	cr_expect(eq(str, buf, ""));
}

Test(files, a_file_is_found_below_a_directory)
{
	char buf[64];
	int proc = open("/proc/self", O_RDONLY | O_DIRECTORY);

	cr_expect(gt(long, read_file(proc, "comm", buf, sizeof buf), 1L));
	close(proc);
}

Test(files, a_file_that_cannot_be_read_fails_with_errno)
{
	char buf[8] = "xxxxxxx";

	cr_expect(eq(long, read_file(AT_FDCWD, "/no/such/file", buf, sizeof buf), -1L));
	cr_expect(eq(int, errno, ENOENT));
	cr_expect(eq(long, read_file(AT_FDCWD, "/proc", buf, sizeof buf), -1L));
	cr_expect(eq(int, errno, EISDIR));
	cr_expect(eq(str, buf, ""));
}

Test(files, reading_leaves_no_descriptor)
{
	char buf[8];
	int before = dup(0);

	close(before);
	read_file(AT_FDCWD, "/dev/null", buf, sizeof buf);
	read_file(AT_FDCWD, "/proc", buf, sizeof buf);
	int after = dup(0);
	cr_expect(eq(int, after, before));
	close(after);
}
