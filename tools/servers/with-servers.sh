#!/usr/bin/env bash
# with-servers.sh COMMAND [ARG...]: runs a command with a real PostgreSQL, a real Redis, a real browser, and programs that
# read PDFs and QR codes.
#
# The servers listen on free ports of 127.0.0.1, store their data in a temporary folder, and are always stopped when this
# script ends. Their URLs are in WANCUN_TEST_POSTGRES and WANCUN_TEST_REDIS, the path of the browser, chromium, is in
# WANCUN_TEST_CHROMIUM; what is already set is not started. As root, the script installs what is missing with apt-get.
# Otherwise the variable stays unset and WANCUN_TEST_MISSING contains the reason; with CI=true the script fails instead.
set -euo pipefail
set -m # Jobs get process groups of their own: Ctrl-C reaches only this script, which then stops them in order.

[ $# -gt 0 ] || { echo "usage: $0 COMMAND [ARG...]" >&2; exit 2; }

say() { echo "servers: $*" >&2; }

here=$(mktemp -d "${TMPDIR:-/tmp}/wancun-servers.XXXXXX")
log=$here/log
postgres_pid='' redis_pid='' command_pid=''

# stop SIGNAL PID: sends a signal to a server, and kills it after 10 seconds.
stop() {
	[ -n "$2" ] || return 0
	kill "-$1" "$2" 2>>"$log" || return 0
	for _ in {1..200}; do
		kill -0 "$2" 2>>"$log" || return 0
		sleep 0.05
	done
	say "process $2 does not stop; killing it"
	kill -KILL "$2" 2>>"$log" || true
}

clean_up() {
	trap '' INT TERM HUP
	stop INT "$postgres_pid"
	stop TERM "$redis_pid"
	rm -rf "$here"
}
trap clean_up EXIT

# interrupt SIGNAL STATUS: passes a signal to the command and waits until it ends.
interrupt() {
	trap '' INT TERM HUP
	if [ -n "$command_pid" ]; then
		kill "-$1" -- "-$command_pid" 2>>"$log" || true
		wait "$command_pid" 2>>"$log" || true
	fi
	exit "$2"
}
trap 'interrupt INT 130' INT
trap 'interrupt TERM 143' TERM
trap 'interrupt TERM 129' HUP

# postgres_bin prints the folder with initdb and postgres: the one in the PATH, or that of the newest installed version.
postgres_bin() {
	local found
	for found in "$(command -v postgres)" $(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -rV); do
		[ -x "$found" ] || continue
		found=$(dirname "$(readlink -f "$found")")
		if [ -x "$found/initdb" ]; then
			echo "$found"
			return
		fi
	done
	return 1
}

# install PACKAGE: installs a package of the system, or prints why it failed.
install() {
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >>"$log"; then
		return 1
	fi
	say "installing $1 with apt-get"
	local deny=/usr/sbin/policy-rc.d denied=''
	if [ ! -e $deny ]; then # The package would start its own server.
		denied=$deny
		printf '#!/bin/sh\nexit 101\n' >$deny
		chmod +x $deny
	fi
	local status=0
	{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$1"; } >>"$log" 2>&1 || status=$?
	[ -z "$denied" ] || rm -f "$denied"
	if [ $status != 0 ]; then
		say "apt-get could not install $1:"
		tail -n 5 "$log" >&2
	fi
	return $status
}

# missing SERVER PACKAGE: reports that a server is not available.
missing() {
	local why="$1 is not installed (apt-get install $2, as root)"
	if [ "${CI:-}" = true ]; then
		say "$why, and CI=true asks for it"
		exit 1
	fi
	say "$why; tests that need it are skipped"
	export WANCUN_TEST_MISSING="${WANCUN_TEST_MISSING:+$WANCUN_TEST_MISSING; }$why"
}

# PostgreSQL refuses to run as root, so as root both servers run as an unprivileged user. With setpriv they also end if
# this script is killed.
as=() server_user=''
prepare_user() {
	if [ "$(id -u)" = 0 ]; then
		server_user=$(id -un postgres 2>>"$log" || echo nobody)
		as=(setpriv --reuid="$(id -u "$server_user")" --regid="$(id -g "$server_user")" --clear-groups --pdeathsig INT)
		chmod 711 "$here"
	elif command -v setpriv >>"$log"; then
		as=(setpriv --pdeathsig INT)
	fi
}

# own FILE...: changes the owner of files to the user that the servers run as.
own() { [ -z "$server_user" ] || chown "$server_user" "$@"; }

# free_port prints a free port of the loopback interface, below the range of the kernel's client ports.
free_port() {
	local port
	while port=$((10000 + RANDOM % 20000)); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>>"$log" || { echo $port; return; }
	done
}

# await PID CHECK...: waits up to 30 seconds until the check passes, and fails at once if the process ends.
await() {
	local pid=$1
	shift
	for _ in {1..600}; do
		"$@" && return
		kill -0 "$pid" 2>>"$log" || return 1
		sleep 0.05
	done
	return 1
}

postgres_ready() { grep -qs '^ready' "$here/postgres/data/postmaster.pid"; }

start_postgres() {
	local bin=$1 data=$here/postgres/data password port
	mkdir "$here/postgres"
	password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	echo "$password" >"$here/postgres/password"
	own "$here/postgres" "$here/postgres/password"
	(
		cd "$here/postgres"
		"${as[@]}" "$bin/initdb" --pgdata="$data" --username=wancun --pwfile=password --auth=scram-sha-256 \
			--encoding=UTF8 --locale=C --no-sync
		echo 'CREATE DATABASE wancun_test;' | "${as[@]}" "$bin/postgres" --single -D "$data" postgres
	) >>"$log" 2>&1 || fail PostgreSQL
	for _ in {1..5}; do
		port=$(free_port)
		(cd "$here/postgres" && exec "${as[@]}" "$bin/postgres" -D "$data" -p "$port" -c listen_addresses=127.0.0.1 \
			-c unix_socket_directories= -c max_connections=200) >>"$log" 2>&1 &
		postgres_pid=$!
		if await $postgres_pid postgres_ready; then
			export WANCUN_TEST_POSTGRES="postgres://wancun:$password@127.0.0.1:$port/wancun_test?sslmode=disable"
			return
		fi
	done
	fail PostgreSQL
}

# redis_ready PORT
redis_ready() {
	(
		exec 3<>"/dev/tcp/127.0.0.1/$1"
		printf 'PING\r\n' >&3
		read -r -t 1 answer <&3
		[[ $answer == +PONG* ]]
	) 2>>"$log"
}

start_redis() {
	local port
	mkdir "$here/redis"
	own "$here/redis"
	for _ in {1..5}; do
		port=$(free_port)
		(cd "$here/redis" && exec "${as[@]}" redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no) \
			>>"$log" 2>&1 &
		redis_pid=$!
		if await $redis_pid redis_ready "$port"; then
			export WANCUN_TEST_REDIS="redis://127.0.0.1:$port/0"
			return
		fi
	done
	fail Redis
}

# fail SERVER: an installed server that does not start is an error, not a reason to skip tests.
fail() {
	say "$1 does not start:"
	tail -n 20 "$log" >&2
	exit 1
}

need_postgres() {
	[ -z "${WANCUN_TEST_POSTGRES:-}" ] || return 0
	local bin
	bin=$(postgres_bin) || { install postgresql && bin=$(postgres_bin); } || { missing PostgreSQL postgresql; return; }
	prepare_user
	start_postgres "$bin"
}

need_redis() {
	[ -z "${WANCUN_TEST_REDIS:-}" ] || return 0
	command -v redis-server >>"$log" || install redis-server || { missing Redis redis-server; return; }
	prepare_user
	start_redis
}

# need_program PROGRAM NAME PACKAGE: makes sure that a program is on the PATH. With these the tests read PDFs and QR codes.
need_program() {
	command -v "$1" >>"$log" || install "$3" || missing "$2" "$3"
}

need_chromium() {
	[ -z "${WANCUN_TEST_CHROMIUM:-}" ] || return 0
	command -v chromium >>"$log" || install chromium || { missing Chromium chromium; return; }
	WANCUN_TEST_CHROMIUM=$(command -v chromium)
	export WANCUN_TEST_CHROMIUM
}

need_postgres
need_redis
need_chromium
need_program pdftoppm Poppler poppler-utils
need_program zbarimg ZBar zbar-tools

"$@" &
command_pid=$!
status=0
wait $command_pid || status=$?
exit $status
