/* SPDX-License-Identifier: MIT */
/* Contract 5, reaping: whoever it is, no zombie stays, and nothing takes init off its way. */
#define _GNU_SOURCE
#include "harness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(e2e_reaping, .timeout = 90);

static struct run run;

static void start(enum mode mode, const char *const *args, void (*before_exec)(void))
{
	run_start(&run, &(struct start){ .mode = mode, .args = args, .before_exec = before_exec });
}

/* Lets main end by closing its stdin. Returns init's status. */
static int end_main(void)
{
	close(run.in);
	run.in = -1;
	return run_wait(&run);
}

/* All is well if the status is `status`. */
static void finish(int status)
{
	cr_expect(eq(int, end_main(), status));
	run_close(&run);
}

/* Main is alive and well, and all others that init had are gone. While init reaps, the kernel's
 * list of its children may lack some (proc(5)): so it is asked for zombies until there is none. */
static void only_main_is_left(void)
{
	WAIT_FOR(count_children(run.pid) == 1 && count_zombies(run.pid) == 0);
}

/* ---- orphans ----------------------------------------------------------------- */

BOTH_MODES(e2e_reaping, ten_thousand_orphans_leave_no_zombie)
{
	start(mode, (const char *[]){ child_program("orphans"), "10000", NULL }, NULL);
	expect_line(&run, "done");
	only_main_is_left();
	finish(0);
}

/* Stops init, lets `orphans` die that hold, beside `living` children: there is one SIGCHLD for all.
 */
static void let_die_while_init_is_stopped(int orphans, int living)
{
	expect_line(&run, "held");
	WAIT_FOR(count_children(run.pid) == orphans + living);
	cr_assert(zero(int, kill(run.pid, SIGSTOP)));
	cr_assert(wait_state(run.pid, "T"));
	cr_assert(eq(long, write(run.in, "\n", 1), 1L));
	expect_line(&run, "done");
	WAIT_FOR(count_zombies(run.pid) == orphans);
}

/* Where a walk over all children takes long, init reaps whom a SIGCHLD names, and owes the walk. */
static void leave_orphans_among_thousands(enum mode mode, void (*before_exec)(void))
{
	enum { LASTING = 3000 };

	start(mode, (const char *[]){ child_program("orphans"), "1000", "among", "3000", NULL },
	      before_exec);
	/* One SIGCHLD for the last ten: nine have to be found. */
	let_die_while_init_is_stopped(10, 1 + LASTING);
	cr_assert(zero(int, kill(run.pid, SIGCONT)));
	WAIT_FOR(count_children(run.pid) == 1 + LASTING);
	cr_expect(zero(int, count_zombies(run.pid)));
	finish(0);
}

BOTH_MODES(e2e_reaping, no_zombie_stays_among_thousands_that_live)
{
	leave_orphans_among_thousands(mode, NULL);
}

static void refuse_timers(void)
{
	if (setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){ 0, 0 }) < 0)
		_exit(97);
}

BOTH_MODES(e2e_reaping, no_zombie_stays_among_them_without_a_timer)
{
	leave_orphans_among_thousands(mode, refuse_timers);
}

/* The kernel keeps one SIGCHLD for all of them. */
BOTH_MODES(e2e_reaping, one_sigchld_for_many_is_enough)
{
	start(mode, (const char *[]){ child_program("orphans"), "500", "hold", NULL }, NULL);
	let_die_while_init_is_stopped(500, 1);
	cr_assert(zero(int, kill(run.pid, SIGCONT)));
	only_main_is_left();
	finish(0);
}

/*
 * Where zombies come faster than they are reaped, a signal or a deadline would wait for ever. One
 * more signal than init reads at once, so that the last one waits behind the reaping.
 */
BOTH_MODES(e2e_reaping, a_signal_does_not_wait_for_the_last_of_many_zombies)
{
	static const int dropped[] = { SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGTERM };

	start(mode,
	      (const char *[]){ "-vv", "-r", "HUP:0", "-r", "INT:0", "-r", "USR1:0", "-r", "USR2:0",
				"-r", "TERM:0", child_program("orphans"), "500", "hold", NULL },
	      NULL);
	let_die_while_init_is_stopped(500, 1);
	for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++)
		cr_assert(zero(int, kill(run.pid, dropped[i])));
	cr_assert(zero(int, kill(run.pid, SIGCONT)));
	only_main_is_left();
	cr_expect(zero(int, end_main()));
	const char *term = strstr(read_stderr(&run), "signal TERM");
	cr_expect(holds(term && strstr(term, "Reaped zombie")));
	run_close(&run);
}

/* As tini's line begins, since scripts look for it; then how the orphan ended. */
BOTH_MODES(e2e_reaping, w_says_in_the_words_of_tini_who_was_reaped_and_how_it_ended)
{
	static const char *const ends[][2] = { { "exit 3", "status=3" },
					       { "kill -USR1 $$", "signal=USR1" } };
	char script[256], line[128];

	for (int i = 0; i < 2; i++) {
		/* It is an orphan when the line is there, as the process between has ended.
		 * It ends after that: dash would reap it. */
		snprintf(script, sizeof script,
			 "exec 3<&0; orphan=$(sh -c 'read go; %s' <&3 >&- & echo $!); echo $orphan;"
			 "while kill -0 $orphan; do :; done 2>/dev/null; exit 5",
			 ends[i][0]);
		start(mode, (const char *[]){ "-w", "sh", "-c", script, NULL }, NULL);
		snprintf(line, sizeof line, "pidone: Reaped zombie process with pid=%s %s\n",
			 read_line(&run), ends[i][1]);
		cr_assert(eq(long, write(run.in, "\n", 1), 1L));
		cr_expect(eq(int, run_wait(&run), 5));
		cr_expect(eq(str, (char *)read_stderr(&run), line));
		run_close(&run);
	}
}

/* -s says no more than what a subreaper does anyway. */
Test(e2e_reaping, orphans_are_adopted_with_s_too)
{
	start(SUBREAPER, (const char *[]){ "-s", child_program("orphans"), "10", "hold", NULL },
	      NULL);
	expect_line(&run, "held");
	WAIT_FOR(count_children(run.pid) == 11);
	cr_assert(eq(long, write(run.in, "\n", 1), 1L));
	expect_line(&run, "done");
	only_main_is_left();
	finish(0);
}

/* An orphan's end, of any kind, is not main's. */
BOTH_MODES(e2e_reaping, the_ends_of_orphans_do_not_change_the_status_of_main)
{
	start(mode, (const char *[]){ child_program("orphans"), "40", "list", NULL }, NULL);
	expect_line(&run, "done");
	only_main_is_left();
	finish(0);
}

BOTH_MODES(e2e_reaping, a_stopped_orphan_stops_nobody_else)
{
	start(mode,
	      (const char *[]){ "/bin/sh", "-c",
				"(sh -c 'echo $$; kill -STOP $$; echo continued' &) ; read line",
				NULL },
	      NULL);
	int orphan_inside = atoi(read_line(&run));
	cr_assert(gt(int, orphan_inside, 0));
	WAIT_FOR(count_children(run.pid) == 2);
	cr_assert(zero(int, kill(run.pid, SIGTERM)));
	cr_expect(eq(int, run_wait(&run), 128 + SIGTERM));
	if (mode == SUBREAPER) /* nobody else will */
		kill(orphan_inside, SIGKILL);
	run_close(&run);
}

/* ---- -w ------------------------------------------------------------------------ */

/* Each orphan has its line with its pid and its end; main has none. */
BOTH_MODES(e2e_reaping, w_prints_pid_and_end_of_each_orphan)
{
	enum { ORPHANS = 20 };
	static const char *const signal_names[] = { [SIGKILL] = "KILL", [SIGTERM] = "TERM" };
	static char expected[ORPHANS][64];
	static char lines[65536];
	int lines_seen = 0;

	start(mode, (const char *[]){ "-w", child_program("orphans"), "20", "list", NULL }, NULL);
	/* Nobody reads before the end, and init does not wait for a reader. */
	fcntl(run.err, F_SETPIPE_SZ, 1 << 20);
	for (int i = 0; i < ORPHANS; i++) {
		char kind[16];
		int pid, number;
		cr_assert(eq(int,
			     sscanf(expect_line(&run, "orphan "), "orphan %d %15s %d", &pid, kind,
				    &number),
			     3));
		if (kind[1] == 't')
			snprintf(expected[i], sizeof expected[i], " pid=%d status=%d\n", pid,
				 number);
		else
			snprintf(expected[i], sizeof expected[i], " pid=%d signal=%s\n", pid,
				 signal_names[number]);
	}
	expect_line(&run, "done");
	only_main_is_left();
	cr_expect(zero(int, end_main()));
	snprintf(lines, sizeof lines, "%s", read_stderr(&run));
	for (int i = 0; i < ORPHANS; i++)
		cr_expect(holds(strstr(lines, expected[i])), "no '%s' in: %s", expected[i], lines);
	for (const char *c = lines; (c = strchr(c, '\n')); c++)
		lines_seen++;
	/* The middle process is waited for by main: it is no orphan. */
	cr_expect(eq(int, lines_seen, ORPHANS));
	run_close(&run);
}

BOTH_MODES(e2e_reaping, vv_prints_the_name_of_each_orphan_too)
{
	start(mode,
	      (const char *[]){ "-vv", "sh", "-c",
				"(sh -c 'exit 4' &); (sh -c 'kill -KILL $$' &); echo done; read x",
				NULL },
	      NULL);
	expect_line(&run, "done");
	only_main_is_left();
	end_main();
	const char *lines = read_stderr(&run);
	cr_expect(holds(strstr(lines, " status=4 name=sh\n")), "%s", lines);
	cr_expect(holds(strstr(lines, " signal=KILL name=sh\n")), "%s", lines);
	run_close(&run);
}

/* Also where another one dies between init's look at a zombie and its wait. */
BOTH_MODES(e2e_reaping, vv_names_everybody_in_a_storm)
{
	enum { ORPHANS = 300 };
	int named = 0;

	start(mode, (const char *[]){ "-vv", child_program("orphans"), "300", NULL }, NULL);
	fcntl(run.err, F_SETPIPE_SZ, 1 << 20);
	expect_line(&run, "done");
	only_main_is_left();
	end_main();
	for (const char *c = read_stderr(&run); (c = strstr(c, " name=orphans\n")); c++)
		named++;
	cr_expect(eq(int, named, ORPHANS));
	run_close(&run);
}

BOTH_MODES(e2e_reaping, without_w_nothing_is_said_about_orphans)
{
	start(mode, (const char *[]){ child_program("orphans"), "20", NULL }, NULL);
	expect_line(&run, "done");
	only_main_is_left();
	cr_expect(zero(int, end_main()));
	cr_expect(eq(str, (char *)read_stderr(&run), ""));
	run_close(&run);
}

/* ---- children from before the exec ----------------------------------------------- */

/* In what becomes init: a child that is a zombie at its exec. */
static void have_zombies(void)
{
	for (int i = 0; i < 3; i++) {
		siginfo_t info;
		pid_t pid = fork_or_die();
		if (pid == 0)
			_exit(i);
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	}
}

BOTH_MODES(e2e_reaping, inherited_zombies_are_reaped)
{
	start(mode, (const char *[]){ child_program("orphans"), "1", NULL }, have_zombies);
	expect_line(&run, "done");
	only_main_is_left();
	finish(0);
}

/* They end on SIGTERM, which the test sends them. */
static void have_children(void)
{
	for (int i = 0; i < 3; i++)
		if (fork_or_die() == 0)
			for (;;)
				pause();
}

/* The children of init but main, in `pids`, and main in *main_pid; their number. */
static int children_of_init(pid_t pids[16], pid_t *main_pid)
{
	char path[64], text[256] = "";
	int count = 0, at = 0, pid, used;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)run.pid, (int)run.pid);
	FILE *file = fopen(path, "re");
	if (!file || !fgets(text, sizeof text, file))
		text[0] = '\0';
	if (file)
		fclose(file);
	while (count < 16 && sscanf(text + at, "%d%n", &pid, &used) == 1) {
		at += used;
		/* Only main leads a group here. */
		if (getpgid(pid) == pid)
			*main_pid = pid;
		else
			pids[count++] = pid;
	}
	return count;
}

static int others_of_init(pid_t pids[16])
{
	pid_t main_pid;

	return children_of_init(pids, &main_pid);
}

static pid_t main_of_init(void)
{
	pid_t pids[16], main_pid = 0;

	children_of_init(pids, &main_pid);
	cr_assert(gt(int, main_pid, 0));
	return main_pid;
}

/* Where init has none, a stopped main is nobody's job. */
static void no_terminal(void)
{
	setsid();
}

BOTH_MODES(e2e_reaping, children_from_before_the_exec_are_reaped)
{
	pid_t pids[16];

	start(mode, (const char *[]){ child_program("orphans"), "1", NULL }, have_children);
	expect_line(&run, "done");
	WAIT_FOR(count_children(run.pid) == 4);
	cr_assert(eq(int, others_of_init(pids), 3));
	for (int i = 0; i < 3; i++)
		kill(pids[i], SIGTERM);
	only_main_is_left();
	finish(0);
}

/* A child made by clone(2) without an exit signal tells nobody of its end: plain waitpid(2) does
 * not know it. */
static void have_silent_zombie(void)
{
	siginfo_t info;
	pid_t pid = raw_clone(0);

	if (pid == 0)
		_exit(0);
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | __WALL);
}

static void have_silent_child(void)
{
	if (raw_clone(0) == 0)
		for (;;)
			pause();
}

BOTH_MODES(e2e_reaping, an_inherited_zombie_without_exit_signal_is_reaped)
{
	start(mode, (const char *[]){ child_program("orphans"), "1", NULL }, have_silent_zombie);
	expect_line(&run, "done");
	only_main_is_left();
	finish(0);
}

BOTH_MODES(e2e_reaping, an_inherited_child_without_exit_signal_is_reaped)
{
	pid_t pids[16];

	start(mode, (const char *[]){ child_program("orphans"), "1", NULL }, have_silent_child);
	expect_line(&run, "done");
	WAIT_FOR(count_children(run.pid) == 2);
	cr_assert(eq(int, others_of_init(pids), 1));
	kill(pids[0], SIGKILL);
	only_main_is_left();
	finish(0);
}

/* ---- children that asked to be traced --------------------------------------------- */

/* Whoever it is and whatever stops it, it goes on, and init still does all of its work. */
static void traced(enum mode mode, const char *who, const char *how)
{
	if (strcmp(who, "stranger") == 0)
		NEED_ROOT();
	start(mode, (const char *[]){ child_program("traced"), who, how, NULL }, no_terminal);
	expect_line(&run, "stopping ");
	if (strcmp(how, "stop") == 0) {
		/* Without a tracer SIGSTOP stops it until SIGCONT. */
		pid_t pids[16], stopped;
		if (strcmp(who, "main") == 0) {
			stopped = main_of_init();
		} else {
			WAIT_FOR(others_of_init(pids) == 1);
			stopped = pids[0];
		}
		/* A traced stop is a 't', one without a tracer a 'T'. */
		cr_assert(holds(wait_state(stopped, "T")));
		WAIT_FOR(strcmp(status_field(stopped, "TracerPid"), "0") == 0);
		kill(stopped, SIGCONT);
	}
	expect_line(&run, "went on");
	only_main_is_left();
	WAIT_FOR(process_state(run.pid) == 'S');
	finish(0);
}

#define TRACED(name, who, how)                                                                     \
	BOTH_MODES(e2e_reaping, name)                                                              \
	{                                                                                          \
		traced(mode, who, how);                                                            \
	}

TRACED(a_main_that_asked_to_be_traced_gets_its_signals, "main", "signal")
TRACED(a_main_that_asked_to_be_traced_survives_its_exec, "main", "exec")
TRACED(a_main_that_asked_to_be_traced_survives_sigtrap, "main", "trap")
TRACED(a_main_that_asked_to_be_traced_can_be_stopped_and_continued, "main", "stop")
TRACED(an_orphan_that_asked_to_be_traced_gets_its_signals, "orphan", "signal")
TRACED(an_orphan_that_asked_to_be_traced_survives_its_exec, "orphan", "exec")
TRACED(an_orphan_that_asked_to_be_traced_can_be_stopped_and_continued, "orphan", "stop")
TRACED(a_traced_orphan_of_another_user_gets_its_signals, "stranger", "signal")
TRACED(a_traced_orphan_of_another_user_survives_its_exec, "stranger", "exec")
TRACED(a_traced_orphan_of_another_user_can_be_stopped_and_continued, "stranger", "stop")

/* Outside a pid namespace and without a terminal too: there is nobody who would continue init. */
BOTH_MODES(e2e_reaping, a_stopped_main_does_not_stop_init)
{
	start(mode, (const char *[]){ child_program("orphans"), "10", "hold", NULL }, no_terminal);
	expect_line(&run, "held");
	WAIT_FOR(count_children(run.pid) == 11);
	pid_t main_pid = main_of_init();
	cr_assert(zero(int, kill(main_pid, SIGSTOP)));
	cr_assert(holds(wait_state(main_pid, "T")));
	/* Orphans that die now are reaped: init is at work. */
	pid_t pids[16];
	cr_assert(eq(int, others_of_init(pids), 10));
	kill(pids[0], SIGKILL);
	WAIT_FOR(count_children(run.pid) == 10);
	kill(main_pid, SIGCONT);
	cr_assert(eq(long, write(run.in, "\n", 1), 1L));
	expect_line(&run, "done");
	only_main_is_left();
	finish(0);
}
