/* SPDX-License-Identifier: MIT */
/* What the end-to-end fuzzer found, each as a case of its own. */
#define _GNU_SOURCE
#include "harness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(e2e_fuzz, .timeout = 60);

/* SIGCONT goes to main's group, as `fg` wants it; what -r makes of it is one signal like another.
 */
Test(e2e_fuzz, a_rewritten_cont_goes_to_main_alone)
{
	static struct run run;
	char script[512], other[4096];
	char siglog[200];

	snprintf(siglog, sizeof siglog, "%s", child_program("siglog"));
	snprintf(script, sizeof script, "%s >&2 & echo other $!; exec %s 64", siglog, siglog);
	run_start(&run, &(struct start){ .args = (const char *[]){ "-r", "CONT:USR1", "sh", "-c",
								   script, NULL } });
	pid_t pid = atoi(expect_line(&run, "other ") + 6);
	expect_line(&run, "ready");
	ssize_t n = read(run.err, other, sizeof other - 1); /* "ready": it blocks signals now */
	cr_assert(gt(long, n, 0));
	cr_assert(zero(int, kill(run.pid, SIGCONT)));
	expect_line(&run, "signal 10 ");
	cr_assert(zero(int, kill(run.pid, SIGRTMAX)));
	cr_assert(eq(int, run_wait(&run), 0));
	cr_assert(zero(int, kill(pid, SIGTERM))); /* its last line, and its end */
	const char *lines = read_stderr(&run);
	cr_expect(not(zero(ptr, strstr(lines, "signal 15 "))));
	cr_expect(zero(ptr, strstr(lines, "signal 10 ")), "%s", lines);
	run_close(&run);
}
