/* SPDX-License-Identifier: MIT */
/* Contract 6: which signals mean "end", who gets them, how often, and a person in a hurry. */
#define _GNU_SOURCE
#include "tree.h"

TREE_SUITE(e2e_stop_signals);

static struct run run;

enum { KILLED = 128 + SIGKILL, RTMIN_3 = 37, MERGED_MS = 10 };

/* With `-k 0` what counts as a stop signal kills main at once. */
static void starts_the_clock(enum mode mode, const char *const *options, int signo)
{
	tree_start_ready(&run, 1, mode, options, WORDS("end:0", "serve"));
	kill(run.pid, signo);
	tree_end(&run, KILLED);
}

/* And what does not leaves it alone: main ends by the next signal. */
static void starts_no_clock(enum mode mode, const char *const *options, int signo)
{
	char line[32];

	tree_start_ready(&run, 1, mode, options, WORDS("end:12", "status:5", "serve"));
	kill(run.pid, signo);
	snprintf(line, sizeof line, "main signal %d ", signo);
	tree_line(&run, line);
	tree_hears(&run, "main", SIGUSR2, SIGUSR2);
	tree_end(&run, 5);
}

/* ---- -S and its default -------------------------------------------------------------- */

/* It asks a JVM or a Go program for a dump. */
BOTH_MODES(e2e_stop_signals, quit_is_none_by_default)
{
	starts_no_clock(mode, WORDS("-k", "0"), SIGQUIT);
}

BOTH_MODES(e2e_stop_signals, term_and_int_are_by_default)
{
	starts_the_clock(mode, WORDS("-k", "0"), SIGTERM);
	starts_the_clock(mode, WORDS("-k", "0"), SIGINT);
}

BOTH_MODES(e2e_stop_signals, those_of_the_list_are_and_no_others)
{
	static const int signals[] = { SIGWINCH, SIGUSR1, RTMIN_3 };

	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		starts_the_clock(mode, WORDS("-S", "WINCH,10,RTMIN+3", "-k", "0"), signals[i]);
	starts_no_clock(mode, WORDS("-S", "WINCH,10,RTMIN+3", "-k", "0"), SIGTERM);
	starts_no_clock(mode, WORDS("-S", "WINCH,10,RTMIN+3", "-k", "0"), SIGINT);
}

/* As it came, or as -r makes it. */
BOTH_MODES(e2e_stop_signals, a_rewritten_one_counts)
{
	starts_the_clock(mode, WORDS("-r", "RTMIN+3:TERM", "-k", "0"), RTMIN_3);
	starts_the_clock(mode, WORDS("-r", "TERM:WINCH", "-k", "0"), SIGTERM);
	starts_the_clock(mode, WORDS("-S", "WINCH", "-r", "TERM:WINCH", "-k", "0"), SIGTERM);
}

/* ---- pause ---------------------------------------------------------------------------- */

static void start_pause(enum mode mode, const char *const *options)
{
	run_start(&run, &(struct start){ .mode = mode, .args = options });
	WAIT_FOR(init_waits(run.pid));
}

BOTH_MODES(e2e_stop_signals, a_pause_ends_by_those_of_the_list)
{
	start_pause(mode, WORDS("-P", "-S", "USR1"));
	kill(run.pid, SIGUSR1);
	cr_expect(zero(int, run_wait(&run)));
	run_close(&run);
	/* TERM is no stop signal here; it has been taken when RTMIN+3 ends it. */
	start_pause(mode, WORDS("-P", "-S", "RTMIN+3", "-R", "-"));
	kill(run.pid, SIGTERM);
	kill(run.pid, RTMIN_3);
	cr_expect(zero(int, run_wait(&run)));
	cr_expect(holds(strstr(read_stderr(&run), " last_signal=RTMIN+3 ")));
	run_close(&run);
}

/* As under lxc. */
BOTH_MODES(e2e_stop_signals, a_pause_obeys_rewriting)
{
	start_pause(mode, WORDS("-P", "-r", "RTMIN+3:TERM"));
	kill(run.pid, RTMIN_3);
	cr_expect(zero(int, run_wait(&run)));
	run_close(&run);
}

/* ---- -a: it is passed on ---------------------------------------------------------------- */

/* The daemon of a main that ends of the signal: told once, when main ends. */
BOTH_MODES(e2e_stop_signals, with_wait_all_one_that_ended_main_is_passed_on_once)
{
	tree_start_ready(
		&run, 2, mode, WORDS("-a"),
		WORDS("(", "name:d", "setsid", "end:12", "serve", ")", "status:4", "serve"));
	tree_hears(&run, "main", SIGTERM, SIGTERM);
	tree_line(&run, "d signal 15 ");
	tree_wait_alone(&run, "d");
	tree_hears(&run, "d", SIGUSR2, SIGUSR2);
	tree_end(&run, 4);
}

/* Not before: main may want to end in order. */
BOTH_MODES(e2e_stop_signals, with_wait_all_it_is_not_passed_on_while_main_lives)
{
	tree_start_ready(&run, 2, mode, WORDS("-a"),
			 WORDS("(", "name:d", "setsid", "serve", ")", "end:12", "serve"));
	tree_hears(&run, "main", SIGTERM, SIGTERM);
	tree_signal(&run, "d", SIGUSR1);
	tree_hears(&run, "main", SIGUSR2, SIGUSR2);
	tree_line(&run, "d signal 15 ");
	tree_end(&run, 0);
}

BOTH_MODES(e2e_stop_signals, with_wait_all_it_is_passed_on_as_it_is_rewritten)
{
	tree_start_ready(&run, 2, mode, WORDS("-a", "-r", "TERM:HUP"),
			 WORDS("(", "name:d", "setsid", "end:1", "serve", ")", "end:1", "serve"));
	tree_hears(&run, "main", SIGTERM, SIGHUP);
	tree_line(&run, "d signal 1 ");
	tree_end(&run, 0);
}

/* nginx started as a daemon wants its QUIT. */
static void gets_what_came(enum mode mode, const char *const *options, int sent, int got)
{
	tree_start_ready(&run, 1, mode, options,
			 WORDS("(", "name:d", "setsid", "end:18", "serve", ")", "read", "exit:3"));
	tree_go(&run);
	tree_wait_alone(&run, "d");
	kill(run.pid, sent);
	const char *text = tree_all(&run);
	cr_expect(eq(int, tree_got(text, "d", got), 1), "%s", text);
	cr_expect(eq(int, tree_got(text, "d", SIGCONT), 1), "%s", text);
	cr_expect(eq(int, tree_signals(text, "d"), 2), "%s", text);
	tree_end(&run, 3);
}

BOTH_MODES(e2e_stop_signals, with_wait_all_and_grace_the_rest_gets_what_came)
{
	gets_what_came(mode, WORDS("-a", "-t", "1h", "-S", "QUIT"), SIGQUIT, SIGQUIT);
	gets_what_came(mode, WORDS("-a", "-t", "1h", "-r", "TERM:QUIT"), SIGTERM, SIGQUIT);
	gets_what_came(mode, WORDS("-a", "-t", "1h"), SIGINT, SIGINT);
}

/* It came while main was alive. */
BOTH_MODES(e2e_stop_signals, with_wait_all_and_grace_the_rest_gets_what_had_come)
{
	tree_start_ready(&run, 2, mode, WORDS("-a", "-t", "1h", "-r", "TERM:QUIT"),
			 WORDS("(", "name:d", "setsid", "end:18", "serve", ")", "end:3", "serve"));
	kill(run.pid, SIGTERM);
	const char *text = tree_all(&run);
	cr_expect(eq(int, tree_got(text, "main", SIGQUIT), 1), "%s", text);
	cr_expect(eq(int, tree_got(text, "d", SIGQUIT), 1), "%s", text);
	cr_expect(eq(int, tree_signals(text, "d"), 2), "%s", text);
	tree_end(&run, 0);
}

/* ---- -g: nobody gets two ------------------------------------------------------------------ */

/* The README's own example: to celery and compose the second means "drop everything". */
BOTH_MODES(e2e_stop_signals, with_group_and_grace_each_has_it_once)
{
	tree_start_ready(&run, 3, mode, WORDS("-g", "-t", "1h"),
			 WORDS("(", "name:member", "end:18", "serve", ")", "(", "name:other",
			       "setsid", "end:18", "serve", ")", "serve"));
	kill(run.pid, SIGTERM);
	const char *text = tree_all(&run);
	cr_expect(eq(int, tree_got(text, "main", SIGTERM), 1), "%s", text);
	tree_assert_drained(text, "member");
	tree_assert_drained(text, "other");
	tree_end(&run, 0);
}

BOTH_MODES(e2e_stop_signals, with_group_and_wait_all_each_has_it_once)
{
	tree_start_ready(&run, 3, mode, WORDS("-g", "-a"),
			 WORDS("(", "name:member", "end:40", "serve", ")", "(", "name:other",
			       "setsid", "end:40", "serve", ")", "serve"));
	pid_t member = tree_outer_pid(&run, "member"), other = tree_outer_pid(&run, "other");
	kill(run.pid, SIGTERM);
	/* The others are told when main has ended, and that is when they are init's. */
	WAIT_FOR(atoi(status_field(member, "PPid")) == run.pid &&
		 atoi(status_field(other, "PPid")) == run.pid && count_children(run.pid) == 2);
	kill(run.pid, 40); /* behind TERM, where both wait */
	const char *text = tree_all(&run);
	cr_expect(eq(int, tree_got(text, "member", SIGTERM), 1), "%s", text);
	cr_expect(eq(int, tree_got(text, "other", SIGTERM), 1), "%s", text);
	tree_end(&run, 0);
}

/* Without -g main alone has had it: the group has to be told. */
BOTH_MODES(e2e_stop_signals, without_group_a_member_is_told_by_the_drain)
{
	tree_start_ready(&run, 2, mode, WORDS("-t", "1h"),
			 WORDS("(", "name:member", "end:18", "serve", ")", "serve"));
	tree_hears(&run, "main", SIGTERM, SIGTERM);
	tree_assert_drained(tree_all(&run), "member");
	tree_end(&run, 0);
}

/* ---- two are one ---------------------------------------------------------------------------- */

/* Realtime ones are queued, so both of them come, in the same instant. */
BOTH_MODES(e2e_stop_signals, two_equal_ones_of_one_sender_are_one)
{
	tree_start_ready(&run, 1, mode, WORDS("-S", "RTMIN+3"), WORDS("end:12", "serve"));
	kill(run.pid, SIGSTOP);
	WAIT_FOR(process_state(run.pid) == 'T');
	kill(run.pid, RTMIN_3);
	kill(run.pid, RTMIN_3);
	tree_hears(&run, "main", SIGCONT, SIGCONT);
	tree_line(&run, "main signal 37 ");
	tree_hears(&run, "main", SIGUSR2, SIGUSR2);
	tree_end(&run, 0);
}

/* As timeout(1) does it: one to its child, one to the group. Between the two the first is read. */
BOTH_MODES(e2e_stop_signals, a_term_behind_a_term_is_one)
{
	enum { ROUNDS = 100, SURELY_MS = 5 };
	int seen = 0;

	tree_start_ready(&run, 1, mode, WORDS("-c"), WORDS("end:12", "serve"));
	for (int round = 0; round < ROUNDS && seen < 5; round++) {
		/* Another signal each time: the last one may be less than 10 ms ago. */
		int signo = round % 2 ? SIGINT : SIGTERM;
		char line[32];
		snprintf(line, sizeof line, "main signal %d ", signo);
		long long before = clock_ms();
		kill(run.pid, signo);
		tree_line(&run, line);
		kill(run.pid, signo);
		bool at_once = clock_ms() - before < SURELY_MS;
		WAIT_FOR(strcmp(status_field(run.pid, "ShdPnd"), "0000000000000000") == 0 &&
			 process_state(run.pid) == 'S');
		at_once = at_once && clock_ms() - before < SURELY_MS;
		kill(run.pid, SIGUSR1);
		const char *next = read_line(&run);
		if (at_once)
			cr_assert(holds(strncmp(next, "main signal 10 ", 15) == 0), "%s", next);
		else if (strncmp(next, line, strlen(line)) == 0)
			tree_line(&run, "main signal 10 ");
		seen += at_once;
	}
	tree_hears(&run, "main", SIGUSR2, SIGUSR2);
	tree_end(&run, 0);
	if (seen == 0)
		cr_skip_test("this machine is too slow to send two signals within 5 ms");
}

/* Later, or from somebody else: a wish of its own. */
BOTH_MODES(e2e_stop_signals, a_later_one_or_another_senders_is_a_second_one)
{
	tree_start_ready(&run, 1, mode, WORDS("-c"), WORDS("end:12", "serve"));
	tree_hears(&run, "main", SIGTERM, SIGTERM);
	long long since = clock_ms();
	WAIT_FOR(clock_ms() > since + MERGED_MS + 1);
	tree_hears(&run, "main", SIGTERM, SIGTERM);
	tree_hears(&run, "main", SIGUSR1, SIGUSR1);
	/* What is no stop signal is repeated as often as it comes. */
	tree_hears(&run, "main", SIGUSR1, SIGUSR1);
	tree_hears(&run, "main", SIGUSR2, SIGUSR2);
	tree_end(&run, 0);
}

/* As PID 1 all senders outside of the namespace have one number. */
Test(e2e_stop_signals, one_of_another_sender_is_a_second_one)
{
	tree_start_ready(&run, 1, SUBREAPER, WORDS("-S", "RTMIN+3"), WORDS("end:12", "serve"));
	kill(run.pid, SIGSTOP);
	WAIT_FOR(process_state(run.pid) == 'T');
	for (int i = 0; i < 2; i++) {
		pid_t sender = fork_or_die();
		if (sender == 0)
			_exit(kill(run.pid, RTMIN_3) < 0);
		cr_assert(eq(int, waitpid(sender, NULL, 0), sender));
	}
	tree_hears(&run, "main", SIGCONT, SIGCONT);
	tree_line(&run, "main signal 37 ");
	tree_line(&run, "main signal 37 ");
	tree_hears(&run, "main", SIGUSR2, SIGUSR2);
	tree_end(&run, 0);
}

/* ---- in a hurry ----------------------------------------------------------------------------- */

/* Main has ended, and somebody is left that no signal but KILL ends. */
static void start_drain(enum mode mode, int signo)
{
	tree_start_ready(&run, 1, mode, WORDS("-t", "1h"),
			 WORDS("(", "name:a", "setsid", "end:0", "serve", ")", "read", "exit:3"));
	tree_go(&run);
	tree_line(&run, "a signal 15 ");
	tree_line(&run, "a signal 18 ");
	kill(run.pid, signo);
}

BOTH_MODES(e2e_stop_signals, a_second_int_in_the_grace_ends_it)
{
	start_drain(mode, SIGINT);
	/* It was taken: what comes behind it is here. */
	tree_hears(&run, "a", SIGUSR1, SIGUSR1);
	/* Nobody types faster; two at once are one. */
	long long since = clock_ms();
	WAIT_FOR(clock_ms() > since + MERGED_MS + 1);
	kill(run.pid, SIGINT);
	tree_all(&run);
	tree_end(&run, 3);
}

/* Engines repeat the others. */
BOTH_MODES(e2e_stop_signals, a_second_term_in_the_grace_does_not_end_it)
{
	start_drain(mode, SIGTERM);
	tree_hears(&run, "a", SIGUSR1, SIGUSR1);
	kill(run.pid, SIGTERM);
	tree_hears(&run, "a", SIGUSR1, SIGUSR1);
	cr_expect(not(run_ended(&run, 0)));
	kill(tree_outer_pid(&run, "a"), SIGKILL);
	tree_all(&run);
	tree_end(&run, 3);
}

/* One is enough where a stop signal began it. */
BOTH_MODES(e2e_stop_signals, an_int_behind_the_term_that_began_the_grace_ends_it)
{
	tree_start_ready(&run, 2, mode, WORDS("-t", "1h"),
			 WORDS("(", "name:a", "setsid", "end:0", "serve", ")", "serve"));
	tree_hears(&run, "main", SIGTERM, SIGTERM);
	tree_line(&run, "a signal 15 ");
	tree_line(&run, "a signal 18 ");
	kill(run.pid, SIGINT);
	tree_all(&run);
	tree_end(&run, 0);
}
