# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# shellcheck shell=bash
# Bundles of the OCI runtime specification, written here, for the low-level runtimes runc and crun:
# both take the same command line.

# RUNTIME: the command and its global options. RUN_ARGS: more of `run`'s arguments.
RUN_ARGS=()

runtime() { "${RUNTIME[@]}" "$@"; }

json_strings() { # WORD... : a JSON array of strings
	local word out=
	for word; do
		word=${word//\\/\\\\}
		word=${word//\"/\\\"}
		out+="${out:+, }\"$word\""
	done
	echo "[$out]"
}

write_bundle() { # NAME TERMINAL COMMAND...
	local name=$1 terminal=$2 capabilities
	shift 2
	capabilities=$(json_strings CAP_KILL CAP_SETUID CAP_SETGID)
	mkdir -p "$D/bundles/$name"
	ln -sfn "$D/rootfs" "$D/bundles/$name/rootfs"
	cat >"$D/bundles/$name/config.json" <<-END
	{
	  "ociVersion": "1.0.2",
	  "process": {
	    "terminal": $terminal,
	    "user": {"uid": 0, "gid": 0},
	    "args": $(json_strings /pidone "${OPTS[@]}" -- "$@"),
	    "env": $(json_strings PATH=/usr/bin:/bin TERM=xterm),
	    "cwd": "/",
	    "capabilities": {"bounding": $capabilities, "effective": $capabilities,
	      "permitted": $capabilities},
	    "noNewPrivileges": true
	  },
	  "root": {"path": "$D/rootfs", "readonly": false},
	  "mounts": [
	    {"destination": "/proc", "type": "proc", "source": "proc"},
	    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
	      "options": ["nosuid", "mode=755", "size=64k"]},
	    {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
	      "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]}
	  ],
	  "linux": {
	    "cgroupsPath": "/$CGROUP/$name",
	    "namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"},
	      {"type": "network"}]
	  }
	}
	END
}

. "$HERE/front-lib.sh"
command_line() { # NAME TERMINAL COMMAND...
	write_bundle "$@"
	LINE=("${RUNTIME[@]}" run --bundle "$D/bundles/$1" "${RUN_ARGS[@]}" "$1")
}

# By number: the runtimes know no RTMIN+3.
e_kill() {
	[ -n "${RUNS:-}" ] || wait_until "the container $1" runtime state "$1"
	RUNS=yes
	runtime kill "$1" "$(signal_number "$2")"
}
e_exec() { local name=$1; shift; runtime exec "$name" "$@"; }
remove_all() {
	local name
	for name in "$D"/bundles/*; do runtime delete --force "$(basename "$name")" || :; done
	rm -f "$D"/tmp/*.log
}

# systemd's socket activation: the runtime says LISTEN_PID=1, which is init; main has to be told
# its own pid, and find the descriptor.
listen_pid_is_mains() {
	local out
	out=$(listen_main 3<<<from-descriptor-3 4<<<from-descriptor-4)
	matches "what main saw" "$out" '^pid [0-9]+ is [0-9]+$'
	equal "LISTEN_PID" "$(sed -n 's/^pid \([0-9]*\) is .*/\1/p' <<<"$out")" \
		"$(sed -n 's/^pid [0-9]* is \([0-9]*\)$/\1/p' <<<"$out")"
	no_match "main's pid" "$out" '^pid 1 '
	matches "descriptor 3" "$out" '^from-descriptor-3$'
	matches "descriptor 4" "$out" '^from-descriptor-4$'
}

# The runtime takes LISTEN_FDS for its own only with its own pid beside it; 4 comes as it is.
listen_main() {
	# shellcheck disable=SC2016
	write_bundle c1 false /bin/sh -c 'echo "pid $LISTEN_PID is $$"; cat <&3; cat <&4'
	# shellcheck disable=SC2016
	bash -c 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"' - \
		"${RUNTIME[@]}" run --preserve-fds 1 --bundle "$D/bundles/c1" c1
}

init_keeps_no_preserved_descriptor() {
	local open
	RUN_ARGS=(--preserve-fds 1)
	exec 3<"$D/rootfs/etc/passwd"
	start_siglog c1
	exec 3<&-
	open=$(in_container /bin/sh -c 'ls -l /proc/1/fd')
	no_match "init's descriptors" "$open" 'passwd'
	matches "main's descriptors" \
		"$(in_container /bin/sh -c 'for p in /proc/[0-9]*; do ls -l $p/fd; done')" '3 -> .*passwd'
}

e_run_once() { # NAME COMMAND...
	write_bundle "$1" false "${@:2}"
	$RUNTIME_WORDS run --bundle "$D/bundles/$1" "$1"
}

statuses_all_over() {
	export -f e_run_once write_bundle json_strings
	export CGROUP RUNTIME_WORDS="${RUNTIME[*]}"
	every_status $(seq 0 17 255) 1 2 124 125 126 127 128 137 143 254
}

bundle_checks() {
	common_checks
	check "--preserve-fds: LISTEN_PID is main's pid, and main has the descriptor" listen_pid_is_mains
	check "--preserve-fds: init does not hold the descriptor" init_keeps_no_preserved_descriptor
}

needs_runtime() { # NAME : skips the file where a container cannot be run at all
	command -v "$1" >/dev/null || all_skipped "$1 is not installed"
	ENGINE="$1 $("$1" --version | sed -n "1s/^$1 version //p")"
	make_test_root "$D/rootfs"
	mkdir -p "$D/bundles"
	local error
	error=$(e_run /bin/true 2>&1) || all_skipped "$1 runs no container here: $error"
	remove_all >/dev/null 2>&1
}
