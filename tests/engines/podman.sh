#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# podman: pidone as what `podman run --init` runs, and as the infra container of a pod.
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"
. "$HERE/podman-lib.sh"

RUN=(run --init --init-path "$D/bin/pidone" --network none --cgroup-parent "/$CGROUP"
	--log-driver k8s-file)

podman_run() { # [OPTION]... -- COMMAND...
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	podman "${RUN[@]}" -e "PIDONE_OPTIONS=${OPTS[*]}" "${options[@]}" localhost/plain "$@"
}

e_run() { podman_run --rm -i -- "$@"; }
e_start() { local name=$1; shift; podman_run -d --name "$name" -- "$@" >/dev/null; }
e_kill() { podman kill -s "${2/RTMIN+3/37}" "$1" >/dev/null; }
e_stop() { podman stop -t 300 "$1" >/dev/null; }
e_status() { STATUS=$(podman wait "$1"); }
e_exec() { local name=$1; shift; podman exec "$name" "$@"; }
e_logs() { podman logs "$1"; }
e_tty() {
	TTY_COMMAND=$(
		podman() { printf '%q ' "${PODMAN[@]}" "$@"; }
		podman_run -it --name c1 -- "$@"
	)
}
remove_all() {
	podman pod rm -f -t 0 -a
	podman rm -f -t 0 -a
}

init_is_pidone() {
	e_start c1 /sleep 1000
	equal "PID 1's program" "$(podman exec c1 sha256sum /proc/1/exe | cut -d ' ' -f 1)" \
		"$(sha256sum "$D/bin/pidone" | cut -d ' ' -f 1)"
}

init_path_of_the_configuration() {
	local out
	out=$(podman run --rm --init --network none --cgroup-parent "/$CGROUP" localhost/plain \
		/bin/sh -c 'sha256sum /proc/1/exe')
	equal "PID 1's program" "${out%% *}" "$(sha256sum "$D/bin/pidone" | cut -d ' ' -f 1)"
}

# A pod whose processes share pids: its infra container is PID 1 and reaps for all.
start_pod() {
	podman pod create --name pod1 --infra-image localhost/pause --infra-name infra1 \
		--share pid,ipc,uts,net --network none --cgroup-parent "/$CGROUP" >/dev/null
	podman run -d --pod pod1 --name c1 --log-driver k8s-file localhost/plain /siglog >/dev/null
	wait_log c1 '^ready'
}

pod_infra_is_pid_1() {
	start_pod
	equal "PID 1" "$(in_container sh -c 'tr "\0" " " </proc/1/cmdline')" "/pidone -P "
}

pod_infra_reaps() {
	local pid
	start_pod
	pid=$(in_container /bin/sh -c '/bin/sh -c "sleep 1000 >/dev/null 2>&1 </dev/null & echo \$!"')
	wait_until "the orphan $pid as the infra container's child" has_parent "$pid" 1
	in_container kill -KILL "$pid"
	wait_until "the orphan $pid reaped" in_container test ! -e "/proc/$pid"
}

# podman asks all containers of a pod to end at once, and one that is gone with its PID 1 before it
# was asked is an error to podman. What becomes of the others is theirs: init waits for its children.
pod_infra_ends_with_0() {
	start_pod
	podman pod stop -t 300 pod1 >/dev/null 2>&1 || :
	equal "the infra container's status" "$(podman wait infra1)" 0
	podman wait c1 >/dev/null
}

common_checks
check "--init-path: it is PID 1" init_is_pidone
check "init_path in containers.conf: it is PID 1" init_path_of_the_configuration
check "a pod's infra container with pidone alone is PID 1" pod_infra_is_pid_1
check "a pod's infra container reaps the orphans of the others" pod_infra_reaps
check "a pod's infra container ends with 0 when the pod is stopped" pod_infra_ends_with_0

if [ -z "${ENGINES_CHECK:-}" ]; then
	error=$(configure_podman "init_path = \"$D/bin/pidone\"") || all_skipped "$error"
	make_test_root "$D/rootfs"
	cp "$D/rootfs/bin/busybox" "$D/rootfs/sleep"
	mkdir "$D/pause"
	cp "$D/bin/pidone" "$D/pause/"
	error=$(tar -C "$D/rootfs" -c . | podman import -q - localhost/plain 2>&1) ||
		all_skipped "podman imports no image here: $error"
	tar -C "$D/pause" -c . |
		podman import -q --change 'ENTRYPOINT ["/pidone", "-P"]' - localhost/pause >/dev/null
	error=$(e_run /bin/true 2>&1) || all_skipped "podman runs no container here: $error"
fi
run_checks "$@"
