/* SPDX-License-Identifier: MIT */
/* Signal names, both ways. In the table each name is set by its signal, not by position. */

#define _GNU_SOURCE
#include "pidone.h"

#include <string.h>
#include <strings.h>

static const char names[SIGNAL_RTMIN][8] = {
	[SIGHUP] = "HUP",	[SIGINT] = "INT",   [SIGQUIT] = "QUIT",	  [SIGILL] = "ILL",
	[SIGTRAP] = "TRAP",	[SIGABRT] = "ABRT", [SIGBUS] = "BUS",	  [SIGFPE] = "FPE",
	[SIGKILL] = "KILL",	[SIGUSR1] = "USR1", [SIGSEGV] = "SEGV",	  [SIGUSR2] = "USR2",
	[SIGPIPE] = "PIPE",	[SIGALRM] = "ALRM", [SIGTERM] = "TERM",	  [SIGCHLD] = "CHLD",
	[SIGCONT] = "CONT",	[SIGSTOP] = "STOP", [SIGTSTP] = "TSTP",	  [SIGTTIN] = "TTIN",
	[SIGTTOU] = "TTOU",	[SIGURG] = "URG",   [SIGXCPU] = "XCPU",	  [SIGXFSZ] = "XFSZ",
	[SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF", [SIGWINCH] = "WINCH", [SIGIO] = "IO",
	[SIGPWR] = "PWR",	[SIGSYS] = "SYS",
#ifdef SIGSTKFLT /* MIPS has SIGEMT instead */
	[SIGSTKFLT] = "STKFLT",
#endif
};

static const struct {
	char name[5];
	unsigned char signo;
} aliases[] = {
	{ "IOT", SIGABRT },
	{ "CLD", SIGCHLD },
	{ "POLL", SIGIO },
};

/* RTMIN, RTMIN+n, RTMAX, RTMAX-n; `text` begins after the RT. */
static int realtime_number(const char *text)
{
	bool from_min = strncasecmp(text, "MIN", 3) == 0;
	int base = from_min ? SIGNAL_RTMIN : SIGNAL_MAX;

	if (!from_min && strncasecmp(text, "MAX", 3) != 0)
		return 0;
	text += 3;
	if (*text == '\0')
		return base;
	if (*text++ != (from_min ? '+' : '-'))
		return 0;
	int64_t n = parse_number(&text, SIGNAL_MAX - SIGNAL_RTMIN);
	if (n < 0 || *text != '\0')
		return 0;
	return from_min ? base + (int)n : base - (int)n;
}

int signal_number(const char *text)
{
	if (*text >= '0' && *text <= '9') {
		int64_t n = parse_number(&text, SIGNAL_MAX);
		return n > 0 && *text == '\0' ? (int)n : 0;
	}
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (int n = 1; n < SIGNAL_RTMIN; n++)
		if (names[n][0] && strncasecmp(text, names[n], sizeof names[n]) == 0)
			return n;
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
		if (strncasecmp(text, aliases[i].name, sizeof aliases[i].name) == 0)
			return aliases[i].signo;
	if (strncasecmp(text, "RT", 2) == 0)
		return realtime_number(text + 2);
	return 0;
}

COLD const char *signal_name(int signo, char buf[SIGNAL_NAME_MAX])
{
	struct text text = { .len = 0 };

	if (signo > 0 && signo < SIGNAL_RTMIN && names[signo][0])
		return names[signo];
	if (signo == SIGNAL_RTMIN)
		return "RTMIN";
	if (signo > SIGNAL_RTMIN && signo <= SIGNAL_MAX)
		text_add(&text, "RTMIN+%d", signo - SIGNAL_RTMIN);
	else
		text_add(&text, "%d", signo);
	return strcpy(buf, text_string(&text));
}
