/* SPDX-License-Identifier: MIT */
/*
 * tree WORD...: a tree of processes, each saying what it receives. Words are done one by one; a
 * process whose words are done exits 0.
 *
 *   ( WORD... )   fork a child that does these words
 *   name:X        what this process calls itself from here on
 *   setsid, setpgid   a session, a group of its own
 *   other-group   join the group of a child made for it, which is gone then
 *   end:N         serve ends after signal N (0: only KILL ends it; default: TERM)
 *   status:N      serve ends with this status (default: 0)
 *   serve         print "X ready PID", then "X signal N pid P value V" for each signal
 *   leaderless    serve in a second thread; the first is gone, /proc shows a zombie
 *   plain         print "X ready PID", then wait with every signal at its default
 *   stop          print "X stopping PID" and stop; to serve after SIGCONT, every signal is blocked
 *   hop:N         from TERM on fork on and on, N generations that each leave at once for the
 *                 next; then say "escaped", if still there seconds later
 *   read          wait for a byte (or end of file) on stdin
 *   drain         read stdin to its end of file, and a bit
 *   user:N        become this user, and its group
 *   undumpable    what a change of user, or a file without read permission, makes a process
 *   say:TEXT      print "X TEXT"
 *   env:NAME      print "X NAME=value", or "X NAME unset"
 *   eat:MB        use that much memory, then say "ate"
 *   await         wait for its own children
 *   tell-init:N   send signal N to init
 *   hello         print "X ready PID" and go on
 *   put:FILE:TEXT write the text to FILE
 *   burn          use 60 ms of the processor, and a bit
 *   die:N         die of signal N
 *   exit:N        exit with status N
 *
 * Each line is one write, so the lines of many processes do not mix. Nothing of this outlives a
 * failed test for long: whatever waits, waits a minute at most.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIFE_MS = 60000, ESCAPE_MS = 8000, HEIRS_MAX = 20 };

static const char *name = "main";
static int end_signal = SIGTERM, status;
static pid_t init_pid;

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void say(const char *fmt, ...)
{
	char line[512];
	int len = snprintf(line, sizeof line, "%s ", name);
	va_list args;

	va_start(args, fmt);
	len += vsnprintf(line + len, sizeof line - (size_t)len - 1, fmt, args);
	va_end(args);
	line[len++] = '\n';
	if (write(STDOUT_FILENO, line, (size_t)len) < 0)
		_exit(97);
}

/* Raw: libc would leave its own signals out. */
static void set_mask(int byte)
{
	unsigned char mask[_NSIG / 8];

	memset(mask, byte, sizeof mask);
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL, sizeof mask) < 0)
		_exit(98);
}

static void serve(void)
{
	long long end = now_ms() + LIFE_MS;
	unsigned char all[_NSIG / 8];
	siginfo_t info;

	memset(all, 0xff, sizeof all);
	set_mask(0xff);
	say("ready %d", (int)getpid());
	while (now_ms() < end) {
		struct timespec second = { .tv_sec = 1 };
		if (syscall(SYS_rt_sigtimedwait, all, &info, &second, sizeof all) < 0)
			continue;
		if (info.si_signo == SIGCHLD) {
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
			continue;
		}
		say("signal %d pid %d value %d", info.si_signo, (int)info.si_pid,
		    info.si_code == SI_QUEUE ? info.si_value.sival_int : 0);
		if (info.si_signo == end_signal)
			_exit(status);
	}
	_exit(96);
}

static void *serve_thread(void *unused)
{
	(void)unused;
	serve();
	return NULL;
}

static void leaderless(void)
{
	pthread_t thread;

	/* Whether the process ignores a signal is seen by the mask of its first thread, also when
	 * it is gone. musl blocks all as it ends, glibc does not. */
	set_mask(0xff);
	if (pthread_create(&thread, NULL, serve_thread, NULL) != 0)
		_exit(93);
	pthread_exit(NULL);
}

static void take_term(void)
{
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigtimedwait(&term, NULL, &(struct timespec){ .tv_sec = LIFE_MS / 1000 });
}

static void plain(void)
{
	for (int signo = 1; signo <= 64; signo++)
		signal(signo, SIG_DFL);
	alarm(LIFE_MS / 1000);
	set_mask(0);
	say("ready %d", (int)getpid());
	for (;;)
		pause();
}

/*
 * Hard to catch: a process that is gone when its number is looked up, but for the next one, and
 * some heirs that just stay. Not endless, a failed test must not fill the process table; the last
 * generation stays as well.
 */
static void hop(int generations)
{
	set_mask(0xff);
	say("ready %d", (int)getpid());
	take_term();
	for (int i = 0; i < generations; i++) {
		if (fork() > 0)
			_exit(0);
		if (i < HEIRS_MAX && fork() == 0)
			break;
	}
	poll(NULL, 0, ESCAPE_MS);
	say("escaped");
	_exit(0);
}

static void burn(void)
{
	struct rusage usage;

	do {
		/* Asking is the system's time, not the user's. */
		for (volatile int i = 0; i < 1000000; i++)
			;
		getrusage(RUSAGE_SELF, &usage);
	} while (usage.ru_utime.tv_sec == 0 && usage.ru_utime.tv_usec < 60000);
}

static void other_group(void)
{
	pid_t child = fork();

	if (child == 0) {
		pause();
		_exit(0);
	}
	if (child < 0 || setpgid(child, child) < 0 || setpgid(0, child) < 0)
		say("no other group: %s", strerror(errno));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void put(char *file)
{
	char *text = strchr(file, ':');

	*text++ = '\0';
	int fd = open(file, O_WRONLY | O_TRUNC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		say("cannot write %s: %s", file, strerror(errno));
	close(fd);
}

static void eat(size_t megabytes)
{
	char *memory = mmap(NULL, megabytes << 20, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		_exit(95);
	memset(memory, 1, megabytes << 20);
	say("ate");
}

/* As a log pump, which may have something to write still when its input has ended. */
static void drain(void)
{
	enum { A_BIT_MS = 100 };
	char text[4096];

	while (read(STDIN_FILENO, text, sizeof text) > 0)
		;
	poll(NULL, 0, A_BIT_MS);
}

static void become_user(unsigned int id)
{
	if (setgroups(0, NULL) < 0 || setresgid(id, id, id) < 0 || setresuid(id, id, id) < 0)
		say("cannot become user %u: %s", id, strerror(errno));
}

/* Behind the ")" that belongs to the "(" before `word`. */
static char **behind(char **word)
{
	for (int depth = 1; *word && depth > 0; word++)
		depth += strcmp(*word, "(") == 0 ? 1 : strcmp(*word, ")") == 0 ? -1 : 0;
	return word;
}

static void do_words(char **word);

static void do_child(char **word)
{
	pid_t pid = fork();

	if (pid < 0)
		say("cannot fork: %s", strerror(errno));
	if (pid != 0)
		return;
	do_words(word);
	_exit(0);
}

static const char *value_of(const char *word, const char *key)
{
	size_t len = strlen(key);

	return strncmp(word, key, len) == 0 && word[len] == ':' ? word + len + 1 : NULL;
}

static void do_word(char *word)
{
	const char *value;

	if ((value = value_of(word, "name")))
		name = value;
	else if ((value = value_of(word, "end")))
		end_signal = atoi(value);
	else if ((value = value_of(word, "status")))
		status = atoi(value);
	else if ((value = value_of(word, "hop")))
		hop(atoi(value));
	else if ((value = value_of(word, "say")))
		say("%s", value);
	else if ((value = value_of(word, "env")) && getenv(value))
		say("%s=%s", value, getenv(value));
	else if ((value = value_of(word, "env")))
		say("%s unset", value);
	else if ((value = value_of(word, "eat")))
		eat((size_t)atoi(value));
	else if ((value = value_of(word, "tell-init")))
		kill(init_pid, atoi(value));
	else if ((value = value_of(word, "put")))
		put(word + 4);
	else if ((value = value_of(word, "user")))
		become_user((unsigned int)atoi(value));
	else if ((value = value_of(word, "die")))
		raise(atoi(value));
	else if ((value = value_of(word, "exit")))
		_exit(atoi(value));
	else if (strcmp(word, "setsid") == 0)
		setsid();
	else if (strcmp(word, "drain") == 0)
		drain();
	else if (strcmp(word, "undumpable") == 0)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	else if (strcmp(word, "setpgid") == 0)
		setpgid(0, 0);
	else if (strcmp(word, "other-group") == 0)
		other_group();
	else if (strcmp(word, "hello") == 0)
		say("ready %d", (int)getpid());
	else if (strcmp(word, "serve") == 0)
		serve();
	else if (strcmp(word, "leaderless") == 0)
		leaderless();
	else if (strcmp(word, "plain") == 0)
		plain();
	else if (strcmp(word, "await") == 0)
		while (wait(NULL) > 0 || errno == EINTR)
			;
	else if (strcmp(word, "burn") == 0)
		burn();
	else if (strcmp(word, "read") == 0)
		poll(&(struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN }, 1, LIFE_MS);
	else if (strcmp(word, "stop") == 0) {
		set_mask(0xff);
		say("stopping %d", (int)getpid());
		raise(SIGSTOP);
	} else {
		say("unknown word '%s'", word);
		_exit(94);
	}
}

static void do_words(char **word)
{
	while (*word && strcmp(*word, ")") != 0)
		if (strcmp(*word, "(") == 0) {
			do_child(word + 1);
			word = behind(word + 1);
		} else {
			do_word(*word++);
		}
}

int main(int argc, char **argv)
{
	(void)argc;
	init_pid = getppid();
	do_words(argv + 1);
	return 0;
}
