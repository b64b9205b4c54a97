-- What the rules of alerts find now.
--
-- p             settings, see alert_run()
-- p_check_ledger  also look at ledger_check, which reads all calls
--
-- Returns a row for each thing that an alert is due for: rule, subject
-- (empty: the whole service) and what was seen, in words.
--
-- For alert_run() only.  No locks, nothing raised.  Stable.
CREATE OR REPLACE FUNCTION slipway.alert_facts(
    p jsonb,
    p_check_ledger boolean
)
RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    w record;
    h record;
    f record;
    v_window integer := (p ->> 'window_minutes')::integer;
    v_min integer := (p ->> 'min_calls')::integer;
    v_budget numeric := (p ->> 'error_budget')::numeric / 1000000;
    v_usual numeric;
BEGIN
    SELECT * INTO w FROM slipway.alert_rates(v_window);
    SELECT * INTO h FROM slipway.alert_rates(60);
    SELECT * INTO f FROM slipway.alert_rates(
        (p ->> 'fallback_minutes')::integer);

    -- money
    SELECT coalesce(sum(d.settled), 0) / (7 * 24) INTO v_usual
    FROM slipway.daily_spend AS d
    WHERE d.tenant_id = 0 AND d.scope = 'system' AND d.scope_id = 0
        AND d.day BETWEEN (now() AT TIME ZONE 'UTC')::date - 7
            AND (now() AT TIME ZONE 'UTC')::date - 1;
    IF h.cost_pico >= (p ->> 'cost_spike_pico')::numeric
        AND h.cost_pico >= v_usual * (p ->> 'cost_spike_times')::numeric
    THEN
        RETURN QUERY SELECT 'cost_spike', '', format(
            '%s USD in the last hour; usual is %s USD',
            round(h.cost_pico * 1e-12, 2), round(v_usual * 1e-12, 2));
    END IF;
    RETURN QUERY SELECT * FROM slipway.alert_caps(p);
    IF h.over_calls > 0 THEN
        RETURN QUERY SELECT 'over_reservation', '', format(
            '%s calls of the last hour cost more than was reserved',
            h.over_calls);
    END IF;
    RETURN QUERY
        SELECT 'old_reservations', '', format(
            '%s reservations are older than %s minutes; the oldest is %s',
            count(*), p ->> 'reservation_minutes', min(r.request_id))
        FROM slipway.reservations AS r
        WHERE r.created_at < now()
            - (p ->> 'reservation_minutes')::integer * interval '1 minute'
        HAVING count(*) > 0;
    IF p_check_ledger THEN
        RETURN QUERY
            SELECT 'ledger_check', '', format('%s faults; one of them: %s',
                count(*), min(l.fault))
            FROM slipway.ledger_check AS l
            HAVING count(*) > 0;
    END IF;

    -- errors and time
    IF w.calls >= v_min THEN
        IF w.failed * 1000000.0 >= w.calls * (p ->> 'error_rate')::numeric THEN
            RETURN QUERY SELECT 'error_rate', '', format(
                '%s of %s calls failed in the last %s minutes (%s %%)',
                w.failed, w.calls, v_window,
                round(w.failed * 100.0 / w.calls, 1));
        END IF;
        IF w.latency_p95_ms > (p ->> 'latency_p95_ms')::bigint THEN
            RETURN QUERY SELECT 'latency_p95', '', format(
                '5 of 100 answers took longer than %s ms in the last %s '
                'minutes; the limit is %s ms', w.latency_p95_ms, v_window,
                p ->> 'latency_p95_ms');
        END IF;
        IF w.ttft_p95_ms > (p ->> 'ttft_p95_ms')::bigint THEN
            RETURN QUERY SELECT 'ttft_p95', '', format(
                '5 of 100 first words took longer than %s ms in the last %s '
                'minutes; the limit is %s ms', w.ttft_p95_ms, v_window,
                p ->> 'ttft_p95_ms');
        END IF;
        -- an hour and the last minutes: it is bad, and it goes on
        IF h.failed >= h.calls * v_budget * (p ->> 'budget_burn')::numeric
            AND w.failed >= w.calls * v_budget * (p ->> 'budget_burn')::numeric
            AND w.failed > 0
        THEN
            RETURN QUERY SELECT 'budget_burn', '', format(
                '%s of %s calls of the last hour failed: at this pace the '
                'month''s error budget of %s %% lasts %s hours',
                h.failed, h.calls, round(v_budget * 100, 3),
                round(30 * 24 * v_budget * h.calls / h.failed, 1));
        END IF;
    END IF;
    IF f.calls >= v_min AND f.fallbacks * 1000000.0
        > f.calls * (p ->> 'fallback_share')::numeric
    THEN
        RETURN QUERY SELECT 'fallback_share', '', format(
            '%s of %s calls of the last %s minutes were answered by a '
            'fallback (%s %%)', f.fallbacks, f.calls, p ->> 'fallback_minutes',
            round(f.fallbacks * 100.0 / f.calls, 1));
    END IF;

    -- the providers
    RETURN QUERY
        SELECT 'breaker_open', b.model_route, format(
            'not asked since %s UTC, because of %s',
            to_char(b.opened_at AT TIME ZONE 'UTC', 'HH24:MI'), b.reason)
        FROM slipway.breakers AS b
        WHERE b.opened_at IS NOT NULL;
    RETURN QUERY
        SELECT 'quota', q.provider, format(
            '%s %% of the %s are used', round(x.used * 100, 1), x.what)
        FROM slipway.provider_quotas AS q
        CROSS JOIN LATERAL (VALUES
            ('requests', 1 - q.remaining_requests
                / nullif(q.limit_requests, 0)::numeric, q.reset_requests_at),
            ('tokens', 1 - q.remaining_tokens
                / nullif(q.limit_tokens, 0)::numeric, q.reset_tokens_at)
        ) AS x (what, used, reset_at)
        WHERE q.noted_at > now() - interval '10 minutes'
            AND coalesce(x.reset_at > now(), true)
            AND x.used * 1000000 >= (p ->> 'quota')::numeric
        ORDER BY x.used DESC;

    -- what slipway probe saw
    RETURN QUERY
        SELECT 'probe', s.component, format('in outage since %s UTC',
            to_char(s.began_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'))
        FROM (
            SELECT DISTINCT ON (s.component) s.*
            FROM slipway.status_spells AS s
            WHERE s.ended_at > now() - interval '1 day'
            ORDER BY s.component, s.began_at DESC
        ) AS s
        WHERE s.state = 'outage'
            AND s.ended_at > now() - interval '10 minutes'
            AND s.ended_at - s.began_at
                >= (p ->> 'probe_ms')::bigint * interval '1 ms';
    RETURN QUERY
        SELECT 'probe_stale', '', format('the last look was at %s UTC',
            to_char(max(s.ended_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'))
        FROM slipway.status_spells AS s
        HAVING max(s.ended_at) < now() - interval '10 minutes';
END;
$$;
COMMENT ON FUNCTION slipway.alert_facts(jsonb, boolean) IS
    'What the rules of alerts find now.';
REVOKE EXECUTE ON FUNCTION slipway.alert_facts(jsonb, boolean) FROM PUBLIC;
