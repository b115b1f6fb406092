/* SPDX-License-Identifier: MIT */
/*
 * A stage: a pseudo-terminal, in a pid namespace of its own, on which a scenario is played once,
 * without an init or with one. What a shell, a script and main see there becomes the outcome: a
 * few words with commas between. The suite compares the outcome with an init to the one without.
 *
 * In command lines of scenarios INIT stands for the init ("pidone --", or nothing at all), SHELL
 * for the shell's name and ISHELL for an interactive one. tests/children/actor.c is main, `say
 * WORDS` a line of the outcome.
 */
#ifndef STAGE_H
#define STAGE_H

#include <stdbool.h>
#include <sys/types.h>

#define CTRL_C "\003"
#define CTRL_D "\004"
#define CTRL_BACKSLASH "\034"
#define CTRL_Z "\032"

/* Where init is. Without an init all is the same but the pid namespace: none of them is PID 1. */
enum mode_of_init {
	subreaper,		/* a job of a shell or script */
	pid_1_in_foreign_group, /* under unshare(1), whose group and parent are outside */
	leader,			/* leads the session, as under `ssh -t` */
	pid_1_as_leader		/* the same as PID 1, as under `docker run -it` */
};

struct stage;

struct scenario {
	const char *name;
	void (*play)(struct stage *);
	const char *sane;    /* the outcome without an init; several with | between */
	const char *needs;   /* programs, with blanks between */
	const char *options; /* of pidone: outcome as ever, or see own */
	const char *as;	     /* the name pidone is called by */
	const char *differs; /* why pidone's outcome may differ: a limit that the man page names */
	bool own;	     /* there is no such thing without init: the outcome must be `sane` */
	bool no_terminal;    /* main's descriptors are /dev/null */
};

struct variant {
	const struct scenario *scenario;
	const char *shell; /* bash, dash, zsh, ash */
	enum mode_of_init mode;
};

/* What came of one play. */
struct result {
	char outcome[2048];
	char details[32768]; /* what stood on the terminal, and who was there at the end */
};

/* A play that goes on in another process. */
struct play {
	pid_t pid;
	int result; /* a pipe */
	char dir[256];
};

/* An init to play with: its program, and its words in a command line. None: all NULL. */
struct init {
	const char *path, *name, *words;
};

/* Starts a play; wait_ms is how long it waits for an event that does not come. */
void play_start(struct play *play, const struct variant *variant, const struct init *init,
		int wait_ms);
void play_end(struct play *play, struct result *result);

/* NULL, or what is not installed here that the variant needs. */
const char *what_is_missing(const struct variant *variant);

/* ---- what scenarios do ---------------------------------------------------- */

/* Starts the shell as session leader and waits for its prompt. */
void shell(struct stage *s);
/* Types a command line at the prompt. */
void enter(struct stage *s, const char *line);
/* Waits for the prompt. */
void prompt(struct stage *s);
/* shell() and enter(). */
void at_prompt(struct stage *s, const char *line);
/* Waits for a prompt and says $? there: "status=N" in the outcome. */
void status(struct stage *s);
/* The session leader is the shell with this script: no job control. */
void script(struct stage *s, const char *text);
/* The session leader is this command: INIT is its first word. */
void lead(struct stage *s, const char *command);
/* Writes a file of this name into the working directory. INIT is replaced. */
void file(struct stage *s, const char *name, const char *text);

/* What a user types, and a key that is one. */
void type(struct stage *s, const char *text);
/* The window of the terminal has gone away: its master is closed. */
void hang_up(struct stage *s);
/* The window of the terminal has another size. */
void resize(struct stage *s);

/* Waits for a line that begins so. All lines that come are in the outcome, in their order. */
void see(struct stage *s, const char *line);
/* Waits for several (with commas between) that come in any order; they have this one then. */
void see_all(struct stage *s, const char *lines);
/* Waits for this text on the terminal. */
void see_text(struct stage *s, const char *text);
/* Waits until a process is stopped / runs or sleeps / is gone: "NAME stopped", "NAME gone". */
void see_stopped(struct stage *s, const char *name);
void see_running(struct stage *s, const char *name);
void see_gone(struct stage *s, const char *name);
/* Waits until neither main nor init is there: "job gone". */
void see_job_gone(struct stage *s);
/* Waits until the shell knows that all its children are stopped, at its prompt. */
void wait_job_stopped(struct stage *s);
/* Waits until the script sleeps: until it waits for main it takes a ^C in another way. */
void wait_leader_waits(struct stage *s);
/* Waits until init sleeps: what came before, it has done. */
void wait_init_waits(struct stage *s);
/* Waits until the process of this name sleeps. */
void wait_waits(struct stage *s, const char *name);
/* Waits until the shell has given the foreground away. */
void wait_job_in_front(struct stage *s);
/* Waits for the end of the session leader: "end=N" or "end=SIGNAL", or its wait status alone. */
void see_end(struct stage *s);
int wait_end(struct stage *s);
/* Adds words to the outcome. */
void note(struct stage *s, const char *text);

/* The first process of this name, waited for; that of init, or of main where there is none. */
pid_t process(struct stage *s, const char *name);
pid_t init_or_main(struct stage *s);
pid_t leader_of(const struct stage *s);
/* True where an init is there. */
bool with_init(const struct stage *s);
const char *shell_of(const struct stage *s);

#endif
