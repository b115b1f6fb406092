/* SPDX-License-Identifier: MIT */
/*
 * pidone: a tiny init for containers.
 *
 * The one header. Each function's contract is here: arguments with their
 * units, what it returns, how it fails, and where the rule comes from
 * (a man page, the kernel, or a section of the contract, which pidone.1 makes
 * public).
 *
 * Words: "init" is this process; "main" is the process of COMMAND; "the rest"
 * is all other processes that init is responsible for. `wstatus` is the raw
 * word of wait(2), `status` is an exit status, 0 to 255.
 */
#ifndef PIDONE_H
#define PIDONE_H

#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>

/* Headers may be older than these calls, whose numbers are the same on every machine. */
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
/* The calls whose times are two longs. musl gives them these names where longs have 32 bits. */
#ifdef SYS_clock_gettime32
#define SYS_CLOCK_GETTIME SYS_clock_gettime32
#define SYS_TIMER_SETTIME SYS_timer_settime32
#else
#define SYS_CLOCK_GETTIME SYS_clock_gettime
#define SYS_TIMER_SETTIME SYS_timer_settime
#endif
/* Where uids once had 16 bits, the call for 32 bits has a name of its own. */
#ifndef SYS_setresuid32
#define SYS_setresuid32 SYS_setresuid
#endif

enum {
	STATUS_USAGE = 1,	   /* a mistake on the command line */
	STATUS_CANNOT_START = 125, /* init could not do its own part */
	STATUS_CANNOT_EXEC = 126,  /* COMMAND found, but not executable */
	STATUS_NOT_FOUND = 127,	   /* COMMAND not found */
	STATUS_SIGNAL_BASE = 128   /* + n: main died of signal n */
};

enum {
	SIGNAL_MAX = 64,      /* the highest signal a user can name */
	SIGNAL_RTMIN = 34,    /* what glibc programs mean by SIGRTMIN */
	SIGNAL_NAME_MAX = 16, /* "RTMIN+30" and its NUL fit with room */
	PROCESS_NAME_MAX = 64 /* for kernel workers; a program's name has 15 characters */
};

/* The bit of signal n in a set of signals; 0 for signals above 64, which MIPS has. */
#define SIGNAL_BIT(n) ((n) > SIGNAL_MAX ? 0 : UINT64_C(1) << (-1 + (n)))

/* Marks code that an idle init never runs; layout.ld keeps it apart. */
#define COLD __attribute__((cold, noinline))

/* Marks code that reads what others wrote: its stack is protected. gcc's -fstack-protector alone
 * does not see arrays of char with -flto. */
#if __has_attribute(stack_protect)
#define GUARDED COLD __attribute__((stack_protect))
#else
#define GUARDED COLD
#endif

struct init;

/* ---- clock.c: the clock and the timer ------------------------------------ */

/* clock_gettime(2), in `units` of a second (at most 10^9). NO_TIME if it fails. */
int64_t read_clock(clockid_t clock, int units);

/* Milliseconds of the monotonic clock; NO_TIME if it fails. */
int64_t now_ms(void);

/* The clock of the start times in /proc: 1/100 s since the machine's start. NO_TIME if it fails. */
int64_t ticks_now(void);

enum { NO_TIMER = -1 };

/*
 * Sets a timer, which is made if it is NO_TIMER, to end in `ms` milliseconds (below 1000); 0 stops
 * it. When it ends, init gets a SIGCHLD with the code SI_TIMER (timer_create(2)): so a wait needs
 * no timeout. The signal cannot be lost in a SIGCHLD that is pending: a timer has a place of its
 * own in the queue. 0, or -1 with errno: EAGAIN if RLIMIT_SIGPENDING leaves no such place.
 */
int set_timer(int *timer, int ms);

/* Sleeps, whatever comes. */
void nap(int ms);

/* ---- text.c: text and numbers ------------------------------------------- */

/* A line that is being built. Text that does not fit is cut. */
struct text {
	size_t len;
	char buf[1024];
};

/*
 * Appends to `text`. The format knows %s, %d (int), %l (long, followed by 'd')
 * and %%. In a %s, bytes that are not printable UTF-8 become '?': a message is always one line
 * without escape sequences, whatever a user typed. No stdio: it alone would be half of the
 * binary.
 */
void text_add(struct text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Appends KEY=VALUE. The value is quoted if logfmt needs it, and cut if it is long. */
void text_add_value(struct text *text, const char *key, const char *value);

/* The same as text_add with a va_list. */
void text_vadd(struct text *text, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));

/* The text as a string: adds a NUL, in place of the last character if the text is full. */
const char *text_string(struct text *text);

/* strerror(3) for the errors that init's calls have, "error N" for others: libc's texts for all are
 * 2 kB. The text for another may be overwritten by the next call. */
const char *error_text(int error);

/*
 * How many characters at the beginning of `text` are of `set` (strspn(3)), and how many it has
 * before one of `set` (strcspn(3)). libc's own, made for long texts, are ten times as large.
 */
size_t span_of(const char *text, const char *set);
size_t span_to(const char *text, const char *set);

/*
 * Reads the digits at *text and moves it past them. Returns their value, or
 * -1 if there are none or the value is above `max`.
 */
int64_t parse_number(const char **text, int64_t max);

/* The number after `key` in the line that begins with `key`, at most UINT32_MAX; -1: none. */
int64_t number_behind(const char *lines, const char *key);

/* ---- message.c: what pidone says, and never waits to say ---------------- */

enum level {
	LEVEL_ERROR,   /* why pidone could not do what it was asked */
	LEVEL_WARNING, /* the default */
	LEVEL_MAIN,    /* -v: what happens to main */
	LEVEL_SIGNAL,  /* -vv: each signal and each reap */
	LEVEL_TRACE    /* -vvv: states and deadlines */
};

/* Sets the name in front of each message: the base name of argv[0]. */
void message_name(const char *name);

/* That name. */
const char *own_name(void);

/* Sets the highest level that is written. */
void message_verbosity(int level);

/* True if messages of `level` are written. To be asked before work that only they need. */
bool message_enabled(int level);

/*
 * Writes "NAME: ...\n" to stderr in one write, if `level` is enabled.
 * Never blocks, whatever stderr is: a message that cannot be written at once is
 * dropped and counted, and the next one that can be written says how many were
 * (contract 7). Does not change errno.
 */
void message(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* message() for a level that the caller knows to be enabled. */
void vmessage(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));

/*
 * Writes `len` bytes to descriptor 1 or 2 without blocking and without changing
 * its flags, which main shares. Returns false if it could not.
 */
bool write_stdio(int fd, const char *buf, size_t len);

/* Writes a whole text to stdout, blocking. Returns an exit status, 0 or 1. */
int print(const char *text);

/* ---- options.c: the command line, its values, the names --------------- */

struct options {
	char **command;	       /* COMMAND and its arguments, NULL-terminated */
	const char *report;    /* -R FILE, or NULL */
	int64_t grace_ms;      /* -t, or NO_TIME */
	int64_t kill_after_ms; /* -k, or NO_TIME */
	uint64_t stop_signals; /* -S: bit n-1 stands for signal n */
	int verbosity;	       /* an enum level, may be higher */
	int parent_death;      /* -p SIGNAL, or 0 */
	bool subreaper;	       /* -s given: a refusal is worth a warning */
	bool group;	       /* -g: signals go to main's process group */
	bool wait_all;	       /* -a */
	bool warn_on_reap;     /* -w */
	bool pause;	       /* -P */
	bool dumb_init;	       /* do as dumb-init with TSTP, TTIN, TTOU, and when main ends */
	signed char rewrite[SIGNAL_MAX + 1]; /* -r: TO, SIGNAL_DROP, or 0: as is */
	unsigned char remap_exit[256 / 8];   /* -e: one bit for each status */
};

enum { NO_TIME = -1, SIGNAL_DROP = -1 };

/*
 * Fills `options` from the name, the environment, PIDONE_OPTIONS and the
 * command line, in this order: the last one wins (contract 1).
 * Returns -1 if pidone is to go on, else the status to exit with: 0 after
 * --help and the like, STATUS_USAGE after a mistake, which it has explained.
 */
int parse_options(struct options *options, char **argv);

/*
 * Parses NUMBER[.FRACTION][ms|s|m|h] (no unit: seconds) into milliseconds,
 * rounded up so that no deadline is shorter than asked for.
 * Returns false, and leaves *ms alone, for anything else.
 */
bool parse_time(const char *text, int64_t *ms);

/*
 * Sets the bits of `set` that LIST names: statuses 0-255, ranges of them, and
 * signal names (128 + their number), with commas between. Returns false for
 * anything else; the bits for the text before the mistake may then be set.
 */
bool parse_status_list(const char *list, unsigned char set[256 / 8]);

/*
 * Parses signals, numbers or names with commas between, into a set of SIGNAL_BITs that replaces
 * *set. Returns NULL, or what is wrong; *set is then unchanged.
 */
const char *parse_signal_list(const char *list, uint64_t *set);

/* Parses FROM:TO into the table. Returns NULL, or what is wrong with it. */
const char *parse_rewrite(const char *rule, signed char rewrite[SIGNAL_MAX + 1]);

/* The base name of a path; "pidone" for NULL, "", or one that ends with a slash. */
const char *base_name(const char *path);

/* ---- signals.c: mask, signalfd, forwarding ------------------------------ */

/*
 * A signal set as the kernel has it. libc's sigset_t functions leave out the
 * signals that libc uses itself (musl 32-34, glibc 32-33). A signal that is not
 * blocked kills init, or as PID 1 init loses it. The kernel wants exactly
 * _NSIG / 8 bytes: 8, or 16 on MIPS.
 */
struct signal_mask {
	unsigned long bits[_NSIG / 8 / sizeof(unsigned long)];
};

/* Blocks every signal; *inherited gets the mask from before. 0, or -1/errno. */
int block_signals(struct signal_mask *inherited);

/*
 * The kernel's struct sigaction, whose layout differs between machines. Nothing looks inside:
 * all 0 is SIG_DFL on every one, and what the kernel returned can be set again.
 */
struct kernel_sigaction {
	unsigned long words[4 + sizeof(struct signal_mask) / sizeof(unsigned long)];
};

/* sigaction(2): sets what signo does; *old (may be NULL) gets what it did. 0, or -1 with errno. */
int set_action(int signo, const struct kernel_sigaction *action, struct kernel_sigaction *old);

/* What signo does by default, for set_action(). */
extern const struct kernel_sigaction default_action;

/* Sets the mask, all bits of it. 0, or -1 with errno (sigprocmask(2)). */
int restore_signals(const struct signal_mask *mask);

/*
 * Init raises signo with its default action: if the kernel agrees, this stops or ends init. Does
 * not return if it ends init.
 */
void take_default_action(int signo);

/* True if signo has come and was not read yet (sigpending(2)). */
bool is_pending(int signo);

/* A signalfd for every signal, close-on-exec. The descriptor, or -1/errno. */
int open_signalfd(void);

/*
 * Waits at most timeout_ms (-1: for ever) for signals and reads up to `max`.
 * Without a timeout this is one read(2): an idle init has no timer.
 * Returns how many were read, 0 when the time is up, -1 with errno.
 */
int wait_signals(int sfd, struct signalfd_siginfo *signals, int max, int64_t timeout_ms);

/*
 * Sends signo to main for the sender in `info`. If that used sigqueue(3), main gets its value, pid
 * and uid too (rt_sigqueueinfo(2)). No failure is fatal; EPERM is explained once.
 */
void forward_signal(const struct signalfd_siginfo *info, int signo, pid_t main_pid);

/*
 * Sends signo to pid as sigqueue(3) does, with the sender and the value of `from`. 0, or -1 with
 * errno.
 */
int queue_signal(const struct signalfd_siginfo *from, int signo, pid_t pid);

/*
 * kill(2), or with pidfd >= 0 pidfd_send_signal(2). If init may not send it, a child tries as the
 * user that the process runs as (CAP_SETUID). If that fails too, warn_unsent(). True if it was
 * sent.
 */
bool send_signal_to(pid_t pid, int pidfd, int signo);

/* The same without a pidfd. */
void send_signal(pid_t pid, int signo);

/*
 * Says that signo could not be sent to pid, and for EPERM what to do about it. Says it only once,
 * not for every signal. ESRCH is no failure. Reads errno.
 */
void warn_unsent(pid_t pid, int signo);

/* The signal that -r makes of signo; 0: it is dropped. */
int rewritten(const struct options *options, int signo);

/* True if signo, or what -r makes of it, means "please end" (-S, contract 6). */
bool is_stop_signal(const struct options *options, int signo);

/* ---- signame.c: signal names, both ways --------------------------------- */

/*
 * A signal's number, from a number 1-64 or a name with or without SIG, in any
 * case, RTMIN[+n] and RTMAX[-n] included; RTMIN is 34 whatever libc says.
 * Returns 0 if the text is none.
 */
int signal_number(const char *text);

/* The name of signo without SIG, never NULL. Names that are not in the table are made in buf. */
const char *signal_name(int signo, char buf[SIGNAL_NAME_MAX]);

/* ---- reaper.c: waiting, statuses, subreaper ----------------------------- */

/* What waitpid reported about one child. */
enum reap {
	REAP_NONE,    /* children are left, none has anything to report */
	REAP_EMPTY,   /* there is no such child (ECHILD) */
	REAP_FAILED,  /* waitpid failed, errno says how */
	REAP_EXITED,  /* a child ended and is gone */
	REAP_STOPPED, /* a child is in a group stop (job control) */
	REAP_TRACED   /* a child stopped to be traced; it was detached */
};

/*
 * One waitpid(which, WNOHANG): for the child `which`, or for any child if it is -1. With `stops` it
 * also reports group stops. *pid and *wstatus are the child's, *usage (may be NULL) its resources.
 * A child that asked to be traced (PTRACE_TRACEME) is detached at once, with its signal, see
 * ptrace(2).
 */
enum reap reap_one(pid_t which, bool stops, pid_t *pid, int *wstatus, struct rusage *usage);

/* The exit status that a shell would give wstatus: its code, or 128 + n. */
int exit_status(int wstatus);

/* Says that the orphan `pid` was reaped, and how it ended; `name` may be empty. */
void say_reaped(int level, pid_t pid, int wstatus, const char *name);

/* The status init exits with: 0 if `status` is in the set of -e. */
int remap_status(int status, const unsigned char set[256 / 8]);

/* Makes init adopt its orphaned descendants (PR_SET_CHILD_SUBREAPER). */
int become_subreaper(void);

/* The pid that reap_one(-1, stops, ...) would take now; 0: none; -1: waitid(2) failed. */
pid_t peek_child(bool stops);

/* True for a living child of init's own. Its number cannot be reused before init reaps it. */
bool is_living_child(pid_t pid);

/* True if init has children, zombies included, or if that cannot be known. */
bool has_children(void);

/* > 0 if this child is stopped, 0 if not, -1 if waitid(2) fails. `reported`: reap_one() has
 * reported a stop of it before. */
int is_stopped(pid_t pid, bool reported);

/* ---- rest.c: the other processes that init is responsible for ----------- */

struct rest {
	int64_t since; /* ticks_now() at main's start, if there were children from before; else 0 */
	pid_t group;   /* the process group that has got the stop signal already */
	int64_t told;  /* ticks_now() when it got it; 0: no group has */
};

/*
 * Which of the rest. MEMBERS: in init's own process group, main included. OTHERS: not in it.
 * UNTOLD: those that have not got the stop signal yet (struct rest).
 */
enum whom { EVERYBODY, MEMBERS, OTHERS, UNTOLD };

/* True for a child that init had before main: it does not belong to the rest. */
bool is_from_before(const struct rest *rest, pid_t pid);

/*
 * Sends the signals (a list that ends with 0) to those of the rest that `whom` selects: as PID 1
 * with kill(-1) if nobody is left out, else one by one through /proc, and to nobody else. Returns
 * how many it found (as PID 1 perhaps 0), or -1 if there is no usable /proc, and says so once.
 */
int signal_rest(const struct rest *rest, enum whom whom, const int *signals);

/*
 * Sends signo to main's process group: to all of it if main leads it. If it is init's group too,
 * only main and the rest get it (contract 4). False if it found nobody to send it to, or if main is
 * in another group.
 */
bool signal_group(const struct init *init, int signo);

/* How many processes of the rest are alive (zombies are not); -1: unknown. */
int count_rest(const struct rest *rest);

/* Warns of each process of the rest that is alive, with `what` in front. Returns how many. */
int name_rest(const struct rest *rest, const char *what);

/*
 * The name of a process from /proc; empty if it cannot be read, or if /proc belongs to another pid
 * namespace, whose numbers mean nothing here.
 */
void process_name(pid_t pid, char name[PROCESS_NAME_MAX]);

/* ---- terminal.c: what comes from the terminal, and stopping as a job ----- */

/*
 * True if init has a controlling terminal: /dev/tty can be opened or, if that file is missing,
 * descriptor 0, 1 or 2 is the terminal (tcgetpgrp(3)). Main then stays in init's process group
 * (contract 4).
 */
bool has_terminal(void);

/* True if neither init's group nor main's has the foreground, or if that cannot be known. */
bool in_background(pid_t main_pid);

/*
 * True if the terminal has sent this signal to init's whole process group: INT, QUIT, TSTP, TTIN,
 * TTOU, WINCH. For HUP and CONT too, unless init is the session's leader, which gets them alone.
 * Only the kernel can set SI_KERNEL (sigaction(2)).
 */
bool group_has_it(const struct signalfd_siginfo *info);

/*
 * Stops init until SIGCONT, as ^Z stops a process that does not catch it: the shell above sees its
 * job stopped. Does nothing in an orphaned process group, where there is no such shell, nor as
 * PID 1.
 */
void stop_with_job(void);

/* ---- files.c: init's own descriptors ------------------------------------ */

/* openat(2), close-on-exec, never a controlling terminal; everybody may read a new file. */
int open_file(int dirfd, const char *path, int flags);

/*
 * Moves fd above 2, so that neither main nor a message takes it for stdio,
 * and makes it close-on-exec. Returns the descriptor, or -1 with errno.
 */
int fd_above_stdio(int fd);

/* Closes every descriptor above 2 but the `count` ones in keep (-1: none). */
void close_other_fds(const int *keep, int count);

/*
 * Calls act for each entry of the directory whose name is a number. 0, or -1 with errno. The
 * descriptor is read to its end.
 */
int for_each_number(int dirfd, void (*act)(int number, void *arg), void *arg);

/* Reads a whole small file, NUL-terminated. Its length, or -1 with errno. */
ssize_t read_file(int dirfd, const char *path, char *buf, size_t size);

/* ---- report.c: the post-mortem ------------------------------------------ */

struct report {
	int fd;	    /* -1: none */
	int oom_fd; /* this cgroup's memory events, or -1 */
	long oom_kills_before;
	int64_t started_ms;
	int last_signal; /* 0: none came */
	pid_t last_signal_from;
	long orphans;	     /* how many were reaped */
	struct rusage usage; /* main's and its waited-for children's */
};

/*
 * Opens `path`, empties it, and takes the counts to compare with. "-", /dev/stderr and /dev/stdout
 * are init's own descriptors. A failure is a warning.
 */
void open_report(struct report *report, const char *path);

/* Writes the one line of contract 7, after what main has written to the file. */
void write_report(const struct init *init, int status);

/*
 * Says which signal killed main: as a warning if it did not come through init and was not typed
 * (contract 7, "Why it died"), else with -v. SIGPIPE is a usual end in a pipeline: no warning.
 */
void say_killed(const struct init *init);

/* ---- init.c: the states and the loop --------------------------------------- */

/*
 * The states of init, and what leads from one to the next:
 *
 *   RUNNING   main is alive; signals go to it.
 *             -k's deadline after a stop signal: main is killed, the state
 *             stays; one second later main counts as killed by SIGKILL.
 *             main ended: DONE; with -a: WAITING; with -t: DRAINING
 *             (with both: WAITING, or DRAINING if a stop signal came before).
 *   PAUSED    -P: no main. A stop signal: DONE; with -t: DRAINING.
 *   WAITING   -a: signals go to the rest.
 *             nobody is left: DONE. With -t a stop signal: DRAINING.
 *   DRAINING  the rest got TERM and CONT, the grace runs.
 *             nobody is left: DONE. The deadline: KILLING.
 *   KILLING   the rest got KILL.
 *             nobody is left, or one second is over: DONE.
 *   DONE      the loop ends.
 */
enum state { RUNNING, PAUSED, WAITING, DRAINING, KILLING, DONE };

/* To find a repeated one, see is_repeated() in init.c. */
struct last_stop_signal {
	uint32_t signo;
	uint32_t from;
	int64_t ms;
};

struct init {
	const struct options *options;
	enum state state;
	bool shares_group;     /* with main, because there is a terminal */
	bool main_stopped;     /* at least once */
	bool continued;	       /* after this batch was read: the stops in it are over */
	bool stop_signal_came; /* while main lived, or since */
	bool main_killed;      /* by init, for -k */
	bool wait_failed;      /* the last waitpid failed; this is said once */
	bool walks_are_long;   /* over all children, see reap_named() */
	bool owes_walk;	       /* and the timer runs */
	bool asks;	       /* init polls /proc, as no signal tells of the end of those left */
	pid_t pid;	       /* init's own; 1 as the init of a pid namespace */
	pid_t main_pid;
	int wstatus;	  /* main's, once it has ended */
	int last_wstatus; /* that of the last of the rest, with -a */
	int stop_signal;  /* the first that came, after -r; 0: none, or dropped */
	int typed_end;	  /* the signal from the terminal that ended main, or 0 */
	unsigned walks;	  /* over all children, so far */
	int owed_reaps;	  /* by name, since the last walk over all children */
	int timer;	  /* for the walk that is owed, see set_timer() */
	int sfd;
	uint64_t sent;	    /* the signals that init has sent to main, see SIGNAL_BIT */
	uint64_t typed;	    /* those that the terminal has sent to the group */
	uint64_t untaken;   /* the same in the batch that was read last */
	int64_t deadline;   /* now_ms() time, NO_TIME: there is none, 0: the clock failed */
	int64_t timeout_ms; /* the time from its beginning to the deadline */
	struct last_stop_signal last_stop_signal;
	struct rest rest;
	struct signal_mask inherited_mask;
	struct kernel_sigaction inherited_sigchld;
	struct report report;
};

enum {
	NAP_MS = 100 /* before trying again what failed, or asking again who is left */
};

/* ---- start.c: up to COMMAND's first instruction ---------------------------- */

/* Says what failed, with errno. Returns STATUS_CANNOT_START. */
int cannot_start(const char *what);

/* Sets up all that init needs before main exists. 0, or the status to exit with. */
int prepare(struct init *init);

/*
 * Starts main. Because of vfork init does not run until the exec has succeeded or failed. So main
 * has its group before init forwards a signal. 0, or the status to exit with.
 */
int spawn(struct init *init);

/* Releases the directory and the descriptors that init does not need: others may wait for them. */
void let_go(const struct init *init);

/*
 * If LISTEN_PID or WATCHDOG_PID in the environment is exactly `from`, makes it `to`
 * (sd_listen_fds(3), sd_watchdog_enabled(3)). If LISTEN_PID was changed, it removes LISTEN_PIDFDID,
 * which also stands for init's process and may be missing. To be called once, in the child: it
 * allocates nothing, its strings are static.
 */
void retarget_environment(pid_t from, pid_t to);

/* getenv(3), in less code. */
const char *env_value(const char *name);

/* PATH, or the list that is searched if there is no PATH. */
const char *search_path(void);

/*
 * Replaces the process with argv[0], looked up in PATH, as execvp(3) does, but the same under every
 * libc. /bin/sh runs text that the kernel refuses with ENOEXEC. Returns only on failure, with
 * errno: ENOENT if it was not found.
 */
void exec_command(char *const argv[]);

/* ---- explain.c: why COMMAND could not be run ---------------------------- */

/*
 * `line` says that argv[0] could not be run, and `error`. Appends what is wrong and with which file
 * (contract 7), if that can be found out. Allocates nothing, never waits, and reads a few kB at
 * most. Whatever is in the file, and whatever fails, the line stays one line.
 */
void explain_exec(struct text *line, char *const argv[], int error);

/*
 * True if /bin/sh shall run this file, which the kernel refused with ENOEXEC, as in execvp(3): it
 * is text (no NUL in its first 256 bytes) without a #! line that names an interpreter. If something
 * stands before a #! line, so that it does not count, *before says what; else it is NULL.
 */
bool is_plain_script(const char *path, const char **before);

/*
 * Searches for `name`. Returns the next path for which lstat(2) gives `error` (0: it exists), or
 * NULL at the end. *dir, at first search_path(), is where the search goes on.
 */
const char *find_in_path(const char **dir, const char *name, int error);

/* ---- elf.c: what an ELF file says about itself --------------------------- */

enum {
	HEAD_SIZE = 1024, /* how much is read of a file, with a NUL at the end */
	TEXT_MAX = 256	  /* how much the kernel reads of a #! line; a loader's path fits too */
};

/*
 * Reads from `offset` on into `data`, which is always a string, and fills it up with zeros. The
 * length, or -1 with errno.
 */
ssize_t read_head(int fd, uint64_t offset, char data[HEAD_SIZE]);

/* The number in these bytes (at most 8), in the given order. */
uint64_t number_at(const char *at, size_t bytes, bool big_endian);

/* True if `data` begins like an ELF file. */
bool is_elf(const char *data);

/* Appends which machine the file is for, and which one this is. */
void add_elf_machine(struct text *line, const char *data);

/*
 * True if the file names its loader (PT_INTERP). This is then in `name`, and appended, with the
 * libc if the name tells. `data` is overwritten with more of the file.
 */
bool has_elf_loader(struct text *line, int fd, char data[HEAD_SIZE], char name[TEXT_MAX]);

/* ---- end.c: what happens when main has ended ------------------------------- */

/* Goes into a state, with a deadline in timeout_ms from now (NO_TIME: none). */
void enter(struct init *init, enum state state, int64_t timeout_ms);

/* Main has ended: does what -a, -t and the name ask for (contract 6). */
void end_of_main(struct init *init, int wstatus);

/* stop_with_job(). A deadline that has passed meanwhile begins again (contract 4). */
void stop_until_continued(struct init *init);

/* True if the state's deadline has passed; `timed_out`: the last wait_signals() timed out. */
bool has_passed(const struct init *init, bool timed_out);

/* Does what follows when the deadline has passed. */
void deadline_passed(struct init *init);

/* Does what follows from how reaping ended: if nobody is left, the wait for the rest is over. */
void after_reaping(struct init *init, enum reap how);

/* How long the loop may sleep, in milliseconds; NO_TIME: for ever. */
int64_t time_left(const struct init *init);

/* Handles a signal after main's end, or with -P. */
void signal_others(struct init *init, const struct signalfd_siginfo *info);

/* Remembers that a stop signal came; signo is what -r makes of it (0: dropped). */
void note_stop_signal(struct init *init, int signo);

/* Remembers that all members of this process group have got the stop signal. */
void note_told(struct init *init, pid_t group);

/* The status init exits with. */
int final_status(const struct init *init);

/*
 * The last act: closes stdio, so that children from before main (log pumps) get their end of file,
 * and waits for them for what is left of -t's time (contract 6).
 */
void wait_for_earlier_children(struct init *init);

/*
 * If a signal typed on the terminal killed main, init dies of the same signal, without a core, so
 * that the shell above sees it (contract 4). Otherwise, or as PID 1, it returns.
 */
void die_as_main(const struct init *init, int status);

#endif
