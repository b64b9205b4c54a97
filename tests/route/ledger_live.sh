#!/bin/bash
# The ledger, the connections and the `slipway` command against a real
# PostgreSQL of its own, which is stopped, killed, frozen and started again.
# Usage: tests/route/ledger_live.sh
#
# Environment: BUILD, where to build (build).
# The last line is "N passed, N failed[, N skipped]".
# shellcheck disable=SC2016 # eval expands what stands in single quotes
# shellcheck disable=SC2154 # suite_dir and the counters are from suite.sh
set -u
cd "$(dirname "$0")/../.." || exit 1
export BUILD=${BUILD:-build}
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh

bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
if [[ ! -x $bin/initdb ]]; then
	skip ledger_live "PostgreSQL's server is not installed"
	suite_end
	exit
fi
if ! make -j"$(nproc)" BUILD="$BUILD" "$BUILD/slipway" \
	"$BUILD/tests/unit/ledger_live" >"$suite_dir/make" 2>&1; then
	cat "$suite_dir/make"
	echo "0 passed, 1 failed"
	exit 1
fi

# ---------------------------------------------------------------- the server

pg=$suite_dir/pg
mkdir -m 755 "$pg"
as=()
if [[ $(id -u) -eq 0 ]]; then # PostgreSQL refuses to run as root
	as=(runuser -u postgres --)
	chown postgres "$pg"
fi

pg_start() {
	"${as[@]}" "$bin/pg_ctl" -D "$pg/data" -l "$pg/log" -w -t 60 \
		-o "-c listen_addresses='' -c unix_socket_directories=$pg -c fsync=off" \
		start >/dev/null 7>&- 8<&-
}
pg_stop() { # MODE
	"${as[@]}" "$bin/pg_ctl" -D "$pg/data" -w -t 60 -m "$1" stop >/dev/null
}
pg_signal() { # SIGNAL: to the server and all its backends
	local main
	main=$(head -n 1 "$pg/data/postmaster.pid")
	# shellcheck disable=SC2046 # one word for each process
	kill "-$1" $(ps -o pid= --ppid "$main") "$main"
}

# Rows of a query as the owner, without decoration.
query() {
	psql -X -A -t -q -v ON_ERROR_STOP=1 -h "$pg" -U owner -d slipway -c "$1"
}

live_pid=
finish() {
	exec 7>&- 2>/dev/null
	if [[ -n $live_pid ]]; then
		kill -KILL "$live_pid" 2>/dev/null
		wait "$live_pid" 2>/dev/null
	fi
	if [[ -f $pg/data/postmaster.pid ]]; then
		pg_signal CONT 2>/dev/null
		pg_stop immediate
	fi
	suite_cleanup
}
trap finish EXIT

pg_create() {
	"${as[@]}" "$bin/initdb" -D "$pg/data" -U owner -A trust -E UTF8 \
		--locale=C.UTF-8 --no-sync &&
		printf '%s\n' 'local all stranger scram-sha-256' \
			'local all all trust' |
		"${as[@]}" tee "$pg/data/pg_hba.conf" &&
		pg_start && "${as[@]}" "$bin/createdb" -h "$pg" -U owner slipway
}
if ! pg_create >"$suite_dir/initdb" 2>&1; then
	cat "$suite_dir/initdb" "$pg/log"
	echo "0 passed, 1 failed"
	exit 1
fi

# ---------------------------------------------------------- the configuration

state=$suite_dir/state
mkdir "$state"
conf=$suite_dir/slipway.conf
write_conf() { # FILE USER DATABASE
	cat >"$1" <<-END
		[server]
		state_dir = $state
		[database]
		dsn = host=$pg dbname=$3 user=$2
		admin_dsn = host=$pg dbname=$3 user=owner
		connect_timeout = 2s
		statement_timeout = 2s
		pool_size = 3
		[limits]
		user_rpm = 0
		tenant_rpm = 0
		user_daily_usd = 5
		tenant_daily_usd = 500
		system_daily_usd = 5000
	END
}
write_conf "$conf" worker slipway
slipway() { "$BUILD/slipway" -c "$conf" "$@"; }

# ------------------------------------------------ one process with a ledger

# live_up [CONF]: start it; live COMMAND...: ask it; live_down: end it
live_up() {
	rm -f "$suite_dir/in" "$suite_dir/out"
	mkfifo "$suite_dir/in" "$suite_dir/out"
	"$BUILD/tests/unit/ledger_live" "${1:-$conf}" <"$suite_dir/in" \
		>"$suite_dir/out" 2>>"$suite_dir/log" 7>&- 8<&- &
	live_pid=$!
	exec 7>"$suite_dir/in" 8<"$suite_dir/out"
}
live() {
	local answer
	echo "$*" >&7
	if ! read -r -t 60 answer <&8; then
		answer="no answer to $*"
	fi
	echo "$answer"
}
live_down() {
	exec 7>&- 8<&-
	wait "$live_pid"
	local status=$?
	live_pid=
	return "$status"
}
live_kill() {
	kill -KILL "$live_pid"
	wait "$live_pid" 2>/dev/null
	live_pid=
	exec 7>&- 8<&-
}

# is WANT COMMAND...: the output of the command is WANT
is() {
	local want=$1 got
	shift
	got=$("$@" 2>&1)
	[[ $got == "$want" ]] || {
		printf 'want: %s\ngot:  %s\n' "$want" "$got"
		return 1
	}
}
# like PATTERN COMMAND...: a shell pattern
like() {
	local want=$1 got
	shift
	got=$("$@" 2>&1)
	# shellcheck disable=SC2053 # it is a pattern
	[[ $got == $want ]] || {
		printf 'want: %s\ngot:  %s\n' "$want" "$got"
		return 1
	}
}
# fails STATUS PATTERN COMMAND...
fails() {
	local status=$1 want=$2 got rc
	shift 2
	got=$("$@" 2>&1)
	rc=$?
	# shellcheck disable=SC2053 # it is a pattern
	[[ $rc -eq $status && $got == $want ]] || {
		printf 'want: %s %s\ngot:  %s %s\n' "$status" "$want" "$rc" \
			"$got"
		return 1
	}
}
# within SECONDS WANT COMMAND...: until its output is WANT
within() {
	local until=$((SECONDS + $1)) want=$2 got
	shift 2
	while got=$("$@" 2>&1); [[ $got != "$want" ]]; do
		if [[ $SECONDS -ge $until ]]; then
			printf 'want: %s\ngot:  %s\n' "$want" "$got"
			return 1
		fi
		sleep 0.05
	done
}
spooled() { find "$state" -name 'settle-*.jsonl' | wc -l; }
sound() { is "" query "SELECT * FROM slipway.ledger_check"; }
outcome() {
	query "SELECT outcome, cost_pico FROM slipway.llm_calls
		WHERE request_id = '$1'"
}
reserved() {
	query "SELECT count(*) FROM slipway.reservations
		WHERE request_id LIKE '$1%'"
}

# -------------------------------------------------------------- 1. migrations

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

# ------------------------------------------------------------- 2. the command

check "wrong arguments are status 2" fails 2 "*unknown option*usage:*" \
	slipway user create x --colour red
check "an unknown command is status 2" fails 2 "*no command*" slipway dance
check "no configuration is status 1" fails 1 "*/nonexistent*" \
	"$BUILD/slipway" -c /nonexistent migrate
check "tenant create" like "tenant acme has the id *" \
	slipway tenant create acme --timezone Europe/Berlin
check "a name that is taken" fails 1 "*acme*" slipway tenant create acme
check "user create" like "user ann has the id *" slipway user create ann
check "user create in a tenant" like "user bob *" \
	slipway user create bob --tenant acme
check "user create --admin" like "user root *" \
	slipway user create root --admin
check "user list" like "*acme*bob*default*root*admin*" slipway user list
check "an unknown user" fails 1 "*zed*" slipway key create zed
ann=$(slipway key create ann --label "first" 2>/dev/null)
bob=$(slipway key create bob --tenant acme --expires 90d 2>/dev/null)
old=$(slipway key create ann 2>/dev/null)
check "a key has the form of a key" \
	eval '[[ $ann =~ ^slw_[A-Za-z0-9_-]{43}$ && $bob != "$ann" ]]'
check "only its hash is stored" is \
	"$(printf %s "$ann" | sha256sum | cut -d ' ' -f 1)" \
	query "SELECT encode(key_hash, 'hex') FROM slipway.api_keys ORDER BY id
		LIMIT 1"
check "key list shows no key" eval '! slipway key list | grep -qF "$ann"'
check "key list shows the prefix" like "*${ann:0:12}*first*" slipway key list
check "key revoke" like "key * is refused*" slipway key revoke "${old:0:12}"
check "user disable" like "the keys of bob are refused from now on" \
	slipway user disable bob --tenant acme
check "user enable" like "the keys of bob are taken again" \
	slipway user enable bob --tenant acme
check "tenant disable" like "the keys of tenant acme are refused from now on" \
	slipway tenant disable acme
check "tenant enable" like "the keys of tenant acme are taken again" \
	slipway tenant enable acme
check "disable without a name" fails 2 "*the NAME of the tenant*" \
	slipway tenant disable
check "cap set" like "user ann:*" slipway cap set user ann \
	--daily-usd 0.0000001 --rpm none
check "cap show" like "*user*default/ann*none*" slipway cap show
check "a cap that is no number" fails 2 "*--daily-usd takes dollars*" \
	slipway cap set user ann --daily-usd lots
check "prices import" like \
	"*genai.json (genai-prices): 6 prices, 6 left out*6 added*" \
	slipway prices import tests/fixtures/prices/genai.json
check "prices import again changes nothing" like "*6 as they were" \
	slipway prices import tests/fixtures/prices/genai.json
check "prices import of the other format" like "*5 prices*5 added*" \
	slipway prices import tests/fixtures/prices/litellm.json
check "prices import --verbose says why" like \
	"*left out anthropic/tiered-1: *length*" \
	slipway prices import --verbose --dry-run \
	tests/fixtures/prices/genai.json
check "prices list" like "*bedrock*amazon.small-v1:0*0.035*0.00875*0.14*" \
	slipway prices list
check "prices list of one provider" eval \
	'! slipway prices list groq | grep -q bedrock'
check "janitor" fails 0 "*" slipway janitor

# --------------------------------------------------- 3. admit, settle, limits

live_up
check "the state is ok" is ok live state ok
check "an unknown key is refused" like "unauthorized 0 0 *" \
	live admit slw_unknown req_a0 10 1000
check "a revoked key is refused" like "unauthorized 0 0 *" \
	live admit "$old" req_a1 10 1000
check "an admission reserves the upper bound" like "ok 10 10000 *" \
	live admit "$ann" req_a2 10 600000
check "settled" is ok live settle req_a2 7000 2
check "settled again changes nothing" is ok live settle req_a2 9000 2
check "  the first one counts" is "done|7000" outcome req_a2
check "  with its attempts" is "1|upstream_rate_limited
2|ok" query "SELECT ordinal, result FROM slipway.llm_attempts
	WHERE request_id = 'req_a2' ORDER BY 1"
check "what was never admitted cannot be settled" \
	is internal live settle req_none 1 0
live admit "$ann" req_a3 1 600000 >/dev/null
live admit "$ann" req_a4 1 600000 >/dev/null
check "a bad entry does not spoil a good one of its batch" \
	is "ok internal" live mixed req_a3 req_a4
check "  and is kept for a person to see" \
	grep -q '"request_id":"req_a4"' "$state/spool/rejected.jsonl"
check "  while its reservation stays" is 1 reserved req_a4
slipway cap set user bob --daily-usd 0.0000001 >/dev/null
check "200 at once with room for 10: 10 get in" \
	is "ok=10 user_cap=190" live burst "$bob" req_b 200 10
check "the books are right" sound
slipway pause chat --reason test >/dev/null
check "paused" like "paused 0 0 *" live admit "$ann" req_p 1 1000
slipway resume chat >/dev/null
check "resumed" like "ok 1 *" live admit "$ann" req_p 1 600000
slipway cap clear user ann >/dev/null
check "20 threads, 25 calls each, in batches" is "ok 500" \
	live pairs "$ann" req_c 25 20
check "  all of them are on record" is 500 query \
	"SELECT count(*) FROM slipway.llm_calls
	WHERE request_id LIKE 'req_c%' AND cost_pico = 10000"
check "the books are right" sound
check "150 under way at once" is "ok=150" live burst "$ann" req_w 150 10
one_by_one() {
	local i
	for i in {0..149}; do
		live settle "req_w$i" 10000 1
	done | uniq -c | awk '{ print $1, $2 }'
}
check "  settlements gather then, and one alone goes, too" is "150 ok" \
	one_by_one
check "the books are right" sound
query "CREATE FUNCTION slipway.boom() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN RAISE EXCEPTION ''boom %'', NEW.request_id; END';
	CREATE TRIGGER boom BEFORE INSERT ON slipway.reservations FOR EACH ROW
	WHEN (NEW.request_id = 'req_i7') EXECUTE FUNCTION slipway.boom();
	CREATE TRIGGER boom BEFORE INSERT ON slipway.llm_calls FOR EACH ROW
	WHEN (NEW.request_id = 'req_i8') EXECUTE FUNCTION slipway.boom()"
check "an admission that raises an error fails alone" is "ok=49 internal=1" \
	live burst "$ann" req_i 50 10
check "so does a settlement" is "internal" live settle req_i8 10000 1
check "  with the reason" like "*boom req_i8*" live detail
query "SET client_min_messages = warning;
	DROP FUNCTION slipway.boom CASCADE"
check "the books are right" sound
# What the worker has the server keep parsed is of no use any more then.
live burst "$ann" req_y 3 10 >/dev/null
query "ALTER FUNCTION slipway.settle(jsonb) RENAME TO settle_real;
	CREATE FUNCTION slipway.settle(jsonb) RETURNS TABLE (idx bigint, result text)
	LANGUAGE sql AS 'SELECT * FROM slipway.settle_real(\$1)';
	GRANT EXECUTE ON FUNCTION slipway.settle_real, slipway.settle TO slipway_app"
check "a function that was made anew with other columns is called" is ok \
	live settle req_y0 10000 1
check "  and again" is ok live settle req_y1 10000 1
query "DROP FUNCTION slipway.settle(jsonb);
	ALTER FUNCTION slipway.settle_real(jsonb) RENAME TO settle"
check "  and as it was" is ok live settle req_y2 10000 1
check "  all three are on record" is 3 query "SELECT count(*) FROM slipway.llm_calls
	WHERE request_id LIKE 'req_y%' AND cost_pico = 10000"
check "the table of prices" is "ok 50000 80000" live price groq fast-1
check "  an unknown model" is "unpriced_model 0 0" live price groq slow-1

# ------------------------------------------------------------ 4. connections

query "GRANT slipway_admin TO worker"
check "a value" is "ok 42" live sql SELECT 42
query "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
	WHERE application_name = 'live'" >/dev/null
check "a connection that went is replaced, and nobody notices" \
	is "ok 43" live sql SELECT 43
check "an error of ours comes as our error" is "not_found -" \
	live sql "SELECT slipway.user_list('nobody')"
check "  with its sentence" like "*nobody*" live detail
# Answers that the processes of a host share, as those of plain CGI do.
kept=$suite_dir/kept
mkdir "$kept"
now="SELECT clock_timestamp(), NULL FROM generate_series(1, 2)"
was=$(live kept "$kept" "$now")
check "kept: asked the first time" like "ok 2 2 20*" echo "$was"
check "kept: the same again" is "$was" live kept "$kept" "$now"
check "kept: another question is asked" is "ok 1 1 7." \
	live kept "$kept" "SELECT 7"
check "kept: NULL stays NULL" is "ok 1 1 null." live kept "$kept" "SELECT NULL"
check "  and an empty text empty" is "ok 1 1 ." live kept "$kept" "SELECT ''"
check "  ... when they are found, too" is "ok 1 1 null. ok 1 1 ." \
	echo "$(live kept "$kept" "SELECT NULL") $(live kept "$kept" "SELECT ''")"
check "kept: for nobody else to read" is 0 \
	eval 'find "$kept" -type f -perm /077 | wc -l'
for file in "$kept"/*; do
	sed -i '1s/.*/another parameter/' "$file"
done
again=$(live kept "$kept" "$now")
check "kept: for the same parameter only" test "$again" != "$was"
check "  and then for that" is "$again" live kept "$kept" "$now"
was=$again
find "$kept" -type f -exec touch -d '2 minutes ago' {} +
again=$(live kept "$kept" "$now")
check "kept: not for ever" test "$again" != "$was"
for broken in "" "2 2" "2 2\n1 x\n" "1 1\n99 x\n" "99 1\n" "1 1\n1 x\nmore"; do
	for file in "$kept"/*; do
		printf '%s\n%b' "$(head -n 1 "$file")" "$broken" >"$file"
	done
	check "kept: a broken file ($broken) is as good as none" \
		like "ok 2 2 20*" live kept "$kept" "$now"
done
# A process that is killed while it writes leaves half a file.
one=$suite_dir/kept-one
mkdir "$one"
was=$(live kept "$one" "$now")
file=$(ls "$one"/kept-*)
printf half >"$file.new"
touch -d '2 minutes ago' "$file" "$file.new"
check "kept: somebody was killed while writing, so it is asked" \
	like "ok 2 2 20*" live kept "$one" "$now"
check "  and the next who writes tidies up" test ! -e "$file.new"
again=$(live kept "$one" "$now")
check "  so that answers are kept as before" is "$again" live kept "$one" "$now"
printf half >"$file.new"
touch -d '2 minutes ago' "$file"
was=$(live kept "$one" "$now")
check "kept: what somebody writes just now is left to him" \
	is half cat "$file.new"

check "kept: without a folder it is asked" is "ok 1 1 8." \
	live kept "$suite_dir/nosuch" "SELECT 8"

check "a bug is internal" is "internal -" live sql SELECT 1/0
check "  with its SQLSTATE" like "SQLSTATE 22012*" live detail
check "what is not granted is misconfigured" is "misconfigured -" \
	live sql "SELECT * FROM slipway.users"
check "a statement that hangs has an end" is "database_unavailable -" \
	live sql "SELECT pg_sleep(60)"
check "  and the next one works" is "ok 44" live sql SELECT 44
check "a pool gives what it has" is 3 live pool 3
check "  and not more" is "database_unavailable after 3" live pool 4
check "  and says which setting" like "*pool_size*" live detail

# ----------------------------------------------------------------- 5. outage

live admit "$ann" req_d1 10 600000 >/dev/null
live admit "$ann" req_d2 10 600000 >/dev/null
pg_stop immediate
check "down: an admission is refused as such" \
	like "database_unavailable 0 0 *" live admit "$ann" req_d3 10 600000
check "down: the state says so" \
	is database_unavailable live state database_unavailable
check "down: a settlement is durable all the same" is ok \
	live settle req_d1 5000 1
check "  in a file" is 1 spooled
live admit "$ann" req_d4 10 600000 >/dev/null
pg_start
check "up again: the process finds it" is ok live state ok
check "  the settlement arrives" within 20 "done|5000" outcome req_d1
check "  the file is gone" within 20 0 spooled
check "  calls go on" is ok live settle req_d2 6000 1
check "  the refused one left nothing" is 0 reserved req_d3
check "the books are right" sound

live admit "$ann" req_e1 10 600000 >/dev/null
pg_stop immediate
live state database_unavailable >/dev/null
check "down: settled" is ok live settle req_e1 4000 1
live_kill
check "the process was killed, its file is there" is 1 spooled
pg_start
live_up
check "another process takes it over" within 20 "done|4000" outcome req_e1
check "  the file is gone" within 20 0 spooled

pg_stop fast
pg_start
check "restarted in order: the process finds it" is ok live state ok
live admit "$ann" req_e3 10 600000 >/dev/null
live_down
last=$(query "SELECT max(version) FROM slipway.schema_migrations")
query "UPDATE slipway.schema_migrations SET version = '0001_z'
	WHERE version = '$last'"
live_up
check "a schema that is too old admits nothing" like "misconfigured 0 0 *" \
	live admit "$ann" req_e4 10 600000
check "  and says so" like "the schema is at * needs *slipway migrate*" live detail
check "  a settlement waits on disk" is ok live settle req_e3 200 1
query "UPDATE slipway.schema_migrations SET version = '$last'
	WHERE version = '0001_z'"
check "  until the schema is right" is ok live state ok
check "  then it arrives" within 20 "done|200" outcome req_e3
check "the books are right" sound

# -------------------------------------------- a server that says no for now

hang_up() {
	query "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE application_name = 'live'" >/dev/null
}
# trouble SQLSTATE TABLE: inserts into the table fail with it
trouble() {
	query "CREATE OR REPLACE FUNCTION slipway.trouble() RETURNS trigger
		LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION USING
		ERRCODE = ''$1'', MESSAGE = ''trouble''; END';
		CREATE TRIGGER trouble BEFORE INSERT ON slipway.$2
		EXECUTE FUNCTION slipway.trouble()"
}
no_trouble() {
	query "SET client_min_messages = warning;
		DROP FUNCTION slipway.trouble CASCADE"
}

live admit "$ann" req_n1 10 600000 >/dev/null
query "ALTER ROLE worker CONNECTION LIMIT 0"
hang_up
check "too many connections: refused as such" \
	like "database_unavailable 0 0 *" live admit "$ann" req_n2 10 600000
check "  and the detail says so" like "*too many connections*" live detail
check "  a settlement is durable" is ok live settle req_n1 100 1
query "ALTER ROLE worker CONNECTION LIMIT -1"
check "  room again: the process finds it" is ok live state ok
check "  the settlement arrives" within 20 "done|100" outcome req_n1

# a serialization failure, a deadlock, a full disk
for sqlstate in 40001 40P01 53100; do
	live admit "$ann" "req_s$sqlstate" 10 600000 >/dev/null
	trouble "$sqlstate" reservations
	check "$sqlstate at an admission: refused, for now" \
		like "database_unavailable 0 0 *" \
		live admit "$ann" "req_t$sqlstate" 10 600000
	no_trouble
	trouble "$sqlstate" llm_calls
	check "$sqlstate at a settlement: it is durable" \
		is ok live settle "req_s$sqlstate" 100 1
	no_trouble
	check "  and arrives afterwards" \
		within 20 "done|100" outcome "req_s$sqlstate"
	check "  the refused one left nothing" is 0 reserved "req_t$sqlstate"
done

query "ALTER ROLE worker SET lock_timeout = '200ms'"
hang_up
live state ok >/dev/null
psql -X -q -h "$pg" -U owner -d slipway >/dev/null 2>&1 7>&- 8<&- <<-END &
	BEGIN;
	LOCK TABLE slipway.daily_spend;
	\! touch $suite_dir/held
	SELECT pg_sleep(600);
END
locker=$!
within 20 "$suite_dir/held" ls "$suite_dir/held"
check "a lock that is not to be had: refused, for now" \
	like "database_unavailable 0 0 *" live admit "$ann" req_k1 10 600000
query "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
	WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()" \
	>/dev/null
wait "$locker" 2>/dev/null
query "ALTER ROLE worker RESET lock_timeout"
check "  free again: calls go on" like "ok 10 *" \
	live admit "$ann" req_k2 10 600000
live settle req_k2 100 1 >/dev/null
check "the books are right" sound

# ---------------------------------------- 6. killed while a statement runs

psql -X -q -h "$pg" -U owner -d slipway >/dev/null 2>&1 7>&- 8<&- <<-END &
	BEGIN;
	LOCK TABLE slipway.daily_spend;
	\! touch $suite_dir/locked
	SELECT pg_sleep(600);
END
locker=$!
within 20 "$suite_dir/locked" ls "$suite_dir/locked"
live state ok >/dev/null
echo "admit $ann req_f1 10 600000" >&7
within 20 t query "SELECT count(*) > 0 FROM pg_stat_activity
	WHERE application_name = 'live' AND wait_event_type = 'Lock'"
pg_stop immediate
wait "$locker" 2>/dev/null
read -r -t 60 answer <&8
check "killed under an admission: it is refused" \
	eval '[[ $answer == "database_unavailable 0 0 "* ]]'
pg_start
check "  the process comes back" is ok live state ok
check "  and no money stays reserved" within 20 0 reserved req_f1
check "  nothing waits on disk" within 20 0 spooled
check "the books are right" sound

# ------------------------------------------------------------- 7. a freeze

live admit "$ann" req_g1 10 600000 >/dev/null
pg_signal STOP
check "frozen: an admission is refused in the end" \
	like "database_unavailable 0 0 *" live admit "$ann" req_g2 10 600000
check "frozen: a settlement is durable" is ok live settle req_g1 3000 1
pg_signal CONT
check "thawed: the process comes back" is ok live state ok
check "  the settlement arrives" within 20 "done|3000" outcome req_g1
check "  and no money stays reserved" within 20 0 reserved req_g
check "the books are right" sound

# ------------------------------------------------------------- 8. the reaper

live admit "$ann" req_h1 10 1 >/dev/null
live admit "$ann" req_h2 10 600000 >/dev/null
live_down
check "the process ends in order" test $? -eq 0
check "a lease that ended is charged in full" is "abandoned|10000" \
	outcome req_h1
check "  one that did not is left alone" is 1 reserved req_h2
check "the books are right" sound

# ---------------------------------------------------------- 9. the password

query "CREATE ROLE stranger LOGIN PASSWORD 'right horse'"
write_conf "$suite_dir/pw.conf" stranger slipway
printf 'wrong horse\n' >"$suite_dir/pw"
chmod 600 "$suite_dir/pw"
sed -i "/^dsn/a password_file = $suite_dir/pw" "$suite_dir/pw.conf"
live_up "$suite_dir/pw.conf"
check "a wrong password names the setting" eval \
	'[[ $(live sql SELECT 1) == "database_unavailable -" &&
	$(live detail) == *password_file* ]]'
live_down
printf 'right horse\n' >"$suite_dir/pw"
live_up "$suite_dir/pw.conf"
check "the right one works" is "ok 1" live sql SELECT 1
live_down
check "no password was written anywhere" eval \
	'! grep -r horse "$suite_dir/log" "$state"'
check "no settlement was lost" eval '! grep -q "are lost" "$suite_dir/log"'

[[ $suite_failed -eq 0 ]] || tail -n 40 "$suite_dir/log"
suite_end
