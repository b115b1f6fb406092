#!/bin/sh
# SPDX-License-Identifier: MIT
# The program of these examples: it starts a helper, as a queue or a database would be, and ends at
# SIGTERM without caring for it. What the helper has to save, it saves only if it is asked to end.
(
	trap 'echo "helper: saved"; exit 0' TERM
	while :; do
		sleep 3600 &
		wait $!
	done
) &
trap 'echo "worker: bye"; exit 0' TERM
echo "worker: up"
while :; do
	sleep 3600 &
	wait $!
done
