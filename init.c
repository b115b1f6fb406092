/* SPDX-License-Identifier: MIT */
/*
 * pidone: block, parse, prepare, spawn, supervise, report.
 */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The states of init, and what leads from one to the next:
 *
 *   RUNNING   main is alive; signals go to it.
 *             -k's deadline after a stop signal: main is killed, RUNNING on;
 *             KILL_WAIT_MS later it counts as dead of SIGKILL.
 *             main ended: DONE; with -a: WAITING; with -t: DRAINING
 *             (with both: WAITING, or DRAINING if a stop signal came before).
 *   PAUSED    -P: no main. SIGINT or SIGTERM: DONE; with -t: DRAINING.
 *   WAITING   -a: signals go to the rest.
 *             none is left: DONE. With -t a stop signal: DRAINING.
 *   DRAINING  the rest got TERM and CONT, the grace runs.
 *             none is left: DONE. The deadline: KILLING.
 *   KILLING   the rest got KILL.
 *             none is left, or KILL_WAIT_MS are over: DONE.
 *   DONE      the loop ends.
 */
enum state { RUNNING, PAUSED, WAITING, DRAINING, KILLING, DONE };

enum {
	KILL_WAIT_MS = 1000, /* for what SIGKILL cannot end (contract 6) */
	RETRY_MS = 1000,     /* after a waitpid that should not have failed */
	BACK_OFF_MS = 100,   /* after reads that should not have failed */
	BATCH = 4,	     /* signals read at once */
	REAPS = 256	     /* reaped at most before signals and deadlines have their turn */
};

struct init {
	const struct options *options;
	enum state state;
	bool main_ended;
	bool main_killed; /* -k has struck */
	bool stop_seen;	  /* a stop signal came */
	bool job_control; /* main's stops are init's as well */
	bool wait_failed; /* waitpid failed when last asked; said once */
	pid_t pid;	  /* init's own; 1 as the init of a pid namespace */
	pid_t main_pid;
	int wstatus; /* main's, once main_ended */
	int sfd;
	int tty;
	int64_t deadline; /* now_ms() time, or NO_TIME */
	struct signal_mask inherited_mask;
	struct kernel_sigaction inherited_sigchld;
	struct report report;
};

COLD static int cannot_start(const char *what)
{
	message(LEVEL_ERROR, "cannot start: %s: %s", what, strerror(errno));
	return STATUS_CANNOT_START;
}

/* -p: the parent may have died before the kernel was asked to tell. */
static int watch_parent(int signo, pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, signo, 0, 0, 0) < 0)
		return -1;
	/* Queued, not killed: what init seems to have caused is dropped. */
	if (getppid() != parent)
		return queue_signal(&(struct signalfd_siginfo){ 0 }, signo, getpid());
	return 0;
}

/* All that init needs before main exists. 0, or the status to exit with. */
static int prepare(struct init *init)
{
	static const struct kernel_sigaction by_default; /* all 0: SIG_DFL, on every machine */
	const struct options *options = init->options;

	/* Under a parent that ignores SIGCHLD the kernel would reap main. */
	if (set_sigchld(&by_default, &init->inherited_sigchld) < 0)
		return cannot_start("sigaction");
	if (options->parent_death && watch_parent(options->parent_death, getppid()) < 0)
		return cannot_start("parent death signal");
	if (init->pid != 1 && become_subreaper() < 0)
		message(options->subreaper ? LEVEL_WARNING : LEVEL_MAIN, "cannot adopt orphans: %s",
			strerror(errno));
	init->sfd = open_signalfd();
	if (init->sfd < 0)
		return cannot_start("signalfd");
	init->tty = options->pause ? -1 : open_terminal();
	/* The shell above shall see its job stopped. As PID 1 there is no shell above, and without
	 * a terminal nobody who would continue init. dumb-init does it there too. */
	init->job_control = init->pid != 1 && (init->tty >= 0 || options->dumb_init);
	if (options->report)
		open_report(&init->report, options->report);
	return 0;
}

/* Here, and not in become_main(): the line must not cost a page of stack where exec succeeds. */
COLD static void cannot_run(char *const argv[], const char *step, int error)
{
	struct text line = { .len = 0 };

	text_add(&line, "cannot run '%s': %s%s", argv[0], step, strerror(error));
	if (*step == '\0')
		explain_exec(&line, argv, error);
	message(LEVEL_ERROR, "%s", text_string(&line));
}

/* In the child. Everything as init found it, then COMMAND. Never returns. */
static _Noreturn void become_main(const struct init *init, bool foreground)
{
	const struct options *options = init->options;
	struct signal_mask unused;
	int status = STATUS_CANNOT_START;
	const char *step = "setpgid: ";

	if (setpgid(0, 0) < 0)
		goto fail;
	if (foreground)
		give_foreground(init->tty, getpid());
	step = "parent death signal: ";
	if (options->parent_death && watch_parent(options->parent_death, init->pid) < 0)
		goto fail;
	retarget_environment(init->pid, getpid());
	step = "restoring signals: ";
	if (set_sigchld(&init->inherited_sigchld, NULL) < 0 ||
	    restore_signals(&init->inherited_mask) < 0)
		goto fail;
	step = "";
	exec_command(options->command);
	status = errno == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_EXEC;
	/* A log pipe without a reader must not turn 127 into 128 + SIGPIPE. */
	int exec_errno = errno;
	block_signals(&unused);
	errno = exec_errno;
fail:
	cannot_run(options->command, step, errno);
	_exit(status);
}

/*
 * Starts main. vfork keeps init from running until the exec has succeeded or
 * failed, so no signal finds a main without its group. 0, or an exit status.
 */
static int spawn(struct init *init)
{
	bool foreground = has_foreground(init->tty);
	pid_t pid = vfork();

	if (pid < 0)
		return cannot_start("fork");
	if (pid == 0)
		become_main(init, foreground);
	/* Where vfork is a plain fork the child may not have come to it yet; else it has, and this
	 * fails with EACCES, as it must after an exec. */
	setpgid(pid, pid);
	init->main_pid = pid;
	message(LEVEL_MAIN, "started '%s', pid %d", init->options->command[0], (int)pid);
	return 0;
}

/* Lets go of what init has no use for: others wait for it to be free. */
static void let_go(const struct init *init)
{
	const int own[] = { init->sfd, init->tty, init->report.fd, init->report.oom_fd };

	if (chdir("/") < 0)
		message(LEVEL_WARNING, "cannot change to /: %s", strerror(errno));
	close_other_fds(own, sizeof own / sizeof own[0]);
}

/* ---- the end of main, and of the rest ----------------------------------- */

static void enter(struct init *init, enum state state, int64_t timeout_ms)
{
	static const char names[][9] = {
		[RUNNING] = "running",	 [PAUSED] = "paused",	[WAITING] = "waiting",
		[DRAINING] = "draining", [KILLING] = "killing", [DONE] = "done",
	};

	init->state = state;
	init->deadline = timeout_ms < 0 ? NO_TIME : now_ms() + timeout_ms;
	message(LEVEL_TRACE, "state: %s", names[state]);
}

COLD static void drain(struct init *init)
{
	/* Nobody can be found, nor ended: as without -t. */
	if (signal_rest((const int[]){ SIGTERM, SIGCONT, 0 }) < 0)
		enter(init, DONE, NO_TIME);
	else
		enter(init, DRAINING, init->options->grace_ms);
}

/* Held first: else each one that is killed makes room under a limit for another to be forked. */
static void kill_rest(void)
{
	signal_rest((const int[]){ SIGSTOP, 0 });
	signal_rest((const int[]){ SIGKILL, 0 });
}

/* The signal as -r wants it; 0 drops it. */
static int rewritten(const struct options *options, int signo)
{
	int to = signo <= SIGNAL_MAX ? options->rewrite[signo] : 0;

	if (to == SIGNAL_DROP)
		return 0;
	return to ? to : signo;
}

/* What happens when main has ended, as -a, -t and the name want it. */
static void end_of_main(struct init *init, int wstatus)
{
	const struct options *options = init->options;
	bool drains = options->grace_ms != NO_TIME && (!options->wait_all || init->stop_seen);
	int term = rewritten(options, SIGTERM);

	init->main_ended = true;
	init->wstatus = wstatus;
	message(LEVEL_MAIN, "main ended with status %d", exit_status(wstatus));
	if (init->pid != 1)
		take_foreground(init->tty, init->main_pid);
	/* The drain tells the group too, and nobody twice. */
	if (options->dumb_init && !drains && term)
		send_signal(-init->main_pid, term);
	if (drains)
		drain(init);
	else if (options->wait_all)
		enter(init, WAITING, NO_TIME);
	else
		enter(init, DONE, NO_TIME);
}

COLD static void deadline_passed(struct init *init)
{
	const struct options *options = init->options;

	switch (init->state) {
	case RUNNING:
		if (init->main_killed) {
			message(LEVEL_WARNING, "pid %d does not end of SIGKILL",
				(int)init->main_pid);
			end_of_main(init, SIGKILL);
			break;
		}
		init->main_killed = true;
		message(LEVEL_MAIN, "main did not end in time: SIGKILL");
		if (options->group)
			send_signal(-init->main_pid, SIGKILL);
		send_signal(init->main_pid, SIGKILL); /* wherever it has gone */
		enter(init, RUNNING, KILL_WAIT_MS);
		break;
	case DRAINING:
		kill_rest();
		enter(init, KILLING, KILL_WAIT_MS);
		break;
	case KILLING:
		name_rest();
		enter(init, DONE, NO_TIME);
		break;
	default: break; /* no other state has a deadline */
	}
}

/* ---- the loop ----------------------------------------------------------- */

static void orphan_reaped(struct init *init, pid_t pid, int wstatus, const char *name)
{
	char signal[SIGNAL_NAME_MAX];
	int level = init->options->warn_on_reap ? LEVEL_WARNING : LEVEL_SIGNAL;

	init->report.reaped++;
	if (!message_enabled(level))
		return;
	if (WIFSIGNALED(wstatus))
		message(level, "reaped zombie pid=%d signal=%s%s%s", (int)pid,
			signal_name(WTERMSIG(wstatus), signal), *name ? " name=" : "", name);
	else
		message(level, "reaped zombie pid=%d status=%d%s%s", (int)pid, WEXITSTATUS(wstatus),
			*name ? " name=" : "", name);
}

COLD static void main_stopped(const struct init *init, int signo)
{
	message(LEVEL_MAIN, "main is stopped");
	/* bash's `fg` of a job that runs gives init's group the terminal, and sends nothing. */
	if ((signo == SIGTTIN || signo == SIGTTOU) && has_foreground(init->tty) &&
	    give_foreground(init->tty, init->main_pid)) {
		send_signal(-init->main_pid, SIGCONT);
		return;
	}
	take_foreground(init->tty, init->main_pid);
	stop_self(init->tty);
}

/*
 * Reaps all there is to reap. Returns how waitpid ended it, or REAP_EXITED where there may be more:
 * zombies can come faster than they are reaped. `hint` is whom a SIGCHLD told of, or 0: the kernel
 * finds that one at once, and looks through all children for another. It may be wrong or forged.
 */
static enum reap reap_all(struct init *init, pid_t hint)
{
	struct rusage usage, *wanted = init->options->report ? &usage : NULL;
	bool naming = message_enabled(LEVEL_SIGNAL);
	enum reap reaped;

	for (int turn = 0; turn < REAPS; turn++) {
		char name[PROCESS_NAME_MAX] = "";
		bool hinted = turn == 0 && hint > 0 && !naming;
		/* Who was named is who is reaped: others may have ended since. */
		pid_t which = naming ? peek_child(init->job_control, name) : hinted ? hint : -1;
		pid_t pid;
		int wstatus;
		if (which == 0)
			return REAP_NONE;
		reaped = reap_one(which, init->job_control, &pid, &wstatus, wanted);
		bool is_main = pid == init->main_pid && !init->main_ended;
		if (reaped == REAP_EXITED && is_main) {
			init->report.usage = wanted ? usage : (struct rusage){ 0 };
			end_of_main(init, wstatus);
		} else if (reaped == REAP_EXITED) {
			orphan_reaped(init, pid, wstatus, name);
		} else if (reaped == REAP_STOPPED && is_main) {
			main_stopped(init, WSTOPSIG(wstatus));
		} else if (reaped != REAP_STOPPED && reaped != REAP_TRACED && !hinted) {
			return reaped;
		}
		/* By default main's end is init's: there is nobody to wait for. */
		if (init->state == DONE)
			return REAP_NONE;
	}
	return REAP_EXITED;
}

/*
 * After reap_all: nobody left ends what waits for the rest. waitpid cannot
 * fail, nor know of no child while main runs; should it, as under a debugger
 * or a broken sandbox, it is asked again once a second, not given up.
 */
static void reaped(struct init *init, enum reap how)
{
	bool failed = how == REAP_FAILED || (how == REAP_EMPTY && init->state == RUNNING);

	if (failed && !init->wait_failed)
		message(LEVEL_WARNING, "cannot wait for children: %s", strerror(errno));
	init->wait_failed = failed;
	if (how == REAP_EMPTY && init->state > PAUSED)
		enter(init, DONE, NO_TIME);
	/* What was forked while the KILL went round is caught here: its parent
	 * died of it, and that woke init. */
	if (how == REAP_NONE && init->state == KILLING)
		kill_rest();
}

/* A signal for main, while main is there. */
static void signal_main(struct init *init, const struct signalfd_siginfo *info)
{
	const struct options *options = init->options;
	int signo = rewritten(options, (int)info->ssi_signo);
	/* `fg` or `bg` of the shell above. */
	bool resume = info->ssi_signo == SIGCONT && init->pid != 1;

	if (resume && has_foreground(init->tty))
		give_foreground(init->tty, init->main_pid);
	if (signo)
		forward_signal(info, signo, init->main_pid,
			       options->group || (resume && signo == SIGCONT));
	if (init->stop_seen && options->kill_after_ms != NO_TIME && init->deadline == NO_TIME &&
	    !init->main_killed)
		enter(init, RUNNING, options->kill_after_ms);
}

/* A signal once main has ended, or where there is none. */
COLD static void signal_others(struct init *init, int signo)
{
	const int to[] = { rewritten(init->options, signo), 0 };
	bool stop = is_stop_signal(signo);

	if (init->state == PAUSED && signo != SIGINT && signo != SIGTERM)
		return;
	if (stop && init->state < DRAINING && init->options->grace_ms != NO_TIME)
		drain(init);
	else if (init->state == PAUSED)
		enter(init, DONE, NO_TIME);
	/* The drain's SIGTERM was the one, nobody gets a second. */
	else if (to[0] && !(stop && init->state >= DRAINING))
		signal_rest(to);
}

static void take_signal(struct init *init, const struct signalfd_siginfo *info)
{
	int signo = (int)info->ssi_signo;
	char name[SIGNAL_NAME_MAX];

	/* What init caused itself, as SIGPIPE by a message, is nobody's
	 * business; SI_USER and its pid cannot be forged. */
	if (signo == SIGCHLD || (info->ssi_code == SI_USER && (pid_t)info->ssi_pid == init->pid))
		return;
	if (message_enabled(LEVEL_SIGNAL))
		message(LEVEL_SIGNAL, "signal %s from pid %d", signal_name(signo, name),
			(int)info->ssi_pid);
	init->report.last_signal = signo;
	init->report.last_signal_from = (pid_t)info->ssi_pid;
	if (is_stop_signal(signo))
		init->stop_seen = true;
	if (init->state == RUNNING)
		signal_main(init, info);
	else
		signal_others(init, signo);
}

static int64_t time_left(const struct init *init)
{
	int64_t left = init->deadline == NO_TIME ? NO_TIME : init->deadline - now_ms();

	if (init->deadline != NO_TIME && left < 0)
		left = 0;
	if (init->wait_failed && (left < 0 || left > RETRY_MS))
		left = RETRY_MS;
	return left;
}

/*
 * Reap everything, then wait, then forward. While main runs there is nothing to reap before a
 * SIGCHLD has come, and a signal for main need not pay for a look at every child.
 */
static void supervise(struct init *init)
{
	struct signalfd_siginfo signals[BATCH];
	enum reap how = REAP_NONE;
	bool look = true;
	pid_t ended = 0; /* as the last SIGCHLD says */
	int failures = 0;

	for (;;) {
		if (look || init->state != RUNNING)
			how = reap_all(init, ended);
		reaped(init, how);
		if (init->deadline != NO_TIME && now_ms() >= init->deadline)
			deadline_passed(init);
		if (init->state == DONE)
			return;
		int count = wait_signals(init->sfd, signals, BATCH,
					 how == REAP_EXITED ? 0 : time_left(init));
		/* With -a, what came after main's end is for the rest: look before forwarding. */
		if (count > 0 && init->options->wait_all)
			reaped(init, reap_all(init, 0));
		look = count <= 0 || how != REAP_NONE;
		ended = 0;
		for (int i = 0; i < count && init->state != DONE; i++) {
			if (signals[i].ssi_signo == SIGCHLD) {
				look = true;
				ended = (pid_t)signals[i].ssi_pid;
			}
			take_signal(init, &signals[i]);
		}
		/* Nothing should fail here; if it does, do not spin. Not with poll(2), which may
		 * be what fails. The raw call: libc's own is larger. */
		failures = count < 0 ? failures + 1 : 0;
		if (failures > 3)
			syscall(SYS_nanosleep, (const long[]){ 0, BACK_OFF_MS * 1000000L }, NULL);
	}
}

int main(int argc, char **argv)
{
	struct options options;
	struct init init = { .options = &options,
			     .deadline = NO_TIME,
			     .report = { .fd = -1, .oom_fd = -1 } };
	int status;

	(void)argc;
	/* First of all: PID 1 loses what comes before this. */
	if (block_signals(&init.inherited_mask) < 0)
		return cannot_start("signal mask");
	status = parse_options(&options, argv);
	if (status >= 0)
		return status;
	init.pid = getpid();
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
	status = options.pause ? 0 : remap_status(exit_status(init.wstatus), options.remap_exit);
	if (init.report.fd >= 0)
		write_report(&init.report, options.pause ? "-" : options.command[0], init.main_pid,
			     init.wstatus, status);
	return status;
}
