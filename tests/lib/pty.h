/* SPDX-License-Identifier: MIT */
/*
 * A pseudo-terminal, a shell with job control or a pidone on it, and what main there logs.
 *
 * A directory of the test's own is first in PATH; `pidone` and `ttylog` are in it, so that a
 * typed command reads as a user would type it. ttylog (tests/children/ttylog.c) logs into a FIFO,
 * not to the terminal: what the shell says is never mixed with it.
 */
#ifndef PTY_H
#define PTY_H

#include "harness.h"

struct pty {
	int master, slave;
	pid_t leader;	/* of the session on it; 0: nobody yet */
	struct run log; /* for read_line() and expect_line(): what ttylog logs */
	char dir[512];	/* pidone, ttylog and the FIFO */
	char text[65536];
	size_t len; /* read from the master and not yet expected */
};

/* Opens it, without echo: what is read is what programs wrote. Skips the test without a /dev/ptmx.
 */
void pty_open(struct pty *pty);

/* Kills the whole session on it and removes what pty_open() made. Harmless when it was done. */
void pty_close(struct pty *pty);

/* Starts the interactive shell `name`, bash or dash, and waits for its prompt. Or skips the test.
 */
void pty_shell(struct pty *pty, const char *name);

/* Starts `sh -c script` as session leader: a shell without job control. */
void pty_script(struct pty *pty, const char *script);

/* Starts pidone with these arguments as session leader; run_wait() and run_close() end it. */
void pty_init(struct pty *pty, struct run *run, enum mode mode, const char *const *args);

/* What a user types. */
void pty_type(struct pty *pty, const char *text);

/* Reads until `text` comes; fails the test after WAIT_MS. What came before it is dropped. */
void pty_expect(struct pty *pty, const char *text);

/* The shell's prompt. */
void pty_prompt(struct pty *pty);

/* The process group in the foreground, as the test sees it. */
pid_t pty_foreground(const struct pty *pty);

/* The one process of the session that has this name (its file's). Waits for its exec. */
pid_t pty_process(const struct pty *pty, const char *name);

/*
 * Sends two signals to init while main is stopped, and waits until they are pending in main. So
 * init has looked after its children since main stopped, and was not stopped itself.
 */
void expect_init_works(pid_t init, pid_t stopped_main);

/* Fails the test unless the next thing that main logs is this signal. */
void expect_signal(struct pty *pty, int signo);

#endif
