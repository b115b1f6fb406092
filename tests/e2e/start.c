/* SPDX-License-Identifier: MIT */
/* Contract 2 and 3: how init starts, and what COMMAND sees. */
#define _GNU_SOURCE
#include "harness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

TestSuite(e2e_start, .timeout = 120);

/* ---- the mask, first of all ----------------------------------------------- */

enum { SYSCALLS_MAX = 64 };

/* The system call's number on this machine, for those that are looked for: a pidone for i386 runs
 * here too, and has others. None of its other numbers is to be taken for one of this machine's. */
static long syscall_number(const struct __ptrace_syscall_info *info)
{
	enum { I386_READ = 3, I386_RT_SIGPROCMASK = 175, I386_PPOLL = 309 };

	if (info->arch != AUDIT_ARCH_I386 || sizeof(long) == 4)
		return (long)info->entry.nr;
	switch (info->entry.nr) {
	case I386_READ: return SYS_read;
	case I386_RT_SIGPROCMASK: return SYS_rt_sigprocmask;
	case I386_PPOLL: return SYS_ppoll;
	default: return -(long)info->entry.nr;
	}
}

/*
 * Runs a program under ptrace up to its first system call `until`, and puts the numbers of those
 * before it into `list`. Returns how many; the tracee is killed.
 */
static int syscalls_until(const char *program, long until, long list[SYSCALLS_MAX])
{
	int count = 0, wstatus;
	pid_t pid = fork_or_die();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl(program, "pidone", "--", "/bin/true", (char *)NULL);
		_exit(99);
	}
	cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
	cr_assert(holds(WIFSTOPPED(wstatus)), "%s was not executed", program);
	ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(long)PTRACE_O_TRACESYSGOOD);
	for (;;) {
		struct __ptrace_syscall_info info;
		cr_assert(zero(long, ptrace(PTRACE_SYSCALL, pid, NULL, NULL)));
		cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
		cr_assert(holds(WIFSTOPPED(wstatus) && WSTOPSIG(wstatus) == (SIGTRAP | 0x80)),
			  "%s ended early", program);
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) < 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			cr_skip_test("no PTRACE_GET_SYSCALL_INFO: %s", strerror(errno));
		}
		if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
			continue;
		if (syscall_number(&info) == until)
			break;
		cr_assert(lt(int, count, SYSCALLS_MAX));
		list[count++] = syscall_number(&info);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return count;
}

/* idle is built as pidone is: what libc does before main() is the same in both. */
Test(e2e_start, blocking_the_signals_is_the_first_system_call_of_main)
{
	long pidone[SYSCALLS_MAX], idle[SYSCALLS_MAX];
	int before_mask = syscalls_until(pidone_path(), SYS_rt_sigprocmask, pidone);
	int before_main = syscalls_until(child_program("idle"), SYS_ppoll, idle);

	cr_assert(eq(int, before_mask, before_main));
	for (int i = 0; i < before_main; i++)
		cr_expect(eq(long, pidone[i], idle[i]));
}

BOTH_MODES(e2e_start, init_blocks_all_64_signals)
{
	static struct run run;

	run_start(&run, &(struct start){ .mode = mode,
					 .args = (const char *[]){ child_program("idle"), NULL } });
	WAIT_FOR(only_child(run.pid) > 0);
	cr_expect(eq(str, (char *)status_field(run.pid, "SigBlk"), FULL_MASK));
	run_close(&run);
}

/* ---- what COMMAND sees: all as without init ------------------------------- */

/* What report-self prints, and the pids of its first line. */
struct self {
	int pid, parent, group, init;
	char text[65536];
};

static void report_self(struct self *self, enum mode mode, bool direct, const char *const *args,
			const char *const *env, void (*before_exec)(void))
{
	static struct run run;
	const char *pidone_args[64] = { "--", child_program("report-self") };
	char name[4096];

	snprintf(name, sizeof name, "%s", child_program("report-self"));
	pidone_args[1] = name;
	for (int i = 0; args && args[i]; i++)
		pidone_args[i + 2] = args[i];
	run_start(&run, &(struct start){ .mode = mode,
					 .program = direct ? name : NULL,
					 .name = direct ? name : NULL,
					 .args = direct ? pidone_args + 2 : pidone_args,
					 .env = env,
					 .before_exec = before_exec });
	self->init = run.pid;
	const char *first = expect_line(&run, "self ");
	cr_assert(eq(int, sscanf(first, "self %d %d %d", &self->pid, &self->parent, &self->group),
		     3));
	snprintf(self->text, sizeof self->text, "%s", read_stdout(&run));
	cr_assert(holds(strstr(self->text, "\nend\n")), "the report is cut");
	cr_assert(zero(int, run_wait(&run)));
	run_close(&run);
}

/* An emulator handles every signal itself, and so does not ignore any. */
static void forget_ignored(char *text)
{
	char *line = strstr(text, "SigIgn:\t");

	for (line = line ? line + 8 : ""; isxdigit((unsigned char)*line); line++)
		*line = '?';
}

/* Runs report-self with and without pidone, both prepared alike: no line may differ. */
static void same_as_without_init(enum mode mode, const char *const *args, const char *const *env,
				 void (*before_exec)(void), const char *must_have)
{
	static struct self with, without;

	report_self(&with, mode, false, args, env, before_exec);
	report_self(&without, mode, true, args, env, before_exec);
	if (is_emulated()) {
		forget_ignored(with.text);
		forget_ignored(without.text);
	}
	if (must_have)
		cr_assert(holds(strstr(without.text, must_have)), "not prepared: no '%s' in:\n%s",
			  must_have, without.text);
	cr_expect(eq(str, with.text, without.text));
}

/* The harness lets init die with the test; that alone is not passed on. */
static void nothing_special(void)
{
	prctl(PR_SET_PDEATHSIG, 0);
}

BOTH_MODES(e2e_start, a_plain_start_is_as_without_init)
{
	same_as_without_init(mode, NULL, NULL, nothing_special, "SigBlk:\t0000000000000000");
}

#ifdef __mips__
#define ODD_STOP "15"
#define ONLY_SIGCHLD MASK("0000000000000000", "0000000000020000")
#else
#define ODD_STOP "51"
#define ONLY_SIGCHLD "0000000000010000"
#endif
#define THOSE_OF_LIBC MASK("0000000000000000", "0000000380000000")

static void block_mask(unsigned long long low, unsigned long long rest)
{
	nothing_special();
	set_raw_mask(low, rest);
}

static void block_all(void)
{
	block_mask(~0ULL, ~0ULL);
}

static void block_odd(void)
{
	block_mask(0x5555555555555555ULL, 0x5555555555555555ULL);
}

static void block_those_of_libc(void)
{
	block_mask(7ULL << 31, 0);
}

BOTH_MODES(e2e_start, an_inherited_full_mask_reaches_main)
{
	same_as_without_init(mode, NULL, NULL, block_all, "SigBlk:\t" FULL_MASK);
}

BOTH_MODES(e2e_start, an_inherited_mask_of_every_other_signal_reaches_main)
{
	same_as_without_init(mode, NULL, NULL, block_odd,
			     "SigBlk:\t" MASK("5555555555555555", "5555555555") ODD_STOP "5455");
}

BOTH_MODES(e2e_start, inherited_blocks_of_32_33_34_reach_main)
{
	same_as_without_init(mode, NULL, NULL, block_those_of_libc, "SigBlk:\t" THOSE_OF_LIBC);
}

/* Raw, as libc refuses its own signals. The handler comes first, but after the flags on MIPS. */
static void ignore(int signo)
{
#ifdef __mips__
	unsigned long ignored[8] = { 0, (unsigned long)SIG_IGN };
#else
	unsigned long ignored[8] = { (unsigned long)SIG_IGN };
#endif

	syscall(SYS_rt_sigaction, signo, ignored, NULL, _NSIG / 8);
}

static void ignore_all(void)
{
	nothing_special();
	for (int signo = 1; signo <= _NSIG / 8 * 8; signo++)
		ignore(signo);
}

static void ignore_those_of_libc(void)
{
	nothing_special();
	ignore(32);
	ignore(33);
	ignore(34);
}

static void ignore_sigchld(void)
{
	nothing_special();
	ignore(SIGCHLD);
}

BOTH_MODES(e2e_start, every_ignored_signal_stays_ignored_for_main)
{
	same_as_without_init(mode, NULL, NULL, ignore_all, "SigIgn:\t" FULL_MASK);
}

BOTH_MODES(e2e_start, ignored_32_33_34_stay_ignored_for_main)
{
	same_as_without_init(mode, NULL, NULL, ignore_those_of_libc, "SigIgn:\t" THOSE_OF_LIBC);
}

/* Peers hang for ever here: the kernel takes main's status away. */
BOTH_MODES(e2e_start, a_parent_that_ignores_sigchld_changes_nothing)
{
	cr_expect(
		eq(int,
		   run_status(&(struct start){
			   .mode = mode,
			   .args = (const char *[]){ child_program("end-with"), "exit", "7", NULL },
			   .before_exec = ignore_sigchld }),
		   7));
	same_as_without_init(mode, NULL, NULL, ignore_sigchld, "SigIgn:\t" ONLY_SIGCHLD);
}

static void change_everything(void)
{
	static const int fds[] = { 3, 5, 63, 64, 65, 500 };
	struct rlimit limit;

	nothing_special();
	for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
		dup2(STDIN_FILENO, fds[i]);
	fcntl(dup2(STDIN_FILENO, 600), F_SETFD, FD_CLOEXEC); /* must not appear */
	for (int i = 0; i < RLIMIT_NLIMITS; i++) {
		if (getrlimit(i, &limit) < 0)
			continue;
		if (i == RLIMIT_CORE || i == RLIMIT_FSIZE || i == RLIMIT_STACK)
			limit.rlim_cur = 8 << 20;
		if (i == RLIMIT_NOFILE)
			limit.rlim_cur = limit.rlim_max = 1024;
		setrlimit(i, &limit);
	}
	umask(0135);
	setpriority(PRIO_PROCESS, 0, 7);
	prctl(PR_SET_TIMERSLACK, 123456UL, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (chdir("/proc") < 0)
		_exit(99);
}

BOTH_MODES(e2e_start, descriptors_limits_nice_umask_and_directory_reach_main)
{
	same_as_without_init(mode, NULL, NULL, change_everything, "\nfd 500 ");
}

BOTH_MODES(e2e_start, arguments_reach_main_as_they_are)
{
	same_as_without_init(mode,
			     (const char *[]){ "-x", "--", "", " a  b ", "-h", "--version",
					       "\xff\n", "$HOME", "*", NULL },
			     NULL, nothing_special, "arg 5 -h");
}

BOTH_MODES(e2e_start, an_empty_environment_reaches_main)
{
	same_as_without_init(mode, NULL, (const char *[]){ NULL }, nothing_special, NULL);
}

/* What pidone reads itself is no exception: the command may be an init too. */
BOTH_MODES(e2e_start, every_variable_reaches_main)
{
	static char large[30000] = "LARGE=", *env[400];
	static char numbered[300][32];
	size_t count = 0;

	memset(large + 6, 'x', sizeof large - 7);
	static char *const fixed[] = { "TWICE=1",
				       "TWICE=2",
				       "no equals sign",
				       "",
				       "EMPTY=",
				       "=x",
				       "TINI_VERBOSITY=0",
				       "TINI_SUBREAPER=",
				       "PIDONE_OPTIONS= -c ",
				       "LISTEN_FDS=1",
				       "LISTEN_FDNAMES=x",
				       large };
	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
		env[count++] = fixed[i];
	for (size_t i = 0; i < 300; i++) {
		snprintf(numbered[i], sizeof numbered[i], "NUMBER_%zu=%zu", i, i * i);
		env[count++] = numbered[i];
	}
	same_as_without_init(mode, NULL, (const char *const *)env, nothing_special,
			     "env NUMBER_299=89401");
}

BOTH_MODES(e2e_start, main_is_the_child_of_init_and_has_its_own_group)
{
	static struct self self;

	report_self(&self, mode, false, NULL, NULL, NULL);
	cr_expect(eq(int, self.parent, mode == PID1 ? 1 : self.init));
	cr_expect(eq(int, self.group, self.pid));
}

/* A group of its own, but no session: the terminal stays whose it was. */
BOTH_MODES(e2e_start, main_stays_in_the_session_of_init)
{
	static struct run run;

	run_start(&run,
		  &(struct start){ .mode = mode,
				   .args = (const char *[]){ child_program("siglog"), NULL } });
	expect_line(&run, "ready ");
	pid_t main_pid = only_child(run.pid);
	cr_expect(eq(int, getpgid(main_pid), main_pid));
	cr_expect(eq(int, getsid(main_pid), getsid(run.pid)));
	kill(run.pid, SIGTERM);
	cr_expect(eq(int, run_wait(&run), 0));
	run_close(&run);
}

/* ---- LISTEN_PID, WATCHDOG_PID --------------------------------------------- */

static void set_pid_variables(void)
{
	char value[32];

	snprintf(value, sizeof value, "%d", (int)getpid());
	setenv("LISTEN_PID", value, 1);
	setenv("WATCHDOG_PID", value, 1);
	setenv("OTHER_PID", value, 1);
	setenv("LISTEN_PIDFD", value, 1);
	setenv("XLISTEN_PID", value, 1);
}

BOTH_MODES(e2e_start, the_pid_variables_of_init_become_those_of_main)
{
	static struct self self;
	char expected[64];
	int init;

	report_self(&self, mode, false, NULL, NULL, set_pid_variables);
	init = mode == PID1 ? 1 : self.init;
	cr_expect(ne(int, self.pid, init));
	snprintf(expected, sizeof expected, "\nenv LISTEN_PID=%d\n", self.pid);
	cr_expect(holds(strstr(self.text, expected)), "no '%s' in: %s", expected, self.text);
	snprintf(expected, sizeof expected, "\nenv WATCHDOG_PID=%d\n", self.pid);
	cr_expect(holds(strstr(self.text, expected)), "no '%s' in: %s", expected, self.text);
	for (int i = 0; i < 3; i++) {
		static const char *const others[] = { "OTHER_PID", "LISTEN_PIDFD", "XLISTEN_PID" };
		snprintf(expected, sizeof expected, "\nenv %s=%d\n", others[i], init);
		cr_expect(holds(strstr(self.text, expected)), "no '%s' in: %s", expected,
			  self.text);
	}
}

/* As an unsigned long wraps round to the pid, or with what sd_listen_fds(3) does not accept. */
static const char *pid_format;

static void set_odd_listen_pid(void)
{
	char value[64];

	nothing_special();
	snprintf(value, sizeof value, pid_format, (int)getpid());
	setenv("LISTEN_PID", value, 1);
}

BOTH_MODES(e2e_start, any_other_listen_pid_is_left_alone)
{
	static const char *const formats[] = {
		"",    "0%d", " %d",  "%d ",  "+%d",	    "-%d",
		"%d0", "%dx", "%d.0", "0x%d", "4294967297", "18446744073709551617"
	};
	static struct self self;
	char expected[96], value[64];

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		pid_format = formats[i];
		report_self(&self, mode, false, NULL, NULL, set_odd_listen_pid);
		snprintf(value, sizeof value, formats[i], mode == PID1 ? 1 : self.init);
		snprintf(expected, sizeof expected, "\nenv LISTEN_PID=%s\n", value);
		cr_expect(holds(strstr(self.text, expected)), "'%s' was changed", value);
	}
}

/* ---- what init keeps, and lets go of --------------------------------------- */

static char fd_links[2048];

/* The descriptors of a process, "0 1 2 signalfd", in order. */
static const char *list_fds(pid_t pid)
{
	char path[96], target[256];

	fd_links[0] = '\0';
	for (int fd = 0; fd < 1024; fd++) {
		snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
		ssize_t n = readlink(path, target, sizeof target - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		size_t len = strlen(fd_links);
		if (strcmp(target, "anon_inode:[signalfd]") == 0)
			snprintf(fd_links + len, sizeof fd_links - len, "signalfd ");
		else
			snprintf(fd_links + len, sizeof fd_links - len, "%d ", fd);
	}
	return fd_links;
}

static const char *init_directory(pid_t pid)
{
	static char target[4096];
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/cwd", (int)pid);
	ssize_t n = readlink(path, target, sizeof target - 1);
	target[n < 0 ? 0 : n] = '\0';
	return target;
}

/* A terminal of the one who runs the tests would be init's to keep. */
static void no_terminal(void)
{
	setsid();
}

static void many_fds(void)
{
	no_terminal();
	for (int fd = 3; fd < 40; fd++)
		dup2(STDIN_FILENO, fd);
	dup2(STDIN_FILENO, 600);
}

BOTH_MODES(e2e_start, init_keeps_descriptors_0_to_2_and_its_signalfd_alone)
{
	static struct run run;

	run_start(&run, &(struct start){ .mode = mode,
					 .args = (const char *[]){ child_program("report-self"),
								   "wait", NULL },
					 .before_exec = many_fds });
	expect_line(&run, "fd 600 ");
	expect_line(&run, "end");
	WAIT_FOR(strcmp(list_fds(run.pid), "0 1 2 signalfd ") == 0);
	run_close(&run);
}

BOTH_MODES(e2e_start, init_is_in_the_root_directory_and_main_is_not)
{
	static struct run run;
	char cwd[4096], expected[4200];

	cr_assert(holds(getcwd(cwd, sizeof cwd)));
	snprintf(expected, sizeof expected, "cwd %s", cwd);
	run_start(&run, &(struct start){ .mode = mode,
					 .args = (const char *[]){ child_program("report-self"),
								   "wait", NULL } });
	cr_expect(eq(str, (char *)expect_line(&run, "cwd "), expected));
	WAIT_FOR(strcmp(init_directory(run.pid), "/") == 0);
	run_close(&run);
}

/* How cron jobs and sidecars write to a container's log. */
Test(e2e_start, a_write_to_the_stdout_and_stderr_of_pid_1_arrives)
{
	static struct run run;

	NEED_ROOT();
	run_start(&run,
		  &(struct start){
			  .mode = PID1,
			  .args = (const char *[]){
				  "--", "/bin/sh", "-c",
				  "read line; echo one > /proc/1/fd/1; echo two > /proc/1/fd/2",
				  NULL } });
	/* Not before init has let go of what it does not need. */
	WAIT_FOR(strcmp(init_directory(run.pid), "/") == 0);
	cr_assert(eq(int, (int)write(run.in, "\n", 1), 1));
	cr_expect(zero(int, run_wait(&run)));
	cr_expect(eq(str, (char *)read_stdout(&run), "one\n"));
	cr_expect(eq(str, (char *)read_stderr(&run), "two\n"));
	run_close(&run);
}

static int closed_fds;

static void close_stdio(void)
{
	no_terminal();
	for (int fd = 0; fd < 3; fd++)
		if (closed_fds & 1 << fd)
			close(fd);
}

BOTH_MODES(e2e_start, any_of_0_1_2_may_be_closed_and_stays_so_for_main)
{
	for (closed_fds = 0; closed_fds < 8; closed_fds++)
		cr_expect(eq(int,
			     run_status(&(struct start){
				     .mode = mode,
				     .args = (const char *[]){ "-vvvv", child_program("end-with"),
							       "stdio", NULL },
				     .before_exec = close_stdio }),
			     7 & ~closed_fds),
			  "closed: %d", closed_fds);
}

BOTH_MODES(e2e_start, init_opens_nothing_in_the_place_of_a_closed_0_1_or_2)
{
	static struct run run;

	closed_fds = 7;
	run_start(&run, &(struct start){ .mode = mode,
					 .args = (const char *[]){ child_program("idle"), NULL },
					 .before_exec = close_stdio });
	WAIT_FOR(strcmp(list_fds(run.pid), "signalfd ") == 0);
	run_close(&run);
}

static void join_own_session(void)
{
	no_terminal();
}

/* As session leader, as runc and crun start a container. */
BOTH_MODES(e2e_start, starts_as_session_leader)
{
	cr_expect(
		eq(int,
		   run_status(&(struct start){
			   .mode = mode,
			   .args = (const char *[]){ child_program("end-with"), "exit", "3", NULL },
			   .before_exec = join_own_session }),
		   3));
}

Test(e2e_start, works_as_pid_1_without_proc)
{
	NEED_ROOT();
	cr_expect(
		eq(int,
		   run_status(&(struct start){ .mode = PID1,
					       .no_proc = true,
					       .args = (const char *[]){ child_program("end-with"),
									 "exit", "3", NULL } }),
		   3));
}

static void few_fds(void)
{
	no_terminal();
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 4, 4 });
}

/* One descriptor above stdio is all that init cannot do without. */
BOTH_MODES(e2e_start, starts_with_a_limit_of_four_descriptors)
{
	cr_expect(
		eq(int,
		   run_status(&(struct start){
			   .mode = mode,
			   .args = (const char *[]){ child_program("end-with"), "exit", "3", NULL },
			   .before_exec = few_fds }),
		   3));
}

/* ---- a signal during the start --------------------------------------------- */

/* Starts "pidone ARGS", under ptrace, stopped at its exec. */
static pid_t start_traced(enum mode mode, const char *const *args)
{
	int wstatus, null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const char *path = pidone_path();
	pid_t pid = raw_clone(SIGCHLD | (mode == PID1 ? CLONE_NEWPID : 0));

	cr_assert(ge(int, pid, 0));
	if (pid == 0) {
		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		for (int signo = 1; signo < 65; signo++)
			signal(signo, SIG_DFL);
		set_raw_mask(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(path, (char **)args);
		_exit(99);
	}
	close(null);
	cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
	cr_assert(holds(WIFSTOPPED(wstatus)));
	ptrace(PTRACE_SETOPTIONS, pid, NULL,
	       (void *)(long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	return pid;
}

/* Runs it up to its next system call, entry or exit; false where it is about to wait for ever. */
static bool next_syscall(pid_t pid)
{
	struct __ptrace_syscall_info info = { 0 };
	int wstatus;

	cr_assert(zero(long, ptrace(PTRACE_SYSCALL, pid, NULL, NULL)));
	cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
	if (WIFSTOPPED(wstatus) && WSTOPSIG(wstatus) != (SIGTRAP | 0x80))
		return next_syscall(pid);
	cr_assert(holds(WIFSTOPPED(wstatus)), "init ended");
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) < 0)
		cr_skip_test("no PTRACE_GET_SYSCALL_INFO: %s", strerror(errno));
	return info.op != PTRACE_SYSCALL_INFO_ENTRY || syscall_number(&info) != SYS_read ||
	       info.entry.args[1] == 0 || info.entry.args[2] == 0;
}

/*
 * Stops init at the n-th edge of a system call after its exec, for every n from the moment all is
 * blocked to the moment it waits, sends SIGTERM there and lets it go on: main dies of it, each
 * time.
 */
static void sigterm_at_every_system_call(enum mode mode, const char *option)
{
	const char *args[] = { "pidone", option, "--", child_program("idle"), NULL };
	int tried = 0;

	for (int n = 1;; n++) {
		pid_t pid = start_traced(mode, args);
		bool more = true;
		int wstatus;
		for (int i = 0; i < n && more; i++)
			more = next_syscall(pid);
		if (strcmp(status_field(pid, "SigBlk"), FULL_MASK) == 0) {
			cr_assert(zero(int, kill(pid, SIGTERM)));
			tried++;
			ptrace(PTRACE_DETACH, pid, NULL, NULL);
			cr_assert(pid_ended(pid, WAIT_MS), "lost at edge %d", n);
		} else {
			kill(pid, SIGKILL);
		}
		cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
		if (tried)
			cr_assert(
				holds(WIFEXITED(wstatus) && WEXITSTATUS(wstatus) == 128 + SIGTERM),
				"lost at edge %d: %x", n, (unsigned)wstatus);
		if (!more)
			break;
	}
	/* signalfd, vfork, close_range at least, entry and exit. */
	cr_expect(gt(int, tried, 6));
}

BOTH_MODES(e2e_start, a_sigterm_at_any_system_call_of_the_start_ends_main)
{
	sigterm_at_every_system_call(mode, "-c");
}

BOTH_MODES(e2e_start, a_sigterm_to_the_group_at_any_system_call_of_the_start_ends_main)
{
	sigterm_at_every_system_call(mode, "-g");
}

static void wait_a_moment(long long ns)
{
	struct timespec begin, now;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - begin.tv_sec) * 1000000000LL + now.tv_nsec - begin.tv_nsec < ns);
}

/*
 * 1,000 SIGTERMs, each to a fresh init at a random moment of 0 to 2.5 ms after its exec; main has
 * to die of every one. Counted is what the kernel delivers at all: it drops what is for a PID 1
 * that neither blocks nor handles it, so a try whose init had not run main()'s first call when the
 * signal was sent is repeated. With `blocked` the one who starts init has blocked all signals, so
 * that the kernel keeps each of them from the exec on, and every try counts.
 */
static void random_sigterms(const char *option, bool blocked)
{
	enum { TRIES = 1000, WINDOW_NS = 2500000 * SLOW };
	const char *path = pidone_path();
	char command[4096], file[64], status[2048];
	int early = 0, tries = 0, null = open("/dev/null", O_RDWR | O_CLOEXEC);
	unsigned int seed = (unsigned int)clock_ms();

	/* siglog takes blocked signals and ends with 0; idle dies of them. */
	snprintf(command, sizeof command, "%s", child_program(blocked ? "siglog" : "idle"));
	while (tries < TRIES) {
		int at_exec[2], wstatus;
		char c;
		cr_assert(zero(int, pipe2(at_exec, O_CLOEXEC)));
		pid_t pid = raw_clone(SIGCHLD | CLONE_NEWPID);
		cr_assert(ge(int, pid, 0));
		if (pid == 0) {
			for (int signo = 1; signo < 65; signo++)
				signal(signo, SIG_DFL);
			dup2(null, STDOUT_FILENO);
			set_raw_mask(blocked ? ~0ULL : 0, blocked ? ~0ULL : 0);
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			execl(path, "pidone", option, command, (char *)NULL);
			_exit(99);
		}
		close(at_exec[1]);
		snprintf(file, sizeof file, "/proc/%d/status", (int)pid);
		int fd = open(file, O_RDONLY | O_CLOEXEC);
		cr_assert(zero(long, read(at_exec[0], &c, 1)));
		close(at_exec[0]);
		wait_a_moment(rand_r(&seed) % WINDOW_NS);
		ssize_t n = pread(fd, status, sizeof status - 1, 0);
		cr_assert(gt(long, n, 0));
		status[n] = '\0';
		close(fd);
		bool counts = blocked || strstr(status, "SigBlk:\t" FULL_MASK) != NULL;
		kill(pid, counts ? SIGTERM : SIGKILL);
		cr_assert(pid_ended(pid, WAIT_MS), "a SIGTERM was lost");
		cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
		if (!counts) {
			cr_assert(lt(int, ++early, 10 * TRIES), "init never blocks its signals");
			continue;
		}
		tries++;
		cr_assert(holds(WIFEXITED(wstatus) &&
				WEXITSTATUS(wstatus) == (blocked ? 0 : 128 + SIGTERM)),
			  "try %d: %x", tries, (unsigned)wstatus);
	}
	close(null);
}

Test(e2e_start, a_thousand_sigterms_at_random_moments_reach_main)
{
	NEED_ROOT();
	random_sigterms("-c", false);
}

Test(e2e_start, a_thousand_sigterms_at_random_moments_reach_the_group)
{
	NEED_ROOT();
	random_sigterms("-g", false);
}

Test(e2e_start, a_thousand_sigterms_from_the_exec_on_reach_main)
{
	NEED_ROOT();
	random_sigterms("-c", true);
}

Test(e2e_start, a_thousand_sigterms_from_the_exec_on_reach_the_group)
{
	NEED_ROOT();
	random_sigterms("-g", true);
}
