/* SPDX-License-Identifier: MIT */
/*
 * The system calls of a pidone under test, each of which waits until the test has said whether it
 * fails: seccomp's user notification. What the test does meanwhile happens in that very moment.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "deny.h"
#include "harness.h"

#include <stdlib.h>

/* 0: the call is made; else it fails with this. Runs beside the test; `pid` is the caller's. */
typedef int judge_fn(pid_t pid);

/*
 * In before_exec. Tells the test which descriptor the questions come by, and goes on when it has
 * it: nothing is asked that nobody answers.
 */
void ask(const struct call *call);

/* Answers from here on, by `judge`. Returns the pid of the one who called ask(), as it knows it. */
pid_t judge_calls(struct run *run, judge_fn *judge);

/* What an ELF file says it is for, EM_...; 0 where it is none. */
uint16_t judge_machine_of(const char *path);

/*
 * The same for those that start pidone: numbers of system calls are each machine's own, and an
 * emulator makes calls of its own.
 */
#define NEED_FILTERS()                                                                             \
	do {                                                                                       \
		NEED_SECCOMP();                                                                    \
		if (getenv("EMULATED") ||                                                          \
		    judge_machine_of(pidone_path()) != judge_machine_of("/proc/self/exe"))         \
			cr_skip_test("pidone is of another machine than the tests");               \
	} while (0)

#endif
