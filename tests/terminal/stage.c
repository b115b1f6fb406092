/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "tests/terminal/stage.h"

#include "harness.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROMPT "(prompt)"
#define USUAL_PATH "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"

enum { LINE_SIZE = 2048, TOKEN_SIZE = 256 };

struct stage {
	const struct variant *variant;
	const struct init *init;
	int master, slave, fifo;
	int wait_ms;
	pid_t leader;
	char screen[16384]; /* all that stood on the terminal */
	size_t screen_len, screen_seen;
	char lines[8192]; /* read from the FIFO and not yet taken */
	size_t lines_len;
	struct result result;
	int result_pipe;
};

/* ---- the outcome, and the end of a play ---------------------------------- */

static void append(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *text, size_t size, const char *format, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + len, size - len, format, args);
	va_end(args);
}

void note(struct stage *s, const char *text)
{
	append(s->result.outcome, sizeof s->result.outcome, "%s%s",
	       s->result.outcome[0] ? ", " : "", text);
}

static void list_process(struct stage *s, int pid)
{
	char path[64], text[512];

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return;
	text[n] = '\0';
	char *end = strrchr(text, ')'), *name = strchr(text, '(');
	int parent, group, session;
	char state;
	if (!end || sscanf(end + 2, "%c %d %d %d", &state, &parent, &group, &session) != 4)
		return;
	end[1] = '\0';
	append(s->result.details, sizeof s->result.details,
	       "  pid %d %s %c parent %d group %d session %d\n", pid, name, state, parent, group,
	       session);
}

static void add_details(struct stage *s)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	append(s->result.details, sizeof s->result.details, "foreground: %d\n",
	       s->master < 0 ? -1 : (int)tcgetpgrp(s->master));
	while (proc && (entry = readdir(proc)))
		if (atoi(entry->d_name) > 1)
			list_process(s, atoi(entry->d_name));
	if (proc)
		closedir(proc);
	append(s->result.details, sizeof s->result.details, "on the terminal:\n%.*s\n",
	       (int)s->screen_len, s->screen);
}

/* The end of PID 1 ends everybody who is on the stage. */
static void __attribute__((noreturn)) leave(struct stage *s)
{
	add_details(s);
	if (write(s->result_pipe, &s->result, sizeof s->result) < 0)
		_exit(1);
	_exit(0);
}

/* What came of itself is in the outcome as well: what is missing is the last. */
static _Noreturn void missing(struct stage *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void missing(struct stage *s, const char *format, ...)
{
	char text[TOKEN_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	note(s, text);
	leave(s);
}

static void __attribute__((noreturn)) broken(struct stage *s, const char *what)
{
	missing(s, "the stage is broken: %s: %s", what, strerror(errno));
}

/* ---- what comes ----------------------------------------------------------- */

static size_t read_some(int fd, char *text, size_t len, size_t size)
{
	ssize_t n = len < size ? read(fd, text + len, size - len) : 0;

	return n > 0 ? (size_t)n : 0;
}

/* Orphans are the stage's children; the leader is waited for by name. */
static void reap_orphans(const struct stage *s)
{
	siginfo_t info = { 0 };

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0 &&
	       info.si_pid != s->leader) {
		waitpid(info.si_pid, NULL, 0);
		info.si_pid = 0;
	}
}

/* Reads what there is, or waits for it a moment; false when `end` has passed. */
static bool pump(struct stage *s, long long end, int moment)
{
	struct pollfd fds[] = { { .fd = s->master, .events = POLLIN },
				{ .fd = s->fifo, .events = POLLIN } };
	long long left = end - clock_ms();

	if (left <= 0)
		return false;
	reap_orphans(s);
	if (poll(fds, 2, left < moment ? (int)left : moment) <= 0)
		return true;
	if (fds[0].revents)
		s->screen_len += read_some(s->master, s->screen, s->screen_len, sizeof s->screen);
	if (fds[1].revents)
		s->lines_len += read_some(s->fifo, s->lines, s->lines_len, sizeof s->lines);
	return true;
}

static long long deadline(const struct stage *s)
{
	return clock_ms() + s->wait_ms;
}

static bool take_line(struct stage *s, char line[TOKEN_SIZE])
{
	char *newline = memchr(s->lines, '\n', s->lines_len);

	if (!newline)
		return false;
	size_t len = (size_t)(newline - s->lines);
	snprintf(line, TOKEN_SIZE, "%.*s", (int)len, s->lines);
	s->lines_len -= len + 1;
	memmove(s->lines, newline + 1, s->lines_len);
	return true;
}

static void note_lines(struct stage *s)
{
	char line[TOKEN_SIZE];

	while (take_line(s, line))
		note(s, line);
}

/* What was said before something else was seen is in the outcome before it. */
static void note_what_came(struct stage *s)
{
	pump(s, deadline(s), 0);
	note_lines(s);
}

void see(struct stage *s, const char *wanted)
{
	long long end = deadline(s);
	char line[TOKEN_SIZE];

	for (;;) {
		while (take_line(s, line)) {
			note(s, line);
			if (strncmp(line, wanted, strlen(wanted)) == 0)
				return;
		}
		if (!pump(s, end, s->wait_ms))
			missing(s, "no '%s'", wanted);
	}
}

enum { MAX_WANTED = 8 };

/* Which of the wanted ones that are still missing this line is; -1: none. */
static int which(const char *line, char *const wanted[], char (*got)[TOKEN_SIZE], int count)
{
	for (int i = 0; i < count; i++)
		if (!got[i][0] && strncmp(line, wanted[i], strlen(wanted[i])) == 0)
			return i;
	return -1;
}

void see_all(struct stage *s, const char *lines)
{
	long long end = deadline(s);
	char line[TOKEN_SIZE], text[TOKEN_SIZE], got[MAX_WANTED][TOKEN_SIZE] = { "" };
	char *wanted[MAX_WANTED], *rest = text;
	int count = 0, left;

	snprintf(text, sizeof text, "%s", lines);
	while (count < MAX_WANTED && (wanted[count] = strsep(&rest, ",")))
		count++;
	for (left = count; left > 0;) {
		while (left > 0 && take_line(s, line)) {
			int i = which(line, wanted, got, count);
			if (i < 0) {
				note(s, line);
				continue;
			}
			memcpy(got[i], line, sizeof line);
			left--;
		}
		if (left > 0 && !pump(s, end, s->wait_ms))
			break;
	}
	for (int i = 0; i < count; i++)
		if (got[i][0])
			note(s, got[i]);
	if (left > 0)
		missing(s, "not all of '%s'", lines);
}

static bool on_screen(struct stage *s, const char *text)
{
	size_t len = strlen(text);
	char *from = s->screen + s->screen_seen;
	char *found = memmem(from, s->screen_len - s->screen_seen, text, len);

	if (found)
		s->screen_seen = (size_t)(found - s->screen) + len;
	return found;
}

static bool wait_text(struct stage *s, const char *text)
{
	long long end = deadline(s);

	while (!on_screen(s, text))
		if (!pump(s, end, s->wait_ms))
			return false;
	return true;
}

void see_text(struct stage *s, const char *text)
{
	if (wait_text(s, text))
		return;
	note_lines(s);
	missing(s, "no '%s' on the terminal", text);
}

void prompt(struct stage *s)
{
	if (!wait_text(s, PROMPT)) {
		note_lines(s);
		missing(s, "no prompt");
	}
}

/* ---- processes ------------------------------------------------------------ */

/* The first process of this name that has not ended; 0 where there is none. */
static pid_t find(const char *name)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while (proc && !found && (entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name);
		if (pid > 1 && strcmp(status_field(pid, "Name"), name) == 0 &&
		    !strchr("ZX", process_state(pid)))
			found = pid;
	}
	if (proc)
		closedir(proc);
	return found;
}

/* Nothing tells of a new process or state: they are looked for. */
enum { LOOK_MS = 2 };

pid_t process(struct stage *s, const char *name)
{
	long long end = deadline(s);
	pid_t pid;

	while (!(pid = find(name)))
		if (!pump(s, end, LOOK_MS)) {
			note_lines(s);
			missing(s, "no process '%s'", name);
		}
	return pid;
}

static void see_state(struct stage *s, const char *name, const char *states, const char *said)
{
	long long end = deadline(s);
	char text[TOKEN_SIZE];

	while (!strchr(states, process_state(process(s, name))))
		if (!pump(s, end, LOOK_MS)) {
			note_lines(s);
			missing(s, "%s not %s", name, said);
		}
	snprintf(text, sizeof text, "%s %s", name, said);
	note_what_came(s);
	note(s, text);
}

void see_stopped(struct stage *s, const char *name)
{
	see_state(s, name, "Tt", "stopped");
}

void see_running(struct stage *s, const char *name)
{
	see_state(s, name, "RS", "running");
}

void see_gone(struct stage *s, const char *name)
{
	long long end = deadline(s);
	char text[TOKEN_SIZE];

	while (find(name))
		if (!pump(s, end, LOOK_MS)) {
			note_lines(s);
			missing(s, "%s not gone", name);
		}
	note_what_came(s);
	snprintf(text, sizeof text, "%s gone", name);
	note(s, text);
}

int wait_end(struct stage *s)
{
	long long end = deadline(s);
	int wstatus = 0;
	pid_t pid;

	while ((pid = waitpid(s->leader, &wstatus, WNOHANG)) == 0)
		if (!pump(s, end, LOOK_MS)) {
			note_lines(s);
			missing(s, "no end");
		}
	if (pid < 0)
		broken(s, "waitpid");
	s->leader = 0;
	return wstatus;
}

void see_end(struct stage *s)
{
	int wstatus = wait_end(s);
	char text[TOKEN_SIZE];

	note_what_came(s);
	if (WIFSIGNALED(wstatus))
		snprintf(text, sizeof text, "end=%s", sigabbrev_np(WTERMSIG(wstatus)));
	else
		snprintf(text, sizeof text, "end=%d", WEXITSTATUS(wstatus));
	note(s, text);
}

void see_job_gone(struct stage *s)
{
	long long end = deadline(s);

	while (find("main") || (with_init(s) && find(s->init->name)))
		if (!pump(s, end, LOOK_MS)) {
			note_lines(s);
			missing(s, "job not gone");
		}
	note_what_came(s);
	note(s, "job gone");
}

/* True where the shell has a child that is not stopped. */
static bool has_running_child(pid_t shell)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	while (proc && !found && (entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name);
		found = pid > 1 && atoi(status_field(pid, "PPid")) == shell &&
			!strchr("TtZX", process_state(pid));
	}
	if (proc)
		closedir(proc);
	return found;
}

void wait_job_stopped(struct stage *s)
{
	long long end = deadline(s);

	while (has_running_child(s->leader))
		if (!pump(s, end, LOOK_MS)) {
			note_lines(s);
			missing(s, "job not stopped");
		}
	/* The shell looks after its children before the next prompt. */
	enter(s, "true");
	prompt(s);
}

static void wait_asleep(struct stage *s, pid_t pid)
{
	long long end = deadline(s);

	while (process_state(pid) != 'S')
		if (!pump(s, end, LOOK_MS)) {
			note_lines(s);
			missing(s, "pid %d does not wait", (int)pid);
		}
}

void wait_leader_waits(struct stage *s)
{
	wait_asleep(s, s->leader);
}

void wait_init_waits(struct stage *s)
{
	wait_asleep(s, init_or_main(s));
}

void wait_waits(struct stage *s, const char *name)
{
	wait_asleep(s, process(s, name));
}

void wait_job_in_front(struct stage *s)
{
	long long end = deadline(s);

	while (tcgetpgrp(s->master) == s->leader)
		if (!pump(s, end, LOOK_MS)) {
			note_lines(s);
			missing(s, "job not in the foreground");
		}
}

bool with_init(const struct stage *s)
{
	return s->init->name != NULL;
}

pid_t init_or_main(struct stage *s)
{
	return process(s, with_init(s) ? s->init->name : "main");
}

pid_t leader_of(const struct stage *s)
{
	return s->leader;
}

const char *shell_of(const struct stage *s)
{
	return s->variant->shell;
}

/* ---- command lines and what is typed -------------------------------------- */

/* What stands in the place of INIT. */
static void init_words(const struct stage *s, char *text, size_t size)
{
	bool foreign = s->variant->mode == pid_1_in_foreign_group;

	/* By its path: busybox has one of its own, which is another program. */
	if (with_init(s))
		snprintf(text, size, "%s%s ", foreign ? "/usr/bin/unshare -fp --mount-proc " : "",
			 s->init->words);
	else
		snprintf(text, size, "%s", foreign ? "/usr/bin/unshare -f " : "");
}

static const char *interactive(const struct stage *s)
{
	switch (s->variant->shell[0]) {
	case 'b': return "bash --norc --noprofile --noediting -i";
	case 'd': return "dash -i";
	/* No line editor, no sign for a line that has no end, news at the prompt only. */
	case 'z': return "zsh -f -i +o zle +o promptsp +o notify";
	default: return "ash -i";
	}
}

static void expand(const struct stage *s, const char *from, char *to, size_t size)
{
	char init[256];

	init_words(s, init, sizeof init);
	to[0] = '\0';
	while (*from) {
		if (strncmp(from, "INIT ", 5) == 0) {
			append(to, size, "%s", init);
			from += 5;
		} else if (strncmp(from, "ISHELL", 6) == 0) {
			append(to, size, "%s", interactive(s));
			from += 6;
		} else if (strncmp(from, "SHELL", 5) == 0) {
			append(to, size, "%s", s->variant->shell);
			from += 5;
		} else {
			append(to, size, "%c", *from++);
		}
	}
}

void type(struct stage *s, const char *text)
{
	if (write(s->master, text, strlen(text)) != (ssize_t)strlen(text))
		broken(s, "typing");
}

void enter(struct stage *s, const char *line)
{
	char text[LINE_SIZE];

	expand(s, line, text, sizeof text);
	append(text, sizeof text, "\n");
	type(s, text);
}

void at_prompt(struct stage *s, const char *line)
{
	shell(s);
	enter(s, line);
}

void status(struct stage *s)
{
	prompt(s);
	enter(s, "say status=$?");
	see(s, "status=");
}

void hang_up(struct stage *s)
{
	close(s->master);
	s->master = -1;
}

void resize(struct stage *s)
{
	if (ioctl(s->master, TIOCSWINSZ, &(struct winsize){ .ws_row = 30, .ws_col = 600 }) < 0)
		broken(s, "resize");
}

void file(struct stage *s, const char *name, const char *text)
{
	char expanded[LINE_SIZE];
	FILE *out = fopen(name, "we");

	expand(s, text, expanded, sizeof expanded);
	if (!out || fputs(expanded, out) < 0 || fclose(out) != 0)
		broken(s, name);
	chmod(name, 0755);
}

/* ---- session leaders ------------------------------------------------------ */

static void by_default(void)
{
	static const unsigned long action[8]; /* all 0 is SIG_DFL */
	sigset_t none;

	for (int signo = 1; signo < 65; signo++)
		syscall(SYS_rt_sigaction, signo, action, NULL, _NSIG / 8);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void become_leader(const struct stage *s, char *const argv[], bool new_proc)
{
	bool terminal = !s->variant->scenario->no_terminal;
	int fd = terminal ? s->slave : open("/dev/null", O_RDWR);

	if (new_proc && mount("proc", "/proc", "proc", 0, NULL) < 0)
		_exit(99);
	if (setsid() < 0 || (terminal && ioctl(fd, TIOCSCTTY, 0) < 0))
		_exit(99);
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	syscall(SYS_close_range, 3, ~0U, 0);
	by_default();
	execvp(argv[0], argv);
	_exit(127);
}

static void start_leader(struct stage *s, char *const argv[], bool pid_1)
{
	s->leader = raw_clone(SIGCHLD | (pid_1 ? CLONE_NEWPID | CLONE_NEWNS : 0));
	if (s->leader < 0)
		broken(s, "clone");
	if (s->leader == 0)
		become_leader(s, argv, pid_1);
}

void shell(struct stage *s)
{
	char text[LINE_SIZE];

	snprintf(text, sizeof text, "exec %s", interactive(s));
	start_leader(s, (char *[]){ "sh", "-c", text, NULL }, false);
	prompt(s);
}

void script(struct stage *s, const char *text)
{
	file(s, "script", text);
	start_leader(s, (char *[]){ (char *)s->variant->shell, "script", NULL }, false);
}

void lead(struct stage *s, const char *command)
{
	char text[LINE_SIZE] = "exec ";

	expand(s, command, text + 5, sizeof text - 5);
	start_leader(s, (char *[]){ "sh", "-c", text, NULL },
		     with_init(s) && s->variant->mode == pid_1_as_leader);
}

/* ---- the stage ------------------------------------------------------------ */

static void open_terminal(struct stage *s)
{
	char name[64];

	s->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (s->master < 0 || unlockpt(s->master) < 0 || ptsname_r(s->master, name, sizeof name))
		broken(s, "opening a pseudo-terminal");
	s->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (s->slave < 0)
		broken(s, name);
	/* So wide that no line editor breaks a line. */
	ioctl(s->master, TIOCSWINSZ, &(struct winsize){ .ws_row = 24, .ws_col = 500 });
}

static void make_link(struct stage *s, const char *target, const char *name)
{
	if (symlink(target, name) < 0)
		broken(s, name);
}

static void furnish(struct stage *s, const char *dir, const char *actor)
{
	char text[1024];

	if (chdir(dir) < 0)
		broken(s, dir);
	make_link(s, actor, "actor");
	make_link(s, actor, "say");
	make_link(s, "/bin/busybox", "ash");
	if (with_init(s))
		make_link(s, s->init->path, s->init->name);
	if (mkfifo("fifo", 0600) < 0)
		broken(s, "mkfifo");
	/* Also for writing: no end of file while nobody else has it open. */
	s->fifo = open("fifo", O_RDWR | O_CLOEXEC);
	clearenv();
	snprintf(text, sizeof text, "%s/fifo", dir);
	setenv("STAGE", text, 1);
	snprintf(text, sizeof text, "%s:%s", dir, USUAL_PATH);
	setenv("PATH", text, 1);
	setenv("HOME", dir, 1);
	setenv("PS1", PROMPT, 1);
	setenv("HISTFILE", "", 1);
	setenv("TERM", "dumb", 1);
	setenv("LC_ALL", "C", 1);
}

static void map_user(struct stage *s, uid_t uid, gid_t gid)
{
	char text[64];

	if (uid == 0)
		return;
	int deny = open("/proc/self/setgroups", O_WRONLY | O_CLOEXEC);
	int uids = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	int gids = open("/proc/self/gid_map", O_WRONLY | O_CLOEXEC);
	int n = snprintf(text, sizeof text, "0 %d 1", (int)uid);
	if (write(deny, "deny", 4) < 0 || write(uids, text, (size_t)n) < 0)
		broken(s, "mapping the user");
	n = snprintf(text, sizeof text, "0 %d 1", (int)gid);
	if (write(gids, text, (size_t)n) < 0)
		broken(s, "mapping the group");
	close(deny);
	close(uids);
	close(gids);
}

static _Noreturn void play(struct stage *s, const char *dir, const char *actor, uid_t uid,
			   gid_t gid)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	by_default();
	map_user(s, uid, gid);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("proc", "/proc", "proc", 0, NULL) < 0)
		broken(s, "mounting /proc");
	open_terminal(s);
	furnish(s, dir, actor);
	s->variant->scenario->play(s);
	leave(s);
}

void play_start(struct play *play_, const struct variant *variant, const struct init *init,
		int wait_ms)
{
	static struct stage stage;
	char actor[4096];
	int fds[2];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	snprintf(actor, sizeof actor, "%s", child_program("actor"));
	snprintf(play_->dir, sizeof play_->dir, "%s", scratch_make());
	if (pipe2(fds, O_CLOEXEC) < 0)
		abort();
	stage = (struct stage){ .variant = variant,
				.init = init,
				.master = -1,
				.wait_ms = wait_ms,
				.result_pipe = fds[1] };
	play_->pid = raw_clone(SIGCHLD | CLONE_NEWPID | CLONE_NEWNS | (uid ? CLONE_NEWUSER : 0));
	if (play_->pid == 0)
		play(&stage, play_->dir, actor, uid, gid);
	close(fds[1]);
	play_->result = fds[0];
}

void play_end(struct play *play_, struct result *result)
{
	size_t len = 0;

	memset(result, 0, sizeof *result);
	for (;;) {
		ssize_t n = read(play_->result, (char *)result + len, sizeof *result - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(play_->result);
	if (play_->pid > 0) {
		kill(play_->pid, SIGKILL);
		waitpid(play_->pid, NULL, 0);
	}
	scratch_remove(play_->dir);
	if (len < sizeof *result)
		snprintf(result->outcome, sizeof result->outcome, "the play broke off (%s)",
			 play_->pid < 0 ? "no namespaces" : "killed");
}

/* ---- what has to be there ------------------------------------------------- */

static bool is_installed(const char *program)
{
	char path[512], dirs[] = USUAL_PATH, *rest = dirs, *dir;

	while ((dir = strsep(&rest, ":"))) {
		snprintf(path, sizeof path, "%s/%s", dir, program);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

const char *what_is_missing(const struct variant *variant)
{
	static char needs[256], *rest, *program;

	snprintf(needs, sizeof needs, "%s %s",
		 strcmp(variant->shell, "ash") == 0 ? "busybox" : variant->shell,
		 variant->scenario->needs ? variant->scenario->needs : "sh");
	rest = needs;
	while ((program = strsep(&rest, " ")))
		if (!is_installed(program))
			return program;
	return NULL;
}
