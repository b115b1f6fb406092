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

/* The text behind `name`, which is in capitals, if `text` begins with it in any case; else NULL. */
static const char *behind(const char *text, const char *name)
{
	for (; *name; name++, text++)
		if (*name != (*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text))
			return NULL;
	return text;
}

/* RTMIN, RTMIN+n, RTMAX, RTMAX-n; `text` begins after the RT. */
static int realtime_number(const char *text)
{
	const char *more = behind(text, "MIN");
	int base = more ? SIGNAL_RTMIN : SIGNAL_MAX, sign = more ? 1 : -1;

	if (!more)
		more = behind(text, "MAX");
	if (!more || *more == '\0')
		return more ? base : 0;
	if (*more++ != (sign > 0 ? '+' : '-'))
		return 0;
	int64_t n = parse_number(&more, SIGNAL_MAX - SIGNAL_RTMIN);
	return n < 0 || *more != '\0' ? 0 : base + sign * (int)n;
}

int signal_number(const char *text)
{
	const char *more;

	if (*text >= '0' && *text <= '9') {
		int64_t n = parse_number(&text, SIGNAL_MAX);
		return n > 0 && *text == '\0' ? (int)n : 0;
	}
	if ((more = behind(text, "SIG")))
		text = more;
	for (int n = 1; n < SIGNAL_RTMIN; n++)
		if (names[n][0] && (more = behind(text, names[n])) && *more == '\0')
			return n;
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
		if ((more = behind(text, aliases[i].name)) && *more == '\0')
			return aliases[i].signo;
	more = behind(text, "RT");
	return more ? realtime_number(more) : 0;
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
