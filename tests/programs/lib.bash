# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the tests of real programs share. A test is a function whose name is in TESTS; it runs in a
# subshell with a folder $T of its own and passes where it comes to its end: no command failed, no
# `fail`, no `skip`. What it started and wrote is gone afterwards, however it ends.

PIDONE=$(realpath "${PIDONE:-./pidone}")
SKIPPED=77
export WAIT_S=${WAIT_S:-60} # for an event that has to come: generous, machines are slow
TESTS=()

fail() { echo "FAIL $test: $*"; exit 1; }
skip() { echo "SKIP $test: $*"; exit $SKIPPED; }

# Runs one test, and tells how it ended. To be called in a subshell of its own.
run_test() {
	set -eu
	test=$1 job='' init=''
	T=$(mktemp -d)
	chmod 755 "$T" # others than root have their data in it
	trap clean_up EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	"$test"
	echo "PASS $test"
}

clean_up() {
	local status=$?

	trap - EXIT
	trap '' HUP INT TERM
	case $status in
	0 | 1 | "$SKIPPED" | 129 | 130 | 143) ;;
	*) echo "FAIL $test: a command of the test failed with status $status" ;;
	esac
	[ $status = 0 ] || [ $status = $SKIPPED ] || sed 's/^/  | /' "$T"/*.log 2>/dev/null || :
	stop
	rm -rf "$T"
	exit $status
}

need() { # COMMAND... : skips where one is not installed
	local command
	for command; do
		command -v "$command" >/dev/null || skip "$command is not installed"
	done
}
need_root() { [ "$(id -u)" = 0 ] || skip "$1 needs root"; }

# Debian's own, where PATH has a wrapper before it.
python() { if [ -x /usr/bin/python3 ]; then echo /usr/bin/python3; else command -v python3; fi; }

# Waits until a command succeeds. Fails the test with its first argument, what is waited for.
wait_for() {
	local what=$1 deadline=$((SECONDS + WAIT_S))
	shift
	until "$@" 2>/dev/null; do
		[ $SECONDS -lt $deadline ] || fail "$what: not within $WAIT_S s"
		sleep 0.02
	done
}

# ---- a program in a new pid namespace ----------------------------------------

# Sets `namespace`, the command that makes one; skips where there is none to be had.
find_namespace() {
	local options
	for options in -fp -Urfp; do
		namespace=(unshare "$options" --mount-proc --kill-child)
		! "${namespace[@]}" true 2>/dev/null || return 0
	done
	skip "no new pid namespace can be made here"
}

# Runs a command as PID 1 of a new pid namespace, its output in $T/out.log. $job is unshare, $init
# the PID 1, as seen from outside. (bash would let a background job ignore INT and QUIT.)
start_as_pid1() {
	find_namespace
	env --default-signal=INT,QUIT "${namespace[@]}" "$@" <"${input:-/dev/null}" \
		>>"$T/out.log" 2>&1 &
	job=$!
	wait_for "PID 1 of the new namespace" has_init
}
has_init() {
	init=$(children "$job")
	[ -n "$init" ] && [ "$(name_of "$init")" != unshare ]
}

# The same under pidone. $main is the program itself.
start() {
	start_as_pid1 "$PIDONE" -- "$@"
	wait_for "main" has_main
}
has_main() {
	main=$(children "$init" | head -n 1)
	[ -n "$main" ]
}

# Waits for the end; sets $status: that of PID 1.
finish() {
	wait_for "the end of $test's program" init_is_gone
	status=0
	wait "$job" 2>/dev/null || status=$?
	job='' init=''
}
init_is_gone() { [ ! -e "/proc/$init" ]; }

# Ends what runs, at once; nothing where nothing does.
stop() {
	[ -n "$job" ] || return 0
	{ kill -KILL ${init:+"$init"} "$job" && wait "$job"; } 2>/dev/null || :
	job='' init=''
}

expect_status() { [ "$status" = "$1" ] || fail "status $status, not $1"; }

# ---- looking at processes ---------------------------------------------------

children() { # PID
	local file
	grep -ls "^PPid:[[:blank:]]*$1\$" /proc/[0-9]*/status | while read -r file; do
		file=${file#/proc/}
		echo "${file%/status}"
	done
}
name_of() { cat "/proc/$1/comm" 2>/dev/null || :; }
is_named() { [ "$(name_of "$1")" = "$2" ]; }
has_line() { grep -qxF -- "$1" "$T/out.log"; }
