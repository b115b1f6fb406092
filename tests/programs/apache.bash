# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# apache2: SIGWINCH is its graceful stop, and the STOPSIGNAL of its image.

apache_command() { command -v apache2 || command -v httpd; }
modules() { find /usr/lib/apache2/modules /usr/lib64/httpd/modules -name "mod_$1.so" 2>/dev/null | head -n 1; }

start_apache() { # PIDONE_OPTION...
	local module

	port=$("$(python)" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	mkdir "$T/www"
	head -c 8000000 /dev/urandom >"$T/www/file"
	{
		for module in mpm_event authz_core; do
			echo "LoadModule ${module}_module $(modules $module)"
		done
		cat <<-END
			ServerName localhost
			ServerRoot $T
			DefaultRuntimeDir $T
			PidFile $T/apache.pid
			Listen 127.0.0.1:$port
			ErrorLog /dev/stderr
			DocumentRoot $T/www
			User nobody
			StartServers 1
		END
	} >"$T/apache.conf"
	chmod 755 "$T/www"
	start_as_pid1 "$PIDONE" "$@" -- "$(apache_command)" -f "$T/apache.conf" -DFOREGROUND
	wait_for "main" has_main
	wait_for "apache" "$(python)" -c "import socket; socket.create_connection(('127.0.0.1', $port))"
}
start_download() {
	mkfifo "$T/go"
	exec 5<>"$T/go"
	"$(python)" "$here/slow_client.py" "$port" <"$T/go" 5>&- >"$T/client.log" 2>&1 &
	client=$!
	wait_for "the answer's beginning" grep -q started "$T/client.log"
}
need_apache() {
	[ -n "$(apache_command)" ] || skip "apache2 is not installed"
	[ -n "$(modules mpm_event)" ] || skip "apache2 has no modules here"
	need python3
	need_root "apache2 as another user"
}
stops_gracefully() { grep -q 'AH00492\|AH00493\|shutting down gracefully' "$T/out.log"; }

TESTS+=(apache_winch_serves_the_request_to_its_end)
apache_winch_serves_the_request_to_its_end() {
	need_apache
	start_apache -S WINCH -k 1h
	start_download
	kill -WINCH "$init"
	wait_for "the graceful stop" stops_gracefully
	exec 5>&-
	wait $client || fail "the request was broken off"
	finish
	expect_status 0
	grep -qx "8000000 $(sha256sum <"$T/www/file" | cut -d' ' -f1)" "$T/client.log" ||
		fail "the answer is not complete"
}

# A client that never reads on: -k's clock is started by what -S names.
TESTS+=(apache_winch_starts_the_clock)
apache_winch_starts_the_clock() {
	need_apache
	start_apache -S WINCH -k 1s
	start_download
	kill -WINCH "$init"
	finish
	exec 5>&-
	wait $client 2>/dev/null || :
	expect_status 137
}
