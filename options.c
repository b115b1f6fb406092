/* SPDX-License-Identifier: MIT */
/*
 * The command line, its values, and the names that pidone may be called by.
 * Each option, each variable and each name is one row of a table.
 */

#define _GNU_SOURCE
#include "pidone.h"

#include <string.h>
#include <unistd.h>

static const struct option {
	char letter;
	const char *name;
	const char *value; /* what it takes, for --help; NULL: nothing */
	const char *help;
} all_options[] = {
	{ 's', "subreaper", NULL, "warn where orphans cannot be adopted" },
	{ 'g', "group", NULL, "forward signals to main's process group" },
	{ 'c', "single-child", NULL, "forward to main alone (default)" },
	{ 'r', "rewrite", "FROM:TO", "when FROM arrives deliver TO; 0 drops" },
	{ 'e', "remap-exit", "LIST", "exit 0 for these: 143, 1,2, 130-143, TERM" },
	{ 'p', "parent-death", "SIGNAL", "send SIGNAL when the parent dies" },
	{ 't', "grace", "TIME", "when main ends, TERM the rest, KILL after TIME" },
	{ 'k', "kill-after", "TIME", "KILL main TIME after a stop signal" },
	{ 'a', "wait-all", NULL, "when main ends, wait for the rest" },
	{ 'S', "stop-signal", "LIST", "signals that mean \"end\" (default TERM,INT)" },
	{ 'R', "report", "FILE", "write a one-line post-mortem (- is stderr)" },
	{ 'w', "warn-on-reap", NULL, "one line on stderr for each orphan" },
	{ 'P', "pause", NULL, "no command: reap, exit 0 on a stop signal" },
	{ 'v', "verbose", NULL, "say more; repeatable" },
	{ 'l', "license", NULL, "print the licence" },
	{ 'h', "help", NULL, "print this" },
	{ 'V', "version", NULL, "print the version" },
};

/* Which init's defaults a name stands for. */
enum persona_kind { PLAIN, TINI, CATATONIT, DUMB_INIT };

static const struct persona {
	char name[12];
	enum persona_kind kind;
} personas[] = {
	{ "tini", TINI },	    { "tini-static", TINI },	{ "docker-init", TINI },
	{ "catatonit", CATATONIT }, { "dumb-init", DUMB_INIT },
};

/* Variables that stand for options, and under which name (PLAIN: any). */
static const struct variable {
	enum persona_kind kind;
	char name[24]; /* in place: every init looks for it, and shall not touch a page for that */
	const char *value; /* the one that counts; NULL: any */
	const char *letters;
} variables[] = {
	{ PLAIN, "TINI_SUBREAPER", NULL, "s" },
	{ PLAIN, "TINI_KILL_PROCESS_GROUP", NULL, "g" },
	{ DUMB_INIT, "DUMB_INIT_SETSID", "0", "c" },
	{ DUMB_INIT, "DUMB_INIT_DEBUG", "1", "v" },
	{ CATATONIT, "CATATONIT_DEBUG", NULL, "vv" },
};

/* The file itself, so that its text is in one place. */
__asm__(".pushsection .rodata.licence, \"a\"\n"
	"licence: .incbin \"LICENSE\"\n"
	".byte 0\n"
	".popsection");
extern const char licence[];

enum { OPTIONS = sizeof all_options / sizeof all_options[0], GO_ON = -1 };

/* ---- values ------------------------------------------------------------- */

bool parse_time(const char *text, int64_t *ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "m", 60000 }, { "h", 3600000 } };
	/* In millionths of a unit: 10^6 hours, in milliseconds, still fit into 64 bits. */
	int64_t parts = parse_number(&text, 999999), scale = 1;
	bool more = false;

	if (parts < 0)
		return false;
	if (*text == '.') {
		text++;
		if (*text < '0' || *text > '9')
			return false;
		for (; *text >= '0' && *text <= '9'; text++)
			if (scale < 1000000) {
				parts = parts * 10 + (*text - '0');
				scale *= 10;
			} else if (*text != '0') {
				more = true;
			}
	}
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(text, units[i].unit) == 0) {
			parts = (parts + more) * units[i].ms;
			*ms = parts / scale + (parts % scale > 0);
			return true;
		}
	return false;
}

/* The signal named in *text up to a character of `end`. Moves *text there. 0: none. */
static int signal_until(const char **text, const char *end)
{
	char name[SIGNAL_NAME_MAX] = "";
	size_t len = span_to(*text, end);

	if (len < sizeof name)
		memcpy(name, *text, len);
	*text += len;
	return signal_number(name);
}

bool parse_status_list(const char *list, unsigned char set[256 / 8])
{
	for (;; list++) {
		int first, last;
		if (*list >= '0' && *list <= '9') {
			first = last = (int)parse_number(&list, 255);
			if (*list == '-') {
				list++;
				last = (int)parse_number(&list, 255);
			}
		} else {
			int signo = signal_until(&list, ",");
			first = last = signo ? STATUS_SIGNAL_BASE + signo : -1;
		}
		if (first < 0 || last < first || (*list != ',' && *list != '\0'))
			return false;
		for (int status = first; status <= last; status++)
			set[status / 8] |= (unsigned char)(1U << status % 8);
		if (*list == '\0')
			return true;
	}
}

const char *parse_signal_list(const char *list, uint64_t *set)
{
	uint64_t named = 0;

	for (;; list++) {
		int signo = signal_until(&list, ",");
		if (signo == 0)
			return "is no list of signals (1-64, or names, with commas between)";
		if (signo == SIGKILL || signo == SIGSTOP || signo == SIGCHLD)
			return "cannot be: KILL, STOP and CHLD never come to init";
		named |= SIGNAL_BIT(signo);
		if (*list == '\0') {
			*set = named;
			return NULL;
		}
	}
}

const char *parse_rewrite(const char *rule, signed char rewrite[SIGNAL_MAX + 1])
{
	int from = signal_until(&rule, ":");

	if (*rule++ != ':')
		return "is not FROM:TO";
	int to = signal_number(rule);
	if (from == 0 || (to == 0 && strcmp(rule, "0") != 0))
		return "names no signal (1-64, a name, or 0 to drop)";
	if (from == SIGKILL || from == SIGSTOP || from == SIGCHLD)
		return "cannot be: KILL, STOP and CHLD are never forwarded";
	rewrite[from] = (signed char)(to ? to : SIGNAL_DROP);
	return NULL;
}

/* ---- output ------------------------------------------------------------- */

const char *base_name(const char *path)
{
	const char *base = path ? path : "";

	for (const char *c = base; *c; c++)
		if (*c == '/')
			base = c + 1;
	return *base ? base : "pidone";
}

COLD static int print_version(enum persona_kind kind)
{
	/* dockerd and podman expect the first form from a docker-init. */
	if (kind == TINI || kind == CATATONIT)
		return print("tini version " PIDONE_VERSION "_pidone - git." PIDONE_SHA "\n");
	return print("pidone version " PIDONE_VERSION " - git." PIDONE_SHA "\n");
}

COLD static void add_usage(struct text *text)
{
	text_add(text, "usage: %s [OPTION]... [--] COMMAND [ARG]...\n       %s -P\n", own_name(),
		 own_name());
}

/* Adds the hint and writes the text, which ends with a newline even if a long name cut it. */
COLD static void write_hint(struct text *text)
{
	text_add(text, "Try '%s --help'.\n", own_name());
	text->buf[text->len - 1] = '\n';
	write_stdio(STDERR_FILENO, text->buf, text->len);
}

COLD static int print_help(void)
{
	static const char blanks[] = "                            ";
	struct text head = { .len = 0 };
	int status = 0;

	text_add(&head, "Run COMMAND under a tiny init, and end with its status.\n");
	add_usage(&head);
	status |= print(text_string(&head)) | print("\n");
	for (const struct option *o = all_options; o < all_options + OPTIONS; o++) {
		struct text line = { .len = 0 };
		text_add(&line, "  -%s, --%s%s%s", (char[]){ o->letter, '\0' }, o->name,
			 o->value ? " " : "", o->value ? o->value : "");
		text_add(&line, "%s",
			 blanks + (line.len < sizeof blanks - 1 ? line.len : sizeof blanks - 2));
		text_add(&line, "%s\n", o->help);
		status |= print(text_string(&line));
	}
	return status | print("\nSIGNAL, FROM, TO: 1-64 or a name (TERM, SIGTERM, RTMIN+3)."
			      "\nTIME: 5, 1.5s, 500ms, 2m, 1h.\n"
			      "Long options may be cut short: --rew TERM:QUIT.\n"
			      "PIDONE_OPTIONS in the environment holds options for process 1.\n"
			      "Exit status: COMMAND's, 128+n if it died of signal n, 127 "
			      "not found,\n126 not executable, 125 init failed, 1 usage. "
			      "See pidone(1).\n");
}

COLD static int no_command(void)
{
	struct text text = { .len = 0 };

	add_usage(&text);
	write_hint(&text);
	return STATUS_USAGE;
}

/* One line that says what is wrong, and where to look. */
static int usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
COLD static int usage_error(const char *fmt, ...)
{
	struct text hint = { .len = 0 };
	va_list args;

	va_start(args, fmt);
	vmessage(fmt, args);
	va_end(args);
	write_hint(&hint);
	return STATUS_USAGE;
}

/* ---- the table at work -------------------------------------------------- */

/* Applies one option; NULL, or what is wrong with its value. */
static const char *apply(struct options *options, char letter, const char *value)
{
	switch (letter) {
	case 's': options->subreaper = true; break;
	case 'g': options->group = true; break;
	case 'c': options->group = false; break;
	case 'a': options->wait_all = true; break;
	case 'w': options->warn_on_reap = true; break;
	case 'P': options->pause = true; break;
	case 'v': options->verbosity++; break;
	case 'R': options->report = value; return *value ? NULL : "is no file name";
	case 'r': return parse_rewrite(value, options->rewrite);
	case 'S': return parse_signal_list(value, &options->stop_signals);
	case 'e':
		if (!parse_status_list(value, options->remap_exit))
			return "is no list of statuses 0-255, ranges or signal names";
		break;
	case 'p':
		options->parent_death = signal_number(value);
		if (!options->parent_death)
			return "is no signal (1-64, or a name)";
		break;
	case 't':
	case 'k':
		if (!parse_time(value,
				letter == 't' ? &options->grace_ms : &options->kill_after_ms))
			return "is no time (a number, and ms, s, m or h)";
		break;
	default: break;
	}
	return NULL;
}

static const struct option *find_short(char letter)
{
	for (const struct option *o = all_options; o < all_options + OPTIONS; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

/*
 * The option that the `len` bytes at `name` stand for: its whole name or, as in getopt_long(3), a
 * beginning of it that no other option shares. NULL if there is none; *ambiguous: several.
 */
static const struct option *find_long(const char *name, size_t len, bool *ambiguous)
{
	const struct option *found = NULL;

	*ambiguous = false;
	for (const struct option *o = all_options; len > 0 && o < all_options + OPTIONS; o++) {
		if (strncmp(o->name, name, len) != 0)
			continue;
		if (o->name[len] == '\0') {
			*ambiguous = false;
			return o;
		}
		*ambiguous = found != NULL;
		found = o;
	}
	return *ambiguous ? NULL : found;
}

/* Words to parse: where they come from and where we are. */
struct words {
	char **next;
	enum persona_kind kind;
	const char *origin; /* " in PIDONE_OPTIONS", or "" */
	bool options_only;  /* "--" is then a word like another */
};

/* Applies an option with the value it came with (NULL: none came). */
static int take_option(struct options *options, struct words *words, const struct option *o,
		       const char *shown, const char *value)
{
	const char *wrong;

	switch (o->letter) {
	case 'h': return print_help();
	case 'V': return print_version(words->kind);
	case 'l': return print(licence);
	default: break;
	}
	if (o->value && !value)
		value = *words->next ? *words->next++ : NULL;
	if (o->value && !value)
		return usage_error("option '%s'%s needs a value: %s", shown, words->origin,
				   o->value);
	wrong = apply(options, o->letter, value);
	if (wrong)
		return usage_error("option '%s'%s: '%s' %s", shown, words->origin, value, wrong);
	return GO_ON;
}

/* Lists the options that a long option, cut too short, could mean. */
COLD static int refuse_ambiguous(const struct words *words, const char *word, size_t len)
{
	struct text candidates = { .len = 0 };

	for (const struct option *o = all_options; o < all_options + OPTIONS; o++)
		if (strncmp(o->name, word + 2, len) == 0)
			text_add(&candidates, " --%s", o->name);
	return usage_error("option '%s'%s is ambiguous:%s", word, words->origin,
			   text_string(&candidates));
}

static int parse_long(struct options *options, struct words *words, const char *word)
{
	size_t len = span_to(word + 2, "=");
	const char *value = word[2 + len] ? word + 2 + len + 1 : NULL;
	bool ambiguous;
	const struct option *o = find_long(word + 2, len, &ambiguous);

	if (ambiguous)
		return refuse_ambiguous(words, word, len);
	if (!o)
		return usage_error("unknown option '%s'%s", word, words->origin);
	if (value && !o->value)
		return usage_error("option '--%s'%s takes no value: '%s'", o->name, words->origin,
				   word);
	char shown[24] = "--";
	memcpy(shown + 2, o->name, strlen(o->name));
	return take_option(options, words, o, shown, value);
}

/* -gv, -t5s, -gt 5s */
static int parse_short(struct options *options, struct words *words, const char *word)
{
	for (const char *letter = word + 1; *letter; letter++) {
		const char shown[3] = { '-', *letter, '\0' };
		const struct option *o = find_short(*letter == 'L' ? 'l' : *letter);
		if (!o)
			return usage_error("unknown option '%s'%s", shown, words->origin);
		const char *value = o->value && letter[1] ? letter + 1 : NULL;
		int status = take_option(options, words, o, shown, value);
		if (status != GO_ON || o->value)
			return status;
	}
	return GO_ON;
}

/* Parses words up to the first that is not an option; that one is then `next`. */
static int parse_words(struct options *options, struct words *words)
{
	while (*words->next) {
		const char *word = *words->next;
		int status;
		bool end = strcmp(word, "--") == 0;
		if (word[0] != '-' || word[1] == '\0' || (end && words->options_only))
			return GO_ON;
		words->next++;
		if (end)
			return GO_ON;
		if (word[1] == '-')
			status = parse_long(options, words, word);
		else
			status = parse_short(options, words, word);
		if (status != GO_ON)
			return status;
	}
	return GO_ON;
}

/* Not inlined: else every init would have its list on the stack. */
COLD static int parse_options_variable(struct options *options, enum persona_kind kind,
				       const char *value)
{
	/* Static: -R's value stays in it. A copy: the environment itself has
	 * to reach COMMAND unchanged. */
	static char copy[1024];
	/* With a carriage return: files of variables may come from Windows. */
	static const char blanks[] = " \t\n\r";
	char *list[sizeof copy / 2 + 1];
	size_t count = 0;

	size_t size = strlen(value) + 1;
	if (size > sizeof copy)
		return usage_error("PIDONE_OPTIONS is longer than %d bytes", (int)sizeof copy - 1);
	memcpy(copy, value, size);
	for (char *c = copy; *(c += span_of(c, blanks));) {
		list[count++] = c;
		c += span_to(c, blanks);
		if (*c)
			*c++ = '\0';
	}
	list[count] = NULL;
	struct words words = { list, kind, " in PIDONE_OPTIONS", true };
	int status = parse_words(options, &words);
	if (status != GO_ON)
		return status;
	if (*words.next)
		return usage_error("PIDONE_OPTIONS: '%s' is not an option", *words.next);
	return GO_ON;
}

static void parse_variables(struct options *options, enum persona_kind kind)
{
	const char *level = env_value("TINI_VERBOSITY");

	if (level && level[0] >= '0' && level[0] <= '4' && level[1] == '\0')
		options->verbosity = level[0] - '0';
	else if (level)
		message(LEVEL_WARNING, "TINI_VERBOSITY: '%s' is ignored, it is not 0 to 4", level);
	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
		const struct variable *v = &variables[i];
		const char *value = env_value(v->name);
		if (!value || (v->kind != PLAIN && v->kind != kind) ||
		    (v->value && strcmp(value, v->value) != 0))
			continue;
		for (const char *letter = v->letters; *letter; letter++)
			apply(options, *letter, "");
	}
}

/* The defaults of dumb-init, unless -r or -c says otherwise. */
static void finish_dumb_init(struct options *options)
{
	static const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };

	options->dumb_init = true;
	if (!options->group)
		return;
	for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++)
		if (!options->rewrite[stops[i]])
			options->rewrite[stops[i]] = SIGSTOP;
}

int parse_options(struct options *options, char **argv)
{
	const char *name = base_name(argv[0]);
	enum persona_kind kind = PLAIN;
	int status;

	message_name(name);
	memset(options, 0, sizeof *options);
	options->grace_ms = options->kill_after_ms = NO_TIME;
	options->verbosity = LEVEL_WARNING;
	options->stop_signals = SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGINT);
	for (size_t i = 0; i < sizeof personas / sizeof personas[0]; i++)
		if (strcmp(name, personas[i].name) == 0)
			kind = personas[i].kind;
	options->group = kind == DUMB_INIT;
	parse_variables(options, kind);
	/* Only for the container's init: a pidone inside a health check inherits the variable. */
	const char *more = env_value("PIDONE_OPTIONS");
	bool counts = more && getpid() == 1;
	status = counts ? parse_options_variable(options, kind, more) : GO_ON;
	if (status != GO_ON)
		return status;
	struct words words = { argv[0] ? argv + 1 : argv, kind, "", false };
	status = parse_words(options, &words);
	if (status != GO_ON)
		return status;
	message_verbosity(options->verbosity);
	if (more && !counts)
		message(LEVEL_MAIN, "PIDONE_OPTIONS is ignored: it is for process 1 alone");
	options->command = words.next;
	if (kind == DUMB_INIT)
		finish_dumb_init(options);
	if (options->pause && *options->command)
		return usage_error("option '-P' takes no command: '%s'", *options->command);
	if (!options->pause && !*options->command)
		return no_command();
	return GO_ON;
}
