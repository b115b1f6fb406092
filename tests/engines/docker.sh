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

docker_checks scratch busybox debian
check "an image with pidone as its only file runs" scratch_image_has_pidone_alone

if [ -z "${ENGINES_CHECK:-}" ]; then
	start_dockerd d
	build_images scratch busybox debian
	needs_docker plain-busybox
fi
run_checks "$@"
