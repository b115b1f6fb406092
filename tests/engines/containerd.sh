#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# containerd, of the tests' own, through ctr.
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"

CTR=(ctr --address /run/ctrd.sock --namespace "$CGROUP")
RUN=(run --rootfs --env PATH=/bin:/usr/bin --cgroup "/$CGROUP/c1")

e_run() {
	local status=0
	"${CTR[@]}" "${RUN[@]}" --rm "$D/rootfs" c1 /pidone "${OPTS[@]}" -- "$@" || status=$?
	return "$status"
}

# ctr stays in front, with the container's output and its exit status.
e_start() {
	local name=$1
	shift
	env --default-signal=INT,QUIT "${CTR[@]}" "${RUN[@]}" "$D/rootfs" "$name" \
		/pidone "${OPTS[@]}" -- "$@" >"$D/tmp/$name.log" 2>&1 </dev/null &
	E_PID=$!
}
e_kill() {
	wait_until "the task $1" task_runs "$1"
	"${CTR[@]}" task kill -s "$2" "$1"
}
task_runs() { "${CTR[@]}" task ls | grep -q "^$1 .*RUNNING"; }
e_stop() { e_kill "$1" TERM; }
e_status() {
	STATUS=0
	wait "$E_PID" || STATUS=$?
}
e_exec() { local name=$1; shift; "${CTR[@]}" task exec --exec-id "e$EPOCHREALTIME" "$name" "$@"; }
e_logs() { cat "$D/tmp/$1.log"; }
e_tty() {
	TTY_COMMAND="$(printf '%q ' "${CTR[@]}" "${RUN[@]}" --tty "$D/rootfs" c1 \
		/pidone "${OPTS[@]}" -- "$@")"
}
remove_all() {
	"${CTR[@]}" task rm --force c1
	"${CTR[@]}" container rm c1
	rm -f "$D"/tmp/*.log
}

common_checks

if [ -z "${ENGINES_CHECK:-}" ]; then
	type -P containerd ctr >/dev/null || all_skipped "containerd is not installed"
	make_test_root "$D/rootfs"
	cp "$D/rootfs/bin/busybox" "$D/rootfs/sleep"
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
