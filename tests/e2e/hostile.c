/* SPDX-License-Identifier: MIT */
/* What children, neighbours and surroundings can do to init: it stays, and so does its word. */
#define _GNU_SOURCE
#include "harness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct run run;

/* A test that failed half way leaves nothing behind either. */
static void clean_up(void)
{
	if (run.pid > 0)
		run_close(&run);
}

TestSuite(e2e_hostile, .timeout = 120, .fini = clean_up);

static void start(enum mode mode, const char *const *args, void (*before_exec)(void))
{
	run_start(&run, &(struct start){ .mode = mode, .args = args, .before_exec = before_exec });
}

/* "troublemaker HOW N" behind up to four options. */
static void start_main(enum mode mode, const char *const *options, const char *how, const char *n)
{
	const char *args[16];
	int count = 0;

	while (options && options[count]) {
		args[count] = options[count];
		count++;
	}
	args[count++] = child_program("troublemaker");
	args[count++] = how;
	args[count++] = n;
	args[count] = NULL;
	start(mode, args, NULL);
	expect_line(&run, "ready");
}

static void start_siglog(enum mode mode)
{
	start(mode, (const char *[]){ child_program("siglog"), NULL }, NULL);
	expect_line(&run, "ready");
}

/* Sends it to init; main has it when this returns. */
static void signal_arrives(int signo)
{
	char expected[32];

	cr_assert(zero(int, kill(run.pid, signo)));
	snprintf(expected, sizeof expected, "signal %d ", signo);
	expect_line(&run, expected);
}

/* siglog is well, and its end is the end. */
static void siglog_ends_well(void)
{
	signal_arrives(SIGUSR1);
	signal_arrives(SIGTERM);
	cr_expect(eq(int, run_wait(&run), 0));
	run_close(&run);
}

static void end_main(int status)
{
	close(run.in);
	run.in = -1;
	cr_expect(eq(int, run_wait(&run), status));
}

static pid_t fork_or_fail(void)
{
	pid_t pid = fork();

	if (pid < 0)
		cr_fatal("fork: %s", strerror(errno));
	return pid;
}

/* Waits for a helper of the test, whose work is done when it ends with 0. */
static void helper_ends_well(pid_t helper)
{
	int wstatus = -1;

	if (!pid_ended(helper, 60000))
		kill(helper, SIGKILL);
	cr_assert(eq(int, waitpid(helper, &wstatus, 0), helper));
	cr_assert(zero(int, wstatus));
}

/* ---- ptrace, stops ------------------------------------------------------------ */

BOTH_MODES(e2e_hostile, a_debugger_that_comes_and_goes_takes_no_signal_away)
{
	start_siglog(mode);
	for (int i = 0; i < 50; i++) {
		int wstatus;
		bool seize = i % 2;
		cr_assert(zero(long, ptrace(seize ? PTRACE_SEIZE : PTRACE_ATTACH, run.pid, 0, 0)));
		if (seize)
			cr_assert(zero(long, ptrace(PTRACE_INTERRUPT, run.pid, 0, 0)));
		cr_assert(eq(int, waitpid(run.pid, &wstatus, __WALL), run.pid));
		cr_assert(holds(WIFSTOPPED(wstatus)));
		/* One while it is held, one after. */
		cr_assert(zero(int, kill(run.pid, SIGUSR2)));
		cr_assert(zero(long, ptrace(PTRACE_DETACH, run.pid, 0, 0)));
		expect_line(&run, "signal 12 ");
		signal_arrives(SIGUSR1);
	}
	siglog_ends_well();
}

BOTH_MODES(e2e_hostile, a_debugger_that_dies_leaves_init_working)
{
	start_siglog(mode);
	for (int i = 0; i < 20; i++) {
		pid_t debugger = fork_or_fail();
		if (debugger == 0) {
			int wstatus;
			/* Ends while init is stopped for it. */
			_exit(ptrace(PTRACE_SEIZE, run.pid, 0, 0) < 0 ||
			      ptrace(PTRACE_INTERRUPT, run.pid, 0, 0) < 0 ||
			      waitpid(run.pid, &wstatus, __WALL) < 0);
		}
		helper_ends_well(debugger);
		signal_arrives(SIGUSR1);
	}
	siglog_ends_well();
}

BOTH_MODES(e2e_hostile, a_main_that_debugs_init_leaves_it_working)
{
	start_main(mode, NULL, "debugs", "40");
	cr_assert(wait_state(run.pid, "S"));
	cr_expect(eq(str, (char *)status_field(run.pid, "TracerPid"), "0"));
	end_main(7);
	run_close(&run);
}

BOTH_MODES(e2e_hostile, a_storm_of_stops_of_main_is_survived)
{
	start_siglog(mode);
	pid_t main_pid = only_child(run.pid);
	cr_assert(gt(int, main_pid, 0));
	for (int i = 0; i < 2000; i++) {
		cr_assert(zero(int, kill(main_pid, SIGSTOP)));
		cr_assert(zero(int, kill(main_pid, SIGCONT)));
	}
	siglog_ends_well();
}

BOTH_MODES(e2e_hostile, a_storm_of_stops_of_init_is_survived)
{
	start_siglog(mode);
	for (int i = 0; i < 2000; i++) {
		cr_assert(zero(int, kill(run.pid, SIGSTOP)));
		cr_assert(zero(int, kill(run.pid, SIGCONT)));
	}
	/* The last SIGCONT may be on its way still. */
	cr_assert(wait_state(run.pid, "SR"));
	siglog_ends_well();
}

BOTH_MODES(e2e_hostile, what_comes_while_init_is_stopped_is_done_when_it_goes_on)
{
	start(mode, (const char *[]){ child_program("siglog"), NULL }, NULL);
	expect_line(&run, "ready");
	cr_assert(zero(int, kill(run.pid, SIGSTOP)));
	cr_assert(wait_state(run.pid, "T"));
	cr_assert(zero(int, kill(run.pid, SIGUSR1)));
	cr_assert(zero(int, kill(run.pid, SIGRTMIN + 4)));
	cr_assert(zero(int, kill(run.pid, SIGCONT)));
	expect_line(&run, "signal 10 ");
	siglog_ends_well();
}

/* Its end comes while init cannot look. */
BOTH_MODES(e2e_hostile, the_status_of_a_main_that_ends_while_init_is_stopped_comes_out)
{
	start_main(mode, NULL, "plain", NULL);
	pid_t main_pid = only_child(run.pid);
	cr_assert(zero(int, kill(run.pid, SIGSTOP)));
	cr_assert(wait_state(run.pid, "T"));
	close(run.in);
	run.in = -1;
	cr_assert(wait_state(main_pid, "Z"));
	cr_assert(zero(int, kill(run.pid, SIGCONT)));
	cr_expect(eq(int, run_wait(&run), 7));
	run_close(&run);
}

/* ---- children ----------------------------------------------------------------- */

BOTH_MODES(e2e_hostile, a_drain_ends_those_who_ignore_everything)
{
	start_main(mode, (const char *[]){ "-t", "200ms", NULL }, "deaf", "50");
	end_main(7);
	/* All of them have closed stdout; as subreaper they would be the test's to find. */
	run_close(&run);
}

BOTH_MODES(e2e_hostile, a_drain_ends_those_of_another_user_too)
{
	NEED_ROOT();
	start(mode,
	      (const char *[]){ "-t", "200ms", child_program("troublemaker"), "deaf", "20", "20000",
				NULL },
	      NULL);
	expect_line(&run, "ready");
	WAIT_FOR(count_children(run.pid) == 21);
	end_main(7);
	/* Each is named before it is killed, and nothing else is said. */
	char *said = (char *)read_stderr(&run);
	int named = 0;
	for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n")) {
		cr_expect(holds(strncmp(line, "pidone: still there when the grace ended", 40) == 0),
			  "%s", line);
		cr_expect(holds(strstr(line, " name=troublemaker")), "%s", line);
		named++;
	}
	cr_expect(eq(int, named, 20));
	run_close(&run);
}

/* As PID 1 alone: /proc is no match for processes that last a millisecond each. */
Test(e2e_hostile, a_drain_finds_those_who_change_session_and_group)
{
	enum mode mode = PID1;

	NEED_ROOT();
	start_main(mode, (const char *[]){ "-t", "5s", NULL }, "restless", "20");
	end_main(7);
	run_close(&run);
}

/* The restless are children of a shell that then becomes main. */
Test(e2e_hostile, signals_reach_main_while_others_change_session_and_group)
{
	enum mode mode = PID1;

	NEED_ROOT();
	char line[9000];
	static char siglog[4096];

	snprintf(siglog, sizeof siglog, "%s", child_program("siglog"));
	snprintf(line, sizeof line, "%s restless 10 </dev/null >/dev/null & exec %s",
		 child_program("troublemaker"), siglog);
	start(mode, (const char *[]){ "-g", "-t", "5s", "sh", "-c", line, NULL }, NULL);
	expect_line(&run, "ready");
	WAIT_FOR(count_children(run.pid) > 1);
	for (int i = 0; i < 500; i++)
		signal_arrives(i % 2 ? SIGUSR1 : SIGUSR2);
	siglog_ends_well();
}

BOTH_MODES(e2e_hostile, ten_thousand_living_orphans_do_not_hide_the_dying)
{
	/* The drain ends them, where no namespace does. */
	start(mode,
	      (const char *[]){ "-t", "15s", child_program("troublemaker"), "crowd", "10000",
				NULL },
	      NULL);
	bool all = strcmp(expect_line(&run, "crowd"), "crowd 0") == 0;
	if (!all) {
		run_close(&run);
		cr_skip_test("10,000 processes more are too many here");
	}
	expect_line(&run, "ready");
	WAIT_FOR(count_zombies(run.pid) == 0);
	cr_expect(ge(int, count_children(run.pid), 10001));
	end_main(7);
	run_close(&run);
}

BOTH_MODES(e2e_hostile, a_main_that_executes_itself_again_and_again_ends_with_its_status)
{
	start_main(mode, NULL, "execs", "300");
	end_main(7);
	run_close(&run);
}

static void become_nobody(void)
{
	if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
		_exit(97);
}

/* The program gives its process rights that init does not have. */
BOTH_MODES(e2e_hostile, a_setuid_program_gets_its_signals)
{
	NEED_ROOT();
	const char *dir = scratch_make();
	char program[4200], copy[9000];

	snprintf(program, sizeof program, "%s/siglog", dir);
	snprintf(copy, sizeof copy, "cp '%s' '%s' && chmod 4755 '%s'", child_program("siglog"),
		 program, program);
	cr_assert(zero(int, system(copy)));
	start(mode, (const char *[]){ program, NULL }, become_nobody);
	expect_line(&run, "ready");
	bool other = strstr(status_field(only_child(run.pid), "Uid"), "\t0\t") != NULL;
	if (other) {
		siglog_ends_well();
	} else {
		run_close(&run);
	}
	scratch_remove(dir);
	if (!other)
		cr_skip_test("setuid programs have no effect where the tests put them");
}

/* ---- the log -------------------------------------------------------------------- */

BOTH_MODES(e2e_hostile, a_log_full_of_what_main_wrote_delays_nothing)
{
	start_main(mode, (const char *[]){ "-vvv", "-w", NULL }, "flood", NULL);
	/* Nobody reads stderr: each message of init finds it full. */
	for (int i = 0; i < 200; i++)
		cr_assert(zero(int, kill(run.pid, SIGURG)));
	end_main(7);
	run_close(&run);
}

BOTH_MODES(e2e_hostile, a_log_without_a_reader_delays_and_kills_nothing)
{
	start(mode, (const char *[]){ "-vvv", "-w", child_program("siglog"), NULL }, NULL);
	expect_line(&run, "ready");
	close(run.err);
	run.err = open("/dev/null", O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < 50; i++)
		signal_arrives(SIGUSR2);
	siglog_ends_well();
}

/* Its own descriptors are not init's. */
BOTH_MODES(e2e_hostile, a_main_that_closes_the_log_leaves_it_to_init)
{
	start(mode, (const char *[]){ "-v", "sh", "-c", "exec >&- 2>&-; read x; exit 7", NULL },
	      NULL);
	end_main(7);
	cr_expect(holds(strstr(read_stderr(&run), "pidone: main ended with status 7\n")));
	run_close(&run);
}

static void no_stderr(void)
{
	close(STDERR_FILENO);
}

BOTH_MODES(e2e_hostile, without_stderr_signals_and_status_come_through)
{
	start(mode, (const char *[]){ "-vvv", "-w", child_program("siglog"), NULL }, no_stderr);
	expect_line(&run, "ready");
	siglog_ends_well();
}

/* ---- storms --------------------------------------------------------------------- */

enum { SENDERS = 4, RATE = 50000 };

/* A second's worth for CI; STORM_SECONDS in the environment for more. */
static int storm_seconds(void)
{
	const char *seconds = getenv("STORM_SECONDS");

	return seconds ? atoi(seconds) : 2;
}

static void many_pending(void)
{
	struct rlimit limit = { .rlim_cur = 2000000, .rlim_max = 2000000 };

	setrlimit(RLIMIT_SIGPENDING, &limit);
}

/* Another user, who may signal anybody all the same. */
static bool become_user(uid_t uid)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setresuid(uid, uid, uid) < 0)
		return false;
	data[0].effective = data[0].permitted = 1U << CAP_KILL;
	return syscall(SYS_capset, &head, data) == 0;
}

/* Sends RATE / SENDERS a second of one realtime signal, values 0, 1, 2, ... _exits. */
static void send_storm(pid_t to, int signo, uid_t uid, int seconds, int result)
{
	long long begin = clock_ms(), now;
	long sent = 0;

	if (!become_user(uid))
		_exit(1);
	while ((now = clock_ms() - begin) < seconds * 1000LL) {
		/* The kernel keeps so many and no more, for init and main together. */
		int queued = 0, limit = 0;
		if (sscanf(status_field(to, "SigQ"), "%d/%d", &queued, &limit) == 2 &&
		    queued > limit / 2) {
			usleep(1000);
			continue;
		}
		for (int n = 0; n < 200 && sent < now * (RATE / SENDERS) / 1000; n++, sent++) {
			union sigval value = { .sival_int = (int)sent };
			if (sigqueue(to, signo, value) < 0)
				_exit(2);
		}
		usleep(1000);
	}
	_exit(write(result, &sent, sizeof sent) != sizeof sent);
}

/* Every one of them, with its value and its sender, whatever the kernel had to queue meanwhile. */
BOTH_MODES(e2e_hostile, fifty_thousand_signals_a_second_of_four_users_all_arrive)
{
	NEED_ROOT();
	long sent[SENDERS], total = 0, got = -1;
	int result[SENDERS][2], seconds = storm_seconds();
	pid_t senders[SENDERS];

	start(mode, (const char *[]){ child_program("troublemaker"), "count", NULL }, many_pending);
	expect_line(&run, "ready");
	for (int i = 0; i < SENDERS; i++) {
		cr_assert(zero(int, pipe(result[i])));
		senders[i] = fork_or_fail();
		if (senders[i] == 0)
			send_storm(run.pid, 40 + i, (uid_t)(20000 + i), seconds, result[i][1]);
	}
	for (int i = 0; i < SENDERS; i++) {
		helper_ends_well(senders[i]);
		cr_assert(eq(long, read(result[i][0], &sent[i], sizeof sent[i]), sizeof sent[i]));
		total += sent[i];
	}
	cr_assert(gt(long, total, seconds * 1000L));
	/* Main may have some before it still: asked until it has had all, or too many. */
	int matched = 0;
	for (long long end = clock_ms() + WAIT_MS; got < total && clock_ms() < end;) {
		const char *line;
		long before = got;
		matched = 0;
		cr_assert(eq(long, write(run.in, "?", 1), 1L));
		cr_assert(eq(int, sscanf(expect_line(&run, "total"), "total %ld", &got), 1));
		if (got > before) /* slow is not lost */
			end = clock_ms() + WAIT_MS;
		while (strcmp(line = read_line(&run), ".") != 0) {
			int signo, uid;
			long count, sum;
			if (sscanf(line, "signal %d uid %d count %ld sum %ld", &signo, &uid, &count,
				   &sum) != 4)
				continue;
			int i = signo - 40;
			matched += i >= 0 && i < SENDERS && uid == 20000 + i && count == sent[i] &&
				   sum == sent[i] * (sent[i] - 1) / 2;
		}
	}
	cr_expect(eq(long, got, total));
	cr_expect(eq(int, matched, SENDERS));
	end_main(7);
	run_close(&run);
}

/* Two equal stop signals may be one; these are none. */
BOTH_MODES(e2e_hostile, no_signal_sent_one_by_one_is_lost)
{
	static const int signals[] = {
		SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGQUIT, SIGABRT, SIGSEGV
	};
	enum { COUNT = sizeof signals / sizeof signals[0] };

	start_siglog(mode);
	for (int i = 0; i < 5000; i++)
		if (!is_emulators(signals[i % COUNT]))
			signal_arrives(signals[i % COUNT]);
	siglog_ends_well();
}

/* Whoever wins, main or the signal: the status is main's, and init is not hurt. */
BOTH_MODES(e2e_hostile, a_signal_in_the_instant_of_the_end_of_main_changes_nothing_else)
{
	int own = 0;

	for (int i = 0; i < 200; i++) {
		start_main(mode, i % 2 ? (const char *[]){ "-g", NULL } : NULL, "plain", NULL);
		close(run.in);
		run.in = -1;
		struct timespec delay = { .tv_nsec = i * 2000L };
		nanosleep(&delay, NULL);
		kill(run.pid, SIGTERM);
		int status = run_wait(&run);
		cr_assert(holds(status == 7 || status == 128 + SIGTERM), "try %d: status %d", i,
			  status);
		own += status == 7;
		run_close(&run);
	}
	/* Else the end was never met. */
	cr_expect(gt(int, own, 0));
}

/* ---- limits ---------------------------------------------------------------------- */

static void three_descriptors(void)
{
	struct rlimit limit = { .rlim_cur = 3, .rlim_max = 3 };

	setrlimit(RLIMIT_NOFILE, &limit);
}

BOTH_MODES(e2e_hostile, with_a_limit_of_three_descriptors_it_refuses_to_start)
{
	start(mode, (const char *[]){ child_program("troublemaker"), "plain", NULL },
	      three_descriptors);
	cr_expect(eq(int, run_wait(&run), 125));
	cr_expect(holds(strlen(read_stderr(&run)) > 0));
	run_close(&run);
}

static void small_stack(void)
{
	struct rlimit limit = { .rlim_cur = 32768, .rlim_max = 32768 };

	setrlimit(RLIMIT_STACK, &limit);
}

BOTH_MODES(e2e_hostile, works_on_a_stack_of_32_kb)
{
	const char *dir = scratch_make();
	char report[4200];

	snprintf(report, sizeof report, "%s/report", dir);
	start(mode,
	      (const char *[]){ "-vvv", "-w", "-t", "200ms", "-R", report,
				child_program("troublemaker"), "deaf", "3", NULL },
	      small_stack);
	expect_line(&run, "ready");
	end_main(7);
	cr_expect(zero(int, access(report, R_OK)));
	scratch_remove(dir);
	run_close(&run);
}

enum { ARGS = 100000, VARIABLES = 2000, VARIABLE_SIZE = 1049 };

static char **big_args, **big_env;

static void exec_big(void)
{
	struct rlimit limit = { .rlim_cur = 64 << 20, .rlim_max = RLIM_INFINITY };

	setrlimit(RLIMIT_STACK, &limit);
	execve(big_args[0], big_args, big_env);
}

static unsigned int sum(char **strings)
{
	unsigned int total = 5381;

	for (; *strings; strings++)
		for (const char *s = *strings; *s; s++)
			total = total * 33 + (unsigned char)*s;
	return total;
}

/* Six megabytes are what Linux takes at most. */
BOTH_MODES(e2e_hostile, two_megabytes_of_environment_and_100000_arguments_reach_main)
{
	char expected[128];
	static char text[16][8];

	big_args = calloc(ARGS + 4, sizeof *big_args);
	big_env = calloc(VARIABLES + 1, sizeof *big_env);
	big_args[0] = strdup(pidone_path());
	big_args[1] = strdup(child_program("troublemaker"));
	big_args[2] = "args";
	for (int i = 3; i < ARGS + 1; i++) {
		snprintf(text[i % 16], sizeof text[0], "a%d", i % 16);
		big_args[i] = text[i % 16];
	}
	for (int i = 0; i < VARIABLES; i++) {
		big_env[i] = malloc(VARIABLE_SIZE);
		memset(big_env[i], 'a' + i % 26, VARIABLE_SIZE - 1);
		big_env[i][VARIABLE_SIZE - 1] = '\0';
		char name[16];
		memcpy(big_env[i], name, (size_t)snprintf(name, sizeof name, "V%d=", i));
	}
	snprintf(expected, sizeof expected, "args %d %x env %d %x", ARGS, sum(big_args + 1),
		 VARIABLES, sum(big_env));
	start(mode, NULL, exec_big);
	cr_expect(eq(str, (char *)expect_line(&run, "args"), expected));
	expect_line(&run, "ready");
	end_main(7);
	run_close(&run);
}

/* ---- a fork bomb -------------------------------------------------------------------- */

static char cgroup[128], cgroup_procs[160];

static void enter_cgroup(void)
{
	int fd = open(cgroup_procs, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0", 1) != 1)
		_exit(97);
	close(fd);
}

static bool make_cgroup(const char *limit)
{
	char path[160];

	snprintf(cgroup, sizeof cgroup, "/sys/fs/cgroup/pids/pidone-hostile-%d", (int)getpid());
	snprintf(cgroup_procs, sizeof cgroup_procs, "%s/cgroup.procs", cgroup);
	snprintf(path, sizeof path, "%s/pids.max", cgroup);
	if (mkdir(cgroup, 0755) < 0)
		return false;
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool made = fd >= 0 && write(fd, limit, strlen(limit)) > 0;
	close(fd);
	if (!made)
		rmdir(cgroup);
	return made;
}

/* How many processes it has; kills them where asked to. */
static int in_cgroup(bool and_kill)
{
	FILE *file = fopen(cgroup_procs, "re");
	int pid, count = 0;

	while (file && fscanf(file, "%d", &pid) == 1) {
		count++;
		if (and_kill && pid > 1)
			kill(pid, SIGKILL);
	}
	if (file)
		fclose(file);
	return count;
}

static void remove_cgroup(void)
{
	for (int i = 0; i < 5000 && in_cgroup(true) > 0; i++)
		usleep(1000);
	rmdir(cgroup);
}

BOTH_MODES(e2e_hostile, a_fork_bomb_under_a_limit_is_drained)
{
	NEED_ROOT();
	if (!make_cgroup("150"))
		cr_skip_test("no pids cgroup of version 1 that can be written to");
	start(mode, (const char *[]){ "-t", "300ms", child_program("troublemaker"), "bomb", NULL },
	      enter_cgroup);
	expect_line(&run, "ready");
	WAIT_FOR(in_cgroup(false) >= 140);
	close(run.in);
	run.in = -1;
	bool ended = run_ended(&run, WAIT_MS);
	int status = ended ? run_wait(&run) : -1;
	/* Those it killed may be on their way out. */
	for (int i = 0; i < 2000 && in_cgroup(false) > 0; i++)
		usleep(1000);
	int left = in_cgroup(false);
	remove_cgroup();
	cr_expect(eq(int, status, 7));
	cr_expect(zero(int, left));
	run_close(&run);
}

BOTH_MODES(e2e_hostile, with_a_process_limit_of_one_it_refuses_to_start)
{
	NEED_ROOT();
	if (!make_cgroup("1"))
		cr_skip_test("no pids cgroup of version 1 that can be written to");
	start(mode, (const char *[]){ child_program("troublemaker"), "plain", NULL }, enter_cgroup);
	int status = run_wait(&run);
	remove_cgroup();
	cr_expect(eq(int, status, 125));
	cr_expect(holds(strlen(read_stderr(&run)) > 0));
	run_close(&run);
}
