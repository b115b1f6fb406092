#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# Kubernetes' own interface: containerd's CRI, called as the kubelet calls it. The pods' sandbox
# image has nothing in it but pidone. Where that says something a check looks first how it is with a
# pause that reaps nothing, or a container without an init.
. "$(dirname "$0")/lib.sh"
. "$HERE/cases.sh"

export CRI_SOCKET=/run/cri.sock CRI_DIR=$D/pods CRI_CGROUP=/$CGROUP
CTR=(ctr --address "$CRI_SOCKET" --namespace k8s.io)
PAUSE=registry.example.com/pidone-pause:1.0 # as the example names it
FIGURES=$D/figures # resident memory and stop time of several pauses
GRACE=300          # seconds; the kubelet's 30 would turn a hang into a late pass
[ -z "${ENGINES_WITHOUT:-}" ] || GRACE=2
PYTHON=/usr/bin/python3 # of the system, which has the system's grpc

# cri VERB ARGUMENT... : by the client that runs behind
cri() {
	local word=$BASHPID.$EPOCHREALTIME answer='' status
	(IFS=$'\037'; printf '%s\n' "$word$IFS$*") >"$D/cri.in"
	# One that an earlier check did not wait for may come first.
	until [ "$answer" = "$word" ]; do read -r answer status; done <"$D/cri.out"
	cat "$CRI_DIR/out"
	cat "$CRI_DIR/err" >&2
	return "$status"
}

# ---- containers ---------------------------------------------------------------------------------

make_pod() { # [OPTION]... : there is one at a time
	remove_all
	POD=$(cri pod pod "$@")
}

start() { # NAME [OPTION]... -- COMMAND... : in the pod; sets ID
	local name=$1
	shift
	ID=$(cri start "$POD" "$name" localhost/busybox:1 "$@")
}

e_logs() { sed 's/^[^ ]* std[a-z]* [FP] //' "$CRI_DIR/$1.log"; }

inside() { cri exec "$ID" 0 "$@"; }

ends() { # STATUS [REASON] : as kubectl shows them
	local end
	end=$(cri wait "$ID")
	[[ "$end " == "$* "* ]] || fail "ended with '$end', wanted '$*'; its log: $(e_logs c1)"
}

remove_all() {
	cri rm-all
	rm -f "$CRI_DIR"/*.{log,json}
}

# ---- orphans ------------------------------------------------------------------------------------

# A process of the container ID, by the pid that it has there: seen from here, where looking is cheap.
seen_from_here() { # PID THERE : its pid here
	local dir
	while read -r dir; do
		dir=${dir%/status}
		[ "$(readlink "$dir/ns/pid")" != "$PIDS" ] || { echo "${dir#/proc/}"; return; }
	done < <(grep -ls "^NSpid:.*[[:space:]]$1$" /proc/[0-9]*/status)
	fail "no process $1 in the container"
}

# A process whose parent has ended, of the container's making.
make_orphan() {
	local there
	PIDS=$(readlink "/proc/$(cri pid "$ID")/ns/pid")
	there=$(inside /bin/sh -c '/bin/sh -c "sleep 1000 >/dev/null 2>&1 </dev/null & echo \$!"')
	ORPHAN=$(seen_from_here "$there")
	INIT=$(seen_from_here 1)
}
has_parent() { grep -q "^PPid:[[:space:]]*$2$" "/proc/$1/status"; } # PID PARENT
is_zombie() { grep -q '^State:[[:space:]]*Z' "/proc/$1/status"; }

is_reaped_by() { # PARENT
	wait_until "the orphan as $1's child" has_parent "$ORPHAN" "$1"
	kill -KILL "$ORPHAN"
	wait_until "the orphan reaped" test ! -e "/proc/$ORPHAN"
}

reaps_an_orphan() {
	make_orphan
	is_reaped_by "$INIT"
}

orphan_stays() { # what is to be seen without pidone
	make_orphan
	wait_until "the orphan as PID 1's child" has_parent "$ORPHAN" "$INIT"
	kill -KILL "$ORPHAN"
	wait_until "a zombie" is_zombie "$ORPHAN"
	# Another orphan comes and goes: an init that reaps at all had its occasion.
	inside /bin/sh -c '/bin/sh -c "true & exec true"'
	is_zombie "$ORPHAN" || fail "something reaped it"
}

process_1_is() { # COMMAND LINE
	equal "PID 1" "$(tr '\0' ' ' <"/proc/$INIT/cmdline")" "$1 "
}

READY='^ready ([2-9]|[1-9][0-9]+)$' # not PID 1: something is there before
siglog_in_pod() { # PIDS COMMAND... : /siglog, or pidone with it
	local pids=$1
	shift
	make_pod --pids "$pids"
	start c1 --pids "$pids" -- "$@" /siglog
	wait_log c1 '^ready'
}

shared_pids_orphans_are_reaped_by_the_pause() {
	with_pause localhost/no-reaper:1
	siglog_in_pod pod
	orphan_stays
	process_1_is "/sleep 1000000"
	with_pause "$PAUSE"
	siglog_in_pod pod
	reaps_an_orphan
	process_1_is "/pidone -P"
	equal "the pause" "$INIT" "$(cri pid "$POD")"
	equal "its user" "$(stat -c %u "/proc/$INIT")" 65535
}

own_pids_orphans_are_reaped() {
	siglog_in_pod container
	orphan_stays
	siglog_in_pod container /pidone --
	reaps_an_orphan
	process_1_is "/pidone -- /siglog"
}

# pidone is not PID 1 there, and the kernel gives orphans of `exec` to PID 1: main's own are meant.
shared_pids_container_adopts_its_own() {
	local init
	make_pod --pids pod
	start c1 --pids pod -- /pidone -- /bin/sh -c '/bin/sh -c "sleep 1000 & echo orphan \$!"; exec /siglog'
	wait_log c1 '^ready'
	init=$(cri pid "$ID")
	PIDS=$(readlink "/proc/$init/ns/pid")
	ORPHAN=$(seen_from_here "$(e_logs c1 | sed -n 's/^orphan //p')")
	is_reaped_by "$init"
}

drain_leaves_the_neighbour_alone() { # pod|container : how they share pids
	local pids=$1 neighbour
	make_pod --pids "$pids"
	start neighbour --pids "$pids" -- /siglog
	neighbour=$ID
	wait_log neighbour '^ready'
	# A container of `kubectl debug --target`.
	[ "$pids" = pod ] || pids=$neighbour
	start c1 --pids "$pids" -- /pidone -t 1m -- /bin/sh -c "(trap '' USR1; $GRACEFUL) & exec /siglog"
	wait_log c1 '^ready'
	wait_log c1 '^helper-up'
	cri stop "$ID" "$GRACE"
	ends 0
	wait_log c1 '^helper-done'
	no_match "the neighbour's log" "$(e_logs neighbour)" '^signal'
	kill -0 "$(cri pid "$neighbour")" || fail "the neighbour is gone"
}

# The kubelet's probe: containerd kills what it ran, not what that has started.
probe_that_times_out_leaves_no_zombie() {
	local out
	siglog_in_pod container /pidone --
	PIDS=$(readlink "/proc/$(cri pid "$ID")/ns/pid")
	if out=$(cri exec "$ID" 1 /bin/sh -c 'sleep 1000 >/dev/null 2>&1 & echo $! >/proc/1/fd/1; wait' 2>&1); then
		fail "the probe did not time out: $out"
	fi
	ORPHAN=$(seen_from_here "$(e_logs c1 | tail -n 1)")
	INIT=$(seen_from_here 1)
	is_reaped_by "$INIT"
	pgrep -P "$INIT" -x siglog >/dev/null || fail "main is gone"
}

# ---- statuses -----------------------------------------------------------------------------------

BEHIND_INIT='[ $$ != 1 ] || exit 99;'

status_is() { # WANTED COMMAND...
	local wanted=$1
	shift
	make_pod
	start c1 -- /pidone -- "$@"
	ends "$wanted" Error
}

mains_status_is_the_containers() { status_is 42 /bin/sh -c "$BEHIND_INIT exit 42"; }
mains_death_is_128_plus() { status_is 134 /bin/sh -c 'kill -ABRT $$'; }

# Without an init it is the runtime that cannot start it: no log, and a status of the runtime's own.
cannot_start() { # STATUS COMMAND
	make_pod
	if ID=$(cri start "$POD" c1 localhost/busybox:1 -- "$2" 2>"$D/tmp/error"); then
		fail "the runtime has started it"
	fi
	ends 128 StartError
	equal "its log" "$(e_logs c1)" ""
	status_is "$@"
	matches "the log" "$(e_logs c1)" "^pidone: .*$2"
}

# ---- stop ---------------------------------------------------------------------------------------

stop_within_the_grace() {
	make_pod
	start c1 -- /pidone -t 1m -- /bin/sh -c "(trap '' USR1; $GRACEFUL) & exec /siglog"
	wait_log c1 "$READY"
	wait_log c1 '^helper-up'
	cri stop "$ID" "$GRACE"
	ends 0 Completed
	wait_log c1 '^signal 15 '
	wait_log c1 '^helper-done'
}

stop_of_a_program_without_handlers() { # which PID 1 itself would not notice
	local init
	make_pod
	start c1 -- /pidone -- /sleep 1000
	init=$(cri pid "$ID")
	wait_until "main" pgrep -P "$init" -x sleep
	cri stop "$ID" "$GRACE"
	ends 143
}

DEAF=(/siglog 64) # ends at signal 64 only

stop_kills_after_the_grace() {
	make_pod
	termination_log
	start c1 --mount "$MOUNT" -- /pidone -R /dev/termination-log -- "${DEAF[@]}"
	wait_log c1 "$READY"
	cri stop "$ID" 1
	ends 137
	wait_log c1 '^signal 15 '
	equal "the report" "$(cat "$TERMINATION_LOG")" "" # init was killed with it
}

kill_after_comes_before_the_grace_ends() {
	make_pod
	termination_log
	start c1 --mount "$MOUNT" -- /pidone -k 100ms -R /dev/termination-log -- "${DEAF[@]}"
	wait_log c1 "$READY"
	cri stop "$ID" "$GRACE"
	ends 137
	wait_log c1 '^signal 15 '
	report_is 'command=/siglog .*end=signal signal=KILL .*exit=137 .*last_signal=TERM '
}

stop_signal_of_the_image() {
	make_pod
	ID=$(cri start "$POD" c1 localhost/rtmin3:1 -- /pidone -- /siglog 37)
	wait_log c1 "$READY"
	cri stop "$ID" "$GRACE"
	ends 0
	wait_log c1 '^signal 37 '
}

# ---- the report ---------------------------------------------------------------------------------

# The kubelet makes a file for each container and mounts it there; at the end it reads it.
termination_log() {
	TERMINATION_LOG=$D/tmp/termination-log
	: >"$TERMINATION_LOG"
	MOUNT=$TERMINATION_LOG:/dev/termination-log
}

report_is() { # PATTERN
	matches "what kubectl describe would show" "$(cat "$TERMINATION_LOG")" "^pidone: $1"
}

report_of_a_stop() {
	make_pod
	termination_log
	start c1 --mount "$MOUNT" -- /pidone -R /dev/termination-log -- /siglog
	wait_log c1 "$READY"
	cri stop "$ID" "$GRACE"
	ends 0 Completed
	report_is 'command=/siglog .*end=exit status=0 exit=0 .*last_signal=TERM .*left=0 '
}

start_with_limit() { # COMMAND...
	make_pod
	termination_log
	start c1 --memory $((16 << 20)) --mount "$MOUNT" -- /pidone -R /dev/termination-log -- "$@"
}

# The kubelet of 1.28 and later has memory.oom.group set on cgroup v2: then init is killed as well.
report_of_an_oom_kill() {
	start_with_limit /bin/dd if=/dev/zero of=/dev/null bs=64M count=1
	[[ $(cri wait "$ID") != 0\ * ]] || skip "containerd sets no memory limit here"
	ends 137 OOMKilled
	report_is 'command=/bin/dd .*end=signal signal=KILL .*exit=137 .*oom_kills=1 '
}

report_without_an_oom_kill() {
	start_with_limit /bin/sh -c 'exit 3'
	ends 3 Error
	report_is 'command=/bin/sh .*end=exit status=3 exit=3 .*oom_kills=0 '
}

everything_taken_away() {
	make_pod --user 65535
	termination_log
	chmod 666 "$TERMINATION_LOG"
	start c1 --user 65534 --restricted --mount "$MOUNT" -- /pidone -R /dev/termination-log -- /siglog
	wait_log c1 "$READY"
	reaps_an_orphan
	cri stop "$ID" "$GRACE"
	ends 0
	report_is 'command=/siglog .*end=exit status=0 '
}

# ---- containerd comes and goes ------------------------------------------------------------------

pause_survives_containerd() {
	local pause started
	siglog_in_pod pod /pidone --
	make_orphan
	pause=$INIT
	started=$(start_time "$pause")
	stop_containerd KILL
	# Nobody is there to be asked: the pause reaps all the same.
	is_reaped_by "$pause"
	start_containerd
	cri ready "$POD"
	reaps_an_orphan
	equal "the pause" "$INIT $(start_time "$INIT")" "$pause $started"
	cri stop "$ID" "$GRACE"
	ends 0
	cri stop-pod "$POD"
	test ! -e "/proc/$pause" || fail "the pause is still there"
	cri rm-pod "$POD"
	if cri ready "$POD" 2>/dev/null; then fail "the pod is still there"; fi
}
start_time() { cut -d ' ' -f 22 "/proc/$1/stat"; }

# Other runtimes ask the pause itself to end.
pause_ends_at() { # SIGNAL
	local events=$D/tmp/events
	make_pod --pids pod
	wait_until "the pause" hears_term "$(cri pid "$POD")"
	"${CTR[@]}" events >"$events" 2>&1 &
	wait_until "containerd's events" has_event containers/update
	"${CTR[@]}" task kill -s "$1" "$POD"
	wait_until "the pause's end" has_event "tasks/exit.*$POD"
	no_match "its end" "$(grep tasks/exit "$events")" exit_status # of 0 it says nothing
	wait_until "the pod's end" pod_has_ended
	# Killed it has one.
	make_pod --pids pod
	cri stop-pod "$POD"
	wait_until "the pause's end" has_event "tasks/exit.*$POD.*exit_status.*:137"
}
pod_has_ended() { ! cri ready "$POD"; }

# Before, the kernel drops what is sent to PID 1: it is blocked or caught.
hears_term() { # PID
	local mask
	while read -r mask; do
		[ $((0x${mask: -4} >> 14 & 1)) = 0 ] || return 0
	done < <(awk '/^Sig(Blk|Cgt):/ { print $2 }' "/proc/$1/status")
	return 1
}

has_event() { # PATTERN
	"${CTR[@]}" containers label "$POD" look="$EPOCHREALTIME" >/dev/null
	grep -q "/$1" "$D/tmp/events"
}

# ---- beside other pauses ------------------------------------------------------------------------

# No bounds on the times, machines differ: they are printed at the end.
pauses_compared() {
	local image own=0
	for image in pidone catatonit usual; do
		[ -e "$D/pause-image-$image" ] || { echo "pause $image: not here" >>"$FIGURES"; continue; }
		measure_pause "$image"
		if [ "$image" = pidone ]; then own=$RSS; fi
		[ "$own" -le "$RSS" ] || fail "$own kB resident, and $image $RSS"
	done
}

measure_pause() { # IMAGE : sets RSS
	local pause at_term at_stop try
	with_pause "$(cat "$D/pause-image-$1")"
	make_pod --pids pod
	pause=$(cri pid "$POD")
	[ "$1" != pidone ] ||
		equal "the pause" "$(sha256sum <"/proc/$pause/exe")" "$(sha256sum <"$PIDONE")"
	for try in $(seq 40); do ! hears_term "$pause" || break; sleep 0.05; done
	RSS=$(awk '/^Rss:/ { print $2 }' "/proc/$pause/smaps_rollup")
	at_term="does not hear TERM"
	if hears_term "$pause"; then
		at_term="gone $(took kill -TERM "$pause") us after TERM"
		wait_until "the pod's end" pod_has_ended # else containerd stumbles over it
	fi
	make_pod --pids pod
	pause=$(cri pid "$POD")
	at_stop=$(took cri stop-pod "$POD")
	echo "pause $1: resident $RSS kB; $at_term;" \
		"the pod stopped in $((at_stop / 1000)) ms" >>"$FIGURES"
}

took() { # COMMAND... : microseconds until the pause is gone
	local began=${EPOCHREALTIME/./}
	"$@" >/dev/null
	while grep -q '^State:[[:space:]]*[^ZX]' "/proc/$pause/status" 2>/dev/null; do :; done
	echo $((${EPOCHREALTIME/./} - began))
}

check "shared pids: PID 1 is the pause, as 65535, and reaps orphans, which stay without it" \
	shared_pids_orphans_are_reaped_by_the_pause
check "shared pids: a container's pidone adopts what main leaves" shared_pids_container_adopts_its_own
check "shared pids: -t leaves the neighbour alone" drain_leaves_the_neighbour_alone pod
check "a container in another's pids: -t leaves that one alone" \
	drain_leaves_the_neighbour_alone container
check "own pids: orphans are reaped, which stay without pidone" own_pids_orphans_are_reaped
check "a probe that times out leaves no zombie" probe_that_times_out_leaves_no_zombie
check "main's exit status is the container's" mains_status_is_the_containers
check "main's death by a signal is 128 + its number" mains_death_is_128_plus
check "a command that is not there: 127 and why in the log, not the runtime's 128 and none" \
	cannot_start 127 nosuchcommand
check "a command that is no program: 126 and why in the log, not the runtime's 128 and none" \
	cannot_start 126 /etc/passwd
check "a stop within the grace: main's status, helpers save" stop_within_the_grace
check "a stop of a program without handlers: 143" stop_of_a_program_without_handlers
check "a stop that main ignores: KILL when the grace is over" stop_kills_after_the_grace
check "-k: KILL before the grace is over, and the report is written" \
	kill_after_comes_before_the_grace_ends
check "the image's own stop signal reaches main" stop_signal_of_the_image
check "-R /dev/termination-log: a stop" report_of_a_stop
check "-R /dev/termination-log: an OOM kill" report_of_an_oom_kill
check "-R /dev/termination-log: the same limit, no OOM kill" report_without_an_oom_kill
check "no capability, another user, read-only root: all the same" everything_taken_away
check "the pause survives containerd's KILL; the pod is stopped after it" pause_survives_containerd
check "the pause ends with 0 at TERM" pause_ends_at TERM
check "the pause ends with 0 at INT" pause_ends_at INT
check "no other pause is smaller in memory" pauses_compared

# ---- containerd and its images ------------------------------------------------------------------

start_containerd() { # [SANDBOX IMAGE]
	[ -z "${1:-}" ] || sed -i "s,sandbox_image = .*,sandbox_image = \"$1\"," "$D/containerd.toml"
	containerd --config "$D/containerd.toml" --root "$D/containerd" --state /run/cri \
		--address "$CRI_SOCKET" >>"$D/containerd.log" 2>&1 </dev/null &
	echo "$!" >"$D/containerd.pid"
	try_until settled
	cri version >/dev/null
}
settled() { cri version || ! kill -0 "$(cat "$D/containerd.pid")"; }

# A check that failed may have left none.
stop_containerd() { # SIGNAL
	kill -s "$1" "$(cat "$D/containerd.pid")" 2>/dev/null || :
	wait_until "containerd's end" test ! -e "/proc/$(cat "$D/containerd.pid")"
}

# Each check begins with pidone, and with a containerd that runs.
with_pause() { # IMAGE
	grep -qF "sandbox_image = \"$1\"" "$D/containerd.toml" && kill -0 "$(cat "$D/containerd.pid")" && return
	stop_containerd TERM
	start_containerd "$1"
}

# There is no registry: an archive as `docker save` makes it, by hand, each image of one layer.
layer() { # NAME ROOT
	mkdir -p "$D/images"
	tar -C "$2" --numeric-owner --owner 0 --group 0 -cf "$D/images/$1.tar" .
}

image() { # NAME LAYER CONFIG [REFERENCE] : CONFIG as in an image's JSON
	local layer machine
	layer=$(sha256sum <"$D/images/$2.tar")
	case $(uname -m) in
	x86_64) machine=amd64 ;;
	aarch64) machine=arm64 ;;
	*) machine=$(uname -m) ;;
	esac
	printf '{ "architecture": "%s", "os": "linux", "config": %s,
		"rootfs": { "type": "layers", "diff_ids": ["sha256:%s"] } }' \
		"$machine" "$3" "${layer%% *}" >"$D/images/$1.json"
	IMAGES+=("${4:-localhost/$1:1}")
	MANIFEST+=("{ \"Config\": \"$1.json\", \"RepoTags\": [\"${4:-localhost/$1:1}\"], \"Layers\": [\"$2.tar\"] }")
}

import_images() {
	local name
	(IFS=,; echo "[${MANIFEST[*]}]") >"$D/images/manifest.json"
	tar -C "$D/images" -cf "$D/images.tar" .
	"${CTR[@]}" images import --snapshotter "$SNAPSHOTTER" "$D/images.tar" >/dev/null
	for name in "${IMAGES[@]}"; do wait_until "the image $name" cri image "$name"; done
}

# What the usual pause does, as documented: reaps at SIGCHLD, ends with 0 at INT and TERM, waits.
make_usual_pause() {
	cat >"$D/usual.c" <<-'EOF_C'
	#include <signal.h>
	#include <stddef.h>
	#include <sys/wait.h>
	#include <unistd.h>
	static void reap(int number)
	{
		(void)number;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	static void end(int number)
	{
		(void)number;
		_exit(0);
	}
	int main(void)
	{
		struct sigaction reaps = { .sa_handler = reap, .sa_flags = SA_NOCLDSTOP };
		struct sigaction ends = { .sa_handler = end };
		if (sigaction(SIGCHLD, &reaps, NULL) || sigaction(SIGINT, &ends, NULL) ||
		    sigaction(SIGTERM, &ends, NULL))
			return 1;
		for (;;)
			pause();
	}
	EOF_C
	gcc -Os -static -o "$1" "$D/usual.c"
}

pause_image() { # NAME PROGRAM ENTRYPOINT [REFERENCE]
	mkdir -p "$D/pause-$1"
	cp "$2" "$D/pause-$1/"
	layer "$1" "$D/pause-$1"
	image "$1" "$1" "{ \"User\": \"65535:65535\", \"Entrypoint\": $3 }" "${4:-}"
	echo "${4:-localhost/$1:1}" >"$D/pause-image-$1"
}

make_images() {
	local path='"Env": ["PATH=/bin:/usr/bin"]'
	MANIFEST=()
	IMAGES=()
	make_test_root "$D/rootfs"
	cp "$D/rootfs/bin/busybox" "$D/rootfs/sleep"
	layer busybox "$D/rootfs"
	image busybox busybox "{ $path }"
	image rtmin3 busybox "{ $path, \"StopSignal\": \"SIGRTMIN+3\" }"
	pause_image pidone "$D/bin/pidone" '["/pidone", "-P"]' "$PAUSE"
	pause_image no-reaper "$D/rootfs/sleep" '["/sleep", "1000000"]'
	if make_usual_pause "$D/usual" 2>/dev/null; then pause_image usual "$D/usual" '["/usual"]'; fi
	if [ -x "$(type -P catatonit)" ]; then
		pause_image catatonit "$(type -P catatonit)" '["/catatonit", "-P"]'
	fi
	import_images
}

if [ -n "${ENGINES_CHECK:-}" ]; then
	with_pause "$PAUSE"
else
	type -P containerd ctr >/dev/null || all_skipped "containerd is not installed"
	"$PYTHON" -c 'import grpc' 2>/dev/null || all_skipped "needs python3-grpcio"
	mkdir "$CRI_DIR"
	mkfifo "$D/cri.in" "$D/cri.out"
	"$PYTHON" "$HERE/cri_client.py" serve <>"$D/cri.in" 1<>"$D/cri.out" 2>"$D/cri.err" &
	SNAPSHOTTER=overlayfs
	{
		cat "$ROOT/examples/kubernetes/containerd.toml"
		# Where root may not make itself less likely to be killed.
		echo 'restrict_oom_score_adj = true'
		printf '[plugins."io.containerd.grpc.v1.cri".containerd]\nsnapshotter = "%s"\n' "$SNAPSHOTTER"
		printf '[plugins."io.containerd.grpc.v1.cri".cni]\nconf_dir = "%s/no-cni"\n' "$D"
		printf '[plugins."io.containerd.internal.v1.opt"]\npath = "%s/opt"\n' "$D"
	} >"$D/containerd.toml"
	trap 'stop_containerd TERM' EXIT
	start_containerd || all_skipped "containerd's CRI does not run here: $(tail -n 1 "$D/containerd.log")"
	ENGINE=$(cri version)
	make_images
	error=$(make_pod 2>&1) || all_skipped "no pod runs here: $error"
	remove_all
fi
run_checks "$@"
[ -n "${ENGINES_CHECK:-}" ] || sed 's/^/# /' "$FIGURES" 2>/dev/null || :
