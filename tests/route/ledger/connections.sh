# shellcheck shell=bash
# Connections and the pool: replaced, refused, at an end.
# Sourced by ../ledger_live.sh.
# shellcheck disable=SC2016 # eval expands what stands in single quotes
# shellcheck disable=SC2154 # the set-up is in setup.sh

query "GRANT slipway_admin TO worker"
check "a value" is "ok 42" live sql SELECT 42
query "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
	WHERE application_name = 'live'" >/dev/null
check "a connection that went is replaced, and nobody notices" \
	is "ok 43" live sql SELECT 43
check "an error of ours comes as our error" is "not_found -" \
	live sql "SELECT slipway.user_list('nobody')"
check "  with its sentence" like "*nobody*" live detail
check "a bug is internal" is "internal -" live sql SELECT 1/0
check "  with its SQLSTATE" like "SQLSTATE 22012*" live detail
check "what is not granted is misconfigured" is "misconfigured -" \
	live sql "SELECT * FROM slipway.users"

live_down
live_up "$suite_dir/hasty.conf"
check "a statement that hangs has an end" is "database_unavailable -" \
	live sql "SELECT pg_sleep(60)"
check "  and the next one works" is "ok 44" live sql SELECT 44
check "a pool gives what it has" is 3 live pool 3
check "  and not more" is "database_unavailable after 3" live pool 4
check "  and says which setting" like "*pool_size*" live detail
live_down
live_up
