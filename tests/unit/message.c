/* SPDX-License-Identifier: MIT */
/* message.c: texts, and what reaches a descriptor. Blocked and dead logs: the end-to-end tests. */
#define _GNU_SOURCE
#include "child.h"
#include "deny.h"
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(message, .timeout = 60);

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

/* ---- with no descriptor left ------------------------------------------------------------- */

static int log_ends[2]; /* of a pipe that is stderr; [0] is stdin, the only other one */

/* Runs the body in a child that has stdio and can open nothing more; blocks signals, as init. */
static void without_descriptors(int (*body)(void))
{
	int wstatus;
	pid_t pid = fork_or_die();

	if (pid == 0) {
		struct signal_mask inherited;
		struct rlimit limit;
		block_signals(&inherited);
		if (pipe(log_ends) < 0 || dup2(log_ends[1], STDERR_FILENO) < 0 ||
		    dup2(log_ends[0], STDIN_FILENO) < 0)
			_exit(90);
		close_other_fds(NULL, 0);
		getrlimit(RLIMIT_NOFILE, &limit);
		setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 3, limit.rlim_max });
		int result = body();
		setrlimit(RLIMIT_NOFILE, &limit);
		exit_child(result);
	}
	cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
	cr_expect(zero(int, wstatus), "exit %d signal %d", WEXITSTATUS(wstatus), WTERMSIG(wstatus));
}

/* Fills stderr, its reader's flags and main's as they were. */
static void fill_stderr(void)
{
	static const char much[4096];
	int flags = fcntl(STDERR_FILENO, F_GETFL);

	fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
	while (write(STDERR_FILENO, much, sizeof much) > 0)
		;
	fcntl(STDERR_FILENO, F_SETFL, flags);
}

static int write_to_an_empty_pipe(void)
{
	char text[8] = "";

	if (!write_stdio(STDERR_FILENO, "hello", 5))
		return 1;
	return read(STDIN_FILENO, text, sizeof text) == 5 && strcmp(text, "hello") == 0 ? 0 : 2;
}

static int write_to_a_full_pipe(void)
{
	fill_stderr();
	return write_stdio(STDERR_FILENO, "hello", 5);
}

static int write_to_a_full_pipe_without_a_reader(void)
{
	fill_stderr();
	dup2(STDERR_FILENO, STDIN_FILENO); /* nor is this one free */
	return write_stdio(STDERR_FILENO, "hello", 5);
}

Test(message, with_no_descriptor_left_a_pipe_gets_what_fits)
{
	without_descriptors(write_to_an_empty_pipe);
}

Test(message, with_no_descriptor_left_a_full_pipe_delays_nothing)
{
	without_descriptors(write_to_a_full_pipe);
	without_descriptors(write_to_a_full_pipe_without_a_reader);
}

/* The way to a non-blocking stderr of init's own, which hardened containers hide. */
static const struct call no_own_stderr = { SYS_openat, 2,
					   O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, EACCES };

static int without_own_stderr(void)
{
	int ends[2], next = dup(STDIN_FILENO);
	char text[8] = "";

	close(next);
	if (pipe(ends) < 0 || dup2(ends[1], STDERR_FILENO) < 0 || dup2(ends[0], STDIN_FILENO) < 0)
		return 1;
	close(ends[0]);
	close(ends[1]);
	if (!deny(&no_own_stderr))
		return 2;
	if (!write_stdio(STDERR_FILENO, "hello", 5) || read(STDIN_FILENO, text, sizeof text) != 5 ||
	    strcmp(text, "hello") != 0)
		return 3;
	fill_stderr();
	if (write_stdio(STDERR_FILENO, "hello", 5))
		return 4;
	/* It left none open. */
	int again = dup(STDIN_FILENO);
	close(again);
	return again == next ? 0 : 5;
}

Test(message, without_a_stderr_of_its_own_a_pipe_gets_what_fits_and_delays_nothing)
{
	NEED_SECCOMP();
	in_child(NULL, without_own_stderr);
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

static int handled[2];

static void tell(int signo)
{
	(void)signo;
	if (write(handled[1], "", 1) != 1)
		_exit(91);
}

/* Interrupted again and again while nobody reads; then all of it is there. */
Test(message, print_goes_on_after_an_interrupted_write)
{
	enum { SIZE = 100000, PIPE_SIZE = 65536, INTERRUPTIONS = 50 };
	static char sent[SIZE + 1], received[SIZE + 1];
	int ends[2], wstatus, waiting = 0;
	size_t len = 0;
	char c;

	memset(sent, 'p', SIZE);
	cr_assert(zero(int, pipe(ends) | pipe(handled)));
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
	pid_t pid = fork_or_die();
	if (pid == 0) {
		sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = tell }, NULL);
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		exit_child(print(sent));
	}
	close(ends[1]);
	while (waiting < PIPE_SIZE && ioctl(ends[0], FIONREAD, &waiting) == 0)
		usleep(1000);
	for (int i = 0; i < INTERRUPTIONS; i++) {
		kill(pid, SIGUSR1);
		cr_assert(eq(long, read(handled[0], &c, 1), 1L));
	}
	for (ssize_t n; (n = read(ends[0], received + len, SIZE - len)) > 0;)
		len += (size_t)n;
	cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
	cr_expect(zero(int, wstatus));
	cr_expect(eq(sz, len, (size_t)SIZE));
	cr_expect(eq(str, received, sent));
}
