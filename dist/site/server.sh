# shellcheck shell=bash
# The web server and the workers of a site.  A supervisor of our own (`site.sh
# serve`) starts them in a session of its own and ends them; site.sh waits for
# it.  Sourced by site.sh after common.sh.

# What servers and workers need to know; nothing else of our environment
# reaches them.
server_environment() {
	printf '%s\n' PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		LC_ALL=C.UTF-8 SITE_SERVER="$SERVER" SITE_STATE="$S" \
		SLIPWAY_ADDR="$ADDR" SLIPWAY_PORT="$port" \
		SLIPWAY_USER="$web_user" SLIPWAY_GROUP="$web_group" \
		SLIPWAY_APACHE="$top/apache-conf" SLIPWAY_BIN="$bin" \
		SLIPWAY_COMMAND="$build/slipway" SLIPWAY_CONF="$S/slipway.conf" \
		SLIPWAY_RUN="$S/sock" SLIPWAY_VAR="$S" SLIPWAY_WWW="$www"
}

# The supervisor ----------------------------------------------------------

# Print the command of the web server, in the foreground, one word a line.
web_command() {
	case $1 in
	lighttpd)
		printf '%s\n' lighttpd -D -f "$top/lighttpd-conf/private.conf"
		;;
	apache-*)
		printf '%s\n' apache2 -D FOREGROUND -D "slipway-${1#apache-}" \
			-f "$top/apache-conf/private.conf"
		;;
	esac
}

# Keep the worker of a route running on its socket, for mod_proxy_fcgi.
worker_loop() {
	local name=$1 child='' begun identity=()
	trap '[[ -z $child ]] || kill -TERM "$child" && wait "$child"; exit 0' TERM
	[[ $EUID -ne 0 ]] ||
		identity=(-u "$SLIPWAY_USER" -g "$SLIPWAY_GROUP"
			-U "$SLIPWAY_USER" -G "$SLIPWAY_GROUP")
	while :; do
		begun=$SECONDS
		env -i PATH="$PATH" SLIPWAY_CONF="$SLIPWAY_CONF" \
			spawn-fcgi -n -b 4096 -s "$SLIPWAY_RUN/$name.sock" -M 0660 \
			"${identity[@]}" -- "$SLIPWAY_BIN/$name" &
		child=$!
		wait "$child"
		say "worker $name ended with status $?; starting it again"
		# one that cannot start must not keep the machine busy
		if [[ $((SECONDS - begun)) -lt 1 ]]; then
			sleep 1 &
			child=$!
			wait "$child"
		fi
	done
}

# What cron does on a real server.
timer_loop() {
	local child=''
	trap '[[ -z $child ]] || kill -TERM "$child"; exit 0' TERM
	while :; do
		"$SLIPWAY_COMMAND" probe >/dev/null &
		child=$!
		wait "$child"
		"$SLIPWAY_COMMAND" janitor >/dev/null &
		child=$!
		wait "$child"
		if grep -qE '^(webhook_url_file|mail_to) = .' "$SLIPWAY_CONF"; then
			"$SLIPWAY_COMMAND" alerts >/dev/null &
			child=$!
			wait "$child"
		fi
		"$SLIPWAY_COMMAND" traces >/dev/null &
		child=$!
		wait "$child"
		sleep 60 &
		child=$!
		wait "$child"
	done
}

# Routes that the proxy's configuration has a socket for.
proxy_routes() {
	sed -n 's/^<Proxy .*|fcgi:\/\/\([^/]*\)\/.*/\1/p' \
		"$SLIPWAY_APACHE/proxy.conf"
}

# The supervisor: runs until the web server ends or SIGTERM comes.
serve() {
	local command helpers=() web='' stopping='' name status=0
	# a process that does not see the lock any more
	exec 9>&-
	S=$SITE_STATE
	echo "$$ $SLIPWAY_CONF" >"$S/run/session"
	mapfile -t command < <(web_command "$SITE_SERVER")
	trap 'stopping=yes; [[ -z $web ]] || kill -TERM "$web" 2>/dev/null' TERM
	if [[ $SITE_SERVER == apache-proxy ]]; then
		for name in $(proxy_routes); do
			worker_loop "$name" &
			helpers+=($!)
		done
	fi
	timer_loop &
	helpers+=($!)
	"${command[@]}" &
	web=$!
	echo "$web" >"$S/run/web.pid"
	[[ -z $stopping ]] || kill -TERM "$web" 2>/dev/null
	# a signal ends the wait early
	while kill -0 "$web" 2>/dev/null; do
		wait "$web"
		status=$?
	done
	say "$SITE_SERVER ended with status $status"
	kill -TERM "${helpers[@]}" 2>/dev/null
	wait
	return "$status"
}

# Starting and stopping it ------------------------------------------------

# in_use PORT: does anybody listen there?
in_use() {
	listeners "$1" | grep -q .
}

# Inodes of the sockets that listen on a port.
listeners() {
	local hex
	printf -v hex '%04X' "$1"
	awk -v port="$hex" '$4 == "0A" && $2 ~ ":" port "$" {print $10}' \
		/proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# Does the process hold a socket that listens on the port?
listens() {
	local inode
	for inode in $(listeners "$2"); do
		# shellcheck disable=SC2012 # the names are numbers
		ls -l "/proc/$1/fd" 2>/dev/null | grep -q "socket:\[$inode\]" &&
			return 0
	done
	return 1
}

# A free port below those that outgoing connections take.
free_port() {
	local try
	while :; do
		try=$((20000 + RANDOM % 12000))
		in_use "$try" || break
	done
	echo "$try"
}

# Start the supervisor in the background.
server_start() {
	local environment
	rm -f "$S/run/web.pid"
	mapfile -t environment < <(server_environment)
	env -i "${environment[@]}" setsid bash "$top/dist/site.sh" serve \
		</dev/null >>"$S/log/server.log" 2>&1 9>&- &
	supervisor=$!
	echo "$supervisor $S/slipway.conf" >"$S/run/session"
}

# Wait until our web server listens.  False when it ended or 20 s are over.
server_listens() {
	local web i
	for ((i = 0; i < 400; i++)); do
		kill -0 "$supervisor" 2>/dev/null || return 1
		web=$(cat "$S/run/web.pid" 2>/dev/null) || web=
		[[ -z $web ]] || ! listens "$web" "$port" || return 0
		sleep 0.05
	done
	return 1
}

# answers PATH: wait until GET PATH is 200.  False after 30 s.
answers() {
	local i
	for ((i = 0; i < 300; i++)); do
		curl -s -f -m 10 --noproxy '*' -o "$S/run/answer" "$url$1" && return 0
		kill -0 "$supervisor" 2>/dev/null || return 1
		sleep 0.1
	done
	curl -s -m 10 --noproxy '*' -o "$S/run/answer" "$url$1" || true
	return 1
}

# End the supervisor and all it started.  Workers get the time to finish and
# record the calls they have begun.
server_stop() {
	local pids sid mark step=0 begun=$SECONDS
	# one that was started just now may not have its session yet
	[[ -z ${supervisor-} ]] || kill -TERM "$supervisor" 2>/dev/null || true
	read -r sid mark 2>/dev/null <"$S/run/session" || return 0
	mapfile -t pids < <(site_processes)
	while [[ ${#pids[@]} -gt 0 ]]; do
		case $step:$((SECONDS - begun)) in
		0:*)
			step=1
			# the supervisor ends the rest in order
			[[ " ${pids[*]} " != *" $sid "* ]] || pids=("$sid")
			kill -TERM "${pids[@]}" 2>/dev/null || true
			;;
		1:1?)
			step=2
			kill -TERM "${pids[@]}" 2>/dev/null || true
			;;
		2:[23]?)
			step=3
			say "these do not end and are killed: ${pids[*]}"
			kill -KILL "${pids[@]}" 2>/dev/null || true
			;;
		esac
		sleep 0.05
		mapfile -t pids < <(site_processes)
	done
	rm -rf "$S/run/session" "$S/run/web.pid" "$S/sock/"*
}
