/* SPDX-License-Identifier: MIT */
/*
 * tree SCRIPT: a process, or a tree of them, for the end-to-end fuzzer. Descriptor 9 is a socket to
 * the fuzzer, which every process of the tree keeps: it reads end of file when all have ended.
 *
 *   (...)  fork; the child runs what is inside
 *   s g    setsid, setpgid          u    become another user
 *   i      ignore TERM, INT, HUP, QUIT
 *   hN     exit N on TERM           wN   go on after N milliseconds
 *   W      wait for all children    t    ask to be traced, and stop
 *   z      stop (SIGSTOP)           p    wait for a signal, for ever
 *   eN     exit N                   kN   die of signal N
 *   m      say that main is there, and wait for the word to go on
 *   l      block all signals, report each; exit N when told so
 */
#define _GNU_SOURCE
#include "tree.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t term_status;

static void on_term(int signo)
{
	(void)signo;
	_exit(term_status);
}

static void report(int what, int value)
{
	struct tree_message message = { what, value };

	while (send(TREE_FD, &message, sizeof message, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

/* The fuzzer's word; where it has gone away there is nothing left to do. */
static int order(int flags)
{
	int value;
	ssize_t n;

	do
		n = recv(TREE_FD, &value, sizeof value, flags);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		_exit(99);
	return n < 0 ? -1 : value;
}

/* The raw call: libc would leave its own signals out. */
static void set_mask(unsigned char byte)
{
	unsigned char mask[_NSIG / 8];

	memset(mask, byte, sizeof mask);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL, sizeof mask);
}

static void sleep_ms(int ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

static void log_signals(void)
{
	unsigned char all[_NSIG / 8];
	struct timespec tick = { 0, 2000000 };
	siginfo_t info;

	memset(all, 0xff, sizeof all);
	set_mask(0xff);
	report(TREE_LOGGING, 0);
	for (;;) {
		if (syscall(SYS_rt_sigtimedwait, all, &info, &tick, sizeof all) > 0) {
			if (info.si_signo != SIGCHLD)
				report(TREE_SIGNAL, info.si_signo);
			continue;
		}
		int status = order(MSG_DONTWAIT);
		if (status >= 0)
			_exit(status);
	}
}

static void wait_for_all(void)
{
	int wstatus;
	pid_t pid;

	while ((pid = waitpid(-1, &wstatus, 0)) > 0 || errno == EINTR)
		if (pid > 0 && WIFSTOPPED(wstatus))
			ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

/* The script behind the ')' of this child's. */
static const char *skip(const char *script)
{
	for (int depth = 1; depth; script++)
		depth += *script == '(' ? 1 : *script == ')' ? -1 : 0;
	return script;
}

static void die_of(int signo)
{
	signal(signo, SIG_DFL);
	set_mask(0);
	kill(getpid(), signo);
	report(TREE_WAITING, 0); /* it does not end a process: wait to be killed */
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	static const int stops[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	const char *script = argc > 1 ? argv[1] : "";

	for (;;) {
		char *end;
		char op = *script++;
		int value = (int)strtol(script, &end, 10);
		if (strchr("hwek", op))
			script = end;
		switch (op) {
		case '(':
			if (fork() != 0)
				script = skip(script);
			break;
		case 's': setsid(); break;
		case 'g': setpgid(0, 0); break;
		case 'u':
			if (setuid(65534) < 0)
				_exit(98);
			break;
		case 'i':
			for (int i = 0; i < 4; i++)
				signal(stops[i], SIG_IGN);
			break;
		case 'h':
			term_status = value;
			signal(SIGTERM, on_term);
			break;
		case 'w': sleep_ms(value); break;
		case 'W': wait_for_all(); break;
		case 't':
			ptrace(PTRACE_TRACEME, 0, NULL, NULL);
			raise(SIGWINCH);
			break;
		case 'z':
			report(TREE_WAITING, 0);
			raise(SIGSTOP);
			break;
		case 'p':
			report(TREE_WAITING, 0);
			for (;;)
				pause();
		case 'e': _exit(value);
		case 'k': die_of(value); break;
		case 'm':
			report(TREE_MAIN, 0);
			order(0);
			break;
		case 'l': log_signals(); break;
		default: _exit(0);
		}
	}
}
