/* SPDX-License-Identifier: MIT */
/* Waiting for children, their exit statuses, and adopting orphans. */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * True if the stopped child had init as its tracer; it is now detached. Its
 * signal is passed on, except the SIGTRAP that execve() sends to a traced
 * process: this is for the tracer alone, and it would kill the child.
 */
COLD static bool detach_traced(pid_t pid, int stop_signal)
{
	long signo = stop_signal == SIGTRAP ? 0 : stop_signal;

	return syscall(SYS_ptrace, PTRACE_DETACH, pid, 0L, signo) == 0;
}

/*
 * waitid(2) that does not reap. Returns the child that it found, 0 if none is in such a state, -1
 * with errno. Before Linux 4.7 waitid does not know __WALL.
 */
COLD static pid_t look(idtype_t type, pid_t pid, int what)
{
	siginfo_t info;

	info.si_pid = 0;
	what |= WNOHANG | WNOWAIT;
	if (waitid(type, (id_t)pid, &info, what | __WALL) < 0 &&
	    (errno != EINVAL || waitid(type, (id_t)pid, &info, what) < 0))
		return -1;
	return info.si_pid;
}

enum reap reap_one(pid_t which, bool stops, pid_t *pid, int *wstatus, struct rusage *usage)
{
	/* __WALL: also children whose end does not send SIGCHLD. WUNTRACED only if needed: it
	 * makes the kernel do more work for each child that is alive. */
	*pid = wait4(which, wstatus, WNOHANG | __WALL | (stops ? WUNTRACED : 0), usage);
	if (*pid == 0)
		return REAP_NONE;
	if (*pid < 0)
		return errno == ECHILD ? REAP_EMPTY : REAP_FAILED;
	if (!WIFSTOPPED(*wstatus))
		return REAP_EXITED;
	/* If it cannot be detached, it was killed meanwhile, or it is stopped by job control. */
	return detach_traced(*pid, WSTOPSIG(*wstatus)) || !stops ||
			       look(P_PID, *pid, WEXITED) == *pid
		       ? REAP_TRACED
		       : REAP_STOPPED;
}

int exit_status(int wstatus)
{
	if (WIFSIGNALED(wstatus))
		return STATUS_SIGNAL_BASE + WTERMSIG(wstatus);
	return WEXITSTATUS(wstatus);
}

COLD void say_reaped(int level, pid_t pid, int wstatus, const char *name)
{
	struct text line = { .len = 0 };
	char signal[SIGNAL_NAME_MAX];

	text_add(&line, "Reaped zombie process with pid=%d ", (int)pid);
	if (WIFSIGNALED(wstatus))
		text_add(&line, "signal=%s", signal_name(WTERMSIG(wstatus), signal));
	else
		text_add(&line, "status=%d", WEXITSTATUS(wstatus));
	if (*name)
		text_add_value(&line, " name", name);
	message(level, "%s", text_string(&line));
}

int remap_status(int status, const unsigned char set[256 / 8])
{
	return set[status / 8] >> status % 8 & 1 ? 0 : status;
}

int become_subreaper(void)
{
	return (int)syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

COLD pid_t peek_child(bool stops)
{
	return look(P_ALL, 0, WEXITED | (stops ? WSTOPPED : 0));
}

COLD bool is_living_child(pid_t pid)
{
	return look(P_PID, pid, WEXITED) == 0;
}

COLD int is_stopped(pid_t pid, bool reported)
{
	pid_t found = look(P_PID, pid, WSTOPPED);

	if (found != 0 || !reported)
		return found;
	found = look(P_PID, pid, WCONTINUED);
	return found < 0 ? -1 : found == 0;
}

bool has_children(void)
{
	siginfo_t unused;

	/* Linux before 4.7 knows no __WALL there: then there may be some. */
	return waitid(P_ALL, 0, &unused, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 ||
	       errno != ECHILD;
}
