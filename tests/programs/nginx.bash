# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# nginx: SIGQUIT makes it finish what it is serving.

start_nginx() {
	mkdir "$T/www"
	head -c 8000000 /dev/urandom >"$T/www/file" # more than the socket's buffers hold
	cat >"$T/nginx.conf" <<-END
		daemon off;
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
	start nginx -e stderr -p "$T" -c "$T/nginx.conf"
	wait_for "nginx" test -S "$T/nginx.sock"
}
worker_is_shutting_down() {
	local pid
	for pid in $(children "$main"); do
		! grep -qs 'shutting down' "/proc/$pid/cmdline" || return 0
	done
	return 1
}

TESTS+=(nginx_quit_serves_the_request_to_its_end)
nginx_quit_serves_the_request_to_its_end() {
	local client

	need nginx python3
	need_root "nginx with workers"
	start_nginx
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
