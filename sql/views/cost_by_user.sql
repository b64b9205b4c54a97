-- Cost by day and user.
CREATE OR REPLACE VIEW slipway.cost_by_user AS
SELECT u.day,
    u.tenant,
    u."user",
    sum(u.calls)::bigint AS calls,
    sum(u.cost_usd) AS cost_usd,
    sum(u.input_tokens) AS input_tokens,
    sum(u.output_tokens) AS output_tokens,
    max(u.last_call_at) AS last_call_at
FROM slipway.usage_by_user AS u
GROUP BY u.day, u.tenant, u."user"
ORDER BY u.day DESC, cost_usd DESC;

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
