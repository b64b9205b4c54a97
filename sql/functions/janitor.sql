-- The daily work on the ledger.  Harmless to run at any time, as often as one
-- likes.
--
-- p_retention_days  calls older than so many days are dropped, by day; at
--                   least 3; NULL: keep all
-- p_ahead_days      make the partitions of so many days to come
--
-- Returns one row for each thing done: action (rolled, made, dropped, reaped,
-- postponed) and detail.  The sums in daily_spend and in the rollups are kept
-- for ever: a day whose calls are not all in the rollups is not dropped.
-- Errors: SW002 invalid_request.
-- Locks: dropping a day takes llm_calls and llm_attempts exclusively, making one
--   their default partitions, each for a moment and all at once (tables_lock()), so
--   that no reader is in a deadlock with it.  When somebody reads for more than 2 s
--   it is postponed to the next run.  A run that made or dropped something does not
--   reap: settlement locks daily_spend first and llm_calls then, and the other way
--   round would be a deadlock.  The workers reap all the time.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.janitor(
    p_retention_days integer,
    p_ahead_days integer DEFAULT 14
)
RETURNS TABLE (action text, detail text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    c_tables CONSTANT text[] := '{llm_calls,llm_attempts}';
    v_today date := (now() AT TIME ZONE 'UTC')::date;
    v_kept_from date;
    v_changed boolean := false;
    v_rows bigint;
    v_reaped bigint := 0;
    v_rolled_until timestamptz;
    v_old text[];
BEGIN
    IF p_retention_days < 3 OR p_ahead_days IS NULL
        OR p_ahead_days NOT BETWEEN 1 AND 366
    THEN
        PERFORM slipway.fail('invalid_request',
            'calls are kept for 3 days or more, and partitions are made for 1 '
            'to 366 days ahead');
    END IF;

    -- Before any table is locked, for the first time it takes a while.
    SELECT u.calls, u.rolled_until
    INTO v_rows, v_rolled_until
    FROM slipway.rollup() AS u;
    IF v_rows > 0 THEN
        action := 'rolled';
        detail := format('%s calls, until %s', v_rows,
            to_char(v_rolled_until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI"Z"'));
        RETURN NEXT;
    END IF;

    -- A tenant's day ends up to half a day later than in UTC.  least() passes
    -- over a NULL, which here means that all are kept.
    IF p_retention_days IS NOT NULL THEN
        v_kept_from := least(v_today - p_retention_days,
            (v_rolled_until AT TIME ZONE 'UTC')::date - 1);
    END IF;
    DELETE FROM slipway.agent_runs AS a
    WHERE a.expires_at < now();
    DELETE FROM slipway.contents AS k
    WHERE k.expires_at <= now();
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    IF v_rows > 0 THEN
        action := 'dropped';
        detail := format('questions and answers of %s calls', v_rows);
        RETURN NEXT;
    END IF;
    DELETE FROM slipway.idempotency AS i
    WHERE i.created_at < now() - interval '24 h'
        AND NOT EXISTS (
            SELECT
            FROM slipway.reservations AS s
            WHERE s.request_id = i.request_id
        );

    IF v_kept_from IS NOT NULL THEN
        PERFORM set_config('slipway.janitor', 'on', true);
        DELETE FROM slipway.llm_attempts_default AS a
        WHERE a.day < v_kept_from;
        DELETE FROM slipway.llm_calls_default AS c
        WHERE c.day < v_kept_from;
        GET DIAGNOSTICS v_rows = ROW_COUNT;
        DELETE FROM slipway.llm_calls_superseded AS s
        WHERE s.day < v_kept_from;
        DELETE FROM slipway.llm_guards AS g
        WHERE g.day < v_kept_from;
        PERFORM set_config('slipway.janitor', 'off', true);
        IF v_rows > 0 THEN
            action := 'dropped';
            detail := format('%s calls of the default partition', v_rows);
            RETURN NEXT;
        END IF;
        UPDATE slipway.ledger_horizon AS h
        SET kept_from = v_kept_from
        WHERE h.kept_from < v_kept_from;
    END IF;

    -- for `slipway preflight`, which looks whether it is run
    INSERT INTO slipway.alert_checks (rule, checked_at)
    VALUES ('janitor', now())
    ON CONFLICT (rule) DO UPDATE SET checked_at = now();

    -- The form of the tables comes last: what is locked for it holds others up, and
    -- from then on nothing is waited for.
    IF EXISTS (
        SELECT
        FROM unnest(c_tables) AS t (name)
        CROSS JOIN generate_series(-2, p_ahead_days) AS n
        WHERE to_regclass('slipway.' || t.name
            || to_char(v_today + n, '_YYYYMMDD')) IS NULL
    ) THEN
        v_changed := slipway.tables_lock(c_tables, 'SHARE UPDATE EXCLUSIVE')
            AND slipway.tables_lock('{llm_calls_default,llm_attempts_default}',
                'ACCESS EXCLUSIVE');
        IF NOT v_changed THEN
            action := 'postponed';
            detail := 'making partitions: the default ones are in use';
            RETURN NEXT;
        END IF;
    END IF;
    action := 'made';
    FOR detail IN
        SELECT slipway.partition_create(t.name, v_today + n)
        FROM generate_series(-2, p_ahead_days) AS n
        CROSS JOIN unnest(c_tables) AS t (name)
        WHERE v_changed
    LOOP
        IF detail IS NOT NULL THEN
            RETURN NEXT;
        END IF;
    END LOOP;

    SELECT array_agg(p.relname ORDER BY p.relname)
    INTO v_old
    FROM pg_inherits AS i
    JOIN pg_class AS p ON p.oid = i.inhrelid
    WHERE i.inhparent IN ('slipway.llm_calls'::regclass,
            'slipway.llm_attempts'::regclass)
        AND p.relname ~ '_\d{8}$'
        AND to_date(right(p.relname, 8), 'YYYYMMDD') < v_kept_from;
    IF v_old IS NOT NULL THEN
        action := 'postponed';
        IF slipway.tables_lock(c_tables || v_old, 'ACCESS EXCLUSIVE') THEN
            action := 'dropped';
            v_changed := true;
        END IF;
        FOREACH detail IN ARRAY v_old LOOP
            IF action = 'dropped' THEN
                EXECUTE format('DROP TABLE slipway.%I', detail);
            ELSE
                detail := format('dropping %s: it is in use', detail);
            END IF;
            RETURN NEXT;
        END LOOP;
    END IF;

    IF v_changed THEN
        action := 'postponed';
        detail := 'reaping, to the next run';
    ELSE
        LOOP
            v_rows := slipway.reap(500);
            v_reaped := v_reaped + v_rows;
            EXIT WHEN v_rows = 0;
        END LOOP;
        action := 'reaped';
        detail := format('%s calls whose lease had ended', v_reaped);
    END IF;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION slipway.janitor(integer, integer) IS
    'Make partitions ahead, drop old days, reap; returns what it did.';
