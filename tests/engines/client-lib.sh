# SPDX-License-Identifier: MIT
# shellcheck disable=SC1090,SC1091,SC2016,SC2034,SC2153,SC2317 # the files share variables; quotes are meant
# shellcheck shell=bash
# What docker and podman have in common: their command line. An engine's file sets CLIENT, a function
# that runs the client, and defines
#
#   client_options OPTION...  sets RUN: the arguments of the client from "run" to the image, then
#                             what comes before the command
#
# STOP_TIMEOUT: docker's and podman's 10 s would turn a hang into a late pass.

STOP_TIMEOUT=300
[ -z "${ENGINES_WITHOUT:-}" ] || STOP_TIMEOUT=2

container_run() { # [OPTION]... -- COMMAND...
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	client_options "${options[@]}"
	"$CLIENT" "${RUN[@]}" "$@"
}

e_run() { container_run --rm -i -- "$@"; }
e_start() { local name=$1; shift; container_run -d --name "$name" -- "$@" >/dev/null; }
e_kill() {
	case $2 in
	# No client knows libc's own two; any process of the host can send them.
	32 | 33) kill "-$2" "$(inspect "$1" .State.Pid)" ;;
	*) "$CLIENT" kill -s "$(signal_number "$2")" "$1" >/dev/null ;;
	esac
}
e_stop() { "$CLIENT" stop -t "$STOP_TIMEOUT" "$1" >/dev/null; }
e_status() { STATUS=$("$CLIENT" wait "$1"); }
e_exec() { local name=$1; shift; "$CLIENT" exec "$name" "$@"; }
e_logs() { "$CLIENT" logs "$1"; }
e_tty() {
	TTY_COMMAND=$(
		eval "$CLIENT() { printf '%q ' $CLIENT_WORDS \"\$@\"; }"
		container_run -it --name c1 -- "$@"
	)
}

inspect() { "$CLIENT" inspect -f "{{$2}}" "$1"; } # NAME FIELD
