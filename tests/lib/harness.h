/* SPDX-License-Identifier: MIT */
/*
 * What the end-to-end tests share: start the real static binary as PID 1 of a new pid namespace
 * or as a subreaper, talk to it, and see what came of it.
 *
 * Rules: no sleeps where an event can be waited for; every wait here has a deadline and fails the
 * test with what it waited for. A forked child never returns into the test: it ends with _exit.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum mode {
	SUBREAPER, /* a plain child of the test */
	PID1	   /* init of a new pid namespace, with a /proc of its own */
};

#ifndef SLOW
#define SLOW 1 /* how much slower than others this machine is */
#endif

enum { WAIT_MS = 20000 * SLOW }; /* for an event that has to come: generous, machines are slow */

/* How to start pidone. Unset fields mean: as a shell would. */
struct start {
	enum mode mode;
	const char *const *args; /* options and command, NULL-terminated */
	const char *const *env;	 /* the whole environment; NULL: the test's own */
	const char *name;	 /* argv[0]; NULL: "pidone" */
	int tty;	     /* > 0: a terminal to be stdin, stdout and stderr, and controlling */
	bool keep_tty_group; /* with tty: do not make init a session leader, the caller did */
	bool no_proc;	     /* PID1: an empty directory in the place of /proc */
	void (*before_exec)(void); /* runs in the child, last thing before exec */
	const char *program;	   /* run this in the place of pidone, to compare; NULL: pidone */
};

/* A pidone under test. */
struct run {
	pid_t pid;	  /* init's, as the test sees it */
	int in;		  /* write end of its stdin (-1 with a tty) */
	int out;	  /* read end of its stdout (-1 with a tty) */
	int err;	  /* read end of its stderr (-1 with a tty) */
	char text[65536]; /* what read_line() and read_all() have of stdout */
	size_t len, used;
	enum mode mode;
};

/* Starts build/.../pidone. Fails the test where it cannot. */
void run_start(struct run *run, const struct start *start);

/* The next line of stdout, without its newline. Fails the test at end of file or WAIT_MS. */
const char *read_line(struct run *run);

/* read_line() until one begins with `prefix`; returns that one. */
const char *expect_line(struct run *run, const char *prefix);

/* All of stderr until end of file, NUL-terminated; static buffer. Call after run_wait(). */
const char *read_stderr(struct run *run);

/* All of stdout until end of file that read_line() has not given; in run->text. */
const char *read_stdout(struct run *run);

/* Waits for init's end; returns its exit status, or 1000 + the signal that killed init. */
int run_wait(struct run *run);

/* True where init has ended by itself within ms milliseconds (then run_wait() tells how). */
bool run_ended(struct run *run, int ms);

/* The same for any child of the test. */
bool pid_ended(pid_t pid, int ms);

/* Starts, waits, closes: the exit status as run_wait() tells it. */
int run_status(const struct start *start);

/* Kills what is left of it (init, and all below it) and closes the descriptors. */
void run_close(struct run *run);

/* The pid, as the test sees it, of init's only child; 0 where there is none. */
pid_t only_child(pid_t pid);

/* How many children pid has that are zombies / that are there at all. */
int count_zombies(pid_t pid);
int count_children(pid_t pid);

/* One letter: the state of a process in /proc/PID/stat; 0 where there is none. */
char process_state(pid_t pid);

/* Waits until process_state(pid) is one of `states`; false after WAIT_MS. */
bool wait_state(pid_t pid, const char *states);

/* A field of /proc/PID/status as text ("SigBlk", "PPid", ...); static buffer, "" where missing. */
const char *status_field(pid_t pid, const char *field);

/*
 * True where pidone runs under qemu-user (scripts/cross/run-tests says so): its mask and what it
 * ignores are not what the kernel shows.
 */
bool is_emulated(void);

/* A signal that qemu-user does not pass as it is: faults, and since 8.2 SIGABRT, are its own,
 * realtime ones have other numbers. Where pidone is not emulated there is none. */
bool is_emulators(int signo);

/* SigBlk in /proc/PID/status where all is blocked: the kernel never blocks KILL and STOP. MASK() is
 * the text for a machine's 64 signals; MIPS has 128. */
#ifdef __mips__
#define FULL_MASK "ffffffffffffffffffffffffffbffeff"
#define MASK(rest, low) rest low
#else
#define FULL_MASK "fffffffffffbfeff"
#define MASK(rest, low) low
#endif

/* Sets the mask, raw, as libc's own leaves out some: `low` for signals 1-64, `rest` for each 64 of
 * those above. */
void set_raw_mask(unsigned long long low, unsigned long long rest);

/* True once init has blocked every signal and waits: before, one that is ignored would be lost. */
bool init_waits(pid_t pid);

/* The path of a program of tests/children/, built. Static buffer. */
const char *child_program(const char *name);

/* The path of the pidone under test (PIDONE in the environment, else ./pidone). */
const char *pidone_path(void);

/* Makes a new, empty directory that everybody may enter; static buffer. */
const char *scratch_make(void);

/* Removes it with all that is in it. */
void scratch_remove(const char *dir);

/* Milliseconds of the monotonic clock. */
long long clock_ms(void);

/* fork(2) that cannot return -1: a kill(2) of that pid would be everybody on the machine. */
static inline pid_t fork_or_die(void)
{
	pid_t pid = fork();

	if (pid < 0)
		abort();
	return pid;
}

/* Of libgcov; there in the builds of `make coverage`. */
void __gcov_dump(void) __attribute__((weak));

/* _exit(2) for a child in which the product's own functions ran: what was counted is kept. */
static inline __attribute__((noreturn)) void exit_child(int status)
{
	if (__gcov_dump)
		__gcov_dump();
	_exit(status);
}

/* clone(2) used as fork(2), by the raw call: so the child is one of the test itself, also in new
 * namespaces, and may end with another signal than SIGCHLD. */
static inline pid_t raw_clone(unsigned long flags)
{
#ifdef __s390x__
	return (pid_t)syscall(SYS_clone, 0, flags, 0, 0, 0);
#else
	return (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
#endif
}

/* For any condition in Criterion's new asserts, which cannot take a macro or a pointer. */
static inline bool holds(bool condition)
{
	return condition;
}

/* Waits until the condition is true; fails the test after WAIT_MS. For what no event tells. */
#define WAIT_FOR(condition)                                                                        \
	do {                                                                                       \
		long long end_ = clock_ms() + WAIT_MS;                                             \
		while (!(condition)) {                                                             \
			if (clock_ms() > end_)                                                     \
				cr_fatal("waited in vain for: %s", #condition);                    \
			usleep(1000);                                                              \
		}                                                                                  \
	} while (0)

/* A test that has to hold as subreaper and as PID 1; `mode` says which. */
#define BOTH_MODES(suite, name)                                                                    \
	static void name(enum mode mode);                                                          \
	Test(suite, name##_as_subreaper)                                                           \
	{                                                                                          \
		name(SUBREAPER);                                                                   \
	}                                                                                          \
	Test(suite, name##_as_pid_1)                                                               \
	{                                                                                          \
		NEED_ROOT();                                                                       \
		name(PID1);                                                                        \
	}                                                                                          \
	static void name(enum mode mode)

/* Skips the test where it is not run by root: pid namespaces, other users. */
#define NEED_ROOT()                                                                                \
	do {                                                                                       \
		if (geteuid() != 0)                                                                \
			cr_skip_test("needs root");                                                \
	} while (0)

#endif
