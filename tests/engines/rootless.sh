#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# podman without root: pidone as catatonit, for the process that holds the user's namespaces, and as
# what --init runs there.
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"
. "$HERE/client-lib.sh"
CLIENT=podman
U=4242 # a user of the sandbox's own
CATATONIT=/usr/libexec/podman/catatonit
PODMAN=(setpriv --reuid "$U" --regid "$U" --clear-groups env "XDG_RUNTIME_DIR=/run/user/$U"
	"HOME=$D/rootless" "TMPDIR=$D/rootless" "CONTAINERS_CONF=$D/rootless/containers.conf"
	"$(type -P podman || echo podman)" --storage-driver vfs --runtime crun)
CLIENT_WORDS=${PODMAN[*]}
podman() { (cd "$D/rootless" && "${PODMAN[@]}" "$@"); }

client_options() { # OPTION...
	RUN=(run --init --init-path "$D/bin/pidone" --network none --cgroups disabled
		--log-driver k8s-file -e "PIDONE_OPTIONS=${OPTS[*]}" "$@" localhost/plain)
}
remove_all() { podman rm -f -t 0 -a; }

pause_pid() { cat "/run/user/$U/libpod/tmp/pause.pid"; }
start_pause() {
	podman unshare true
	PAUSE=$(pause_pid)
}
pause_is_gone() { ! kill -0 "$PAUSE"; }

pause_process_is_pidone() {
	local ignored
	start_pause
	equal "its command line" "$(tr '\0' ' ' <"/proc/$PAUSE/cmdline")" "catatonit -P "
	equal "its program" "$(sha256sum "/proc/$PAUSE/exe" | cut -d ' ' -f 1)" "$(pidone_sum)"
	# Handed on as ignored by podman, and the end of it all the same.
	ignored=$(sed -n 's/^SigIgn:[[:space:]]*//p' "/proc/$PAUSE/status")
	equal "INT among what it ignores" "$((0x$ignored & 2))" 2
	kill -INT "$PAUSE"
	wait_until "its end of an INT" pause_is_gone
}

pause_process_holds_the_namespaces() {
	local first
	start_pause
	first=$PAUSE
	matches "the user's ids in it" "$(cat "/proc/$PAUSE/uid_map")" "^ *0 +$U +1$"
	start_pause
	equal "the pause process, when another podman has run" "$PAUSE" "$first"
	equal "the next one's user namespace" "$(podman unshare readlink /proc/self/ns/user)" \
		"$(readlink "/proc/$first/ns/user")"
	kill -INT "$PAUSE"
	wait_until "its end" pause_is_gone
	podman unshare true
	[ "$(pause_pid)" != "$first" ] || fail "no new pause process"
}

check "the pause process is pidone, and ends of an INT it was given as ignored" pause_process_is_pidone
check "the pause process holds the namespaces for the next podman" pause_process_holds_the_namespaces
check "PID 1 of a container is pidone" starts_pidone
check "a stop of a program without handlers ends with 143" stop_ends_with_143
check "a signal reaches main" signal_reaches_main HUP
check "main's exit status is the container's" mains_status_is_the_containers
check "orphans of exec are reaped" exec_orphans_are_reaped
check "-t lets helpers finish their work" grace_lets_the_rest_finish

if [ -z "${ENGINES_CHECK:-}" ]; then
	type -P podman crun newuidmap setpriv >/dev/null || all_skipped "needs podman, crun and newuidmap"
	[ -d "${CATATONIT%/*}" ] || all_skipped "this podman has no ${CATATONIT%/*}"
	sandbox_own /etc "${CATATONIT%/*}" || all_skipped "needs overlay mounts"
	# Debian's is a symbolic link that leads out of the sandbox: never through it.
	cp --remove-destination "$D/bin/pidone" "$CATATONIT"
	# crun refuses a machine with both versions of cgroups; in the sandbox there need not be.
	! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified
	mount --make-rshared / 2>/dev/null || :
	echo "rootless:x:$U:$U::$D/rootless:/bin/sh" >>/etc/passwd
	echo "rootless:x:$U:" >>/etc/group
	echo "rootless:100000:65536" | tee /etc/subuid >/etc/subgid
	mkdir -p "$D/rootless" "/run/user/$U"
	printf '[containers]\ndefault_ulimits = ["nofile=1024:1024"]\n[engine]\n%s\n%s\n' \
		'cgroup_manager = "cgroupfs"' 'events_logger = "file"' >"$D/rootless/containers.conf"
	chown -R "$U:$U" "$D/rootless" "/run/user/$U"
	make_test_root "$D/rootfs"
	ENGINE="rootless podman $(podman version -f '{{.Client.Version}}' 2>/dev/null), crun $(crun --version | sed -n '1s/.* //p')"
	error=$(tar -C "$D/rootfs" -c . | podman import -q - localhost/plain 2>&1) ||
		all_skipped "podman imports nothing without root here: $(tail -n 1 <<<"$error")"
	error=$(container_run --rm -- /bin/true 2>&1) ||
		all_skipped "podman runs no container without root here: $(tail -n 1 <<<"$error")"
fi
run_checks "$@"
