/* SPDX-License-Identifier: MIT */
/*
 * What the suites of contract 6 and 7 share beside the harness: trees of processes that say what
 * they receive (tests/children/tree.c), and the end of all of them as an event.
 *
 * Each process of a tree holds the write end of pidone's stdout: its end of file means that all of
 * them are gone.
 */
#ifndef TREE_H
#define TREE_H

#include "harness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Writes text to a file that is there. False, with errno, where it cannot. */
bool tree_put(const char *path, const char *text);

/* A version 1 cgroup of this test: its directory, or NULL where there is no such controller. */
extern char tree_cgroup[128];

const char *tree_make_cgroup(const char *controller, const char *file);

bool tree_cgroup_put(const char *file, const char *text);

/* The v1 freezer: what a process in uninterruptible sleep is, at will. */
void tree_freeze(pid_t pid);

void tree_thaw(void);

/* For TestSuite: orphans come to the test, and none outlives it, whatever failed. */
void tree_setup(void);

void tree_cleanup(void);

/* Starts pidone with options, then tree with a tree. More fields are for `start` to bring. */
void tree_start_with(struct run *run, struct start start, const char *const *options,
		     const char *const *tree);

void tree_start(struct run *run, enum mode mode, const char *const *options,
		const char *const *tree);

/* Reads `count` lines, which all have to be "NAME ready PID" (or "stopping PID"). */
void tree_ready(struct run *run, int count);

/* tree_start(), then tree_ready(). */
void tree_start_ready(struct run *run, int ready, enum mode mode, const char *const *options,
		      const char *const *tree);

/* A line that has to be the next one. */
void tree_line(struct run *run, const char *expected);

/* Sends init a signal; the next line has to say that `name` was given `heard`. */
void tree_hears(struct run *run, const char *name, int sent, int heard);

/* Sends `name` itself a signal; the next line has to say so. */
void tree_signal(struct run *run, const char *name, int signo);

/* Who said so `back` lines ago: 1 is the last. */
const char *tree_name(int back);

/* The pid of a process that said it was ready, as it knows it itself. */
pid_t tree_pid(const char *name);

bool tree_same_namespace(pid_t a, pid_t b);

/* The same as the test sees it: the process of init's pid namespace that has this number there. */
pid_t tree_outer_pid(const struct run *run, const char *name);

/* Waits until this one is init's only child: main, or what main left, is reaped. */
void tree_wait_alone(const struct run *run, const char *name);

/* Lets main's `read` go on. */
void tree_go(const struct run *run);

/* All of stdout that was not read yet, until every process of the tree is gone. */
const char *tree_all(struct run *run);

/* Reads stderr until it has `expected`, however long init goes on. */
void tree_expect_error(struct run *run, const char *expected);

/* How many lines of text begin with prefix. */
int tree_count(const char *text, const char *prefix);

/* How many signals, and how many signo, the process `name` told of in text. */
int tree_signals(const char *text, const char *name);

int tree_got(const char *text, const char *name, int signo);

/* As the drain has it: TERM once, CONT once, nothing else. */
void tree_assert_drained(const char *text, const char *name);

/* Asserts init's status, closes the run. */
void tree_end(struct run *run, int status);

/* For before_exec: mounts of this process only. */
void tree_own_mounts(void);

#define TREE_NEED_FREEZER()                                                                        \
	do {                                                                                       \
		NEED_ROOT();                                                                       \
		if (!tree_make_cgroup("freezer", "freezer.state"))                                 \
			cr_skip_test("no freezer of cgroup version 1 here");                       \
	} while (0)

/* For TestSuite: orphans come to the test, and none outlives it, whatever failed. */
#define TREE_SUITE(suite) TestSuite(suite, .timeout = 60, .init = tree_setup, .fini = tree_cleanup)

#endif
