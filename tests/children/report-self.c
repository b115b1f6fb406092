/* SPDX-License-Identifier: MIT */
/*
 * report-self [wait] [ARG]...: prints what a process inherits, one thing a line. The first line is
 * what has to differ under an init: "self PID PPID PGID". With `wait` it stays until stdin ends.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

/* The kernel's own words: libc hides its signals. */
static void print_status(void)
{
	static const char *const fields[] = {
		"Uid:",	   "Gid:",    "Groups:", "SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:",
		"SigCgt:", "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:"
	};
	char line[4096];
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof line, file))
		for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
			if (strncmp(line, fields[i], strlen(fields[i])) == 0)
				fputs(line, stdout);
	if (file)
		fclose(file);
}

int main(int argc, char **argv)
{
	char text[4096] = "";
	mode_t mask = umask(0);

	printf("self %d %d %d\n", (int)getpid(), (int)getppid(), (int)getpgrp());
	printf("session %d umask %03o nice %d\n", (int)getsid(0), (unsigned)mask,
	       getpriority(PRIO_PROCESS, 0));
	prctl(PR_GET_NAME, text);
	printf("name %s\n", text);
	printf("cwd %s\n", getcwd(text, sizeof text) ? text : "?");
	printf("timerslack %d dumpable %d subreaper ", prctl(PR_GET_TIMERSLACK),
	       prctl(PR_GET_DUMPABLE));
	int value = -1;
	prctl(PR_GET_CHILD_SUBREAPER, &value);
	printf("%d deathsignal ", value);
	prctl(PR_GET_PDEATHSIG, &value);
	printf("%d\n", value);
	for (int i = 0; i < RLIMIT_NLIMITS; i++) {
		struct rlimit limit = { 0, 0 };
		getrlimit(i, &limit);
		printf("limit %d %llu %llu\n", i, (unsigned long long)limit.rlim_cur,
		       (unsigned long long)limit.rlim_max);
	}
	for (int fd = 0; fd < 1024; fd++) {
		int flags = fcntl(fd, F_GETFD);
		if (flags >= 0)
			printf("fd %d flags %d status %o\n", fd, flags,
			       (unsigned)fcntl(fd, F_GETFL));
	}
	print_status();
	for (int i = 0; i < argc; i++)
		printf("arg %d %s\n", i, argv[i]);
	for (char **env = environ; *env; env++)
		printf("env %s\n", *env);
	printf("end\n");
	fflush(stdout);
	if (argc > 1 && strcmp(argv[1], "wait") == 0)
		while (read(STDIN_FILENO, text, sizeof text) > 0)
			;
	return 0;
}
