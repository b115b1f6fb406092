#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# pidone as what `docker run --init` runs: given by dockerd's init-path, and found as docker-init.
NEEDS_DEBIAN=1
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"
SIGNALS=$A_FEW_SIGNALS
INIT_MODE=init
. "$HERE/docker-lib.sh"

on() { # NAME FUNCTION... : with the daemon of that name
	export DOCKER_HOST=unix:///run/$1.sock
	DAEMON=$1
	shift
	"$@"
}

info_has_the_version() {
	local sha
	sha=$("$D/bin/pidone" --version)
	matches "docker info" "$(docker info 2>/dev/null)" "init version: ${sha##*git.}"
	matches "docker version" "$(docker version 2>/dev/null | sed -nE '/^ (docker-init|pidone):/,$p')" \
		"GitCommit: *${sha##*git.}"
}

daemon_does_not_complain() {
	docker info >/dev/null 2>&1
	docker run --rm --init plain-busybox true
	no_match "dockerd's log" "$(grep level=warn "$D/$DAEMON.log")" 'docker-init|pidone|tini'
}

init_is_pidone() {
	starts_pidone
	equal "its name" "$(docker exec c1 sh -c 'tr "\0" " " </proc/1/cmdline')" \
		"/sbin/docker-init -- /sleep 1000 "
}

bad_option_is_refused() {
	local out status=0
	OPTS=(-t never)
	out=$(container_run --rm -- /bin/true 2>&1) || status=$?
	equal "status" "$status" 1
	matches "message" "$out" "^docker-init: .*never"
}

docker_checks scratch busybox debian
for daemon in d d2; do
	where="given by init-path"
	[ "$daemon" = d ] || where="found as docker-init"
	check "$where: docker info and docker version show its version" on "$daemon" info_has_the_version
	check "$where: dockerd has no complaint about it" on "$daemon" daemon_does_not_complain
	check "$where: it is PID 1" on "$daemon" init_is_pidone
	check "$where: a bad PIDONE_OPTIONS is refused with 1" on "$daemon" bad_option_is_refused
done
check "found as docker-init: docker stop ends with 143" on d2 stop_ends_with_143
check "found as docker-init: PIDONE_OPTIONS configures it" on d2 grace_lets_the_rest_finish
check "found as docker-init: a signal reaches main" on d2 signal_reaches_main ABRT

if [ -z "${ENGINES_CHECK:-}" ]; then
	mkdir "$D/path"
	cp "$D/bin/pidone" "$D/path/docker-init"
	path=$PATH
	PATH=$D/path:$PATH
	start_dockerd d2
	PATH=$path
	build_images busybox
	start_dockerd d --init-path "$D/bin/pidone"
	build_images scratch busybox debian
	needs_docker plain-busybox
fi
run_checks "$@"
