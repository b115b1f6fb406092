/* SPDX-License-Identifier: MIT */
/* Contract 5, signals: each one reaches main, as it was sent. */
#define _GNU_SOURCE
#include "harness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

TestSuite(e2e_signals, .timeout = 60);

static void every_signal_reaches_main(enum mode mode)
{
	static struct run run;
	char last[] = "64", expected[32];

	run_start(&run, &(struct start){
				.mode = mode,
				.args = (const char *[]){ "--", child_program("siglog"), last, NULL } });
	expect_line(&run, "ready");
	for (int signo = 1; signo <= 64; signo++) {
		if (signo == SIGKILL || signo == SIGSTOP || signo == SIGCHLD)
			continue;
		cr_assert(zero(int, kill(run.pid, signo)));
		snprintf(expected, sizeof expected, "signal %d code ", signo);
		expect_line(&run, expected);
	}
	cr_assert(eq(int, run_wait(&run), 0));
	run_close(&run);
}

Test(e2e_signals, every_signal_reaches_main_as_subreaper)
{
	every_signal_reaches_main(SUBREAPER);
}

Test(e2e_signals, every_signal_reaches_main_as_pid_1)
{
	NEED_ROOT();
	every_signal_reaches_main(PID1);
}
