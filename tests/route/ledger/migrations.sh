# shellcheck shell=bash
# Migrations: applied once, recorded, refused when they changed.
# Sourced by ../ledger_live.sh.
# shellcheck disable=SC2016 # eval expands what stands in single quotes
# shellcheck disable=SC2154 # the set-up is in setup.sh

live_up
check "no role yet: an admission is refused as such" \
	like "database_unavailable 0 0 *" live admit slw_x req_early 10 1000
check "  and the detail names the setting" \
	like "*\[database\] dsn: *worker*" live detail
check "  and so does the state" \
	is database_unavailable live state database_unavailable
query "CREATE ROLE worker LOGIN"
check "no schema yet: misconfigured" is misconfigured live state misconfigured
check "  and says what to do" like "*slipway migrate*" live detail
check "an admission without schema is refused, not a 401" \
	like "misconfigured 0 0 *" live admit slw_x req_early 10 1000
check "migrate --plan changes nothing" \
	like "would apply sql/migrations/0001_*" slipway migrate --plan
check "  as one sees" is "" query \
	"SELECT nspname FROM pg_namespace WHERE nspname = 'slipway'"
check "migrate" like "applied 0001_*" slipway migrate
query "GRANT slipway_app TO worker"
check "the running process finds the schema" is ok live state ok
live_down
check "migrate again: nothing to apply" fails 0 "[0-9]* functions*" \
	slipway migrate
check "every file was recorded with its SHA-256" \
	is "$(cd sql/migrations && sha256sum ./*.sql |
		sed -E 's,^([0-9a-f]+)  \./(.*)\.sql,\2|\1,')" \
	query "SELECT version, sha256 FROM slipway.schema_migrations ORDER BY 1"

cp -r sql "$suite_dir/sql"
first=$(basename "$(find sql/migrations -name '0001_*')")
echo "-- changed" >>"$suite_dir/sql/migrations/$first"
check "an applied file that changed is refused" \
	fails 1 "*$first was changed after*" \
	slipway migrate --sql "$suite_dir/sql"
cp "sql/migrations/$first" "$suite_dir/sql/migrations/$first"
cat >"$suite_dir/sql/migrations/9998_breaks.sql" <<END
CREATE TABLE slipway.half_done (i int);

SELECT slipway.no_such_function();
END
check "a migration that fails names file and line" \
	fails 1 "*9998_breaks.sql: line 3: *no_such_function*" \
	slipway migrate --sql "$suite_dir/sql"
check "  and leaves nothing behind" is "f" query \
	"SELECT to_regclass('slipway.half_done') IS NOT NULL"
rm "$suite_dir/sql/migrations/9998_breaks.sql"
echo "CREATE TABLE slipway.newer (i int);" \
	>"$suite_dir/sql/migrations/9999_newer.sql"
check "two at once apply a file once" \
	is 1 eval "slipway migrate --sql $suite_dir/sql >$suite_dir/m1 & \
		slipway migrate --sql $suite_dir/sql >$suite_dir/m2; wait \$!; \
		cat $suite_dir/m1 $suite_dir/m2 | grep -c 'applied 9999_newer'"
check "a database that is newer than the program is left alone" \
	fails 1 "*9999_newer*newer one*" slipway migrate
query "DELETE FROM slipway.schema_migrations WHERE version = '9999_newer';
	DROP TABLE slipway.newer"
check "no migration in the folder" fails 1 "*--sql DIR*" \
	slipway migrate --sql "$suite_dir"
