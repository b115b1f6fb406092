# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A root file system with two files, /pidone and a static busybox as /bin/sh: no /proc, no /dev.

make_root() {
	local busybox

	need busybox
	busybox=$(command -v busybox.static || command -v busybox)
	mkdir -p "$T/root/bin"
	cp "$PIDONE" "$T/root/pidone"
	cp "$busybox" "$T/root/bin/sh"
	find_namespace
	"${namespace[@]}" chroot "$T/root" /bin/sh -c : 2>/dev/null ||
		skip "no static busybox here, or no chroot"
}

# The shell reads what is written to descriptor 5.
start_in_root() {
	mkfifo "$T/in"
	exec 5<>"$T/in"
	input=$T/in start_as_pid1 chroot "$T/root" /pidone -- /bin/sh
	wait_for "main" has_main
}

TESTS+=(busybox_root_runs_a_shell_and_tells_its_status)
busybox_root_runs_a_shell_and_tells_its_status() {
	make_root
	start_in_root
	# shellcheck disable=SC2016
	echo 'echo "pid $$, parent $PPID"; exit 7' >&5
	finish
	expect_status 7
	has_line "pid 2, parent 1" || fail "said: $(cat "$T/out.log")"
}

TESTS+=(busybox_root_keeps_no_zombie_and_ends_of_term)
busybox_root_keeps_no_zombie_and_ends_of_term() {
	make_root
	start_in_root
	# The shell waits for ( ), not for what is started in it. That complains of a root without
	# /dev/null, in the middle of the line that is waited for.
	echo 'for i in 1 2 3 4 5 6 7 8 9 10; do (exec 2>&-; :&); done; echo done' >&5
	wait_for "the shell" has_line "done"
	wait_for "no child of PID 1 but the shell" only_main_is_left
	kill -TERM "$init"
	finish
	expect_status 143
}
only_main_is_left() { [ "$(children "$init")" = "$main" ]; }
