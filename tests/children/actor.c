/* SPDX-License-Identifier: MIT */
/*
 * actor WORD...: a program on a terminal that does what its words say, one after the other, and
 * tells about it in lines written into the FIFO $STAGE, so that nothing mixes with what a shell
 * writes. Called as `say` it writes one line, its arguments.
 *
 *   name=NAME       its name in /proc
 *   say=TEXT        a line
 *   catch=SIG,SIG   from now on each of them is a line with its name
 *   ignore=SIG,SIG  these are ignored
 *   until=SIG       "until SIG", waits for it, a line with its name
 *   quit=SIG:N      SIG is a line with its name and the end, with status N
 *   vi=self         TSTP is a line; then it stops, as editors do: itself,
 *   vi=group        or its whole group; "again" when it goes on
 *   stop=SIG        sends itself SIG, and says "again" when it goes on
 *   group=SIG       sends its group SIG, and says "again"
 *   read            a line of stdin: "got=TEXT", "got nothing" at its end, "got error=WHY"
 *   read-tty        a line of /dev/tty
 *   modes           sets the terminal's modes as they are: "modes set" or "modes error=WHY"
 *   write           writes a dot to stdout: "written" or "written error=WHY"
 *   die=SIG         dies of SIG
 *   exit=N          ends with status N
 *   wait            waits for signals for ever
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

static const struct {
	int signo;
	const char *name;
} signals[] = {
	{ SIGHUP, "HUP" },     { SIGINT, "INT" },   { SIGQUIT, "QUIT" }, { SIGTERM, "TERM" },
	{ SIGCONT, "CONT" },   { SIGTSTP, "TSTP" }, { SIGTTIN, "TTIN" }, { SIGTTOU, "TTOU" },
	{ SIGWINCH, "WINCH" }, { SIGUSR1, "USR1" }, { SIGUSR2, "USR2" }, { SIGSTOP, "STOP" },
	{ SIGKILL, "KILL" },   { SIGPIPE, "PIPE" },
};

enum { SIGNALS = sizeof signals / sizeof signals[0] };

static int quit_status[65];
static bool stops_group;

static const char *name_of(int signo)
{
	for (int i = 0; i < SIGNALS; i++)
		if (signals[i].signo == signo)
			return signals[i].name;
	return "?";
}

/* The signal whose name `text` begins with; the end of that name in *end. */
static int signal_of(const char *text, const char **end)
{
	for (int i = 0; i < SIGNALS; i++) {
		size_t len = strlen(signals[i].name);
		if (strncmp(text, signals[i].name, len) == 0 && strchr(",:", text[len])) {
			*end = text + len;
			return signals[i].signo;
		}
	}
	fprintf(stderr, "actor: no signal: %s\n", text);
	exit(98);
}

/* One write, so that lines of several never mix. Also called from signal handlers. */
static void say(const char *text, const char *more)
{
	const char *path = getenv("STAGE");
	char line[512];
	size_t len = strlen(text), more_len = strlen(more);
	int fifo = path ? open(path, O_WRONLY | O_CLOEXEC) : -1;

	if (fifo < 0 || len + more_len + 1 > sizeof line)
		_exit(98);
	memcpy(line, text, len);
	memcpy(line + len, more, more_len);
	line[len + more_len] = '\n';
	if (write(fifo, line, len + more_len + 1) < 0)
		_exit(98);
	close(fifo);
}

static void on_signal(int signo)
{
	int saved = errno;

	say(name_of(signo), "");
	if (quit_status[signo])
		_exit(quit_status[signo] - 1);
	errno = saved;
}

/* One after the other: lines come in the order of the signals. */
static void handle(int signo, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	sigfillset(&action.sa_mask);
	sigaction(signo, &action, NULL);
}

/* As editors do it: put the terminal in order, stop by the default action, go on. */
static void on_tstp(int signo)
{
	sigset_t just;
	int saved = errno;

	say("TSTP", "");
	sigemptyset(&just);
	sigaddset(&just, SIGTSTP);
	handle(SIGTSTP, SIG_DFL);
	kill(stops_group ? 0 : getpid(), signo);
	sigprocmask(SIG_UNBLOCK, &just, NULL);
	handle(SIGTSTP, on_tstp);
	say("again", "");
	errno = saved;
}

static void handle_list(const char *list, void (*handler)(int))
{
	const char *end = list;

	for (;;) {
		handle(signal_of(end, &end), handler);
		if (*end++ != ',')
			return;
	}
}

static void wait_until(const char *name)
{
	const char *end;
	sigset_t one;
	int signo = signal_of(name, &end);

	sigemptyset(&one);
	sigaddset(&one, signo);
	sigprocmask(SIG_BLOCK, &one, NULL);
	say("until ", name);
	while (sigwaitinfo(&one, NULL) != signo)
		;
	say(name, "");
}

static void quit_on(const char *rule)
{
	const char *end;
	int signo = signal_of(rule, &end);

	quit_status[signo] = atoi(end + 1) + 1;
	handle(signo, on_signal);
}

static void stop_with(const char *name, bool group)
{
	const char *end;

	kill(group ? 0 : getpid(), signal_of(name, &end));
	say("again", "");
}

static void read_line(int fd)
{
	char line[256];
	ssize_t n = read(fd, line, sizeof line - 1);

	if (n < 0) {
		say("got error=", strerror(errno));
	} else if (n == 0) {
		say("got nothing", "");
	} else {
		line[n] = '\0';
		line[strcspn(line, "\n")] = '\0';
		say("got=", line);
	}
}

static void read_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

	read_line(fd);
	close(fd);
}

static void set_modes(void)
{
	struct termios modes;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (tcgetattr(fd, &modes) == 0 && tcsetattr(fd, TCSADRAIN, &modes) == 0)
		say("modes set", "");
	else
		say("modes error=", strerror(errno));
	close(fd);
}

static void write_dot(void)
{
	if (write(STDOUT_FILENO, ".", 1) == 1)
		say("written", "");
	else
		say("written error=", strerror(errno));
}

static void die_of(const char *name)
{
	const char *end;
	int signo = signal_of(name, &end);

	signal(signo, SIG_DFL);
	raise(signo);
}

static void wait_for_ever(void)
{
	for (;;)
		pause();
}

/* The words without and with a value. */
static bool act_alone(const char *word)
{
	if (strcmp(word, "read") == 0)
		read_line(STDIN_FILENO);
	else if (strcmp(word, "read-tty") == 0)
		read_terminal();
	else if (strcmp(word, "modes") == 0)
		set_modes();
	else if (strcmp(word, "write") == 0)
		write_dot();
	else if (strcmp(word, "wait") == 0)
		wait_for_ever();
	else
		return false;
	return true;
}

static bool act_with(const char *word, size_t len, const char *value)
{
#define IS(name) (len == sizeof name - 1 && strncmp(word, name, len) == 0)
	if (IS("name")) {
		prctl(PR_SET_NAME, value);
	} else if (IS("say")) {
		say(value, "");
	} else if (IS("catch")) {
		handle_list(value, on_signal);
	} else if (IS("ignore")) {
		handle_list(value, SIG_IGN);
	} else if (IS("until")) {
		wait_until(value);
	} else if (IS("quit")) {
		quit_on(value);
	} else if (IS("vi")) {
		stops_group = strcmp(value, "group") == 0;
		handle(SIGTSTP, on_tstp);
	} else if (IS("stop") || IS("group")) {
		stop_with(value, IS("group"));
	} else if (IS("die")) {
		die_of(value);
	} else if (IS("exit")) {
		exit(atoi(value));
	} else {
		return false;
	}
	return true;
}

static void say_arguments(char **words)
{
	char line[256] = "";

	for (; *words; words++) {
		strncat(line, *words, sizeof line - strlen(line) - 2);
		if (words[1])
			strcat(line, " ");
	}
	say(line, "");
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 98;
	if (strcmp(program_invocation_short_name, "say") == 0) {
		say_arguments(argv + 1);
		return 0;
	}
	for (char **word = argv + 1; *word; word++) {
		const char *value = strchr(*word, '=');
		if (value ? !act_with(*word, (size_t)(value - *word), value + 1)
			  : !act_alone(*word)) {
			fprintf(stderr, "actor: unknown word: %s\n", *word);
			return 98;
		}
	}
	return 0;
}
