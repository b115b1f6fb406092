/* SPDX-License-Identifier: MIT */
/* Signal names, both ways. In the table each name is set by its signal, not by position. */

#define _GNU_SOURCE
#include "pidone.h"

#include <string.h>

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

/* If *text begins with `name`, which is in capitals, in any case: moves it past that. */
static bool skip(const char **text, const char *name)
{
	const char *at = *text;

	for (; *name; name++, at++)
		if (*name != (*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at))
			return false;
	*text = at;
	return true;
}

static bool is_name(const char *text, const char *name)
{
	return skip(&text, name) && *text == '\0';
}

/* RTMIN, RTMIN+n, RTMAX, RTMAX-n; `text` begins after the RT. */
static int realtime_number(const char *text)
{
	bool from_min = skip(&text, "MIN");
	int base = from_min ? SIGNAL_RTMIN : SIGNAL_MAX;

	if (!from_min && !skip(&text, "MAX"))
		return 0;
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
	skip(&text, "SIG");
	for (int n = 1; n < SIGNAL_RTMIN; n++)
		if (names[n][0] && is_name(text, names[n]))
			return n;
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
		if (is_name(text, aliases[i].name))
			return aliases[i].signo;
	return skip(&text, "RT") ? realtime_number(text) : 0;
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
	return memcpy(buf, text_string(&text), text.len + 1);
}
