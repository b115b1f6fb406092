/* SPDX-License-Identifier: MIT */
/*
 * launch MODE EVENTS GO CMD OUT TTY DUMMIES NR -- PIDONE ARG...: starts PIDONE in a pid namespace
 * of its own, once somebody traces it and has said so.
 *
 * MODE      pid1: PIDONE is the namespace's init; sub: its only child is, PIDONE is a subreaper
 * EVENTS    descriptor for lines: "pid N" (the namespace's init, as seen from outside; with sub
 *           PIDONE is that one's only child), "waiting 0" once PIDONE waits for GO,
 *           "end WSTATUS CPU_MS", "left N", "foreground N"
 * GO        descriptor that becomes readable when PIDONE may begin
 * CMD, OUT  descriptors that COMMAND finds as 8 and 9
 * TTY       a terminal to be stdin, stdout and controlling, or -1. With sub the launcher is the
 *           session leader, as a shell is, and PIDONE a foreground job.
 * DUMMIES   how often the system call NR is made (with nonsense) before PIDONE is executed: a
 *           tracer that counts calls per process then reaches PIDONE's child with them first.
 *
 * What waits for GO makes no system call that PIDONE makes: tracers count from here.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int events, go, tty;

/* Moves the descriptor that `arg` names out of the way of 8 and 9. */
static int descriptor(const char *arg)
{
	int fd = atoi(arg);

	return fd < 0 ? -1 : fcntl(fd, F_DUPFD, 100);
}

static void die(const char *what)
{
	dprintf(events, "broken %s: %s\n", what, strerror(errno));
	_exit(99);
}

/* Becomes PIDONE. */
static void start(char **argv, int cmd, int out, long dummies, long nr)
{
	struct pollfd ready = { .fd = go, .events = POLLIN };

	if (tty >= 0 && (dup2(tty, 0) < 0 || dup2(tty, 1) < 0))
		die("dup2");
	if (dup2(cmd, 8) < 0 || dup2(out, 9) < 0)
		die("dup2");
	for (int fd = 3; fd < 256; fd++)
		if (fd != 8 && fd != 9)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	dprintf(events, "waiting 0\n");
	for (int done = 0; done == 0;) {
		struct timespec tick = { .tv_nsec = 3000000 };
		syscall(SYS_sched_yield); /* shows in the tracer's log that it traces */
		done = (int)syscall(SYS_ppoll, &ready, 1, &tick, NULL, 0);
	}
	while (dummies-- > 0)
		syscall(nr, -1, -1, -1, -1, -1, -1);
	execv(argv[0], argv);
	die(argv[0]);
}

/* How many processes but zombies there are in this namespace, init aside. */
static int count_left(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int left = 0;

	while (proc && (entry = readdir(proc))) {
		char path[300], buf[256] = "";
		if (atoi(entry->d_name) < 2)
			continue;
		snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
		int fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		if (read(fd, buf, sizeof buf - 1) > 0 && strrchr(buf, ')') &&
		    strrchr(buf, ')')[2] != 'Z')
			left++;
		close(fd);
	}
	return left;
}

static void report_end(pid_t pid)
{
	struct rusage usage;
	int wstatus;

	while (wait4(pid, &wstatus, 0, &usage) < 0)
		if (errno != EINTR)
			die("wait4");
	long ms = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
		  (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
	dprintf(events, "end %d %ld\n", wstatus, ms);
}

/* The namespace's init, where PIDONE is not. */
static void be_shell(char **argv, int cmd, int out, long dummies, long nr)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGTTOU, SIG_IGN);
	if (tty >= 0 && (setsid() < 0 || ioctl(tty, TIOCSCTTY, 0) < 0))
		die("terminal");
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		setpgid(0, 0);
		if (tty >= 0)
			tcsetpgrp(tty, getpid());
		signal(SIGTTOU, SIG_DFL);
		start(argv, cmd, out, dummies, nr);
	}
	/* What COMMAND and PIDONE alone shall hold open. */
	close(cmd);
	close(out);
	report_end(pid);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	dprintf(events, "left %d\n", count_left());
	if (tty >= 0)
		dprintf(events, "foreground %d\n", tcgetpgrp(tty) == pid);
	_exit(0);
}

int main(int argc, char **argv)
{
	if (argc < 11)
		return 2;
	bool pid1 = strcmp(argv[1], "pid1") == 0;
	events = descriptor(argv[2]);
	go = descriptor(argv[3]);
	tty = descriptor(argv[6]);
	int cmd = descriptor(argv[4]), out = descriptor(argv[5]);
	syscall(SYS_close_range, 3, 99, 0);
	long dummies = atol(argv[7]), nr = atol(argv[8]);

	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_NEWPID | CLONE_NEWNS, 0, 0, 0, 0);
	if (pid < 0)
		die("clone");
	if (pid == 0) {
		if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("proc", "/proc", "proc", 0, NULL) < 0)
			die("/proc");
		if (!pid1)
			be_shell(argv + 10, cmd, out, dummies, nr);
		if (tty >= 0 && (setsid() < 0 || ioctl(tty, TIOCSCTTY, 0) < 0))
			die("terminal");
		start(argv + 10, cmd, out, dummies, nr);
	}
	dprintf(events, "pid %d\n", (int)pid);
	close(cmd);
	close(out);
	if (pid1) {
		report_end(pid);
		dprintf(events, "left 0\n"); /* the kernel has seen to it */
	} else {
		waitpid(pid, NULL, 0);
	}
	return 0;
}
