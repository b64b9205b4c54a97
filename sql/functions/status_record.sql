-- Add what `slipway probe` saw to the history of states.
--
-- p_periods  JSON array, oldest first, of {"from_ms", "to_ms" (since 1970),
--            "states": {COMPONENT: STATE, ...}}: so long was it like that.
--            Several where the database was away meanwhile
--
-- A state that holds on makes its spell longer, also over a gap of up to five
-- minutes between two looks; another one ends it there.  What is known already
-- is left as it is, so the same periods may come twice.
--
-- Returns how many spells were begun.
-- Errors: SW002 invalid_request: not of that form.
-- Locks: an advisory lock for the transaction, then the last spells.  Volatile.
CREATE OR REPLACE FUNCTION slipway.status_record(p_periods jsonb)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_gap CONSTANT interval := interval '5 minutes';
    v_begun integer := 0;
    v_from timestamptz;
    v_last slipway.status_spells;
    r record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('slipway.status'));
    FOR r IN
        SELECT s.key AS component, s.value AS state,
            to_timestamp((p.value ->> 'from_ms')::bigint / 1000.0) AS began,
            to_timestamp((p.value ->> 'to_ms')::bigint / 1000.0) AS ended
        FROM jsonb_array_elements(p_periods) WITH ORDINALITY AS p
        CROSS JOIN jsonb_each_text(p.value -> 'states') AS s
        ORDER BY p.ordinality, s.key
    LOOP
        SELECT * INTO v_last
        FROM slipway.status_spells AS s
        WHERE s.component = r.component
        ORDER BY s.began_at DESC
        LIMIT 1;
        CONTINUE WHEN v_last.ended_at >= r.ended
            OR r.ended > now() + v_gap;
        v_from := greatest(r.began, v_last.ended_at);
        IF v_from - v_last.ended_at <= v_gap THEN
            UPDATE slipway.status_spells AS s
            SET ended_at = CASE WHEN s.state = r.state THEN r.ended
                ELSE v_from END
            WHERE s.component = r.component AND s.began_at = v_last.began_at;
            CONTINUE WHEN v_last.state = r.state;
            -- two spells cannot begin at once
            v_from := greatest(v_from,
                v_last.began_at + interval '1 microsecond');
        END IF;
        INSERT INTO slipway.status_spells (component, began_at, ended_at,
            state)
        VALUES (r.component, v_from, greatest(v_from, r.ended), r.state);
        v_begun := v_begun + 1;
    END LOOP;
    RETURN v_begun;
EXCEPTION
    WHEN data_exception OR check_violation OR not_null_violation THEN
        PERFORM slipway.fail('invalid_request', 'these are no periods: '
            || sqlerrm);
END;
$$;
COMMENT ON FUNCTION slipway.status_record(jsonb) IS
    'Add what slipway probe saw to the history of states.';
