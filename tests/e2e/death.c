/* SPDX-License-Identifier: MIT */
/* Contract 7, "Why it died": one warning where main died of what did not come through init. */
#define _GNU_SOURCE
#include "deny.h"
#include "harness.h"
#include "pty.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[4096];

static void make_dir(void)
{
	snprintf(dir, sizeof dir, "%s", scratch_make());
}

static void remove_dir(void)
{
	scratch_remove(dir);
}

TestSuite(e2e_death, .timeout = 60, .init = make_dir, .fini = remove_dir);

static struct run run;

/* The one line that init may have said: it has each of the words up to a NULL. */
static void says(const char *word, ...)
{
	const char *err = read_stderr(&run), *end = strchr(err, '\n');
	va_list words;

	cr_expect(holds(strncmp(err, "pidone: main '", 14) == 0 && end && end[1] == '\0'),
		  "it is not one line: '%s'", err);
	va_start(words, word);
	for (; word; word = va_arg(words, const char *))
		cr_expect(holds(strstr(err, word) != NULL), "it does not say '%s': %s", word, err);
	va_end(words);
}

static void says_nothing(void)
{
	cr_expect(eq(str, (char *)read_stderr(&run), ""));
}

/* Runs it to its end, which has this status. */
static void ends(enum mode mode, const char *const *args, void (*before)(void), int status)
{
	run_start(&run, &(struct start){ .mode = mode, .args = args, .before_exec = before });
	cr_expect(eq(int, run_wait(&run), status));
}

#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void without_core(void)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
}

/* ---- what is explained ---------------------------------------------------------- */

BOTH_MODES(e2e_death, a_kill_from_outside_is_told)
{
	char pid[32];

	run_start(&run, &(struct start){ .mode = mode, .args = ARGS(child_program("idle")) });
	WAIT_FOR(only_child(run.pid) > 0 &&
		 strcmp(status_field(only_child(run.pid), "Name"), "idle") == 0);
	kill(only_child(run.pid), SIGKILL);
	cr_expect(eq(int, run_wait(&run), 128 + SIGKILL));
	snprintf(pid, sizeof pid, mode == PID1 ? "(pid 2)" : "(pid ");
	says("/idle'", pid, "SIGKILL", "did not come through init", NULL);
	run_close(&run);
}

BOTH_MODES(e2e_death, a_kill_from_inside_is_told)
{
	ends(mode, ARGS("sh", "-c", "sh -c 'kill -USR1 $PPID'; exit 3"), NULL, 128 + SIGUSR1);
	says("'sh'", "SIGUSR1", "did not come through init", NULL);
	run_close(&run);
}

BOTH_MODES(e2e_death, a_fault_is_told)
{
	ends(mode, ARGS(child_program("end-with"), "signal", "11"), without_core, 128 + SIGSEGV);
	says("SIGSEGV,", "did not come through init", NULL);
	run_close(&run);
}

static void with_core(void)
{
	if (chdir(dir) < 0 ||
	    setrlimit(RLIMIT_CORE, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY }) < 0)
		_exit(99);
}

/* Whether there is one is the machine's doing: as without init. */
BOTH_MODES(e2e_death, a_core_is_told)
{
	const char *program = child_program("end-with");
	int wstatus;
	pid_t pid = fork_or_die();

	if (pid == 0) {
		with_core();
		execl(program, program, "signal", "6", (char *)NULL);
		_exit(99);
	}
	waitpid(pid, &wstatus, 0);
	if (!WCOREDUMP(wstatus)) {
		remove_dir();
		cr_skip_test("no core is written here");
	}
	char whole[4200];
	cr_assert(holds(realpath(program, whole) != NULL));
	ends(mode, ARGS(whole, "signal", "6"), with_core, 128 + SIGABRT);
	says("SIGABRT (core dumped)", NULL);
	run_close(&run);
}

static void without_sync(void)
{
	without_core();
	if (deny_install(&(struct call){ SYS_sync, ANY, 0, 0 }, SECCOMP_RET_KILL_PROCESS, 0) < 0)
		_exit(99);
}

BOTH_MODES(e2e_death, a_forbidden_system_call_is_told)
{
	ends(mode, ARGS("sync"), without_sync, 128 + SIGSYS);
	says("SIGSYS", "seccomp", NULL);
	run_close(&run);
}

BOTH_MODES(e2e_death, with_v_a_death_by_a_forwarded_signal_is_named)
{
	run_start(&run, &(struct start){ .mode = mode, .args = ARGS("-v", child_program("idle")) });
	WAIT_FOR(only_child(run.pid) > 0 && init_waits(run.pid));
	kill(run.pid, SIGTERM);
	cr_expect(eq(int, run_wait(&run), 128 + SIGTERM));
	const char *err = read_stderr(&run);
	cr_expect(holds(strstr(err, "SIGTERM") && !strstr(err, "did not come")), "%s", err);
	run_close(&run);
}

/* ---- what is not ---------------------------------------------------------------- */

BOTH_MODES(e2e_death, nothing_is_said_of_an_exit)
{
	static const char *const statuses[] = { "0", "1", "137", "143", "255" };

	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
		ends(mode, ARGS(child_program("end-with"), "exit", statuses[i]), NULL,
		     atoi(statuses[i]));
		says_nothing();
		run_close(&run);
	}
}

static void signalled(enum mode mode, const char *const *args, int signo, int status)
{
	run_start(&run, &(struct start){ .mode = mode, .args = args });
	WAIT_FOR(only_child(run.pid) > 0 && init_waits(run.pid));
	kill(run.pid, signo);
	cr_expect(eq(int, run_wait(&run), status));
	says_nothing();
	run_close(&run);
}

BOTH_MODES(e2e_death, nothing_is_said_of_a_forwarded_signal)
{
	signalled(mode, ARGS(child_program("idle")), SIGTERM, 128 + SIGTERM);
	signalled(mode, ARGS(child_program("idle")), SIGUSR1, 128 + SIGUSR1);
	signalled(mode, ARGS(child_program("idle")), 40, 128 + 40);
	signalled(mode, ARGS("-g", child_program("idle")), SIGTERM, 128 + SIGTERM);
	signalled(mode, ARGS("-r", "TERM:ALRM", child_program("idle")), SIGTERM, 128 + SIGALRM);
}

/* The usual end of what is in a pipeline. */
BOTH_MODES(e2e_death, nothing_is_said_of_sigpipe)
{
	ends(mode, ARGS(child_program("end-with"), "signal", "13"), NULL, 128 + SIGPIPE);
	says_nothing();
	run_close(&run);
}

BOTH_MODES(e2e_death, what_k_did_is_not_called_a_stranger_s)
{
	run_start(&run,
		  &(struct start){ .mode = mode,
				   .args = ARGS("-k", "0", "sh", "-c",
						"trap '' TERM; echo ready; read x; read y") });
	expect_line(&run, "ready");
	kill(run.pid, SIGTERM);
	cr_expect(eq(int, run_wait(&run), 128 + SIGKILL));
	const char *err = read_stderr(&run);
	cr_expect(zero(ptr, strstr(err, "did not come")), "%s", err);
	cr_expect(holds(strstr(err, "SIGKILL") != NULL), "%s", err);
	run_close(&run);
}

BOTH_MODES(e2e_death, nothing_is_said_where_warnings_are_off)
{
	static const char *const env[] = { "TINI_VERBOSITY=0", "PATH=/usr/bin:/bin", NULL };

	run_start(&run, &(struct start){ .mode = mode,
					 .args = ARGS(child_program("end-with"), "signal", "9"),
					 .env = env });
	cr_expect(eq(int, run_wait(&run), 128 + SIGKILL));
	says_nothing();
	run_close(&run);
}

BOTH_MODES(e2e_death, nothing_is_said_of_a_key)
{
	static struct pty pty;
	static char text[4096];

	remove_dir(); /* pty_open() may skip the test */
	*dir = '\0';
	pty_open(&pty);
	pty_init(&pty, &run, mode, ARGS("sh", "-c", "echo ready; exec sleep 1000"));
	pty_expect(&pty, "ready");
	WAIT_FOR(only_child(run.pid) > 0 &&
		 strcmp(status_field(only_child(run.pid), "Name"), "sleep") == 0 &&
		 init_waits(run.pid));
	pty_type(&pty, "\003");
	int status = run_wait(&run);
	cr_expect(holds(status == 128 + SIGINT || status == 1000 + SIGINT), "%d", status);
	fcntl(pty.master, F_SETFL, O_NONBLOCK);
	ssize_t n = read(pty.master, text, sizeof text - 1);
	text[n < 0 ? 0 : n] = '\0';
	cr_expect(zero(ptr, strstr(text, "pidone")), "it says: %s", text);
	pty_close(&pty);
	make_dir();
}

/* The kernel sends a CONT behind it, which ended nothing. */
BOTH_MODES(e2e_death, the_last_signal_of_a_hang_up_is_hup)
{
	static struct pty pty;
	char file[4200], text[4096];

	snprintf(file, sizeof file, "%s/report", dir);
	pty_open(&pty);
	pty_init(&pty, &run, mode, ARGS("-R", file, "sh", "-c", "echo ready; exec sleep 1000"));
	pty_expect(&pty, "ready");
	WAIT_FOR(only_child(run.pid) > 0 &&
		 strcmp(status_field(only_child(run.pid), "Name"), "sleep") == 0 &&
		 init_waits(run.pid));
	close(pty.master);
	pty.master = -1;
	cr_expect(eq(int, run_wait(&run), 128 + SIGHUP));
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	cr_expect(holds(strstr(text, " last_signal=HUP ") != NULL), "%s", text);
	pty_close(&pty);
}

/* ---- who was late --------------------------------------------------------------- */

/* A name that could be taken for more of the line. */
BOTH_MODES(e2e_death, a_name_with_a_blank_is_quoted)
{
	char evil[4200], script[9000];

	if (symlink("/bin/sleep", (snprintf(evil, sizeof evil, "%s/a b=\"\033", dir), evil)) < 0)
		cr_fatal("%s: %s", evil, strerror(errno));
	snprintf(script, sizeof script, "trap '' TERM; cd %s; ./a* 1000 & exit 0", dir);
	ends(mode, ARGS("-t", "50ms", "sh", "-c", script), NULL, 0);
	const char *err = read_stderr(&run);
	cr_expect(holds(strstr(err, "name=\"a b=\\\"?\"\n") != NULL), "%s", err);
	run_close(&run);
}
