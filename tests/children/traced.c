/* SPDX-License-Identifier: MIT */
/*
 * traced WHO HOW: a process that asked to be traced by its parent, as debuggers' children do, where
 * the parent is init and no debugger.
 *
 * WHO  main: this very process; orphan: one whose parent ends; stranger: an orphan of another user
 * HOW  signal: sends itself SIGUSR1, and goes on in the handler
 *      exec: executes itself, which stops a traced process
 *      stop: sends itself SIGSTOP, and goes on when continued
 *      trap: sends itself SIGTRAP, as execve() does, and goes on
 *
 * It prints "stopping PID" before, and "went on" after. Main ends with 0 when stdin ends, the
 * orphan at once.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t handled;

static void handler(int signo)
{
	handled = signo;
}

static int stop(const char *program, const char *who, const char *how)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		return 98;
	printf("stopping %d\n", (int)getpid());
	fflush(stdout);
	if (strcmp(how, "exec") == 0) {
		/* Not by its path: a stranger may not enter the directories. */
		execl("/proc/self/exe", program, who, "continue", (char *)NULL);
		return 97;
	}
	if (strcmp(how, "signal") == 0) {
		signal(SIGUSR1, handler);
		kill(getpid(), SIGUSR1);
		if (handled != SIGUSR1)
			return 96;
	} else if (strcmp(how, "trap") == 0) {
		kill(getpid(), SIGTRAP);
	} else {
		kill(getpid(), SIGSTOP);
	}
	return 0;
}

static int go_on(int is_main)
{
	char c;

	printf("went on\n");
	fflush(stdout);
	while (is_main && read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}

/* Only once its parent is gone, so that init is the one who has to deal with it. */
static void be_orphan(char **argv, pid_t parent)
{
	while (getppid() == parent)
		usleep(500);
	/* Before TRACEME: init may then be the one with fewer rights. */
	if (strcmp(argv[1], "stranger") == 0 && setresuid(65534, 65534, 65534) < 0)
		_exit(98);
	int status = stop(argv[0], "orphan", argv[2]);
	_exit(status ? status : go_on(0));
}

int main(int argc, char **argv)
{
	char c;

	if (argc < 3)
		return 99;
	if (strcmp(argv[2], "continue") == 0)
		return go_on(strcmp(argv[1], "main") == 0);
	if (strcmp(argv[1], "main") == 0) {
		int status = stop(argv[0], argv[1], argv[2]);
		return status ? status : go_on(1);
	}
	pid_t middle = fork();
	if (middle < 0)
		return 98;
	if (middle == 0) {
		pid_t self = getpid();
		if (fork() == 0)
			be_orphan(argv, self);
		_exit(0);
	}
	waitpid(middle, NULL, 0);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}
