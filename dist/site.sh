#!/bin/bash
# A Slipway site of one's own on this machine: a private PostgreSQL, the
# workers and a web server, all below one state folder.  The engine behind
# `make up`, `make down` and `make run`.
# Usage: site.sh up|down|run
#
# Environment:
#   VAR      state folder (var)
#   PORT     port of the web server (8080); 0 takes a free one
#   ADDR     address it listens on (127.0.0.1)
#   SERVER   lighttpd (default), apache-proxy, apache-fcgid or apache-cgi
#   CONF     file that is appended to the generated configuration
#   BUILD    where Slipway was built (build)
#   SAMPLES  none: do not index sample documents
#   FSYNC    off: a database that may be lost with the machine; for tests
#   OPENAI_API_KEY, ANTHROPIC_API_KEY
#            providers for the features; without one they quote the documents
#
# Several sites may run at the same time, each with a VAR and PORT of its own.
# shellcheck source-path=SCRIPTDIR/..
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=dist/site/common.sh
. "$top/dist/site/common.sh"
# shellcheck source=dist/site/postgres.sh
. "$top/dist/site/postgres.sh"
# shellcheck source=dist/site/conf.sh
. "$top/dist/site/conf.sh"
# shellcheck source=dist/site/server.sh
. "$top/dist/site/server.sh"

# Read and check the environment.
settings() {
	VAR=${VAR:-var}
	PORT=${PORT:-8080}
	ADDR=${ADDR:-127.0.0.1}
	# an IPv6 address stands in brackets, as the web servers have it
	[[ $ADDR != *:* || $ADDR == \[* ]] || ADDR="[$ADDR]"
	SERVER=${SERVER:-lighttpd}
	CONF=${CONF:-}
	FSYNC=${FSYNC:-}
	samples=${SAMPLES:-postgresql}
	# not for the environment of what we start
	openai_key=${OPENAI_API_KEY-}
	anthropic_key=${ANTHROPIC_API_KEY-}
	unset OPENAI_API_KEY ANTHROPIC_API_KEY
	build=$(cd "${BUILD:-build}" 2>/dev/null && pwd -P) ||
		build=$top/${BUILD:-build}
	[[ $PORT =~ ^[0-9]{1,5}$ && $PORT -le 65535 ]] ||
		die "PORT=$PORT: expected a number from 0 to 65535"
	case $SERVER in
	lighttpd | apache-proxy | apache-fcgid | apache-cgi) ;;
	*) die "SERVER=$SERVER: expected lighttpd, apache-proxy, apache-fcgid or apache-cgi" ;;
	esac
	[[ -z $CONF || -r $CONF ]] || die "CONF=$CONF: cannot read it"
	export LC_ALL=C.UTF-8
}

# The programs that this kind of server needs.
check_programs() {
	local program need=(curl flock setpriv)
	PATH=$PATH:/usr/sbin:/sbin
	case $SERVER in
	lighttpd) need+=(lighttpd) ;;
	apache-proxy) need+=(apache2 spawn-fcgi) ;;
	*) need+=(apache2) ;;
	esac
	for program in "${need[@]}"; do
		command -v "$program" >/dev/null ||
			die "$program is not installed; run: make deps"
	done
	[[ -x $build/slipway ]] || die "$build/slipway is missing; run: make"
}

# Where workers and pages are served from: the checkout, or a copy when it is
# closed to the web server's user.
place_files() {
	bin=$build/cgi-bin
	www=$top/www
	if [[ -z $(as "$web_user" find "$bin" "$www" ! -readable 2>&1 | head -n 1) ]]; then
		return
	fi
	(umask 022 && mkdir -p "$S/site" && rm -rf "$S/site/"* &&
		cp -r "$bin" "$www" "$S/site")
	chmod -R a+rX "$S/site"
	bin=$S/site/cgi-bin
	www=$S/site/www
}

choose_port() {
	port=$PORT
	[[ $PORT -ne 0 ]] || port=$(free_port)
	url=http://$ADDR:$port/
	[[ $ADDR != 0.0.0.0 ]] || url=http://127.0.0.1:$port/
	url=${url%/}
}

# What went wrong with the start, from the logs.
start_failed() {
	local log
	say "$1"
	for log in server.log lighttpd-error.log apache-error.log slipway.jsonl; do
		[[ -s $S/log/$log ]] || continue
		printf -- '--- %s\n' "$S/log/$log" >&2
		tail -n 12 "$S/log/$log" >&2
	done
	exit 1
}

# Start the web server.  A port of our own choice may be taken meanwhile: then
# another one is tried.
start_server() {
	server_start
	while ! server_listens; do
		server_stop
		in_use "$port" || start_failed "$SERVER does not start"
		[[ $PORT -eq 0 ]] || start_failed "port $port is in use"
		choose_port
		conf_write
		server_start
	done
	answers /healthz || start_failed "$url/healthz does not answer"
	answers /ready ||
		start_failed "$url/ready: $(cat "$S/run/answer" 2>/dev/null)"
	echo "$url" >"$S/url"
}

site_up() {
	check_programs
	site_users
	site_state
	site_lock
	# from here on a failure leaves nothing running
	trap site_down EXIT
	server_stop
	[[ $PORT -eq 0 ]] || ! in_use "$PORT" ||
		die "port $PORT is in use; choose another: PORT=N"
	choose_port
	conf_folders
	pg_find
	pg_init
	pg_start
	pg_roles
	place_files
	conf_write
	conf_migrate
	conf_admin
	conf_samples
	start_server
	conf_demo
	site_links
}

site_down() {
	server_stop
	[[ -z ${pg_bin-} ]] || pg_stop
	rm -f "$S/url" "$VAR/url"
	site_alias_remove
}

up_command() {
	site_up
	trap - EXIT
	say "running at $url ($SERVER)"
}

down_command() {
	[[ -d $VAR ]] || return 0
	site_users
	site_state
	site_lock
	pg_find
	site_down
}

# What a person needs to know, short.
print_site() {
	local model="with quotes; for a model set OPENAI_API_KEY or ANTHROPIC_API_KEY"
	[[ -z $openai_key$anthropic_key ]] ||
		model="with $(sed -n 's/^route = //p' "$S/slipway.conf" | head -n 1)"
	cat <<-END

		Slipway is running ($SERVER). Ctrl-C stops it and its database.

		  page      $url/
		  login     $url/login/ as admin, password $(cat "$S/admin-password")
		  admin     $url/admin/
		  API key   $(cat "$S/api-key")
		  answers   $model

		  curl -N $url/chat/stream -H "Authorization: Bearer \$(cat $VAR/api-key)" \\
		       -d '{"feature":"docs","message":"How do I create an index without locking the table?"}'

	END
}

run_command() {
	local stopped=
	trap 'stopped=yes' INT TERM HUP
	site_up
	# `make down` may be called for it while it runs
	site_unlock
	trap 'site_lock; site_down' EXIT
	[[ -n $stopped ]] || print_site
	# a signal ends the wait early
	while [[ -z $stopped ]] && kill -0 "$supervisor" 2>/dev/null; do
		wait "$supervisor" || true
	done
	[[ -n $stopped ]] || die "$SERVER has ended; see $S/log/server.log"
	say "stopping"
}

main() {
	if [[ ${1-} == serve ]]; then
		set +e
		serve
		return
	fi
	settings
	case ${1-} in
	up) up_command ;;
	down) down_command ;;
	run) run_command ;;
	*) die "usage: site.sh up|down|run" ;;
	esac
}

main "$@"
