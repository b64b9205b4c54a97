-- What the reports say, held against calls whose sums are known.
BEGIN;
SELECT plan(21);
SELECT t.person('ann'), t.person('bob'), t.person('eve', 'acme') \g /dev/null
SELECT t.verdicts((SELECT jsonb_agg(t.call(k, 'req_' || k || g,
    jsonb_build_object('feature', CASE WHEN g < 3 THEN 'chat' ELSE 'docs' END)))
    FROM generate_series(1, 3) AS g, unnest('{ann,bob,eve}'::text[]) AS k))
\g /dev/null
SELECT t.results(jsonb_build_array(
    t.entry('req_ann1', '{"cost_pico": 1000000, "ttft_ms": 10,
        "latency_ms": 100}'),
    t.entry('req_ann2', '{"cost_pico": 500000, "basis": "partial",
        "outcome": "client_gone", "error": "client_closed", "ttft_ms": 20,
        "latency_ms": 200}'),
    t.entry('req_ann3', '{"cost_pico": 3, "model_route": "anthropic/claude-x",
        "fallback_tier": 1, "ttft_ms": 30, "latency_ms": 300}'),
    t.entry('req_bob1', '{"cost_pico": 0, "model_route": "", "basis": "none",
        "outcome": "failed", "error": "upstream_error", "ttft_ms": null,
        "latency_ms": 400, "attempts": [
        {"model_route": "openai/a", "result": "upstream_error",
            "http_status": 500, "ttft_ms": null, "latency_ms": 5},
        {"model_route": "anthropic/b", "result": "upstream_rejected",
            "http_status": 400, "ttft_ms": null, "latency_ms": 5}]}'),
    t.entry('req_eve1', '{"cost_pico": 2000000}'))) \g /dev/null

SELECT results_eq($$
    SELECT tenant, calls, cost_usd, input_tokens, cache_read_tokens,
        cache_write_tokens, output_tokens, reasoning_tokens, calls_not_exact,
        cost_not_exact_usd FROM slipway.cost_by_day
$$, $$
    VALUES ('acme', 1::bigint, 0.000002, 10::numeric, 2::numeric, 7::numeric,
            30::numeric, 5::numeric, 0::bigint, 0.0),
        ('default', 4, 0.000001500003, 40, 8, 28, 120, 20, 1, 0.0000005)
$$, 'cost_by_day');
SELECT is((SELECT sum(cost_usd) * 1000000000000 FROM slipway.cost_by_day),
    (SELECT sum(settled) FROM slipway.daily_spend WHERE scope = 'system'),
    'the report adds up to what the cap counted');
SELECT results_eq($$
    SELECT tenant, "user", calls, cost_usd, input_tokens, output_tokens
    FROM slipway.cost_by_user
$$, $$
    VALUES ('acme', 'eve', 1::bigint, 0.000002, 19::numeric, 30::numeric),
        ('default', 'ann', 3, 0.000001500003, 57, 90),
        ('default', 'bob', 1, 0, 19, 30)
$$, 'cost_by_user');
SELECT results_eq($$
    SELECT tenant, feature, calls, cost_usd, cost_per_call_usd
    FROM slipway.cost_by_feature
$$, $$
    VALUES ('acme', 'chat', 1::bigint, 0.000002, 0.000002),
        ('default', 'chat', 3, 0.0000015, 0.0000005),
        ('default', 'docs', 1, 0.000000000003, 0.000000000003)
$$, 'cost_by_feature');
SELECT results_eq($$
    SELECT model_route, calls, cost_usd, calls_as_fallback,
        calls_over_reservation FROM slipway.cost_by_model
$$, $$
    VALUES ('openai/gpt-5-mini', 3::bigint, 0.0000035, 0::bigint, 3::bigint),
        ('anthropic/claude-x', 1, 0.000000000003, 1, 0),
        ('(none)', 1, 0, 0, 0)
$$, 'cost_by_model');
SELECT results_eq($$
    SELECT feature, calls, ttft_p50_ms, ttft_p95_ms, ttft_p99_ms,
        latency_p50_ms, latency_p95_ms, latency_p99_ms
    FROM slipway.latency_by_day
$$, $$
    VALUES ('(all)', 5::bigint, 20::bigint, 123::bigint, 123::bigint,
            303::bigint, 927::bigint, 927::bigint),
        ('chat', 4, 20, 123, 123, 207, 927, 927),
        ('docs', 1, 30, 30, 30, 303, 303, 303)
$$, 'latency_by_day: the end of the bucket');
SELECT bag_eq($$
    SELECT error, outcome, feature, model_route, calls, cost_usd,
        last_request_id::text FROM slipway.errors_by_hour
$$, $$
    VALUES ('client_closed', 'client_gone', 'chat', 'openai/gpt-5-mini',
            1::bigint, 0.0000005, 'req_ann2'),
        ('upstream_error', 'failed', 'chat', '(none)', 1, 0, 'req_bob1')
$$, 'errors_by_hour');
SELECT is_empty('SELECT * FROM slipway.ledger_check', 'ledger_check');

-- these two go by the time in a request's id
SELECT results_eq($$
    SELECT provider, calls, errors, ttft_p50_ms, ttft_p95_ms
    FROM slipway.provider_health(15)
$$, $$
    VALUES ('openai', 5::bigint, 1::bigint, 100::bigint, 100::bigint)
$$, 'provider_health: a request that is wrong is not the provider''s fault');
SELECT is_empty($$ SELECT * FROM slipway.provider_recovered(15) $$,
    'provider_recovered: one of the latest three tries failed');
SET LOCAL slipway.janitor = 'on';
UPDATE slipway.llm_attempts SET result = 'ok'
WHERE request_id = 'req_bob1' AND model_route LIKE 'openai/%';
SELECT results_eq($$ SELECT * FROM slipway.provider_recovered(15) $$,
    ARRAY['openai'], '... all were answered');
UPDATE slipway.llm_attempts SET request_id = 'req_0000' || right(request_id, 4);
UPDATE slipway.llm_calls SET request_id = 'req_0000' || right(request_id, 4)
WHERE request_id <> 'req_ann3';
SELECT is_empty($$ SELECT * FROM slipway.provider_health(15) $$,
    '... and what is long past is not lately');
SELECT is((SELECT concat_ws(' ', ttft_p50_ms, ttft_p95_ms)
    FROM slipway.status_facts(15)), '30 30', 'status_facts');
SELECT is((SELECT documents FROM slipway.status_facts(15)),
    (SELECT count(*) FROM slipway.documents), '... counts documents');
DELETE FROM slipway.llm_calls WHERE request_id = 'req_ann3';
SELECT is((SELECT num_nulls(ttft_p50_ms, ttft_p95_ms)
    FROM slipway.status_facts(15)), 2, '... and says when it knows nothing');

-- a person with psql
SELECT is(pg_typeof(cost_usd)::text, 'numeric', 'dollars are numeric')
FROM slipway.cost_by_day LIMIT 1;
SELECT is_empty($$
    SELECT c.relname, a.attname FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'slipway'::regnamespace AND c.relkind = 'v'
        AND a.attname LIKE '%\_usd' AND a.atttypid <> 'numeric'::regtype
$$, '... in every view');
SELECT is_empty($$
    SELECT c.relname, a.attname FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'slipway'::regnamespace AND c.relkind = 'v'
        AND a.attname LIKE '%\_pico'
        -- for other views and reports to sum
        AND c.relname NOT IN ('usage_by_day', 'usage_by_span',
            'usage_by_user', 'usage_by_week')
$$, '... and not pico-dollars');
SELECT is_empty($$
    SELECT 1 FROM slipway.usage_by_day
    WHERE cost_usd <> cost_pico * 1e-12
    UNION ALL
    SELECT 1 FROM slipway.usage_by_user
    WHERE cost_usd <> cost_pico * 1e-12
$$, 'where there are both, they are the same');
SELECT set_has($$
    SELECT viewname::text FROM pg_views WHERE schemaname = 'slipway'
$$, $$
    VALUES ('cost_by_day'), ('cost_by_user'), ('cost_by_feature'),
        ('cost_by_model'), ('latency_by_day'), ('errors_by_hour'),
        ('guard_by_day'), ('ledger_check')
$$, 'all the reports');

-- empty
DELETE FROM slipway.llm_calls;
SELECT is_empty($$
    SELECT day FROM slipway.cost_by_day
    UNION ALL SELECT day FROM slipway.latency_by_day
$$, 'no calls, no lines');
SELECT * FROM finish();
ROLLBACK;
