/* SPDX-License-Identifier: MIT */
/*
 * driver WHAT ROUNDS MAIN INIT...: measures each INIT (a command line as one word, split at
 * blanks; "" is no init at all), interleaved: every round runs each of them once.
 * Prints "WHAT <tab> INIT <tab> sample" lines; bench/run makes medians of them.
 *
 *   start       microseconds from vfork to the end of INIT MAIN
 *   start-ns    the same as PID 1 of a new pid namespace
 *   orphans N LIVE   nanoseconds of init's CPU for each of N reaped orphans
 *   roundtrip   microseconds from kill(init) to main having taken the signal
 *   burst       signals a second, 15 different ones at a time
 *   lost        1 for each SIGTERM, sent up to 2.5 ms after exec, that main never got
 *   drain N     milliseconds from main's end to init's with N processes that obey SIGTERM
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_INITS = 16, MAX_WORDS = 32 };

struct subject {
	const char *name;
	char *argv[MAX_WORDS];
	pid_t pid;
	int in, out;
};

static struct subject subjects[MAX_INITS];
static int count;

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void die(const char *what)
{
	fprintf(stderr, "driver: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void sample(const char *what, const struct subject *s, double value)
{
	printf("%s\t%s\t%.3f\n", what, s->name, value);
}

/* INIT's words, then main's. */
static void add_subject(char *init, char *const main_argv[])
{
	struct subject *s = &subjects[count++];
	int n = 0;

	s->name = strdup(init);
	for (char *word = strtok(init, " "); word; word = strtok(NULL, " "))
		s->argv[n++] = word;
	for (; *main_argv; main_argv++)
		s->argv[n++] = *main_argv;
}

/* On one CPU what is measured is the init's work, not where the scheduler puts whom it wakes. */
static void use_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	/* Where it is not allowed, or there is one CPU, the measurement is noisier, no more. */
	(void)!sched_setaffinity(0, sizeof set, &set);
}

/*
 * For what depends on who runs when: each side has a CPU of its own, before everybody else there,
 * so that other load on the machine does not show as a fault of the init.
 */
static void own_cpu(int cpu)
{
	use_cpu(cpu);
	(void)!sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = 1 });
}

/* Starts it as PID 1, its stdin and stdout connected; `started` (or NULL) gets an end of a pipe
 * that the exec closes. */
static void start(struct subject *s, int *started)
{
	int in[2], out[2], exec_pipe[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(exec_pipe, O_CLOEXEC))
		die("pipe");
	s->pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	if (s->pid < 0)
		die("clone");
	if (s->pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		if (started)
			own_cpu(1);
		execvp(s->argv[0], s->argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	close(exec_pipe[1]);
	s->in = in[1];
	s->out = out[0];
	if (started)
		*started = exec_pipe[0];
	else
		close(exec_pipe[0]);
}

static void await(struct subject *s, const char *word)
{
	char buf[16] = "";
	size_t len = 0;

	while (!strchr(buf, '\n')) {
		ssize_t n = read(s->out, buf + len, sizeof buf - 1 - len);
		if (n <= 0)
			die("main said nothing");
		len += (size_t)n;
	}
	if (strncmp(buf, word, strlen(word)) != 0)
		die("main said something else");
}

static void stop(struct subject *s)
{
	close(s->in);
	close(s->out);
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
}

static void measure_start(const char *what, struct subject *s)
{
	bool namespace = strcmp(what, "start-ns") == 0, fails = strcmp(what, "start-fails") == 0;
	int wstatus;
	double before = now_us();
	pid_t pid =
		namespace ? (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0) : vfork();

	if (pid == 0) {
		execvp(s->argv[0], s->argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &wstatus, 0) < 0 || (wstatus != 0) != fails)
		die("start");
	sample(what, s, now_us() - before);
}

/* Nanoseconds on the CPU so far: /proc/PID/schedstat, its first number. */
static double cpu_ns(pid_t pid)
{
	char path[64];
	double ns = -1;

	snprintf(path, sizeof path, "/proc/%d/schedstat", (int)pid);
	FILE *file = fopen(path, "r");
	if (!file || fscanf(file, "%lf", &ns) != 1)
		die("schedstat");
	fclose(file);
	return ns;
}

static void measure_orphans(const char *what, struct subject *s, int n)
{
	double before = cpu_ns(s->pid);

	if (write(s->in, "g", 1) != 1)
		die("main");
	await(s, "done");
	sample(what, s, (cpu_ns(s->pid) - before) / n);
}

static void measure_roundtrip(struct subject *s)
{
	char c;
	double before = now_us();

	if (kill(s->pid, SIGUSR1) || read(s->out, &c, 1) != 1)
		die("roundtrip");
	sample("roundtrip", s, now_us() - before);
}

static void measure_burst(struct subject *s)
{
	static const int set[] = { SIGHUP,  SIGINT,  SIGQUIT,	SIGUSR1, SIGUSR2,
				   SIGALRM, SIGTERM, SIGURG,	SIGXCPU, SIGXFSZ,
				   SIGPROF, SIGIO,   SIGVTALRM, SIGPWR,	 SIGWINCH };
	enum { SET = sizeof set / sizeof set[0], TIMES = 20 };
	char buf[SET];
	double before = now_us();

	for (int i = 0; i < TIMES; i++) {
		for (int j = 0; j < SET; j++)
			kill(s->pid, set[j]);
		for (ssize_t got = 0, n; got < SET; got += n) {
			n = read(s->out, buf, sizeof buf);
			if (n <= 0)
				die("burst");
		}
	}
	sample("burst", s, SET * TIMES * 1e6 / (now_us() - before));
}

static void measure_lost(struct subject *s)
{
	int started, pidfd;
	char c;

	start(s, &started);
	double from = (read(started, &c, 1), now_us());
	double wait_us = (double)(rand() % 2500);
	while (now_us() - from < wait_us)
		;
	kill(s->pid, SIGTERM);
	pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	sample("lost", s, poll(&ended, 1, 50) == 1 ? 0 : 1);
	close(pidfd);
	close(started);
	stop(s);
}

static void measure_drain(struct subject *s)
{
	start(s, NULL);
	await(s, "ready");
	double before = now_us();
	close(s->in);
	s->in = -1;
	waitpid(s->pid, NULL, 0);
	sample("drain", s, (now_us() - before) / 1e3);
	close(s->out);
}

int main(int argc, char **argv)
{
	const char *what = argc > 4 ? argv[1] : "";
	int rounds = argc > 4 ? atoi(argv[2]) : 0, arg = 4, n = 0;
	char *main_argv[5] = { argc > 4 ? argv[3] : NULL };
	bool persistent = true;

	if (strcmp(what, "orphans") == 0) {
		n = atoi(argv[arg]);
		main_argv[1] = "orphans";
		main_argv[2] = argv[arg++];
		main_argv[3] = argv[arg++];
	} else if (strcmp(what, "drain") == 0) {
		main_argv[1] = "obey";
		main_argv[2] = argv[arg++];
		persistent = false;
	} else if (strcmp(what, "roundtrip") == 0 || strcmp(what, "burst") == 0) {
		main_argv[1] = "echo";
	} else if (strcmp(what, "lost") == 0) {
		main_argv[1] = "term";
		persistent = false;
	} else if (strncmp(what, "start", 5) == 0) {
		persistent = false;
	} else {
		fprintf(stderr, "usage: driver WHAT ROUNDS MAIN [N...] INIT...\n");
		return 1;
	}
	srand((unsigned)getpid());
	if (strcmp(what, "lost") == 0)
		own_cpu(0);
	else if (strcmp(what, "orphans") != 0 && strcmp(what, "drain") != 0)
		use_cpu(0);
	while (arg < argc && count < MAX_INITS)
		add_subject(argv[arg++], main_argv);
	for (int i = 0; persistent && i < count; i++) {
		start(&subjects[i], NULL);
		await(&subjects[i], "ready");
	}
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < count; i++) {
			/* Who follows whom matters: each round begins with another. */
			struct subject *s = &subjects[(i + round) % count];
			if (strncmp(what, "start", 5) == 0)
				measure_start(what, s);
			else if (strcmp(what, "orphans") == 0)
				measure_orphans(what, s, n);
			else if (strcmp(what, "roundtrip") == 0)
				measure_roundtrip(s);
			else if (strcmp(what, "burst") == 0)
				measure_burst(s);
			else if (strcmp(what, "lost") == 0)
				measure_lost(s);
			else
				measure_drain(s);
		}
	for (int i = 0; persistent && i < count; i++)
		stop(&subjects[i]);
	return 0;
}
