# shellcheck shell=bash
# A server that says no for now: no room, a serialization failure, a deadlock, a
# full disk, a lock.
# Sourced by ../ledger_live.sh.
# shellcheck disable=SC2016 # eval expands what stands in single quotes
# shellcheck disable=SC2154 # the set-up is in setup.sh

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
check "  the settlement arrives" within 60 "done|100" outcome req_n1

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
		within 60 "done|100" outcome "req_s$sqlstate"
	check "  the refused one left nothing" is 0 reserved "req_t$sqlstate"
done

query "ALTER ROLE worker SET lock_timeout = '200ms'"
live_down
live_up "$suite_dir/hasty.conf"
live state ok >/dev/null
psql -X -q -h "$pg" -U owner -d slipway >/dev/null 2>&1 7>&- 8<&- <<-END &
	BEGIN;
	LOCK TABLE slipway.daily_spend;
	\! touch $suite_dir/held
	SELECT pg_sleep(600);
END
locker=$!
within 60 "$suite_dir/held" ls "$suite_dir/held"
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
live_down
live_up
check "the books are right" sound
