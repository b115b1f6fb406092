/* SPDX-License-Identifier: MIT */
/*
 * pidone: a tiny init for containers.
 *
 * The one header. Each function's contract stands here: arguments with their
 * units, what it returns, how it fails, and where the rule comes from
 * (a man page, the kernel, or a section of the contract that pidone.1 makes
 * public).
 *
 * Words: "init" is this process; "main" is the process of COMMAND; "the rest"
 * is every other process that init will reap. `wstatus` is the raw word of
 * wait(2), `status` is an exit status, 0 to 255.
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

/* For headers that are older than the calls; one number on every machine. */
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
/* The call whose times are two longs; musl names it so where longs have 32 bits. */
#ifdef SYS_clock_gettime32
#define SYS_CLOCK_GETTIME SYS_clock_gettime32
#else
#define SYS_CLOCK_GETTIME SYS_clock_gettime
#endif
/* Where uids once had 16 bits the call for whole ones has a name of its own. */
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
	PROCESS_NAME_MAX = 64 /* a kernel worker's; a program's has 15 characters */
};

/* The bit that stands for signal n in a set of them; none for those above 64, which MIPS has. */
#define SIGNAL_BIT(n) ((n) > SIGNAL_MAX ? 0 : UINT64_C(1) << (-1 + (n)))

/* For what an idle init never runs; layout.ld keeps it apart. */
#define COLD __attribute__((cold, noinline))

struct init;

/* ---- text.c: text and numbers ------------------------------------------- */

/* A line under construction. What does not fit is cut, never overrun. */
struct text {
	size_t len;
	char buf[1024];
};

/*
 * Appends to `text`. The format knows %s, %d (int), %l (long, followed by 'd')
 * and %%; in a %s what is no printable UTF-8 becomes '?', so that a message stays one
 * line, without escape sequences, whatever a user typed. No stdio: it alone would be half of the
 * binary.
 */
void text_add(struct text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Appends KEY=VALUE, the value quoted where logfmt wants it, and cut where it is long. */
void text_add_value(struct text *text, const char *key, const char *value);

/* The same as text_add with a va_list. */
void text_vadd(struct text *text, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));

/* The text as a string: ends it with a NUL, in place of its last character where it is full. */
const char *text_string(struct text *text);

/*
 * Reads the digits at *text and moves it past them. Returns their value, or
 * -1 where there is none or it is above `max`.
 */
int64_t parse_number(const char **text, int64_t max);

/* The number behind `key` in the line that begins with it, at most UINT32_MAX; -1 without one. */
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

/* True where messages of `level` are written: for work done only to say it. */
bool message_enabled(int level);

/*
 * Writes "NAME: ...\n" to stderr in one write, if `level` is enabled.
 * Never blocks, whatever stderr is: what cannot be written at once is dropped
 * and counted, and the next message that can be written says how many were
 * (contract 7). Leaves errno as it was.
 */
void message(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* message() of a level that is wanted. */
void vmessage(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));

/*
 * Writes `len` bytes to descriptor 1 or 2 without blocking and without changing
 * its flags, which main shares. Returns false where it could not.
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
	bool dumb_init;	       /* its ways with TSTP, TTIN, TTOU, and when main ends */
	signed char rewrite[SIGNAL_MAX + 1]; /* -r: TO, SIGNAL_DROP, or 0: as is */
	unsigned char remap_exit[256 / 8];   /* -e: one bit for each status */
};

enum { NO_TIME = -1, SIGNAL_DROP = -1 };

/*
 * Fills `options` from the name, the environment, PIDONE_OPTIONS and the
 * command line, in this order: the last one wins (contract 1).
 * Returns -1 where pidone is to go on, else the status to exit with: 0 after
 * --help and its like, STATUS_USAGE after a mistake, which has been explained.
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
 * anything else; what stood before the mistake may then be set.
 */
bool parse_status_list(const char *list, unsigned char set[256 / 8]);

/*
 * Parses signals, numbers or names with commas between, into a set of SIGNAL_BITs that takes the
 * place of *set. Returns NULL, or what is wrong; *set is then left alone.
 */
const char *parse_signal_list(const char *list, uint64_t *set);

/* Parses FROM:TO into the table. Returns NULL, or what is wrong with it. */
const char *parse_rewrite(const char *rule, signed char rewrite[SIGNAL_MAX + 1]);

/* The base name of a path; "pidone" for NULL or "". */
const char *base_name(const char *path);

/* ---- signals.c: mask, signalfd, forwarding ------------------------------ */

/*
 * A signal set as the kernel has it. libc's sigset_t functions leave out the
 * signals libc keeps for itself (musl 32-34, glibc 32-33); a signal left
 * unblocked kills init, or as PID 1 is lost. _NSIG / 8 is the size the kernel
 * insists on: 8 bytes, 16 on MIPS.
 */
struct signal_mask {
	unsigned long bits[_NSIG / 8 / sizeof(unsigned long)];
};

/* Blocks every signal; *inherited gets the mask until then. 0, or -1/errno. */
int block_signals(struct signal_mask *inherited);

/*
 * The kernel's struct sigaction, whose layout differs between machines. Nothing looks inside:
 * all 0 is SIG_DFL on every one, and what the kernel gave can be given back.
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
 * Does to init what signo does to a process that does not handle it, if the kernel agrees: it may
 * stop or end init. Init does not come back from a signal that kills.
 */
void take_default_action(int signo);

/* True where signo has come and was not read yet (sigpending(2)). */
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
 * Sends signo to main on behalf of the sender in `info`. A value given with sigqueue(3) goes along
 * with the sender's pid and uid (rt_sigqueueinfo(2)). No failure is fatal; EPERM is explained,
 * once.
 */
void forward_signal(const struct signalfd_siginfo *info, int signo, pid_t main_pid);

/*
 * Sends signo to pid as sigqueue(3) does, with the sender and the value of `from`. 0, or -1 with
 * errno.
 */
int queue_signal(const struct signalfd_siginfo *from, int signo, pid_t pid);

/*
 * kill(2), or with pidfd >= 0 pidfd_send_signal(2). Where init may not, a child tries it as the
 * user that the process runs as (CAP_SETUID); where that fails, warn_unsent(). True where it was
 * sent.
 */
bool send_signal_to(pid_t pid, int pidfd, int signo);

/* The same without a pidfd. */
void send_signal(pid_t pid, int signo);

/*
 * Says that signo could not be sent to pid, and for EPERM what to do about it. Only once: it would
 * come with every signal. ESRCH is no failure. Reads errno.
 */
void warn_unsent(pid_t pid, int signo);

/* The signal as -r makes it; 0 where it is dropped. */
int rewritten(const struct options *options, int signo);

/* True where signo means "please end" (-S), as it came or as -r makes it (contract 6). */
bool is_stop_signal(const struct options *options, int signo);

/* ---- signame.c: signal names, both ways --------------------------------- */

/*
 * A signal's number, from a number 1-64 or a name with or without SIG, in any
 * case, RTMIN[+n] and RTMAX[-n] included; RTMIN is 34 whatever libc says.
 * Returns 0 where the text is none.
 */
int signal_number(const char *text);

/* The name of signo without SIG, in buf where it has to be made; never NULL. */
const char *signal_name(int signo, char buf[SIGNAL_NAME_MAX]);

/* ---- reaper.c: waiting, statuses, subreaper ----------------------------- */

/* What became of one child that waitpid reported. */
enum reap {
	REAP_NONE,    /* children are left, none has anything to report */
	REAP_EMPTY,   /* no such child is left (ECHILD) */
	REAP_FAILED,  /* waitpid failed, errno says how */
	REAP_EXITED,  /* a child ended and is gone */
	REAP_STOPPED, /* a child is in a group stop (job control) */
	REAP_TRACED   /* a child stopped to be traced; it was detached */
};

/*
 * Takes one report of waitpid(which, WNOHANG), of any child where `which` is -1, with `stops` also
 * of group stops. *pid and *wstatus are
 * the child's, *usage (may be NULL) its resources. A child that asked to be traced (PTRACE_TRACEME)
 * is detached with its signal on the spot, see ptrace(2).
 */
enum reap reap_one(pid_t which, bool stops, pid_t *pid, int *wstatus, struct rusage *usage);

/* The exit status that a shell would give wstatus: its code, or 128 + n. */
int exit_status(int wstatus);

/* The status init exits with: 0 where `status` is in the set of -e. */
int remap_status(int status, const unsigned char set[256 / 8]);

/* Makes init adopt its orphaned descendants (PR_SET_CHILD_SUBREAPER). */
int become_subreaper(void);

/* Whom reap_one(-1, stops, ...) would take now, its pid; 0: nobody; -1: waitid(2) failed. */
pid_t peek_child(bool stops);

/* A living child of init's own: its number is nobody else's before init reaps it. */
bool is_living_child(pid_t pid);

/* True where init has children, zombies included; also where that cannot be known. */
bool has_children(void);

/* True where this child is stopped; `reported`: reap_one() has told of a stop of it before. */
bool is_stopped(pid_t pid, bool reported);

/* ---- rest.c: every other process that init will reap -------------------- */

struct rest {
	int64_t since; /* ticks_now() at main's start, if there were children from before; else 0 */
	pid_t group;   /* the process group that has had the stop signal: see `told` */
	int64_t told;  /* ticks_now() then; 0: no group has had it */
};

/* Which of the rest. MEMBERS are those of init's own process group, main included. */
enum whom { EVERYBODY, MEMBERS, OTHERS, UNTOLD };

/* The clock that /proc tells the start of processes in: 1/100 s since the machine's start. */
int64_t ticks_now(void);

/* True for a child that init had before main: it is not of the rest. */
bool is_from_before(const struct rest *rest, pid_t pid);

/*
 * Sends the signals (a list that ends with 0) to each process of the rest that is meant: with
 * kill(-1) as PID 1 where nobody is left out, else one by one as /proc has them, and nobody else.
 * Returns how many it found (as PID 1 perhaps 0), or -1 where there is no usable /proc; says so,
 * once.
 */
int signal_rest(const struct rest *rest, enum whom whom, const int *signals);

/*
 * Sends signo to main's process group, if main is in it still: its own, or the one that it shares
 * with init, of which only main and the rest get it (contract 4). False where nobody was found to
 * send it to.
 */
bool signal_group(const struct init *init, int signo);

/* How many processes of the rest are alive (zombies are not); -1: unknown. */
int count_rest(const struct rest *rest);

/* One warning for each process of the rest that is alive, `what` in front. Returns how many. */
int name_rest(const struct rest *rest, const char *what);

/*
 * The name of a process from /proc; empty where it cannot be read, or where /proc belongs to
 * another pid namespace, whose numbers mean nothing here.
 */
void process_name(pid_t pid, char name[PROCESS_NAME_MAX]);

/* ---- terminal.c: what comes from the terminal, and stopping as a job ----- */

/*
 * True where init has a controlling terminal: /dev/tty can be opened; where that file is missing,
 * descriptor 0, 1 or 2 is it (tcgetpgrp(3)). Main then stays in init's process group (contract 4).
 */
bool has_terminal(void);

/* True where neither init's group nor main's has the foreground, or where that cannot be known. */
bool in_background(pid_t main_pid);

/*
 * True where the terminal has sent this signal to init's whole process group: INT, QUIT, TSTP,
 * TTIN, TTOU, WINCH; HUP and CONT too, but to the session's leader, who gets them alone. Nobody but
 * the kernel can give SI_KERNEL (sigaction(2)).
 */
bool group_has_it(const struct signalfd_siginfo *info);

/*
 * Stops init until SIGCONT, as ^Z stops a process that does not catch it: the shell above sees its
 * job stopped. Does nothing in an orphaned process group, where there is no such shell, nor as
 * PID 1.
 */
void stop_with_job(void);

/* ---- files.c: init's own descriptors ------------------------------------ */

/* openat(2), close-on-exec, never a controlling terminal; a new file is for all to read. */
int open_file(int dirfd, const char *path, int flags);

/*
 * Moves fd above 2, where neither main nor a message can take it for stdio,
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

/* Writes the one line of contract 7, behind what main has written to the file. */
void write_report(const struct init *init, int status);

/*
 * Says of which signal main died: a warning where nobody sent it through init and it was not typed
 * (contract 7, "Why it died"), else with -v. SIGPIPE is the usual end in a pipeline: no warning.
 */
void say_killed(const struct init *init);

/* ---- init.c: the states and the loop --------------------------------------- */

/*
 * The states of init, and what leads from one to the next:
 *
 *   RUNNING   main is alive; signals go to it.
 *             -k's deadline after a stop signal: main is killed, RUNNING on;
 *             one second later it counts as dead of SIGKILL.
 *             main ended: DONE; with -a: WAITING; with -t: DRAINING
 *             (with both: WAITING, or DRAINING if a stop signal came before).
 *   PAUSED    -P: no main. A stop signal: DONE; with -t: DRAINING.
 *   WAITING   -a: signals go to the rest.
 *             none is left: DONE. With -t a stop signal: DRAINING.
 *   DRAINING  the rest got TERM and CONT, the grace runs.
 *             none is left: DONE. The deadline: KILLING.
 *   KILLING   the rest got KILL.
 *             none is left, or one second is over: DONE.
 *   DONE      the loop ends.
 */
enum state { RUNNING, PAUSED, WAITING, DRAINING, KILLING, DONE };

/* For "two are one", see init.c. */
struct last_stop_signal {
	uint32_t signo;
	uint32_t from;
	int64_t ms;
};

struct init {
	const struct options *options;
	enum state state;
	bool shares_group;	/* with main, as there is a terminal */
	bool main_stopped;	/* at least once */
	bool continued;		/* after this batch was read: the stops in it are over */
	bool stop_signal_came;	/* while main lived, or since */
	bool main_killed;	/* -k has struck */
	bool typed_end_to_come; /* main was faster: init has not read it yet */
	bool wait_failed;	/* waitpid failed when last asked; said once */
	bool walks_are_long;	/* so one is owed where that will do */
	bool asks;		/* /proc, whether anybody is left: nothing else would tell */
	pid_t pid;		/* init's own; 1 as the init of a pid namespace */
	pid_t main_pid;
	int wstatus;	  /* main's, once it has ended */
	int last_wstatus; /* that of the last of the rest, with -a */
	int stop_signal;  /* the first that came, as -r makes it; 0: none, or dropped */
	int typed_end;	  /* the signal from the terminal that main ended of, or 0 */
	unsigned walks;	  /* over all children, so far */
	int owed_reaps;	  /* by name, since the last walk over all children */
	int sfd;
	uint64_t sent;	    /* what main has got from init, see SIGNAL_BIT */
	uint64_t typed;	    /* what the terminal has sent to the group */
	uint64_t untaken;   /* the same in the batch that was read last */
	int64_t deadline;   /* now_ms() time, or NO_TIME */
	int64_t timeout_ms; /* what the deadline was made of */
	int64_t walk_due;   /* now_ms() time, NO_TIME: no walk is owed */
	struct last_stop_signal last_stop_signal;
	struct rest rest;
	struct signal_mask inherited_mask;
	struct kernel_sigaction inherited_sigchld;
	struct report report;
};

enum {
	NAP_MS = 100, /* before what failed, or nobody tells of, is tried or asked again */
	OWED_MS = 10  /* how long a walk over all children may be owed */
};

/* ---- start.c: up to COMMAND's first instruction ---------------------------- */

/* Says what failed, with errno. Returns STATUS_CANNOT_START. */
int cannot_start(const char *what);

/* All that init needs before main exists. 0, or the status to exit with. */
int prepare(struct init *init);

/*
 * Starts main. vfork keeps init from running until the exec has succeeded or failed, so no signal
 * finds a main without its group. 0, or the status to exit with.
 */
int spawn(struct init *init);

/* Lets go of what init has no use for: others wait for it to be free. */
void let_go(const struct init *init);

/*
 * Makes each of LISTEN_PID and WATCHDOG_PID that is exactly `from` in the
 * environment `to` (sd_listen_fds(3), sd_watchdog_enabled(3)). With a LISTEN_PID goes
 * LISTEN_PIDFDID, which names init's process in another way and may be missing. To be called
 * once, in the child: it allocates nothing, its strings are static.
 */
void retarget_environment(pid_t from, pid_t to);

/*
 * Replaces the process with argv[0], looked up in PATH as execvp(3) does, the same under every
 * libc: text that the kernel refuses with ENOEXEC is run by /bin/sh. Returns only on failure, with
 * errno: ENOENT where it was not found.
 */
void exec_command(char *const argv[]);

/* ---- explain.c: why COMMAND could not be run ---------------------------- */

/*
 * Appends to `line`, which says that argv[0] could not be run and `error`, what is wrong and with
 * which name (contract 7), where it can be found out. Allocates nothing, never waits, reads a few
 * kB at most; whatever the file has in it, and whatever fails, the line stays one.
 */
void explain_exec(struct text *line, char *const argv[], int error);

/*
 * True where a file that the kernel refused with ENOEXEC is for /bin/sh, as execvp(3) has it: text
 * (no NUL in its first 256 bytes) without a #! line that names an interpreter. *before is what
 * stands before a #! that does not count therefore, or NULL.
 */
bool is_plain_script(const char *path, const char **before);

/* PATH, or what is searched without it. */
const char *search_path(void);

/*
 * The next path that a search for `name` comes to and that lstat(2) has `error` for, 0 where it is
 * there; NULL at the end. *dir, at first search_path(), is where the search goes on.
 */
const char *find_in_path(const char **dir, const char *name, int error);

/* ---- elf.c: what an ELF file says of itself ------------------------------ */

enum {
	HEAD_SIZE = 1024, /* what is read of a file, its NUL included */
	TEXT_MAX = 256	  /* of a #! line the kernel reads as much; a loader's path fits as well */
};

/*
 * Reads from `offset` on into `data`, a string in any case, with zeros behind. The length, or -1
 * with errno.
 */
ssize_t read_head(int fd, uint64_t offset, char data[HEAD_SIZE]);

/* The number in so many bytes (at most 8), in the order that is said. */
uint64_t number_at(const char *at, size_t bytes, bool big_endian);

/* True where the file whose beginning is in `data` calls itself one. */
bool is_elf(const char *data);

/* Appends which machine it is for, and which one this is. */
void add_elf_machine(struct text *line, const char *data);

/*
 * True where it names its loader (PT_INTERP), which is then in `name` and appended, with the libc
 * that its name tells of. `data` is used to read more of the file.
 */
bool has_elf_loader(struct text *line, int fd, char data[HEAD_SIZE], char name[TEXT_MAX]);

/* ---- end.c: what happens when main has ended ------------------------------- */

/* clock_gettime(2), in `units` of a second (at most 10^9). NO_TIME where it fails. */
int64_t read_clock(clockid_t clock, int units);

/* Milliseconds of the monotonic clock; NO_TIME where it fails. */
int64_t now_ms(void);

/* Sleeps, whatever comes. */
void nap(int ms);

/* Goes into a state, with a deadline in timeout_ms from now (NO_TIME: none). */
void enter(struct init *init, enum state state, int64_t timeout_ms);

/* Main has ended: what -a, -t and the name want now (contract 6). */
void end_of_main(struct init *init, int wstatus);

/* stop_with_job(); a deadline that ran out meanwhile begins anew (contract 4). */
void stop_until_continued(struct init *init);

/* True where the state's deadline has passed; `timed_out`: the last wait_signals() was. */
bool has_passed(const struct init *init, bool timed_out);

/* What is to be done then. */
void deadline_passed(struct init *init);

/* What follows from how reaping ended: nobody left ends what waits for the rest. */
void after_reaping(struct init *init, enum reap how);

/* How long the loop may sleep, in milliseconds; NO_TIME: for ever. */
int64_t time_left(const struct init *init);

/* A signal once main has ended, or where there is none. */
void signal_others(struct init *init, const struct signalfd_siginfo *info);

/* A stop signal came, as -r makes it (0: it is dropped). */
void note_stop_signal(struct init *init, int signo);

/* This process group has had it, all who are in it now. */
void note_told(struct init *init, pid_t group);

/* The status init exits with. */
int final_status(const struct init *init);

/*
 * The last act: lets go of stdio, so that children from before main (log pumps) get their end of
 * file, and waits for them within what is left of -t's time (contract 6).
 */
void wait_for_earlier_children(struct init *init);

/*
 * Where main was killed by what was typed on the terminal, init dies of the same signal, without a
 * core, so that the shell above sees it (contract 4). Else, or as PID 1, it returns.
 */
void die_as_main(const struct init *init, int status);

#endif
