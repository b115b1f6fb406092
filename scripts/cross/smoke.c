/* SPDX-License-Identifier: MIT */
/*
 * What has to work on every machine, also under an emulator (EMULATED in the environment): one test
 * for each part of the loop and for what differs between machines (the width of long and of time,
 * the order of bytes, the size of the signal mask). Children are programs of this machine.
 */
#define _GNU_SOURCE
#include "harness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(smoke, .timeout = 120);

#define ARGS(...) ((const char *[]){ __VA_ARGS__, NULL })
#define SHELL(script) "--", "/bin/sh", "-c", script

static int status_of(enum mode mode, const char *const *args)
{
	return run_status(&(struct start){ .mode = mode, .args = args });
}

Test(smoke, status_is_mains)
{
	cr_assert(eq(int, status_of(SUBREAPER, ARGS(SHELL("exit 7"))), 7));
	cr_assert(eq(int, status_of(SUBREAPER, ARGS(SHELL("kill -KILL $$"))), 128 + SIGKILL));
	cr_assert(eq(int, status_of(SUBREAPER, ARGS("--", "/no/such/program")), 127));
	cr_assert(eq(int, status_of(SUBREAPER, ARGS("--", "/etc/passwd")), 126));
	cr_assert(eq(int, status_of(SUBREAPER, ARGS("-e", "40-50", SHELL("exit 43"))), 0));
}

Test(smoke, status_is_mains_as_pid_1)
{
	NEED_ROOT();
	cr_assert(eq(int, status_of(PID1, ARGS(SHELL("[ $PPID = 1 ] && exit 7"))), 7));
}

Test(smoke, usage_errors_exit_1)
{
	cr_assert(eq(int, status_of(SUBREAPER, ARGS("-t", "soon", SHELL("exit 7"))), 1));
	cr_assert(eq(int, status_of(SUBREAPER, ARGS("-t")), 1));
	cr_assert(eq(int, status_of(SUBREAPER, ARGS("-k", "99999999999h", SHELL("exit 7"))), 1));
}

static void output_begins(const char *name, const char *option, const char *text)
{
	static struct run run;

	run_start(&run, &(struct start){ .name = name, .args = ARGS(option) });
	const char *line = read_line(&run);
	cr_assert(zero(int, strncmp(line, text, strlen(text))), "%s %s says '%s'", name, option,
		  line);
	cr_assert(zero(int, run_wait(&run)));
	run_close(&run);
}

Test(smoke, help_and_version_by_name)
{
	output_begins("pidone", "--help", "Run COMMAND ");
	output_begins("pidone", "--version", "pidone version " PIDONE_VERSION);
	output_begins("/sbin/docker-init", "--version", "tini version " PIDONE_VERSION);
}

static void signals_reach_main(enum mode mode, const char *option)
{
	static struct run run;
	char expected[32];

	run_start(&run,
		  &(struct start){ .mode = mode,
				   .args = ARGS(option, "--", child_program("siglog"), "31") });
	expect_line(&run, "ready");
	for (int signo = 64; signo > 0; signo--) {
		if (signo == SIGKILL || signo == SIGSTOP || signo == SIGCHLD || signo == 31 ||
		    is_emulators(signo))
			continue;
		cr_assert(zero(int, kill(run.pid, signo)));
		snprintf(expected, sizeof expected, "signal %d code ", signo);
		expect_line(&run, expected);
	}
	cr_assert(zero(int, kill(run.pid, 31)));
	cr_assert(zero(int, run_wait(&run)));
	run_close(&run);
}

Test(smoke, signals_reach_main)
{
	signals_reach_main(SUBREAPER, "-c");
}

Test(smoke, signals_reach_main_as_pid_1)
{
	NEED_ROOT();
	signals_reach_main(PID1, "-c");
}

Test(smoke, signals_reach_mains_group)
{
	signals_reach_main(SUBREAPER, "-g");
}

Test(smoke, rewritten_signal_reaches_main)
{
	static struct run run;

	char number[16], expected[32];

	snprintf(number, sizeof number, "%d", SIGUSR1);
	run_start(&run, &(struct start){ .args = ARGS("-r", "TERM:USR1", "--",
						      child_program("siglog"), number) });
	expect_line(&run, "ready");
	cr_assert(zero(int, kill(run.pid, SIGTERM)));
	snprintf(expected, sizeof expected, "signal %d ", SIGUSR1);
	expect_line(&run, expected);
	cr_assert(zero(int, run_wait(&run)));
	run_close(&run);
}

/* The value is a pointer's or an int's bits, wherever in the union a machine has them. */
Test(smoke, queued_value_reaches_main)
{
	static struct run run;
	char expected[64];

	run_start(&run, &(struct start){ .args = ARGS("--", child_program("siglog"), "15") });
	expect_line(&run, "ready");
	cr_assert(zero(int, sigqueue(run.pid, SIGTERM, (union sigval){ .sival_int = 0x12345 })));
	snprintf(expected, sizeof expected, "signal 15 code -1 pid %d uid %d value %d", getpid(),
		 getuid(), 0x12345);
	expect_line(&run, expected);
	cr_assert(zero(int, run_wait(&run)));
	run_close(&run);
}

static unsigned long long bit(int signo)
{
	return 1ULL << (signo - 1);
}

static void prepare_signals(void)
{
	set_raw_mask(bit(SIGUSR1) | bit(SIGSYS), 0);
	signal(SIGUSR2, SIG_IGN);
}

static void main_says(const char *field, unsigned long long mask)
{
	static struct run run;
	char pattern[32], text[64];

	snprintf(pattern, sizeof pattern, "^%s", field);
	snprintf(text, sizeof text, "%s:\t" MASK("0000000000000000", "%016llx"), field, mask);

	run_start(&run,
		  &(struct start){ .args = ARGS("--", "/bin/grep", pattern, "/proc/self/status"),
				   .before_exec = prepare_signals });
	cr_assert(eq(str, (char *)read_line(&run), text));
	cr_assert(zero(int, run_wait(&run)));
	run_close(&run);
}

Test(smoke, main_has_the_inherited_mask)
{
	main_says("SigBlk", bit(SIGUSR1) | bit(SIGSYS));
}

Test(smoke, main_has_the_inherited_ignored_signals)
{
	main_says("SigIgn", bit(SIGUSR2));
}

Test(smoke, init_blocks_every_signal)
{
	static struct run run;

	run_start(&run, &(struct start){ .args = ARGS("--", child_program("siglog")) });
	expect_line(&run, "ready");
	cr_assert(eq(str, (char *)status_field(run.pid, "SigBlk"), FULL_MASK));
	run_close(&run);
}

/* kill -0 finds a process until it is reaped, so this main ends only if all of them are. */
#define ORPHANS                                                                                    \
	"n=0; while [ $n -lt 30 ]; do n=$((n + 1)); p=$( (true >/dev/null & echo $!) );"           \
	"while kill -0 $p 2>/dev/null; do :; done; done; exit 3"

Test(smoke, orphans_are_reaped_as_pid_1)
{
	NEED_ROOT();
	cr_assert(eq(int, status_of(PID1, ARGS(SHELL(ORPHANS))), 3));
}

Test(smoke, orphans_are_reaped_as_subreaper)
{
	cr_assert(eq(int, status_of(SUBREAPER, ARGS("-s", SHELL(ORPHANS))), 3));
}

/* A daemon that needs its SIGTERM to finish; main ends once it is ready for it. */
#define DAEMON                                                                                     \
	"(trap 'echo finished; exit' TERM; echo up; while :; do sleep 0.01; done) &"               \
	"read go; exit 5"

static void rest_is_drained(enum mode mode)
{
	static struct run run;

	run_start(&run, &(struct start){ .mode = mode, .args = ARGS("-t", "20s", SHELL(DAEMON)) });
	expect_line(&run, "up");
	cr_assert(eq(sz, (size_t)write(run.in, "go\n", 3), 3));
	expect_line(&run, "finished");
	cr_assert(eq(int, run_wait(&run), 5));
	run_close(&run);
}

Test(smoke, rest_is_drained_as_pid_1)
{
	NEED_ROOT();
	rest_is_drained(PID1);
}

Test(smoke, rest_is_drained_as_subreaper)
{
	rest_is_drained(SUBREAPER);
}

#define STUBBORN "(trap '' TERM; echo up; while :; do sleep 0.01; done) & read go; exit 5"

Test(smoke, drain_ends_at_its_deadline)
{
	static struct run run;

	NEED_ROOT();
	run_start(&run,
		  &(struct start){ .mode = PID1, .args = ARGS("-t", "0.2", SHELL(STUBBORN)) });
	expect_line(&run, "up");
	cr_assert(eq(sz, (size_t)write(run.in, "go\n", 3), 3));
	cr_assert(eq(int, run_wait(&run), 5));
	run_close(&run);
}

Test(smoke, wait_all_waits_for_the_rest)
{
	static struct run run;

	NEED_ROOT();
	run_start(&run,
		  &(struct start){
			  .mode = PID1,
			  .args = ARGS("-a",
				       SHELL("exec 3<&0; (read go <&3; echo last) & exit 5")) });
	cr_assert(not(run_ended(&run, 200)));
	cr_assert(eq(sz, (size_t)write(run.in, "go\n", 3), 3));
	expect_line(&run, "last");
	cr_assert(eq(int, run_wait(&run), 5));
	run_close(&run);
}

Test(smoke, main_is_killed_after_a_stop_signal)
{
	static struct run run;

	run_start(&run, &(struct start){
				.args = ARGS("-k", "200ms", "--", child_program("siglog"), "64") });
	expect_line(&run, "ready");
	cr_assert(zero(int, kill(run.pid, SIGINT)));
	cr_assert(eq(int, run_wait(&run), 128 + SIGKILL));
	run_close(&run);
}

Test(smoke, pause_ends_with_0_at_a_stop_signal)
{
	static struct run run;

	NEED_ROOT();
	run_start(&run, &(struct start){ .mode = PID1, .args = ARGS("-P") });
	/* Blocked, and asleep: an emulator that is hit before ends itself, which PID 1 cannot. */
	WAIT_FOR(strtoull(status_field(run.pid, "SigBlk"), NULL, 16) >> (SIGTERM - 1) & 1 &&
		 process_state(run.pid) == 'S' && !run_ended(&run, 100));
	cr_assert(zero(int, kill(run.pid, SIGTERM)));
	cr_assert(zero(int, run_wait(&run)));
	run_close(&run);
}

Test(smoke, environment_names_main)
{
	NEED_ROOT();
	cr_assert(zero(int,
		       run_status(&(struct start){
			       .mode = PID1,
			       .env = (const char *[]){ "LISTEN_PID=1", "OTHER=1", NULL },
			       .args = ARGS(SHELL("[ $LISTEN_PID = $$ ] && [ $OTHER = 1 ]")) })));
}

Test(smoke, report_has_mains_figures)
{
	static struct run run;
	double uptime = -1, user = -1;
	long maxrss = -1;

	run_start(&run, &(struct start){ .args = ARGS("-R", "-", SHELL("exit 7")) });
	cr_assert(eq(int, run_wait(&run), 7));
	const char *line = strstr(read_stderr(&run), "pidone: command=/bin/sh pid=");
	run_close(&run);
	cr_assert(ne(ptr, (void *)line, NULL));
	cr_assert(ne(ptr, strstr(line, " end=exit status=7 exit=7 "), NULL));
	const char *field = strstr(line, "uptime=");
	cr_assert(eq(int, field ? sscanf(field, "uptime=%lf", &uptime) : 0, 1));
	field = strstr(line, "user=");
	cr_assert(eq(int, field ? sscanf(field, "user=%lf", &user) : 0, 1));
	field = strstr(line, "maxrss_kb=");
	cr_assert(eq(int, field ? sscanf(field, "maxrss_kb=%ld", &maxrss) : 0, 1));
	/* Wild where a structure has another layout than the program believes. */
	cr_assert(uptime >= 0 && uptime < 3600, "uptime %f", uptime);
	cr_assert(user >= 0 && user < 3600, "user %f", user);
	cr_assert(maxrss > 100 && maxrss < 100000, "maxrss %ld", maxrss);
}
