/* SPDX-License-Identifier: MIT */
/*
 * Runs the tests that are linked with it, each in a process of its own, one after the other.
 * Arguments are patterns of SUITE/TEST: those that one of them matches, or all where there is none;
 * "!PATTERN" leaves out. Prints what Criterion prints where one fails, and the same last line.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <fnmatch.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Machines that are emulated are slow. */
enum { TIMEOUT = 600, SKIPPED = 77 };

static struct cr_test *tests, *suites;
static jmp_buf end_of_test;
static bool failed;

void cr_add_test(struct cr_test *test)
{
	struct cr_test **last = &tests;

	while (*last)
		last = &(*last)->next;
	*last = test;
}

void cr_add_suite(struct cr_test *suite)
{
	suite->next = suites;
	suites = suite;
}

void cr_failed(bool fatal, const char *file, int line, const char *condition, const char *fmt, ...)
{
	va_list args;

	failed = true;
	printf("[----] %s:%d: %s", file, line, condition);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	if (fatal)
		longjmp(end_of_test, 1);
}

void cr_skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("[SKIP]");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	longjmp(end_of_test, SKIPPED);
}

bool cr_compare(const char *how, long a, long b)
{
	bool holds = how[0] == '='   ? a == b
		     : how[0] == '!' ? a != b
		     : how[0] == '<' ? a < b || (how[1] && a == b)
				     : a > b || (how[1] && a == b);

	if (!holds)
		printf("[----]   %ld is not %s %ld\n", a, how, b);
	return holds;
}

bool cr_compare_text(bool equal, const char *a, const char *b)
{
	bool holds = (strcmp(a, b) == 0) == equal;

	if (!holds)
		printf("[----]   '%s' %s '%s'\n", a, equal ? "is not" : "is", b);
	return holds;
}

static struct cr_config config_of(const struct cr_test *test)
{
	struct cr_config config = { 0 };

	for (const struct cr_test *suite = suites; suite; suite = suite->next)
		if (strcmp(suite->suite, test->suite) == 0)
			config = suite->config;
	if (test->config.init)
		config.init = test->config.init;
	if (test->config.fini)
		config.fini = test->config.fini;
	return config;
}

static _Noreturn void run_here(const struct cr_test *test)
{
	struct cr_config config = config_of(test);
	volatile int how = setjmp(end_of_test);

	if (how == 0) {
		if (config.init)
			config.init();
		test->run();
	}
	/* What goes wrong at the end does not come here again. */
	if (setjmp(end_of_test) == 0 && config.fini)
		config.fini();
	fflush(stdout);
	exit(failed ? 1 : how == SKIPPED ? SKIPPED : 0);
}

/* The exit status of the test, or 1. */
static int run(const struct cr_test *test)
{
	time_t end = time(NULL) + TIMEOUT;
	int wstatus;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return 1;
	if (pid == 0)
		run_here(test);
	while (waitpid(pid, &wstatus, WNOHANG) == 0) {
		if (time(NULL) > end) {
			printf("[----]   timed out\n");
			kill(pid, SIGKILL);
		}
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	return WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 1;
}

static bool is_wanted(const struct cr_test *test, char **patterns)
{
	char name[256];
	bool wanted = true;

	snprintf(name, sizeof name, "%s/%s", test->suite, test->name);
	for (char **pattern = patterns; *pattern; pattern++)
		if (**pattern != '!')
			wanted = false;
	for (; *patterns; patterns++)
		if (fnmatch(*patterns + (**patterns == '!'), name, 0) == 0)
			wanted = **patterns != '!';
	return wanted;
}

int main(int argc, char **argv)
{
	int count = 0, skipped = 0, failures = 0;

	(void)argc;
	setvbuf(stdout, NULL, _IOLBF, 0);
	setpgid(0, 0); /* a group of a process outside of this pid namespace has no number in it */
	signal(SIGCHLD, SIG_DFL); /* busybox's unshare leaves it ignored */
	for (const struct cr_test *test = tests; test; test = test->next) {
		if (!is_wanted(test, argv + 1))
			continue;
		int status = run(test);
		count += status != SKIPPED;
		skipped += status == SKIPPED;
		failures += status != SKIPPED && status != 0;
		if (status != 0)
			printf("[%s] %s::%s\n", status == SKIPPED ? "SKIP" : "FAIL", test->suite,
			       test->name);
	}
	printf("[====] Synthesis: Tested: %d | Passing: %d | Failing: %d | Skipped: %d\n", count,
	       count - failures, failures, skipped);
	return failures != 0 || count == 0;
}
