-- Cost by day and user.
CREATE OR REPLACE VIEW slipway.cost_by_user AS
SELECT c.day,
    ten.name AS tenant,
    usr.name AS "user",
    count(*) AS calls,
    sum(c.cost_pico) * 1e-12 AS cost_usd,
    sum(c.input_tokens + c.cache_read_tokens + c.cache_write_tokens
        + c.cache_write_1h_tokens) AS input_tokens,
    sum(c.output_tokens) AS output_tokens,
    max(c.created_at) AS last_call_at
FROM slipway.llm_calls AS c
LEFT JOIN slipway.tenants AS ten ON ten.id = c.tenant_id
LEFT JOIN slipway.users AS usr
    ON usr.tenant_id = c.tenant_id AND usr.id = c.user_id
GROUP BY c.day, ten.name, usr.name
ORDER BY c.day DESC, cost_usd DESC;

COMMENT ON VIEW slipway.cost_by_user IS
    'What each user spent, by day; newest and dearest first.';
COMMENT ON COLUMN slipway.cost_by_user.day IS
    'Day in the time zone of the tenant.';
COMMENT ON COLUMN slipway.cost_by_user.tenant IS 'Name of the tenant.';
COMMENT ON COLUMN slipway.cost_by_user."user" IS 'Name of the user.';
COMMENT ON COLUMN slipway.cost_by_user.calls IS 'Calls settled.';
COMMENT ON COLUMN slipway.cost_by_user.cost_usd IS 'Charged, in US dollars.';
COMMENT ON COLUMN slipway.cost_by_user.input_tokens IS
    'Input tokens, cached and uncached.';
COMMENT ON COLUMN slipway.cost_by_user.output_tokens IS
    'Output tokens, reasoning included.';
COMMENT ON COLUMN slipway.cost_by_user.last_call_at IS
    'When the last of them was admitted.';
