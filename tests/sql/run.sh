#!/bin/bash
# The database side: applies sql/ to a PostgreSQL cluster of its own (in a
# temporary folder, on a unix socket, never as root), then runs the pgTAP files
# of this folder, the plans of the hot statements, and many sessions at once.
# Usage: tests/sql/run.sh [PART-OF-A-NAME]
#
# The last line is "N passed, N failed[, N skipped]".
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh

only=${1:-}
sql=$suite_root/sql
here=$suite_root/tests/sql
pg=$suite_dir/pg

not_here() {
	skip sql "$1"
	suite_end
	exit 0
}

bin=$(pg_config --bindir 2>/dev/null) && [[ -x $bin/initdb ]] ||
	bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
[[ -x $bin/initdb ]] || not_here "PostgreSQL's initdb is not installed"
[[ -x $bin/pgbench ]] || not_here "pgbench is not installed"
[[ -e $("$bin/pg_config" --sharedir)/extension/pgtap.control ]] ||
	not_here "pgTAP is not installed"
command -v prove >/dev/null || not_here "prove is not installed"

# As the user postgres, when root: PostgreSQL refuses to run as root.
if [[ $(id -u) -eq 0 ]]; then
	id postgres >/dev/null 2>&1 || not_here "there is no user postgres"
	mkdir -m 700 "$pg"
	chown postgres: "$pg"
	as_owner=(runuser -u postgres --)
else
	mkdir -m 700 "$pg"
	as_owner=()
fi
server() {
	(cd "$pg" && "${as_owner[@]}" "$bin/$1" "${@:2}")
}
stop() {
	trap - EXIT
	server pg_ctl -D "$pg/data" -m immediate -w stop >"$suite_dir/stop" 2>&1 ||
		true
	suite_cleanup
}
trap stop EXIT

# Durable commits are not what is tested here.
server initdb -D "$pg/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
	--no-sync >"$suite_dir/initdb" 2>&1 || {
	cat "$suite_dir/initdb"
	exit 1
}
cat >"$suite_dir/conf" <<END
listen_addresses = ''
unix_socket_directories = '$pg'
fsync = off
max_connections = 120
deadlock_timeout = 200ms
timezone = 'America/New_York'
END
"${as_owner[@]}" tee -a "$pg/data/postgresql.conf" <"$suite_dir/conf" \
	>"$suite_dir/start"
server pg_ctl -D "$pg/data" -l "$pg/log" -w start >"$suite_dir/start" 2>&1 || {
	cat "$suite_dir/start" "$pg/log"
	exit 1
}
chmod 711 "$pg"
export PGHOST=$pg PGUSER=postgres PGDATABASE=slipway PGOPTIONS=
unset PGPORT PGPASSWORD PGSERVICE

db() {
	"$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# As `slipway migrate` does it.
migrate() {
	local file version
	for file in "$sql"/migrations/*.sql; do
		version=$(basename "$file" .sql)
		db -1 -f "$file" -c "INSERT INTO slipway.schema_migrations \
			(version, sha256) VALUES ('$version', \
			'$(sha256sum "$file" | cut -d ' ' -f 1)')"
	done
	repeatable
}
repeatable() {
	cat "$sql"/functions/*.sql "$sql"/views/*.sql "$sql/roles.sql" \
		"$sql"/seed/*.sql >"$suite_dir/repeatable.sql"
	db -1 -f "$suite_dir/repeatable.sql"
}

db -d postgres -c "CREATE DATABASE slipway"
check "the schema applies to an empty database" migrate
check "functions, views, roles and seed apply again" repeatable
check "no file that is applied has a psql command" bash -c "! grep -n '^[\\\\]' \
	'$sql'/*.sql '$sql'/{migrations,functions,views,seed}/*.sql"
db -f "$here/lib.sql"
db -d postgres -c "CREATE DATABASE plans TEMPLATE slipway" \
	-c "CREATE DATABASE many TEMPLATE slipway"

# The pgTAP files, each in a transaction that is rolled back.
pgtap() {
	local out=$suite_dir/tap files=() file status=0 not_ok
	for file in "$here"/*.sql; do
		[[ $file == */lib.sql || $(basename "$file") != *"$only"* ]] ||
			files+=("$file")
	done
	[[ ${#files[@]} -gt 0 ]] || return 0
	prove -v --exec "$here/one.sh $bin/psql" "${files[@]}" >"$out" 2>&1 || status=$?
	grep -E '^/.* \.\. *$' "$out" | sed 's,.*/,,; s, *\.\. *$,,' |
		sed 's/^/ok      /' >"$suite_dir/ran"
	suite_passed=$((suite_passed + $(grep -c '^ok ' "$out" || true)))
	not_ok=$(grep -c '^not ok ' "$out" || true)
	# A file that broke off failed, whatever its tests said.
	[[ $status -eq 0 || $not_ok -gt 0 ]] || not_ok=1
	suite_failed=$((suite_failed + not_ok))
	if [[ $status -eq 0 ]]; then
		cat "$suite_dir/ran"
	else
		grep -v '^ok ' "$out"
	fi
}

pgtap
for part in plans many reports; do
	# shellcheck source=/dev/null
	[[ $part != *"$only"* ]] || . "$here/$part.sh"
done
suite_end
