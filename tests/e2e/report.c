/* SPDX-License-Identifier: MIT */
/* Contract 7, -R FILE: one line that tells how main ended, and why. */
#define _GNU_SOURCE
#include "tree.h"

#include <ctype.h>
#include <sys/resource.h>

static struct run run;
static char dir[64], file[96];

static void cleanup(void)
{
	char target[96];

	tree_cleanup();
	unlink(file);
	snprintf(target, sizeof target, "%s/target", dir);
	unlink(target);
	rmdir(dir);
}

static void setup(void)
{
	tree_setup();
	strcpy(dir, "/tmp/pidone-report-XXXXXX");
	if (!mkdtemp(dir))
		cr_fatal("%s: %s", dir, strerror(errno));
	atexit(cleanup); /* Criterion leaves .fini out for a skipped test */
	snprintf(file, sizeof file, "%s/report", dir);
}

TestSuite(e2e_report, .timeout = 60, .init = setup, .fini = cleanup);

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static const char *read_text(const char *path)
{
	static char text[8192];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

/* The report in `text`: one whole line. */
static const char *only_line(const char *text)
{
	const char *newline = strchr(text, '\n');

	cr_assert(strncmp(text, "pidone: command=", 16) == 0 && newline && newline[1] == '\0',
		  "no report: '%s'", text);
	return text;
}

static const char *report(void)
{
	return only_line(read_text(file));
}

/* The value of a key, up to the next blank; "" where there is none. */
static const char *value(const char *line, const char *key)
{
	static char found[8][64];
	static int turn;
	char *text = found[turn++ % 8], wanted[32];

	snprintf(wanted, sizeof wanted, " %s=", key);
	const char *at = strstr(line, wanted);
	snprintf(text, sizeof found[0], "%.*s", at ? (int)strcspn(at + strlen(wanted), " \n") : 0,
		 at ? at + strlen(wanted) : "");
	return text;
}

static void expect(const char *line, const char *key, const char *expected)
{
	cr_assert(strcmp(value(line, key), expected) == 0, "%s should be %s: %s", key, expected,
		  line);
}

static void expect_number(const char *line, const char *key, long expected)
{
	char text[32];

	snprintf(text, sizeof text, "%ld", expected);
	expect(line, key, text);
}

/* SECONDS.MILLISECONDS, as milliseconds. */
static long milliseconds(const char *line, const char *key)
{
	const char *text = value(line, key);
	long seconds;
	int ms, end = 0;

	cr_assert(sscanf(text, "%ld.%3d%n", &seconds, &ms, &end) == 2 && text[end] == '\0' &&
			  isdigit(text[0]) && strlen(strchr(text, '.')) == 4,
		  "%s is no time with three digits: %s", key, line);
	return seconds * 1000 + ms;
}

/* ---- the fields ---------------------------------------------------------- */

BOTH_MODES(e2e_report, it_tells_of_an_exit)
{
	const char *line, *program = child_program("tree");
	char expected[4200];

	tree_start_ready(&run, 1, mode, WORDS("-R", file), WORDS("hello", "read", "exit:3"));
	tree_go(&run);
	tree_end(&run, 3);
	line = report();
	snprintf(expected, sizeof expected, "pidone: command=%s ", program);
	cr_assert(strncmp(line, expected, strlen(expected)) == 0, "%s", line);
	expect_number(line, "pid", tree_pid("main"));
	expect(line, "end", "exit");
	expect(line, "status", "3");
	expect(line, "exit", "3");
	expect(line, "signal", "");
	expect(line, "last_signal", "-");
	expect(line, "last_signal_from", "-");
	expect(line, "reaped", "0");
	expect(line, "left", "0");
}

BOTH_MODES(e2e_report, it_tells_of_a_death_by_signal)
{
	tree_start_ready(&run, 1, mode, WORDS("-R", file), WORDS("plain"));
	kill(run.pid, SIGTERM);
	tree_end(&run, 143);
	expect(report(), "end", "signal");
	expect(report(), "signal", "TERM");
	expect(report(), "exit", "143");
	expect(report(), "status", "");
	tree_start(&run, mode, WORDS("-R", file), WORDS("die:37"));
	tree_end(&run, 128 + 37);
	expect(report(), "signal", "RTMIN+3");
}

BOTH_MODES(e2e_report, exit_is_what_pidone_exits_with)
{
	tree_start(&run, mode, WORDS("-e", "143,7", "-R", file), WORDS("die:15"));
	tree_end(&run, 0);
	expect(report(), "end", "signal");
	expect(report(), "signal", "TERM");
	expect(report(), "exit", "0");
	tree_start(&run, mode, WORDS("-e", "143,7", "-R", file), WORDS("exit:7"));
	tree_end(&run, 0);
	expect(report(), "status", "7");
	expect(report(), "exit", "0");
}

BOTH_MODES(e2e_report, it_tells_of_a_kill_by_deadline)
{
	tree_start_ready(&run, 1, mode, WORDS("-k", "0", "-R", file), WORDS("end:0", "serve"));
	kill(run.pid, SIGINT);
	tree_end(&run, 137);
	expect(report(), "signal", "KILL");
	expect(report(), "exit", "137");
	expect(report(), "killed_by", "init");
	expect(report(), "last_signal", "INT");
	/* Not where somebody else did it, or main ended in time. */
	tree_start(&run, mode, WORDS("-k", "1h", "-R", file), WORDS("die:9"));
	tree_end(&run, 137);
	expect(report(), "killed_by", "");
}

/* At least as long as main was seen to run, at most as long as init was. */
BOTH_MODES(e2e_report, uptime_is_how_long_it_ran)
{
	long long before = clock_ms(), ready, gone;

	tree_start_ready(&run, 1, mode, WORDS("-R", file), WORDS("hello", "read"));
	ready = clock_ms();
	usleep(50000);
	gone = clock_ms();
	tree_go(&run);
	tree_end(&run, 0);
	long uptime = milliseconds(report(), "uptime");
	cr_assert(ge(long, uptime, (long)(gone - ready)));
	cr_assert(le(long, uptime, (long)(clock_ms() - before) + 1));
}

/* The signal as it came, not as it was rewritten; a sender outside the namespace has no pid. */
BOTH_MODES(e2e_report, the_last_signal_and_a_sender_outside)
{
	tree_start_ready(&run, 1, mode, WORDS("-r", "HUP:QUIT", "-R", file),
			 WORDS("end:3", "serve"));
	tree_hears(&run, "main", SIGUSR1, SIGUSR1);
	kill(run.pid, SIGHUP);
	tree_end(&run, 0);
	expect(report(), "last_signal", "HUP");
	expect_number(report(), "last_signal_from", mode == PID1 ? 0 : getpid());
}

BOTH_MODES(e2e_report, the_last_signal_and_a_sender_inside)
{
	tree_start(
		&run, mode, WORDS("-R", file),
		WORDS("(", "name:sender", "hello", "read", "tell-init:10", ")", "end:10", "serve"));
	tree_ready(&run, 2);
	tree_hears(&run, "main", SIGHUP, SIGHUP);
	tree_go(&run);
	tree_end(&run, 0);
	expect(report(), "last_signal", "USR1");
	expect_number(report(), "last_signal_from", tree_pid("sender"));
}

/* -a, so that it is known how many there are to reap before the end. */
BOTH_MODES(e2e_report, reaped_are_the_orphans_not_main)
{
	tree_start_ready(&run, 2, mode, WORDS("-a", "-R", file),
			 WORDS("(", "(", "name:a", "serve", ")", ")", "(", "name:b", "status:1",
			       "serve", ")", "(", "exit:0", ")", "await"));
	/* b's end lets main go on; main reaps it and the third itself. a's parent was one of its
	 * own as well; a is the one that is init's. */
	kill(tree_outer_pid(&run, "b"), SIGTERM);
	tree_wait_alone(&run, "a");
	kill(run.pid, SIGTERM);
	tree_all(&run);
	tree_end(&run, 0);
	expect(report(), "reaped", "1");
	expect(report(), "last_signal", "TERM");
}

BOTH_MODES(e2e_report, left_are_those_alive_at_the_end)
{
	tree_start_ready(&run, 2, mode, WORDS("-R", file),
			 WORDS("(", "name:a", "end:12", "serve", ")", "(", "setsid", "(", "name:b",
			       "end:12", "serve", ")", ")", "(", "exit:0", ")", "read"));
	/* The one that made b a daemon, and the last one. */
	pid_t main_pid = atoi(status_field(tree_outer_pid(&run, "a"), "PPid"));
	WAIT_FOR(count_zombies(main_pid) == 2);
	tree_go(&run);
	tree_end(&run, 0);
	expect(report(), "left", "2");
	if (mode == SUBREAPER) {
		kill(tree_pid("a"), SIGUSR2);
		kill(tree_pid("b"), SIGUSR2);
	}
}

/* Its first thread has ended, which /proc calls a zombie; the process has not. */
BOTH_MODES(e2e_report, a_process_without_its_first_thread_is_left)
{
	tree_start_ready(&run, 1, mode, WORDS("-R", file),
			 WORDS("(", "name:a", "end:12", "leaderless", ")", "read"));
	pid_t a = tree_outer_pid(&run, "a");
	cr_assert(wait_state(a, "Z"));
	tree_go(&run);
	tree_end(&run, 0);
	expect(report(), "left", "1");
	if (mode == SUBREAPER)
		kill(a, SIGUSR2);
}

BOTH_MODES(e2e_report, none_is_left_after_a_drain)
{
	tree_start_ready(&run, 2, mode, WORDS("-t", "0", "-R", file),
			 WORDS("(", "name:a", "end:0", "serve", ")", "(", "setsid", "name:b",
			       "end:0", "serve", ")", "read"));
	tree_go(&run);
	tree_end(&run, 0);
	expect(report(), "left", "0");
	expect(report(), "reaped", "2");
}

Test(e2e_report, what_proc_would_tell_is_unknown_without_it)
{
	NEED_ROOT();
	tree_start_with(&run, (struct start){ .mode = PID1, .no_proc = true }, WORDS("-R", file),
			WORDS("exit:3"));
	tree_end(&run, 3);
	expect(report(), "left", "-");
	expect(report(), "oom_kills", "-");
	expect(report(), "exit", "3");
}

BOTH_MODES(e2e_report, resources_are_those_of_main)
{
	enum { MB = 24 };

	tree_start(&run, mode, WORDS("-R", file), WORDS("burn", "eat:24"));
	tree_end(&run, 0);
	/* burn's 60 ms, at least; no more than there were, but for how the kernel rounds. */
	long uptime = milliseconds(report(), "uptime"), user = milliseconds(report(), "user"),
	     system = milliseconds(report(), "system"), rss = atol(value(report(), "maxrss_kb"));
	cr_assert(user >= 60 && user + system <= uptime + 50, "%s", report());
	/* The kernel counts pages for each CPU on its own, and adds them up now and then. */
	cr_assert(rss >= (MB - 2) * 1024 && rss < (MB + 16) * 1024, "%s", report());
}

/* ---- the command ----------------------------------------------------------- */

static const char *report_of_missing(enum mode mode, const char *command, int status)
{
	cr_assert(eq(int,
		     run_status(&(struct start){ .mode = mode,
						 .args = WORDS("-R", file, "--", command) }),
		     status));
	return report();
}

BOTH_MODES(e2e_report, a_command_that_is_not_there_is_reported)
{
	const char *line = report_of_missing(mode, "/nonexistent/program", 127);

	expect(line, "exit", "127");
	expect(line, "end", "exit");
	expect(report_of_missing(mode, "/", 126), "exit", "126");
}

static void expect_command(const char *command, const char *shown)
{
	char expected[128];

	snprintf(expected, sizeof expected, "pidone: command=%s pid=", shown);
	const char *line = report_of_missing(SUBREAPER, command, 127);
	cr_assert(strncmp(line, expected, strlen(expected)) == 0, "expected '%s': %s", expected,
		  line);
}

Test(e2e_report, the_command_is_quoted_where_it_has_to_be)
{
	expect_command("/no/such-command_1.2", "/no/such-command_1.2");
	expect_command("/no/such command", "\"/no/such command\"");
	expect_command("/no/\"such\"", "\"/no/\\\"such\\\"\"");
	expect_command("/no/back\\slash", "\"/no/back\\\\slash\"");
	expect_command("/no/exit=0", "\"/no/exit=0\"");
	expect_command("/no/\tsuch\nline", "\"/no/?such?line\"");
	expect_command("", "\"\"");
}

Test(e2e_report, a_long_command_leaves_room_for_the_numbers)
{
	static char command[3000];

	/* Each of these has to be written as two. */
	memset(command, '"', sizeof command - 1);
	command[0] = '/';
	const char *line = report_of_missing(SUBREAPER, command, 126);
	expect(line, "exit", "126");
	cr_assert(strstr(line, " maxrss_kb=") != NULL, "%s", line);
}

/* ---- the file --------------------------------------------------------------- */

/* pidone -R PATH with a main that ends with 3: a report or not, main's end is the status. */
static const char *stderr_with(const char *path, void (*before_exec)(void))
{
	tree_start_with(&run, (struct start){ .mode = SUBREAPER, .before_exec = before_exec },
			WORDS("-R", path), WORDS("exit:3"));
	int status = run_wait(&run);
	const char *err = read_stderr(&run);
	cr_assert(eq(int, status, 3), "%s", err);
	run_close(&run);
	return err;
}

static void assert_warning(const char *path, void (*before_exec)(void))
{
	const char *err = stderr_with(path, before_exec), *newline = strchr(err, '\n');

	cr_assert(strncmp(err, "pidone: ", 8) == 0 && newline && newline[1] == '\0',
		  "expected one warning: '%s'", err);
}

BOTH_MODES(e2e_report, a_minus_is_stderr)
{
	tree_start(&run, mode, WORDS("-R", "-"), WORDS("exit:3"));
	cr_assert(eq(int, run_wait(&run), 3));
	expect(only_line(read_stderr(&run)), "exit", "3");
	run_close(&run);
}

Test(e2e_report, a_longer_file_is_replaced)
{
	static char old[3000];

	memset(old, 'x', sizeof old - 1);
	write_file(file, old);
	cr_assert(eq(str, (char *)stderr_with(file, NULL), ""));
	expect(report(), "exit", "3");
}

Test(e2e_report, a_new_file_is_for_all_to_read)
{
	struct stat st;

	umask(022);
	stderr_with(file, NULL);
	cr_assert(zero(int, stat(file, &st)));
	cr_assert(eq(int, (int)st.st_mode, S_IFREG | 0644));
}

static void go_to_dir(void)
{
	if (chdir(dir) < 0)
		_exit(99);
}

/* Init itself goes to /. */
Test(e2e_report, a_relative_file_is_where_pidone_was_started)
{
	cr_assert(eq(str, (char *)stderr_with("report", go_to_dir), ""));
	expect(report(), "exit", "3");
}

Test(e2e_report, a_symbolic_link_is_refused)
{
	char target[96];

	snprintf(target, sizeof target, "%s/target", dir);
	write_file(target, "as it was");
	cr_assert(zero(int, symlink(target, file)));
	assert_warning(file, NULL);
	cr_assert(eq(str, (char *)read_text(target), "as it was"));
	/* ... and a dangling one makes nothing. */
	unlink(target);
	assert_warning(file, NULL);
	cr_assert(ne(int, access(target, F_OK), 0));
}

Test(e2e_report, a_file_that_cannot_be_opened_is_a_warning)
{
	char missing[128];

	snprintf(missing, sizeof missing, "%s/missing/report", dir);
	assert_warning(missing, NULL);
	assert_warning(dir, NULL);
}

Test(e2e_report, a_fifo_without_a_reader_is_a_warning)
{
	cr_assert(zero(int, mkfifo(file, 0600)));
	assert_warning(file, NULL);
}

Test(e2e_report, a_fifo_with_a_reader_gets_the_line)
{
	char line[2048];

	cr_assert(zero(int, mkfifo(file, 0600)));
	int reader = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	cr_assert(eq(str, (char *)stderr_with(file, NULL), ""));
	ssize_t n = read(reader, line, sizeof line - 1);
	line[n < 0 ? 0 : n] = '\0';
	expect(only_line(line), "exit", "3");
	close(reader);
}

/* The one that would take the line is gone meanwhile: no SIGPIPE, no other status. */
Test(e2e_report, a_fifo_whose_reader_went_away_is_a_warning)
{
	cr_assert(zero(int, mkfifo(file, 0600)));
	int reader = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	tree_start_ready(&run, 1, SUBREAPER, WORDS("-R", file), WORDS("hello", "read", "exit:3"));
	close(reader);
	tree_go(&run);
	cr_assert(eq(int, run_wait(&run), 3));
	cr_assert(ne(str, (char *)read_stderr(&run), ""));
	run_close(&run);
}

Test(e2e_report, a_full_device_is_a_warning)
{
	assert_warning("/dev/full", NULL);
}

/* As Kubernetes does with /dev/termination-log: a file that has to stay the one it is. */
static void bind_target(unsigned long more)
{
	char target[96];

	tree_own_mounts();
	snprintf(target, sizeof target, "%s/target", dir);
	if (mount(target, file, NULL, MS_BIND, NULL) < 0 ||
	    (more && mount(NULL, file, NULL, MS_BIND | MS_REMOUNT | more, NULL) < 0))
		_exit(99);
}

static void bind_writable(void)
{
	bind_target(0);
}

static void bind_read_only(void)
{
	bind_target(MS_RDONLY);
}

static void make_bind_files(char target[96])
{
	static char old[3000];

	memset(old, 'x', sizeof old - 1);
	snprintf(target, 96, "%s/target", dir);
	write_file(target, old);
	write_file(file, "");
}

Test(e2e_report, a_mounted_file_is_written_in_place)
{
	struct stat before, after;
	char target[96];

	NEED_ROOT();
	make_bind_files(target);
	cr_assert(zero(int, stat(target, &before)));
	cr_assert(eq(str, (char *)stderr_with(file, bind_writable), ""));
	cr_assert(zero(int, stat(target, &after)));
	cr_assert(eq(long, (long)before.st_ino, (long)after.st_ino));
	expect(only_line(read_text(target)), "exit", "3");
	cr_assert(eq(str, (char *)read_text(file), ""), "the file below the mount was written");
}

Test(e2e_report, a_read_only_mounted_file_is_a_warning)
{
	char target[96];

	NEED_ROOT();
	make_bind_files(target);
	assert_warning(file, bind_read_only);
}

/* One that stayed would be taken for this run's, where init is killed. */
Test(e2e_report, an_old_report_is_gone_from_the_start)
{
	write_file(file, "old");
	tree_start_ready(&run, 1, SUBREAPER, WORDS("-R", file), WORDS("hello", "read"));
	cr_assert(eq(str, (char *)read_text(file), ""));
	tree_go(&run);
	tree_end(&run, 0);
	report();
}

/* As Kubernetes' termination log: main has a last word as well. */
Test(e2e_report, what_main_has_written_stays)
{
	char put[128];

	write_file(file, "old");
	snprintf(put, sizeof put, "put:%s:last words\n", file);
	tree_start(&run, SUBREAPER, WORDS("-R", file), WORDS(put));
	tree_end(&run, 0);
	const char *text = read_text(file);
	cr_assert(eq(int, strncmp(text, "last words\n", 11), 0), "%s", text);
	expect(only_line(text + 11), "exit", "0");
}

BOTH_MODES(e2e_report, dev_stderr_is_stderr)
{
	tree_start(&run, mode, WORDS("-R", "/dev/stderr"), WORDS("exit:3"));
	cr_assert(eq(int, run_wait(&run), 3));
	expect(only_line(read_stderr(&run)), "exit", "3");
	run_close(&run);
}

BOTH_MODES(e2e_report, dev_stdout_is_stdout)
{
	tree_start(&run, mode, WORDS("-R", "/dev/stdout"), WORDS("exit:3"));
	cr_assert(eq(int, run_wait(&run), 3));
	cr_assert(eq(str, (char *)read_stderr(&run), ""));
	expect(only_line(read_stdout(&run)), "exit", "3");
	run_close(&run);
}

static void small_files(void)
{
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 100, 100 });
}

/* What there was room for is written; the warning has the reason, not an older one. */
Test(e2e_report, a_short_write_names_its_own_error)
{
	const char *err = stderr_with(file, small_files);

	cr_assert(strstr(err, strerror(EFBIG)) != NULL, "%s", err);
	cr_assert(eq(sz, strlen(read_text(file)), 100));
}

/* ---- the OOM killer ------------------------------------------------------------- */

static bool limit_memory(bool version_2)
{
	if (version_2) {
		if (!tree_make_cgroup("", "memory.max"))
			return false;
		tree_cgroup_put("memory.swap.max", "0");
		return tree_cgroup_put("memory.max", "16777216");
	}
	if (!tree_make_cgroup("memory", "memory.oom_control"))
		return false;
	bool limited = tree_cgroup_put("memory.limit_in_bytes", "16777216");
	tree_cgroup_put("memory.memsw.limit_in_bytes", "16777216"); /* where swap is counted */
	return limited;
}

static void enter_cgroup(void)
{
	if (!tree_cgroup_put("cgroup.procs", "0"))
		_exit(99);
}

static void as_in_a_container(void)
{
	enter_cgroup();
	tree_own_mounts();
	if (mount(tree_cgroup, "/sys/fs/cgroup/memory", NULL, MS_BIND, NULL) < 0)
		_exit(99);
}

static void oom_kills_main(enum mode mode, void (*before_exec)(void))
{
	tree_start_with(&run, (struct start){ .mode = mode, .before_exec = before_exec },
			WORDS("-R", file), WORDS("eat:64"));
	tree_end(&run, 137);
	expect(report(), "end", "signal");
	expect(report(), "signal", "KILL");
	expect(report(), "exit", "137");
	expect(report(), "oom_kills", "1");
	expect(report(), "last_signal", "-");
}

/* Without -R it is a warning, in which nothing is known of before. */
static void oom_is_warned_of(enum mode mode)
{
	tree_start_with(&run, (struct start){ .mode = mode, .before_exec = enter_cgroup },
			WORDS("-c"), WORDS("eat:64"));
	cr_assert(eq(int, run_wait(&run), 137));
	const char *err = read_stderr(&run);
	cr_assert(strstr(err, "SIGKILL") && strstr(err, "OOM killer has struck "), "%s", err);
	run_close(&run);
}

static void oom_kills_another(enum mode mode)
{
	tree_start_with(&run, (struct start){ .mode = mode, .before_exec = enter_cgroup },
			WORDS("-R", file),
			WORDS("(", "name:child", "eat:64", ")", "await", "exit:0"));
	tree_end(&run, 0);
	expect(report(), "end", "exit");
	expect(report(), "status", "0");
	expect(report(), "oom_kills", "1");
}

static void nobody_is_killed(enum mode mode)
{
	tree_start_with(&run, (struct start){ .mode = mode, .before_exec = enter_cgroup },
			WORDS("-R", file), WORDS("die:9"));
	tree_end(&run, 137);
	expect(report(), "signal", "KILL");
	expect(report(), "oom_kills", "0");
}

#define NEED_MEMORY_CGROUP(version_2)                                                              \
	do {                                                                                       \
		NEED_ROOT();                                                                       \
		if (!limit_memory(version_2))                                                      \
			cr_skip_test("no memory controller of cgroup version %d here",             \
				     (version_2) + 1);                                             \
	} while (0)

/* The killer's earlier work in the same cgroup is not this run's. */
static void tells_oom_kills(enum mode mode, bool version_2)
{
	NEED_MEMORY_CGROUP(version_2);
	oom_kills_main(mode, enter_cgroup);
	oom_is_warned_of(mode);
	oom_kills_another(mode);
	nobody_is_killed(mode);
}

BOTH_MODES(e2e_report, oom_kills_are_told_from_others_with_cgroup_1)
{
	tells_oom_kills(mode, false);
}

BOTH_MODES(e2e_report, oom_kills_are_told_from_others_with_cgroup_2)
{
	tells_oom_kills(mode, true);
}

/* The mount shows just this cgroup, /proc names its whole path. */
Test(e2e_report, oom_kills_are_told_where_the_mount_is_the_containers)
{
	NEED_MEMORY_CGROUP(false);
	oom_kills_main(PID1, as_in_a_container);
}

static void no_cgroups(void)
{
	tree_own_mounts();
	if (mount("none", "/sys/fs/cgroup", "tmpfs", 0, NULL) < 0)
		_exit(99);
}

static void plain_events(void)
{
	no_cgroups();
	int fd = open("/sys/fs/cgroup/memory.events", O_WRONLY | O_CREAT, 0644);
	static const char events[] = "low 0\nhigh 0\nmax 41\noom 7\noom_kill 5\noom_group_kill 0\n";
	if (fd < 0 || write(fd, events, sizeof events - 1) < 0)
		_exit(99);
	close(fd);
}

Test(e2e_report, oom_kills_are_unknown_without_cgroups)
{
	NEED_ROOT();
	cr_assert(eq(str, (char *)stderr_with(file, no_cgroups), ""));
	expect(report(), "oom_kills", "-");
}

/*
 * A plain file with the text of version 2, for machines whose memory controller is the other one.
 * Main writes what the kernel would.
 */
Test(e2e_report, memory_events_of_version_2_are_counted)
{
	NEED_ROOT();
	if (!strstr(read_text("/proc/self/cgroup"), "0::"))
		cr_skip_test("the kernel has no cgroup version 2");
	tree_start_with(&run, (struct start){ .mode = PID1, .before_exec = plain_events },
			WORDS("-R", file),
			WORDS("put:/sys/fs/cgroup/memory.events:low 0\nhigh 0\nmax 99\noom 12\n"
			      "oom_kill 8\noom_group_kill 1\n"));
	tree_end(&run, 0);
	expect(report(), "oom_kills", "3");
}

/* As under Kubernetes with systemd and cgroup version 1: the one that counts may be the last. */
static void many_long_cgroups(void)
{
	char list[13 * 220], path[32];
	size_t len = 0;

	for (int id = 13; id > 1; id--)
		len += (size_t)sprintf(list + len, "%d:c%d:/kubepods.slice/%0190d\n", id, id, id);
	strcpy(list + len, "0::/\n");
	plain_events();
	write_file("/sys/fs/cgroup/list", list);
	snprintf(path, sizeof path, "/proc/%d/cgroup", (int)getpid());
	if (mount("/sys/fs/cgroup/list", path, NULL, MS_BIND, NULL) < 0)
		_exit(99);
}

Test(e2e_report, oom_kills_are_told_where_the_list_of_cgroups_is_long)
{
	NEED_ROOT();
	tree_start_with(&run, (struct start){ .mode = PID1, .before_exec = many_long_cgroups },
			WORDS("-R", file), WORDS("put:/sys/fs/cgroup/memory.events:oom_kill 6\n"));
	tree_end(&run, 0);
	expect(report(), "oom_kills", "1");
}
