-- Every call, as a person reads it.  Ask for few: by request_id or by day.
CREATE OR REPLACE VIEW slipway.calls AS
SELECT c.request_id, c.created_at,
    (c.created_at AT TIME ZONE 'UTC')::date AS utc_day, c.day,
    ten.name AS tenant, usr.name AS "user", c.key_id, a.prefix AS key,
    c.feature,
    CASE WHEN c.model_route = '' THEN '(none)'
        ELSE split_part(c.model_route, '/', 1) END AS provider,
    coalesce(nullif(c.model_route, ''), '(none)') AS model_route,
    c.fallback_tier, c.outcome, c.error, c.basis,
    c.cost_pico * 1e-12 AS cost_usd, c.reserved_pico * 1e-12 AS reserved_usd,
    c.input_tokens, c.cache_read_tokens,
    c.cache_write_tokens + c.cache_write_1h_tokens AS cache_write_tokens,
    c.output_tokens, c.reasoning_tokens, c.ttft_ms, c.latency_ms, c.stream,
    c.prompt_version, c.trace_id, c.settled_at, c.user_id,
    c.tenant_id
FROM slipway.llm_calls AS c
LEFT JOIN slipway.tenants AS ten ON ten.id = c.tenant_id
LEFT JOIN slipway.users AS usr
    ON usr.tenant_id = c.tenant_id AND usr.id = c.user_id
LEFT JOIN slipway.api_keys AS a
    ON a.tenant_id = c.tenant_id AND a.id = c.key_id;

COMMENT ON VIEW slipway.calls IS
    'Every settled call. ORDER BY request_id is the order of time, and '
    'WHERE day >= ... keeps it quick.';
COMMENT ON COLUMN slipway.calls.request_id IS
    'Id of the call, also the incident id that users see.';
COMMENT ON COLUMN slipway.calls.created_at IS 'When it was admitted.';
COMMENT ON COLUMN slipway.calls.utc_day IS 'Its day in UTC.';
COMMENT ON COLUMN slipway.calls.day IS 'Day in the time zone of the tenant.';
COMMENT ON COLUMN slipway.calls.tenant IS 'Name of the tenant.';
COMMENT ON COLUMN slipway.calls."user" IS 'Name of the user.';
COMMENT ON COLUMN slipway.calls.key_id IS 'Number of the API key.';
COMMENT ON COLUMN slipway.calls.key IS 'First characters of the API key.';
COMMENT ON COLUMN slipway.calls.feature IS 'Name of the feature.';
COMMENT ON COLUMN slipway.calls.provider IS
    'Provider that answered; (none): none did.';
COMMENT ON COLUMN slipway.calls.model_route IS
    'provider/model that answered; (none): none did.';
COMMENT ON COLUMN slipway.calls.fallback_tier IS
    'Which entry of the route answered; 0 is the first.';
COMMENT ON COLUMN slipway.calls.outcome IS
    'done, partial (broke off after text), client_gone, failed, blocked '
    'or abandoned (its worker died).';
COMMENT ON COLUMN slipway.calls.error IS
    'Public code of what went wrong; ok when nothing did.';
COMMENT ON COLUMN slipway.calls.basis IS
    'Where the cost comes from: provider_usage, estimated, partial, '
    'none or pessimistic (the whole reservation).';
COMMENT ON COLUMN slipway.calls.cost_usd IS 'Charged, in US dollars.';
COMMENT ON COLUMN slipway.calls.reserved_usd IS
    'What had been set aside, in US dollars.';
COMMENT ON COLUMN slipway.calls.input_tokens IS 'Uncached input tokens.';
COMMENT ON COLUMN slipway.calls.cache_read_tokens IS
    'Input tokens read from the provider''s cache.';
COMMENT ON COLUMN slipway.calls.cache_write_tokens IS
    'Input tokens written to the provider''s cache.';
COMMENT ON COLUMN slipway.calls.output_tokens IS
    'Output tokens, reasoning included.';
COMMENT ON COLUMN slipway.calls.reasoning_tokens IS
    'Output tokens spent on reasoning.';
COMMENT ON COLUMN slipway.calls.ttft_ms IS
    'Milliseconds to the first token; NULL: none came.';
COMMENT ON COLUMN slipway.calls.latency_ms IS 'Milliseconds to the end.';
COMMENT ON COLUMN slipway.calls.stream IS 'The client asked for a stream.';
COMMENT ON COLUMN slipway.calls.prompt_version IS
    'Which registered prompt was used; none for a model that was named, '
    'embeddings for texts that became vectors.';
COMMENT ON COLUMN slipway.calls.trace_id IS 'W3C trace id.';
COMMENT ON COLUMN slipway.calls.settled_at IS 'When it was settled.';
COMMENT ON COLUMN slipway.calls.user_id IS 'Number of the user.';
COMMENT ON COLUMN slipway.calls.tenant_id IS 'Number of the tenant.';
