-- 20,000 users in five tenants with keys and 10 million calls over the last 30
-- days, as a busy site has them: four features, six models, failures, times
-- to the first token, a feature and a model that 50 of them used.  For
-- operators.sh.
SELECT count(slipway.partition_create('llm_calls', day))
FROM generate_series(current_date - 31, current_date, interval '1 day') AS d (at)
CROSS JOIN LATERAL (SELECT at::date AS day) AS e;
INSERT INTO slipway.tenants (name) SELECT 'tenant' || g FROM generate_series(1, 4) AS g;
INSERT INTO slipway.users (tenant_id, name)
SELECT 1 + g % 5, 'user' || g FROM generate_series(1, 20000) AS g;
INSERT INTO slipway.api_keys (tenant_id, user_id, key_hash, prefix)
SELECT u.tenant_id, u.id, sha256(u.name::bytea), 'k' FROM slipway.users AS u;
CREATE TEMP TABLE who AS
SELECT row_number() OVER (ORDER BY u.id) AS n, u.tenant_id, u.id, a.id AS key_id
FROM slipway.users AS u JOIN slipway.api_keys AS a ON a.user_id = u.id;
CREATE INDEX ON who (n);
ANALYZE who;
INSERT INTO slipway.llm_calls (tenant_id, request_id, day, system_day, user_id,
    key_id, feature, created_at, outcome, basis, error, cost_pico,
    reserved_pico, over_reservation, input_tokens, cache_read_tokens,
    cache_write_tokens, cache_write_1h_tokens, output_tokens,
    reasoning_tokens, model_route, prompt_version, trace_id, stream,
    fallback_tier, ttft_ms, latency_ms)
SELECT w.tenant_id, 'req_' || lpad(c.g::text, 26, '0'),
    (c.at AT TIME ZONE 'UTC')::date, (c.at AT TIME ZONE 'UTC')::date, w.id,
    w.key_id, CASE WHEN c.rare THEN 'rare' ELSE 'feature' || c.f END, c.at,
    CASE WHEN c.x < 0.01 THEN 'failed' ELSE 'done' END, 'provider_usage',
    CASE WHEN c.x < 0.01 THEN 'upstream_error' ELSE 'ok' END,
    (c.x * 1e9)::bigint, 2000000000, false, 500 + c.g % 500, 0, 0, 0,
    100 + c.g % 300, 0, CASE WHEN c.rare THEN 'rarely/used'
        WHEN c.x < 0.01 THEN '' ELSE
        'provider' || c.f || '/model' || c.g % 2 END,
    'chat-1', repeat('a', 32), true, (c.x > 0.97)::integer,
    (100 + 400 / (c.x + 0.1))::bigint, (500 + 2000 / (c.x + 0.1))::bigint
FROM (
    SELECT g, now() - (10000000 - g) * interval '259.2 ms' AS at,
        -- a few users ask most
        1 + floor(power(random(), 3) * 20000)::bigint AS u,
        (ARRAY[0, 0, 0, 1, 1, 2])[1 + g % 6] AS f, random() AS x,
        g % 200000 = 0 AS rare
    FROM generate_series(1, 10000000) AS g
) AS c
JOIN who AS w ON w.n = c.u;
VACUUM (ANALYZE);
CHECKPOINT;
