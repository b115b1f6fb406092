#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# Each file of examples/ is built, run, or given to the engine that reads it.
NEEDS_DEBIAN=1
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"
. "$HERE/docker-lib.sh"
. "$HERE/podman-lib.sh"

EXAMPLES=$ROOT/examples
IMAGE=registry.example.com/worker:1.0 # as the pods name it
PLAIN=registry.example.com/plain:1.0 # one without an init

build_example() { # NAME TAG
	docker build -q --network none -t "$2" -f "$D/examples/$1.Dockerfile" "$D/examples" >/dev/null
}

worker_stops_gracefully() { # DOCKER RUN ARGUMENTS...
	docker run -d --name c1 "$@" >/dev/null
	wait_log c1 '^worker: up'
	e_stop c1
	wait_log c1 '^worker: bye'
	wait_log c1 '^helper: saved'
	e_status c1
	equal "status" "$STATUS" 0
}

image_of_debian() {
	docker image inspect debian:bookworm-slim >/dev/null 2>&1 || skip "no debian base could be made here"
	build_example debian worker
	worker_stops_gracefully worker
}

image_of_alpine() { # a busybox root stands in for the base
	build_example alpine worker
	worker_stops_gracefully worker
}

image_from_scratch() { # app: a static program of the tests
	build_example scratch app
	docker run -d --name c1 app >/dev/null
	wait_log c1 "$READY"
	e_stop c1
	e_status c1
	equal "status" "$STATUS" 0
}

stand_in_is_built() { # SOURCE : in the place of pidone, see lib.sh
	cp "$D/bin/pidone" "$1/stand-in"
	printf 'pidone:\n\tcp stand-in pidone\n' >"$1/Makefile"
}

image_of_two_stages() {
	docker image inspect debian:bookworm-slim >/dev/null 2>&1 || skip "no debian base could be made here"
	mkdir "$D/source"
	cp -r "$ROOT"/{Makefile,LICENSE,layout.ld,.git-sha,.dockerignore,mk,examples,*.c,*.h} "$D/source/"
	[ -z "${ENGINES_WITHOUT:-}" ] || stand_in_is_built "$D/source"
	docker build -q --network none -t worker -f "$D/source/examples/multistage.Dockerfile" \
		"$D/source" >/dev/null
	worker_stops_gracefully worker
}

compose() { # FILE ARGUMENTS...
	local file=$1
	# A network of the project's own needs what this kernel may not have; host's is the sandbox's.
	printf 'services: { worker: { network_mode: host } }\n' >"$D/tmp/override.yaml"
	grep -E '^version:' "$file" >>"$D/tmp/override.yaml" || :
	shift
	set -- -p example -f "$file" -f "$D/tmp/override.yaml" "$@"
	if docker compose version >/dev/null 2>&1; then docker compose "$@"; else docker-compose "$@"; fi
}

needs_compose() { docker compose version || docker-compose version; }

compose_project_is_graceful() { # FILE PID-1
	local id
	needs_compose >/dev/null 2>&1 || skip "docker-compose is not installed"
	compose "$1" up -d --build --scale worker=1 >/dev/null 2>"$D/tmp/compose.err" || fail "$(cat "$D/tmp/compose.err")"
	id=$(docker ps -q)
	wait_log "$id" '^worker: up'
	matches "PID 1" "$(docker exec "$id" sh -c 'tr "\0" " " </proc/1/cmdline')" "$2"
	pid_1_is_pidone "$id"
	compose "$1" stop >/dev/null 2>&1
	wait_log "$id" '^helper: saved'
	equal "status" "$(docker wait "$id")" 0
	compose "$1" down >/dev/null 2>&1
	equal "containers left" "$(docker ps -aq)" ""
}

compose_file_runs() {
	compose_project_is_graceful "$D/examples/compose.yaml" '^/sbin/pidone -t 5s -- worker $'
}

# Compose's own init: true, and without it the same project fails.
stack_file_runs_with_compose() {
	compose_project_is_graceful "$EXAMPLES/stack.yaml" '^/sbin/docker-init -- '
	sed '/init: true/d' "$EXAMPLES/stack.yaml" >"$D/tmp/plain.yaml"
	# daemon.json would make up for it: with the daemon that has none.
	export DOCKER_HOST=unix:///run/d.sock
	must_fail "init: true" compose_project_is_graceful "$D/tmp/plain.yaml" .
}

deploy() { # FILE REPLICAS : as a stack, waits until each task is up
	docker swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1 >/dev/null
	# As with Compose, host's network.
	sed '/^services:/,$ { /^    image:/a\    networks: [host]
	}
	$a networks: { host: { external: true, name: host } }' "$1" >"$D/tmp/stack.yaml"
	docker stack deploy --resolve-image never -c "$D/tmp/stack.yaml" example 2>&1
	are_up() { [ "$(all_logs | grep -c '^worker: up')" = "$1" ]; }
	wait_until "$2 tasks" are_up "$2"
}

all_logs() { docker ps -aq | xargs -r -n 1 docker logs 2>&1; }

remove_stack() { # REPLICAS : every helper could save
	docker service scale --detach example_worker=0 >/dev/null
	saved() { [ "$(all_logs | grep -c '^helper: saved')" = "$1" ]; }
	wait_until "the work of $1 helpers" saved "$1"
	docker stack rm example >/dev/null
	docker swarm leave --force >/dev/null
}

# With the daemon that daemon.json configures.
configured() {
	export DOCKER_HOST=unix:///run/d2.sock
	"$@"
}

stack_file_runs() {
	deploy "$EXAMPLES/stack.yaml" 2
	matches "PID 1" "$(docker exec "$(docker ps -q | head -n 1)" sh -c 'tr "\0" " " </proc/1/cmdline')" \
		'^/sbin/docker-init -- '
	pid_1_is_pidone "$(docker ps -q | head -n 1)"
	remove_stack 2
}

daemon_json_is_enough() {
	worker_stops_gracefully -e 'PIDONE_OPTIONS=-t 5s' plain-worker
	docker rm c1 >/dev/null
	runs_pidone plain-worker
	docker rm -f c1 >/dev/null
	export DOCKER_HOST=unix:///run/d.sock
	must_fail "daemon.json" runs_pidone plain-worker
}

runs_pidone() { # DOCKER RUN ARGUMENTS...
	docker run -d --name c1 --network host "$@" >/dev/null
	pid_1_is_pidone c1
}

# The image has no init of its own.
podman_init() { # CONTAINERS_CONF [OPTION]... : what PID 1 is
	{
		cat "$1"
		# In the table [containers] still; what a machine with cgroup v1 needs.
		echo 'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]'
		printf '[engine]\ncgroup_manager = "cgroupfs"\n'
	} >"$D/tmp/containers.conf"
	shift
	CONTAINERS_CONF=$D/tmp/containers.conf podman run --rm "$@" --network none \
		--cgroup-parent "/$CGROUP" "$PLAIN" /bin/sh -c 'sha256sum /proc/1/exe' >"$D/tmp/podman.out" 2>&1 ||
		fail "$(cat "$D/tmp/podman.out")"
	equal "PID 1's program" "$(sed -n 's/ .*//p' "$D/tmp/podman.out")" "$(pidone_sum)"
}

containers_conf_is_enough() {
	needs_podman
	podman_init "$EXAMPLES/containers.conf" --init
	must_fail "--init" podman_init "$EXAMPLES/containers.conf"
	sed 's|^init_path = .*|init_path = "/nonexistent"|' "$EXAMPLES/containers.conf" >"$D/tmp/wrong.conf"
	must_fail "the file of init_path" podman_init "$D/tmp/wrong.conf" --init
	sed '/^init_path/d' "$EXAMPLES/containers.conf" >"$D/tmp/without.conf"
	must_fail "init_path" podman_init "$D/tmp/without.conf" --init
	# As the comment there says.
	sed 's|^init_path|init = true\n&|' "$EXAMPLES/containers.conf" >"$D/tmp/true.conf"
	must_fail "--init, with init = true" podman_init "$D/tmp/true.conf"
}

needs_podman() {
	[ ! -s "$D/no-podman" ] || skip "podman runs no container here: $(cat "$D/no-podman")"
}

# All that can be done for a pod where podman runs none, and it is no pass.
parse_alone() { # FILE
	local error
	error="podman runs no container here: $(cat "$D/no-podman")"
	python3 -c 'import yaml' 2>/dev/null || skip "$error; nor parsed, without python3-yaml"
	python3 - "$EXAMPLES/kubernetes/$1" <<-END || fail "it does not parse as a pod"
	import sys, yaml
	pod = yaml.safe_load(open(sys.argv[1]))
	assert (pod["apiVersion"], pod["kind"]) == ("v1", "Pod") and pod["metadata"]["name"]
	assert all(c["name"] and c["image"] and c["command"] for c in pod["spec"]["containers"])
	END
	skip "parsed alone, without a schema; $error"
}

play() { # FILE CONTAINER...
	local container
	[ ! -s "$D/no-podman" ] || parse_alone "$1"
	podman kube play --network none --log-driver k8s-file "$EXAMPLES/kubernetes/$1" >/dev/null
	shift
	for container; do
		try_until pod_log_has "$container" '^worker: up' || fail "$container: $(podman logs "$container")"
	done
}
pod_log_has() { podman logs "$1" 2>&1 | grep -qE -- "$2"; }

kubernetes_pod_runs() {
	[ ! -s "$D/no-podman" ] || parse_alone pod.yaml
	# A file of the host's at this place, as the kubelet mounts one.
	: >"$D/tmp/termination-log"
	sed "/^.containers./a volumes = [\"$D/tmp/termination-log:/dev/termination-log\"]" \
		"$CONTAINERS_CONF" >"$D/tmp/containers.conf"
	CONTAINERS_CONF=$D/tmp/containers.conf play pod.yaml worker-worker
	podman pod stop worker >/dev/null
	wait_until "the helper's work" pod_log_has worker-worker '^helper: saved'
	equal "status" "$(podman inspect -f '{{.State.ExitCode}}' worker-worker)" 0
	matches "what kubectl describe would show" "$(cat "$D/tmp/termination-log")" \
		'command=worker .*end=exit status=0 exit=0 .*last_signal=TERM .*left=0 '
}

kubernetes_pod_with_shared_pids_runs() {
	play shared-pids.yaml shared-worker shared-neighbour
	equal "PID 1" "$(podman exec shared-worker sh -c 'tr "\0" " " </proc/1/cmdline')" "/pidone -P "
	# One ends; its drain leaves the other alone.
	podman kill -s TERM shared-worker >/dev/null
	wait_until "the helper's work" pod_log_has shared-worker '^helper: saved'
	podman wait shared-worker >/dev/null
	equal "the neighbour" "$(podman inspect -f '{{.State.Running}}' shared-neighbour)" true
	no_match "the neighbour's log" "$(podman logs shared-neighbour)" 'saved|bye'
}

# ---- engines that stay in front -----------------------------------------------------------------

make_worker_root() { # DIR
	make_busybox_root "$1"
	mkdir -p "$1/usr/local/bin"
	cp "$EXAMPLES/worker.sh" "$1/usr/local/bin/worker"
	cp "$D/bin/pidone" "$1/usr/local/bin/pidone"
}

says() { grep -q "^$1" "$D/tmp/front.log"; }

worker_is_stopped() { # STOP... : with its own words in front.log
	wait_until "the worker" says 'worker: up'
	"$@" &
	wait_until "the engine's end" has_ended
	says 'worker: bye' || fail "the worker was not asked: $(cat "$D/tmp/front.log")"
	says 'helper: saved' || fail "the helper was not asked: $(cat "$D/tmp/front.log")"
}
has_ended() { ! kill -0 "$FRONT"; }

# shellcheck disable=SC2120 # through must_fail
lxc_container_stops_gracefully() { # [SED SCRIPT] : of lxc.conf, made false by it
	local dir=/var/lib/lxc/worker
	rm -rf "$dir" "$D/tmp/front.log"
	make_worker_root "$dir/rootfs"
	# Here there may be no AppArmor; and what it writes is wanted here.
	{ sed "${1:-}" "$EXAMPLES/lxc.conf"
		printf '%s\n' 'lxc.apparmor.profile = unconfined' 'lxc.net.0.type = none' 'lxc.console.path = none'
	} >"$dir/config"
	lxc-start -n worker -F >"$D/tmp/front.log" 2>&1 </dev/null &
	FRONT=$!
	worker_is_stopped lxc-stop -n worker -t 300
}

lxc_conf_is_enough() {
	type -P lxc-start lxc-stop >/dev/null || skip "lxc is not installed"
	lxc_container_stops_gracefully
	must_fail "-r" lxc_container_stops_gracefully 's/-r RTMIN+3:TERM//'
}

# shellcheck disable=SC2120 # through must_fail
nspawn_container_stops_gracefully() { # [SED SCRIPT] : of worker.nspawn, made false by it
	rm -rf "$D/machines" "$D/tmp/front.log"
	make_worker_root "$D/machines/worker"
	mkdir -p /etc/systemd/nspawn
	sed "${1:-}" "$EXAMPLES/worker.nspawn" >/etc/systemd/nspawn/worker.nspawn
	# As systemd-nspawn@.service does, but without what belongs to a running systemd.
	systemd-nspawn --quiet --keep-unit --register=no --boot --settings=override --machine=worker \
		--directory="$D/machines/worker" --console=pipe >"$D/tmp/front.log" 2>&1 </dev/null &
	FRONT=$!
	worker_is_stopped kill -TERM "$FRONT" # as the unit's stop does
}

worker_nspawn_is_enough() {
	command -v systemd-nspawn >/dev/null || skip "systemd-nspawn is not installed"
	nspawn_container_stops_gracefully
	must_fail "KillSignal" nspawn_container_stops_gracefully '/^KillSignal/d'
}

# CRI-O is in no Debian: its text alone, and that the image it names is what it says.
crio_conf_parses() {
	python3 - "$EXAMPLES/crio.conf" <<-END || fail "it is not what CRI-O reads"
	import sys, tomllib
	conf = tomllib.load(open(sys.argv[1], "rb"))
	assert list(conf) == ["crio"] and list(conf["crio"]) == ["image"]
	image = conf["crio"]["image"]
	assert sorted(image) == ["pause_command", "pause_image"]
	assert image["pause_command"] == "" and ":" in image["pause_image"]
	END
}

every_example_has_a_check() {
	local file
	for file in "$EXAMPLES"/* "$EXAMPLES"/kubernetes/*; do
		file=$(basename "$file")
		case $file in README.md | worker.sh | kubernetes) continue ;; esac
		grep -qF "${file%.Dockerfile}" "$HERE/examples.sh" "$HERE/cri.sh" || fail "no check uses $file"
	done
}

remove_all() {
	docker stack rm example || :
	docker swarm leave --force || :
	for id in $(docker ps -aq); do docker rm -f "$id"; done
	[ -s "$D/no-podman" ] || podman pod rm -f -t 0 -a
	[ -s "$D/no-podman" ] || podman rm -f -t 0 -a
}

check "debian.Dockerfile: the worker's helper can save" image_of_debian
check "alpine.Dockerfile: the worker's helper can save" image_of_alpine
check "scratch.Dockerfile: the program runs" image_from_scratch
check "multistage.Dockerfile: the worker's helper can save" image_of_two_stages
check "compose.yaml: every helper can save" compose_file_runs
check "stack.yaml: every helper can save" configured stack_file_runs
check "stack.yaml with Compose: init: true is pidone, and is needed" configured stack_file_runs_with_compose
check "daemon.json: docker run without --init has pidone, and has not without it" configured daemon_json_is_enough
check "containers.conf: podman run --init has pidone, and has not without it" containers_conf_is_enough
check "kubernetes/pod.yaml: the worker's helper can save" kubernetes_pod_runs
check "kubernetes/shared-pids.yaml: one container's end leaves the other alone" \
	kubernetes_pod_with_shared_pids_runs
check "lxc.conf: lxc-stop lets the worker's helper save, and does not without -r" lxc_conf_is_enough
check "worker.nspawn: a stop lets the worker's helper save, and does not without KillSignal" \
	worker_nspawn_is_enough
text_check "crio.conf: parsed; CRI-O is in no Debian, so it runs nowhere here" crio_conf_parses
text_check "every example has a check" every_example_has_a_check

if [ -z "${ENGINES_CHECK:-}" ]; then
	# What the examples call /usr/local/bin/pidone, for the sandbox alone.
	mkdir "$D/upper" "$D/work"
	mount -t overlay overlay -o "lowerdir=/usr/local/bin,upperdir=$D/upper,workdir=$D/work" \
		/usr/local/bin 2>/dev/null || all_skipped "needs overlay mounts"
	cp --remove-destination "$D/bin/pidone" /usr/local/bin/pidone
	cp -r "$EXAMPLES" "$D/examples"
	cp "$D/bin/pidone" "$D/examples/"
	cp "$D/bin/siglog" "$D/examples/app"
	printf 'FROM busybox:latest\nCOPY worker.sh /bin/worker\nCMD ["worker"]\n' \
		>"$D/examples/plain.Dockerfile"
	cp "$EXAMPLES/daemon.json" "$D/daemon.json"
	start_dockerd d2
	import_busybox
	build_example plain plain-worker
	rm "$D/daemon.json"
	start_dockerd d
	import_busybox
	needs_docker busybox:latest
	docker tag busybox:latest alpine:3.20
	docker tag busybox:latest "$PLAIN"
	build_example plain plain-worker
	import_debian || :
	build_example alpine "$IMAGE"

	# shellcheck disable=SC2119 # nothing more for [containers]
	{ configure_podman >&2 &&
		echo 'infra_image = "localhost/pause"' >>"$CONTAINERS_CONF" &&
		import_pause &&
		docker save "$IMAGE" "$PLAIN" | podman load -q &&
		podman run --rm --network none --cgroup-parent "/$CGROUP" "$IMAGE" true
	} >/dev/null 2>"$D/podman.err" || tail -n 1 "$D/podman.err" >"$D/no-podman"
fi
run_checks "$@"
