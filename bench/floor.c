/* SPDX-License-Identifier: MIT */
/* What any init adds at least: starts the program behind "--", waits for it, and ends. Static. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int wstatus;

	if (argc < 3 || strcmp(argv[1], "--") != 0)
		return 1;
	pid_t pid = vfork();
	if (pid == 0) {
		execv(argv[2], argv + 2);
		_exit(127);
	}
	return pid < 0 || waitpid(pid, &wstatus, 0) < 0 ? 1 : WEXITSTATUS(wstatus);
}
