#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# Dockerfile.test with each builder: the classic one, BuildKit inside dockerd, and buildx.
NEEDS_DEBIAN=1
. "$(dirname "$0")/lib.sh"
. "$HERE/docker-lib.sh"

# There is no bridge here, and the base has what the build needs.
build_with() { # BUILDKIT NETWORK COMMAND...
	local network=$2
	export DOCKER_BUILDKIT=$1
	shift 2
	"$@" --network "$network" --no-cache -t claims -f "$D/source/Dockerfile.test" "$D/source" \
		>"$D/tmp/build.out" 2>&1 || fail "$(tail -n 30 "$D/tmp/build.out")"
	docker image inspect claims >/dev/null
}

# From docker 23 on its client has BuildKit by the plugin alone.
build_with_buildkit() {
	[ "$(docker version --format '{{.Client.Version}}' | cut -d . -f 1)" -lt 23 ] ||
		docker buildx version >/dev/null 2>&1 || skip "this docker needs the buildx plugin for it"
	build_with 1 none docker build
}

build_with_buildx() {
	docker buildx version >/dev/null 2>&1 || skip "no buildx plugin here; BuildKit has its own check"
	build_with 1 none docker buildx build --load
}

# The table can fail: a claim that is false ends the build, in either builder.
false_claim_fails() {
	local kind
	docker image inspect claims >/dev/null
	printf 'FROM claims\nRUN [ "$(readlink /proc/1/exe)" = /sbin/init ]\n' >"$D/false"
	for kind in 0 1; do
		if DOCKER_BUILDKIT=$kind docker build --network none -f "$D/false" "$D/source" \
			>/dev/null 2>&1; then
			fail "a false claim passed with DOCKER_BUILDKIT=$kind"
		fi
	done
}

# The classic builder sets up a network for each claim, or takes the sandbox's.
check "the classic builder: every claim holds" build_with 0 host docker build
check "BuildKit: every claim holds" build_with_buildkit
check "buildx: every claim holds" build_with_buildx
check "a false claim fails the build" false_claim_fails

if [ -z "${ENGINES_CHECK:-}" ]; then
	mkdir -p "$D/source"
	cp -r "$ROOT"/{Makefile,LICENSE,layout.ld,.git-sha,Dockerfile.test,mk,*.c,*.h} "$D/source/"
	start_dockerd d
	import_debian || all_skipped "no debian base could be made here"
	needs_docker debian:bookworm-slim
fi
run_checks "$@"
