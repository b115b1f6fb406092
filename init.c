/* SPDX-License-Identifier: MIT */
/*
 * pidone: block, parse, prepare, spawn, let go, supervise, report.
 */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	BATCH = 4,	  /* signals read at once */
	WALK_REAPS = 256, /* the most to reap before signals and deadlines have their turn */
	OWED_REAPS = 64,  /* the most to reap by name before the walk is due */
	TIMED_WALKS = 16, /* one walk in so many is timed, as children may come unnoticed */
	LONG_US = 10,	  /* longer than a walk over few children */
	OWED_MS = 50	  /* how long a walk is put off */
};

/* ---- reaping ------------------------------------------------------------ */

static void orphan_ended(struct init *init, pid_t pid, int wstatus, const char *name)
{
	int level = init->options->warn_on_reap ? LEVEL_WARNING : LEVEL_SIGNAL;

	init->report.orphans++;
	if (message_enabled(level))
		say_reaped(level, pid, wstatus, name);
}

/* The shell above shall see that its job has stopped. As PID 1 init has no shell above it. */
COLD static void follow_stop(struct init *init, int signo)
{
	message(LEVEL_MAIN, "main is stopped");
	init->main_stopped = init->continued = true;
	/* A debugger or cpulimit sends SIGSTOP, and will continue main alone. */
	if (signo != SIGSTOP || !in_background(init->main_pid))
		stop_until_continued(init);
}

/* Calls waitpid once, for the child `which` or, with -1, for any. Returns what it reported. */
static enum reap reap(struct init *init, pid_t which)
{
	struct rusage usage, *wanted = init->options->report ? &usage : NULL;
	bool stops = init->shares_group && init->pid != 1;
	bool naming = message_enabled(LEVEL_SIGNAL);
	char name[PROCESS_NAME_MAX] = "";
	pid_t pid;
	int wstatus;

	/* Look first, then reap the one that was seen: others may have ended since. */
	if (which < 0 && (naming || (init->rest.since && init->state == WAITING)))
		which = peek_child(stops);
	if (which == 0)
		return REAP_NONE;
	if (which > 0 && naming)
		process_name(which, name);
	bool last = init->state == WAITING && !is_from_before(&init->rest, which);
	enum reap how = reap_one(which, stops, &pid, &wstatus, wanted);
	bool is_main = init->state == RUNNING && pid == init->main_pid;
	if (how == REAP_STOPPED && is_main)
		follow_stop(init, WSTOPSIG(wstatus));
	if (how != REAP_EXITED)
		return how;
	if (is_main && wanted)
		init->report.usage = usage;
	if (is_main)
		end_of_main(init, wstatus);
	else
		orphan_ended(init, pid, wstatus, name);
	if (last)
		init->last_wstatus = wstatus;
	return how;
}

/*
 * Reaps all zombies. Returns waitpid's last result, or REAP_EXITED if there may be more: zombies
 * can come faster than init reaps. Each call of waitpid walks over all children that live.
 */
static enum reap reap_all(struct init *init)
{
	/* Not the first: mostly there is just one, at main's end. */
	bool timed = init->walks_are_long || init->walks++ % TIMED_WALKS == 1;
	int64_t began = 0;
	enum reap how = REAP_EXITED;
	int calls = 0;

	if (init->owes_walk)
		set_timer(&init->timer, 0);
	init->owes_walk = false;
	init->owed_reaps = 0;
	/* By default init ends when main has ended: there is nobody else to wait for. */
	while (how >= REAP_EXITED && calls < WALK_REAPS && init->state != DONE) {
		if (timed)
			began = read_clock(CLOCK_MONOTONIC, 1000000);
		how = reap(init, -1);
		calls++;
	}
	/* Of the call that found nobody: it did nothing but walk. */
	if (timed && how == REAP_NONE)
		init->walks_are_long = read_clock(CLOCK_MONOTONIC, 1000000) - began > LONG_US;
	return how < REAP_EXITED ? how : REAP_EXITED;
}

static void owe_walk(struct init *init)
{
	if (!init->owes_walk)
		init->owes_walk = set_timer(&init->timer, OWED_MS) == 0;
	/* Without a timer the walk is due at once. */
	init->owed_reaps += init->owes_walk ? 1 : OWED_REAPS;
}

/*
 * A SIGCHLD has the pid of one child that ended; others may have ended too. If walks over all
 * children are long, init reaps this one at once, which is O(1), and main if it has ended. The walk
 * that finds the others comes later: it is owed. A wrong pid costs one call, a forged SIGCHLD a
 * walk at most.
 */
static void reap_named(struct init *init, const struct signalfd_siginfo *sigchld)
{
	pid_t named = (pid_t)sigchld->ssi_pid;

	/* From the timer (SI_TIMER is negative, but not the same everywhere), or where walks are
	 * short: the walk is due at once. */
	if (sigchld->ssi_code < 0 || !init->walks_are_long) {
		init->owed_reaps = OWED_REAPS;
		return;
	}
	if (init->state > PAUSED)
		return; /* there each turn has its walk */
	if (named > 0 && named != init->main_pid)
		reap(init, named);
	if (init->state == RUNNING)
		reap(init, init->main_pid);
	owe_walk(init);
}

/* ---- signals ------------------------------------------------------------ */

/* True if the terminal or the shell above has sent this signal to the whole group, with main. */
static bool main_has_it(const struct init *init, const struct signalfd_siginfo *info)
{
	pid_t sender = (pid_t)info->ssi_pid;

	if (!init->shares_group)
		return false;
	/* From main: kill(0, ...), or to its parent, which without init would be another process.
	 * But if init is PID 1, main may mean init. */
	if (sender == init->main_pid && init->pid != 1)
		return true;
	if (group_has_it(info))
		return info->ssi_signo == SIGCONT || info->ssi_signo == SIGHUP ||
		       getpgid(init->main_pid) == getpgrp();
	switch (info->ssi_signo) {
	case SIGCONT: /* a shell's fg, if main is not stopped: main got it too, or needs none */
		return getsid(0) != init->pid &&
		       (is_stopped(init->main_pid, init->main_stopped) == 0 ||
			is_pending(SIGTSTP)); /* ^Z came behind it */
	case SIGTSTP: /* kill(0, SIGTSTP), as editors do, or a shell's kill -TSTP %1 */
	case SIGTTIN:
	case SIGTTOU:
		return init->continued || (sender > 0 && getpgid(sender) == getpgrp()) ||
		       is_stopped(init->main_pid, init->main_stopped) > 0;
	default: return false;
	}
}

/* A signal for main, while main is there. */
static void signal_main(struct init *init, const struct signalfd_siginfo *info)
{
	const struct options *options = init->options;
	int came = (int)info->ssi_signo, signo = rewritten(options, came);
	bool stop_signal = is_stop_signal(options, came);

	if (main_has_it(init, info))
		return;
	if (stop_signal)
		note_stop_signal(init, signo);
	if (signo)
		init->sent |= SIGNAL_BIT(signo);
	if (signo && options->group && signal_group(init, signo)) {
		if (stop_signal)
			note_told(init, getpgid(init->main_pid));
	} else if (signo) {
		forward_signal(info, signo, init->main_pid);
	}
	if (stop_signal && options->kill_after_ms != NO_TIME && init->deadline == NO_TIME)
		enter(init, RUNNING, options->kill_after_ms);
	/* As dumb-init does, whatever main does with the signal. */
	if (options->dumb_init && init->pid != 1 &&
	    (came == SIGTSTP || came == SIGTTIN || came == SIGTTOU))
		send_signal(init->pid, SIGSTOP);
}

/* Two equal stop signals count as one, as the kernel would have merged them: timeout(1) sends to
 * its child and then to the group. */
static bool is_repeated(struct init *init, const struct signalfd_siginfo *info)
{
	enum { MERGED_MS = 10 };
	struct last_stop_signal *last = &init->last_stop_signal;
	int64_t now = now_ms();
	bool repeated = now >= 0 && now - last->ms <= MERGED_MS && last->signo == info->ssi_signo &&
			last->from == info->ssi_pid;

	*last = (struct last_stop_signal){ info->ssi_signo, info->ssi_pid, now };
	return repeated;
}

/* Init drops signals that it caused itself, such as SIGPIPE by a message. SI_USER with init's pid
 * cannot be forged. */
static bool is_dropped(const struct init *init, const struct signalfd_siginfo *info)
{
	return info->ssi_signo == SIGCHLD ||
	       (info->ssi_code == SI_USER && (pid_t)info->ssi_pid == init->pid);
}

static void take_signal(struct init *init, const struct signalfd_siginfo *info)
{
	int signo = (int)info->ssi_signo;

	/* The CONT that follows the HUP of a hang-up does not end anything. */
	if (signo != SIGCONT || info->ssi_code != SI_KERNEL) {
		init->report.last_signal = signo;
		init->report.last_signal_from = (pid_t)info->ssi_pid;
	}
	/* Main ended of this one before init took it: it is not a second one. */
	if (signo == init->typed_end && group_has_it(info) && !(init->typed & SIGNAL_BIT(signo)))
		return;
	if (is_stop_signal(init->options, signo) && is_repeated(init, info))
		return;
	if (init->state == RUNNING)
		signal_main(init, info);
	else
		signal_others(init, info);
}

/* ---- the loop ----------------------------------------------------------- */

COLD static void say_signal(const struct signalfd_siginfo *info)
{
	char name[SIGNAL_NAME_MAX];

	message(LEVEL_SIGNAL, "signal %s from pid %d", signal_name((int)info->ssi_signo, name),
		(int)info->ssi_pid);
}

static void take_batch(struct init *init, const struct signalfd_siginfo *signals, int count)
{
	init->continued = false;
	for (int i = 0; i < count; i++) {
		if (init->shares_group && group_has_it(&signals[i]))
			init->untaken |= SIGNAL_BIT((int)signals[i].ssi_signo);
		if (signals[i].ssi_signo == SIGCHLD)
			reap_named(init, &signals[i]);
	}
	/* Signals that came after main's end are for the rest. */
	if (count > 0 && init->options->wait_all && init->state == RUNNING)
		reap(init, init->main_pid);
	/* Lower numbers are read first. A stream of them could hide a SIGCHLD for ever. */
	if (count == BATCH)
		init->owed_reaps += BATCH;
	for (int i = 0; i < count && init->state != DONE; i++) {
		if (is_dropped(init, &signals[i]))
			continue;
		take_signal(init, &signals[i]);
		/* Said when it is done: a frozen file system holds whoever writes to it. */
		if (message_enabled(LEVEL_SIGNAL))
			say_signal(&signals[i]);
	}
	init->typed |= init->untaken;
	init->untaken = 0;
}

/* Reap, then wait, then forward. */
static void supervise(struct init *init)
{
	struct signalfd_siginfo signals[BATCH];
	/* There are zombies from before exec only if there were children. */
	bool walk = init->rest.since || init->state == PAUSED;
	int count = 1;

	for (;;) {
		/* While main runs there is nothing to reap before a SIGCHLD has come. */
		enum reap how = walk || init->state > PAUSED ? reap_all(init) : REAP_NONE;
		after_reaping(init, how);
		if (has_passed(init, count == 0))
			deadline_passed(init);
		if (init->state == DONE)
			return;
		int64_t left = how == REAP_EXITED ? 0 : time_left(init);
		count = wait_signals(init->sfd, signals, BATCH, left);
		take_batch(init, signals, count);
		/* This should not fail. If it does, try again after a nap. */
		if (count < 0)
			nap(NAP_MS);
		/* left == 0: the deadline has passed. */
		walk = count <= 0 || left == 0 || init->wait_failed ||
		       init->owed_reaps >= OWED_REAPS;
	}
}

int main(int argc, char **argv)
{
	struct options options;
	struct init init = { .options = &options,
			     .deadline = NO_TIME,
			     .timer = NO_TIMER,
			     .report = { .fd = -1, .oom_fd = -1 } };
	int status;

	(void)argc;
	/* First of all: PID 1 loses signals that come before this. */
	if (block_signals(&init.inherited_mask) < 0)
		return cannot_start("signal mask");
	status = parse_options(&options, argv);
	if (status >= 0)
		return status;
	status = prepare(&init);
	if (status)
		return status;
	if (options.pause)
		enter(&init, PAUSED, NO_TIME);
	else
		status = spawn(&init);
	if (status)
		return status;
	/* From now on init must not end before main: warn, and go on. */
	let_go(&init);
	supervise(&init);
	status = final_status(&init);
	if (init.report.fd >= 0)
		write_report(&init, status);
	if (init.rest.since && options.grace_ms != NO_TIME)
		wait_for_earlier_children(&init);
	die_as_main(&init, status);
	return status;
}
