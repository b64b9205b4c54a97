#!/bin/bash
# How long the reports of the admin page take with 10 million calls in the
# ledger: the first rollup, a later one, and each report over 30 days (median
# of three).
# Usage: tests/bench/operators.sh
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh
# shellcheck source=tests/lib/cluster.sh
. tests/lib/cluster.sh

# as role_limits_apply() sets it for the roles of people
export PGOPTIONS='-c jit=off -c work_mem=16MB -c hash_mem_multiplier=4'
cluster_up shared_buffers=512MB max_wal_size=8GB fsync=off
echo "loading 10 million calls" >&2
cluster_sql -f tests/bench/operators.sql >/dev/null || exit 1

# timed SQL: milliseconds of one run
timed() {
	local start
	start=$(date +%s%N)
	cluster_sql -c "$1" >/dev/null || exit 1
	echo $((($(date +%s%N) - start) / 1000000))
}
# report SQL: the same on a connection that has asked it before, as the admin
# worker's; median of three
report() {
	cluster_sql -c '\o /dev/null' -c "$1" -c '\timing on' -c "$1" \
		-c "$1" -c "$1" | sed -n 's/^Time: \([0-9]*\).*/\1/p' |
		sort -n | sed -n 2p
}
printf '%-24s %8s ms\n' 'first rollup' "$(timed 'SELECT slipway.rollup()')"
cluster_sql -c 'VACUUM ANALYZE' -c 'CHECKPOINT'
printf '%-24s %8s ms\n' 'next rollup' "$(timed 'SELECT slipway.rollup()')"
cluster_sql -F ' ' -c "SELECT relname, n_live_tup FROM pg_stat_user_tables
	WHERE relname LIKE 'rollup%' ORDER BY 1"

filter="jsonb_build_object('from', current_date - 29, 'until', current_date,
	'system_daily_pico', 1, 'tenant_daily_pico', 1)"
for name in summary month cost_by_day cost_by_user cost_by_user_feature \
	cost_by_feature cost_by_model cost_by_provider cost_by_tenant \
	cost_by_key latency_by_day latency_by_feature latency_by_model \
	errors errors_by_day errors_by_hour slo_by_day slo_by_month latency_by_hour \
	cost_by_hour calls live \
	limits keys audit guards invites waitlist feedback alerts \
	alerts_resolved \
	pauses prompts prices; do
	text=$(cluster_sql -c "SELECT slipway.report_sql('$name', $filter)")
	printf '%-24s %8s ms\n' "$name" "$(report "$text")"
done
# calls NAME FILTER: those that few have
calls() {
	text=$(cluster_sql -c "SELECT slipway.report_sql('calls', $filter
		|| '$2')")
	printf '%-24s %8s ms\n' "calls of $1" "$(report "$text")"
}
calls 'a rare user' '{"user": "user19999"}'
calls 'the first user' '{"user": "user1"}'
calls 'a tenant' '{"tenant": "tenant3"}'
calls 'a rare feature' '{"feature": "rare"}'
calls 'a rare model' '{"model": "rarely/used"}'
calls 'a rare provider' '{"provider": "rarely"}'
calls 'the first feature' '{"feature": "feature0"}'
calls 'the first provider' '{"provider": "provider0"}'
calls 'a rare error' '{"error": "nosuch"}'
calls 'a rare outcome' '{"outcome": "blocked"}'
printf '%-24s %8s ms\n' 'psql: cost_by_day' \
	"$(timed 'SELECT * FROM slipway.cost_by_day')"
printf '%-24s %8s ms\n' 'psql: rollup_check' \
	"$(timed 'SELECT * FROM slipway.rollup_check')"
