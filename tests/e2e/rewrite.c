/* SPDX-License-Identifier: MIT */
/* Contract 1, -r FROM:TO; contract 6, -e LIST. */
#define _GNU_SOURCE
#include "tree.h"

TREE_SUITE(e2e_rewrite);

static struct run run;

/* ---- -r ------------------------------------------------------------------ */

/* With these options each of the `count` signals arrives as what stands beside it. */
struct delivery {
	int sent, received;
};

static void delivers(enum mode mode, const char *const *options, const struct delivery *wanted,
		     int count)
{
	/* USR2 is never rewritten here, and ends it. */
	tree_start_ready(&run, 1, mode, options, WORDS("end:12", "serve"));
	for (int i = 0; i < count; i++)
		tree_hears(&run, "main", wanted[i].sent, wanted[i].received);
	tree_hears(&run, "main", SIGUSR2, SIGUSR2);
	tree_end(&run, 0);
}

#define DELIVERS(mode, options, ...)                                                               \
	delivers(mode, options, (const struct delivery[]){ __VA_ARGS__ },                          \
		 sizeof((const struct delivery[]){ __VA_ARGS__ }) / sizeof(struct delivery))

BOTH_MODES(e2e_rewrite, by_number)
{
	DELIVERS(mode, WORDS("-r", "15:3"), { 15, 3 }, { 3, 3 }, { 2, 2 });
}

BOTH_MODES(e2e_rewrite, by_name)
{
	DELIVERS(mode, WORDS("-r", "TERM:QUIT", "-r", "SIGHUP:sigusr1", "-r", "int:3"),
		 { SIGTERM, SIGQUIT }, { SIGHUP, SIGUSR1 }, { SIGINT, SIGQUIT });
}

BOTH_MODES(e2e_rewrite, by_long_option)
{
	DELIVERS(mode, WORDS("--rewrite=TERM:QUIT", "--rewrite", "HUP:INT"), { SIGTERM, SIGQUIT },
		 { SIGHUP, SIGINT });
}

/* 37 is what systemd and every glibc program call SIGRTMIN+3. */
BOTH_MODES(e2e_rewrite, to_and_from_realtime_signals)
{
	DELIVERS(mode, WORDS("-r", "TERM:RTMIN+3", "-r", "SIGRTMAX-1:HUP", "-r", "RTMIN:RTMAX"),
		 { SIGTERM, 37 }, { 63, SIGHUP }, { 34, 64 });
}

/* The signals that no libc lets a program name. */
BOTH_MODES(e2e_rewrite, to_and_from_the_signals_of_libc)
{
	DELIVERS(mode, WORDS("-r", "32:33", "-r", "HUP:32"), { 32, 33 }, { SIGHUP, 32 });
}

/* A dropped one would come before the next: it has the lower number, and was sent before. */
BOTH_MODES(e2e_rewrite, zero_drops)
{
	tree_start_ready(&run, 1, mode, WORDS("-r", "HUP:0", "-r", "2:0"),
			 WORDS("end:12", "serve"));
	kill(run.pid, SIGHUP);
	kill(run.pid, SIGINT);
	tree_hears(&run, "main", SIGUSR1, SIGUSR1);
	tree_hears(&run, "main", SIGUSR2, SIGUSR2);
	tree_end(&run, 0);
}

BOTH_MODES(e2e_rewrite, the_last_rule_wins)
{
	DELIVERS(mode,
		 WORDS("-r", "TERM:QUIT", "-r", "TERM:HUP", "-r", "INT:0", "-r", "INT:USR1", "-r",
		       "QUIT:INT", "-r", "QUIT:QUIT"),
		 { SIGTERM, SIGHUP }, { SIGINT, SIGUSR1 }, { SIGQUIT, SIGQUIT });
}

BOTH_MODES(e2e_rewrite, a_chain_is_not_followed)
{
	DELIVERS(mode, WORDS("-r", "TERM:INT", "-r", "INT:QUIT", "-r", "QUIT:TERM"),
		 { SIGTERM, SIGINT }, { SIGINT, SIGQUIT }, { SIGQUIT, SIGTERM });
}

BOTH_MODES(e2e_rewrite, to_kill_ends_main)
{
	tree_start_ready(&run, 1, mode, WORDS("-r", "TERM:KILL"), WORDS("end:0", "serve"));
	kill(run.pid, SIGTERM);
	tree_end(&run, 128 + SIGKILL);
}

BOTH_MODES(e2e_rewrite, to_stop_stops_main)
{
	tree_start_ready(&run, 1, mode, WORDS("-r", "USR1:STOP"), WORDS("end:12", "serve"));
	kill(run.pid, SIGUSR1);
	cr_assert(wait_state(tree_outer_pid(&run, "main"), "T"));
	tree_hears(&run, "main", SIGCONT, SIGCONT);
	kill(run.pid, SIGUSR2);
	tree_end(&run, 0);
}

/* ... and the sender, which from outside the namespace is nobody there. */
BOTH_MODES(e2e_rewrite, a_value_stays_with_its_signal)
{
	static const struct delivery wanted[] = { { SIGUSR1, 37 }, { 40, SIGHUP }, { 50, 50 } };
	char line[64];

	tree_start_ready(&run, 1, mode, WORDS("-r", "USR1:RTMIN+3", "-r", "40:HUP"),
			 WORDS("end:12", "serve"));
	for (int i = 0; i < 3; i++) {
		sigqueue(run.pid, wanted[i].sent, (union sigval){ .sival_int = 4711 + i });
		snprintf(line, sizeof line, "main signal %d pid %d value %d", wanted[i].received,
			 mode == PID1 ? 0 : (int)getpid(), 4711 + i);
		tree_line(&run, line);
	}
	kill(run.pid, SIGUSR2);
	tree_end(&run, 0);
}

BOTH_MODES(e2e_rewrite, with_group_all_of_the_group_has_it_rewritten)
{
	tree_start_ready(&run, 3, mode, WORDS("-g", "-r", "TERM:QUIT"),
			 WORDS("(", "name:a", "end:3", "serve", ")", "(", "name:b", "end:3",
			       "serve", ")", "end:12", "status:6", "serve"));
	kill(run.pid, SIGTERM);
	char lines[256] = "";
	for (int i = 0; i < 3; i++) {
		strcat(lines, read_line(&run));
		strcat(lines, "\n");
	}
	cr_assert(eq(int, tree_got(lines, "a", SIGQUIT), 1), "%s", lines);
	cr_assert(eq(int, tree_got(lines, "b", SIGQUIT), 1), "%s", lines);
	cr_assert(eq(int, tree_got(lines, "main", SIGQUIT), 1), "%s", lines);
	kill(run.pid, SIGUSR2);
	tree_end(&run, 6);
}

/* ---- -e ------------------------------------------------------------------ */

/* Each status of the list ends as 0; those of the other list as they are. */
static void remaps(enum mode mode, const char *const *options, const char *zero, const char *kept)
{
	for (int pass = 0; pass < 2; pass++)
		for (const char *at = pass ? kept : zero; *at; at += *at == ' ') {
			char *end, word[16];
			long status = strtol(at, &end, 10);
			/* Above 128: a death by signal, as most of them are. */
			if (status > 128 && status <= 192)
				snprintf(word, sizeof word, "die:%ld", status - 128);
			else
				snprintf(word, sizeof word, "exit:%ld", status);
			tree_start(&run, mode, options, WORDS(word));
			tree_end(&run, pass ? (int)status : 0);
			at = end;
		}
}

BOTH_MODES(e2e_rewrite, exit_statuses_by_number)
{
	remaps(mode, WORDS("-e", "143"), "143", "142 1 0 255 137");
}

BOTH_MODES(e2e_rewrite, exit_statuses_by_list_and_repeated)
{
	remaps(mode, WORDS("-e", "1,2,143", "-e", "7", "--remap-exit=255"), "1 2 143 7 255",
	       "3 6 8 254 129");
}

BOTH_MODES(e2e_rewrite, exit_statuses_by_range)
{
	remaps(mode, WORDS("-e", "130-143,5-5"), "130 137 143 5", "129 144 4 6");
}

BOTH_MODES(e2e_rewrite, exit_statuses_by_name)
{
	remaps(mode, WORDS("-e", "TERM,sigint,RTMIN+3", "-e", "SIGHUP"), "143 130 165 129",
	       "137 131 166");
}

/* A program may say 143 itself, and one that died of TERM has it too: both are 143. */
BOTH_MODES(e2e_rewrite, exit_statuses_are_those_after_a_death_by_signal)
{
	tree_start(&run, mode, WORDS("-e", "TERM"), WORDS("exit:143"));
	tree_end(&run, 0);
	/* 15 is the signal's number, not the status it makes. */
	remaps(mode, WORDS("-e", "15"), "15", "143");
}

BOTH_MODES(e2e_rewrite, a_command_that_is_not_found_can_be_mapped)
{
	cr_assert(eq(int,
		     run_status(&(struct start){ .mode = mode,
						 .args = WORDS("-e", "127", "/nonexistent") }),
		     0));
}

BOTH_MODES(e2e_rewrite, a_graceful_stop_of_a_program_that_dies_of_term_is_0)
{
	tree_start_ready(&run, 1, mode, WORDS("-e", "143"), WORDS("plain"));
	kill(run.pid, SIGTERM);
	tree_end(&run, 0);
}

/* ---- what is refused ------------------------------------------------------ */

/* Status 1, one line that names the option and the value, and the hint. */
static void refuses(const char *option, const char *value)
{
	const char *err;
	char quoted[64];

	run_start(&run,
		  &(struct start){ .mode = SUBREAPER, .args = WORDS(option, value, "--", "true") });
	int status = run_wait(&run);
	err = read_stderr(&run);
	snprintf(quoted, sizeof quoted, "'%s'", value);
	cr_assert(eq(int, status, 1), "%s %s: %s", option, value, err);
	cr_assert(strstr(err, option) && strstr(err, quoted) && strstr(err, "--help"), "%s %s: %s",
		  option, value, err);
	run_close(&run);
}

Test(e2e_rewrite, malformed_rules_are_refused)
{
	static const char *const values[] = { "",	    ":",	 "TERM",      "TERM:",
					      ":TERM",	    "0:15",	 "65:15",     "15:65",
					      "15:-1",	    "TERM:NONE", "TERM:INT:", "15:3 ",
					      "KILL:15",    "STOP:TERM", "CHLD:USR1", "RTMIN+31:1",
					      "RTMAX-31:1", "15 :3",	 "1.5:3" };

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		refuses("-r", values[i]);
}

Test(e2e_rewrite, malformed_lists_of_statuses_are_refused)
{
	static const char *const values[] = { "",     ",",    "1,",	",1",	 "1,,2",  "256",
					      "-1",   "2-1",  "1-",	"1-256", "1-2-3", "NONE",
					      "1, 2", "0x10", "TERM-2", "1-TERM" };

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		refuses("-e", values[i]);
}

Test(e2e_rewrite, malformed_times_are_refused)
{
	static const char *const values[] = { "",    "s",  "-1",  "1d",	 "1.",	  ".5",
					      "1s ", " 1", "1 s", "1S",	 "1.5.5", "1000000",
					      "1e3", "+1", "0x1", "inf", "1mss" };

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		refuses("-t", values[i]);
		refuses("-k", values[i]);
	}
}
