/* SPDX-License-Identifier: MIT */
/* Contract 7, "Why it could not start": one line says what is wrong and with which name. */
#define _GNU_SOURCE
#include "elf_file.h"
#include "harness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { USER = 64321 }; /* is nobody's, owns nothing */

/* ---- files to be run ------------------------------------------------------------ */

static char dir[4096];

static void make_dir(void)
{
	snprintf(dir, sizeof dir, "%s", scratch_make());
}

static void remove_dir(void)
{
	scratch_remove(dir);
}

/* A test that is skipped does not come to .fini. */
#define SKIP(...)                                                                                  \
	do {                                                                                       \
		remove_dir();                                                                      \
		cr_skip_test(__VA_ARGS__);                                                         \
	} while (0)

TestSuite(e2e_explain, .timeout = 60, .init = make_dir, .fini = remove_dir);

/* A name with its directory; each @ is that directory. Four static buffers in turn. */
static const char *in_dir(const char *name)
{
	static char paths[4][8192];
	static int turn;
	char *path = paths[turn++ % 4], *to = path;

	if (*name != '@')
		to += sprintf(to, "%s/", dir);
	for (; *name; name++)
		to += *name == '@' ? sprintf(to, "%s", dir) : sprintf(to, "%c", *name);
	return path;
}

static const char *make_bytes(const char *name, const void *bytes, size_t len, mode_t mode)
{
	const char *path = in_dir(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	cr_assert(ge(int, fd, 0), "%s", path);
	cr_assert(eq(long, write(fd, bytes, len), (long)len));
	fchmod(fd, mode);
	close(fd);
	return path;
}

/* A file with this text, in which each @ is the directory. */
static const char *make_file(const char *name, const char *text, mode_t mode)
{
	char whole[8192], *to = whole;

	for (; *text; text++)
		to += *text == '@' ? sprintf(to, "%s", dir) : sprintf(to, "%c", *text);
	return make_bytes(name, whole, (size_t)(to - whole), mode);
}

/* An ELF program's header, as elf_file() makes it. */
static const char *make_elf(const char *name, int machine, int class, int order, const char *loader)
{
	unsigned char file[ELF_MAX];

	return make_bytes(name, file, elf_file(file, machine, class, order, loader), 0755);
}

/* What this machine's programs have in their ELF header: from this one's. */
static void own_elf(int *machine, int *class, int *order)
{
	unsigned char own[20];
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	cr_assert(eq(long, read(fd, own, sizeof own), (long)sizeof own));
	close(fd);
	*class = own[EI_CLASS];
	*order = own[EI_DATA];
	*machine = *order == ELFDATA2MSB ? own[18] << 8 | own[19] : own[19] << 8 | own[18];
}

/* ---- what is said of them ------------------------------------------------------- */

static char path_variable[8192]; /* "": without one */

static void in_the_directory(void)
{
	if (chdir(dir) < 0)
		_exit(99);
	if (*path_variable)
		setenv("PATH", path_variable, 1);
	else
		unsetenv("PATH");
}

static void as_a_user(void)
{
	in_the_directory();
	if (setgroups(0, NULL) < 0 || setgid(USER) < 0 || setuid(USER) < 0)
		_exit(99);
}

/*
 * Runs the command, and wants this status, and one line that begins as the plain message and has
 * each of the words that follow, up to a NULL.
 */
static void explains(enum mode mode, void (*before)(void), const char *command, int status, ...)
{
	static struct run run;
	char begin[8192];
	const char *word, *err;
	va_list words;

	run_start(&run, &(struct start){ .mode = mode,
					 .args = (const char *[]){ "--", command, "arg", NULL },
					 .before_exec = before ? before : in_the_directory });
	int got = run_wait(&run);
	err = read_stderr(&run);
	cr_expect(eq(int, got, status), "'%s' gave %d, not %d: %s", command, got, status, err);
	snprintf(begin, sizeof begin, "pidone: cannot run '%s': ", command);
	cr_expect(holds(strncmp(err, begin, strlen(begin)) == 0), "it says: %s", err);
	const char *end = strchr(err, '\n');
	cr_expect(holds(end && end[1] == '\0'), "it is not one line: %s", err);
	va_start(words, status);
	while ((word = va_arg(words, const char *)))
		cr_expect(holds(strlen(err) > strlen(begin) &&
				strstr(err + strlen(begin), word) != NULL),
			  "it does not say '%s': %s", word, err);
	va_end(words);
	run_close(&run);
}

static void with_path(const char *path)
{
	snprintf(path_variable, sizeof path_variable, "%s", *path ? in_dir(path) : path);
}

/* ---- ENOENT --------------------------------------------------------------------- */

BOTH_MODES(e2e_explain, what_is_not_in_path_comes_with_the_path_that_was_searched)
{
	with_path("@/a:/nowhere/b");
	explains(mode, NULL, "no-such-program", 127, "PATH", in_dir("@/a:/nowhere/b"), NULL);
}

BOTH_MODES(e2e_explain, without_path_the_one_that_was_searched_is_named)
{
	with_path("");
	explains(mode, NULL, "no-such-program", 127, "PATH", "not set",
		 "/usr/local/bin:/bin:/usr/bin", NULL);
}

BOTH_MODES(e2e_explain, what_is_in_the_working_directory_but_not_in_path_is_told)
{
	with_path("/nowhere");
	make_file("server", "#!/bin/sh\n", 0755);
	explains(mode, NULL, "server", 127, "working directory", "PATH", "/nowhere", NULL);
}

BOTH_MODES(e2e_explain, a_directory_of_path_that_may_not_be_entered_is_named)
{
	if (geteuid() != 0)
		SKIP("needs root");
	mkdir(in_dir("closed"), 0700);
	make_file("closed/prog", "#!/bin/sh\n", 0755);
	with_path("/nowhere:@/closed");
	explains(mode, as_a_user, "prog", 127, "PATH", "may not be entered", in_dir("closed'"),
		 "uid 64321", "700", NULL);
}

BOTH_MODES(e2e_explain, a_command_line_given_as_one_word_is_told)
{
	with_path("/usr/bin:/bin");
	explains(mode, NULL, "sleep 10", 127, "one word", "PATH", NULL);
	explains(mode, NULL, "/bin/sleep 10", 127, "one word", NULL);
}

BOTH_MODES(e2e_explain, a_missing_directory_is_named)
{
	mkdir(in_dir("there"), 0755);
	explains(mode, NULL, in_dir("there/missing/further/prog"), 127, in_dir("there/missing'"),
		 NULL);
	explains(mode, NULL, "there/missing/prog", 127, "'there/missing'", dir, NULL);
}

BOTH_MODES(e2e_explain, a_missing_file_is_named)
{
	explains(mode, NULL, in_dir("missing"), 127, "there is no", in_dir("missing'"), NULL);
}

BOTH_MODES(e2e_explain, an_empty_name_is_survived)
{
	explains(mode, NULL, "", 127, NULL);
}

BOTH_MODES(e2e_explain, where_a_dangling_link_points_is_told)
{
	cr_assert(zero(int, symlink("/no/such/place", in_dir("link"))));
	explains(mode, NULL, in_dir("link"), 127, in_dir("link'"), "/no/such/place", NULL);
	explains(mode, NULL, in_dir("link/below/prog"), 127, in_dir("link'"), "/no/such/place",
		 NULL);
}

BOTH_MODES(e2e_explain, a_missing_interpreter_is_named)
{
	make_file("script", "#!/no/such/interpreter -x\necho\n", 0755);
	explains(mode, NULL, in_dir("script"), 127, "interpreter", "'/no/such/interpreter'",
		 "there is no", NULL);
}

BOTH_MODES(e2e_explain, an_interpreter_that_is_not_looked_up_in_path_is_named)
{
	make_file("script", "#! sh\n", 0755);
	with_path("/usr/bin:/bin");
	explains(mode, NULL, in_dir("script"), 127, "interpreter", "'sh'", dir, NULL);
}

BOTH_MODES(e2e_explain, windows_line_ends_are_named)
{
	make_file("script", "#!/bin/sh\r\necho\r\n", 0755);
	explains(mode, NULL, in_dir("script"), 127, "'/bin/sh'", "CRLF", NULL);
}

BOTH_MODES(e2e_explain, the_interpreter_of_an_interpreter_is_followed)
{
	make_file("outer", "#!@/inner\n", 0755);
	make_file("inner", "#!/no/such/interpreter\n", 0755);
	explains(mode, NULL, in_dir("outer"), 127, in_dir("inner"), "/no/such/interpreter", NULL);
}

BOTH_MODES(e2e_explain, what_path_has_is_explained_as_well)
{
	make_file("script", "#!/no/such/interpreter\n", 0755);
	with_path("/nowhere:@");
	explains(mode, NULL, "script", 127, in_dir("script"), "/no/such/interpreter", NULL);
}

static void missing_loader(enum mode mode, const char *loader, const char *libc)
{
	int machine, class, order;

	own_elf(&machine, &class, &order);
	make_elf("prog", machine, class, order, loader);
	explains(mode, NULL, in_dir("prog"), 127, "loader", loader, libc, NULL);
}

BOTH_MODES(e2e_explain, a_missing_loader_of_glibc_is_named)
{
	missing_loader(mode, "/nowhere/ld-linux-any.so.2", "glibc");
}

BOTH_MODES(e2e_explain, a_missing_loader_of_musl_is_named)
{
	missing_loader(mode, "/nowhere/ld-musl-any.so.1", "musl");
}

BOTH_MODES(e2e_explain, a_missing_loader_of_nobody_is_named)
{
	missing_loader(mode, "/nowhere/ld.so", "/nowhere");
}

BOTH_MODES(e2e_explain, an_interpreter_without_its_loader_is_named)
{
	int machine, class, order;

	own_elf(&machine, &class, &order);
	make_elf("python", machine, class, order, "/nowhere/ld-linux.so.2");
	make_file("script", "#!@/python\n", 0755);
	explains(mode, NULL, in_dir("script"), 127, in_dir("python"), "/nowhere/ld-linux.so.2",
		 NULL);
}

/* ---- ENOEXEC -------------------------------------------------------------------- */

static const struct {
	const char *name, *cross;
	int machine, class, order;
} machines[] = {
	{ "x86-64", "amd64", EM_X86_64, ELFCLASS64, ELFDATA2LSB },
	{ "i386", "i386", EM_386, ELFCLASS32, ELFDATA2LSB },
	{ "arm64", "arm64", EM_AARCH64, ELFCLASS64, ELFDATA2LSB },
	{ "arm", "armhf", EM_ARM, ELFCLASS32, ELFDATA2LSB },
	{ "ppc64le", "ppc64el", EM_PPC64, ELFCLASS64, ELFDATA2LSB },
	{ "s390x", "s390x", EM_S390, ELFCLASS64, ELFDATA2MSB },
	{ "mips64", "mips64el", EM_MIPS, ELFCLASS64, ELFDATA2LSB },
	{ "riscv64", "riscv64", EM_RISCV, ELFCLASS64, ELFDATA2LSB },
	{ "4711", "", 4711, ELFCLASS64, ELFDATA2LSB },
	{ "4711", "", 4711, ELFCLASS32, ELFDATA2MSB },
};

/* True where this kernel refuses it: it may run 32 bits as well, or have an emulator set up. */
static bool is_refused(const char *path)
{
	int wstatus;
	pid_t pid = fork_or_die();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		dup2(null, 1);
		dup2(null, 2);
		execl(path, path, "--version", (char *)NULL);
		_exit(errno == ENOEXEC ? 42 : 41);
	}
	cr_assert(eq(int, waitpid(pid, &wstatus, 0), pid));
	return WIFEXITED(wstatus) && WEXITSTATUS(wstatus) == 42;
}

BOTH_MODES(e2e_explain, the_machine_of_a_foreign_program_is_named_and_this_one)
{
	struct utsname this;
	int seen = 0;

	uname(&this);
	for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
		make_elf("prog", machines[i].machine, machines[i].class, machines[i].order, NULL);
		if (!is_refused(in_dir("prog")) || strstr(this.machine, machines[i].name))
			continue;
		int machine, class, order;
		own_elf(&machine, &class, &order);
		if (machine == machines[i].machine && class == machines[i].class)
			continue;
		explains(mode, NULL, in_dir("prog"), 126, machines[i].name,
			 is_emulated() ? "this machine" : this.machine, NULL);
		seen++;
	}
	cr_expect(gt(int, seen, 5));
}

/* The real ones, as far as `make cross` has built them. */
BOTH_MODES(e2e_explain, the_machine_of_each_pidone_of_make_cross_is_named)
{
	char path[256];
	int seen = 0;

	for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
		snprintf(path, sizeof path, "build/cross/%s/pidone", machines[i].cross);
		char *whole = realpath(path, NULL);
		if (whole && is_refused(whole)) {
			explains(mode, NULL, whole, 126, machines[i].name, NULL);
			seen++;
		}
		free(whole);
	}
	if (!seen)
		SKIP("make cross has built none that this machine does not run");
}

BOTH_MODES(e2e_explain, an_interpreter_of_another_machine_is_named)
{
	make_elf("sh", 4711, ELFCLASS64, ELFDATA2LSB, NULL);
	make_file("script", "#!@/sh\n", 0755);
	explains(mode, NULL, in_dir("script"), 126, in_dir("sh"), "4711", NULL);
}

BOTH_MODES(e2e_explain, an_empty_file_is_told)
{
	make_file("empty", "", 0755);
	explains(mode, NULL, in_dir("empty"), 126, "empty", NULL);
}

BOTH_MODES(e2e_explain, a_binary_of_no_known_kind_is_told)
{
	make_bytes("binary", "abc\0def", 7, 0755);
	explains(mode, NULL, in_dir("binary"), 126, "no program", NULL);
}

BOTH_MODES(e2e_explain, a_program_for_another_system_is_told)
{
	make_bytes("exe", "MZ\x90\0\3\0\0", 7, 0755);
	explains(mode, NULL, in_dir("exe"), 126, "Windows", NULL);
	make_bytes("mac", "\xcf\xfa\xed\xfe\x0c\0\0\1", 8, 0755);
	explains(mode, NULL, in_dir("mac"), 126, "macOS", NULL);
	make_bytes("utf16", "\xff\xfe#\0!\0/\0", 8, 0755);
	explains(mode, NULL, in_dir("utf16"), 126, "UTF-16", NULL);
}

/* ---- a script without #! ---------------------------------------------------------- */

/* Runs the command, which is to print this and nothing else. */
static void prints(enum mode mode, const char *command, const char *out, const char *err)
{
	static struct run run;
	const char *got;

	run_start(&run, &(struct start){ .mode = mode,
					 .args = (const char *[]){ "--", command, "arg", NULL },
					 .before_exec = in_the_directory });
	cr_expect(eq(int, run_wait(&run), 7));
	cr_expect(eq(str, (char *)read_stdout(&run), (char *)out));
	got = read_stderr(&run);
	if (!err)
		cr_expect(eq(str, (char *)got, ""));
	else
		cr_expect(holds(strstr(got, err) && strstr(got, in_dir("script")) &&
				strstr(got, "#!")),
			  "it says: %s", got);
	run_close(&run);
}

BOTH_MODES(e2e_explain, text_without_an_interpreter_is_run_by_the_shell)
{
	make_file("script", "echo \"$0 $1\"\nexit 7\n", 0755);
	char out[8300];
	snprintf(out, sizeof out, "%s arg\n", in_dir("script"));
	prints(mode, in_dir("script"), out, NULL);
	with_path("/nowhere:@");
	prints(mode, "script", out, NULL);
	with_path("");
	prints(mode, "./script", "./script arg\n", NULL);
}

BOTH_MODES(e2e_explain, an_interpreter_line_behind_a_byte_order_mark_is_warned_of)
{
	make_file("script", "\xef\xbb\xbf#!/bin/cat\necho hi\nexit 7\n", 0755);
	/* The shell says of the first line that there is no such command. */
	prints(mode, in_dir("script"), "hi\n", "byte order mark");
}

BOTH_MODES(e2e_explain, an_interpreter_line_behind_a_blank_is_warned_of)
{
	make_file("script", "\n#!/bin/cat\necho hi\nexit 7\n", 0755);
	prints(mode, in_dir("script"), "hi\n", "blank");
	make_file("script", " #!/bin/cat\necho hi\nexit 7\n", 0755);
	prints(mode, in_dir("script"), "hi\n", "blank");
}

static void without_a_reader(void)
{
	int ends[2];

	in_the_directory();
	if (pipe(ends) < 0 || dup2(ends[1], STDERR_FILENO) < 0)
		_exit(99);
	close(ends[0]);
	close(ends[1]);
}

/* The warning is lost then, and main must not be. */
BOTH_MODES(e2e_explain, a_warning_that_nobody_can_read_does_not_cost_the_script_its_life)
{
	make_file("script", "\n#!/bin/cat\nexit 7\n", 0755);
	cr_expect(eq(int,
		     run_status(&(struct start){
			     .mode = mode,
			     .args = (const char *[]){ "--", in_dir("script"), NULL },
			     .before_exec = without_a_reader }),
		     7));
}

static void without_a_shell(void)
{
	in_the_directory();
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/bin", "tmpfs", 0, NULL) < 0)
		_exit(99);
}

BOTH_MODES(e2e_explain, text_without_a_shell_to_run_it_is_told)
{
	if (geteuid() != 0)
		SKIP("needs root");
	make_file("script", "echo hi\n", 0755);
	explains(mode, without_a_shell, in_dir("script"), 126, "#!", "'/bin/sh'", "there is no",
		 NULL);
}

/* ---- EACCES --------------------------------------------------------------------- */

BOTH_MODES(e2e_explain, a_directory_is_told)
{
	mkdir(in_dir("directory"), 0755);
	explains(mode, NULL, in_dir("directory"), 126, "directory", NULL);
	with_path("@");
	explains(mode, NULL, "directory", 126, in_dir("directory"), "it is a directory", NULL);
}

BOTH_MODES(e2e_explain, a_fifo_is_told_and_not_waited_for)
{
	cr_assert(zero(int, mkfifo(in_dir("fifo"), 0755)));
	explains(mode, NULL, in_dir("fifo"), 126, "not a regular file", NULL);
}

BOTH_MODES(e2e_explain, a_missing_execute_permission_is_told_with_uid_and_mode)
{
	char uid[32];

	make_file("prog", "#!/bin/sh\n", 0644);
	snprintf(uid, sizeof uid, "uid %d", (int)geteuid());
	explains(mode, NULL, in_dir("prog"), 126, uid, "644", NULL);
}

BOTH_MODES(e2e_explain, an_execute_permission_that_is_for_others_is_told)
{
	if (geteuid() != 0)
		SKIP("needs root");
	make_file("prog", "#!/bin/sh\n", 0744);
	explains(mode, as_a_user, in_dir("prog"), 126, "uid 64321", "744", "owner 0:0", NULL);
}

BOTH_MODES(e2e_explain, a_directory_that_may_not_be_entered_is_named)
{
	if (geteuid() != 0)
		SKIP("needs root");
	mkdir(in_dir("closed"), 0700);
	make_file("closed/prog", "#!/bin/sh\n", 0755);
	explains(mode, as_a_user, in_dir("closed/prog"), 126, "may not be entered",
		 in_dir("closed'"), "uid 64321", "700", NULL);
}

BOTH_MODES(e2e_explain, an_interpreter_without_execute_permission_is_named)
{
	make_file("interpreter", "#!/bin/sh\n", 0644);
	make_file("script", "#!@/interpreter\n", 0755);
	explains(mode, NULL, in_dir("script"), 126, in_dir("interpreter"), "uid", "644", NULL);
}

static void with_noexec(void)
{
	in_the_directory();
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(in_dir("noexec"), in_dir("noexec"), NULL, MS_BIND, NULL) < 0 ||
	    mount("none", in_dir("noexec"), NULL, MS_BIND | MS_REMOUNT | MS_NOEXEC, NULL) < 0)
		_exit(99);
}

BOTH_MODES(e2e_explain, a_noexec_mount_is_told)
{
	if (geteuid() != 0)
		SKIP("needs root");
	mkdir(in_dir("noexec"), 0755);
	make_file("noexec/prog", "#!/bin/sh\n", 0755);
	explains(mode, with_noexec, in_dir("noexec/prog"), 126, "noexec", NULL);
}

/* ---- the others ------------------------------------------------------------------- */

static void without_capability(void)
{
	/* In a file: in need of CAP_SYS_NICE and effective; here: without it. */
	in_the_directory();
	if (prctl(PR_CAPBSET_DROP, 23, 0, 0, 0) < 0)
		_exit(99);
}

BOTH_MODES(e2e_explain, a_file_capability_outside_the_bounding_set_is_named)
{
	static const unsigned char capability[20] = { 1, 0, 0, 2, 0, 0, 0x80, 0 };

	if (geteuid() != 0)
		SKIP("needs root");
	int machine, class, order;
	own_elf(&machine, &class, &order);
	make_elf("prog", machine, class, order, NULL);
	if (setxattr(in_dir("prog"), "security.capability", capability, sizeof capability, 0) < 0)
		SKIP("no file capabilities here: %s", strerror(errno));
	explains(mode, without_capability, in_dir("prog"), 126, "capability", "23", "bounding set",
		 NULL);
}

BOTH_MODES(e2e_explain, a_link_loop_stays_a_plain_126)
{
	cr_assert(zero(int, symlink("loop", in_dir("loop"))));
	explains(mode, NULL, in_dir("loop"), 126, NULL);
}

BOTH_MODES(e2e_explain, a_file_that_is_written_to_stays_a_plain_126)
{
	make_file("busy", "#!/bin/sh\n", 0755);
	int fd = open(in_dir("busy"), O_WRONLY | O_CLOEXEC);
	explains(mode, NULL, in_dir("busy"), 126, "busy", NULL);
	close(fd);
}

/* ---- E2BIG ------------------------------------------------------------------------ */

enum { STACK = 1 << 20, WORDS = 7, WORD = 32768 }; /* a quarter of the stack is for them */

static char words[WORDS + 1][WORD], *large_environment[WORDS + 2];

static void with_a_large_environment(void)
{
	in_the_directory();
	if (setrlimit(RLIMIT_STACK, &(struct rlimit){ STACK, STACK }) < 0)
		_exit(99);
	environ = large_environment;
}

/* The kernel puts the words of the #! line in front: what was just small enough is not then. */
BOTH_MODES(e2e_explain, arguments_that_are_too_large_come_with_their_size)
{
	static struct run run;
	char line[256] = "#!/bin/sh ";
	int status = 0;

	memset(line + strlen(line), 'x', 240);
	make_file("script", line, 0755);
	for (int i = 0; i <= WORDS; i++)
		large_environment[i] = memset(words[i], 'x', WORD - 1);
	/* The last one grows until the script cannot be started, or pidone neither. */
	for (size_t len = WORD / 2; status != 126 && len < WORD; len += 100) {
		words[WORDS][len] = '\0';
		run_start(&run,
			  &(struct start){ .mode = mode,
					   .args = (const char *[]){ "--", in_dir("script"), NULL },
					   .before_exec = with_a_large_environment });
		status = run_wait(&run);
		const char *err = read_stderr(&run);
		if (status == 126)
			cr_expect(holds(strstr(err, "bytes") != NULL), "it says: %s", err);
		words[WORDS][len] = 'x';
		run_close(&run);
	}
	cr_expect(eq(int, status, 126));
}
