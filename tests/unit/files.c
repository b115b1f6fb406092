/* SPDX-License-Identifier: MIT */
/* files.c: init's own descriptors, and small files. */
#define _GNU_SOURCE
#include "child.h"
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
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(files, .timeout = 60);

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
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
	in_child(NULL, move_each);
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
	in_child(NULL, close_others);
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

/* Linux before 5.9. */
Test(files, without_close_range_those_to_keep_stay_and_the_others_do_not)
{
	NEED_SECCOMP();
	keep = (const int[]){ 39, -1, 20, 300 };
	keep_count = 4;
	in_child(NULL, close_others_one_by_one);
	keep = (const int[]){ 3, 4, -1, 40 };
	in_child(NULL, close_others_one_by_one);
}

/* Above what a shell's limit of descriptors is; 0, or what was wrong. */
static int close_a_high_one(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < 3001)
		return 97;
	limit.rlim_cur = 3001;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (dup2(STDIN_FILENO, 3000) != 3000 || dup2(STDIN_FILENO, 2999) != 2999)
		return 96;
	if (!deny(&(struct call){ SYS_close_range, ANY, 0, ENOSYS }))
		return 98;
	close_other_fds((const int[]){ 2999 }, 1);
	return is_open(3000) || !is_open(2999) || !is_open(0);
}

static int close_a_high_one_without_proc(void)
{
	/* The list of one's own descriptors cannot be read. */
	if (!deny(&(struct call){ SYS_getdents64, ANY, 0, EPERM }))
		return 98;
	return close_a_high_one();
}

Test(files, without_close_range_those_above_1023_are_closed_too)
{
	struct rlimit limit;

	NEED_SECCOMP();
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < 3001)
		cr_skip_test("a limit of %ld descriptors", (long)limit.rlim_max);
	in_child(NULL, close_a_high_one);
	in_child(NULL, close_a_high_one_without_proc);
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

/* ---- for_each_number ---------------------------------------------------------------------- */

static char numbers_dir[256];
static unsigned char seen[5000];
static int others;

static void see(int number, void *arg)
{
	if (number >= 0 && (size_t)number < sizeof seen)
		seen[number]++;
	else
		others++;
	if (arg != numbers_dir)
		others++;
}

static void make_entry(const char *name)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s", numbers_dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	cr_assert(ge(int, fd, 0), "%s", path);
	close(fd);
}

/* More than one read of the directory's entries; each number once, what is none not at all. */
Test(files, for_each_number_gives_each_entry_that_is_one)
{
	static const char *const none[] = {
		"self", "1x",  "x1",  "-1",  "+1",	   " 1",
		"1 ",	"1.0", "net", "0x1", "2147483648", "4294967297"
	};
	char name[32];

	snprintf(numbers_dir, sizeof numbers_dir, "%s", scratch_make());
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		make_entry(none[i]);
	for (int n = 0; n < (int)sizeof seen; n += 5) {
		snprintf(name, sizeof name, "%d", n);
		make_entry(name);
	}
	int fd = open(numbers_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_expect(zero(int, for_each_number(fd, see, numbers_dir)));
	close(fd);
	scratch_remove(numbers_dir);
	cr_expect(zero(int, others));
	for (int n = 0; n < (int)sizeof seen; n++)
		cr_assert(eq(int, seen[n], n % 5 == 0), "%d", n);
}

Test(files, for_each_number_fails_with_errno_where_there_is_no_directory)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	errno = 0;
	cr_expect(eq(int, for_each_number(fd, see, numbers_dir), -1));
	cr_expect(eq(int, errno, ENOTDIR));
	close(fd);
	cr_expect(eq(int, for_each_number(-1, see, numbers_dir), -1));
	cr_expect(eq(int, errno, EBADF));
}
