# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# shellcheck shell=bash
# What the engine tests share. A test file sources this first, then registers its checks with
# `check`, then calls `run_checks`. A file is a program of its own: tests/engines/docker.sh.
#
# Everything runs in a sandbox: own pid, mount, network and IPC namespace, with empty /run and
# /dev/shm. Nothing an engine starts, mounts or connects can outlive it or meet an engine that the
# machine runs already, and nothing listens where others could reach it.

set -eu

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
FILE=$(basename "$0")
CHILDREN=$ROOT/build/tests/children
PIDONE=${PIDONE:-$ROOT/pidone} # the one under test
LONG=60 # seconds for what has to come; generous, machines are slow
ENGINE= # what runs here, with its version: of the counts at the end

# ENGINES_WITHOUT=1: a program that only starts its command stands in for pidone, and every check has
# to fail: one that passes so would not notice that pidone is not there.
[ -z "${ENGINES_WITHOUT:-}" ] || LONG=4

# ---- the sandbox --------------------------------------------------------------------------------

all_skipped() { # REASON : nothing of this file can run
	echo "SKIP $FILE: $1"
	report_counts 0 0 1
	exit 0
}

report_counts() { # PASSED FAILED SKIPPED : to the runner of all files, or as the last line
	if [ -n "${ENGINES_COUNTS:-}" ]; then
		echo "$1 $2 $3 ${FILE%.sh}: $ENGINE" >>"$ENGINES_COUNTS"
	else
		echo "$1 passed, $2 failed, $3 skipped${ENGINE:+ ($ENGINE)}"
	fi
}

# podman puts pods below libpod_parent, whatever it is told.
sandbox_cgroups() {
	find /sys/fs/cgroup -depth -type d -path "*/$1*" 2>/dev/null || :
	[ "$OTHER_PODMAN" = yes ] || find /sys/fs/cgroup -depth -type d -path '*/libpod_parent*' 2>/dev/null || :
}

# After the sandbox every process in it is dead; what is left are its cgroups and its folder.
sandbox_remove() {
	local dir try
	for try in $(seq 100); do
		for dir in $(sandbox_cgroups "$CGROUP"); do rmdir "$dir" 2>/dev/null || :; done
		[ -n "$(sandbox_cgroups "$CGROUP")" ] || break
		sleep 0.1
	done
	rm -rf --one-file-system "$D"
}

# Processes and networks end with their namespaces, files in /run, /etc and /var/lib with their
# mounts; this is what could stay all the same.
sandbox_left() {
	find /sys/fs/cgroup -type d -path "*/$CGROUP*" 2>/dev/null || :
	grep -F "$D" /proc/mounts || :
	[ ! -e "$D" ] || echo "$D"
}

if [ -z "${ENGINES_SANDBOX:-}" ]; then
	[ "$(id -u)" = 0 ] || all_skipped "needs root"
	unshare --mount --net --ipc --pid --fork true 2>/dev/null ||
		all_skipped "this kernel or container lets root make no namespaces"
	if [ ! -x "$PIDONE" ] || [ ! -x "$CHILDREN/siglog" ]; then
		echo "$FILE: run 'make test-engines' first: it builds what this needs" >&2
		exit 1
	fi
	# Here, not in the sandbox: debootstrap needs a network.
	[ -z "${NEEDS_DEBIAN:-}" ] || "$HERE/debian-root" "$ROOT/build/engines/debian.tar" || :
	umask 022
	D=$(mktemp -d /tmp/peXXXXXX) # short: a socket's path has 108 characters
	chmod 755 "$D"
	CGROUP=$(basename "$D")
	OTHER_PODMAN=yes
	[ "$FILE" != examples.sh ] || compgen -G '/sys/fs/cgroup/*/libpod_parent' >/dev/null || OTHER_PODMAN=no
	export D CGROUP OTHER_PODMAN ENGINES_SANDBOX=1
	trap sandbox_remove EXIT
	trap 'kill -KILL "$sandbox" 2>/dev/null || :; exit 130' INT TERM HUP
	unshare --mount --net --ipc --pid --fork --kill-child --mount-proc bash "$0" "$@" &
	sandbox=$!
	status=0
	wait "$sandbox" || status=$?
	sandbox_remove
	left=$(sandbox_left)
	[ -z "$left" ] || { printf 'LEFT BEHIND by %s:\n%s\n' "$FILE" "$left"; status=1; }
	exit "$status"
fi

if [ -z "${ENGINES_CHECK:-}" ]; then
	# -n: or mount(8) would make its own folder in the machine's /run before.
	mount -n -t tmpfs -o mode=755 tmpfs /run
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm
	mkdir -m 1777 /run/lock
	ip link set lo up 2>/dev/null || :
	mkdir -p "$D/home" "$D/tmp" "$D/bin"
	export HOME=$D/home TMPDIR=$D/tmp
	unset DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG DOCKER_BUILDKIT XDG_RUNTIME_DIR PIDONE_OPTIONS
	unset CONTAINERS_CONF CONTAINERS_STORAGE_CONF CONTAINER_HOST NOTIFY_SOCKET LISTEN_PID LISTEN_FDS
	# Copies: what the engines run must not change under them.
	cp "$CHILDREN/siglog" "$D/bin/"
	cp "$PIDONE" "$D/bin/pidone"
	sha256sum "$D/bin/pidone" >"$D/sum"
	[ -z "${ENGINES_WITHOUT:-}" ] || cp "$CHILDREN/noinit" "$D/bin/pidone"
	chmod 755 "$D"/bin/*
fi

# Engines write a key, a lock or a cache there, wherever their data is.
sandbox_own() { # DIR... : what is written there goes with the sandbox; false where that cannot be
	local dir
	mkdir -p "$D/own"
	mountpoint -q "$D/own" || mount -t tmpfs tmpfs "$D/own"
	for dir; do
		[ ! -d "$D/own$dir" ] || continue
		mkdir -p "$D/own$dir/upper" "$D/own$dir/work"
		mount -t overlay overlay \
			-o "lowerdir=$dir,upperdir=$D/own$dir/upper,workdir=$D/own$dir/work" "$dir" 2>/dev/null ||
			return 1
	done
}

# ---- checks -------------------------------------------------------------------------------------

CHECKS=() # "sentence<TAB>function and arguments"
TEXT_CHECKS=() # sentences of the checks that run no init

check() { # SENTENCE FUNCTION [ARG]...
	local sentence=$1
	shift
	CHECKS+=("$sentence"$'\t'"$*")
}

text_check() { # SENTENCE FUNCTION [ARG]... : of a text alone, so that it cannot miss an init
	TEXT_CHECKS+=("$1")
	check "$@"
}

is_text_check() { # SENTENCE
	local sentence
	for sentence in "${TEXT_CHECKS[@]}"; do [ "$sentence" != "$1" ] || return 0; done
	return 1
}

SKIP_STATUS=77
fail() { echo "$*"; exit 1; }
skip() { echo "$*"; exit "$SKIP_STATUS"; }

equal() { # WHAT GOT WANTED
	[ "$2" = "$3" ] || fail "$1: got '$2', wanted '$3'"
}

matches() { # WHAT TEXT PATTERN
	printf '%s\n' "$2" | grep -qE -- "$3" || fail "$1: no '$3' in: $2"
}

must_fail() { # WHAT COMMAND... : what makes the next line of a check worth something
	local what=$1
	shift
	if ("$@") >/dev/null 2>&1; then fail "passes without it: $what"; fi
}

no_match() { # WHAT TEXT PATTERN
	if printf '%s\n' "$2" | grep -qE -- "$3"; then fail "$1: '$3' in: $2"; fi
}

try_until() { # COMMAND... : repeats it until it succeeds; false when the time is up
	local end=$((SECONDS + LONG))
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

wait_until() { # WHAT COMMAND...
	local what=$1
	shift
	try_until "$@" || fail "waited $LONG s in vain: $what"
}

# Each check is a process of its own, with the file read anew: nothing leaks from one to the next.
run_check() { # NUMBER : its status; what it said is in $D/tmp/check.out
	local limit=300
	[ -z "${ENGINES_WITHOUT:-}" ] || limit=60
	ENGINES_CHECK=$1 timeout -k 10 "$limit" bash "$0" >"$D/tmp/check.out" 2>&1 </dev/null
}

run_checks() { # [PATTERN] : the checks whose sentence it is in, or all
	local number sentence status passed=0 failed=0 skipped=0 tab=$'\t' started
	if [ -n "${ENGINES_CHECK:-}" ]; then
		# shellcheck disable=SC2086
		set -- ${CHECKS[$ENGINES_CHECK]#*"$tab"}
		trap 'end_check' EXIT
		"$@"
		return
	fi
	for number in "${!CHECKS[@]}"; do
		sentence=${CHECKS[$number]%%"$tab"*}
		[ $# = 0 ] || printf '%s\n' "$sentence" | grep -qE -- "$1" || continue
		[ -z "${ENGINES_WITHOUT:-}" ] || ! is_text_check "$sentence" || continue
		status=0
		started=${EPOCHREALTIME/./}
		run_check "$number" || status=$?
		[ -z "${ENGINES_WITHOUT:-}" ] || status=$(status_without "$status")
		case $status in
		0)
			passed=$((passed + 1))
			printf 'PASS %s (%d ms)\n' "$sentence" $(((${EPOCHREALTIME/./} - started) / 1000))
			;;
		"$SKIP_STATUS")
			skipped=$((skipped + 1))
			echo "SKIP $sentence: $(tail -n 1 "$D/tmp/check.out")"
			;;
		*)
			failed=$((failed + 1))
			echo "FAIL $sentence"
			[ "$status" != 124 ] && [ "$status" != 137 ] || echo "	it took too long"
			sed 's/^/	/' "$D/tmp/check.out"
			;;
		esac
	done
	report_counts "$passed" "$failed" "$skipped"
	[ "$failed" = 0 ]
}

status_without() { # STATUS : turned round, but for what was skipped
	case $1 in
	0) echo "it passes without pidone" >>"$D/tmp/check.out"; echo 1 ;;
	"$SKIP_STATUS") echo "$1" ;;
	*) echo 0 ;;
	esac
}

end_check() { # engines define remove_all
	if declare -F remove_all >/dev/null; then remove_all >/dev/null 2>&1 || :; fi
}

# ---- root file systems --------------------------------------------------------------------------

busybox_path() {
	local found
	for found in /bin/busybox /usr/bin/busybox; do
		[ -x "$found" ] && { echo "$found"; return; }
	done
	return 1
}

# A root of busybox-static alone, as the base of images; with pidone and siglog where asked.
make_busybox_root() { # DIR
	local busybox
	busybox=$(busybox_path) || all_skipped "needs busybox-static"
	mkdir -p "$1"/{bin,dev,etc,proc,root,sys,tmp,run,usr}
	chmod 1777 "$1/tmp"
	cp "$busybox" "$1/bin/busybox"
	chroot "$1" /bin/busybox --install -s /bin 2>/dev/null || all_skipped "needs a static busybox"
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$1/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$1/etc/group"
}

make_test_root() { # DIR : busybox, pidone, siglog and a program without handlers, as bundles need it
	make_busybox_root "$1"
	cp "$D"/bin/* "$1/"
	cp "$1/bin/busybox" "$1/sleep"
}

# ---- terminals ----------------------------------------------------------------------------------

# A program on a terminal: script(1) holds the other end, as a terminal window would.
tty_start() { # COMMAND... : its output grows in $TTY_OUT
	command -v script >/dev/null || skip "needs script(1)"
	TTY_OUT=$D/tmp/tty.out
	rm -f "$D/tmp/tty.in" "$D/tmp/tty.name"
	mkfifo "$D/tmp/tty.in"
	: >"$TTY_OUT"
	# SIGINT as a terminal window has it: bash ignores it for what runs behind.
	env --default-signal=INT,QUIT script -qefc \
		"tty >$D/tmp/tty.name; stty rows 24 cols 80; exec $*" /dev/null \
		<"$D/tmp/tty.in" >"$TTY_OUT" 2>&1 &
	TTY_PID=$!
	exec 8>"$D/tmp/tty.in"
	TTY_SEEN=0
	wait_until "a terminal" test -s "$D/tmp/tty.name"
}

tty_type() { printf '%b' "$1" >&8; } # TEXT, with \n and \003

tty_has() { tail -c "+$((TTY_SEEN + 1))" "$TTY_OUT" | tr -d '\r' | grep -qE -- "$1"; }

tty_expect() { # PATTERN : waits for it in what came since the last one
	try_until tty_has "$1" ||
		fail "no '$1' on the terminal, but: $(tail -c "+$((TTY_SEEN + 1))" "$TTY_OUT" | cat -v)"
	TTY_SEEN=$(stat -c %s "$TTY_OUT")
}

# At once: stty sets rows and columns one after the other, and each is a resize of its own.
tty_resize() { # ROWS COLS
	python3 - "$(cat "$D/tmp/tty.name")" "$@" <<-'EOF'
		import fcntl, struct, sys, termios
		with open(sys.argv[1], "rb", buffering=0) as tty:
		    size = struct.pack("HHHH", int(sys.argv[2]), int(sys.argv[3]), 0, 0)
		    fcntl.ioctl(tty, termios.TIOCSWINSZ, size)
	EOF
}

tty_end() { # waits for the program; its status
	local status=0
	wait "$TTY_PID" || status=$?
	exec 8>&-
	TTY_STATUS=$status
}
