# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# shellcheck shell=bash
# A dockerd of the tests' own, in the sandbox, and images made here.

# Debian's client, where a newer one hides it: it belongs to the daemon.
DOCKER=/usr/bin/docker
[ -x "$DOCKER" ] || DOCKER=$(command -v docker) || all_skipped "docker is not installed"
IMG=busybox      # scratch, busybox, debian: which image the cases use
RUN_OPTS=()      # more options of docker run
INIT_MODE=${INIT_MODE:-entrypoint} # or init: pidone is the engine's --init
CLIENT=docker
CLIENT_WORDS=$DOCKER
. "$HERE/client-lib.sh"

docker() { "$DOCKER" "$@"; }

DOCKERDS=()

# No bridge, no rules: nothing here needs a network, and nothing is left of one.
start_dockerd() { # NAME OPTION... : waits until it answers; sets DOCKER_HOST
	local driver name=$1
	shift
	[ -x "$(command -v dockerd)" ] || all_skipped "dockerd is not installed"
	sandbox_own /etc /var/lib || all_skipped "needs overlay mounts"
	export DOCKER_HOST=unix:///run/$name.sock
	[ -e "$D/daemon.json" ] || echo '{}' >"$D/daemon.json"
	for driver in overlay2 vfs; do
		dockerd --config-file "$D/daemon.json" --data-root "$D/$name" --exec-root "/run/$name" \
			--host "$DOCKER_HOST" --pidfile "/run/$name.pid" --storage-driver "$driver" \
			--cgroup-parent "/$CGROUP" --bridge=none --iptables=false --ip6tables=false \
			--ip-forward=false --ip-masq=false "$@" >"$D/$name.log" 2>&1 &
		DOCKERDS+=("$!")
		try_until dockerd_settled "$!"
		if docker version >/dev/null 2>&1; then
			trap stop_dockerds EXIT
			docker_versions
			return
		fi
		kill -KILL "$!" 2>/dev/null || :
	done
	all_skipped "dockerd does not run here: $(grep -E 'level=(fatal|error)|failed|unknown' \
		"$D/$name.log" | tail -n 1)"
}

docker_versions() {
	ENGINE="docker $(docker version -f '{{.Server.Version}}')"
	ENGINE+=", containerd $(docker version -f '{{range .Server.Components}}{{if eq .Name "containerd"}}{{.Version}}{{end}}{{end}}')"
	ENGINE+=", runc $(runc --version | sed -n 's/^runc version //p')"
}

dockerd_settled() { docker version || ! kill -0 "$1"; } # PID

stop_dockerds() {
	kill -TERM "${DOCKERDS[@]}" 2>/dev/null || :
	wait "${DOCKERDS[@]}" 2>/dev/null || :
}

needs_docker() { # IMAGE : without an init, so that a failure is the engine's own
	local error
	error=$(docker run --rm --init=false --network host "$1" /bin/true 2>&1) ||
		all_skipped "docker runs no container here: $(tail -n 1 <<<"$error")"
}

# plain-X: the base with /siglog and /sleep; pidone-X: with pidone as entrypoint besides.
build_images() { # X... of scratch, busybox, debian
	local x base
	mkdir -p "$D/context"
	cp "$D/bin/pidone" "$D/bin/siglog" "$D/context/"
	cp "$(busybox_path)" "$D/context/sleep"
	for x; do
		case $x in
		scratch) base=scratch ;;
		busybox) base=busybox:latest; import_busybox ;;
		debian) base=debian:bookworm-slim; import_debian || continue ;;
		esac
		printf 'FROM %s\nCOPY siglog sleep /\n' "$base" >"$D/context/plain"
		printf 'FROM plain-%s\nCOPY pidone /pidone\nENTRYPOINT ["/pidone"]\n' "$x" \
			>"$D/context/pidone-entry"
		docker build -q -t "plain-$x" -f "$D/context/plain" "$D/context" >/dev/null
		docker build -q -t "pidone-$x" -f "$D/context/pidone-entry" "$D/context" >/dev/null
	done
}

import_busybox() {
	[ -d "$D/busybox" ] || make_busybox_root "$D/busybox"
	tar -C "$D/busybox" -c . | docker import - busybox:latest >/dev/null
}

import_debian() { # false where debian-root could not make it
	[ -s "$ROOT/build/engines/debian.tar" ] || return 1
	docker import "$ROOT/build/engines/debian.tar" debian:bookworm-slim >/dev/null
}

client_options() { # OPTION... : in the way of INIT_MODE
	RUN=(run "${RUN_OPTS[@]}" "$@")
	# The sandbox's own network: setting up one more for each container doubles its price.
	case " ${RUN_OPTS[*]} " in *" --network "*) ;; *) RUN+=(--network host) ;; esac
	if [ "$INIT_MODE" = init ]; then
		RUN+=(--init -e "PIDONE_OPTIONS=${OPTS[*]}" "plain-$IMG")
	else
		RUN+=("pidone-$IMG" "${OPTS[@]}" --)
	fi
}

remove_all() {
	local all
	all=$(docker ps -aq)
	# shellcheck disable=SC2086
	[ -z "$all" ] || docker rm -f $all
}

# ---- what docker alone has ----------------------------------------------------------------------

in_image() { # X CASE... : the case, in that image
	IMG=$1
	docker image inspect "plain-$1" >/dev/null 2>&1 || skip "no debian base could be made here"
	shift
	"$@"
}

e_run_once() { # NAME COMMAND...
	shift
	RUN_OPTS=(--log-driver none)
	container_run --rm -- "$@"
}

edge_statuses() {
	export -f docker container_run client_options e_run_once
	export DOCKER CLIENT IMG INIT_MODE
	every_status 0 1 2 124 125 126 127 128 137 143 254 255
}

restart_runs_main_again() {
	start_siglog c1
	docker restart -t "$STOP_TIMEOUT" c1 >/dev/null
	wait_until "a second start" log_count c1 "$READY" 2
	log_has c1 '^signal 15 ' || fail "no TERM at the restart: $(e_logs c1)"
	equal "running" "$(inspect c1 .State.Running)" true
}

log_count() { [ "$(e_logs "$1" 2>&1 | grep -cE -- "$2")" = "$3" ]; } # NAME PATTERN COUNT

pause_and_unpause() {
	start_siglog c1
	docker pause c1 >/dev/null
	equal "paused" "$(inspect c1 .State.Paused)" true
	docker unpause c1 >/dev/null
	e_kill c1 HUP
	wait_log c1 '^signal 1 '
	e_stop c1
	e_status c1
	equal "status" "$STATUS" 0
}

signal_while_paused_arrives_later() {
	local pid
	start_siglog c1
	pid=$(inspect c1 .State.Pid)
	docker pause c1 >/dev/null
	kill -USR2 "$pid"
	docker unpause c1 >/dev/null
	wait_log c1 '^signal 12 '
}

detach_and_attach() {
	start_shell /bin/sh
	tty_type '\020\021'
	tty_end
	equal "running" "$(inspect c1 .State.Running)" true
	tty_start "$DOCKER attach c1"
	try_until type_until 'echo again-$((30+3))\n' 'again-33' || fail "$(cat -v "$TTY_OUT")"
	tty_type 'exit 9\n'
	tty_end
	equal "status" "$TTY_STATUS" 9
}

stop_signal_of_the_image() {
	RUN_OPTS=(--stop-signal RTMIN+3)
	start_siglog c1
	e_stop c1 &
	wait_log c1 '^signal 37 '
	e_kill c1 TERM
	e_status c1
	equal "status" "$STATUS" 0
	wait
}

docker_checks() { # IMAGE... : the set, for an entrypoint and for --init alike
	local image
	common_checks
	for image; do
		check "docker stop ends with 143 in an image from $image" \
			in_image "$image" stop_ends_with_143
		check "a signal reaches main in an image from $image" \
			in_image "$image" signal_reaches_main HUP
	done
	check "bash on a terminal in an image from debian has job control" \
		in_image debian shell_has_job_control bash
	check "docker run gives statuses at the edges" edge_statuses
	check "docker restart ends main and runs it again" restart_runs_main_again
	check "docker pause and unpause leave main and its signals whole" pause_and_unpause
	check "a signal sent while paused arrives after unpause" signal_while_paused_arrives_later
	check "docker attach continues a detached shell" detach_and_attach
	check "a stop signal of the container's own reaches main" stop_signal_of_the_image
}
