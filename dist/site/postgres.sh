# shellcheck shell=bash
# The site's private PostgreSQL: a cluster in $S/pg that listens on a unix
# socket in $S/run/pg only and asks everybody for a password.  It never runs as
# root.  Sourced by site.sh after common.sh.

pg_find() {
	local dir
	for dir in /usr/lib/postgresql/*/bin; do
		[[ -x $dir/initdb ]] && pg_bin=$dir
	done
	[[ -n ${pg_bin-} ]] || die "PostgreSQL is not installed; run: make deps"
	[[ -r $S/pg/PG_VERSION ]] || return 0
	# the version that made the cluster has to run it
	pg_bin=/usr/lib/postgresql/$(cat "$S/pg/PG_VERSION")/bin
	[[ -x $pg_bin/postgres ]] ||
		die "$S/pg needs $pg_bin/postgres, which is not installed"
}

pg_init() {
	[[ ! -e $S/pg/PG_VERSION ]] || return 0
	local pw=$S/run/pg-init-password
	say "making a PostgreSQL cluster in $S/pg"
	(umask 077 && mkdir -p "$S/pg")
	chown "$pg_user" "$S/pg"
	secret "$S/pg-superuser" >/dev/null
	install -m 600 -o "$pg_user" "$S/pg-superuser" "$pw"
	as "$pg_user" "$pg_bin/initdb" -D "$S/pg" -U postgres -A scram-sha-256 \
		--pwfile "$pw" -E UTF8 --locale C.UTF-8 --no-instructions \
		${FSYNC:+--no-sync} >"$S/log/initdb.log" 2>&1 ||
		{
			rm -rf "$S/pg" "$pw"
			tail -n 20 "$S/log/initdb.log" >&2
			die "initdb failed"
		}
	rm -f "$pw"
	echo "include 'slipway.conf'" >>"$S/pg/postgresql.conf"
}

# Settings are written at each start: the socket's folder may have changed.
pg_settings() {
	cat <<-END
		listen_addresses = ''
		unix_socket_directories = '$S/run/pg'
		max_connections = 500
		password_encryption = 'scram-sha-256'
		shared_preload_libraries = 'plpgsql'
		timezone = 'UTC'
		log_timezone = 'UTC'
		fsync = ${FSYNC:-on}
	END
}

pg_running() {
	[[ -e $S/pg/postmaster.pid ]] || return 1
	pg_forget_dead
	as "$pg_user" "$pg_bin/pg_ctl" -D "$S/pg" status >/dev/null 2>&1
}

# A server that was killed stays in the table of processes until its parent,
# process 1, has asked after it, which in some containers takes long or never
# happens.  PostgreSQL takes it for alive and does not start.
pg_forget_dead() {
	local pid i
	pid=$(head -n 1 "$S/pg/postmaster.pid")
	for ((i = 0; i < 50; i++)); do
		[[ $(cut -d' ' -f3 "/proc/$pid/stat" 2>/dev/null) == Z ]] || return 0
		sleep 0.1
	done
	# its children have noticed and ended by now
	rm -f "$S/pg/postmaster.pid"
}

pg_start() {
	pg_settings >"$S/pg/slipway.conf"
	chown "$pg_user" "$S/pg/slipway.conf"
	! pg_running || return 0
	(umask 022 && mkdir -p "$S/run/pg")
	touch "$S/log/postgres.log"
	chown "$pg_user" "$S/run/pg" "$S/log/postgres.log"
	chmod 640 "$S/log/postgres.log"
	as "$pg_user" "$pg_bin/pg_ctl" -D "$S/pg" -s -w -t 60 \
		-l "$S/log/postgres.log" start </dev/null >>"$S/log/server.log" 2>&1 9>&- ||
		{
			tail -n 20 "$S/log/postgres.log" >&2
			die "PostgreSQL does not start; see $S/log/postgres.log"
		}
}

pg_stop() {
	pg_running || return 0
	as "$pg_user" "$pg_bin/pg_ctl" -D "$S/pg" -s -w -t 60 -m fast stop \
		>/dev/null || say "PostgreSQL does not stop; see $S/log/postgres.log"
}

# pg_sql DATABASE: run the statements on standard input as the superuser.
pg_sql() {
	PGPASSWORD=$(cat "$S/pg-superuser") \
		PGOPTIONS='-c client_min_messages=warning' "$pg_bin/psql" -h "$S/run/pg" \
		-U postgres -d "$1" -X -q -A -t -v ON_ERROR_STOP=1
}

# The logins and their groups.  What a group may do comes from sql/roles.sql.
pg_roles() {
	pg_sql postgres <"$top/dist/site/roles.sql"
	pg_sql postgres <<-END
		ALTER ROLE slipway_owner PASSWORD '$(secret "$S/pg-owner")';
		ALTER ROLE slipway_finance_ro PASSWORD '$(secret "$S/pg-finance")';
	END
	pg_worker_password slipway_web "$S/pg-web"
	pg_worker_password slipway_admin_web "$S/pg-admin"
	chown "root:$web_group" "$S/pg-web" "$S/pg-admin" 2>/dev/null || true
	chmod 640 "$S/pg-web" "$S/pg-admin"
}

# pg_worker_password ROLE FILE: let a worker's role log in with the password in
# FILE, made when missing.
pg_worker_password() {
	secret "$2" >/dev/null
	{
		printf '\\set role %s\n\\set password %s\n' "$1" "$(cat "$2")"
		cat "$top/dist/site/password.sql"
	} | pg_sql postgres
}

# What migrations leave to a role that may alter others.
pg_role_limits() {
	pg_sql slipway <<<'SELECT slipway.role_limits_apply()' >/dev/null
}

# pg_dsn ROLE FILE: a connection string with the password, for psql.
pg_dsn() {
	printf 'postgresql://%s:%s@/slipway?host=%s\n' "$1" "$(cat "$2")" \
		"${S// /%20}/run/pg"
}
