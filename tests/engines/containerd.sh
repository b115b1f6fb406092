#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# containerd, of the tests' own, through ctr.
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"
SIGNALS=$A_FEW_SIGNALS

CTR=(ctr --address /run/ctrd.sock --namespace "$CGROUP")
. "$HERE/front-lib.sh"
RUN_ARGS=()

command_line() { # NAME TERMINAL COMMAND...
	local name=$1 terminal=()
	[ "$2" = false ] || terminal=(--tty)
	shift 2
	LINE=("${CTR[@]}" run --rootfs --env PATH=/bin:/usr/bin --cgroup "/$CGROUP/c1" "${terminal[@]}"
		"${RUN_ARGS[@]}" "$D/rootfs" "$name" /pidone "${OPTS[@]}" -- "$@")
}

e_run() { # the container's name is free again behind it
	RUN_ARGS=(--rm)
	command_line c1 false "$@"
	"${LINE[@]}"
}
e_kill() {
	[ -n "${RUNS:-}" ] || wait_until "the task $1" task_runs "$1"
	RUNS=yes
	"${CTR[@]}" task kill -s "$(signal_number "$2")" "$1"
}
task_runs() { "${CTR[@]}" task ls | grep -q "^$1 .*RUNNING"; }
e_exec() { local name=$1; shift; "${CTR[@]}" task exec --exec-id "e$EPOCHREALTIME" "$name" "$@"; }
remove_all() {
	"${CTR[@]}" task rm --force c1
	"${CTR[@]}" container rm c1
	rm -f "$D"/tmp/*.log
}

common_checks

if [ -z "${ENGINES_CHECK:-}" ]; then
	type -P containerd ctr >/dev/null || all_skipped "containerd is not installed"
	ENGINE="containerd $(containerd --version | cut -d ' ' -f 3)"
	make_test_root "$D/rootfs"
	cat >"$D/containerd.toml" <<-END
	version = 2
	root = "$D/containerd"
	state = "/run/ctrd"
	disabled_plugins = ["io.containerd.grpc.v1.cri"]
	[grpc]
	address = "/run/ctrd.sock"
	END
	containerd --config "$D/containerd.toml" >"$D/containerd.log" 2>&1 &
	CONTAINERD=$!
	trap 'kill -TERM "$CONTAINERD"; wait "$CONTAINERD" || :' EXIT
	settled() { "${CTR[@]}" version || ! kill -0 "$CONTAINERD"; }
	try_until settled
	error=$(e_run /bin/true 2>&1) || all_skipped "containerd runs no container here: $error"
	remove_all >/dev/null 2>&1 || :
fi
run_checks "$@"
