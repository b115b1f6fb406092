/* SPDX-License-Identifier: MIT */
/* Contract 1: PIDONE_OPTIONS and the other variables, and the names that replace a peer. */
#define _GNU_SOURCE
#include "tree.h"

#include <regex.h>

TREE_SUITE(e2e_names);

#define NO_OPTIONS ((const char *const[]){ NULL })

static struct run run;

static void start_as(const char *name, enum mode mode, const char *const *env,
		     const char *const *options, const char *const *tree)
{
	tree_start_with(&run, (struct start){ .mode = mode, .name = name, .env = env }, options,
			tree);
}

/* Main and another process of its group; TERM ends main with 5, USR2 the other. */
#define GROUP_OF_TWO "(", "name:a", "end:12", "serve", ")", "end:15", "status:5", "serve"

/*
 * HUP reaches main alone, or a as well. Both are USR2's then: what came for a before would have
 * been told before.
 */
static void forwards_to_group_in(enum mode mode, bool group, const char *name,
				 const char *const *env, const char *const *options)
{
	char lines[256];

	start_as(name, mode, env, options,
		 WORDS("(", "name:a", "end:12", "serve", ")", "end:1", "status:5", "serve"));
	tree_ready(&run, 2);
	kill(run.pid, SIGUSR1);
	snprintf(lines, sizeof lines, "%s\n", read_line(&run));
	kill(tree_outer_pid(&run, "a"), SIGHUP);
	strncat(lines, read_line(&run), 60);
	strcat(lines, "\n");
	if (group)
		strncat(lines, read_line(&run), 60);
	cr_assert(eq(int, tree_got(lines, "a", SIGUSR1), group), "%s", lines);
	cr_assert(eq(int, tree_got(lines, "main", SIGUSR1), 1), "%s", lines);
	tree_signal(&run, "a", SIGUSR2);
	tree_hears(&run, "main", SIGHUP, SIGHUP);
	tree_end(&run, 5);
}

static void forwards_to_group(bool group, const char *name, const char *const *env,
			      const char *const *options)
{
	forwards_to_group_in(SUBREAPER, group, name, env, options);
}

/* ---- dumb-init's TERM when main ends ---------------------------------------- */

static const char *slave; /* of a pseudo-terminal */

static void lead_a_terminal(void)
{
	/* The first terminal that a session's leader opens is the session's. */
	if (setsid() < 0 || open(slave, O_RDWR | O_CLOEXEC) < 0)
		_exit(99);
}

/* There main's group is init's own: the members get it, init and a stranger do not. */
BOTH_MODES(e2e_names, as_dumb_init_the_group_gets_term_at_mains_end_on_a_terminal_too)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || unlockpt(master) < 0)
		cr_skip_test("no pseudo-terminal: %s", strerror(errno));
	slave = ptsname(master);
	tree_start_with(
		&run,
		(struct start){ .mode = mode, .name = "dumb-init", .before_exec = lead_a_terminal },
		WORDS("-a"),
		WORDS("(", "name:a", "serve", ")", "(", "name:b", "setsid", "end:12", "serve", ")",
		      "read", "exit:4"));
	tree_ready(&run, 2);
	tree_go(&run);
	tree_line(&run, "a signal 15 ");
	tree_wait_alone(&run, "b");
	tree_hears(&run, "b", SIGUSR2, SIGUSR2);
	tree_end(&run, 4);
	close(master);
}

/* ---- PIDONE_OPTIONS ------------------------------------------------------- */

/* It counts for PID 1 alone. */
Test(e2e_names, the_variable_holds_options)
{
	NEED_ROOT();
	start_as(NULL, PID1, WORDS("PIDONE_OPTIONS=  -e 3,4\t-r TERM:QUIT \n--grac=1h -vc\r\n"),
		 NO_OPTIONS, WORDS("(", "name:a", "serve", ")", "end:3", "status:4", "serve"));
	tree_ready(&run, 2);
	tree_hears(&run, "main", SIGTERM, SIGQUIT);
	tree_line(&run, "a signal 15 ");
	tree_end(&run, 0);
}

Test(e2e_names, the_way_docker_starts_it)
{
	NEED_ROOT();
	start_as("/sbin/docker-init", PID1, WORDS("PIDONE_OPTIONS=-g -t 1h"), NO_OPTIONS,
		 WORDS("(", "name:a", "setsid", "serve", ")", "(", "name:b", "serve", ")",
		       "status:5", "serve"));
	tree_ready(&run, 3);
	kill(run.pid, SIGTERM);
	const char *text = tree_all(&run);
	cr_assert(eq(int, tree_got(text, "main", SIGTERM), 1), "%s", text);
	cr_assert(eq(int, tree_got(text, "a", SIGTERM), 1), "%s", text);
	cr_assert(eq(int, tree_got(text, "b", SIGTERM), 1), "%s", text);
	tree_end(&run, 5);
}

Test(e2e_names, the_command_line_wins_over_the_variable)
{
	NEED_ROOT();
	forwards_to_group_in(PID1, true, NULL, WORDS("PIDONE_OPTIONS=-g"), WORDS("-v"));
	forwards_to_group_in(PID1, false, NULL, WORDS("PIDONE_OPTIONS=-g"), WORDS("-c"));
	forwards_to_group_in(PID1, true, NULL, WORDS("PIDONE_OPTIONS=-c"), WORDS("-g"));
	start_as(NULL, PID1, WORDS("PIDONE_OPTIONS=-r HUP:TERM -k 0"),
		 WORDS("-r", "HUP:USR2", "-k", "1h"), WORDS("end:15", "status:5", "serve"));
	tree_ready(&run, 1);
	tree_hears(&run, "main", SIGHUP, SIGUSR2);
	tree_hears(&run, "main", SIGTERM, SIGTERM);
	tree_end(&run, 5);
}

BOTH_MODES(e2e_names, the_environment_reaches_the_command)
{
	start_as("dumb-init", mode,
		 WORDS("PIDONE_OPTIONS= -e  3 -g", "TINI_SUBREAPER=", "TINI_VERBOSITY=0",
		       "DUMB_INIT_SETSID=0", "A=b c"),
		 WORDS("-c"),
		 WORDS("env:PIDONE_OPTIONS", "env:TINI_SUBREAPER", "env:TINI_VERBOSITY",
		       "env:DUMB_INIT_SETSID", "env:A", "env:PATH"));
	tree_line(&run, "main PIDONE_OPTIONS= -e  3 -g");
	tree_line(&run, "main TINI_SUBREAPER=");
	tree_line(&run, "main TINI_VERBOSITY=0");
	tree_line(&run, "main DUMB_INIT_SETSID=0");
	tree_line(&run, "main A=b c");
	tree_line(&run, "main PATH unset");
	tree_end(&run, 0);
}

/* Status 1, and a line with what is wrong; the command does not run. */
static void refuses(const char *variable, const char *wrong)
{
	char quoted[128];

	start_as(NULL, PID1, WORDS(variable), NO_OPTIONS, WORDS("say:run"));
	cr_assert(eq(int, run_wait(&run), 1), "%s", variable);
	const char *err = read_stderr(&run);
	snprintf(quoted, sizeof quoted, "'%s'", wrong);
	cr_assert(strstr(err, "PIDONE_OPTIONS") && strstr(err, quoted), "%s: %s", variable, err);
	cr_assert(eq(str, (char *)tree_all(&run), ""));
	run_close(&run);
}

Test(e2e_names, a_word_of_the_variable_that_is_no_option_is_refused)
{
	NEED_ROOT();
	refuses("PIDONE_OPTIONS=true", "true");
	refuses("PIDONE_OPTIONS=-g -t 5s sleep 1", "sleep");
	refuses("PIDONE_OPTIONS=--", "--");
	refuses("PIDONE_OPTIONS=-g -", "-");
	refuses("PIDONE_OPTIONS=-Q", "-Q");
	refuses("PIDONE_OPTIONS=--no-such", "--no-such");
	refuses("PIDONE_OPTIONS=--re", "--re");
	refuses("PIDONE_OPTIONS=\"-g\"", "\"-g\"");
	refuses("PIDONE_OPTIONS=-g -t", "-t");
	refuses("PIDONE_OPTIONS=-t never", "never");
	refuses("PIDONE_OPTIONS=-t never", "-t");
	refuses("PIDONE_OPTIONS=--group=yes", "--group=yes");
}

Test(e2e_names, an_endless_variable_is_refused_an_empty_one_is_not)
{
	static char variable[5000];

	NEED_ROOT();
	strcpy(variable, "PIDONE_OPTIONS=");
	while (strlen(variable) < sizeof variable - 4)
		strcat(variable, " -v");
	start_as(NULL, PID1, WORDS(variable), NO_OPTIONS, WORDS("exit:3"));
	tree_end(&run, 1);
	start_as(NULL, PID1, WORDS("PIDONE_OPTIONS="), NO_OPTIONS, WORDS("exit:3"));
	tree_end(&run, 3);
	start_as(NULL, PID1, WORDS("PIDONE_OPTIONS= \t\r\n "), NO_OPTIONS, WORDS("exit:3"));
	tree_end(&run, 3);
}

/* Neither obeyed nor refused, nor anything said, by a pidone that only inherits it. */
Test(e2e_names, the_variable_is_for_pid_1_alone)
{
	static const char *const values[] = { "PIDONE_OPTIONS=-e 3", "PIDONE_OPTIONS=-P",
					      "PIDONE_OPTIONS=true", "PIDONE_OPTIONS=--no-such" };

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		start_as(NULL, SUBREAPER, WORDS(values[i]), NO_OPTIONS, WORDS("exit:3"));
		cr_assert(eq(int, run_wait(&run), 3), "%s", values[i]);
		cr_assert(eq(str, (char *)read_stderr(&run), ""), "%s", values[i]);
		run_close(&run);
	}
}

/* As a health check: the container's init has the option, the pidone of the check has not. */
Test(e2e_names, a_pidone_inside_does_not_obey_the_variable_of_the_container)
{
	NEED_ROOT();
	run_start(&run, &(struct start){
				.mode = PID1,
				.env = WORDS("PIDONE_OPTIONS=-e 3,4", "PATH=/bin:/usr/bin"),
				.args = WORDS("sh", "-c", "\"$0\" sh -c 'exit 3'; exit $(($? + 1))",
					      pidone_path()) });
	tree_end(&run, 0);
}

/* ---- variables of the peers ----------------------------------------------- */

/* Set at all is on, whatever it says. */
Test(e2e_names, tini_kill_process_group)
{
	forwards_to_group(true, NULL, WORDS("TINI_KILL_PROCESS_GROUP="), NO_OPTIONS);
	forwards_to_group(true, "tini", WORDS("TINI_KILL_PROCESS_GROUP=0"), NO_OPTIONS);
	forwards_to_group(false, "tini", WORDS("TINI_KILL_PROCESS_GROUP=1"), WORDS("-c"));
	forwards_to_group(false, "tini", WORDS("TINI_KILL_PROCESS_GROUPS=1"), NO_OPTIONS);
}

Test(e2e_names, tini_subreaper)
{
	start_as("tini", SUBREAPER, WORDS("TINI_SUBREAPER=1"), NO_OPTIONS, WORDS("exit:3"));
	cr_assert(eq(int, run_wait(&run), 3));
	cr_assert(eq(str, (char *)read_stderr(&run), ""));
	run_close(&run);
}

/* How much is said on stderr by a run that has one warning to give. */
static int said(const char *name, const char *variable, const char *option)
{
	start_as(name, SUBREAPER, WORDS(variable),
		 WORDS("-R", "/nonexistent/report", option ? option : "-c"), WORDS("exit:3"));
	cr_assert(eq(int, run_wait(&run), 3));
	int lines = tree_count(read_stderr(&run), "") - 1;
	run_close(&run);
	return lines;
}

Test(e2e_names, tini_verbosity)
{
	int usual = said("tini", "A=", NULL);

	cr_assert(eq(int, said("tini", "TINI_VERBOSITY=0", NULL), 0));
	cr_assert(eq(int, said("tini", "TINI_VERBOSITY=1", NULL), usual));
	cr_assert(eq(int, said("tini", "TINI_VERBOSITY=2", NULL), said("tini", "A=", "-v")));
	cr_assert(eq(int, said("tini", "TINI_VERBOSITY=3", NULL), said("tini", "A=", "-vv")));
	cr_assert(eq(int, said("pidone", "TINI_VERBOSITY=4", NULL), said("tini", "A=", "-vvv")));
	/* The option adds to it. */
	cr_assert(eq(int, said("tini", "TINI_VERBOSITY=0", "-v"), usual));
	cr_assert(gt(int, said("tini", "A=", "-v"), usual));
	cr_assert(gt(int, said("tini", "A=", "-vvv"), said("tini", "A=", "-v")));
}

Test(e2e_names, a_tini_verbosity_that_is_none_is_a_warning)
{
	int usual = said("tini", "A=", NULL);

	cr_assert(eq(int, said("tini", "TINI_VERBOSITY=5", NULL), usual + 1));
	cr_assert(eq(int, said("tini", "TINI_VERBOSITY=", NULL), usual + 1));
	cr_assert(eq(int, said("tini", "TINI_VERBOSITY=2x", NULL), usual + 1));
	cr_assert(eq(int, said("tini", "TINI_VERBOSITY=-1", NULL), usual + 1));
}

Test(e2e_names, dumb_init_setsid)
{
	forwards_to_group(false, "dumb-init", WORDS("DUMB_INIT_SETSID=0"), NO_OPTIONS);
	forwards_to_group(true, "dumb-init", WORDS("DUMB_INIT_SETSID=1"), NO_OPTIONS);
	forwards_to_group(true, "dumb-init", WORDS("DUMB_INIT_SETSID="), NO_OPTIONS);
	forwards_to_group(true, "dumb-init", WORDS("DUMB_INIT_SETSID=0"), WORDS("-g"));
	/* It is dumb-init's alone. */
	forwards_to_group(true, "tini", WORDS("DUMB_INIT_SETSID=0", "TINI_KILL_PROCESS_GROUP=1"),
			  NO_OPTIONS);
}

Test(e2e_names, dumb_init_debug)
{
	int usual = said("dumb-init", "A=", NULL);

	cr_assert(eq(int, said("dumb-init", "DUMB_INIT_DEBUG=1", NULL),
		     said("dumb-init", "A=", "-v")));
	cr_assert(gt(int, said("dumb-init", "DUMB_INIT_DEBUG=1", NULL), usual));
	cr_assert(eq(int, said("dumb-init", "DUMB_INIT_DEBUG=0", NULL), usual));
	cr_assert(eq(int, said("pidone", "DUMB_INIT_DEBUG=1", NULL), usual));
}

Test(e2e_names, catatonit_debug)
{
	int usual = said("catatonit", "A=", NULL), more = said("catatonit", "A=", "-vv");

	cr_assert(gt(int, more, said("catatonit", "A=", "-v")));
	cr_assert(eq(int, said("catatonit", "CATATONIT_DEBUG=", NULL), more));
	cr_assert(eq(int, said("catatonit", "CATATONIT_DEBUG=0", NULL), more));
	cr_assert(eq(int, said("pidone", "CATATONIT_DEBUG=1", NULL), usual));
}

/* ---- names ------------------------------------------------------------------ */

/* What `NAME option` prints on stdout; status 0, nothing on stderr. */
static const char *prints(const char *name, const char *option)
{
	run_start(&run, &(struct start){ .name = name, .args = WORDS(option) });
	int status = run_wait(&run);
	const char *text = tree_all(&run);
	cr_assert(eq(int, status, 0), "%s %s", name, option);
	cr_assert(eq(str, (char *)read_stderr(&run), ""), "%s %s", name, option);
	run_close(&run);
	return text;
}

static void assert_matches(const char *text, const char *pattern)
{
	regex_t regex;

	cr_assert(zero(int, regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB)));
	cr_assert(zero(int, regexec(&regex, text, 0, NULL, 0)), "'%s' is not %s", text, pattern);
	regfree(&regex);
}

/* One dot behind " - ": that is what dockerd takes the SHA by. */
#define TINI_VERSION "^tini version [0-9]+(\\.[0-9]+)*_pidone - git\\.[0-9a-f]{7}\n$"
#define OWN_VERSION "^pidone version [0-9]+(\\.[0-9]+)* - git\\.[0-9a-f]{7}\n$"

Test(e2e_names, the_version_as_engines_read_it)
{
	static const char *const names[] = {
		"tini",	  "tini-static",       "docker-init", "catatonit", "/sbin/docker-init",
		"./tini", "/usr/bin/catatonit"
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		assert_matches(prints(names[i], "--version"), TINI_VERSION);
		assert_matches(prints(names[i], "-V"), TINI_VERSION);
	}
}

Test(e2e_names, the_version_under_any_other_name)
{
	static const char *const names[] = { "pidone",	  "/pidone",	"dumb-init", "init", "",
					     "/usr/bin/", "tini-extra", "xtini",     "TINI" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_matches(prints(names[i], "--version"), OWN_VERSION);
}

Test(e2e_names, help_and_licence_go_to_stdout_under_every_name)
{
	static const char *const names[] = { "pidone",	    "dumb-init",   "tini",
					     "tini-static", "docker-init", "catatonit" };
	static const char *const options[] = { "-h", "--help", "-l", "-L", "--license", "-V" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		for (size_t j = 0; j < sizeof options / sizeof options[0]; j++)
			cr_assert(ne(str, (char *)prints(names[i], options[j]), ""));
}

/* Who is told to try something has to be able to type it. */
Test(e2e_names, the_usage_and_the_hint_have_the_name_it_was_called_by)
{
	static const char *const names[][2] = {
		{ "pidone", "pidone" },
		{ "/sbin/docker-init", "docker-init" },
		{ "tini", "tini" },
		{ "./dumb-init", "dumb-init" },
		{ "catatonit", "catatonit" },
		{ "/x/my init", "my init" },
		{ "", "pidone" },
		{ "a\nb", "a?b" },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *name = names[i][1];
		char usage[128], hint[128], wrong[256];
		snprintf(usage, sizeof usage,
			 "usage: %s [OPTION]... [--] COMMAND [ARG]...\n       %s -P\n", name, name);
		snprintf(hint, sizeof hint, "Try '%s --help'.\n", name);
		cr_expect(holds(strstr(prints(names[i][0], "-h"), usage)), "%s", name);
		run_start(&run, &(struct start){ .name = names[i][0], .args = WORDS("-t", "x") });
		cr_expect(eq(int, run_wait(&run), 1));
		snprintf(wrong, sizeof wrong, "%s: option '-t'", name);
		const char *line = read_stderr(&run);
		cr_expect(zero(int, strncmp(line, wrong, strlen(wrong))), "%s", line);
		cr_expect(eq(str, strchr(line, '\n') + 1, hint));
		run_close(&run);
		run_start(&run, &(struct start){ .name = names[i][0], .args = WORDS("-g") });
		cr_expect(eq(int, run_wait(&run), 1));
		snprintf(wrong, sizeof wrong, "%s%s", usage, hint);
		cr_expect(eq(str, (char *)read_stderr(&run), wrong));
		run_close(&run);
	}
}

/* A link in the place of a peer, found in PATH as a shell would. */
Test(e2e_names, a_link_is_a_name)
{
	static const char *const names[] = { "tini", "docker-init", "catatonit" };
	char dir[] = "/tmp/pidone-names-XXXXXX", path[64], path_variable[64];

	cr_assert(mkdtemp(dir) != NULL);
	snprintf(path_variable, sizeof path_variable, "PATH=%s", dir);
	for (int i = 0; i < 6; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i / 2]);
		if (i % 2 ? link(pidone_path(), path) : symlink(pidone_path(), path))
			continue; /* no hard link from one file system to another */
		run_start(&run, &(struct start){ .args = WORDS("--", names[i / 2], "--version"),
						 .env = WORDS(path_variable) });
		int status = run_wait(&run);
		unlink(path);
		cr_expect(eq(int, status, 0));
		assert_matches(tree_all(&run), TINI_VERSION);
		run_close(&run);
	}
	rmdir(dir);
}

/* Whatever its name: nothing is said unasked, not being PID 1 included; stdout is main's alone. */
Test(e2e_names, messages_are_asked_for_and_go_to_stderr_under_every_name)
{
	static const char *const names[] = { "pidone",	    "dumb-init",   "tini",
					     "tini-static", "docker-init", "catatonit" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		for (int verbose = 0; verbose < 2; verbose++) {
			start_as(names[i], SUBREAPER, NULL, verbose ? WORDS("-vvv") : NO_OPTIONS,
				 WORDS("say:hi"));
			cr_assert(eq(int, run_wait(&run), 0), "%s", names[i]);
			cr_assert(eq(int, *read_stderr(&run) != '\0', verbose), "%s", names[i]);
			cr_assert(eq(str, (char *)tree_all(&run), "main hi\n"), "%s", names[i]);
			run_close(&run);
		}
}

/* Command lines of theirs, as people have them in their images. */
Test(e2e_names, command_lines_of_the_peers_are_accepted)
{
	static const char *const lines[][10] = {
		{ "tini", "-s", "-g", "-vvv", "-w", "-p", "SIGKILL", "-e", "3" },
		{ "tini", "-swge", "143", "-e3", "--" },
		{ "docker-init", "-e", "3", "--" },
		{ "dumb-init", "--rewrite", "15:3", "-r", "2:0", "--single-child", "-e3", "--" },
		{ "dumb-init", "-c", "-v", "-e", "3" },
		{ "dumb-init", "--rew", "15:3", "--single", "--verb", "-e3", "--" },
		{ "catatonit", "-g", "-e", "3", "--" },
	};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		const char *options[10] = { NULL };
		for (int j = 1; j < 10 && lines[i][j] && strcmp(lines[i][j], "--"); j++)
			options[j - 1] = lines[i][j];
		start_as(lines[i][0], SUBREAPER, NULL, options, WORDS("exit:3"));
		tree_end(&run, 0);
	}
}

/* ---- dumb-init --------------------------------------------------------------- */

Test(e2e_names, dumb_init_forwards_to_the_group)
{
	forwards_to_group(true, "dumb-init", NULL, NO_OPTIONS);
	forwards_to_group(true, "/usr/bin/dumb-init", NULL, NO_OPTIONS);
	forwards_to_group(false, "dumb-init", NULL, WORDS("-c"));
	forwards_to_group(false, "dumb-init", NULL, WORDS("--single-child"));
	forwards_to_group(true, "dumb-init", NULL, WORDS("-c", "-g"));
	forwards_to_group(false, "pidone", NULL, NO_OPTIONS);
}

/* Without a terminal of its own, so that nobody else's job is stopped. */
static void leave_terminal(void)
{
	setsid();
}

static const int terminal_stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };

static void start_dumb_init(enum mode mode, const char *const *options, const char *const *tree)
{
	tree_start_with(
		&run,
		(struct start){ .mode = mode, .name = "dumb-init", .before_exec = leave_terminal },
		options, tree);
}

static void expect_both(const char *signal)
{
	char lines[256], a[64], main_line[64];

	snprintf(a, sizeof a, "a signal %s ", signal);
	snprintf(main_line, sizeof main_line, "main signal %s ", signal);
	snprintf(lines, sizeof lines, "%s\n", read_line(&run));
	strncat(lines, read_line(&run), 60);
	cr_assert(tree_count(lines, a) == 1 && tree_count(lines, main_line) == 1, "%s", lines);
}

BOTH_MODES(e2e_names, dumb_init_stops_the_group_and_itself)
{
	for (int i = 0; i < 3; i++) {
		start_dumb_init(mode, NO_OPTIONS, WORDS(GROUP_OF_TWO));
		tree_ready(&run, 2);
		pid_t a = tree_outer_pid(&run, "a"), main_pid = tree_outer_pid(&run, "main");
		kill(run.pid, terminal_stops[i]);
		cr_assert(wait_state(main_pid, "T"));
		cr_assert(wait_state(a, "T"));
		/* A PID 1 has nobody above to continue it; it is there for signals. */
		if (mode == SUBREAPER)
			cr_assert(wait_state(run.pid, "T"));
		/* It goes on, and the group with it. They got STOP, not what was sent. */
		kill(run.pid, SIGCONT);
		expect_both("18");
		cr_assert(wait_state(run.pid, "S"));
		kill(a, SIGUSR2);
		tree_line(&run, "a signal 12 ");
		tree_hears(&run, "main", SIGTERM, SIGTERM);
		tree_end(&run, 5);
	}
}

/* After a stop signal of the terminal init stops itself, with nobody above as PID 1 it does not. */
static void continue_init(enum mode mode)
{
	if (mode == SUBREAPER)
		cr_assert(wait_state(run.pid, "T"));
	kill(run.pid, SIGCONT);
}

BOTH_MODES(e2e_names, dumb_init_for_a_single_child_stops_itself_alone)
{
	start_dumb_init(mode, WORDS("-c"), WORDS(GROUP_OF_TWO));
	tree_ready(&run, 2);
	for (int i = 0; i < 3; i++) {
		tree_hears(&run, "main", terminal_stops[i], terminal_stops[i]);
		continue_init(mode);
		tree_line(&run, "main signal 18 ");
	}
	tree_signal(&run, "a", SIGUSR2);
	kill(run.pid, SIGTERM);
	tree_end(&run, 5);
}

/* A rule decides what the group gets; init stops itself in any case, as the original. */
BOTH_MODES(e2e_names, dumb_init_with_a_rule_of_the_users)
{
	start_dumb_init(mode, WORDS("-r", "TSTP:USR1", "-r", "TTIN:TTIN", "-r", "TTOU:0"),
			WORDS(GROUP_OF_TWO));
	tree_ready(&run, 2);
	kill(run.pid, SIGTTOU);
	continue_init(mode);
	expect_both("18");
	kill(run.pid, SIGTSTP);
	expect_both("10");
	continue_init(mode);
	expect_both("18");
	kill(run.pid, SIGTTIN);
	expect_both("21");
	tree_signal(&run, "a", SIGUSR2);
	continue_init(mode);
	tree_line(&run, "main signal 18 ");
	kill(run.pid, SIGTERM);
	tree_end(&run, 5);
}

/* It does not wait: the group is there still when it has gone. b has left the group. */
static void end_of_dumb_init(const char *name, const char *const *options, int signo)
{
	char line[32];

	start_as(name, SUBREAPER, NULL, options,
		 WORDS("(", "name:a", "end:12", "serve", ")", "(", "name:b", "setpgid", "end:12",
		       "serve", ")", "read", "exit:5"));
	tree_ready(&run, 2);
	tree_go(&run);
	cr_assert(eq(int, run_wait(&run), 5));
	if (signo) {
		snprintf(line, sizeof line, "a signal %d ", signo);
		tree_line(&run, line);
	}
	kill(tree_pid("a"), SIGUSR2);
	tree_line(&run, "a signal 12 ");
	kill(tree_pid("b"), SIGUSR2);
	tree_line(&run, "b signal 12 ");
	tree_end(&run, 5);
}

Test(e2e_names, dumb_init_terminates_the_group_when_main_ends)
{
	end_of_dumb_init("dumb-init", NO_OPTIONS, SIGTERM);
	end_of_dumb_init("dumb-init", WORDS("-r", "TERM:QUIT", "-r", "QUIT:INT"), SIGQUIT);
	end_of_dumb_init("dumb-init", WORDS("-r", "TERM:0"), 0);
	end_of_dumb_init("dumb-init", WORDS("-c"), 0);
	end_of_dumb_init("pidone", WORDS("-g"), 0);
	end_of_dumb_init("tini", WORDS("-g"), 0);
}

/* TERM once to each of the rest: the end of the group is a part of the drain. */
Test(e2e_names, dumb_init_with_a_grace_tells_the_group_once)
{
	start_as("dumb-init", SUBREAPER, NULL, WORDS("-t", "700ms"),
		 WORDS("(", "name:a", "end:0", "serve", ")", "(", "name:b", "setsid", "end:0",
		       "serve", ")", "read", "exit:5"));
	tree_ready(&run, 2);
	tree_go(&run);
	const char *text = tree_all(&run);
	tree_assert_drained(text, "a");
	tree_assert_drained(text, "b");
	tree_end(&run, 5);
}
