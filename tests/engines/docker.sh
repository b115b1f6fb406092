#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# pidone as the ENTRYPOINT of images that docker build made.
NEEDS_DEBIAN=1
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"
. "$HERE/docker-lib.sh"

scratch_image_has_pidone_alone() {
	mkdir -p "$D/one"
	cp "$D/bin/pidone" "$D/one/pidone"
	printf 'FROM scratch\nCOPY pidone /pidone\nENTRYPOINT ["/pidone"]\n' >"$D/one/Dockerfile"
	docker build -q -t one "$D/one" >/dev/null
	matches "--version" "$(docker run --rm one --version)" '^pidone version [0-9.]+ - git\.[0-9a-f]{7}$'
}

# A health check that runs pidone has the container's variables too.
options_are_pid_1s_alone() {
	local status=0
	RUN_OPTS=(-e "PIDONE_OPTIONS=-e 3")
	e_start c1 /bin/sh -c "$BEHIND_INIT trap 'exit 3' TERM; echo up; while :; do sleep 1000 & wait \$!; done"
	wait_log c1 '^up'
	in_container /pidone -- /bin/sh -c 'exit 3' || status=$?
	equal "status of a pidone beside PID 1" "$status" 3
	e_stop c1
	e_status c1
	equal "status of PID 1" "$STATUS" 0
}

docker_checks scratch busybox debian
check "PIDONE_OPTIONS in the image's environment is PID 1's alone" options_are_pid_1s_alone
check "an image with pidone as its only file runs" scratch_image_has_pidone_alone

if [ -z "${ENGINES_CHECK:-}" ]; then
	start_dockerd d
	build_images scratch busybox debian
	needs_docker plain-busybox
fi
run_checks "$@"
