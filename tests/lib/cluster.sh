# shellcheck shell=bash
# A private PostgreSQL with Slipway's schema, for suites of the ledger alone.
# Sourced after suite.sh.
#
#   cluster_up [SETTING...]   starts it ("fsync=off"), applies sql/, stops it at
#                             the suite's end; skips the suite without a server
#   cluster_sql ARG...        psql as the schema's owner, plain rows
#
# Sets $pg, the folder of its socket; the user is owner, the database
# $cluster_db; cluster_schema makes another one of another name.
# cluster_env is what the server gets in its environment.
cluster_env=()
cluster_db=slipway

cluster_sql() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$pg" -U owner -d "$cluster_db" "$@"
}

cluster_down() {
	"${cluster_as[@]}" "$cluster_bin/pg_ctl" -D "$pg/data" -m immediate \
		stop >/dev/null 2>&1
}

cluster_schema() {
	local file role steps=()
	psql -X -q -h "$pg" -U owner -d postgres \
		-c "CREATE DATABASE $cluster_db" || return 1
	for role in slipway_app slipway_admin slipway_finance; do
		cluster_sql -c "CREATE ROLE $role NOLOGIN" 2>/dev/null
	done
	# one psql for all: starting it takes longer than most files do
	for file in sql/migrations/*.sql; do
		steps+=(-c BEGIN -f "$file" -c COMMIT)
	done
	steps+=(-c 'SET check_function_bodies = off' -c BEGIN)
	for file in sql/functions/*.sql sql/views/*.sql; do
		steps+=(-f "$file")
	done
	PGOPTIONS='-c client_min_messages=warning' \
		cluster_sql "${steps[@]}" -c COMMIT >/dev/null || return 1
	# the workers' own check: nobody ran `slipway migrate` here
	cluster_sql -c "INSERT INTO slipway.schema_migrations (version, sha256)
		VALUES ('9999_test', '')"
}

cluster_up() {
	local setting options="-c listen_addresses=''"
	cluster_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null |
		sort -V | tail -n 1)
	if [[ ! -x $cluster_bin/initdb ]]; then
		skip cluster "PostgreSQL's server is not installed"
		suite_end
		exit
	fi
	pg=$suite_dir/pg
	mkdir -p -m 755 "$pg"
	cluster_as=()
	if [[ $(id -u) -eq 0 ]]; then # PostgreSQL refuses to run as root
		cluster_as=(runuser -u postgres --)
		chown -R postgres "$pg"
	fi
	for setting; do options+=" -c $setting"; done
	"${cluster_as[@]}" "$cluster_bin/initdb" -D "$pg/data" -U owner \
		-A trust -E UTF8 --locale=C.UTF-8 -N >/dev/null || exit 1
	trap 'cluster_down; suite_cleanup' EXIT
	"${cluster_as[@]}" env "${cluster_env[@]}" "$cluster_bin/pg_ctl" \
		-D "$pg/data" -l "$pg/log" -w -t 60 -o "-k $pg $options" \
		start >/dev/null || exit 1
	cluster_schema || exit 1
}
