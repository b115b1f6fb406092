/* SPDX-License-Identifier: MIT */
/* Contract 6: the status init ends with, and what becomes of the rest by default. */
#define _GNU_SOURCE
#include "harness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(e2e_exit, .timeout = 60);

/* The status of "pidone -- COMMAND ARG ARG". */
static int status_of(enum mode mode, const char *command, const char *arg1, const char *arg2)
{
	return run_status(&(struct start){
		.mode = mode, .args = (const char *[]){ "--", command, arg1, arg2, NULL } });
}

/* ---- main's own -------------------------------------------------------------- */

BOTH_MODES(e2e_exit, every_status_of_main_is_that_of_init)
{
	char number[16];

	for (int status = 0; status < 256; status++) {
		snprintf(number, sizeof number, "%d", status);
		cr_expect(eq(int, status_of(mode, child_program("end-with"), "exit", number),
			     status));
	}
}

static bool is_fatal(int signo)
{
	static const int others[] = { SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP,
				      SIGTTIN, SIGTTOU, SIGURG,	 SIGWINCH };

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (signo == others[i])
			return false;
	return true;
}

/* 32 and 33 too, which libc keeps for itself, and the realtime ones. */
BOTH_MODES(e2e_exit, a_main_that_died_of_signal_n_gives_128_plus_n)
{
	char number[16];

	for (int signo = 1; signo <= 64; signo++) {
		if (!is_fatal(signo) || is_emulators(signo))
			continue;
		snprintf(number, sizeof number, "%d", signo);
		cr_expect(eq(int, status_of(mode, child_program("end-with"), "signal", number),
			     128 + signo));
	}
}

static void allow_core(void)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	if (chdir("/proc") < 0) /* where no core can be written */
		_exit(99);
}

/* With a core dump the wait status has one bit more. */
BOTH_MODES(e2e_exit, a_core_dump_does_not_change_the_status)
{
	cr_expect(
		eq(int,
		   run_status(&(struct start){ .mode = mode,
					       .args = (const char *[]){ child_program("end-with"),
									 "signal", "11", NULL },
					       .before_exec = allow_core }),
		   128 + 11));
}

BOTH_MODES(e2e_exit, a_main_killed_from_outside_gives_137)
{
	static struct run run;
	pid_t main_pid;

	run_start(&run, &(struct start){ .mode = mode,
					 .args = (const char *[]){ child_program("idle"), NULL } });
	WAIT_FOR((main_pid = only_child(run.pid)) > 0);
	cr_assert(zero(int, kill(main_pid, SIGKILL)));
	cr_expect(eq(int, run_wait(&run), 137));
	run_close(&run);
}

/* ---- COMMAND cannot be run ----------------------------------------------------- */

/* A directory with one of each kind of what cannot, or can, be executed. */
static char dir[4096];

static const char *in_dir(const char *name)
{
	static char path[2][8192];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
	return path[turn];
}

static void make_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	cr_assert(ge(int, fd, 0), "%s", name);
	cr_assert(eq(long, write(fd, text, strlen(text)), (long)strlen(text)));
	fchmod(fd, mode);
	close(fd);
}

static void make_dir(void)
{
	snprintf(dir, sizeof dir, "%s", scratch_make());
	mkdir(in_dir("denied"), 0755);
	mkdir(in_dir("good"), 0755);
	mkdir(in_dir("odd"), 0755);
	mkdir(in_dir("odd/prog"), 0755);
	make_file("denied/prog", "#!/bin/sh\nexit 20\n", 0644);
	make_file("good/prog", "#!/bin/sh\nexit 21\n", 0755);
	make_file("good/first", "#!/bin/sh\nexit 23\n", 0755);
	make_file("prog", "#!/bin/sh\nexit 22\n", 0755);
	make_file("no-format", "exit 24\n", 0755);
	make_file("empty", "", 0755);
	make_file("binary",
		  "\x7f"
		  "ELF-not",
		  0755);
	cr_assert(zero(int, symlink("loop", in_dir("loop"))));
	cr_assert(zero(int, symlink("nowhere", in_dir("dangling"))));
}

static void remove_dir(void)
{
	scratch_remove(dir);
}

TestSuite(e2e_exec, .timeout = 60, .init = make_dir, .fini = remove_dir);

BOTH_MODES(e2e_exec, a_command_that_is_not_there_gives_127)
{
	cr_expect(eq(int, status_of(mode, "no-such-command-anywhere", NULL, NULL), 127));
	cr_expect(eq(int, status_of(mode, in_dir("missing"), NULL, NULL), 127));
	cr_expect(eq(int, status_of(mode, "/no/such/directory/prog", NULL, NULL), 127));
	cr_expect(eq(int, status_of(mode, in_dir("dangling"), NULL, NULL), 127));
}

BOTH_MODES(e2e_exec, an_empty_command_name_gives_127)
{
	cr_expect(eq(int, status_of(mode, "", NULL, NULL), 127));
}

BOTH_MODES(e2e_exec, a_file_that_is_not_executable_gives_126)
{
	cr_expect(eq(int, status_of(mode, in_dir("denied/prog"), NULL, NULL), 126));
}

BOTH_MODES(e2e_exec, a_directory_gives_126)
{
	cr_expect(eq(int, status_of(mode, in_dir("odd"), NULL, NULL), 126));
}

/* As execvp(3). */
BOTH_MODES(e2e_exec, a_script_without_an_interpreter_is_run_by_the_shell)
{
	cr_expect(eq(int, status_of(mode, in_dir("no-format"), NULL, NULL), 24));
}

BOTH_MODES(e2e_exec, a_file_of_no_known_format_gives_126)
{
	cr_expect(eq(int, status_of(mode, in_dir("empty"), NULL, NULL), 126));
	cr_expect(eq(int, status_of(mode, in_dir("binary"), NULL, NULL), 126));
}

BOTH_MODES(e2e_exec, every_other_exec_error_gives_126)
{
	char name[6000] = "./";

	memset(name + 2, 'x', sizeof name - 3);
	cr_expect(eq(int, status_of(mode, in_dir("loop"), NULL, NULL), 126), "ELOOP");
	cr_expect(eq(int, status_of(mode, in_dir("prog/below"), NULL, NULL), 126), "ENOTDIR");
	cr_expect(eq(int, status_of(mode, name, NULL, NULL), 126), "ENAMETOOLONG");
}

/* ---- PATH ---------------------------------------------------------------------- */

static char path_variable[16384];

static void enter_dir(void)
{
	if (chdir(dir) < 0)
		_exit(99);
	setenv("PATH", path_variable, 1);
}

static void enter_dir_without_path(void)
{
	if (chdir(dir) < 0)
		_exit(99);
	unsetenv("PATH");
}

/* Runs `command` with a PATH in which each @ is the directory. */
static int status_with_path(enum mode mode, const char *path, const char *command)
{
	char *to = path_variable;

	for (; *path; path++)
		to += *path == '@' ? sprintf(to, "%s", dir) : sprintf(to, "%c", *path);
	*to = '\0';
	return run_status(&(struct start){ .mode = mode,
					   .args = (const char *[]){ command, NULL },
					   .before_exec = enter_dir });
}

BOTH_MODES(e2e_exec, path_is_searched_in_its_order)
{
	cr_expect(eq(int, status_with_path(mode, "@/good:@", "prog"), 21));
	cr_expect(eq(int, status_with_path(mode, "@:@/good", "prog"), 22));
	cr_expect(eq(int, status_with_path(mode, "@:@/good", "first"), 23));
	cr_expect(eq(int, status_with_path(mode, "/nowhere:@/prog:@/good", "prog"), 21));
}

BOTH_MODES(e2e_exec, an_empty_element_of_path_is_the_working_directory)
{
	cr_expect(eq(int, status_with_path(mode, "", "prog"), 22));
	cr_expect(eq(int, status_with_path(mode, ":@/good", "prog"), 22));
	cr_expect(eq(int, status_with_path(mode, "@/odd::@/good", "prog"), 22));
	cr_expect(eq(int, status_with_path(mode, "/nowhere:", "prog"), 22));
}

BOTH_MODES(e2e_exec, what_cannot_be_executed_does_not_end_the_search)
{
	cr_expect(eq(int, status_with_path(mode, "@/denied:@/good", "prog"), 21));
	cr_expect(eq(int, status_with_path(mode, "@/odd:@/good", "prog"), 21));
}

BOTH_MODES(e2e_exec, only_what_cannot_be_executed_gives_126)
{
	cr_expect(eq(int, status_with_path(mode, "@/denied:/nowhere", "prog"), 126));
	cr_expect(eq(int, status_with_path(mode, "@/odd:/nowhere", "prog"), 126));
	cr_expect(eq(int, status_with_path(mode, "@", "empty"), 126));
	cr_expect(eq(int, status_with_path(mode, "@/denied:/nowhere", "missing"), 127));
}

BOTH_MODES(e2e_exec, a_command_with_a_slash_is_not_looked_up)
{
	cr_expect(eq(int, status_with_path(mode, "@/good", "./prog"), 22));
	cr_expect(eq(int, status_with_path(mode, "@", "good/prog"), 21));
	cr_expect(eq(int, status_with_path(mode, "@/good", "./first"), 127));
}

BOTH_MODES(e2e_exec, an_element_of_path_that_is_too_long_is_passed_over)
{
	static char path[8192];

	memset(path, 'x', 5000);
	strcpy(path + 5000, ":@/good");
	path[0] = '/';
	cr_expect(eq(int, status_with_path(mode, path, "prog"), 21));
	strcpy(path + 5000, ":/nowhere");
	cr_expect(eq(int, status_with_path(mode, path, "prog"), 127));
}

BOTH_MODES(e2e_exec, without_path_the_usual_directories_are_searched)
{
	struct start start = { .mode = mode,
			       .args = (const char *[]){ "sh", "-c", "exit 31", NULL },
			       .before_exec = enter_dir_without_path };

	cr_expect(eq(int, run_status(&start), 31));
	start.args = (const char *[]){ "prog", NULL };
	cr_expect(eq(int, run_status(&start), 127));
}

/* init has changed its directory by then, COMMAND must not notice. */
BOTH_MODES(e2e_exec, a_relative_command_is_found_from_the_directory_of_the_start)
{
	struct start start = { .mode = mode,
			       .args = (const char *[]){ "good/../prog", NULL },
			       .before_exec = enter_dir_without_path };

	cr_expect(eq(int, run_status(&start), 22));
}

/* ---- init cannot start ------------------------------------------------------------ */

/* With a limit on processes, which root does not have. */
static void no_more_processes(void)
{
	if (setgid(64321) < 0 || setuid(64321) < 0 ||
	    setrlimit(RLIMIT_NPROC, &(struct rlimit){ 0, 0 }) < 0)
		_exit(99);
}

static void no_more_descriptors(void)
{
	setsid(); /* no terminal takes the only one */
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 3, 3 });
}

/* Nothing may have been started: the command would write a line. */
static void cannot_start(enum mode mode, void (*before_exec)(void))
{
	static struct run run;

	run_start(&run, &(struct start){ .mode = mode,
					 .args = (const char *[]){ "/bin/echo", "started", NULL },
					 .before_exec = before_exec });
	cr_expect(eq(int, run_wait(&run), 125));
	cr_expect(eq(str, (char *)read_stdout(&run), ""));
	run_close(&run);
}

BOTH_MODES(e2e_exit, a_failing_fork_gives_125)
{
	NEED_ROOT();
	cannot_start(mode, no_more_processes);
}

BOTH_MODES(e2e_exit, a_failing_signalfd_gives_125)
{
	cannot_start(mode, no_more_descriptors);
}

/* ---- the rest, by default --------------------------------------------------------- */

/* "left PID" of leave-behind; its end closes the last write end of stdout. */
Test(e2e_exit, as_pid_1_the_end_of_main_is_the_end_of_the_rest)
{
	static struct run run;

	NEED_ROOT();
	run_start(&run, &(struct start){
				.mode = PID1,
				.args = (const char *[]){ child_program("leave-behind"), NULL } });
	cr_expect(eq(int, run_wait(&run), 9));
	expect_line(&run, "left ");
	cr_expect(eq(str, (char *)read_stdout(&run), ""));
	run_close(&run);
}

Test(e2e_exit, as_subreaper_the_rest_lives_on_under_the_next_reaper)
{
	static struct run run;
	int left;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	run_start(&run, &(struct start){
				.args = (const char *[]){ child_program("leave-behind"), NULL } });
	cr_expect(eq(int, run_wait(&run), 9));
	cr_assert(eq(int, sscanf(expect_line(&run, "left "), "left %d", &left), 1));
	cr_expect(eq(int, (int)only_child(getpid()), left));
	cr_expect(zero(int, run_ended(&(struct run){ .pid = left }, 0)), "it was ended");
	kill(left, SIGKILL);
	waitpid(left, NULL, 0);
	run_close(&run);
}
