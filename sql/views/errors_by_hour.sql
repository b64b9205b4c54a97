-- What failed, by hour.
CREATE OR REPLACE VIEW slipway.errors_by_hour AS
SELECT u.hour,
    u.error,
    u.outcome,
    u.feature,
    u.model_route,
    sum(u.calls)::bigint AS calls,
    sum(u.cost_usd) AS cost_usd,
    max(u.last_request_id) AS last_request_id
FROM slipway.usage_by_hour AS u
WHERE u.error <> 'ok'
GROUP BY u.hour, u.error, u.outcome, u.feature, u.model_route
ORDER BY u.hour DESC, calls DESC;

COMMENT ON VIEW slipway.errors_by_hour IS
    'Admitted calls that went wrong, by hour, error, feature and model; '
    'newest first. Refusals by a limit are no calls and are not here.';
COMMENT ON COLUMN slipway.errors_by_hour.hour IS
    'Beginning of the hour in which they were admitted.';
COMMENT ON COLUMN slipway.errors_by_hour.error IS
    'Public code of what went wrong.';
COMMENT ON COLUMN slipway.errors_by_hour.outcome IS
    'How the call ended, as in llm_calls.';
COMMENT ON COLUMN slipway.errors_by_hour.feature IS 'Name of the feature.';
COMMENT ON COLUMN slipway.errors_by_hour.model_route IS
    'provider/model that answered; (none): no provider did.';
COMMENT ON COLUMN slipway.errors_by_hour.calls IS 'How many.';
COMMENT ON COLUMN slipway.errors_by_hour.cost_usd IS
    'What they cost all the same, in US dollars.';
COMMENT ON COLUMN slipway.errors_by_hour.last_request_id IS
    'The latest of them, to look it up.';
