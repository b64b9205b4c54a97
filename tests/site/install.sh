# shellcheck shell=bash
# From `make install` and a bare PostgreSQL to workers that are ready, as the
# READMEs of the web servers say.  Sourced by run.sh.

# A cluster without anything of ours; $bare is its socket's folder.
bare_up() {
	mkdir -m 755 "$bare"
	[[ $EUID -ne 0 ]] || chown postgres "$bare"
	(
		cd / || exit 1
		"${bare_as[@]}" "$bare_server/initdb" -D "$bare/data" -U postgres \
			-A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null &&
			printf '%s\n' 'local all postgres trust' 'local all all scram-sha-256' |
			"${bare_as[@]}" tee "$bare/data/pg_hba.conf" >/dev/null &&
			"${bare_as[@]}" "$bare_server/pg_ctl" -D "$bare/data" -l "$bare/log" -s -w \
				-o "-c listen_addresses='' -c unix_socket_directories=$bare -c fsync=off" start
	)
}

bare_down() {
	(cd / && "${bare_as[@]}" "$bare_server/pg_ctl" -D "$bare/data" -s -m immediate stop)
}

bare_install() {
	make --no-print-directory -s BUILD="${BUILD:-build}" prefix="$suite_dir/prefix" install
}

bare_database() {
	mkdir -p "$suite_dir/etc/state"
	PSQL="psql -h $bare -U postgres" DB_HOST=$bare GROUP=$(id -gn) \
		"$suite_dir/prefix/share/slipway/database.sh" "$suite_dir/etc" >"$suite_dir/etc/$1"
}

installed_slipway() {
	(cd / && "$suite_dir/prefix/bin/slipway" -c "$suite_dir/etc/slipway.conf" "$@")
}

limited() {
	[[ $(psql -h "$bare" -U postgres -X -A -t -d slipway -c "SELECT count(*)
		FROM pg_db_role_setting AS s JOIN pg_roles AS r ON r.oid = s.setrole
		WHERE r.rolname IN ('slipway_web', 'slipway_admin_web')
			AND 'lock_timeout=5s' = ANY (s.setconfig)") == 2 ]]
}

worker_is_ready() {
	env -i SLIPWAY_CONF="$suite_dir/etc/slipway.conf" REQUEST_METHOD=GET SCRIPT_NAME=/ready REQUEST_URI=/ready \
		"$suite_dir/prefix/lib/slipway/cgi-bin/ready" </dev/null | grep -q '"ok":true}$'
}

# What an image runs, as somebody who is not root.
container_up() {
	local as=() port
	port=$(stock_port)
	container=http://127.0.0.1:$port
	if [[ $EUID -eq 0 ]]; then
		as=(setpriv --reuid nobody --regid nogroup --clear-groups)
		chown -R nobody "$suite_dir/etc"
	fi
	"${as[@]}" env -i PATH="$PATH" SLIPWAY_CONF="$suite_dir/etc/slipway.conf" \
		SLIPWAY_VAR="$suite_dir/etc/state" SLIPWAY_PREFIX="$suite_dir/prefix" \
		SLIPWAY_ADDR=127.0.0.1 SLIPWAY_PORT="$port" \
		"$suite_dir/prefix/share/slipway/container.sh" \
		>"$suite_dir/etc/out" 2>&1 </dev/null &
	container_pid=$!
}

container_is_ready() {
	curl -sf -m 5 "$container/ready" | grep -q '"ok":true}$'
}

container_wrote_status() {
	curl -sf -m 5 "$container/status/status.json" | grep -q '"database"'
}

container_logs() {
	grep -q '^{"ts".*"event":"database_up"' "$suite_dir/etc/out"
}

# What an interruption must not leave.
bare_cleanup() {
	[[ -z $container_pid ]] || kill -TERM "$container_pid" 2>/dev/null
	bare_down
	suite_cleanup
}

# It ends by itself, with its workers.
container_ends() {
	kill -TERM "$container_pid"
	while [[ -d /proc/$container_pid ]]; do sleep 0.1; done
	! grep -lsz "^SLIPWAY_PREFIX=$suite_dir/prefix\$" /proc/[0-9]*/environ
}

install_and_start() {
	local servers=(/usr/lib/postgresql/*/bin)
	bare=$suite_dir/bare
	bare_server=${servers[-1]}
	bare_as=()
	container_pid=
	trap bare_cleanup EXIT
	[[ $EUID -ne 0 ]] || bare_as=(runuser -u postgres --)
	check "a bare PostgreSQL" bare_up
	check "make install" bare_install
	check "database.sh makes roles and database" bare_database slipway.conf
	printf '[server]\nstate_dir = %s\n[status]\ndir = %s/status\n' "$suite_dir/etc/state" "$suite_dir/etc/state" >>"$suite_dir/etc/slipway.conf"
	check "the installed command finds its migrations" installed_slipway migrate
	check "database.sh again" bare_database again
	check "and its settings are the same" \
		diff "$suite_dir/etc/again" <(head -n -4 "$suite_dir/etc/slipway.conf")
	check "the roles have their limits" limited
	check "a user is made" installed_slipway user create ann
	check "a worker is ready" worker_is_ready
	container_up
	check "container.sh serves" within container_is_ready
	check "its timers run" within container_wrote_status
	check "its log is on standard output" within container_logs
	check "it ends with all of it" container_ends
	bare_down
	trap suite_cleanup EXIT
}
