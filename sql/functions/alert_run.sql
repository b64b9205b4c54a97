-- Look at all rules, raise and resolve alerts, and write the messages.
--
-- p_settings  object: window_minutes, min_calls, error_rate, latency_p95_ms,
--             ttft_p95_ms, error_budget, budget_burn, fallback_minutes,
--             fallback_share, cost_spike_pico, cost_spike_times,
--             system_daily_pico, tenant_daily_pico, user_daily_pico, user_caps,
--             cap_warn, cap_reached, reservation_minutes, quota, probe_ms,
--             ledger_ms, resolve_ms, repeat_ms (0: never); shares are parts
--             per million
-- p_extra     array of {"rule", "subject", "detail"}: what the caller saw
-- p_channels  where messages go: webhook, mail
--
-- An alert is raised once, for as long as it holds; it is resolved when it did
-- not hold for resolve_ms.  ledger_check is looked at every ledger_ms, and
-- stays as it was in between.
--
-- Returns one row: raised, reminded, resolved (how many now), open (in all).
-- Locks: an advisory lock for the transaction, the alerts.  Volatile.
CREATE OR REPLACE FUNCTION slipway.alert_run(
    p_settings jsonb,
    p_extra jsonb,
    p_channels text[]
)
RETURNS TABLE (raised integer, reminded integer, resolved integer, open integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_ledger boolean := false;
    v_repeat interval := (p_settings ->> 'repeat_ms')::bigint
        * interval '1 ms';
    v_found jsonb;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('slipway.alerts'));
    -- for `slipway preflight`, which looks whether it is run
    INSERT INTO slipway.alert_checks (rule, checked_at)
    VALUES ('alerts', now())
    ON CONFLICT (rule) DO UPDATE SET checked_at = now();
    IF NOT EXISTS (
        SELECT
        FROM slipway.alert_checks AS c
        WHERE c.rule = 'ledger_check' AND c.checked_at > now()
            - (p_settings ->> 'ledger_ms')::bigint * interval '1 ms')
    THEN
        v_ledger := true;
        INSERT INTO slipway.alert_checks (rule, checked_at)
        VALUES ('ledger_check', now())
        ON CONFLICT (rule) DO UPDATE SET checked_at = now();
    END IF;
    -- one for each rule and subject, the first that was found
    SELECT coalesce(jsonb_agg(to_jsonb(x)), '[]') INTO v_found
    FROM (
        SELECT DISTINCT ON (y.rule, left(y.subject, 300)) y.rule,
            left(y.subject, 300) AS subject, left(y.detail, 1000) AS detail
        FROM (
            SELECT * FROM slipway.alert_facts(p_settings, v_ledger)
            UNION ALL
            SELECT e.rule, e.subject, e.detail
            FROM jsonb_to_recordset(p_extra)
                AS e (rule text, subject text, detail text)
        ) AS y
    ) AS x;

    UPDATE slipway.alerts AS a
    SET seen_at = now(), clear_since = NULL, detail = x.detail
    FROM jsonb_to_recordset(v_found)
        AS x (rule text, subject text, detail text)
    WHERE a.rule = x.rule AND a.subject = x.subject AND a.resolved_at IS NULL;

    WITH new AS (
        INSERT INTO slipway.alerts (rule, subject, detail)
        SELECT x.rule, x.subject, x.detail
        FROM jsonb_to_recordset(v_found)
            AS x (rule text, subject text, detail text)
        ON CONFLICT (rule, subject) WHERE resolved_at IS NULL DO NOTHING
        RETURNING id, detail
    ), told AS (
        INSERT INTO slipway.alert_outbox (alert_id, channel, kind, detail)
        SELECT n.id, c, 'raised', n.detail
        FROM new AS n, unnest(p_channels) AS c
    )
    SELECT count(*) INTO raised FROM new;

    WITH again AS (
        UPDATE slipway.alerts AS a
        SET told_at = now()
        WHERE a.resolved_at IS NULL AND a.clear_since IS NULL
            AND v_repeat > interval '0' AND a.told_at <= now() - v_repeat
            AND a.raised_at < now()
        RETURNING a.id, a.detail
    ), told AS (
        INSERT INTO slipway.alert_outbox (alert_id, channel, kind, detail)
        SELECT n.id, c, 'reminder', n.detail
        FROM again AS n, unnest(p_channels) AS c
    )
    SELECT count(*) INTO reminded FROM again;

    UPDATE slipway.alerts AS a
    SET clear_since = now()
    WHERE a.resolved_at IS NULL AND a.clear_since IS NULL
        AND a.seen_at < now() AND (v_ledger OR a.rule <> 'ledger_check');
    WITH over AS (
        UPDATE slipway.alerts AS a
        SET resolved_at = now()
        WHERE a.resolved_at IS NULL AND a.clear_since <= now()
            - (p_settings ->> 'resolve_ms')::bigint * interval '1 ms'
        RETURNING a.id, a.detail
    ), told AS (
        INSERT INTO slipway.alert_outbox (alert_id, channel, kind, detail)
        SELECT n.id, c, 'resolved', n.detail
        FROM over AS n, unnest(p_channels) AS c
    )
    SELECT count(*) INTO resolved FROM over;

    SELECT count(*) INTO open
    FROM slipway.alerts AS a
    WHERE a.resolved_at IS NULL;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION slipway.alert_run(jsonb, jsonb, text[]) IS
    'Look at all rules, raise and resolve alerts, and write the messages.';
