/* SPDX-License-Identifier: MIT */
/* The post-mortem of -R: one logfmt line that says how main ended, and why. */

#define _GNU_SOURCE
#include "pidone.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Opens this cgroup's file under `mount`. In a container this cgroup alone may be mounted there,
 * while /proc has its whole path (cgroups(7)).
 */
COLD static int open_cgroup_file(const char *mount, const char *path, const char *name)
{
	struct text full = { .len = 0 }, top = { .len = 0 };

	text_add(&full, "%s%s/%s", mount, path, name);
	text_add(&top, "%s/%s", mount, name);
	int fd = open_file(AT_FDCWD, text_string(&full), O_RDONLY);
	return fd >= 0 ? fd : open_file(AT_FDCWD, text_string(&top), O_RDONLY);
}

/*
 * Opens the file with this cgroup's count of OOM kills; -1 if there is none. A line of
 * /proc/self/cgroup is ID:CONTROLLERS:PATH. The line without controllers is that of version 2.
 */
GUARDED static int open_oom_events(void)
{
	char cgroups[4096];
	int fd = -1;

	if (read_file(AT_FDCWD, "/proc/self/cgroup", cgroups, sizeof cgroups) <= 0)
		return -1;
	for (char *line = cgroups; fd < 0;) {
		char *next = line + span_to(line, "\n");
		if (*next == '\0')
			break;
		char *kind = line + span_to(line, ":\n") + 1;
		char *path = kind + span_to(kind, ":");
		if (path > next)
			break;
		*path++ = *next = '\0';
		if (*kind == '\0')
			fd = open_cgroup_file("/sys/fs/cgroup", path, "memory.events");
		else if (strcmp(kind, "memory") == 0)
			fd = open_cgroup_file("/sys/fs/cgroup/memory", path, "memory.oom_control");
		line = next + 1;
	}
	return fd_above_stdio(fd);
}

/* How often the OOM killer struck in this cgroup so far; -1: unknown. */
GUARDED static long count_oom_kills(int fd)
{
	char events[512];
	ssize_t n = fd < 0 ? -1 : pread(fd, events, sizeof events - 1, 0);

	if (n < 0)
		return -1;
	events[n] = '\0';
	return (long)number_behind(events, "oom_kill ");
}

COLD void open_report(struct report *report, const char *path)
{
	if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stderr") == 0)
		report->fd = STDERR_FILENO;
	else if (strcmp(path, "/dev/stdout") == 0)
		report->fd = STDOUT_FILENO;
	else
		/* O_TRUNC: nobody takes an earlier run's line for this one's. O_APPEND: text that
		 * main writes meanwhile stays. O_NONBLOCK: with a FIFO without a reader this fails,
		 * and does not wait. */
		report->fd = fd_above_stdio(open_file(AT_FDCWD, path,
						      O_WRONLY | O_CREAT | O_TRUNC | O_APPEND |
							      O_NOFOLLOW | O_NONBLOCK));
	if (report->fd < 0) {
		message(LEVEL_WARNING, "no report: cannot open '%s': %s%s", path, error_text(errno),
			errno == ELOOP ? " (it is a symbolic link)" : "");
		return;
	}
	report->oom_fd = open_oom_events();
	report->oom_kills_before = count_oom_kills(report->oom_fd);
	report->started_ms = now_ms();
}

/* Writes all of it. False, with errno, if a write fails. */
COLD static bool write_all(int fd, const char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, buf, len);
		if (n < 0)
			return false;
		buf += n;
		len -= (size_t)n;
	}
	return true;
}

/* ---- why it died -------------------------------------------------------- */

/* Adds what killed main, if that is known for sure. */
COLD static void add_cause(struct text *line, const struct init *init, int signo)
{
	int fd = signo == SIGKILL ? open_oom_events() : -1;
	long kills = count_oom_kills(fd);

	if (fd >= 0)
		close(fd);
	if (kills > 0)
		text_add(line, "; the kernel's OOM killer has struck %ld time%s in this %s", kills,
			 kills == 1 ? "" : "s", init->pid == 1 ? "container" : "cgroup");
	if (signo == SIGSYS)
		text_add(line, "; a seccomp filter sends it for a system call that it forbids");
}

COLD void say_killed(const struct init *init)
{
	char name[SIGNAL_NAME_MAX];
	int signo = WTERMSIG(init->wstatus);
	uint64_t known = init->sent | init->typed | init->untaken;
	/* Pending: it was sent to init too, and main ended before init has read it. */
	bool strange = !init->main_killed && signo != SIGPIPE && !(known & SIGNAL_BIT(signo)) &&
		       !is_pending(signo);
	struct text line = { .len = 0 };

	if (!message_enabled(strange ? LEVEL_WARNING : LEVEL_MAIN))
		return;
	text_add(&line, "main '%s' (pid %d) was killed by SIG%s%s", init->options->command[0],
		 (int)init->main_pid, signal_name(signo, name),
		 WCOREDUMP(init->wstatus) ? " (core dumped)" : "");
	if (strange) {
		text_add(&line, ", which did not come through init");
		add_cause(&line, init, signo);
	}
	message(LEVEL_WARNING, "%s", text_string(&line));
}

/* ---- the line of -R ----------------------------------------------------- */

/* key=number, or key=- if the number is not known. */
COLD static void add_count(struct text *line, const char *key, long number)
{
	if (number < 0)
		text_add(line, "%s=- ", key);
	else
		text_add(line, "%s=%ld ", key, number);
}

/* key=seconds.milliseconds */
COLD static void add_seconds(struct text *line, const char *key, int64_t ms)
{
	int rest = (int)(ms % 1000);

	text_add(line, "%s=%ld.%d%d%d ", key, (long)(ms / 1000), rest / 100, rest / 10 % 10,
		 rest % 10);
}

COLD static int64_t timeval_ms(struct timeval tv)
{
	return (int64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000;
}

COLD void write_report(const struct init *init, int status)
{
	const struct report *report = &init->report;
	const char *command = init->options->pause ? "-" : init->options->command[0];
	int wstatus = init->wstatus;
	struct text line = { .len = 0 };
	char name[SIGNAL_NAME_MAX];
	long oom_kills = count_oom_kills(report->oom_fd);

	if (report->oom_kills_before < 0)
		oom_kills = -1;
	if (oom_kills >= 0)
		oom_kills -= report->oom_kills_before;
	text_add(&line, "pidone: ");
	text_add_value(&line, "command", command);
	text_add(&line, " pid=%d ", (int)init->main_pid);
	if (WIFSIGNALED(wstatus))
		text_add(&line, "end=signal signal=%s %s", signal_name(WTERMSIG(wstatus), name),
			 init->main_killed && WTERMSIG(wstatus) == SIGKILL ? "killed_by=init "
									   : "");
	else
		text_add(&line, "end=exit status=%d ", WEXITSTATUS(wstatus));
	text_add(&line, "exit=%d ", status);
	add_seconds(&line, "uptime", now_ms() - report->started_ms);
	text_add(&line, "last_signal=%s ",
		 report->last_signal ? signal_name(report->last_signal, name) : "-");
	add_count(&line, "last_signal_from", report->last_signal ? report->last_signal_from : -1);
	add_count(&line, "oom_kills", oom_kills);
	add_count(&line, "reaped", report->orphans);
	add_count(&line, "left", count_rest(&init->rest));
	add_seconds(&line, "user", timeval_ms(report->usage.ru_utime));
	add_seconds(&line, "system", timeval_ms(report->usage.ru_stime));
	text_add(&line, "maxrss_kb=%ld\n", report->usage.ru_maxrss);

	if (!(report->fd <= STDERR_FILENO ? write_stdio(report->fd, line.buf, line.len)
					  : write_all(report->fd, line.buf, line.len)))
		message(LEVEL_WARNING, "cannot write the report: %s", error_text(errno));
}
