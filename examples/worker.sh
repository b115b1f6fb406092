#!/bin/sh
# SPDX-License-Identifier: MIT
# The program of these examples. It starts a helper, which stands for a queue or a database. At SIGTERM
# it ends, and does not care about the helper. The helper saves its work only if it gets SIGTERM too.
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
