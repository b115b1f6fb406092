#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# podman: pidone as what `podman run --init` runs, and as the infra container of a pod.
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"
SIGNALS=$A_FEW_SIGNALS
. "$HERE/podman-lib.sh"

CLIENT=podman
. "$HERE/client-lib.sh"
INIT=(--init --init-path "$D/bin/pidone")

client_options() { # OPTION...
	RUN=(run "${INIT[@]}" --network none --cgroup-parent "/$CGROUP" --log-driver k8s-file
		-e "PIDONE_OPTIONS=${OPTS[*]}" "$@" localhost/plain)
}

remove_all() {
	podman pod rm -f -t 0 -a
	podman rm -f -t 0 -a
}

# podman's default, or what the configuration says.
init_path_of_the_configuration() {
	local conf=$D/tmp/without.conf
	INIT=(--init)
	starts_pidone
	remove_all >/dev/null 2>&1
	sed '/^init_path/d' "$CONTAINERS_CONF" >"$conf"
	CONTAINERS_CONF=$conf must_fail "init_path" starts_pidone
	remove_all >/dev/null 2>&1
	sed '/^init_path/s|=.*|= "/nonexistent"|' "$CONTAINERS_CONF" >"$conf"
	CONTAINERS_CONF=$conf must_fail "the file of init_path" starts_pidone
}

called_docker_init() {
	mkdir -p "$D/path"
	cp "$D/bin/pidone" "$D/path/docker-init"
	INIT=(--init --init-path "$D/path/docker-init")
	starts_pidone
	e_stop c1
	e_status c1
	equal "status" "$STATUS" 143
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
	pid_1_is_pidone c1
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
check "init_path in containers.conf: it is PID 1, and not without it" init_path_of_the_configuration
check "an --init-path called docker-init: it is PID 1, and a stop ends with 143" called_docker_init
check "a pod's infra container with pidone alone is PID 1" pod_infra_is_pid_1
check "a pod's infra container reaps the orphans of the others" pod_infra_reaps
check "a pod's infra container ends with 0 when the pod is stopped" pod_infra_ends_with_0

if [ -z "${ENGINES_CHECK:-}" ]; then
	error=$(configure_podman "init_path = \"$D/bin/pidone\"") || all_skipped "$error"
	podman_versions
	make_test_root "$D/rootfs"
	error=$(tar -C "$D/rootfs" -c . | podman import -q - localhost/plain 2>&1) ||
		all_skipped "podman imports no image here: $error"
	import_pause >/dev/null
	error=$(e_run /bin/true 2>&1) || all_skipped "podman runs no container here: $error"
fi
run_checks "$@"
