# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A JVM: SIGQUIT asks it for a thread dump, and is no wish to end.

count_dumps() { grep -c 'Full thread dump' "$T/out.log" || :; }
has_dumps() { [ "$(count_dumps)" -ge "$1" ]; }

# A program of the JVM's own that runs until it is ended. What it waits for is a port of its choice.
# From 18 on it needs to be told that it may have the security manager that it sets.
start_java() {
	start_as_pid1 "$PIDONE" "$@" -- java \
		-Djava.security.manager=allow -Xint -m java.rmi/sun.rmi.registry.RegistryImpl 0
	wait_for "main" has_main
}
# A signal that comes before the JVM has its handlers would end it: it is asked when it has them.
has_handlers() {
	local caught
	caught=$(sed -n 's/^SigCgt:[[:blank:]]*//p' "/proc/$main/status")
	[ $((0x${caught:-0} >> 2 & 0x${caught:-0} >> 14 & 1)) = 1 ] # QUIT and TERM
}

TESTS+=(java_survives_a_thread_dump)
java_survives_a_thread_dump() {
	need java
	start_java -k 2s
	wait_for "the JVM" has_handlers
	kill -QUIT "$init"
	wait_for "a thread dump" has_dumps 1
	sleep 3 # -k would have struck
	kill -QUIT "$init"
	wait_for "a second thread dump" has_dumps 2
	kill -TERM "$init"
	finish
	[ "$status" = 143 ] || [ "$status" = 137 ] || fail "status $status"
}
