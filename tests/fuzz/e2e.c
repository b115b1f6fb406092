/* SPDX-License-Identifier: MIT */
/*
 * The end-to-end fuzzer: the real pidone, with random options, in front of a random tree of
 * processes (tree.c), sent random signals at random moments; and what has to hold whatever
 * happened:
 *
 *   - init ends in bounded time, of itself, with main's true status (as the kernel recorded it
 *     where it tells: PIDFD_GET_INFO), through -e
 *   - each signal sent reaches a main that listens, rewritten as -r wants it, and no other does
 *   - no zombie stays with init while it idles
 *   - with -t or -a, and as PID 1, no process of the tree is left when init has ended; otherwise
 *     none has been touched
 *   - no process outside has been touched
 *   - the report of -R says the same status
 *
 * A run is made from its seed alone; what the kernel's scheduler adds is not in it.
 *
 *   e2e [-s SEED] [-n RUNS] [-t SECONDS] [-j JOBS] [-v]
 */
#define _GNU_SOURCE
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	LATE_MS = 30000,   /* for what has to happen: generous, machines are slow */
	PATIENCE_MS = 250, /* for an end that may come of itself */
	MAX_SENT = 12,
	MAX_WAITING = 64,
	BYSTANDERS = 3
};

/* Linux 6.15; with a size of its own, so it does not have to be in the headers. */
struct pidfd_exit_info {
	uint64_t mask, cgroup;
	uint32_t ids[11];
	int32_t exit_code;
};
#define PIDFD_GET_EXIT_INFO _IOWR(0xff, 11, struct pidfd_exit_info)
#define PIDFD_HAS_EXIT (1ULL << 3)

static const char *pidone = "./pidone", *tree = "build/fuzz/tree";
static char directory[] = "/tmp/pidone-fuzz-XXXXXX";

/* ---- chance ------------------------------------------------------------- */

static uint64_t chance;

static uint64_t next_random(void) /* splitmix64 */
{
	uint64_t z = (chance += 0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static int below(int n)
{
	return (int)(next_random() % (uint64_t)n);
}

static bool one_in(int n)
{
	return below(n) == 0;
}

/* ---- a plan: all that a seed decides ------------------------------------ */

/* What ends main, where it does not end of itself. */
enum ending { KILL_MAIN, TERM_INIT, TELL_MAIN };

struct plan {
	uint64_t seed;
	bool pid1, pause, logger, endless, ignore_sigchld, early, mercy;
	bool group, drain, wait_all, kill_after;
	int grace_ms, kill_after_ms;
	int rewrite[65]; /* 0 as is, -1 dropped */
	bool stops[65];	 /* -S */
	int stop;	 /* one of them */
	bool remap[256];
	bool status_known[256]; /* what main's own script may end with */
	char words[80][48];
	int word_count;
	bool in_variable; /* PID 1: options go into PIDONE_OPTIONS; else nonsense that is ignored */
	const char *name;
	char report[96];
	char script[2048];
	int stderr_kind; /* 0 kept, 1 without a reader, 2 full */
	int sent[MAX_SENT], sent_delay_us[MAX_SENT], sent_count;
	bool sent_queued[MAX_SENT];
	enum ending ending;
	int ending_value;
};

static const int deadly[] = { SIGHUP,  SIGINT,	SIGQUIT, SIGILL,  SIGABRT, SIGFPE, SIGKILL,
			      SIGSEGV, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGBUS, SIGSYS,
			      32,      33,	34,	 50,	  64 };

static int pick_deadly(void)
{
	return deadly[below(sizeof deadly / sizeof deadly[0])];
}

static void add_word(struct plan *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(p->words[p->word_count++], sizeof p->words[0], fmt, args);
	va_end(args);
}

/* A length that a long option may be cut to: no other one begins so. */
static int cut(const char *name)
{
	static const char *const names[] = { "subreaper",   "group",	  "single-child",
					     "rewrite",	    "remap-exit", "parent-death",
					     "grace",	    "kill-after", "wait-all",
					     "stop-signal", "report",	  "warn-on-reap",
					     "pause",	    "verbose",	  "license",
					     "help",	    "version" };
	int length = (int)strlen(name), len = 1 + below(length);

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		while (len < length && strcmp(names[i], name) &&
		       !strncmp(names[i], name, (size_t)len))
			len++;
	return len;
}

/* An option as one word or two, short, long, or cut short. */
static void add_option(struct plan *p, char letter, const char *name, const char *value)
{
	int len = one_in(2) ? cut(name) : (int)strlen(name);

	switch (below(4)) {
	case 0: add_word(p, "-%c%s", letter, value ? value : ""); break;
	case 1: add_word(p, value ? "--%.*s=%s" : "--%.*s", len, name, value); break;
	case 2:
		add_word(p, "--%.*s", len, name);
		if (value)
			add_word(p, "%s", value);
		break;
	default:
		add_word(p, "-%c", letter);
		if (value)
			add_word(p, "%s", value);
	}
}

static int random_signal(void)
{
	static const int usual[] = { SIGTERM, SIGINT,  SIGHUP,	SIGUSR1,
				     SIGUSR2, SIGQUIT, SIGCONT, SIGWINCH };
	int signo;

	if (one_in(2))
		return usual[below(8)];
	do /* stops are for tests with a terminal */
		signo = 1 + below(64);
	while (signo == SIGKILL || signo == SIGSTOP || signo == SIGCHLD || signo == SIGTSTP ||
	       signo == SIGTTIN || signo == SIGTTOU);
	return signo;
}

/* -S: one signal or two, by number or, of some, by name; the last one given counts. */
static void plan_stops(struct plan *p)
{
	static const struct {
		const char *name;
		int signo;
	} named[] = { { "QUIT", 3 },
		      { "sigusr1", 10 },
		      { "SIGWINCH", 28 },
		      { "RTMIN+3", 37 },
		      { "Sigterm", 15 } };
	char value[48];
	int other = random_signal(), i = below(5);

	p->stops[p->stop = SIGTERM] = p->stops[SIGINT] = true;
	if (one_in(2))
		return;
	if (one_in(4))
		add_option(p, 'S', "stop-signal", "USR2,64");
	p->stops[SIGTERM] = p->stops[SIGINT] = false;
	p->stop = one_in(2) ? named[i].signo : other;
	p->stops[p->stop] = true;
	if (p->stop == named[i].signo)
		snprintf(value, sizeof value, "%s", named[i].name);
	else
		snprintf(value, sizeof value, "%d", p->stop);
	if (one_in(2)) {
		p->stops[other] = true;
		snprintf(value + strlen(value), sizeof value - strlen(value), ",%d", other);
	}
	add_option(p, 'S', "stop-signal", value);
}

static void plan_options(struct plan *p)
{
	static const char *const names[] = { "pidone", "pidone",      "pidone",	   "pidone",
					     "tini",   "docker-init", "catatonit", "dumb-init" };
	char value[48];

	p->name = names[below(8)];
	plan_stops(p);
	p->group = !strcmp(p->name, "dumb-init");
	if (one_in(3)) {
		add_option(p, 'g', "group", NULL);
		p->group = true;
	}
	if (one_in(6)) {
		add_option(p, 'c', "single-child", NULL);
		p->group = false;
	}
	if (one_in(2)) {
		static const struct {
			const char *text;
			int ms;
		} times[] = { { "0", 0 }, { "50ms", 50 }, { "0.2", 200 }, { "1.5s", 1500 } };
		int i = below(4);
		p->drain = true;
		p->grace_ms = times[i].ms;
		add_option(p, 't', "grace", times[i].text);
	}
	if (one_in(4)) {
		p->kill_after = true;
		p->kill_after_ms = below(4) * 60;
		snprintf(value, sizeof value, "%dms", p->kill_after_ms);
		add_option(p, 'k', "kill-after", value);
	}
	if (one_in(4)) {
		p->wait_all = true;
		add_option(p, 'a', "wait-all", NULL);
	}
	for (int n = below(3); n > 0; n--) {
		int from = random_signal(), to = one_in(3) ? 0 : random_signal();
		p->rewrite[from] = to ? to : -1;
		snprintf(value, sizeof value, "%d:%d", from, to);
		add_option(p, 'r', "rewrite", value);
	}
	for (int n = below(3); n > 0; n--) {
		int first = one_in(2) ? 128 + below(65) : below(256);
		int last = first + below(256 - first < 20 ? 256 - first : 20);
		for (int status = first; status <= last; status++)
			p->remap[status] = true;
		snprintf(value, sizeof value, "%d-%d", first, last);
		add_option(p, 'e', "remap-exit", value);
	}
	if (one_in(4)) {
		snprintf(p->report, sizeof p->report, "%s/report-%d", directory, (int)getpid());
		add_option(p, 'R', "report", p->report);
	}
	if (one_in(3))
		add_option(p, 'w', "warn-on-reap", NULL);
	if (one_in(8))
		add_option(p, 's', "subreaper", NULL);
	for (int n = one_in(2) ? below(4) : 0; n > 0; n--)
		add_option(p, 'v', "verbose", NULL);
	p->in_variable = one_in(3);
}

static void script(struct plan *p, const char *fmt, ...)
{
	size_t len = strlen(p->script);
	va_list args;

	va_start(args, fmt);
	vsnprintf(p->script + len, sizeof p->script - len, fmt, args);
	va_end(args);
}

static void plan_child(struct plan *p, int depth);

static void plan_children(struct plan *p, int depth)
{
	for (int n = below(depth == 0 ? 5 : 3); n > 0 && strlen(p->script) < 700; n--) {
		plan_child(p, depth + 1);
		if (one_in(3))
			script(p, "w%d", below(8));
	}
}

static void plan_child(struct plan *p, int depth)
{
	script(p, "(");
	if (one_in(4))
		script(p, one_in(2) ? "s" : "g");
	if (p->pid1 && one_in(10))
		script(p, "u");
	if (one_in(5))
		script(p, "i");
	else if (one_in(5))
		script(p, "h%d", below(256));
	if (depth < 4)
		plan_children(p, depth);
	if (one_in(2))
		script(p, "w%d", below(one_in(4) ? 150 : 20));
	if (one_in(8))
		script(p, "W");
	switch (below(6)) {
	case 0: script(p, "k%d", pick_deadly()); break;
	case 1: script(p, "p"); break;
	case 2: script(p, p->drain ? "zp" : "p"); break;
	case 3: break;
	default: script(p, "e%d", below(256));
	}
	script(p, ")");
}

static void plan_main(struct plan *p)
{
	int status;

	script(p, one_in(8) ? "tm" : "m");
	if (one_in(5))
		script(p, "i");
	else if (one_in(5)) {
		status = below(256);
		script(p, "h%d", status);
		p->status_known[status] = true;
	}
	plan_children(p, 0);
	p->logger = one_in(2);
	if (p->logger) {
		script(p, "l");
		p->ending = TELL_MAIN;
		p->ending_value = below(256);
		p->status_known[p->ending_value] = true;
		return;
	}
	p->ending = one_in(2) ? KILL_MAIN : TERM_INIT;
	p->ending_value = pick_deadly();
	p->endless = one_in(4);
	if (p->endless) {
		script(p, "p");
		return;
	}
	script(p, "w%d", below(one_in(3) ? 120 : 10));
	if (one_in(3)) {
		status = pick_deadly();
		script(p, "k%d", status);
		p->status_known[128 + status] = true;
	} else {
		status = one_in(2) ? below(256) : 0;
		script(p, "e%d", status);
		p->status_known[status] = true;
	}
}

static void make_plan(struct plan *p, uint64_t seed)
{
	memset(p, 0, sizeof *p);
	p->seed = seed;
	chance = seed * 0x2545f4914f6cdd1d + 1;
	p->pid1 = one_in(2) && geteuid() == 0;
	p->ignore_sigchld = one_in(12);
	p->early = one_in(6);
	p->mercy = !one_in(3);
	plan_options(p);
	p->pause = one_in(20);
	if (p->pause)
		add_word(p, "-P");
	else
		plan_main(p);
	p->stderr_kind = one_in(4) ? 1 + below(2) : 0;
	p->sent_count = one_in(3) ? 0 : 1 + below(MAX_SENT);
	for (int i = 0; i < p->sent_count; i++) {
		p->sent[i] = random_signal();
		p->sent_queued[i] = one_in(4);
		p->sent_delay_us[i] = one_in(2) ? 0 : below(4000);
	}
}

static void print_plan(const struct plan *p)
{
	printf("  SEED=%llu: %s as %s,%s", (unsigned long long)p->seed,
	       p->pid1 ? "PID 1" : "subreaper", p->name,
	       !p->in_variable ? ""
	       : p->pid1       ? " PIDONE_OPTIONS:"
			       : " (PIDONE_OPTIONS ignored)");
	for (int i = 0; i < p->word_count; i++)
		printf(" %s", p->words[i]);
	printf("\n  main: %s\n  signals:", p->script);
	for (int i = 0; i < p->sent_count; i++)
		printf(" %d%s", p->sent[i], p->sent_queued[i] ? "(queued)" : "");
	printf("%s; ending %d %d; stderr %d%s\n", p->early ? " (early)" : "", p->ending,
	       p->ending_value, p->stderr_kind, p->ignore_sigchld ? "; SIGCHLD ignored" : "");
}

/* ---- a run -------------------------------------------------------------- */

struct run {
	const struct plan *plan;
	pid_t init, main_pid;
	int init_fd, main_fd, socket, stderr_fd, stderr_kept;
	bool main_seen, main_ended, logging, tree_ended, stop_sent, failed, mercy;
	int waiting[MAX_WAITING], waiting_count; /* pidfds of who waits for ever */
	int due[65], received[65];		 /* what a logger should have got, and has */
	bool possible[256];
	int64_t killed_ms; /* when -k's clock started */
};

static pid_t bystanders[BYSTANDERS];
static bool has_exit_info;

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void fail(struct run *run, const char *fmt, ...)
{
	va_list args;

	if (!run->failed) {
		printf("FAILED: ");
		va_start(args, fmt);
		vprintf(fmt, args);
		va_end(args);
		printf("\n");
		print_plan(run->plan);
		fflush(stdout);
	}
	run->failed = true;
}

static int open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void signal_pidfd(int fd, int signo)
{
	syscall(SYS_pidfd_send_signal, fd, signo, NULL, 0);
}

static bool has_ended(int pidfd)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };

	return poll(&ended, 1, 0) == 1;
}

/* In the child. */
static void start_failed(const char *what)
{
	dprintf(1, "e2e: cannot start: %s: %s\n", what, strerror(errno));
	_exit(97);
}

static void become_init(const struct plan *p, int socket, int err)
{
	char *argv[96], options[2048] = "PIDONE_OPTIONS=";
	char *env[] = { options, "PATH=/usr/bin:/bin", NULL };
	int argc = 0, null = open("/dev/null", O_RDWR);

	if (p->in_variable && !p->pid1)
		strcat(options, "-e 0-255 -t 1h --no-such command");
	argv[argc++] = (char *)p->name;
	for (int i = 0; i < p->word_count; i++)
		if (p->in_variable && p->pid1) {
			strcat(options, one_in(8) ? "\r\n" : " ");
			strcat(options, p->words[i]);
		} else {
			argv[argc++] = (char *)p->words[i];
		}
	if (!p->pause) {
		argv[argc++] = (char *)tree;
		argv[argc++] = (char *)p->script;
	}
	argv[argc] = NULL;
	if (p->pid1 && (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
			mount("proc", "/proc", "proc", 0, NULL) < 0))
		start_failed("/proc");
	if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(err, 2) < 0 || dup2(socket, TREE_FD) < 0)
		start_failed("dup2");
	syscall(SYS_close_range, 3, TREE_FD - 1, 0);
	syscall(SYS_close_range, TREE_FD + 1, ~0U, 0);
	signal(SIGPIPE, SIG_DFL);
	if (p->ignore_sigchld)
		signal(SIGCHLD, SIG_IGN);
	execve(pidone, argv, env);
	start_failed(pidone);
}

/* init's stderr: kept to be shown, or a pipe without a reader, or a full one. */
static int open_stderr(struct run *run)
{
	int ends[2];
	static const char block[4096];

	run->stderr_kept = -1;
	if (run->plan->stderr_kind == 0)
		return run->stderr_kept = memfd_create("stderr", MFD_CLOEXEC);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	if (run->plan->stderr_kind == 1) {
		close(ends[0]);
		return ends[1];
	}
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	while (write(ends[1], block, sizeof block) > 0)
		;
	fcntl(ends[1], F_SETFL, 0);
	run->stderr_kept = ends[0];
	return ends[1];
}

static bool start(struct run *run)
{
	unsigned long flags = SIGCHLD | (run->plan->pid1 ? CLONE_NEWPID | CLONE_NEWNS : 0);
	int ends[2], on = 1, err = open_stderr(run);

	if (err < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ||
	    setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0) {
		fail(run, "cannot start: %s", strerror(errno));
		return false;
	}
	run->socket = ends[0];
	run->init = (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
	if (run->init == 0)
		become_init(run->plan, ends[1], err);
	close(ends[1]);
	if (err != run->stderr_kept)
		close(err);
	if (run->init < 0 || (run->init_fd = open_pidfd(run->init)) < 0) {
		fail(run, "cannot start: %s", strerror(errno));
		return false;
	}
	return true;
}

static void tell_main(struct run *run, int value)
{
	send(run->socket, &value, sizeof value, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Takes one message of the tree, if one is there. False where there is none. */
static bool take_message(struct run *run)
{
	struct tree_message message;
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec part = { &message, sizeof message };
	struct msghdr head = { .msg_iov = &part,
			       .msg_iovlen = 1,
			       .msg_control = &control,
			       .msg_controllen = sizeof control };
	struct ucred sender = { 0 };

	if (run->tree_ended)
		return false;
	ssize_t n = recvmsg(run->socket, &head, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		run->tree_ended = true;
	if (n <= 0)
		return false;
	if (CMSG_FIRSTHDR(&head))
		memcpy(&sender, CMSG_DATA(CMSG_FIRSTHDR(&head)), sizeof sender);
	switch (message.what) {
	case TREE_MAIN:
		run->main_seen = true;
		run->main_pid = sender.pid;
		run->main_fd = open_pidfd(sender.pid);
		break;
	case TREE_LOGGING: run->logging = true; break;
	case TREE_SIGNAL: run->received[message.value]++; break;
	case TREE_WAITING: {
		int fd = sender.pid == run->main_pid ? -1 : open_pidfd(sender.pid);
		if (fd < 0)
			break;
		if (run->mercy)
			signal_pidfd(fd, SIGKILL);
		if (run->waiting_count < MAX_WAITING)
			run->waiting[run->waiting_count++] = fd;
		else
			close(fd);
	}
	}
	return true;
}

/* Waits up to ms for something to happen: a message, the end of main or of init. */
static void wait_event(struct run *run, int ms)
{
	struct pollfd events[] = {
		{ .fd = run->tree_ended ? -1 : run->socket, .events = POLLIN },
		{ .fd = run->main_ended ? -1 : run->main_fd, .events = POLLIN },
		{ .fd = run->init_fd, .events = POLLIN },
	};

	poll(events, 3, ms);
	while (take_message(run))
		;
	if (run->main_fd >= 0 && !run->main_ended && has_ended(run->main_fd))
		run->main_ended = true;
}

#define WAIT_UNTIL(run, condition, ms)                                                             \
	do {                                                                                       \
		int64_t end_ = clock_ms() + (ms);                                                  \
		while (!(condition) && !has_ended((run)->init_fd) && clock_ms() < end_)            \
			wait_event((run), (int)(end_ - clock_ms()));                               \
	} while (0)

/* As it came or as it is rewritten. */
static bool is_stop(const struct plan *p, int signo)
{
	return p->stops[signo] || (p->rewrite[signo] > 0 && p->stops[p->rewrite[signo]]);
}

static void send_signal(struct run *run, int signo, bool queued)
{
	int to = run->plan->rewrite[signo] ? run->plan->rewrite[signo] : signo;

	if (to > 0) {
		run->possible[128 + to] = true;
		run->due[to]++;
	}
	if (is_stop(run->plan, signo) && !run->stop_sent) {
		run->stop_sent = true;
		run->killed_ms = clock_ms();
		if (run->plan->kill_after)
			run->possible[137] = true;
	}
	if (queued)
		sigqueue(run->init, signo, (union sigval){ .sival_int = 7 });
	else
		kill(run->init, signo);
}

static void send_planned(struct run *run)
{
	for (int i = 0; i < run->plan->sent_count && !has_ended(run->init_fd); i++) {
		if (run->plan->sent_delay_us[i])
			usleep((useconds_t)run->plan->sent_delay_us[i]);
		/* A pause ends of these; they are for its end. */
		if (!run->plan->pause || !is_stop(run->plan, run->plan->sent[i]))
			send_signal(run, run->plan->sent[i], run->plan->sent_queued[i]);
		while (take_message(run))
			;
	}
}

static char state_of(pid_t pid)
{
	char path[64], text[512], *end;
	char state = 0;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (n > 0) {
		text[n] = '\0';
		if ((end = strrchr(text, ')')))
			state = end[2];
	}
	if (fd >= 0)
		close(fd);
	return state;
}

/* The children of a process, as the kernel lists them; their number, or -1. */
static int children_of(pid_t pid, pid_t *list, int max)
{
	char path[64];
	int count = 0, child;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return -1;
	while (count < max && fscanf(file, "%d", &child) == 1)
		list[count++] = child;
	fclose(file);
	return count;
}

static int zombies_of(pid_t pid)
{
	pid_t list[256];
	int count = children_of(pid, list, 256), zombies = 0;

	for (int i = 0; i < count; i++)
		zombies += state_of(list[i]) == 'Z';
	return zombies;
}

/* A line of /proc/PID/status that is a signal set. */
static uint64_t signal_set(pid_t pid, const char *field)
{
	char path[64], line[256];
	uint64_t set = 0;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		if (!strncmp(line, field, strlen(field)))
			set = strtoull(line + strlen(field) + 1, NULL, 16);
	if (file)
		fclose(file);
	return set;
}

/* Until init has blocked the signals they mean what they mean to any program. */
static void wait_blocked(struct run *run)
{
	int64_t end = clock_ms() + LATE_MS;

	while (!(signal_set(run->init, "SigBlk") >> 63) && !has_ended(run->init_fd))
		if (clock_ms() > end) {
			fail(run, "init does not block signals");
			return;
		} else {
			usleep(200); /* nothing tells of it */
		}
}

/* Nothing tells of a zombie that is gone, so this looks again and again. */
static void check_zombies(struct run *run)
{
	int64_t end = clock_ms() + LATE_MS;

	while (zombies_of(run->init) > 0 && !has_ended(run->init_fd)) {
		if (clock_ms() > end) {
			fail(run, "init keeps a zombie");
			return;
		}
		wait_event(run, 1);
	}
}

static bool all_received(const struct run *run)
{
	for (int signo = 1; signo <= 64; signo++)
		if (run->due[signo] && !run->received[signo])
			return false;
	return true;
}

/* A logger got each signal, at least once: ordinary ones merge, and equal stop signals do. */
static void check_received(struct run *run)
{
	WAIT_UNTIL(run, all_received(run) || run->main_ended, LATE_MS);
	if (run->main_ended || has_ended(run->init_fd))
		return; /* SIGKILL by -r or -k */
	for (int signo = 1; signo <= 64; signo++)
		if (run->due[signo] && !run->received[signo])
			fail(run, "signal %d was lost", signo);
		else if (run->received[signo] > run->due[signo])
			fail(run, "signal %d came %d times, was sent %d times", signo,
			     run->received[signo], run->due[signo]);
}

static void end_main(struct run *run)
{
	const struct plan *p = run->plan;
	bool to_be_killed = p->kill_after && run->stop_sent;

	if (p->logger && run->logging && !to_be_killed)
		tell_main(run, p->ending_value);
	WAIT_UNTIL(run, run->main_ended, p->endless ? below(PATIENCE_MS / 8) : PATIENCE_MS);
	if (!run->main_ended && p->ending == TERM_INIT && !has_ended(run->init_fd)) {
		send_signal(run, p->stop, false);
		to_be_killed = p->kill_after;
		WAIT_UNTIL(run, run->main_ended, PATIENCE_MS);
	}
	if (!run->main_ended && to_be_killed) {
		WAIT_UNTIL(run, run->main_ended, LATE_MS);
		if (!run->main_ended && !has_ended(run->init_fd))
			fail(run, "main outlives -k");
	}
	if (!run->main_ended && run->main_fd >= 0) {
		int signo = p->ending == KILL_MAIN ? p->ending_value : SIGKILL;
		run->possible[128 + signo] = run->possible[128 + SIGKILL] = true;
		signal_pidfd(run->main_fd, signo);
		WAIT_UNTIL(run, run->main_ended, PATIENCE_MS);
		signal_pidfd(run->main_fd, SIGKILL);
	}
}

/* Main has ended, or there is none: with -a init may have to be helped to its end. */
static void end_rest(struct run *run)
{
	const struct plan *p = run->plan;

	if (p->wait_all && !p->mercy) {
		WAIT_UNTIL(run, false, PATIENCE_MS / 4);
		send_signal(run, p->drain ? p->stop : SIGUSR2, false);
		if (p->drain && !p->pause)
			return; /* the drain has to do it */
	}
	WAIT_UNTIL(run, false, p->wait_all ? PATIENCE_MS / 4 : 0);
	if (p->wait_all && !(p->drain && run->stop_sent)) {
		run->mercy = true;
		for (int i = 0; i < run->waiting_count; i++)
			signal_pidfd(run->waiting[i], SIGKILL);
	}
}

/* Main's status as the kernel recorded it; -1 where it does not tell. */
static int true_status(const struct run *run)
{
	struct pidfd_exit_info info = { .mask = PIDFD_HAS_EXIT };

	if (run->main_fd < 0 || ioctl(run->main_fd, PIDFD_GET_EXIT_INFO, &info) < 0 ||
	    !(info.mask & PIDFD_HAS_EXIT))
		return -1;
	return WIFSIGNALED(info.exit_code) ? 128 + WTERMSIG(info.exit_code)
					   : WEXITSTATUS(info.exit_code);
}

static void check_report(struct run *run, int status)
{
	char line[4096], want[32];
	int fd = open(run->plan->report, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof line - 1);

	if (fd >= 0)
		close(fd);
	unlink(run->plan->report);
	line[n < 0 ? 0 : n] = '\0';
	snprintf(want, sizeof want, " exit=%d ", status);
	if (!strstr(line, want) || !strchr(line, '\n'))
		fail(run, "status %d, but the report says '%s'", status, line);
}

/* True where main may have ended with 0. */
static bool may_be_0(const struct run *run)
{
	return run->possible[0] || run->plan->status_known[0];
}

static void check_status(struct run *run, int wstatus)
{
	const struct plan *p = run->plan;
	int status = WEXITSTATUS(wstatus), truth = p->pause ? 0 : true_status(run);

	if (!WIFEXITED(wstatus)) {
		fail(run, "init died of signal %d", WTERMSIG(wstatus));
		return;
	}
	/* With -a, where main's is 0 and no stop signal came in time, that of the last one. */
	bool of_the_rest = p->wait_all && !p->pause && (truth == 0 || (truth < 0 && may_be_0(run)));
	if (truth >= 0 && !of_the_rest) {
		has_exit_info |= !p->pause;
		if (status != (!p->pause && p->remap[truth] ? 0 : truth))
			fail(run, "status %d, main's was %d", status, truth);
	}
	bool possible = p->pause || of_the_rest;
	for (int s = 0; s < 256 && !p->pause; s++)
		if ((run->possible[s] || p->status_known[s]) && status == (p->remap[s] ? 0 : s))
			possible = true;
	if (!possible)
		fail(run, "status %d, which main cannot have ended with", status);
	if (*p->report)
		check_report(run, status);
}

static void check_rest(struct run *run)
{
	const struct plan *p = run->plan;

	while (take_message(run))
		;
	if (p->pid1 || p->wait_all || p->drain) {
		if (!run->tree_ended)
			fail(run, "a process is left");
		return;
	}
	/* With -g they may have been in main's group. */
	for (int i = 0; i < run->waiting_count && !p->group && !p->pid1; i++)
		if (has_ended(run->waiting[i]))
			fail(run, "a process of the rest was killed");
}

static void check_bystanders(struct run *run)
{
	for (int i = 0; i < BYSTANDERS; i++) {
		pid_t pid = bystanders[i];
		char state = state_of(pid);
		uint64_t got = signal_set(pid, "SigPnd") | signal_set(pid, "ShdPnd");
		if (state != 'S')
			fail(run, "a process outside was touched: state %c", state ? state : '-');
		if (got)
			fail(run, "a process outside got signals: %llx", (unsigned long long)got);
	}
}

static bool is_bystander(pid_t pid)
{
	for (int i = 0; i < BYSTANDERS; i++)
		if (pid == bystanders[i])
			return true;
	return false;
}

/* Whoever is left: they are the fuzzer's children now, it is a subreaper. */
static void clean_up(struct run *run)
{
	int64_t end = clock_ms() + LATE_MS;
	pid_t list[256];

	run->mercy = true;
	for (int i = 0; i < run->waiting_count; i++)
		signal_pidfd(run->waiting[i], SIGKILL);
	for (;;) {
		int count = children_of(getpid(), list, 256), left = 0;
		for (int i = 0; i < count; i++)
			if (!is_bystander(list[i])) {
				left++;
				kill(list[i], SIGKILL);
			}
		while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
			;
		while (take_message(run))
			;
		if (left == 0 && run->tree_ended)
			break;
		if (clock_ms() > end) {
			fail(run, "the tree does not end");
			break;
		}
		usleep(500);
	}
	for (int i = 0; i < run->waiting_count; i++)
		close(run->waiting[i]);
	close(run->main_fd);
	close(run->init_fd);
	close(run->socket);
}

static void show_stderr(const struct run *run)
{
	char text[8192];
	ssize_t n = run->failed && run->plan->stderr_kind == 0
			    ? pread(run->stderr_kept, text, sizeof text - 1, 0)
			    : 0;

	if (n > 0)
		printf("  stderr: %.*s\n", (int)n, text);
	fflush(stdout);
	close(run->stderr_kept);
}

/* One run. True where all held. */
static bool run_plan(const struct plan *p)
{
	struct run run = { .plan = p, .init_fd = -1, .main_fd = -1, .socket = -1 };
	int wstatus;

	if (!start(&run))
		return false;
	wait_blocked(&run);
	if (p->early)
		send_planned(&run);
	if (!p->pause) {
		WAIT_UNTIL(&run, run.main_seen, LATE_MS);
		if (!run.main_seen && !has_ended(run.init_fd))
			fail(&run, "main was not started");
		tell_main(&run, 0);
	}
	if (p->logger)
		WAIT_UNTIL(&run, run.logging || run.main_ended, PATIENCE_MS * 4);
	if (!p->early)
		send_planned(&run);
	if (p->logger && run.logging && !p->early && !p->group)
		check_received(&run);
	if (p->logger && run.logging && !run.main_ended)
		check_zombies(&run);
	if (p->pause)
		send_signal(&run, p->stop, false);
	else
		end_main(&run);
	end_rest(&run);
	WAIT_UNTIL(&run, false, LATE_MS + p->grace_ms);
	if (!has_ended(run.init_fd)) {
		fail(&run, "init does not end");
		kill(run.init, SIGKILL);
	}
	if (waitpid(run.init, &wstatus, 0) == run.init && !run.failed) {
		check_status(&run, wstatus);
		check_rest(&run);
	}
	check_bystanders(&run);
	clean_up(&run);
	show_stderr(&run);
	return !run.failed;
}

/* ---- many runs ---------------------------------------------------------- */

/* Processes that are nobody's business: one in init's group, one in another, one in a session. */
static void start_bystanders(void)
{
	for (int i = 0; i < BYSTANDERS; i++) {
		bystanders[i] = fork();
		if (bystanders[i] == 0) {
			unsigned char all[_NSIG / 8];
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (i == 1)
				setpgid(0, 0);
			if (i == 2)
				setsid();
			memset(all, 0xff, sizeof all);
			syscall(SYS_rt_sigprocmask, SIG_SETMASK, all, NULL, sizeof all);
			for (;;)
				pause();
		}
	}
	for (int i = 0; i < BYSTANDERS; i++)
		while (state_of(bystanders[i]) != 'S')
			usleep(1000);
}

struct bounds {
	uint64_t seed;
	long runs;
	int64_t until_ms;
	int jobs;
	bool verbose;
};

static int worker(const struct bounds *bounds, int job)
{
	static struct plan plan;
	struct rlimit no_core = { 0, 0 };
	long done = 0;
	int failed = 0;

	setpgid(0, 0);
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	start_bystanders();
	for (long i = job; i < bounds->runs && clock_ms() < bounds->until_ms && failed < 5;
	     i += bounds->jobs, done++) {
		make_plan(&plan, bounds->seed + (uint64_t)i);
		if (bounds->verbose)
			print_plan(&plan);
		failed += !run_plan(&plan);
	}
	for (int i = 0; i < BYSTANDERS; i++) {
		kill(bystanders[i], SIGKILL);
		waitpid(bystanders[i], NULL, 0);
	}
	printf("fuzz: e2e: job %d: %ld runs, %d failed%s\n", job, done, failed,
	       has_exit_info || !done ? "" : " (this kernel does not tell exit statuses)");
	fflush(stdout);
	return failed;
}

int main(int argc, char **argv)
{
	struct bounds bounds = { .runs = 1L << 40, .until_ms = INT64_MAX, .jobs = 4 };
	static char pidone_path[4096], tree_path[4096];
	int option, failed = 0, wstatus;

	bounds.seed = (uint64_t)time(NULL) * 1000003 + (uint64_t)getpid();
	while ((option = getopt(argc, argv, "s:n:t:j:v")) != -1)
		switch (option) {
		case 's': bounds.seed = strtoull(optarg, NULL, 10); break;
		case 'n': bounds.runs = atol(optarg); break;
		case 't': bounds.until_ms = clock_ms() + atol(optarg) * 1000; break;
		case 'j': bounds.jobs = atoi(optarg); break;
		case 'v': bounds.verbose = true; break;
		default: return 2;
		}
	if (getenv("PIDONE"))
		pidone = getenv("PIDONE");
	if (!realpath(pidone, pidone_path) || !realpath(tree, tree_path) || !mkdtemp(directory)) {
		perror("e2e");
		return 2;
	}
	pidone = pidone_path;
	tree = tree_path;
	chmod(directory, 0755);
	printf("fuzz: e2e: first seed %llu%s\n", (unsigned long long)bounds.seed,
	       geteuid() == 0 ? "" : "; not root: as subreaper only");
	fflush(stdout);
	for (int job = 0; job < bounds.jobs; job++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(worker(&bounds, job) ? 1 : 0);
		failed |= pid < 0;
	}
	while (wait(&wstatus) > 0)
		failed |= wstatus;
	rmdir(directory);
	return failed ? 1 : 0;
}
