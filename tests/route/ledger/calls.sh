# shellcheck shell=bash
# Admit and settle, the limits, batches, functions that change.
# Sourced by ../ledger_live.sh.
# shellcheck disable=SC2016 # eval expands what stands in single quotes
# shellcheck disable=SC2154 # the set-up is in setup.sh

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
check "user usage" like "DAY*RESERVED USD*20??-??-?? *1 *0.00*" \
	slipway user usage ann --days 7
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
