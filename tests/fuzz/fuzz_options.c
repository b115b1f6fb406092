/* SPDX-License-Identifier: MIT */
/*
 * parse_options, with a name, an environment and a command line, against a model: the same words
 * taken apart by glibc's getopt_long. What a value means is left to the value's own parser, which
 * has its own target; which words are options, which value belongs to which, what wins, and what
 * is refused is what is checked here, and that a refusal explains itself.
 *
 * The input is lines: argv[0]; then NAME=VALUE lines for the environment, each behind a '!'; then
 * the words of the command line. A '\r' stands for a newline inside of a word, "\r\r" for itself.
 * With OTHER_PID in the environment init is not PID 1, for which alone PIDONE_OPTIONS counts.
 */
#define _GNU_SOURCE
#include "fuzz.h"
#include "pidone.h"

#include <getopt.h>
#include <unistd.h>

enum { MAX_WORDS = 256, PIDONE_OPTIONS_MAX = 1023 };

/* ---- what the product writes; it is built with its write, lseek and getpid called so --------- */

ssize_t fuzz_write(int fd, const void *buf, size_t len);
off_t fuzz_lseek(int fd, off_t offset, int whence);
pid_t fuzz_getpid(void);

static struct output {
	char text[16384];
	size_t len;
} output[3];

ssize_t fuzz_write(int fd, const void *buf, size_t len)
{
	CHECK(fd == 1 || fd == 2);
	CHECK(output[fd].len + len < sizeof output[fd].text);
	memcpy(output[fd].text + output[fd].len, buf, len);
	output[fd].len += len;
	output[fd].text[output[fd].len] = '\0';
	return (ssize_t)len;
}

off_t fuzz_lseek(int fd, off_t offset, int whence)
{
	(void)fd;
	(void)offset;
	(void)whence;
	return 0; /* a file: it can be written at once */
}

static pid_t pid;

pid_t fuzz_getpid(void)
{
	return pid;
}

/* ---- the model --------------------------------------------------------- */

enum { GO_ON = -1 };

static const struct option long_options[] = {
	{ "subreaper", 0, NULL, 's' },	  { "group", 0, NULL, 'g' },
	{ "single-child", 0, NULL, 'c' }, { "rewrite", 1, NULL, 'r' },
	{ "remap-exit", 1, NULL, 'e' },	  { "parent-death", 1, NULL, 'p' },
	{ "grace", 1, NULL, 't' },	  { "kill-after", 1, NULL, 'k' },
	{ "wait-all", 0, NULL, 'a' },	  { "stop-signal", 1, NULL, 'S' },
	{ "report", 1, NULL, 'R' },	  { "warn-on-reap", 0, NULL, 'w' },
	{ "pause", 0, NULL, 'P' },	  { "verbose", 0, NULL, 'v' },
	{ "license", 0, NULL, 'l' },	  { "help", 0, NULL, 'h' },
	{ "version", 0, NULL, 'V' },	  { NULL, 0, NULL, 0 },
};

static bool model_option(struct options *m, int letter, const char *value)
{
	switch (letter) {
	case 's': m->subreaper = true; return true;
	case 'g': m->group = true; return true;
	case 'c': m->group = false; return true;
	case 'a': m->wait_all = true; return true;
	case 'w': m->warn_on_reap = true; return true;
	case 'P': m->pause = true; return true;
	case 'v': m->verbosity++; return true;
	case 'R': m->report = value; return *value != '\0';
	case 'r': return !parse_rewrite(value, m->rewrite);
	case 'e': return parse_status_list(value, m->remap_exit);
	case 'S': return !parse_signal_list(value, &m->stop_signals);
	case 'p': m->parent_death = signal_number(value); return m->parent_death != 0;
	case 't': return parse_time(value, &m->grace_ms);
	case 'k': return parse_time(value, &m->kill_after_ms);
	default: return false;
	}
}

/* Words as getopt sees them. GO_ON with *rest the index of the first that is no option, or 0, 1. */
static int model_words(struct options *m, int argc, char **argv, bool options_only, int *rest)
{
	char *ended[MAX_WORDS + 2];

	/* getopt knows "--" only as the end; in PIDONE_OPTIONS it is a word like another. */
	for (int i = 0; i <= argc; i++)
		ended[i] = argv[i];
	optind = 0;
	for (;;) {
		int at = optind ? optind : 1;
		int letter =
			getopt_long(argc, ended, "+:sgcr:e:p:t:k:aS:R:wPvlLhV", long_options, NULL);
		if (letter == -1) {
			*rest = optind;
			if (options_only && optind > at) /* it has taken a "--" */
				*rest = at;
			return GO_ON;
		}
		if (letter == '?' || letter == ':')
			return STATUS_USAGE;
		if (strchr("lLhV", letter))
			return 0;
		if (!model_option(m, letter, optarg))
			return STATUS_USAGE;
	}
}

struct input {
	char *argv[MAX_WORDS + 2], *env[MAX_WORDS + 1];
	int argc, envc;
};

static const char *variable(const struct input *in, const char *name)
{
	size_t len = strlen(name);

	for (int i = 0; i < in->envc; i++)
		if (strncmp(in->env[i], name, len) == 0 && in->env[i][len] == '=')
			return in->env[i] + len + 1;
	return NULL;
}

static bool is_variable(const struct input *in, const char *name, const char *value)
{
	const char *got = variable(in, name);

	return got && strcmp(got, value) == 0;
}

/* What parse_options is to come to. *copy: PIDONE_OPTIONS, taken apart; -R may point into it. */
static int model(struct options *m, const struct input *in, char **copy)
{
	const char *slash = strrchr(in->argv[0], '/');
	const char *name = slash ? slash + 1 : in->argv[0], *value;
	bool dumb_init = !strcmp(name, "dumb-init");
	int status = GO_ON, rest;

	memset(m, 0, sizeof *m);
	m->grace_ms = m->kill_after_ms = NO_TIME;
	m->verbosity = 1;
	m->stop_signals = UINT64_C(1) << 14 | UINT64_C(1) << 1;
	m->group = dumb_init;
	if ((value = variable(in, "TINI_VERBOSITY")) && strlen(value) == 1 &&
	    strchr("01234", *value))
		m->verbosity = *value - '0';
	m->subreaper = variable(in, "TINI_SUBREAPER");
	if (variable(in, "TINI_KILL_PROCESS_GROUP"))
		m->group = true;
	if (dumb_init && is_variable(in, "DUMB_INIT_SETSID", "0"))
		m->group = false;
	if (dumb_init && is_variable(in, "DUMB_INIT_DEBUG", "1"))
		m->verbosity++;
	if (!strcmp(name, "catatonit") && variable(in, "CATATONIT_DEBUG"))
		m->verbosity += 2;
	if ((value = variable(in, "PIDONE_OPTIONS")) && pid == 1) {
		char *words[PIDONE_OPTIONS_MAX] = { in->argv[0] }, *word,
		     *save = *copy = strdup(value);
		int count = 1;
		CHECK(save);
		if (strlen(value) > PIDONE_OPTIONS_MAX)
			return STATUS_USAGE;
		while ((word = strsep(&save, " \t\n\r")))
			if (*word)
				words[count++] = word;
		if (count > MAX_WORDS)
			return -2; /* more than the model has room for */
		status = model_words(m, count, words, true, &rest);
		if (status == GO_ON && rest < count)
			status = STATUS_USAGE;
	}
	if (status == GO_ON)
		status = model_words(m, in->argc, (char **)in->argv, false, &rest);
	if (status != GO_ON)
		return status;
	m->command = (char **)in->argv + rest;
	m->dumb_init = dumb_init;
	if (dumb_init && m->group) {
		static const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };
		for (int i = 0; i < 3; i++)
			if (!m->rewrite[stops[i]])
				m->rewrite[stops[i]] = SIGSTOP;
	}
	/* A command there is, or a pause; not both. */
	return m->pause == !*m->command ? GO_ON : STATUS_USAGE;
}

/* ---- the comparison ----------------------------------------------------- */

static void same_options(const struct options *got, const struct options *want)
{
	CHECK(got->command == want->command);
	CHECK(!got->report == !want->report);
	CHECK(!got->report || (*got->report && !strcmp(got->report, want->report)));
	CHECK(got->grace_ms == want->grace_ms);
	CHECK(got->kill_after_ms == want->kill_after_ms);
	CHECK(got->stop_signals == want->stop_signals);
	CHECK(got->verbosity == want->verbosity);
	CHECK(got->parent_death == want->parent_death);
	CHECK(got->subreaper == want->subreaper);
	CHECK(got->group == want->group);
	CHECK(got->wait_all == want->wait_all);
	CHECK(got->warn_on_reap == want->warn_on_reap);
	CHECK(got->pause == want->pause);
	CHECK(got->dumb_init == want->dumb_init);
	CHECK(!memcmp(got->rewrite, want->rewrite, sizeof got->rewrite));
	CHECK(!memcmp(got->remap_exit, want->remap_exit, sizeof got->remap_exit));
}

/* The end of what is on stderr: where to look, with the name pidone was called by, as it is
 * printed. */
static void check_hint(const char *err, const char *argv0)
{
	struct text text = { .len = 0 };
	const char *slash = strrchr(argv0, '/'), *name = slash ? slash + 1 : argv0;

	text_add(&text, "Try '%s --help'.\n", *name ? name : "pidone");
	const char *hint = text_string(&text);
	CHECK(strlen(err) >= strlen(hint));
	CHECK(!strcmp(err + strlen(err) - strlen(hint), hint));
}

/* `more`: how many lines there are besides a refusal. */
static void check_output(int status, int more, bool no_command, const char *argv0)
{
	const char *err = output[2].text;
	int lines = 0;

	for (size_t i = 0; i < output[2].len; i++) {
		unsigned char c = (unsigned char)err[i];
		CHECK(c == '\n' || (c >= ' ' && c != 0x7f));
		lines += c == '\n';
	}
	CHECK(!output[2].len || err[output[2].len - 1] == '\n');
	CHECK((status == 0) == (output[1].len > 0));
	if (status == STATUS_USAGE) {
		/* Of a name that fills lines their ends are cut. */
		if (strlen(argv0) > 100) {
			CHECK(lines > more);
			return;
		}
		CHECK(lines == (no_command ? 3 : 2) + more);
		check_hint(err, argv0);
	} else {
		CHECK(lines == more);
	}
}

/* A copy in memory of just its size, with each '\r' made a newline, and each two of them one. */
static char *word_of(const char *line)
{
	char *text = strdup(line), *to = text, *word;

	CHECK(text);
	for (const char *c = line; *c; c++)
		if (c[0] == '\r' && c[1] == '\r')
			*to++ = *c++;
		else
			*to++ = *c == '\r' ? '\n' : *c;
	*to = '\0';
	word = strdup(text);
	CHECK(word);
	free(text);
	return word;
}

static void read_input(struct input *in, char *text)
{
	char *line;

	memset(in, 0, sizeof *in);
	while ((line = strsep(&text, "\n")) && in->argc < MAX_WORDS) {
		if (in->argc == 1 && line[0] == '!' && strchr(line, '=')) {
			if (in->envc < MAX_WORDS)
				in->env[in->envc++] = word_of(line + 1);
		} else {
			in->argv[in->argc++] = word_of(line);
		}
	}
}

static void free_all(char **list)
{
	for (; *list; list++)
		free(*list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in, before;
	struct options want, got;
	char *copy = NULL, *text = fuzz_string(data, size), **environment = environ;

	read_input(&in, text);
	before = in;
	pid = variable(&in, "OTHER_PID") ? 7 : 1;
	int expected = model(&want, &in, &copy);
	if (expected == -2)
		goto out;
	memset(output, 0, sizeof output[0]);
	output[1].len = output[2].len = 0;
	memset(&got, 0xa5, sizeof got);
	message_verbosity(LEVEL_WARNING);
	environ = in.env;
	int status = parse_options(&got, in.argv);
	environ = environment;

	CHECK(status == expected);
	CHECK(!memcmp(&before, &in, sizeof in));
	if (status == GO_ON)
		same_options(&got, &want);
	const char *level = variable(&in, "TINI_VERBOSITY");
	bool warned = level && (strlen(level) != 1 || !strchr("01234", *level));
	/* Said once all is parsed: the level is known then. */
	bool ignored = pid != 1 && want.command && want.verbosity >= LEVEL_MAIN &&
		       variable(&in, "PIDONE_OPTIONS");
	check_output(status, warned + ignored, want.command && !*want.command && !want.pause,
		     in.argv[0]);
	/* COMMAND gets words and environment as they were: compare with the input once more. */
	free(text);
	text = fuzz_string(data, size);
	read_input(&before, text);
	for (int i = 0; i < in.argc; i++)
		CHECK(!strcmp(before.argv[i], in.argv[i]));
	for (int i = 0; i < in.envc; i++)
		CHECK(!strcmp(before.env[i], in.env[i]));
	free_all(before.argv);
	free_all(before.env);
out:
	message_name("pidone");
	free_all(in.argv);
	free_all(in.env);
	free(copy);
	free(text);
	return 0;
}
