-- The calls of one feature or one model, the last first: what the admin page
-- asks of one that is rarely used, for which a walk over everybody's calls would
-- take seconds. Both grow at one end for each value, so keeping them costs
-- settlement two pages that are in memory anyway.
CREATE INDEX llm_calls_feature_idx ON slipway.llm_calls (feature, request_id);
-- as the view calls names it
CREATE INDEX llm_calls_model_route_idx ON slipway.llm_calls
    ((coalesce(nullif(model_route, ''), '(none)')), request_id);
