# shellcheck shell=bash
# PostgreSQL is stopped, the process is killed, the schema is too old.
# Sourced by ../ledger_live.sh.
# shellcheck disable=SC2016 # eval expands what stands in single quotes
# shellcheck disable=SC2154 # the set-up is in setup.sh

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
check "  the settlement arrives" within 60 "done|5000" outcome req_d1
check "  the file is gone" within 60 0 spooled
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
check "another process takes it over" within 60 "done|4000" outcome req_e1
check "  the file is gone" within 60 0 spooled

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
check "  then it arrives" within 60 "done|200" outcome req_e3
check "the books are right" sound
