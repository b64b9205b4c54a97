# shellcheck shell=bash
# sql/reports: each runs with psql as the finance role, which may read them and
# nothing else, and says what is true.  Sourced by run.sh.

db -d postgres -c "CREATE DATABASE reports TEMPLATE plans" \
	-c "CREATE ROLE t_clerk LOGIN IN ROLE slipway_finance"
# A call of yesterday and one of now, of a user whose name is no SQL.
db -d reports -c "SELECT slipway.user_create(NULL, 'O''Brien \"x\"; --')" -c "
	INSERT INTO slipway.llm_calls (tenant_id, request_id, day, system_day,
		user_id, key_id, feature, created_at, outcome, basis, cost_pico,
		reserved_pico, over_reservation, input_tokens, cache_read_tokens,
		cache_write_tokens, cache_write_1h_tokens, output_tokens,
		reasoning_tokens, model_route, prompt_version, trace_id, stream,
		fallback_tier, ttft_ms, latency_ms)
	SELECT u.tenant_id, 'req_f' || d, (now() AT TIME ZONE 'UTC')::date - d,
		(now() AT TIME ZONE 'UTC')::date - d, u.id, 0, 'fin',
		now() - d * interval '1 day', 'done', 'provider_usage',
		250000000000, 1, true, 1000, 0, 0, 0, 2000, 0,
		'openai/gpt-5-mini', '', '', true, 0, 10, 20
	FROM slipway.users AS u, generate_series(0, 1) AS d
	WHERE u.name LIKE 'O''Brien%'" >/dev/null

# report NAME WANTED OPTION...: the report, as finance, says WANTED.
report() {
	local name=$1 wanted=$2
	shift 2
	"$bin/psql" -X -v ON_ERROR_STOP=1 -U t_clerk -d reports "$@" \
		-f "$sql/reports/$name.sql" >"$suite_dir/report" 2>&1 &&
		grep -qE "$wanted" "$suite_dir/report" || {
		cat "$suite_dir/report"
		return 1
	}
}
not_allowed() {
	"$bin/psql" -X -q -U t_clerk -d reports -c "$1" 2>&1 |
		grep 'permission denied'
}
# On the first of a month yesterday's call is of the month before.
of_this_month=$(db -d reports -c "SELECT count(*) || ' \\| 0\\.'
	|| count(*) * 250000 FROM slipway.llm_calls WHERE feature = 'fin'
		AND created_at >= date_trunc('month', now(), 'UTC')")
check "report month" report month "^ fin +\\| +$of_this_month"
check "report month of another month" report month \
	'Month that begins 2020-02-01' -v month=2020-02
check "report user, whatever its name" report user 'req_f0 .*\| 0\.25' \
	-v "user=O'Brien \"x\"; --"
check "report tenant" report tenant '\| 0\.250000 \| +1000 \| +2000' \
	-v tenant=default -v days=2
check "report feature" report feature '\| +2 \| +0\.500000 \| +0\.25000000' \
	-v feature=fin
check "report anomalies: above the reservation" report anomalies \
	'openai/gpt-5-mini \| +1$'
check "report projection of our traffic: 1 call of 0.25 USD a day" \
	report projection 'gpt-5-mini \| +1\.0 \| +1000\.0 \| +2000\.0 .*\| +7\.50$'
# 1000 x 0.25 + 500 x 2 = 0.00125 USD a request, 100 a day
check "report projection of a plan, with headroom" report projection \
	'\| +0\.00125000 \| +0\.13 \| +3\.75 \| +11\.25$' -v model=openai/gpt-5-mini \
	-v input_tokens=1000 -v output_tokens=500 -v requests=100
for what in "SELECT * FROM slipway.llm_calls" "SELECT * FROM slipway.rollup_days" \
	"SELECT * FROM slipway.audit_log" "SELECT slipway.rollup()" \
	"SELECT slipway.report_sql('month', '{}')" \
	"SELECT slipway.admin_act(1, 'pause', '{}')"; do
	check "finance may not: $what" not_allowed "$what"
done
