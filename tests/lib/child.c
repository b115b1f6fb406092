/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "child.h"

#include "harness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <sys/wait.h>

void in_child(void (*prepare)(void), int (*body)(void))
{
	int wstatus;
	pid_t pid = fork_or_die();

	if (pid == 0) {
		if (prepare)
			prepare();
		exit_child(body());
	}
	cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
	cr_expect(zero(int, wstatus), "check %d, signal %d", WEXITSTATUS(wstatus),
		  WTERMSIG(wstatus));
}
