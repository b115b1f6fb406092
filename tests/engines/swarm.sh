#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# Swarm on one node on loopback: every task of a service with --init ends gracefully, whatever
# made it end.
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"
INIT_MODE=init
. "$HERE/docker-lib.sh"

# One folder holds a file for each task: up when it runs, bye when its helper's TERM handler has run.
# The helper is not main, and main knows no TERM: without an init there would be neither.
# shellcheck disable=SC2016
TASK='(trap "echo \$VERSION >/out/bye-\$HOSTNAME; exit 0" TERM
	echo $VERSION >/out/up-$HOSTNAME
	while :; do sleep 1000 & wait $!; done) & exec sleep 1000'

start_swarm() {
	SINCE=$(date +%s.%N)
	mkdir "$D/out"
	chmod 777 "$D/out"
	docker swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1 >/dev/null
	service_create 3
}

service_create() { # REPLICAS
	docker service create --detach --quiet --name web --replicas "$1" --init --no-resolve-image \
		--env VERSION=1 --env "PIDONE_OPTIONS=-t 5m -e 143" --stop-grace-period 5m \
		--mount "type=bind,src=$D/out,dst=/out" \
		--update-parallelism 1 --update-delay 0s --restart-delay 0s \
		plain-busybox /bin/sh -c "$TASK" >/dev/null
	wait_until "$1 tasks" count_is up 1 "$1"
}

count() { # up|bye VERSION
	{ grep -lx "$2" "$D"/out/"$1"-* 2>/dev/null || :; } | wc -l
}
count_is() { [ "$(count "$1" "$2")" = "$3" ]; } # up|bye VERSION COUNT

events() { # EVENT ATTRIBUTE : since the swarm's start
	docker events --since "$SINCE" --until "$(date +%s.%N)" --filter "event=$1" \
		--format "{{.Actor.Attributes.$2}}"
}

# What has ended is removed at once; the engine's events still tell how.
none_was_killed() { # COUNT : of tasks that end
	ends_are() { [ "$(events die exitCode | wc -l)" = "$1" ]; }
	wait_until "the ends of $1 tasks" ends_are "$1"
	no_match "their exit statuses" "$(events die exitCode)" '[^0]'
	equal "signals they got" "$(events kill signal | sort -u)" 15
	equal "how many" "$(events kill signal | wc -l)" "$1"
}

stop_swarm() {
	docker service rm web >/dev/null 2>&1 || :
	docker swarm leave --force
}
remove_all() { # the checks start the swarm anew
	stop_swarm || :
	for id in $(docker ps -aq); do docker rm -f "$id"; done
	rm -rf "$D/out"
}

tasks_run_under_pidone() {
	start_swarm
	local id
	for id in $(docker ps -q); do pid_1_is_pidone "$id"; done
}

rolling_update_is_graceful() {
	start_swarm
	docker service update --detach --quiet --env-add VERSION=2 web >/dev/null
	wait_until "3 new tasks" count_is up 2 3
	wait_until "the work of the 3 old tasks' TERM handlers" count_is bye 1 3
	none_was_killed 3
	equal "ends of new tasks" "$(count bye 2)" 0
}

scale_down_is_graceful() {
	start_swarm
	docker service scale --detach web=1 >/dev/null
	wait_until "the work of 2 tasks' TERM handlers" count_is bye 1 2
	none_was_killed 2
	equal "running tasks" "$(docker ps -q | wc -l)" 1
}

service_removal_is_graceful() {
	start_swarm
	docker service rm web >/dev/null
	wait_until "the work of 3 tasks' TERM handlers" count_is bye 1 3
	none_left() { [ -z "$(docker ps -q)" ]; }
	wait_until "no task left" none_left
	none_was_killed 3
	docker swarm leave --force >/dev/null
	equal "swarm" "$(docker info -f '{{.Swarm.LocalNodeState}}' 2>/dev/null)" inactive
}

check "tasks of a service with --init run under pidone" tasks_run_under_pidone
check "a rolling update ends every old task gracefully" rolling_update_is_graceful
check "a scale-down ends every task gracefully" scale_down_is_graceful
check "a service's removal ends every task gracefully; then the node leaves" service_removal_is_graceful

if [ -z "${ENGINES_CHECK:-}" ]; then
	start_dockerd d --init-path "$D/bin/pidone"
	build_images busybox
	needs_docker plain-busybox
	error=$(docker swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1 2>&1) ||
		all_skipped "no swarm here: $(tail -n 1 <<<"$error")"
	docker swarm leave --force >/dev/null
fi
run_checks "$@"
