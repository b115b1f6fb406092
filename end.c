/* SPDX-License-Identifier: MIT */
/* The end: what happens when main has ended, deadlines, killing. */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	KILL_WAIT_MS = 1000, /* for what SIGKILL cannot end (contract 6) */
	UNKNOWN = 0	     /* a deadline, as the clock failed when it was set */
};

/* ---- states, deadlines -------------------------------------------------- */

void enter(struct init *init, enum state state, int64_t timeout_ms)
{
	static const char names[][9] = {
		[RUNNING] = "running",	 [PAUSED] = "paused",	[WAITING] = "waiting",
		[DRAINING] = "draining", [KILLING] = "killing", [DONE] = "done",
	};

	if (state != init->state)
		message(LEVEL_TRACE, "state: %s", names[state]);
	init->state = state;
	if (state == DONE) /* the rest of -t's time may still be needed */
		return;
	init->timeout_ms = timeout_ms;
	int64_t now = timeout_ms < 0 ? NO_TIME : now_ms();
	init->deadline = timeout_ms < 0 ? NO_TIME : now < 0 ? UNKNOWN : now + timeout_ms;
}

/* The time left until the deadline, NO_TIME without one. If the clock fails: all of it. */
static int64_t deadline_left(const struct init *init)
{
	if (init->deadline == NO_TIME)
		return NO_TIME;
	int64_t now = init->deadline == UNKNOWN ? NO_TIME : now_ms();
	int64_t left = now < 0 ? init->timeout_ms : init->deadline - now;
	return left < 0 ? 0 : left;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

int64_t time_left(const struct init *init)
{
	int64_t left = deadline_left(init);

	if (init->wait_failed || init->asks)
		left = sooner(left, NAP_MS);
	return left;
}

bool has_passed(const struct init *init, bool timed_out)
{
	if (init->deadline == NO_TIME)
		return false;
	/* If the clock fails, the first poll that times out is the deadline. */
	return deadline_left(init) == 0 ||
	       (timed_out && (init->deadline == UNKNOWN || now_ms() < 0));
}

/* ---- stopping as a job -------------------------------------------------- */

COLD void stop_until_continued(struct init *init)
{
	stop_with_job();
	/* Nobody shall be killed because the job was suspended. */
	if (has_passed(init, false))
		enter(init, init->state, init->timeout_ms);
}

/* ---- telling the rest --------------------------------------------------- */

COLD void note_stop_signal(struct init *init, int signo)
{
	if (!init->stop_signal_came)
		init->stop_signal = signo;
	init->stop_signal_came = true;
}

COLD void note_told(struct init *init, pid_t group)
{
	init->rest.group = group;
	init->rest.told = ticks_now();
}

/* Those that have not got the stop signal yet. If nobody has, kill(-1) reaches all at once. */
COLD static enum whom untold(const struct init *init)
{
	return init->rest.told ? UNTOLD : EVERYBODY;
}

/*
 * With -a the rest gets the stop signal that came, after -r. A process that has got it already,
 * through -g or from the terminal, gets no second one.
 */
COLD static void drain(struct init *init, enum whom whom)
{
	bool as_it_came = init->options->wait_all && init->stop_signal;
	int signo = as_it_came ? init->stop_signal : SIGTERM;

	/* All get SIGCONT, even those that have got the stop signal already. */
	bool at_once = whom == EVERYBODY;

	/* /proc cannot be used, so there is nobody to signal: exit as if -t had not been given. */
	if (signal_rest(&init->rest, whom, (const int[]){ signo, at_once ? SIGCONT : 0, 0 }) < 0) {
		enter(init, DONE, NO_TIME);
		return;
	}
	if (!at_once)
		signal_rest(&init->rest, EVERYBODY, (const int[]){ SIGCONT, 0 });
	enter(init, DRAINING, init->options->grace_ms);
}

/*
 * Stop all of them first. Otherwise each kill frees a slot of the process limit, and a fork bomb
 * fills it again. It also leaves init little of the processor, so they are named after that.
 */
COLD static void kill_rest(const struct init *init, bool name)
{
	signal_rest(&init->rest, EVERYBODY, (const int[]){ SIGSTOP, 0 });
	if (name)
		name_rest(&init->rest, "still there when the grace ended, killed now");
	signal_rest(&init->rest, EVERYBODY, (const int[]){ SIGKILL, 0 });
}

/* ---- the end of main ---------------------------------------------------- */

/* The signal from the terminal that ended main, or 0. */
COLD static int typed_end(const struct init *init)
{
	int signo = exit_status(init->wstatus) - STATUS_SIGNAL_BASE;

	if (!init->shares_group || (signo != SIGINT && signo != SIGQUIT))
		return 0;
	/* Pending: it was sent to the whole group, and main ended before init has read it. */
	bool came = (init->typed | init->untaken) & SIGNAL_BIT(signo) || is_pending(signo);
	return came ? signo : 0;
}

/* As dumb-init does: one SIGTERM for main's group. */
COLD static void tell_group(struct init *init)
{
	int term = rewritten(init->options, SIGTERM);

	if (term && signal_group(init, term))
		note_told(init, init->shares_group ? getpgrp() : init->main_pid);
}

/* Leaves RUNNING, as -a, -t and the name ask for. */
static void follow_end(struct init *init)
{
	const struct options *options = init->options;
	bool by_signal = exit_status(init->wstatus) > STATUS_SIGNAL_BASE;
	int typed = init->typed_end = by_signal ? typed_end(init) : 0;

	if (typed)
		note_stop_signal(init, rewritten(options, typed));
	if (typed && options->wait_all)
		note_told(init, getpgrp());
	if (options->grace_ms != NO_TIME && (!options->wait_all || init->stop_signal_came)) {
		drain(init, untold(init));
		return;
	}
	if (options->dumb_init && options->group)
		tell_group(init);
	if (options->wait_all && init->stop_signal)
		signal_rest(&init->rest, untold(init), (const int[]){ init->stop_signal, 0 });
	enter(init, options->wait_all ? WAITING : DONE, NO_TIME);
}

void end_of_main(struct init *init, int wstatus)
{
	init->wstatus = wstatus;
	follow_end(init);
	/* Said when it is done: a frozen file system holds whoever writes to it. */
	message(LEVEL_MAIN, "main ended with status %d", exit_status(wstatus));
	if (WIFSIGNALED(wstatus))
		say_killed(init);
}

COLD static void kill_main(struct init *init)
{
	init->main_killed = true;
	if (init->options->group)
		signal_group(init, SIGKILL);
	send_signal(init->main_pid, SIGKILL); /* it may have left the group */
	message(LEVEL_WARNING, "main did not end in time: SIGKILL");
	enter(init, RUNNING, KILL_WAIT_MS);
}

COLD void deadline_passed(struct init *init)
{
	switch (init->state) {
	case RUNNING:
		if (!init->main_killed) {
			kill_main(init);
			break;
		}
		message(LEVEL_WARNING, "pid %d is still there one second after SIGKILL",
			(int)init->main_pid);
		end_of_main(init, SIGKILL);
		break;
	case DRAINING:
		kill_rest(init, true);
		enter(init, KILLING, KILL_WAIT_MS);
		break;
	case KILLING:
		if (name_rest(&init->rest, "still there one second after SIGKILL") == 0)
			message(LEVEL_WARNING, "processes are left that cannot be seen");
		enter(init, DONE, NO_TIME);
		break;
	default: break; /* no other state has a deadline */
	}
}

/* ---- the end of the rest ------------------------------------------------ */

/*
 * A process that entered the pid namespace has no parent there, and children from before main do
 * not belong to the rest. waitpid knows neither, so init looks into /proc.
 */
static bool anybody_left(struct init *init, enum reap how)
{
	init->asks = false;
	if (how == REAP_EMPTY ? init->pid != 1 : init->rest.since == 0)
		return how != REAP_EMPTY;
	int left = count_rest(&init->rest);
	init->asks = left > 0 && init->pid == 1; /* no SIGCHLD tells when they end */
	/* A process that has ended since may have the status that init exits with. */
	return left > 0 || (left == 0 && peek_child(false) > 0);
}

/*
 * waitpid should not fail, and should know main while main runs. If not, under a debugger or in a
 * broken sandbox for example, init does not give up, but asks again after a nap.
 */
void after_reaping(struct init *init, enum reap how)
{
	bool failed = how == REAP_FAILED || (how == REAP_EMPTY && init->state == RUNNING);

	if (failed && !init->wait_failed)
		message(LEVEL_WARNING, "cannot wait for children: %s", error_text(errno));
	init->wait_failed = failed;
	if (init->state <= PAUSED || init->state == DONE || failed || how == REAP_EXITED)
		return;
	if (!anybody_left(init, how))
		enter(init, DONE, NO_TIME);
	/* Some may have been forked while init sent SIGKILL. Their parent's
	 * death wakes init, and they are killed here. */
	else if (init->state == KILLING)
		kill_rest(init, false);
}

/* ^C, or another stop signal, while the grace runs. */
COLD static void hurry(struct init *init, int signo)
{
	/* Engines repeat other signals. A second SIGINT comes from somebody in a hurry. */
	if (signo == SIGINT && init->stop_signal_came && init->state == DRAINING)
		deadline_passed(init);
	if (signo == SIGINT)
		init->stop_signal_came = true;
}

COLD void signal_others(struct init *init, const struct signalfd_siginfo *info)
{
	const struct options *options = init->options;
	int signo = (int)info->ssi_signo;
	const int to[] = { rewritten(options, signo), 0 };
	bool stop_signal = is_stop_signal(options, signo);
	bool typed = init->shares_group && group_has_it(info);
	enum whom whom = typed ? OTHERS : EVERYBODY;

	if (typed && (signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU)) {
		stop_until_continued(init);
	} else if (init->state >= DRAINING && (stop_signal || signo == SIGINT)) {
		hurry(init, signo); /* nobody gets a second one */
	} else if (init->state == PAUSED && !stop_signal) {
		return;
	} else if (stop_signal && options->grace_ms != NO_TIME) {
		note_stop_signal(init, to[0]);
		drain(init, whom);
	} else if (init->state == PAUSED) {
		enter(init, DONE, NO_TIME);
	} else {
		if (stop_signal)
			note_stop_signal(init, to[0]);
		if (to[0])
			signal_rest(&init->rest, whom, to);
	}
}

/* ---- the very end ------------------------------------------------------- */

int final_status(const struct init *init)
{
	const struct options *options = init->options;
	int status = exit_status(init->wstatus);

	if (options->pause)
		return 0;
	/* A daemon that crashed shall be restarted. */
	if (options->wait_all && status == 0 && !init->stop_signal_came)
		status = exit_status(init->last_wstatus);
	return remap_status(status, options->remap_exit);
}

COLD void wait_for_earlier_children(struct init *init)
{
	struct signalfd_siginfo signal = { .ssi_signo = 0 };
	int wstatus, count = 1;
	pid_t pid;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		close(fd);
	if (init->deadline == NO_TIME)
		enter(init, WAITING, init->options->grace_ms);
	while (count > 0 && !has_passed(init, false)) {
		enum reap how = reap_one(-1, false, &pid, &wstatus, NULL);
		if (how == REAP_EMPTY || how == REAP_FAILED)
			return;
		if (how == REAP_NONE)
			count = wait_signals(init->sfd, &signal, 1, deadline_left(init));
		if (how == REAP_NONE && count > 0 && signal.ssi_signo == SIGINT)
			return;
	}
}

void die_as_main(const struct init *init, int status)
{
	int signo = init->typed_end;

	/* Main may have caught it, or -e may have changed the status. */
	if (signo == 0 || init->pid == 1 || !WIFSIGNALED(init->wstatus) ||
	    status != STATUS_SIGNAL_BASE + signo)
		return;
	syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0); /* no core of init's */
	take_default_action(signo);
}
