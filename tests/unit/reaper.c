/* SPDX-License-Identifier: MIT */
/* reaper.c: what a wait status means, and taking the children's reports. */
#define _GNU_SOURCE
#include "child.h"
#include "deny.h"
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(reaper, .timeout = 60);

/* ---- statuses ------------------------------------------------------------------ */

Test(reaper, exit_status_is_the_code_of_each_exit)
{
	for (int code = 0; code < 256; code++)
		cr_expect(eq(int, exit_status(code << 8), code));
}

Test(reaper, exit_status_is_128_plus_the_number_of_each_signal)
{
	for (int signo = 1; signo <= 64; signo++)
		cr_expect(eq(int, exit_status(signo), 128 + signo));
}

Test(reaper, exit_status_does_not_depend_on_a_core_dump)
{
	for (int signo = 1; signo <= 64; signo++)
		cr_expect(eq(int, exit_status(signo | 0x80), 128 + signo));
}

Test(reaper, remap_status_without_a_set_changes_nothing)
{
	const unsigned char none[256 / 8] = { 0 };

	for (int status = 0; status < 256; status++)
		cr_expect(eq(int, remap_status(status, none), status));
}

Test(reaper, remap_status_maps_each_status_of_the_set_alone)
{
	for (int in_set = 0; in_set < 256; in_set++) {
		unsigned char set[256 / 8] = { 0 };
		set[in_set / 8] = (unsigned char)(1U << in_set % 8);
		for (int status = 0; status < 256; status++)
			cr_expect(
				eq(int, remap_status(status, set), status == in_set ? 0 : status));
	}
}

Test(reaper, remap_status_with_a_full_set_is_always_0)
{
	unsigned char all[256 / 8];

	memset(all, 0xff, sizeof all);
	for (int status = 0; status < 256; status++)
		cr_expect(zero(int, remap_status(status, all)));
}

/* ---- reports of children ---------------------------------------------------------- */

/* reap_one() until it has something to tell. */
static enum reap next_report(pid_t *pid, int *wstatus, struct rusage *usage)
{
	enum reap how;

	for (int tries = 0; tries < 20000; tries++) {
		how = reap_one(-1, true, pid, wstatus, usage);
		if (how != REAP_NONE)
			return how;
		usleep(1000);
	}
	cr_fatal("no report came");
}

/* A child that ends when it is told to, by closing the returned descriptor. */
static pid_t waiting_child(int *gate)
{
	int ends[2];
	char c;

	cr_assert(zero(int, pipe(ends)));
	pid_t pid = fork_or_die();
	if (pid == 0) {
		close(ends[1]);
		_exit(read(ends[0], &c, 1) == 0 ? 17 : 18);
	}
	close(ends[0]);
	*gate = ends[1];
	return pid;
}

Test(reaper, reap_one_without_children_is_empty)
{
	pid_t pid;
	int wstatus;

	cr_expect(eq(int, reap_one(-1, true, &pid, &wstatus, NULL), REAP_EMPTY));
	cr_expect(lt(int, pid, 0));
}

static int reap_where_wait_fails(void)
{
	pid_t pid;
	int wstatus;

	if (!deny(&(struct call){ SYS_wait4, ANY, 0, EINVAL }))
		return 98;
	return reap_one(-1, true, &pid, &wstatus, NULL) != REAP_FAILED || errno != EINVAL;
}

/* Not taken for "no child is left". */
Test(reaper, reap_one_tells_a_failure_with_errno)
{
	NEED_SECCOMP();
	in_child(NULL, reap_where_wait_fails);
}

Test(reaper, reap_one_does_not_wait_for_a_child_that_lives)
{
	pid_t pid;
	int wstatus, gate;

	waiting_child(&gate);
	cr_expect(eq(int, reap_one(-1, true, &pid, &wstatus, NULL), REAP_NONE));
	cr_expect(zero(int, pid));
	close(gate);
	cr_expect(eq(int, next_report(&pid, &wstatus, NULL), REAP_EXITED));
}

Test(reaper, reap_one_tells_pid_and_status_of_a_child_that_exited)
{
	pid_t pid, child;
	int wstatus, gate;
	struct rusage usage;

	memset(&usage, 0xff, sizeof usage);
	child = waiting_child(&gate);
	close(gate);
	cr_expect(eq(int, next_report(&pid, &wstatus, &usage), REAP_EXITED));
	cr_expect(eq(int, pid, child));
	cr_expect(eq(int, exit_status(wstatus), 17));
	cr_expect(gt(long, usage.ru_maxrss, 0L));
	cr_expect(eq(int, reap_one(-1, true, &pid, &wstatus, NULL), REAP_EMPTY));
}

Test(reaper, reap_one_tells_the_signal_a_child_died_of)
{
	pid_t pid, child;
	int wstatus, gate;

	child = waiting_child(&gate);
	kill(child, SIGKILL);
	cr_expect(eq(int, next_report(&pid, &wstatus, NULL), REAP_EXITED));
	cr_expect(eq(int, pid, child));
	cr_expect(eq(int, exit_status(wstatus), 137));
	close(gate);
}

Test(reaper, reap_one_of_one_child_leaves_the_others)
{
	pid_t pid, child, other;
	int wstatus, gate, other_gate;

	child = waiting_child(&gate);
	other = waiting_child(&other_gate);
	kill(other, SIGKILL);
	cr_expect(eq(int, reap_one(child, true, &pid, &wstatus, NULL), REAP_NONE));
	close(gate);
	while (reap_one(child, true, &pid, &wstatus, NULL) == REAP_NONE)
		usleep(1000);
	cr_expect(eq(int, pid, child));
	cr_expect(eq(int, reap_one(child, true, &pid, &wstatus, NULL), REAP_EMPTY));
	cr_expect(eq(int, next_report(&pid, &wstatus, NULL), REAP_EXITED));
	cr_expect(eq(int, pid, other));
	close(other_gate);
}

Test(reaper, reap_one_tells_of_a_stopped_child_once)
{
	pid_t pid, child;
	int wstatus, gate;

	child = waiting_child(&gate);
	kill(child, SIGSTOP);
	cr_expect(eq(int, next_report(&pid, &wstatus, NULL), REAP_STOPPED));
	cr_expect(eq(int, pid, child));
	cr_expect(eq(int, reap_one(-1, true, &pid, &wstatus, NULL), REAP_NONE));
	kill(child, SIGCONT);
	close(gate);
	cr_expect(eq(int, next_report(&pid, &wstatus, NULL), REAP_EXITED));
}

/* A job's stop is of interest only where there is a shell above. */
Test(reaper, reap_one_without_stops_does_not_tell_of_a_stopped_child)
{
	pid_t pid, child;
	int wstatus, gate;
	siginfo_t info;

	child = waiting_child(&gate);
	kill(child, SIGSTOP);
	cr_assert(zero(int, waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOWAIT)));
	cr_expect(eq(int, reap_one(-1, false, &pid, &wstatus, NULL), REAP_NONE));
	kill(child, SIGKILL);
	cr_expect(eq(int, next_report(&pid, &wstatus, NULL), REAP_EXITED));
	close(gate);
}

/* Its stop is none of a job's. */
Test(reaper, reap_one_without_stops_detaches_a_traced_child_too)
{
	pid_t pid, child = fork_or_die();
	int wstatus;
	siginfo_t info;

	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		signal(SIGTERM, SIG_DFL);
		raise(SIGTERM);
		_exit(18);
	}
	cr_assert(zero(int, waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOWAIT)));
	cr_expect(eq(int, reap_one(-1, false, &pid, &wstatus, NULL), REAP_TRACED));
	cr_expect(eq(int, next_report(&pid, &wstatus, NULL), REAP_EXITED));
	cr_expect(eq(int, exit_status(wstatus), 128 + SIGTERM));
}

static void *reap_without_stops(void *how)
{
	pid_t pid;
	int wstatus;

	*(enum reap *)how = reap_one(-1, false, &pid, &wstatus, NULL);
	return NULL;
}

/* As where it was killed meanwhile; here a thread looks that is not the tracer. */
Test(reaper, reap_one_without_stops_tells_of_none_where_it_cannot_detach)
{
	enum reap how = REAP_FAILED;
	pid_t child = fork_or_die();
	pthread_t thread;
	siginfo_t info;

	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(18);
	}
	cr_assert(zero(int, waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOWAIT)));
	cr_assert(zero(int, pthread_create(&thread, NULL, reap_without_stops, &how)));
	pthread_join(thread, NULL);
	cr_expect(eq(int, how, REAP_TRACED));
	kill(child, SIGKILL);
	wait(NULL);
}

/* Detached, with its signal: the child goes on and dies of it. */
Test(reaper, reap_one_detaches_a_traced_child_and_passes_its_signal_on)
{
	pid_t pid, child = fork_or_die();
	int wstatus;

	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		signal(SIGTERM, SIG_DFL);
		raise(SIGTERM);
		_exit(18);
	}
	cr_expect(eq(int, next_report(&pid, &wstatus, NULL), REAP_TRACED));
	cr_expect(eq(int, pid, child));
	cr_expect(eq(int, next_report(&pid, &wstatus, NULL), REAP_EXITED));
	cr_expect(eq(int, exit_status(wstatus), 128 + SIGTERM));
}

/* The SIGTRAP of an exec is meant for a tracer and would kill. */
Test(reaper, reap_one_does_not_pass_on_the_sigtrap_of_an_exec)
{
	pid_t pid, child = fork_or_die();
	int wstatus;

	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl("/bin/sh", "sh", "-c", "exit 19", (char *)NULL);
		_exit(18);
	}
	cr_expect(eq(int, next_report(&pid, &wstatus, NULL), REAP_TRACED));
	cr_expect(eq(int, next_report(&pid, &wstatus, NULL), REAP_EXITED));
	cr_expect(eq(int, exit_status(wstatus), 19));
}

Test(reaper, reap_one_takes_a_child_without_exit_signal)
{
	pid_t pid, child = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
	int wstatus;

	if (child == 0)
		_exit(20);
	cr_expect(eq(int, next_report(&pid, &wstatus, NULL), REAP_EXITED));
	cr_expect(eq(int, pid, child));
	cr_expect(eq(int, exit_status(wstatus), 20));
}

Test(reaper, reap_one_takes_many_until_none_is_left)
{
	enum { CHILDREN = 300 };
	bool seen[256] = { false };
	pid_t pid;
	int wstatus;

	for (int i = 0; i < CHILDREN; i++)
		if (fork_or_die() == 0)
			_exit(i % 256);
	for (int i = 0; i < CHILDREN; i++) {
		cr_assert(eq(int, next_report(&pid, &wstatus, NULL), REAP_EXITED));
		seen[exit_status(wstatus)] = true;
	}
	cr_expect(eq(int, reap_one(-1, true, &pid, &wstatus, NULL), REAP_EMPTY));
	for (int status = 0; status < 256; status++)
		cr_expect(eq(int, seen[status], true), "%d", status);
}

/* ---- subreaper, and a look at the next zombie ---------------------------------------- */

Test(reaper, become_subreaper_adopts_orphans)
{
	pid_t pid, told;
	int wstatus, tell[2];

	cr_assert(zero(int, pipe(tell)));
	cr_expect(zero(int, become_subreaper()));
	if (fork_or_die() == 0) {
		pid_t middle = getpid();
		pid_t orphan = fork_or_die();
		if (orphan == 0) {
			while (getppid() == middle)
				usleep(500);
			_exit(21);
		}
		_exit(write(tell[1], &orphan, sizeof orphan) == sizeof orphan ? 0 : 18);
	}
	cr_assert(eq(long, read(tell[0], &told, sizeof told), (long)sizeof told));
	cr_expect(eq(int, next_report(&pid, &wstatus, NULL), REAP_EXITED));
	cr_expect(zero(int, exit_status(wstatus)));
	cr_expect(eq(int, next_report(&pid, &wstatus, NULL), REAP_EXITED));
	cr_expect(eq(int, pid, told));
	cr_expect(eq(int, exit_status(wstatus), 21));
}

Test(reaper, peek_child_tells_the_pid_and_takes_nothing)
{
	pid_t pid, child = fork_or_die();
	siginfo_t info;
	int wstatus;

	if (child == 0)
		_exit(3);
	cr_assert(zero(int, waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT)));
	cr_expect(eq(int, peek_child(true), child));
	cr_expect(eq(int, peek_child(true), child));
	cr_expect(eq(int, reap_one(child, true, &pid, &wstatus, NULL), REAP_EXITED));
	cr_expect(eq(int, pid, child));
	cr_expect(eq(int, exit_status(wstatus), 3));
	cr_expect(eq(int, peek_child(true), -1));
}

Test(reaper, peek_child_is_0_where_all_children_live)
{
	int gate;

	waiting_child(&gate);
	cr_expect(zero(int, peek_child(true)));
	close(gate);
	wait(NULL);
}

Test(reaper, peek_child_sees_a_stop_only_where_wanted)
{
	int gate, wstatus;
	siginfo_t info;
	pid_t pid, child = waiting_child(&gate);

	kill(child, SIGSTOP);
	cr_assert(zero(int, waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOWAIT)));
	cr_expect(zero(int, peek_child(false)));
	cr_expect(eq(int, peek_child(true), child));
	cr_expect(eq(int, reap_one(child, true, &pid, &wstatus, NULL), REAP_STOPPED));
	cr_expect(zero(int, peek_child(true)));
	kill(child, SIGKILL);
	wait(NULL);
}

/* ---- whose number a pid is ------------------------------------------------------------ */

Test(reaper, a_child_is_a_living_one_until_it_ends)
{
	int gate;
	siginfo_t info;
	pid_t child = waiting_child(&gate);

	cr_expect(holds(is_living_child(child)));
	cr_expect(holds(is_living_child(child)), "looking takes nothing");
	kill(child, SIGSTOP);
	cr_assert(zero(int, waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOWAIT)));
	cr_expect(holds(is_living_child(child)), "a stopped one lives");
	kill(child, SIGKILL);
	cr_assert(zero(int, waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT)));
	cr_expect(holds(!is_living_child(child)), "a zombie does not");
	wait(NULL);
	cr_expect(holds(!is_living_child(child)), "it is gone");
	close(gate);
}

Test(reaper, who_is_no_child_is_no_living_child)
{
	int gate;

	waiting_child(&gate);
	cr_expect(holds(!is_living_child(getppid())));
	cr_expect(holds(!is_living_child(getpid())));
	close(gate);
	wait(NULL);
}

/* The end of such a child tells its parent by no signal, or by another one than SIGCHLD. */
Test(reaper, a_child_without_exit_signal_is_a_living_child)
{
	int ends[2];
	char c;

	cr_assert(zero(int, pipe(ends)));
	pid_t child = raw_clone(0);
	if (child == 0) {
		close(ends[1]);
		_exit(read(ends[0], &c, 1) == 0 ? 20 : 18);
	}
	close(ends[0]);
	cr_expect(holds(is_living_child(child)));
	cr_expect(zero(int, peek_child(true)));
	close(ends[1]);
	cr_assert(eq(int, waitpid(child, NULL, __WALL), child));
}

Test(reaper, has_children_until_the_last_is_reaped)
{
	int gate;
	siginfo_t info;

	cr_expect(holds(!has_children()));
	pid_t child = waiting_child(&gate);
	cr_expect(holds(has_children()));
	close(gate);
	cr_assert(zero(int, waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT)));
	cr_expect(holds(has_children()), "a zombie is one");
	wait(NULL);
	cr_expect(holds(!has_children()));
}

/* Before and after reap_one() has told of the stop; between the two it goes on once. */
Test(reaper, is_stopped_while_a_child_is_and_takes_nothing)
{
	int gate, wstatus;
	siginfo_t info;
	pid_t pid, child = waiting_child(&gate);

	cr_expect(eq(int, is_stopped(child, false), 0));
	kill(child, SIGSTOP);
	cr_assert(zero(int, waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOWAIT)));
	cr_expect(gt(int, is_stopped(child, false), 0));
	cr_expect(gt(int, is_stopped(child, false), 0));
	cr_expect(eq(int, reap_one(child, true, &pid, &wstatus, NULL), REAP_STOPPED));
	cr_expect(gt(int, is_stopped(child, true), 0));
	kill(child, SIGCONT);
	cr_assert(zero(int, waitid(P_PID, (id_t)child, &info, WCONTINUED | WNOWAIT)));
	cr_expect(eq(int, is_stopped(child, true), 0));
	kill(child, SIGSTOP);
	cr_assert(zero(int, waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOWAIT)));
	cr_expect(gt(int, is_stopped(child, true), 0));
	kill(child, SIGKILL);
	wait(NULL);
	close(gate);
}

/* A SIGCONT then still reaches main. */
Test(reaper, is_stopped_tells_that_it_cannot_know)
{
	cr_expect(lt(int, is_stopped(getpid(), false), 0));
	cr_expect(lt(int, is_stopped(getpid(), true), 0));
}

/* What a child of the test says that may not ask for WCONTINUED. */
static int stop_that_cannot_be_known(void)
{
	uint32_t look = WCONTINUED | WNOHANG | WNOWAIT | __WALL;
	int gate;

	if (!deny(&(struct call){ SYS_waitid, 3, look, EPERM }))
		return 98;
	pid_t child = waiting_child(&gate);
	int known = is_stopped(child, false), unknown = is_stopped(child, true);
	close(gate);
	wait(NULL);
	return known == 0 && unknown < 0 ? 0 : 1;
}

Test(reaper, is_stopped_asks_twice_about_a_stop_that_was_told)
{
	NEED_SECCOMP();
	in_child(NULL, stop_that_cannot_be_known);
}

/* ---- Linux before 4.7: waitid(2) knows no __WALL --------------------------------------- */

static int looks_without_wall(void)
{
	static const int looks[] = { WEXITED, WEXITED | WSTOPPED };
	siginfo_t info;
	pid_t pid;
	int wstatus, gate;

	for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
		uint32_t options = (uint32_t)(looks[i] | WNOHANG | WNOWAIT | __WALL);
		if (!deny(&(struct call){ SYS_waitid, 3, options, EINVAL }))
			return 98;
	}
	pid_t child = waiting_child(&gate);
	if (!is_living_child(child) || peek_child(true) != 0)
		return 1;
	kill(child, SIGSTOP);
	waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOWAIT);
	if (!is_living_child(child) || peek_child(true) != child)
		return 2;
	if (reap_one(child, true, &pid, &wstatus, NULL) != REAP_STOPPED)
		return 3;
	kill(child, SIGCONT);
	close(gate);
	waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
	if (is_living_child(child) || peek_child(false) != child)
		return 4;
	wait(NULL);
	return peek_child(false) != -1 || is_living_child(child) ? 5 : 0;
}

Test(reaper, where_waitid_knows_no_wall_children_are_seen_without)
{
	NEED_SECCOMP();
	in_child(NULL, looks_without_wall);
}
