# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# redis-server: SIGTERM makes it save and exit with 0.

redis() { redis-cli -s "$T/redis.sock" "$@" 2>/dev/null; }
redis_is_up() { [ "$(redis ping)" = PONG ]; }
start_redis() {
	start redis-server --port 0 --unixsocket "$T/redis.sock" --dir "$T" --save '3600 1' \
		--appendonly no
	wait_for "redis" redis_is_up
}

TESTS+=(redis_term_saves_and_exits_0)
redis_term_saves_and_exits_0() {
	need redis-server redis-cli
	start_redis
	[ "$(redis set key kept)" = OK ] || fail "cannot write"
	[ ! -e "$T/dump.rdb" ] || fail "it saved before it was told to"
	kill -TERM "$init"
	finish
	expect_status 0
	[ -e "$T/dump.rdb" ] || fail "it did not save"
	start_redis
	[ "$(redis get key)" = kept ] || fail "the data is not there at the next start"
	kill -TERM "$init"
	finish
	expect_status 0
}
