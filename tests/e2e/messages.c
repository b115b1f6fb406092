/* SPDX-License-Identifier: MIT */
/*
 * Contract 7, messages: whatever stderr is and whoever reads it or does not, nothing that init has
 * to say delays, stops or kills anything.
 */
#define _GNU_SOURCE
#include "pty.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct run run;

static void end_run(void)
{
	if (run.pid > 0)
		run_close(&run);
}

TestSuite(e2e_messages, .fini = end_run, .timeout = 120);

/* Verbose enough to say something of each signal. */
static const char *const *siglog_args(void)
{
	static const char *args[] = { "-vv", NULL, NULL };

	args[1] = child_program("siglog");
	return args;
}

static void start_siglog(enum mode mode, void (*before_exec)(void))
{
	run_start(&run, &(struct start){
				.mode = mode, .args = siglog_args(), .before_exec = before_exec });
	expect_line(&run, "ready");
}

/* The next thing that main receives is signo: nothing that init caused came before it. */
static void expect_forwarded(int signo)
{
	char expected[32];

	cr_assert(zero(int, kill(run.pid, signo)));
	snprintf(expected, sizeof expected, "signal %d code ", signo);
	const char *line = read_line(&run);
	cr_assert(holds(strncmp(line, expected, strlen(expected)) == 0), "main received '%s'",
		  line);
}

/* Many signals, each with its message, then the end. */
static void expect_unmoved(void)
{
	for (int i = 0; i < 200; i++)
		expect_forwarded(i % 2 ? SIGUSR1 : SIGHUP);
	/* It waits again: a message that brings a signal that brings a message would go on. */
	for (int i = 0; i < 20; i++)
		cr_assert(wait_state(run.pid, "S"));
	expect_forwarded(SIGTERM);
	cr_assert(eq(int, run_wait(&run), 0));
}

/* ---- stderr of every kind ------------------------------------------------ */

static void close_stderr(void)
{
	close(STDERR_FILENO);
}

BOTH_MODES(e2e_messages, a_closed_stderr_changes_nothing)
{
	start_siglog(mode, close_stderr);
	expect_unmoved();
}

BOTH_MODES(e2e_messages, a_closed_stderr_stays_closed_for_main)
{
	cr_assert(
		eq(int,
		   run_status(&(struct start){
			   .mode = mode,
			   .args = (const char *[]){ "-vv", "sh", "-c",
						     "[ ! -e /proc/self/fd/2 ] && exit 40", NULL },
			   .before_exec = close_stderr }),
		   40));
}

/* A pipe without a reader: init's writes bring it SIGPIPE. */
static void break_stderr(void)
{
	int ends[2];

	if (pipe(ends) < 0 || dup2(ends[1], STDERR_FILENO) < 0)
		_exit(99);
	close(ends[0]);
	close(ends[1]);
}

BOTH_MODES(e2e_messages, a_pipe_without_a_reader_changes_nothing)
{
	start_siglog(mode, break_stderr);
	expect_unmoved();
}

BOTH_MODES(e2e_messages, a_pipe_without_a_reader_does_not_hide_that_the_command_is_missing)
{
	cr_assert(eq(int,
		     run_status(&(struct start){ .mode = mode,
						 .args = (const char *[]){ "/nonexistent", NULL },
						 .before_exec = break_stderr }),
		     127));
}

BOTH_MODES(e2e_messages, a_pipe_without_a_reader_does_not_hide_a_usage_error)
{
	cr_assert(eq(int,
		     run_status(&(struct start){ .mode = mode,
						 .args = (const char *[]){ "--nonsense", NULL },
						 .before_exec = break_stderr }),
		     1));
}

static void fill(int fd)
{
	static const char zeros[4096];
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	for (size_t size = sizeof zeros; size > 0; size /= 2)
		while (write(fd, zeros, size) > 0)
			;
	fcntl(fd, F_SETFL, flags);
}

static void fill_stderr(void)
{
	fill(STDERR_FILENO);
}

/* The flags of an open file, as /proc has them. */
static long stderr_flags(pid_t pid)
{
	char path[64], line[128];
	long flags = -1;

	snprintf(path, sizeof path, "/proc/%d/fdinfo/2", (int)pid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, "flags:", 6) == 0)
			flags = strtol(line + 6, NULL, 8);
	if (file)
		fclose(file);
	return flags;
}

BOTH_MODES(e2e_messages, a_full_pipe_that_nobody_reads_changes_nothing)
{
	start_siglog(mode, fill_stderr);
	expect_unmoved();
}

BOTH_MODES(e2e_messages, a_full_pipe_does_not_hide_that_the_command_is_missing)
{
	cr_assert(eq(int,
		     run_status(&(struct start){ .mode = mode,
						 .args = (const char *[]){ "/nonexistent", NULL },
						 .before_exec = fill_stderr }),
		     127));
}

/* Main shares the open file: a writer that does not expect EAGAIN would lose its output. */
BOTH_MODES(e2e_messages, the_pipe_stays_blocking_for_main)
{
	start_siglog(mode, fill_stderr);
	for (int i = 0; i < 100; i++) {
		expect_forwarded(SIGUSR1);
		long flags = stderr_flags(run.pid);
		cr_assert(holds(flags >= 0));
		cr_assert(zero(long, flags &O_NONBLOCK));
	}
}

/* Takes all that is in stderr's pipe now. */
static void drain_stderr(void)
{
	static char text[65536];
	struct pollfd ready = { .fd = run.err, .events = POLLIN };

	while (poll(&ready, 1, 0) == 1 && read(run.err, text, sizeof text) > 0)
		;
}

/* Reads stderr up to the end of a line; static buffer. */
static const char *read_stderr_line(void)
{
	static char text[4096];
	struct pollfd ready = { .fd = run.err, .events = POLLIN };
	size_t len = 0;

	while (len < sizeof text - 1 && (len == 0 || text[len - 1] != '\n')) {
		if (poll(&ready, 1, WAIT_MS) != 1 || read(run.err, text + len, 1) != 1)
			cr_fatal("no line came on stderr; so far: '%.*s'", (int)len, text);
		len++;
	}
	text[len] = '\0';
	return text;
}

BOTH_MODES(e2e_messages, what_was_lost_is_counted_in_the_next_message)
{
	start_siglog(mode, fill_stderr);
	/* With that of main's start, one each. */
	for (int i = 0; i < 41; i++)
		expect_forwarded(SIGUSR1);
	WAIT_FOR(process_state(run.pid) == 'S');
	drain_stderr();
	expect_forwarded(SIGUSR1);
	const char *line = read_stderr_line();
	cr_assert(holds(strstr(line, "(42 messages") != NULL), "%s", line);
	/* And told once. */
	expect_forwarded(SIGUSR1);
	line = read_stderr_line();
	cr_assert(holds(strstr(line, "messages") == NULL), "%s", line);
}

/* ---- sockets ------------------------------------------------------------- */

static void become_socket(int type, bool full, bool peer)
{
	int ends[2];

	if (socketpair(AF_UNIX, type, 0, ends) < 0 || dup2(ends[1], STDERR_FILENO) < 0)
		_exit(99);
	close(ends[1]);
	if (full)
		fill(STDERR_FILENO);
	/* Init closes it, main keeps it, and nobody reads it. */
	if (!peer)
		close(ends[0]);
}

static void full_socket(void)
{
	become_socket(SOCK_STREAM, true, true);
}

static void full_datagram_socket(void)
{
	become_socket(SOCK_DGRAM, true, true);
}

static void socket_without_peer(void)
{
	become_socket(SOCK_STREAM, false, false);
}

BOTH_MODES(e2e_messages, a_full_socket_changes_nothing)
{
	start_siglog(mode, full_socket);
	expect_unmoved();
}

BOTH_MODES(e2e_messages, a_full_datagram_socket_changes_nothing)
{
	start_siglog(mode, full_datagram_socket);
	expect_unmoved();
}

BOTH_MODES(e2e_messages, a_socket_without_a_peer_changes_nothing)
{
	start_siglog(mode, socket_without_peer);
	expect_unmoved();
}

/* The name of a socket in the abstract namespace, which leaves no file. */
static struct sockaddr_un_like {
	sa_family_t family;
	char name[32];
} address;

static void connect_stderr(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
	    dup2(fd, STDERR_FILENO) < 0)
		_exit(99);
}

/* A socket that keeps the limits of each write tells how many there were. */
BOTH_MODES(e2e_messages, each_message_is_one_write)
{
	char text[2048];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	address.family = AF_UNIX;
	memset(address.name, 0, sizeof address.name);
	snprintf(address.name + 1, sizeof address.name - 1, "pidone-test-%d", (int)getpid());
	cr_assert(zero(int, bind(fd, (struct sockaddr *)&address, sizeof address)));
	start_siglog(mode, connect_stderr);
	expect_forwarded(SIGUSR1);
	expect_forwarded(SIGTERM);
	cr_assert(eq(int, run_wait(&run), 0));
	int count = 0;
	for (;;) {
		ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
		if (n <= 0)
			break;
		text[n] = '\0';
		count++;
		cr_assert(holds(strncmp(text, "pidone: ", 8) == 0), "%s", text);
		cr_assert(holds(strchr(text, '\n') == text + n - 1), "%s", text);
	}
	/* The start, two signals, the end: at least these. */
	cr_assert(ge(int, count, 4));
	close(fd);
}

/* ---- files and devices --------------------------------------------------- */

static char file_path[4200];

static void stdout_and_stderr_to_file(void)
{
	int fd = open(file_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(99);
	close(fd);
}

/* How many lines of the file begin with `prefix`; -1 where one begins otherwise than with others.
 */
static int count_lines(const char *prefix, int *all)
{
	char line[4096];
	int count = 0;
	FILE *file = fopen(file_path, "re");

	*all = 0;
	while (file && fgets(line, sizeof line, file)) {
		++*all;
		count += strncmp(line, prefix, strlen(prefix)) == 0;
	}
	if (file)
		fclose(file);
	return count;
}

/* One open file, one position: what either writes comes after what the other wrote. */
BOTH_MODES(e2e_messages, a_file_that_main_writes_to_as_well_loses_nothing)
{
	enum { SIGNALS = 50 };
	int all, inits, mains, readies;

	char dir[4096];
	snprintf(dir, sizeof dir, "%s", scratch_make());
	snprintf(file_path, sizeof file_path, "%s/log", dir);
	run_start(&run, &(struct start){ .mode = mode,
					 .args = siglog_args(),
					 .before_exec = stdout_and_stderr_to_file });
	WAIT_FOR(count_lines("ready ", &all) == 1);
	for (int i = 1; i <= SIGNALS; i++) {
		kill(run.pid, i < SIGNALS ? SIGUSR1 : SIGTERM);
		WAIT_FOR(count_lines("signal ", &all) == i);
	}
	cr_assert(eq(int, run_wait(&run), 0));
	readies = count_lines("ready ", &all);
	mains = count_lines("signal ", &all);
	inits = count_lines("pidone: ", &all);
	cr_assert(eq(int, readies, 1));
	cr_assert(eq(int, mains, SIGNALS));
	cr_assert(ge(int, inits, SIGNALS));
	cr_assert(eq(int, all, readies + mains + inits));
	scratch_remove(dir);
}

/* Init's write brings it SIGXFSZ. */
static void stderr_to_file_without_room(void)
{
	int fd = open(file_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0 ||
	    setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, 0 }) < 0)
		_exit(99);
	close(fd);
}

BOTH_MODES(e2e_messages, a_file_at_its_size_limit_changes_nothing)
{
	char dir[4096];
	snprintf(dir, sizeof dir, "%s", scratch_make());
	snprintf(file_path, sizeof file_path, "%s/log", dir);
	start_siglog(mode, stderr_to_file_without_room);
	expect_unmoved();
	scratch_remove(dir);
}

static void stderr_to_full_device(void)
{
	int fd = open("/dev/full", O_WRONLY);

	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(99);
	close(fd);
}

BOTH_MODES(e2e_messages, a_full_device_changes_nothing)
{
	if (access("/dev/full", W_OK) < 0)
		cr_skip_test("needs /dev/full");
	start_siglog(mode, stderr_to_full_device);
	expect_unmoved();
}

/* ---- terminals ----------------------------------------------------------- */

static struct pty pty;

static void begin(void)
{
	pty_open(&pty);
}

static void end(void)
{
	end_run();
	pty_close(&pty);
}

TestSuite(e2e_messages_on_terminals, .init = begin, .fini = end, .timeout = 120);

/* ttylog logs beside the terminal: this goes on while nothing can be written to it. */
static void expect_unmoved_on_terminal(enum mode mode, bool no_proc, void (*stop)(void))
{
	run_start(&run,
		  &(struct start){ .mode = mode,
				   .args = (const char *[]){ "-vv", child_program("ttylog"), NULL },
				   .tty = pty.slave,
				   .no_proc = no_proc });
	pty.leader = run.pid;
	expect_line(&pty.log, "ready");
	stop();
	for (int i = 0; i < 100; i++) {
		kill(run.pid, SIGUSR1);
		expect_signal(&pty, SIGUSR1);
	}
	kill(run.pid, SIGTERM);
	expect_signal(&pty, SIGTERM);
	cr_assert(eq(int, run_wait(&run), 3));
}

static void ctrl_s(void)
{
	pty_type(&pty, "\023");
}

/* Nobody reads the master: what was written stays in the way. */
static void fill_terminal(void)
{
	fill(pty.slave);
}

BOTH_MODES(e2e_messages_on_terminals, a_terminal_stopped_by_ctrl_s_changes_nothing)
{
	expect_unmoved_on_terminal(mode, false, ctrl_s);
}

Test(e2e_messages_on_terminals, a_terminal_stopped_by_ctrl_s_changes_nothing_without_proc)
{
	NEED_ROOT();
	expect_unmoved_on_terminal(PID1, true, ctrl_s);
}

BOTH_MODES(e2e_messages_on_terminals, a_terminal_that_nobody_reads_changes_nothing)
{
	expect_unmoved_on_terminal(mode, false, fill_terminal);
}

Test(e2e_messages_on_terminals, a_terminal_that_nobody_reads_changes_nothing_without_proc)
{
	NEED_ROOT();
	expect_unmoved_on_terminal(PID1, true, fill_terminal);
}

/* ---- one line ------------------------------------------------------------ */

/* The lines on stderr of a start that fails. */
static int lines_of(const char *name, const char *const *args, int status)
{
	int lines = 0;

	run_start(&run, &(struct start){ .args = args, .name = name });
	cr_assert(eq(int, run_wait(&run), status));
	for (const char *text = read_stderr(&run); *text; text++) {
		lines += *text == '\n';
		cr_assert(holds(*text == '\n' || ((unsigned char)*text >= ' ' && *text != 0x7f)),
			  "character %d", *text);
	}
	run_close(&run);
	return lines;
}

Test(e2e_messages, control_characters_of_a_command_make_no_second_line)
{
	cr_assert(eq(int,
		     lines_of(NULL, (const char *[]){ "/no\nsuch\r\033[2Jthing\177", NULL }, 127),
		     1));
}

Test(e2e_messages, control_characters_of_the_name_make_no_second_line)
{
	cr_assert(eq(int, lines_of("pid\none\033", (const char *[]){ "/nonexistent", NULL }, 127),
		     1));
}

/* The line and its hint. */
Test(e2e_messages, control_characters_of_a_value_make_no_more_lines)
{
	int usual = lines_of(NULL, (const char *[]){ "-t", "x", "true", NULL }, 1);

	cr_assert(eq(int, lines_of(NULL, (const char *[]){ "-t", "x\ny\033", "true", NULL }, 1),
		     usual));
}

Test(e2e_messages, a_message_that_is_too_long_is_cut_to_one_line)
{
	static char name[4000];

	memset(name, 'x', sizeof name - 1);
	name[0] = '/';
	cr_assert(eq(int, lines_of(NULL, (const char *[]){ name, NULL }, 126), 1));
}
