/* SPDX-License-Identifier: MIT */
/* signame.c: signals by number and by name. */
#define _GNU_SOURCE
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

TestSuite(signame, .timeout = 60);

Test(signame, each_number_is_a_signal)
{
	char text[16];

	for (int signo = 1; signo <= 64; signo++) {
		snprintf(text, sizeof text, "%d", signo);
		cr_expect(eq(int, signal_number(text), signo));
	}
}

Test(signame, each_signal_has_a_name_that_leads_back)
{
	char buf[SIGNAL_NAME_MAX], text[32];

	for (int signo = 1; signo <= 64; signo++) {
		const char *name = signal_name(signo, buf);
		cr_expect(eq(int, signal_number(name), signo), "%s", name);
		if (isdigit((unsigned char)*name))
			continue; /* 32 and 33, which have none */
		snprintf(text, sizeof text, "SIG%s", name);
		cr_expect(eq(int, signal_number(text), signo), "%s", text);
		for (char *c = text; *c; c++)
			*c = (char)tolower(*c);
		cr_expect(eq(int, signal_number(text), signo), "%s", text);
		cr_expect(eq(int, signal_number(text + 3), signo), "%s", text + 3);
	}
}

/* As the C library calls it, for all it has a name for. */
Test(signame, each_standard_name_is_that_of_the_library)
{
	char buf[SIGNAL_NAME_MAX];

	for (int signo = 1; signo < 32; signo++) {
		const char *theirs = sigabbrev_np(signo);
		cr_assert(holds(theirs));
		/* glibc has the older name for one. */
		if (signo == SIGIO)
			theirs = "IO";
		cr_expect(eq(str, (char *)signal_name(signo, buf), (char *)theirs));
		cr_expect(eq(int, signal_number(sigabbrev_np(signo)), signo));
	}
}

Test(signame, names_of_those_without_one)
{
	char buf[SIGNAL_NAME_MAX];

	cr_expect(eq(str, (char *)signal_name(32, buf), "32"));
	cr_expect(eq(str, (char *)signal_name(33, buf), "33"));
	cr_expect(eq(str, (char *)signal_name(34, buf), "RTMIN"));
	cr_expect(eq(str, (char *)signal_name(37, buf), "RTMIN+3"));
	cr_expect(eq(str, (char *)signal_name(64, buf), "RTMIN+30"));
	cr_expect(eq(str, (char *)signal_name(0, buf), "0"));
	cr_expect(eq(str, (char *)signal_name(65, buf), "65"));
	cr_expect(eq(str, (char *)signal_name(-1, buf), "-1"));
	cr_expect(eq(str, (char *)signal_name(128, buf), "128"));
}

Test(signame, other_names_of_the_same_signals)
{
	cr_expect(eq(int, signal_number("IOT"), SIGABRT));
	cr_expect(eq(int, signal_number("CLD"), SIGCHLD));
	cr_expect(eq(int, signal_number("POLL"), SIGIO));
	cr_expect(eq(int, signal_number("SIGIOT"), SIGABRT));
	cr_expect(eq(int, signal_number("sigcld"), SIGCHLD));
	cr_expect(eq(int, signal_number("sIgPoLl"), SIGIO));
}

/* 34, whatever the C library says: systemd's SIGRTMIN+3 is 37. */
Test(signame, rtmin_counts_up_from_34)
{
	char text[32];

	cr_expect(eq(int, signal_number("RTMIN"), 34));
	cr_expect(eq(int, signal_number("SIGRTMIN"), 34));
	cr_expect(eq(int, signal_number("SIGRTMIN+3"), 37));
	for (int n = 0; n <= 30; n++) {
		snprintf(text, sizeof text, "RTMIN+%d", n);
		cr_expect(eq(int, signal_number(text), 34 + n), "%s", text);
	}
}

Test(signame, rtmax_counts_down_from_64)
{
	char text[32];

	cr_expect(eq(int, signal_number("RTMAX"), 64));
	cr_expect(eq(int, signal_number("sigrtmax"), 64));
	for (int n = 0; n <= 30; n++) {
		snprintf(text, sizeof text, "SigRtMax-%d", n);
		cr_expect(eq(int, signal_number(text), 64 - n), "%s", text);
	}
}

Test(signame, anything_else_is_no_signal)
{
	static const char *const refused[] = { "",	     "0",
					       "65",	     "100",
					       "00",	     "-1",
					       "+1",	     " 1",
					       "1 ",	     "1x",
					       "0x1",	     "1.0",
					       "4294967297", "18446744073709551617",
					       "SIG",	     "SIG15",
					       "SIGSIGTERM", "TERMX",
					       "TER",	     " TERM",
					       "TERM ",	     "TERM,",
					       "RT",	     "RTMIN+",
					       "RTMIN-1",    "RTMIN+31",
					       "RTMIN+-1",   "RTMIN++1",
					       "RTMIN3",     "RTMIN+3x",
					       "RTMAX-",     "RTMAX+1",
					       "RTMAX-31",   "RTMAX-1 ",
					       "RTMIN +1",   "SIGRT",
					       "RTMI",	     "RTMINX",
					       "EXIT",	     "NULL",
					       "UNUSED",     "32x",
					       "\xff",	     "T\xc9RM" };

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		cr_expect(zero(int, signal_number(refused[i])), "'%s'", refused[i]);
}
