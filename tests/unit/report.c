/* SPDX-License-Identifier: MIT */
/* report.c: the line of the post-mortem, and where it goes. */
#define _GNU_SOURCE
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char dir[256], file[512], cgroups[512];

static void make_dir(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof dir, "%s/pidone-unit-XXXXXX", tmp ? tmp : "/tmp");
	cr_assert(holds(mkdtemp(dir)));
	snprintf(file, sizeof file, "%s/report", dir);
	snprintf(cgroups, sizeof cgroups, "%s/cgroups", dir);
	message_verbosity(LEVEL_ERROR); /* no warnings among the results */
}

static void remove_dir(void)
{
	unlink(file);
	unlink(cgroups);
	rmdir(dir);
}

TestSuite(report, .timeout = 60, .init = make_dir, .fini = remove_dir);

static struct report fresh(void)
{
	return (struct report){ .fd = -1, .oom_fd = -1 };
}

/* write_report() as init would, whose main was `command`, pid 7, and ended like this. */
static void write_line(const struct report *report, const char *command, int wstatus, int status)
{
	char name[8192];
	char *argv[] = { name, NULL };
	const struct options options = { .command = argv };
	const struct init init = {
		.options = &options, .main_pid = 7, .wstatus = wstatus, .report = *report
	};

	snprintf(name, sizeof name, "%s", command);
	write_report(&init, status);
}

static char text[4096];

static const char *content(void)
{
	text[0] = '\0';
	cr_expect(ge(long, read_file(AT_FDCWD, file, text, sizeof text), 0L));
	return text;
}

/* The line of a report as pidone would write it for this end. */
static const char *line_of(const struct report *values, const char *command, int wstatus,
			   int status)
{
	struct report report = fresh();

	open_report(&report, file);
	cr_assert(gt(int, report.fd, 2));
	report.last_signal = values->last_signal;
	report.last_signal_from = values->last_signal_from;
	report.orphans = values->orphans;
	report.usage = values->usage;
	write_line(&report, command, wstatus, status);
	close(report.fd);
	return content();
}

/* True where `field` stands in the line by itself. */
static bool has(const char *line, const char *field)
{
	const char *at = strstr(line, field);
	size_t len = strlen(field);

	return at && at > line && at[-1] == ' ' && (at[len] == ' ' || at[len] == '\n');
}

#define EXPECT_FIELD(line, field) cr_expect(holds(has(line, field)), "no '%s' in '%s'", field, line)

/* ---- the line ------------------------------------------------------------------------ */

Test(report, the_fields_stand_in_the_order_of_the_contract)
{
	static const char *const keys[] = {
		"command=",    " pid=",	     " end=",	      " signal=",
		" exit=",      " uptime=",   " last_signal=", " last_signal_from=",
		" oom_kills=", " reaped=",   " left=",	      " user=",
		" system=",    " maxrss_kb="
	};
	struct report none = fresh();
	const char *line = line_of(&none, "java", SIGKILL, 137);
	const char *at = line;

	cr_expect(holds(strncmp(line, "pidone: command=java pid=7 ", 27) == 0), "%s", line);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const char *next = strstr(at, keys[i]);
		cr_assert(holds(next), "no '%s' behind the one before: %s", keys[i], line);
		at = next;
	}
	/* One line. */
	cr_expect(eq(str, strchr(line, '\n'), "\n"));
}

Test(report, an_exit_is_told_with_its_status)
{
	struct report none = fresh();
	const char *line = line_of(&none, "x", 7 << 8, 0);

	EXPECT_FIELD(line, "end=exit");
	EXPECT_FIELD(line, "status=7");
	EXPECT_FIELD(line, "exit=0");
	cr_expect(holds(!strstr(line, " signal=")), "%s", line);
}

Test(report, a_death_is_told_with_its_signal)
{
	struct report none = fresh();
	const char *line = line_of(&none, "x", SIGSEGV | 0x80, 139);

	EXPECT_FIELD(line, "end=signal");
	EXPECT_FIELD(line, "signal=SEGV");
	EXPECT_FIELD(line, "exit=139");
	line = line_of(&none, "x", 40, 168);
	EXPECT_FIELD(line, "signal=RTMIN+6");
}

Test(report, who_killed_main_is_told_where_it_was_init)
{
	struct options options = { .pause = true };
	struct init init = { .options = &options, .main_killed = true, .wstatus = SIGKILL };

	init.report = fresh();
	open_report(&init.report, file);
	write_report(&init, 137);
	EXPECT_FIELD(content(), "killed_by=init");
	/* It was faster, and dumped its core. */
	cr_assert(zero(int, truncate(file, 0)));
	init.wstatus = SIGSEGV;
	write_report(&init, 139);
	cr_expect(eq(ptr, strstr(content(), "killed_by"), NULL));
	close(init.report.fd);
}

Test(report, the_last_signal_and_the_counts_are_told)
{
	struct report report = { .last_signal = SIGTERM,
				 .last_signal_from = 0,
				 .orphans = 42,
				 .usage = { .ru_utime = { 812, 300999 },
					    .ru_stime = { 0, 5000 },
					    .ru_maxrss = 1843200 } };
	const char *line = line_of(&report, "x", 0, 0);

	EXPECT_FIELD(line, "last_signal=TERM");
	EXPECT_FIELD(line, "last_signal_from=0");
	EXPECT_FIELD(line, "reaped=42");
	EXPECT_FIELD(line, "user=812.300");
	EXPECT_FIELD(line, "system=0.005");
	EXPECT_FIELD(line, "maxrss_kb=1843200");
	EXPECT_FIELD(line, "left=0");
}

Test(report, what_is_not_known_is_a_dash)
{
	struct report report = fresh();

	open_report(&report, file);
	if (report.oom_fd >= 0)
		close(report.oom_fd);
	report.oom_fd = -1;
	write_line(&report, "x", 0, 0);
	close(report.fd);
	EXPECT_FIELD(content(), "oom_kills=-");
	EXPECT_FIELD(content(), "last_signal=-");
	EXPECT_FIELD(content(), "last_signal_from=-");
}

/* A report as at its end, whose file of the cgroup's events has this text. */
static const char *line_with_events(const char *events, long before)
{
	struct report report = fresh();
	FILE *oom = tmpfile();

	cr_assert(holds(oom));
	fputs(events, oom);
	fflush(oom);
	open_report(&report, file);
	if (report.oom_fd >= 0)
		close(report.oom_fd);
	report.oom_fd = fileno(oom);
	report.oom_kills_before = before;
	write_line(&report, "x", 0, 0);
	close(report.fd);
	fclose(oom);
	return content();
}

Test(report, oom_kills_are_those_since_the_start)
{
	EXPECT_FIELD(line_with_events("low 0\noom 9\noom_kill 8\n", 5), "oom_kills=3");
	EXPECT_FIELD(line_with_events("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n", 5),
		     "oom_kills=0");
}

/* Linux before 4.13. */
Test(report, oom_kills_are_unknown_where_the_kernel_does_not_count_them)
{
	EXPECT_FIELD(line_with_events("oom_kill_disable 0\nunder_oom 0\n", -1), "oom_kills=-");
	EXPECT_FIELD(line_with_events("", -1), "oom_kills=-");
}

Test(report, oom_kills_are_unknown_without_the_count_from_the_start)
{
	EXPECT_FIELD(line_with_events("oom_kill 5\n", -1), "oom_kills=-");
}

/* In the place of /proc/self/cgroup. */
static void be_in_cgroups(const char *list)
{
	FILE *made = fopen(cgroups, "we");

	cr_assert(holds(made));
	fputs(list, made);
	fclose(made);
	cr_assert(zero(int, unshare(CLONE_NEWNS)));
	cr_assert(zero(int, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)));
	cr_assert(zero(int, mount(cgroups, "/proc/self/cgroup", NULL, MS_BIND, NULL)));
}

static int oom_fd_in(const char *list)
{
	struct report report = fresh();

	be_in_cgroups(list);
	open_report(&report, file);
	close(report.fd);
	return report.oom_fd;
}

/* What does not fit is cut, in the middle of a line perhaps. */
Test(report, a_list_of_cgroups_without_an_end_has_no_oom_count)
{
	NEED_ROOT();
	cr_expect(eq(int, oom_fd_in("12:memory:/"), -1));
}

Test(report, a_list_of_cgroups_with_a_line_that_is_none_has_no_oom_count)
{
	NEED_ROOT();
	cr_expect(eq(int, oom_fd_in("what is this\n0::/\n"), -1));
}

Test(report, a_list_of_cgroups_without_memory_has_no_oom_count)
{
	NEED_ROOT();
	cr_expect(eq(int, oom_fd_in("3:pids:/\n2:cpu,cpuacct:/\n"), -1));
}

Test(report, milliseconds_have_three_digits)
{
	static const struct {
		struct timeval time;
		const char *field;
	} cases[] = {
		{ { 0, 0 }, "user=0.000" },	 { { 0, 999 }, "user=0.000" },
		{ { 0, 1000 }, "user=0.001" },	 { { 0, 99000 }, "user=0.099" },
		{ { 1, 100000 }, "user=1.100" }, { { 86400, 999999 }, "user=86400.999" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct report report = { .usage = { .ru_utime = cases[i].time } };
		EXPECT_FIELD(line_of(&report, "x", 0, 0), cases[i].field);
	}
}

Test(report, uptime_is_counted_from_the_start)
{
	struct report report = fresh();

	open_report(&report, file);
	report.started_ms = now_ms() - 11524120;
	write_line(&report, "x", 0, 0);
	close(report.fd);
	cr_expect(holds(strstr(content(), " uptime=11524.1")), "%s", text);
}

/* As logfmt does: quotes where a reader would go wrong without. */
Test(report, a_command_is_quoted_where_it_has_to_be)
{
	static const char *const cases[][2] = {
		{ "java", "command=java" },
		{ "/usr/bin/a-b_c.d,e:f", "command=/usr/bin/a-b_c.d,e:f" },
		{ "", "command=\"\"" },
		{ "my prog", "command=\"my prog\"" },
		{ "a=b", "command=\"a=b\"" },
		{ "say \"hi\"", "command=\"say \\\"hi\\\"\"" },
		{ "back\\slash", "command=\"back\\\\slash\"" },
		{ "tab\there", "command=\"tab?here\"" },
		{ "two\nlines", "command=\"two?lines\"" },
		{ "esc\033[31m", "command=esc?[31m" },
		{ "\xc3\xa9t\xc3\xa9", "command=\xc3\xa9t\xc3\xa9" },
	};
	struct report none = fresh();

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		EXPECT_FIELD(line_of(&none, cases[i][0], 0, 0), cases[i][1]);
}

/* The numbers matter more: a long name is cut, and its quote is closed. */
Test(report, a_very_long_command_leaves_room_for_the_rest)
{
	static char name[4000];
	struct report none = fresh();

	memset(name, 'n', sizeof name - 1);
	const char *line = line_of(&none, name, 0, 3);
	EXPECT_FIELD(line, "exit=3");
	cr_expect(holds(strstr(line, " maxrss_kb=0\n")), "%s", line);
	memset(name, '"', sizeof name - 1);
	line = line_of(&none, name, 0, 3);
	cr_expect(holds(strstr(line, "\\\"\" pid=7 ")), "%s", line);
	cr_expect(holds(strstr(line, " maxrss_kb=0\n")), "%s", line);
}

/* What a name may bring along: a terminal's escape sequences, half a character. */
Test(report, what_is_no_printable_utf_8_becomes_a_question_mark)
{
	static const struct {
		const char *value, *shown;
	} rows[] = {
		{ "abc", "k=abc" },
		{ "a b", "k=\"a b\"" },
		{ "a\033[2Jb", "k=a?[2Jb" },
		{ "a\nb=\"c", "k=\"a?b=\\\"c\"" },
		{ "\x7f\x80\xff", "k=???" },
		{ "gr\xc3\xbc\xc3\x9f", "k=gr\xc3\xbc\xc3\x9f" },
		{ "\xe2\x82\xac", "k=\xe2\x82\xac" },
		{ "\xf0\x9f\x90\x98", "k=\xf0\x9f\x90\x98" },
		{ "\xc2\x9b", "k=??" },		  /* a control character */
		{ "\xc0\xaf", "k=??" },		  /* a longer form of '/' */
		{ "\xe0\x80\xaf", "k=???" },	  /* a still longer one */
		{ "\xed\xa0\x80", "k=???" },	  /* a surrogate */
		{ "\xf4\x90\x80\x80", "k=????" }, /* beyond the last one */
		{ "\xf5\x80\x80\x80", "k=????" },
		{ "\xe2\x82", "k=??" }, /* cut */
		{ "\xc3x", "k=?x" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct text line = { .len = 0 };
		text_add_value(&line, "k", rows[i].value);
		cr_expect(eq(str, (char *)text_string(&line), (char *)rows[i].shown));
	}
}

/* ---- where it goes --------------------------------------------------------------------- */

Test(report, a_shorter_report_replaces_a_longer_one)
{
	struct report none = fresh();
	char first[sizeof text];

	snprintf(first, sizeof first, "%s", line_of(&none, "a-long-long-long-name", 0, 0));
	const char *second = line_of(&none, "b", 0, 0);
	cr_expect(eq(str, strchr(second, '\n'), "\n"));
	cr_expect(lt(sz, strlen(second), strlen(first)));
}

Test(report, opening_empties_an_earlier_report)
{
	struct report none = fresh(), report = fresh();

	line_of(&none, "earlier", 0, 0);
	open_report(&report, file);
	cr_expect(eq(str, (char *)content(), ""));
	close(report.fd);
}

Test(report, a_symbolic_link_is_not_followed)
{
	struct report report = fresh();
	char target[512];

	snprintf(target, sizeof target, "%s/target", dir);
	cr_assert(zero(int, symlink(target, file)));
	open_report(&report, file);
	cr_expect(eq(int, report.fd, -1));
	cr_expect(holds(access(target, F_OK) < 0));
}

/* With O_NONBLOCK there is nothing to wait for. */
Test(report, a_fifo_without_a_reader_is_a_failure)
{
	struct report report = fresh();

	cr_assert(zero(int, mkfifo(file, 0600)));
	open_report(&report, file);
	cr_expect(eq(int, report.fd, -1));
}

Test(report, a_fifo_with_a_reader_gets_the_line)
{
	struct report report = fresh();
	char line[4096];

	cr_assert(zero(int, mkfifo(file, 0600)));
	int reader = open(file, O_RDONLY | O_NONBLOCK);
	open_report(&report, file);
	cr_assert(gt(int, report.fd, 2));
	write_line(&report, "x", 0, 0);
	ssize_t n = read(reader, line, sizeof line - 1);
	cr_assert(gt(long, n, 0L));
	line[n] = '\0';
	EXPECT_FIELD(line, "command=x");
	close(reader);
	close(report.fd);
}

Test(report, a_file_that_cannot_be_opened_is_no_report)
{
	struct report report = fresh();

	open_report(&report, "/no/such/directory/report");
	cr_expect(eq(int, report.fd, -1));
	open_report(&report, dir);
	cr_expect(eq(int, report.fd, -1));
}

Test(report, a_dash_is_stderr)
{
	struct report report = fresh();

	open_report(&report, "-");
	cr_expect(eq(int, report.fd, STDERR_FILENO));
	open_report(&report, "/dev/stderr");
	cr_expect(eq(int, report.fd, STDERR_FILENO));
	open_report(&report, "/dev/stdout");
	cr_expect(eq(int, report.fd, STDOUT_FILENO));
}

Test(report, main_does_not_inherit_the_report)
{
	struct report report = fresh();

	open_report(&report, file);
	cr_expect(eq(int, fcntl(report.fd, F_GETFD), FD_CLOEXEC));
	if (report.oom_fd >= 0)
		cr_expect(eq(int, fcntl(report.oom_fd, F_GETFD), FD_CLOEXEC));
	close(report.fd);
}
