/* SPDX-License-Identifier: MIT */
/* start.c: the environment and the lookup. Every exec error: e2e_exit.c. */
#define _GNU_SOURCE
#include "harness.h"
#include "pidone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The tests' own environments are gone when exit handlers look at it. */
static char **own_environ;

static void keep_environ(void)
{
	own_environ = environ;
}

static void restore_environ(void)
{
	environ = own_environ;
}

TestSuite(start, .timeout = 60, .init = keep_environ, .fini = restore_environ);

/* ---- retarget_environment ------------------------------------------------------- */

Test(start, the_pid_of_init_becomes_that_of_main)
{
	char *env[] = { "A=1", "LISTEN_PID=77", "WATCHDOG_PID=77", "LISTEN_PIDX=77", NULL };

	environ = env;
	retarget_environment(77, 4711);
	cr_expect(eq(str, env[0], "A=1"));
	cr_expect(eq(str, env[1], "LISTEN_PID=4711"));
	cr_expect(eq(str, env[2], "WATCHDOG_PID=4711"));
	cr_expect(eq(str, env[3], "LISTEN_PIDX=77"));
	cr_expect(zero(ptr, env[4]));
}

Test(start, the_largest_pid_fits)
{
	char *env[] = { "LISTEN_PID=1", "WATCHDOG_PID=1", NULL };

	environ = env;
	retarget_environment(1, 2147483647);
	cr_expect(eq(str, env[0], "LISTEN_PID=2147483647"));
	cr_expect(eq(str, env[1], "WATCHDOG_PID=2147483647"));
}

Test(start, any_other_value_is_left_alone)
{
	static char *const others[] = { "LISTEN_PID=",
					"LISTEN_PID=0",
					"LISTEN_PID=11",
					"LISTEN_PID=01",
					"LISTEN_PID=1 ",
					"LISTEN_PID= 1",
					"LISTEN_PID=+1",
					"LISTEN_PID=1x",
					"LISTEN_PID=-1",
					"LISTEN_PID=0x1",
					"LISTEN_PID",
					"LISTEN_FDS=1",
					"LISTEN_PID==1",
					"listen_pid=1",
					"WATCHDOG_USEC=1",
					"WATCHDOG_PID=1.0",
					"=1",
					"",
					"LISTEN_PID=4294967297",
					"LISTEN_PID=18446744073709551617" };
	enum { COUNT = sizeof others / sizeof others[0] };
	char *env[COUNT + 1] = { NULL };

	memcpy(env, others, sizeof others);
	environ = env;
	retarget_environment(1, 4711);
	for (int i = 0; i < COUNT; i++)
		cr_expect(eq(ptr, env[i], others[i]), "'%s' became '%s'", others[i], env[i]);
}

Test(start, the_same_variable_twice_is_changed_twice)
{
	char *env[] = { "LISTEN_PID=1", "LISTEN_PID=1", NULL };

	environ = env;
	retarget_environment(1, 5);
	cr_expect(eq(str, env[0], "LISTEN_PID=5"));
	cr_expect(eq(str, env[1], "LISTEN_PID=5"));
}

Test(start, the_pidfd_of_init_is_taken_out_where_its_pid_is_changed)
{
	char *env[] = { "LISTEN_PIDFDID=99",
			"A=1",
			"LISTEN_PID=77",
			"LISTEN_PIDFDID=99",
			"LISTEN_PIDFD=5",
			"B=22",
			NULL };

	environ = env;
	retarget_environment(77, 4711);
	cr_expect(eq(str, env[0], "A=1"));
	cr_expect(eq(str, env[1], "LISTEN_PID=4711"));
	cr_expect(eq(str, env[2], "LISTEN_PIDFD=5"));
	cr_expect(eq(str, env[3], "B=22"));
	cr_expect(zero(ptr, env[4]));
}

Test(start, the_pidfd_of_another_process_stays)
{
	char *env[] = { "LISTEN_PID=78", "LISTEN_PIDFDID=99", "WATCHDOG_PID=77", NULL };

	environ = env;
	retarget_environment(77, 4711);
	cr_expect(eq(str, env[0], "LISTEN_PID=78"));
	cr_expect(eq(str, env[1], "LISTEN_PIDFDID=99"));
	cr_expect(eq(str, env[2], "WATCHDOG_PID=4711"));
}

Test(start, an_environment_that_is_not_there_is_survived)
{
	environ = NULL;
	retarget_environment(1, 5);
	cr_expect(zero(ptr, environ));
}

/* ---- env_value ------------------------------------------------------------------- */

Test(start, a_variable_is_found_by_its_whole_name)
{
	char *env[] = { "AB=1", "A=2=3", "A=4", "BC", "B=", NULL }, *none[] = { NULL };

	environ = env;
	cr_expect(eq(str, (char *)env_value("AB"), "1"));
	cr_expect(eq(str, (char *)env_value("A"), "2=3"), "the first one counts");
	cr_expect(eq(str, (char *)env_value("B"), ""));
	cr_expect(eq(ptr, (void *)env_value("BC"), NULL), "it has no value");
	cr_expect(eq(ptr, (void *)env_value("C"), NULL));
	environ = none;
	cr_expect(eq(ptr, (void *)env_value("A"), NULL));
	environ = NULL;
	cr_expect(eq(ptr, (void *)env_value("A"), NULL));
}

/* ---- exec_command --------------------------------------------------------------- */

/* What "sh -c 'exit 7'" gives with this PATH: 7, or 100 + errno. */
static int exec_with(const char *path, char *const argv[])
{
	int wstatus;
	pid_t pid = fork_or_die();

	if (pid == 0) {
		if (path)
			setenv("PATH", path, 1);
		else
			unsetenv("PATH");
		exec_command(argv);
		_exit(100 + errno);
	}
	cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
	return WEXITSTATUS(wstatus);
}

static char *const shell[] = { "sh", "-c", "exit 7", NULL };

Test(start, a_command_is_found_in_path)
{
	cr_expect(eq(int, exec_with("/bin", shell), 7));
	cr_expect(eq(int, exec_with("/nowhere:/bin", shell), 7));
	cr_expect(eq(int, exec_with("/nowhere:/bin:", shell), 7));
	cr_expect(eq(int, exec_with(NULL, shell), 7));
	cr_expect(
		eq(str, (char *)(unsetenv("PATH"), search_path()), "/usr/local/bin:/bin:/usr/bin"));
}

Test(start, a_command_outside_of_path_is_not_found)
{
	cr_expect(eq(int, exec_with("/nowhere", shell), 100 + ENOENT));
	cr_expect(eq(int, exec_with("/nowhere:/etc/passwd", shell), 100 + ENOENT));
}

Test(start, an_empty_element_is_the_working_directory)
{
	static const char *const paths[] = { "", ":", ":/nowhere", "/nowhere:", "/nowhere::/none" };

	cr_assert(zero(int, chdir("/bin")));
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		cr_expect(eq(int, exec_with(paths[i], shell), 7), "'%s'", paths[i]);
}

Test(start, a_command_that_is_too_long_is_not_found_in_path)
{
	static char name[6000];
	char *const argv[] = { name, NULL };

	memset(name, 'x', sizeof name - 1);
	cr_expect(eq(int, exec_with("/bin:/usr/bin", argv), 100 + ENOENT));
}

/* Where bash says 127 as well: nothing was found. */
Test(start, a_directory_of_path_that_may_not_be_entered_is_passed_over)
{
	if (geteuid() != 0)
		cr_skip_test("needs root");
	char dir[] = "/tmp/pidone-test-XXXXXX", path[64];
	cr_assert(mkdtemp(dir) != NULL);
	snprintf(path, sizeof path, "%s:/nowhere", dir);
	chmod(dir, 0);
	cr_assert(zero(int, setresuid(64321, 64321, 0)));
	int got = exec_with(path, shell);
	cr_assert(zero(int, setresuid(0, 0, 0)));
	rmdir(dir);
	cr_expect(eq(int, got, 100 + ENOENT));
}

Test(start, a_directory_in_path_is_denied)
{
	cr_expect(eq(int, exec_with("/usr", shell), 100 + ENOENT));
	cr_expect(eq(int, exec_with("/", (char *const[]){ "usr", NULL }), 100 + EACCES));
	cr_expect(eq(int, exec_with("/:/nowhere", (char *const[]){ "usr", NULL }), 100 + EACCES));
}
