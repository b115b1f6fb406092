# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# nginx: SIGQUIT makes it finish what it is serving.

make_nginx() { # on|off: as a daemon
	mkdir "$T/www"
	head -c 8000000 /dev/urandom >"$T/www/file" # more than the socket's buffers hold
	cat >"$T/nginx.conf" <<-END
		daemon $1;
		user root;
		worker_processes 1;
		pid $T/nginx.pid;
		error_log stderr;
		events {}
		http {
			access_log off;
			client_body_temp_path $T/body;
			proxy_temp_path $T/proxy;
			fastcgi_temp_path $T/fastcgi;
			uwsgi_temp_path $T/uwsgi;
			scgi_temp_path $T/scgi;
			server { listen unix:$T/nginx.sock; root $T/www; }
		}
	END
}
worker_is_shutting_down() {
	local pid
	for pid in $(children "$main"); do
		! grep -qs 'shutting down' "/proc/$pid/cmdline" || return 0
	done
	return 1
}

# Init's child once the process that was started has left it behind, in the daemon's way.
has_master() {
	for main in $(children "$init"); do
		! grep -qs 'master process' "/proc/$main/cmdline" || return 0
	done
	return 1
}

# Asks for the file, sends init a QUIT in the middle of the answer, and expects all of it.
quit_in_an_answer() {
	local client

	wait_for "nginx" test -S "$T/nginx.sock"
	mkfifo "$T/go"
	exec 5<>"$T/go"
	"$(python)" "$here/slow_client.py" "$T/nginx.sock" <"$T/go" 5>&- >"$T/client.log" 2>&1 &
	client=$!
	wait_for "the answer's beginning" grep -q started "$T/client.log"
	kill -QUIT "$init"
	wait_for "nginx shutting down" worker_is_shutting_down
	exec 5>&- # the client reads on
	wait $client || fail "the request was broken off"
	finish
	expect_status 0
	grep -qx "8000000 $(sha256sum <"$T/www/file" | cut -d' ' -f1)" "$T/client.log" ||
		fail "the answer is not complete"
}

TESTS+=(nginx_quit_serves_the_request_to_its_end)
nginx_quit_serves_the_request_to_its_end() {
	need nginx python3
	need_root "nginx with workers"
	make_nginx off
	start nginx -e stderr -p "$T" -c "$T/nginx.conf"
	quit_in_an_answer
}

# Debian's default: main ends at once, -a stays, and the daemon gets the QUIT that comes.
TESTS+=(nginx_as_a_daemon_gets_the_quit_that_came)
nginx_as_a_daemon_gets_the_quit_that_came() {
	need nginx python3
	need_root "nginx with workers"
	make_nginx on
	start_as_pid1 "$PIDONE" -a -t 1h -S QUIT -- nginx -e stderr -p "$T" -c "$T/nginx.conf"
	wait_for "the daemon" has_master
	quit_in_an_answer
}
