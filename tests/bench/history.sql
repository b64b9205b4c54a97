-- 100,000 users with keys and 10 million calls over the last 30 days, for the
-- growth part of ledger.sh and for run.py --history, as the schema's owner.
SELECT count(slipway.partition_create(table_name, day))
FROM generate_series(current_date - 30, current_date - 1, interval '1 day')
    AS d (at)
CROSS JOIN LATERAL (SELECT at::date AS day) AS e
CROSS JOIN (VALUES ('llm_calls'), ('llm_attempts')) AS n (table_name);
INSERT INTO slipway.users (tenant_id, name)
SELECT 1, 'user' || g FROM generate_series(1, 100000) AS g;
INSERT INTO slipway.api_keys (tenant_id, user_id, key_hash, prefix)
SELECT 1, u.id, sha256(u.name::bytea), 'k' FROM slipway.users AS u
WHERE u.name LIKE 'user%';
INSERT INTO slipway.llm_calls (tenant_id, request_id, day, system_day, user_id,
    key_id, feature, created_at, outcome, basis, cost_pico, reserved_pico,
    over_reservation, input_tokens, cache_read_tokens, cache_write_tokens,
    cache_write_1h_tokens, output_tokens, reasoning_tokens, model_route,
    prompt_version, trace_id, stream, fallback_tier, ttft_ms, latency_ms)
SELECT 1, 'req_' || lpad(g::text, 26, '0'), current_date - 1 - g % 30,
    current_date - 1 - g % 30, 2 + g % 100000, 2 + g % 100000, 'chat',
    now() - (1 + g % 30) * interval '1 day', 'done', 'provider_usage', 1500,
    2000, false, 100, 0, 0, 0, 50, 0, 'mock/mock', 'chat-1', repeat('a', 32),
    true, 0, 10, 20
FROM generate_series(1, 10000000) AS g;
INSERT INTO slipway.daily_spend (tenant_id, scope, scope_id, day, settled,
    calls)
SELECT 1, 'user', user_id, day, sum(cost_pico), count(*)
FROM slipway.llm_calls
WHERE day < current_date
GROUP BY user_id, day
ON CONFLICT DO NOTHING;
-- what autovacuum would do sooner or later
VACUUM (ANALYZE) slipway.users, slipway.api_keys, slipway.llm_calls,
    slipway.daily_spend;
