# shellcheck shell=bash
# PostgreSQL is killed under a statement, or frozen; leases that end.
# Sourced by ../ledger_live.sh.
# shellcheck disable=SC2016 # eval expands what stands in single quotes
# shellcheck disable=SC2154 # the set-up is in setup.sh

psql -X -q -h "$pg" -U owner -d slipway >/dev/null 2>&1 7>&- 8<&- <<-END &
	BEGIN;
	LOCK TABLE slipway.daily_spend;
	\! touch $suite_dir/locked
	SELECT pg_sleep(600);
END
locker=$!
within 60 "$suite_dir/locked" ls "$suite_dir/locked"
live state ok >/dev/null
echo "admit $ann req_f1 10 600000" >&7
within 60 t query "SELECT count(*) > 0 FROM pg_stat_activity
	WHERE application_name = 'live' AND wait_event_type = 'Lock'"
pg_stop immediate
wait "$locker" 2>/dev/null
read -r -t 60 answer <&8
check "killed under an admission: it is refused" \
	eval '[[ $answer == "database_unavailable 0 0 "* ]]'
pg_start
check "  the process comes back" is ok live state ok
check "  and no money stays reserved" within 60 0 reserved req_f1
check "  nothing waits on disk" within 60 0 spooled
check "the books are right" sound

# a freeze

live_down
live_up "$suite_dir/hasty.conf"
live admit "$ann" req_g1 10 600000 >/dev/null
pg_signal STOP
check "frozen: an admission is refused in the end" \
	like "database_unavailable 0 0 *" live admit "$ann" req_g2 10 600000
check "frozen: a settlement is durable" is ok live settle req_g1 3000 1
pg_signal CONT
check "thawed: the process comes back" is ok live state ok
check "  the settlement arrives" within 60 "done|3000" outcome req_g1
check "  and no money stays reserved" within 60 0 reserved req_g
check "the books are right" sound

# the reaper

live admit "$ann" req_h1 10 1 >/dev/null
live admit "$ann" req_h2 10 600000 >/dev/null
live_down
check "the process ends in order" test $? -eq 0
check "a lease that ended is charged in full" is "abandoned|10000" \
	outcome req_h1
check "  one that did not is left alone" is 1 reserved req_h2
check "the books are right" sound
