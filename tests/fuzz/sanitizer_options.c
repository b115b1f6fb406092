/* SPDX-License-Identifier: MIT */
/*
 * What the sanitizers are told, built in: the tests choose the environment of pidone. No leak
 * check: there is no heap, and it traces the process, which a test may do as well. No handlers:
 * main is to get its dispositions as they were. Reports go where SANITIZER_LOG says, as stderr is
 * often a test's.
 */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

#define COMMON                                                                                     \
	"log_path=" SANITIZER_LOG ":exitcode=66:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:"    \
	"handle_sigill=0:handle_abort=0:handle_sigtrap=0:disable_coredump=0"

const char *__asan_default_options(void)
{
	return COMMON ":detect_leaks=0:use_sigaltstack=0:detect_stack_use_after_return=0";
}

const char *__ubsan_default_options(void)
{
	return COMMON ":print_stacktrace=1";
}
