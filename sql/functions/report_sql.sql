-- The SQL of a report of the admin page: what the page shows is what this
-- text gives, for whoever may read the views, in psql, too.
--
-- p_report  name of the report, see below
-- p_filter  {"from", "until": days in UTC, both included (the last seven);
--           "tenant", "user", "key", "feature", "provider", "model",
--           "outcome", "error", "scope", "state": exactly this one;
--           "search": part of a user's name; "limit": most rows (1000);
--           "system_daily_pico", "tenant_daily_pico": caps of the
--           configuration, for month; "rows": as reconcile() takes them}
--
-- Returns one SELECT over the views of this schema.  Values stand in it as
-- literals.
-- Errors: SW004 not_found: no such report; SW002 invalid_request.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.report_sql(p_report text, p_filter jsonb)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_usage CONSTANT text[] := '{utc_day,day,tenant,user,user_id,key,feature,'
        'provider,model_route,outcome}';
    c_hours CONSTANT text[] := '{utc_day,tenant,feature,provider,model_route,'
        'outcome,error}';
    c_timed CONSTANT text[] := '{utc_day,tenant,feature,provider,model_route}';
    -- asked for what only the widest rollup has
    v_is_wide boolean := concat(p_filter ->> 'model', p_filter ->> 'provider',
        p_filter ->> 'outcome') <> '';
    v_by text;
    v_limit text;
    v_sql text;
BEGIN
    v_limit := coalesce(nullif(p_filter ->> 'limit', ''), '1000');
    IF v_limit !~ '^\d{1,5}$' THEN
        PERFORM slipway.fail('invalid_request', 'limit is a number of rows');
    END IF;

    -- cost: of a user or key
    v_by := CASE p_report
        WHEN 'cost_by_user' THEN ''
        WHEN 'cost_by_user_feature' THEN ', s.feature'
        WHEN 'cost_by_key' THEN ', s.key_id' END;
    IF v_by IS NOT NULL THEN
        -- names are joined to the sums, not to what is summed; whole numbers
        -- take half the time of decimals
        RETURN format($q$SELECT p.tenant, p."user"%1$s, s.calls, s.cost_usd,
    round(s.cost_usd / s.calls, 8) AS cost_per_call_usd, s.input_tokens,
    s.output_tokens, s.calls_not_exact, s.last_call_at
FROM (
    SELECT user_id%2$s, sum(calls)::bigint AS calls,
        sum(cost_pico) * 1e-12 AS cost_usd,
        sum(%3$s)::bigint AS input_tokens,
        sum(output_tokens)::bigint AS output_tokens,
        sum(calls_not_exact)::bigint AS calls_not_exact,
        max(last_call_at) AS last_call_at
    FROM %4$s
    %5$sGROUP BY user_id%2$s
    ORDER BY cost_usd DESC, user_id%2$s
    LIMIT %6$s
) AS s
JOIN slipway.people AS p ON p.user_id = s.user_id%7$s
ORDER BY s.cost_usd DESC, p.tenant, p."user"%8$s$q$,
            v_by || CASE WHEN p_report = 'cost_by_key' THEN ', k.prefix AS key'
                ELSE '' END,
            replace(v_by, 's.', ''),
            CASE WHEN v_is_wide THEN 'input_tokens + cache_read_tokens '
                '+ cache_write_tokens' ELSE 'input_tokens' END,
            CASE WHEN v_is_wide THEN 'slipway.usage_by_day'
                ELSE slipway.report_weeks(p_filter, v_by) END,
            CASE WHEN v_is_wide THEN replace(slipway.report_where(p_filter,
                c_usage), E'\n', E'\n    ') ELSE '' END,
            v_limit,
            CASE WHEN p_report = 'cost_by_key'
                THEN E'\nJOIN slipway.keys AS k ON k.id = s.key_id' ELSE '' END,
            v_by);
    END IF;

    -- cost: of a day, feature, ...
    v_by := CASE p_report
        WHEN 'cost_by_day' THEN 'utc_day'
        WHEN 'cost_by_hour' THEN 'hour'
        WHEN 'cost_by_feature' THEN 'feature'
        WHEN 'cost_by_model' THEN 'model_route'
        WHEN 'cost_by_provider' THEN 'provider'
        WHEN 'cost_by_tenant' THEN 'tenant'
        WHEN 'cost_by_outcome' THEN 'outcome' END;
    IF v_by IS NOT NULL THEN
        v_is_wide := p_report <> 'cost_by_hour' AND concat(p_filter ->> 'user',
            p_filter ->> 'key', p_filter ->> 'search') <> '';
        RETURN format($q$SELECT %1$s, sum(calls)::bigint AS calls,
    sum(cost_usd) AS cost_usd,
    round(sum(cost_usd) / sum(calls), 8) AS cost_per_call_usd,
    sum(input_tokens)::bigint AS input_tokens,
    sum(cache_read_tokens)::bigint AS cache_read_tokens,
    sum(cache_write_tokens)::bigint AS cache_write_tokens,
    sum(output_tokens)::bigint AS output_tokens,
    sum(reasoning_tokens)::bigint AS reasoning_tokens,
    sum(calls_not_exact)::bigint AS calls_not_exact
FROM slipway.%5$s
%2$sGROUP BY %1$s
ORDER BY %3$s
LIMIT %4$s$q$, v_by, slipway.report_where(p_filter, CASE WHEN v_is_wide
                THEN c_usage ELSE c_hours END),
            CASE WHEN v_by IN ('utc_day', 'hour') THEN v_by || ' DESC'
                ELSE 'cost_usd DESC, ' || v_by END, v_limit,
            CASE WHEN v_is_wide THEN 'usage_by_day' ELSE 'usage_by_hour' END);
    END IF;

    -- how long calls took
    v_by := CASE p_report
        WHEN 'latency_by_day' THEN 'utc_day'
        WHEN 'latency_by_feature' THEN 'feature'
        WHEN 'latency_by_model' THEN 'model_route'
        WHEN 'latency_by_tenant' THEN 'tenant' END;
    IF v_by IS NOT NULL THEN
        RETURN format($q$WITH buckets AS (
    SELECT %1$s, what, within_ms, sum(calls) AS calls
    FROM slipway.latency_histogram
    %2$s    GROUP BY %1$s, what, within_ms
), ranks AS (
    SELECT *, sum(calls) OVER (PARTITION BY %1$s, what ORDER BY within_ms)
            AS upto,
        sum(calls) OVER (PARTITION BY %1$s, what) AS total
    FROM buckets
)
SELECT %1$s,
    max(total) FILTER (WHERE what = 'latency')::bigint AS calls,
    min(within_ms) FILTER (WHERE what = 'ttft' AND upto >= 0.50 * total)
        AS ttft_p50_ms,
    min(within_ms) FILTER (WHERE what = 'ttft' AND upto >= 0.95 * total)
        AS ttft_p95_ms,
    min(within_ms) FILTER (WHERE what = 'ttft' AND upto >= 0.99 * total)
        AS ttft_p99_ms,
    min(within_ms) FILTER (WHERE what = 'latency' AND upto >= 0.50 * total)
        AS latency_p50_ms,
    min(within_ms) FILTER (WHERE what = 'latency' AND upto >= 0.95 * total)
        AS latency_p95_ms,
    min(within_ms) FILTER (WHERE what = 'latency' AND upto >= 0.99 * total)
        AS latency_p99_ms
FROM ranks
GROUP BY %1$s
ORDER BY %3$s
LIMIT %4$s$q$, v_by, replace(slipway.report_where(p_filter, c_timed), E'\n',
                E'\n    '),
            CASE WHEN p_report = 'latency_by_day'
                THEN v_by || ' DESC' ELSE 'calls DESC, ' || v_by END,
            v_limit);
    END IF;

    -- what failed
    v_by := CASE p_report
        WHEN 'errors_by_day' THEN 'utc_day'
        WHEN 'errors_by_hour' THEN 'hour'
        WHEN 'errors_by_model' THEN 'model_route'
        WHEN 'errors_by_feature' THEN 'feature' END;
    IF v_by IS NOT NULL THEN
        RETURN format($q$SELECT %1$s, sum(calls)::bigint AS calls,
    coalesce(sum(calls) FILTER (WHERE error <> 'ok'), 0)::bigint AS errors,
    coalesce(sum(calls) FILTER (WHERE is_5xx), 0)::bigint AS calls_5xx,
    round(100.0 * coalesce(sum(calls) FILTER (WHERE error <> 'ok'), 0)
        / sum(calls), 2) AS percent_errors,
    round(100.0 * coalesce(sum(calls) FILTER (WHERE is_5xx), 0)
        / sum(calls), 3) AS percent_5xx,
    sum(calls_as_fallback)::bigint AS calls_as_fallback,
    sum(cost_usd) AS cost_usd
FROM slipway.usage_by_hour
%2$sGROUP BY %1$s
ORDER BY %3$s
LIMIT %4$s$q$, v_by, slipway.report_where(p_filter, c_hours),
            CASE WHEN p_report LIKE '%\_day' OR p_report LIKE '%\_hour'
                THEN v_by || ' DESC' ELSE 'errors DESC, ' || v_by END,
            v_limit);
    END IF;

    v_sql := CASE p_report
    WHEN 'errors' THEN format($q$SELECT error, outcome, feature, model_route,
    sum(calls)::bigint AS calls, sum(cost_usd) AS cost_usd,
    max(last_request_id) AS last_request_id
FROM slipway.usage_by_hour
%sGROUP BY error, outcome, feature, model_route
HAVING error <> 'ok'
ORDER BY calls DESC, error, outcome, feature, model_route
LIMIT %s$q$, slipway.report_where(p_filter, c_hours), v_limit)

    -- hours are not kept as histograms: of the last day, from the calls
    WHEN 'latency_by_hour' THEN format($q$SELECT
    date_trunc('hour', created_at, 'UTC') AS hour, count(*) AS calls,
    percentile_disc(0.50) WITHIN GROUP (ORDER BY ttft_ms) AS ttft_p50_ms,
    percentile_disc(0.95) WITHIN GROUP (ORDER BY ttft_ms) AS ttft_p95_ms,
    percentile_disc(0.99) WITHIN GROUP (ORDER BY ttft_ms) AS ttft_p99_ms,
    percentile_disc(0.50) WITHIN GROUP (ORDER BY latency_ms)
        AS latency_p50_ms,
    percentile_disc(0.95) WITHIN GROUP (ORDER BY latency_ms)
        AS latency_p95_ms,
    percentile_disc(0.99) WITHIN GROUP (ORDER BY latency_ms) AS latency_p99_ms
FROM slipway.calls
%s    AND outcome <> 'abandoned'
    AND created_at > now() - interval '24 hours'
GROUP BY 1
ORDER BY 1 DESC
LIMIT %s$q$, slipway.report_where(p_filter || jsonb_build_object(
            'from', (now() AT TIME ZONE 'UTC')::date - 1,
            'until', (now() AT TIME ZONE 'UTC')::date), '{day,tenant,user,key,'
            'feature,provider,model_route}'), v_limit)

    WHEN 'summary' THEN format($q$SELECT p.period, p.from_day, p.until_day,
    coalesce(sum(u.calls), 0)::bigint AS calls,
    coalesce(sum(u.cost_usd), 0) AS cost_usd,
    coalesce(sum(u.calls) FILTER (WHERE u.error <> 'ok'), 0)::bigint
        AS errors,
    coalesce(sum(u.calls) FILTER (WHERE u.is_5xx), 0)::bigint AS calls_5xx,
    coalesce(sum(u.calls_as_fallback), 0)::bigint AS calls_as_fallback
FROM (
    SELECT (now() AT TIME ZONE 'UTC')::date AS today
) AS k
CROSS JOIN LATERAL (VALUES
    (1, 'today', k.today, k.today),
    (2, 'yesterday', k.today - 1, k.today - 1),
    (3, '7 days', k.today - 6, k.today),
    (4, '30 days', k.today - 29, k.today),
    (5, 'month', date_trunc('month', k.today)::date, k.today)
) AS p (n, period, from_day, until_day)
LEFT JOIN (
    SELECT utc_day, error, is_5xx, sum(calls) AS calls,
        sum(cost_usd) AS cost_usd,
        sum(calls_as_fallback) AS calls_as_fallback
    FROM slipway.usage_by_hour
    %s    GROUP BY utc_day, error, is_5xx
) AS u ON u.utc_day BETWEEN p.from_day AND p.until_day
GROUP BY p.n, p.period, p.from_day, p.until_day
ORDER BY p.n$q$, replace(slipway.report_where(p_filter || jsonb_build_object(
            'from', (now() AT TIME ZONE 'UTC')::date - 31,
            'until', (now() AT TIME ZONE 'UTC')::date), c_hours), E'\n',
            E'\n    '))

    WHEN 'month' THEN format($q$SELECT m.tenant, m.month, m.calls, m.cost_usd,
    m.today_usd, m.a_day_usd, m.forecast_usd, c.daily_cap_usd,
    c.daily_cap_usd * m.days_of_month AS month_cap_usd,
    round(100 * m.forecast_usd
        / nullif(c.daily_cap_usd * m.days_of_month, 0), 1)
        AS forecast_percent_of_cap
FROM slipway.month_to_date AS m
CROSS JOIN LATERAL (
    SELECT CASE WHEN m.tenant = '(all)' THEN %s
        ELSE (
            SELECT CASE WHEN l.uncapped THEN NULL
                ELSE coalesce(l.daily_cap_usd, %s) END
            FROM slipway.limits AS l
            WHERE l.scope = 'tenant' AND l.tenant = m.tenant
        ) END AS daily_cap_usd
) AS c
ORDER BY m.tenant <> '(all)', m.cost_usd DESC
LIMIT %s$q$,
        coalesce((nullif((p_filter ->> 'system_daily_pico')::bigint, -1)
            * 1e-12)::text, 'NULL'),
        coalesce((nullif((p_filter ->> 'tenant_daily_pico')::bigint, -1)
            * 1e-12)::text, 'NULL'), v_limit)

    WHEN 'calls' THEN format($q$SELECT request_id, created_at, tenant, "user",
    key, feature, model_route, fallback_tier, outcome, error, basis,
    cost_usd, input_tokens, output_tokens, ttft_ms, latency_ms
FROM slipway.calls
%sORDER BY request_id DESC
LIMIT %s$q$, slipway.report_where(p_filter, '{day,tenant,tenant_id,user,'
            'user_id,key,feature,provider,models,model_route,outcome,error}'),
            least(v_limit::integer,
            1000))

    WHEN 'live' THEN format($q$SELECT request_id, created_at, tenant, "user",
    feature, reserved_usd,
    round(extract(epoch FROM now() - created_at), 1) AS age_s
FROM slipway.calls_in_flight
%sORDER BY request_id
LIMIT %s$q$, slipway.report_where(p_filter, '{tenant,user,feature}'), v_limit)

    WHEN 'limits' THEN format($q$SELECT scope, tenant, "user", role,
    daily_cap_usd, uncapped, rpm, spent_today_usd, reserved_usd, calls_today,
    created_at, disabled_at
FROM slipway.limits
%sORDER BY scope, spent_today_usd DESC, tenant, "user"
LIMIT %s$q$, slipway.report_where(p_filter, '{scope,tenant,user}'), v_limit)

    WHEN 'keys' THEN format($q$SELECT id, tenant, "user", prefix, label, state,
    created_at, expires_at, revoked_at
FROM slipway.keys
%sORDER BY state, id DESC
LIMIT %s$q$, slipway.report_where(p_filter, '{tenant,user,state}'), v_limit)

    WHEN 'invites' THEN format($q$SELECT id, tenant, email, role, note, state,
    created_at, expires_at, used_by
FROM slipway.invitations
%sORDER BY id DESC
LIMIT %s$q$, slipway.report_where(p_filter, '{tenant,state}'), v_limit)

    WHEN 'waitlist' THEN format($q$SELECT id, email, note, state, created_at,
    decided_at
FROM slipway.waiting
%sORDER BY state DESC, id
LIMIT %s$q$, slipway.report_where(p_filter, '{state}'), v_limit)

    WHEN 'guards' THEN format($q$SELECT day, phase, kind, action, calls, found,
    last_request_id
FROM slipway.guard_by_day
%sORDER BY day DESC, calls DESC, phase, kind, action
LIMIT %s$q$, slipway.report_where(p_filter, '{day}'), v_limit)

    WHEN 'alerts' THEN format($q$SELECT rule, subject, detail, raised_at,
    messages_waiting, last_error, id
FROM slipway.alert_history
WHERE resolved_at IS NULL
ORDER BY id DESC
LIMIT %s$q$, v_limit)

    WHEN 'alerts_resolved' THEN format($q$SELECT rule, subject, detail,
    raised_at, resolved_at, messages_waiting, last_error, id
FROM slipway.alert_history
%s    AND resolved_at IS NOT NULL
ORDER BY id DESC
LIMIT %s$q$, slipway.report_where(p_filter, '{utc_day}'), v_limit)

    WHEN 'evals' THEN format($q$SELECT created_at, suite, tag, revision, passed,
    failed, errors, not_run, pass_rate, cost_usd, p50_ms, p95_ms, url, id
FROM slipway.eval_history
%sORDER BY id DESC
LIMIT %s$q$, slipway.report_where(p_filter, '{utc_day}'), v_limit)

    -- what people wrote: by a function, for finance may read every view
    WHEN 'feedback' THEN format($q$SELECT created_at, tenant, "user",
    request_id, rating, comment, question, answer
FROM slipway.feedback_list(date %L::timestamp AT TIME ZONE 'UTC', %s) AS f
CROSS JOIN LATERAL (
    SELECT (f.created_at AT TIME ZONE 'UTC')::date AS utc_day
) AS d
%sORDER BY created_at DESC, request_id DESC$q$,
        coalesce(nullif(p_filter ->> 'from', '')::date,
            (now() AT TIME ZONE 'UTC')::date - 6),
        v_limit, slipway.report_where(p_filter, '{utc_day,tenant,user}'))

    WHEN 'reconcile' THEN format(
        'SELECT * FROM slipway.reconcile(%L, %L::jsonb)',
        p_filter ->> 'provider', coalesce(p_filter ->> 'rows', '[]'))

    WHEN 'pauses' THEN format($q$SELECT feature, paused, reason, changed_at
FROM slipway.pauses
LIMIT %s$q$, v_limit)

    WHEN 'audit' THEN format($q$SELECT id, at, who, via, tenant, what, target,
    before, after
FROM slipway.audit
%sORDER BY id DESC
LIMIT %s$q$, slipway.report_where(p_filter, '{tenant}'), v_limit)

    WHEN 'prompts' THEN format($q$SELECT feature, version, registered_at,
    is_pinned, pinned_at, characters, body
FROM slipway.prompt_versions
%sORDER BY feature, registered_at DESC, version
LIMIT %s$q$, slipway.report_where(p_filter, '{feature}'), v_limit)

    WHEN 'prices' THEN format($q$SELECT model_route, valid_from, valid_until,
    input_usd, cache_read_usd, cache_write_usd, cache_write_1h_usd,
    output_usd, source
FROM slipway.price_history
%sORDER BY model_route, valid_from DESC
LIMIT %s$q$, slipway.report_where(p_filter, '{model_route}'), v_limit)

    WHEN 'slo_by_day' THEN format($q$SELECT utc_day, calls, calls_5xx,
    percent_5xx, percent_under_800_ms, ttft_met, errors_met
FROM slipway.slo_by_day
%sORDER BY utc_day DESC
LIMIT %s$q$, slipway.report_where(p_filter, '{utc_day}'), v_limit)

    WHEN 'slo_by_month' THEN format($q$SELECT month, calls, calls_5xx,
    budget_5xx, percent_of_budget, percent_under_800_ms, ttft_met, errors_met
FROM slipway.slo_by_month
ORDER BY month DESC
LIMIT %s$q$, v_limit)

    END;
    IF v_sql IS NULL THEN
        PERFORM slipway.fail('not_found', format('there is no report "%s"',
            p_report));
    END IF;
    RETURN v_sql;
END;
$$;
COMMENT ON FUNCTION slipway.report_sql(text, jsonb) IS
    'The SQL of a report of the admin page, over the views.';
