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
#include <sys/types.h>

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

/* The bit that stands for signal n in a set of them. */
#define SIGNAL_BIT(n) (UINT64_C(1) << (-1 + (n)))

/* For what an idle init never runs; layout.ld keeps it apart. */
#define COLD __attribute__((cold, noinline))

/* ---- message.c: what pidone says, and never waits to say ---------------- */

enum level {
	LEVEL_ERROR,   /* why pidone could not do what it was asked */
	LEVEL_WARNING, /* the default */
	LEVEL_MAIN,    /* -v: what happens to main */
	LEVEL_SIGNAL,  /* -vv: each signal and each reap */
	LEVEL_TRACE    /* -vvv: states and deadlines */
};

/* A line under construction. What does not fit is cut, never overrun. */
struct text {
	size_t len;
	char buf[1024];
};

/*
 * Appends to `text`. The format knows %s, %d (int), %l (long, followed by 'd')
 * and %%; control characters in a %s become '?', so that a message stays one
 * line whatever a user typed. No stdio: it alone would be half of the binary.
 */
void text_add(struct text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The text as a string: ends it with a NUL, in place of its last character where it is full. */
const char *text_string(struct text *text);

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
 * Writes `len` bytes to descriptor 2 without blocking and without changing
 * its flags, which main shares. Returns false where it could not.
 */
bool write_stderr(const char *buf, size_t len);

/* Writes a whole text to stdout, blocking. Returns an exit status, 0 or 1. */
int print(const char *text);

/* ---- options.c: the command line, its values, the names --------------- */

struct options {
	char **command;			     /* COMMAND and its arguments, NULL-terminated */
	const char *report;		     /* -R FILE, or NULL */
	int64_t grace_ms;		     /* -t, or NO_TIME */
	int64_t kill_after_ms;		     /* -k, or NO_TIME */
	uint64_t stop_signals;		     /* -S: bit n-1 stands for signal n */
	int verbosity;			     /* an enum level, may be higher */
	int parent_death;		     /* -p SIGNAL, or 0 */
	bool subreaper;			     /* -s given: a refusal is worth a warning */
	bool group;			     /* -g: signals go to main's process group */
	bool wait_all;			     /* -a */
	bool warn_on_reap;		     /* -w */
	bool pause;			     /* -P */
	bool dumb_init;			     /* its ways when main is stopped, and when main ends */
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

/* Sets what SIGCHLD does; *old (may be NULL) gets what it did. 0, or -1 with errno. */
int set_sigchld(const struct kernel_sigaction *action, struct kernel_sigaction *old);

/* Sets the mask, all bits of it. 0, or -1 with errno (sigprocmask(2)). */
int restore_signals(const struct signal_mask *mask);

/*
 * Lets one blocked signal through for the moment of the call, so that its
 * default action, as the kernel decides it, happens now.
 */
void deliver_blocked(int signo);

/* A signalfd for every signal, close-on-exec. The descriptor, or -1/errno. */
int open_signalfd(void);

/*
 * Waits at most timeout_ms (-1: for ever) for signals and reads up to `max`.
 * Without a timeout this is one read(2): an idle init has no timer.
 * Returns how many were read, 0 when the time is up, -1 with errno.
 */
int wait_signals(int sfd, struct signalfd_siginfo *signals, int max, int64_t timeout_ms);

/*
 * Sends signo to main on behalf of the sender in `info`. A value given with
 * sigqueue(3) goes along with the sender's pid and uid (rt_sigqueueinfo(2)).
 * With `group` it goes to main's process group while that is main's own,
 * else to main. No failure is fatal; EPERM is explained, once.
 */
void forward_signal(const struct signalfd_siginfo *info, int signo, pid_t main_pid, bool group);

/*
 * Sends signo to pid as sigqueue(3) does, with the sender and the value of `from`. 0, or -1 with
 * errno.
 */
int queue_signal(const struct signalfd_siginfo *from, int signo, pid_t pid);

/* kill(2); warn_unsent() where it fails. */
void send_signal(pid_t pid, int signo);

/*
 * Says that signo could not be sent to pid, and for EPERM what to do about it. Only once: it would
 * come with every signal. ESRCH is no failure. Reads errno.
 */
void warn_unsent(pid_t pid, int signo);

/* TERM, INT and QUIT: how engines and people ask a program to end. */
bool is_stop_signal(int signo);

/* ---- signame.c: signal names, both ways --------------------------------- */

/*
 * A signal's number, from a number 1-64 or a name with or without SIG, in any
 * case, RTMIN[+n] and RTMAX[-n] included; RTMIN is 34 whatever libc says.
 * Returns 0 where the text is none.
 */
int signal_number(const char *text);

/* The name of signo without SIG, in buf where it has to be made; never NULL. */
const char *signal_name(int signo, char buf[SIGNAL_NAME_MAX]);

/*
 * Reads the digits at *text and moves it past them. Returns their value, or
 * -1 where there is none or it is above `max`.
 */
long parse_number(const char **text, long max);

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

/*
 * Whom reap_one(-1, stops, ...) would take now: the pid, and in `name` the name as process_name()
 * gives it. 0 where there is nobody, -1 where waitid(2) fails: it asks, with WNOWAIT, as wait4(2)
 * does.
 */
pid_t peek_child(bool stops, char name[PROCESS_NAME_MAX]);

/* ---- rest.c: every other process that init will reap -------------------- */

/*
 * Sends the signals (a list that ends with 0) to each process of the rest:
 * with kill(-1) as PID 1, else to init's descendants as /proc has them and
 * nobody else. Returns 0, or -1 where there is no usable /proc to find them in; says so, once.
 */
int signal_rest(const int *signals);

/* How many processes of the rest are alive (zombies are not); -1: unknown. */
int count_rest(void);

/* One warning for each process of the rest that is alive, and that they are left. */
void name_rest(void);

/*
 * The name of a process from /proc; empty where it cannot be read, or where /proc belongs to
 * another pid namespace, whose numbers mean nothing here.
 */
void process_name(pid_t pid, char name[PROCESS_NAME_MAX]);

/* ---- terminal.c: foreground and job control ----------------------------- */

/*
 * The controlling terminal: /dev/tty, else descriptor 0. Returns a descriptor
 * above 2 of init's own, close-on-exec, or -1. No error is fatal (contract 4).
 */
int open_terminal(void);

/* True where init's own process group has the terminal's foreground. */
bool has_foreground(int tty);

/* Gives the foreground to the process group pgid. False where it could not, and says so. */
bool give_foreground(int tty, pid_t pgid);

/* Gives it back to init's group, if the group `from` has it still. */
void take_foreground(int tty, pid_t from);

/*
 * Stops init as ^Z would have stopped it, until SIGCONT: on a terminal the
 * kernel ignores it where no shell is above (an orphaned process group).
 */
void stop_self(int tty);

/* ---- command.c: becoming COMMAND ---------------------------------------- */

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

/* ---- files.c: init's own descriptors ------------------------------------ */

/*
 * Moves fd above 2, where neither main nor a message can take it for stdio,
 * and makes it close-on-exec. Returns the descriptor, or -1 with errno.
 */
int fd_above_stdio(int fd);

/* Closes every descriptor above 2 but the `count` ones in keep (-1: none). */
void close_other_fds(const int *keep, int count);

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
	long reaped;	     /* main not counted */
	struct rusage usage; /* main's and its waited-for children's */
};

/* Opens `path` and takes the counts to compare with. A failure is a warning. */
void open_report(struct report *report, const char *path);

/* Writes the one line of contract 7, at the end. */
void write_report(const struct report *report, const char *command, pid_t main_pid, int wstatus,
		  int status);

/* Milliseconds of the monotonic clock. */
int64_t now_ms(void);

#endif
