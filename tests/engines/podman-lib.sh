# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# shellcheck shell=bash
# podman with a storage of the tests' own, in the sandbox, as it works with both versions of cgroups.

PODMAN=("$(type -P podman || echo podman)" --root "$D/podman" --runroot /run/podman
	--tmpdir /run/libpod --runtime runc --events-backend file)
CLIENT_WORDS=${PODMAN[*]}
podman() { "${PODMAN[@]}" "$@"; }
export CONTAINERS_CONF=$D/containers.conf CONTAINERS_STORAGE_CONF=$D/storage.conf

# False, with the reason on stdout, where podman cannot be.
configure_podman() { # [CONTAINERS_LINE]... : more lines for the table [containers]
	local driver=vfs
	type -P podman >/dev/null || { echo "podman is not installed"; return 1; }
	sandbox_own /etc /var/lib || { echo "podman needs overlay mounts here"; return 1; }
	{
		printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n'
		[ $# = 0 ] || printf '%s\n' "$@"
		printf '[engine]\ncgroup_manager = "cgroupfs"\n'
	} >"$CONTAINERS_CONF"
	mkdir -p "$D"/overlay/{a,b,c,d}
	if mount -t overlay overlay -o "lowerdir=$D/overlay/a,upperdir=$D/overlay/b,workdir=$D/overlay/c" \
		"$D/overlay/d" 2>/dev/null; then
		umount "$D/overlay/d"
		driver=overlay
	fi
	printf '[storage]\ndriver = "%s"\nrunroot = "/run/podman"\ngraphroot = "%s"\n' \
		"$driver" "$D/podman" >"$CONTAINERS_STORAGE_CONF"
}

podman_versions() {
	ENGINE="podman $(podman version -f '{{.Client.Version}}'), runc $(runc --version | sed -n 's/^runc version //p')"
}

# A pod's infra container with pidone alone.
import_pause() {
	mkdir -p "$D/pause"
	cp "$D/bin/pidone" "$D/pause/"
	tar -C "$D/pause" -c . |
		podman import -q --change 'ENTRYPOINT ["/pidone", "-P"]' - localhost/pause
}
