/* SPDX-License-Identifier: MIT */
/*
 * As much of Criterion as the end-to-end tests use, with nothing but libc below it: so they can be
 * built for any machine that there is a cross compiler for. tests/machine/runner.c runs them.
 */
#ifndef CRITERION_H
#define CRITERION_H

#include <stdbool.h>
#include <string.h>

struct cr_config {
	double timeout; /* seconds; 0: the default */
	void (*init)(void);
	void (*fini)(void);
};

struct cr_test {
	const char *suite, *name;
	void (*run)(void);
	struct cr_config config;
	struct cr_test *next;
};

void cr_add_test(struct cr_test *test);
void cr_add_suite(struct cr_test *suite);

/* Says that the test has failed, and why; ends it where it is `fatal`. */
void cr_failed(bool fatal, const char *file, int line, const char *condition, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
void cr_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#define Test(suite_, name_, ...)                                                                   \
	static void suite_##_##name_##_run(void);                                                  \
	__attribute__((constructor)) static void suite_##_##name_##_add(void)                      \
	{                                                                                          \
		static struct cr_test test = { .suite = #suite_,                                   \
					       .name = #name_,                                     \
					       .run = suite_##_##name_##_run,                      \
					       .config = { __VA_ARGS__ } };                        \
		cr_add_test(&test);                                                                \
	}                                                                                          \
	static void suite_##_##name_##_run(void)

#define TestSuite(suite_, ...)                                                                     \
	__attribute__((constructor)) static void suite_##_add(void)                                \
	{                                                                                          \
		static struct cr_test suite = { .suite = #suite_, .config = { __VA_ARGS__ } };     \
		cr_add_suite(&suite);                                                              \
	}                                                                                          \
	struct cr_test

#define CR_CHECK(fatal, condition, text, ...)                                                      \
	((condition) ? (void)0 : cr_failed(fatal, __FILE__, __LINE__, text, " " __VA_ARGS__))
#define cr_assert(condition, ...) CR_CHECK(true, condition, #condition, __VA_ARGS__)
#define cr_expect(condition, ...) CR_CHECK(false, condition, #condition, __VA_ARGS__)
#define cr_fatal(...) cr_failed(true, __FILE__, __LINE__, "", " " __VA_ARGS__)
#define cr_skip_test(...) cr_skip(__VA_ARGS__)

#endif
