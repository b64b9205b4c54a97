-- Everything that /metrics says, one row for each sample, in the order in which
-- it is printed.
--
-- p_system_daily_pico  daily cap of the system, pico-dollars; -1: none
--
-- Returns the name of the metric, its type and help, and the sample: its name
-- with labels and value as Prometheus reads them.
--
-- Counters count from the first day of the month (UTC) and begin anew with it,
-- which rate() and increase() know.  They come from the ledger, so they are
-- the same whichever process answers.  Labels: features, providers and models
-- of the configuration, outcomes and errors; the 50 models that were used
-- most, the others as "other".  Never a user, key or tenant.
--
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.metrics(p_system_daily_pico bigint)
RETURNS TABLE (metric text, kind text, help text, sample text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH edge AS MATERIALIZED (
        SELECT date_trunc('month', now()) AS month_at, now()::date AS today
    ), used AS MATERIALIZED (
        SELECT u.feature, u.provider, u.model_route, u.outcome, u.error,
            u.is_5xx, sum(u.calls) AS calls, sum(u.cost_usd) AS cost_usd,
            sum(u.input_tokens) AS input_tokens,
            sum(u.cache_read_tokens) AS cache_read_tokens,
            sum(u.cache_write_tokens) AS cache_write_tokens,
            sum(u.output_tokens) AS output_tokens,
            sum(u.reasoning_tokens) AS reasoning_tokens,
            sum(u.calls_as_fallback) AS calls_as_fallback
        FROM slipway.usage_by_hour AS u
        WHERE u.hour >= (SELECT e.month_at FROM edge AS e)
        GROUP BY 1, 2, 3, 4, 5, 6
    ), top AS MATERIALIZED (
        SELECT u.model_route
        FROM used AS u
        GROUP BY 1
        ORDER BY sum(u.calls) DESC
        LIMIT 50
    ), named AS MATERIALIZED (
        SELECT u.*, CASE WHEN EXISTS (
                SELECT FROM top AS t WHERE t.model_route = u.model_route
            ) THEN u.model_route ELSE 'other' END AS model
        FROM used AS u
    ), timed AS MATERIALIZED (
        SELECT l.what, l.feature, l.within_ms, sum(l.calls) AS calls
        FROM slipway.latency_histogram AS l
        WHERE l.utc_day >= (SELECT e.month_at::date FROM edge AS e)
        GROUP BY 1, 2, 3
    ), histograms AS (
        SELECT t.what, t.feature, b.n, b.le, sum(t.calls) FILTER (
                WHERE t.within_ms <= b.ms) AS calls
        FROM timed AS t
        CROSS JOIN (VALUES (1, '0.05', 50), (2, '0.1', 100), (3, '0.2', 200),
            (4, '0.4', 400), (5, '0.8', 800), (6, '1.6', 1600),
            (7, '3.2', 3200), (8, '6.4', 6400), (9, '12.8', 12800),
            (10, '25.6', 25600), (11, '51.2', 51200), (12, '102.4', 102400),
            (13, '+Inf', 9000000000000000000)) AS b (n, le, ms)
        GROUP BY 1, 2, 3, 4
        UNION ALL
        SELECT t.what, t.feature, 14, NULL, sum(t.calls * t.within_ms)
        FROM timed AS t
        GROUP BY 1, 2
        UNION ALL
        SELECT t.what, t.feature, 15, NULL, sum(t.calls)
        FROM timed AS t
        GROUP BY 1, 2
    ), samples (n, metric, kind, help, name, labels, value) AS (
        SELECT 1, 'slipway_calls_total', 'counter',
            'Calls settled this month (UTC).', 'slipway_calls_total',
            ARRAY['feature', u.feature, 'provider', u.provider, 'model',
                u.model, 'outcome', u.outcome], sum(u.calls)
        FROM named AS u
        GROUP BY u.feature, u.provider, u.model, u.outcome
        UNION ALL
        SELECT 2, 'slipway_errors_total', 'counter',
            'Calls that went wrong this month (UTC), by public error code.',
            'slipway_errors_total',
            ARRAY['feature', u.feature, 'error', u.error], sum(u.calls)
        FROM named AS u
        WHERE u.error <> 'ok'
        GROUP BY u.feature, u.error
        UNION ALL
        SELECT 3, 'slipway_responses_total', 'counter',
            'Calls settled this month (UTC), by class of the HTTP status.',
            'slipway_responses_total', ARRAY['feature', u.feature,
                'status_class', CASE WHEN u.is_5xx THEN '5xx'
                    WHEN u.error = 'ok' THEN '2xx' ELSE '4xx' END],
            sum(u.calls)
        FROM named AS u
        GROUP BY u.feature, CASE WHEN u.is_5xx THEN '5xx'
            WHEN u.error = 'ok' THEN '2xx' ELSE '4xx' END
        UNION ALL
        SELECT 4, 'slipway_cost_usd_total', 'counter',
            'US dollars charged this month (UTC).', 'slipway_cost_usd_total',
            ARRAY['feature', u.feature, 'provider', u.provider, 'model',
                u.model], sum(u.cost_usd)
        FROM named AS u
        GROUP BY u.feature, u.provider, u.model
        UNION ALL
        SELECT 5, 'slipway_tokens_total', 'counter',
            'Tokens of this month (UTC).', 'slipway_tokens_total',
            ARRAY['provider', u.provider, 'model', u.model, 'kind', k.kind],
            sum(k.tokens)
        FROM named AS u
        CROSS JOIN LATERAL (VALUES ('input', u.input_tokens),
            ('cache_read', u.cache_read_tokens),
            ('cache_write', u.cache_write_tokens),
            ('output', u.output_tokens),
            ('reasoning', u.reasoning_tokens)) AS k (kind, tokens)
        GROUP BY u.provider, u.model, k.kind
        UNION ALL
        SELECT 6, 'slipway_fallback_calls_total', 'counter',
            'Calls that a later entry of the route answered, this month '
            '(UTC).', 'slipway_fallback_calls_total',
            ARRAY['feature', u.feature], sum(u.calls_as_fallback)
        FROM named AS u
        GROUP BY u.feature
        UNION ALL
        SELECT CASE h.what WHEN 'ttft' THEN 7 ELSE 8 END,
            'slipway_' || h.what || '_seconds', 'histogram',
            CASE h.what WHEN 'ttft' THEN 'Time to the first token'
                ELSE 'Time to the end of the call' END || ', this month '
                '(UTC); the sum is at most 6.3 % too high.',
            'slipway_' || h.what || '_seconds' || CASE WHEN h.n <= 13
                THEN '_bucket' WHEN h.n = 14 THEN '_sum' ELSE '_count' END,
            CASE WHEN h.n <= 13 THEN ARRAY['feature', h.feature, 'le', h.le]
                ELSE ARRAY['feature', h.feature] END,
            CASE WHEN h.n = 14 THEN h.calls * 0.001
                ELSE coalesce(h.calls, 0) END
        FROM histograms AS h
        UNION ALL
        SELECT 9, 'slipway_guard_found_total', 'counter',
            'What the guard found this month (UTC), and what it did.',
            'slipway_guard_found_total',
            ARRAY['phase', g.phase, 'kind', g.kind, 'action', g.action],
            sum(g.n)
        FROM slipway.llm_guards AS g
        WHERE g.day >= (SELECT e.month_at::date FROM edge AS e)
        GROUP BY g.phase, g.kind, g.action
        UNION ALL
        SELECT 10, 'slipway_calls_in_flight', 'gauge',
            'Calls that were admitted and are not settled.',
            'slipway_calls_in_flight', '{}', count(*)
        FROM slipway.reservations
        UNION ALL
        SELECT 11, 'slipway_dead_leases', 'gauge',
            'Calls whose worker is dead and which nobody has settled yet.',
            'slipway_dead_leases', '{}', count(*)
        FROM slipway.reservations AS s
        WHERE s.lease_until < now()
        UNION ALL
        SELECT 12, 'slipway_spent_today_usd', 'gauge',
            'US dollars that the system spent and reserved today (UTC).',
            'slipway_spent_today_usd', '{}',
            coalesce(sum(d.settled + d.reserved), 0) * 1e-12
        FROM slipway.daily_spend AS d
        WHERE d.tenant_id = 0 AND d.scope = 'system' AND d.scope_id = 0
            AND d.day = (SELECT e.today FROM edge AS e)
        UNION ALL
        SELECT 13, 'slipway_daily_cap_usd', 'gauge',
            'Daily cap of the system in US dollars.',
            'slipway_daily_cap_usd', '{}', p_system_daily_pico * 1e-12
        WHERE p_system_daily_pico >= 0
        UNION ALL
        SELECT 14, 'slipway_month_forecast_usd', 'gauge',
            'What this month (UTC) comes to, in US dollars.',
            'slipway_month_forecast_usd', '{}', m.forecast_usd
        FROM slipway.month_to_date AS m
        WHERE m.tenant = '(all)'
        UNION ALL
        SELECT 15, 'slipway_paused', 'gauge',
            '1 for what is paused; * is everything.', 'slipway_paused',
            ARRAY['feature', o.feature], o.paused::integer
        FROM slipway.controls AS o
        UNION ALL
        SELECT 16, 'slipway_circuit_open', 'gauge',
            '1 for a model that is not asked because it failed.',
            'slipway_circuit_open', ARRAY['model', b.model_route],
            (b.opened_at IS NOT NULL)::integer
        FROM (
            SELECT b.model_route, b.opened_at
            FROM slipway.breakers AS b
            ORDER BY b.opened_at IS NULL, b.changed_at DESC
            LIMIT 50
        ) AS b
        UNION ALL
        SELECT 17, 'slipway_provider_quota_used_ratio', 'gauge',
            'Share of our limits at a provider that is used, as it last said.',
            'slipway_provider_quota_used_ratio',
            ARRAY['provider', q.provider, 'kind', k.kind],
            round(1 - k.remaining::numeric / nullif(k.of, 0), 4)
        FROM slipway.provider_quotas AS q
        CROSS JOIN LATERAL (VALUES
            ('requests', q.remaining_requests, q.limit_requests),
            ('tokens', q.remaining_tokens, q.limit_tokens)
        ) AS k (kind, remaining, of)
        WHERE k.of > 0 AND k.remaining IS NOT NULL
        UNION ALL
        SELECT 18, 'slipway_rollup_lag_seconds', 'gauge',
            'Age of the last hour in the rollups; above two hours, the '
            'janitor does not run.', 'slipway_rollup_lag_seconds', '{}',
            round(extract(epoch FROM now() - s.rolled_until))
        FROM slipway.rollup_state AS s
        WHERE s.rolled_until > '-infinity'
    )
    SELECT s.metric, s.kind, s.help, s.name || coalesce('{' || (
            SELECT string_agg(format('%s="%s"', s.labels[i],
                replace(replace(replace(s.labels[i + 1], '\', '\\'), '"',
                '\"'), E'\n', '\n')), ',' ORDER BY i)
            FROM generate_series(1, cardinality(s.labels), 2) AS i
        ) || '}', '') || ' ' || trim_scale(s.value)
    FROM samples AS s
    -- buckets in the order of their size, then sum and count
    ORDER BY s.n, s.labels[2], s.name NOT LIKE '%\_bucket',
        CASE WHEN s.labels[4] ~ '^[0-9.]+$' THEN s.labels[4]::numeric
            WHEN s.labels[4] = '+Inf' THEN 'Infinity' END NULLS LAST,
        s.name DESC, s.labels;
END;
$$;
COMMENT ON FUNCTION slipway.metrics(bigint) IS
    'Everything that /metrics says, from the ledger, one row a sample.';
