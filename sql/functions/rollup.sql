-- Add the calls of full hours to the rollups.
--
-- p_again_from  NULL: go on where the last run ended; else forget the rollups
--               from that UTC day on and make them anew (after llm_calls was
--               changed by hand); not before the calls that are kept
--
-- A call is added when nothing of its hour can come any more: the hour ended
-- ten minutes ago and no call of it is under way.  An admission takes seconds
-- (statement_timeout), and from then on its reservation stands for the call
-- until settlement replaces it, so no call is missed.  The days of calls that
-- were settled a second time, in place of the reaper, are made anew.
--
-- Returns one row: what was added, and until when.
-- Errors: SW002 invalid_request.
-- Locks: the row of rollup_state, so one runs at a time.  Volatile.
CREATE OR REPLACE FUNCTION slipway.rollup(
    p_again_from timestamptz DEFAULT NULL
)
RETURNS TABLE (calls bigint, rolled_until timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    v_from timestamptz;
    v_until timestamptz;
    v_next timestamptz;
    v_rows bigint;
    v_kept_from date;
    v_again date;
BEGIN
    calls := 0;
    SELECT s.rolled_until
    INTO STRICT v_from
    FROM slipway.rollup_state AS s
    FOR UPDATE;
    SELECT h.kept_from INTO v_kept_from FROM slipway.ledger_horizon AS h;
    IF p_again_from < v_kept_from THEN
        PERFORM slipway.fail('invalid_request',
            'calls of that day are not kept any more');
    END IF;
    WITH done AS (
        DELETE FROM slipway.rollup_again AS a RETURNING a.utc_day
    )
    SELECT min(d.utc_day)
    INTO v_again
    FROM done AS d
    WHERE d.utc_day > v_kept_from;
    IF p_again_from IS NOT NULL OR v_again < v_from THEN
        v_from := least(v_from,
            date_trunc('day', least(p_again_from, v_again)));
        DELETE FROM slipway.rollup_days AS d WHERE d.utc_day >= v_from::date;
        DELETE FROM slipway.rollup_users AS u WHERE u.utc_day >= v_from::date;
        DELETE FROM slipway.rollup_hours AS h WHERE h.hour >= v_from;
        DELETE FROM slipway.rollup_latency AS l
        WHERE l.utc_day >= v_from::date;
        DELETE FROM slipway.rollup_weeks AS w
        WHERE w.week >= date_trunc('week', v_from)::date;
        UPDATE slipway.rollup_state AS s
        SET weeks_until = least(s.weeks_until,
                date_trunc('week', v_from)::date),
            spans_until = '-infinity';
    END IF;
    SELECT date_trunc('hour', least(
        clock_timestamp() - interval '10 min', min(s.created_at)))
    INTO v_until
    FROM slipway.reservations AS s;
    IF v_from = '-infinity' THEN
        SELECT date_trunc('day', min(c.created_at))
        INTO v_from
        FROM slipway.llm_calls AS c
        WHERE c.created_at < v_until;
    END IF;

    -- A day at a time, so that the first run needs no more memory than others.
    WHILE v_from < v_until LOOP
        v_next := least(v_until, date_trunc('day', v_from) + interval '1 day');
        INSERT INTO slipway.rollup_days AS d (tenant_id, utc_day, day, user_id,
            key_id, feature, model_route, outcome, calls, cost_pico,
            input_tokens, cache_read_tokens, cache_write_tokens,
            output_tokens, reasoning_tokens, not_exact_calls, not_exact_pico,
            fallback_calls, over_calls, last_call_at)
        SELECT c.tenant_id, v_from::date, c.day, c.user_id, c.key_id,
            c.feature, c.model_route, c.outcome, count(*), sum(c.cost_pico),
            sum(c.input_tokens), sum(c.cache_read_tokens),
            sum(c.cache_write_tokens + c.cache_write_1h_tokens),
            sum(c.output_tokens), sum(c.reasoning_tokens),
            count(*) FILTER (WHERE c.basis
                IN ('estimated', 'partial', 'pessimistic')),
            coalesce(sum(c.cost_pico) FILTER (WHERE c.basis
                IN ('estimated', 'partial', 'pessimistic')), 0),
            count(*) FILTER (WHERE c.fallback_tier > 0),
            count(*) FILTER (WHERE c.over_reservation), max(c.created_at)
        FROM slipway.llm_calls AS c
        WHERE c.created_at >= v_from AND c.created_at < v_next
            AND c.day BETWEEN v_from::date - 1 AND v_from::date + 1
        GROUP BY c.tenant_id, c.day, c.user_id, c.key_id, c.feature,
            c.model_route, c.outcome
        ON CONFLICT ON CONSTRAINT rollup_days_pkey DO UPDATE
        SET calls = d.calls + excluded.calls,
            cost_pico = d.cost_pico + excluded.cost_pico,
            input_tokens = d.input_tokens + excluded.input_tokens,
            cache_read_tokens = d.cache_read_tokens
                + excluded.cache_read_tokens,
            cache_write_tokens = d.cache_write_tokens
                + excluded.cache_write_tokens,
            output_tokens = d.output_tokens + excluded.output_tokens,
            reasoning_tokens = d.reasoning_tokens + excluded.reasoning_tokens,
            not_exact_calls = d.not_exact_calls + excluded.not_exact_calls,
            not_exact_pico = d.not_exact_pico + excluded.not_exact_pico,
            fallback_calls = d.fallback_calls + excluded.fallback_calls,
            over_calls = d.over_calls + excluded.over_calls,
            last_call_at = greatest(d.last_call_at, excluded.last_call_at);

        INSERT INTO slipway.rollup_users AS u (tenant_id, utc_day, day,
            user_id, key_id, feature, calls, cost_pico, input_tokens,
            output_tokens, not_exact_calls, last_call_at)
        SELECT c.tenant_id, v_from::date, c.day, c.user_id, c.key_id,
            c.feature, count(*), sum(c.cost_pico),
            sum(c.input_tokens + c.cache_read_tokens + c.cache_write_tokens
                + c.cache_write_1h_tokens),
            sum(c.output_tokens),
            count(*) FILTER (WHERE c.basis
                IN ('estimated', 'partial', 'pessimistic')),
            max(c.created_at)
        FROM slipway.llm_calls AS c
        WHERE c.created_at >= v_from AND c.created_at < v_next
            AND c.day BETWEEN v_from::date - 1 AND v_from::date + 1
        GROUP BY c.tenant_id, c.day, c.user_id, c.key_id, c.feature
        ON CONFLICT ON CONSTRAINT rollup_users_pkey DO UPDATE
        SET calls = u.calls + excluded.calls,
            cost_pico = u.cost_pico + excluded.cost_pico,
            input_tokens = u.input_tokens + excluded.input_tokens,
            output_tokens = u.output_tokens + excluded.output_tokens,
            not_exact_calls = u.not_exact_calls + excluded.not_exact_calls,
            last_call_at = greatest(u.last_call_at, excluded.last_call_at);

        INSERT INTO slipway.rollup_hours (tenant_id, hour, day, feature,
            model_route, outcome, error, calls, cost_pico, input_tokens,
            cache_read_tokens, cache_write_tokens, output_tokens,
            reasoning_tokens, not_exact_calls, not_exact_pico, fallback_calls,
            over_calls, last_request_id)
        SELECT c.tenant_id, date_trunc('hour', c.created_at), c.day,
            c.feature, c.model_route, c.outcome, c.error, count(*),
            sum(c.cost_pico), sum(c.input_tokens), sum(c.cache_read_tokens),
            sum(c.cache_write_tokens + c.cache_write_1h_tokens),
            sum(c.output_tokens), sum(c.reasoning_tokens),
            count(*) FILTER (WHERE c.basis
                IN ('estimated', 'partial', 'pessimistic')),
            coalesce(sum(c.cost_pico) FILTER (WHERE c.basis
                IN ('estimated', 'partial', 'pessimistic')), 0),
            count(*) FILTER (WHERE c.fallback_tier > 0),
            count(*) FILTER (WHERE c.over_reservation), max(c.request_id)
        FROM slipway.llm_calls AS c
        WHERE c.created_at >= v_from AND c.created_at < v_next
            AND c.day BETWEEN v_from::date - 1 AND v_from::date + 1
        GROUP BY c.tenant_id, date_trunc('hour', c.created_at), c.day,
            c.feature, c.model_route, c.outcome, c.error;

        INSERT INTO slipway.rollup_latency AS l (tenant_id, utc_day, day,
            feature, model_route, what, within_ms, calls)
        SELECT c.tenant_id, v_from::date, c.day, c.feature, c.model_route,
            c.what, c.within_ms, count(*)
        FROM slipway.call_latency AS c
        WHERE c.created_at >= v_from AND c.created_at < v_next
            AND c.day BETWEEN v_from::date - 1 AND v_from::date + 1
        GROUP BY c.tenant_id, c.day, c.feature, c.model_route, c.what,
            c.within_ms
        ON CONFLICT ON CONSTRAINT rollup_latency_pkey DO UPDATE
        SET calls = l.calls + excluded.calls;

        SELECT coalesce(sum(h.calls), 0)
        INTO v_rows
        FROM slipway.rollup_hours AS h
        WHERE h.hour >= v_from AND h.hour < v_next;
        calls := calls + v_rows;
        v_from := v_next;
    END LOOP;
    UPDATE slipway.rollup_state AS s
    SET rolled_until = v_from
    WHERE s.rolled_until <> v_from;
    INSERT INTO slipway.rollup_weeks (tenant_id, week, user_id, key_id,
        feature, calls, cost_pico, input_tokens, output_tokens,
        not_exact_calls, last_call_at)
    SELECT u.tenant_id, date_trunc('week', u.utc_day)::date, u.user_id,
        u.key_id, u.feature, sum(u.calls), sum(u.cost_pico),
        sum(u.input_tokens), sum(u.output_tokens), sum(u.not_exact_calls),
        max(u.last_call_at)
    FROM slipway.rollup_users AS u
    WHERE u.utc_day >= (SELECT s.weeks_until FROM slipway.rollup_state AS s)
        AND u.utc_day < date_trunc('week', v_from)::date
    GROUP BY u.tenant_id, date_trunc('week', u.utc_day)::date, u.user_id,
        u.key_id, u.feature;
    UPDATE slipway.rollup_state AS s
    SET weeks_until = date_trunc('week', v_from)::date
    WHERE s.weeks_until < date_trunc('week', v_from)::date;
    -- Once a day, and after days were made anew.
    UPDATE slipway.rollup_state AS s
    SET spans_until = v_from::date
    WHERE s.spans_until <> v_from::date;
    IF FOUND THEN
        DELETE FROM slipway.rollup_spans;
        INSERT INTO slipway.rollup_spans (tenant_id, from_day, until_day,
            user_id, key_id, feature, calls, cost_pico, input_tokens,
            output_tokens, not_exact_calls, last_call_at)
        SELECT u.tenant_id, f.day, v_from::date - 1, u.user_id, u.key_id,
            u.feature, sum(u.calls), sum(u.cost_pico), sum(u.input_tokens),
            sum(u.output_tokens), sum(u.not_exact_calls), max(u.last_call_at)
        FROM (
            SELECT v_from::date - 29 AS day
            UNION
            SELECT date_trunc('month', v_from)::date
        ) AS f
        JOIN slipway.rollup_users AS u
            ON u.utc_day >= f.day AND u.utc_day < v_from::date
        WHERE u.utc_day >= v_from::date - 31
        GROUP BY u.tenant_id, f.day, u.user_id, u.key_id, u.feature;
    END IF;
    rolled_until := v_from;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION slipway.rollup(timestamptz) IS
    'Add the calls of full hours to the rollups; for the janitor.';
