# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# postgres, as user postgres: SIGINT is its fast shutdown.

find_postgres() { # sets $bin, the folder of the server's programs
	local server
	for server in /usr/lib/postgresql/*/bin/postgres /usr/libexec/postgresql*/postgres \
		"$(command -v postgres || :)"; do
		[ ! -x "$server" ] || { bin=$(dirname "$(realpath "$server")") && break; }
	done
	[ -n "${bin-}" ] || skip "postgres is not installed"
	id -u postgres >/dev/null 2>&1 || skip "there is no user postgres"
	need_root "another user"
}
as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups env LC_ALL=C)
sql() { "${as_postgres[@]}" "$bin/psql" -XAtq -h "$T/db" -d postgres "$@"; }
postgres_is_up() { "$bin/pg_isready" -q -U postgres -h "$T/db"; }
start_postgres() {
	start "${as_postgres[@]}" "$bin/postgres" -D "$T/db/data" -k "$T/db" -c listen_addresses=
	wait_for "postgres" postgres_is_up
}

TESTS+=(postgres_int_is_a_fast_shutdown_without_recovery)
postgres_int_is_a_fast_shutdown_without_recovery() {
	local session

	find_postgres
	mkdir "$T/db"
	chown postgres "$T/db"
	cd "$T" || exit # where postgres may be
	"${as_postgres[@]}" "$bin/initdb" -N -A trust -D "$T/db/data" >"$T/initdb.log" 2>&1 ||
		fail "initdb failed"
	start_postgres
	sql -c 'CREATE TABLE kept (word text)' -c "INSERT INTO kept VALUES ('here')"
	# A fast shutdown does not wait for sessions, as TERM's would: here is one.
	mkfifo "$T/session"
	exec 5<>"$T/session"
	sql -f - <"$T/session" >"$T/session.log" 2>&1 5>&- &
	session=$!
	echo 'BEGIN; SELECT word FROM kept;' >&5
	wait_for "the session" grep -q here "$T/session.log"
	kill -INT "$init"
	finish
	expect_status 0
	echo 'COMMIT;' >&5
	exec 5>&-
	! wait $session || fail "the session was not ended"
	"${as_postgres[@]}" "$bin/pg_controldata" "$T/db/data" | grep -q 'state: *shut down$' ||
		fail "the data is not marked as shut down"
	mv "$T/out.log" "$T/first.log"
	start_postgres
	[ "$(sql -c 'SELECT word FROM kept')" = here ] || fail "the data is not there"
	kill -INT "$init"
	finish
	expect_status 0
	grep -q 'was shut down at' "$T/out.log" || fail "no word of the shutdown in the next log"
	! grep -qi 'recovery' "$T/out.log" || fail "the next start needed recovery"
}
