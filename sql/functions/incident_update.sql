-- Say how an incident goes on, or that it is over.
--
-- p_id       its number
-- p_state    investigating, identified, monitoring or resolved; of a
--            maintenance completed; NULL: as before
-- p_message  plain text of 1 to 4000 characters
--
-- Returns the state it is in now.
-- Errors: SW004 not_found; SW002 invalid_request: no such state, or it is over
--   already.
-- Locks: the row of the incident.  Volatile.
CREATE OR REPLACE FUNCTION slipway.incident_update(
    p_id bigint,
    p_state text,
    p_message text
)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_old slipway.status_incidents;
    v_state text;
BEGIN
    SELECT * INTO v_old
    FROM slipway.status_incidents AS i
    WHERE i.id = p_id
    FOR UPDATE;
    IF v_old.id IS NULL THEN
        PERFORM slipway.fail('not_found', format('there is no incident %s',
            coalesce(p_id::text, 'without a number')));
    END IF;
    IF v_old.state IN ('resolved', 'completed') THEN
        PERFORM slipway.fail('invalid_request', format(
            'incident %s is over; open a new one', p_id));
    END IF;
    v_state := coalesce(p_state, v_old.state);
    -- one word for the end of both
    IF v_old.kind = 'maintenance' AND v_state = 'resolved' THEN
        v_state := 'completed';
    END IF;
    INSERT INTO slipway.status_updates (incident_id, state, message)
    VALUES (p_id, v_state, p_message);
    UPDATE slipway.status_incidents AS i
    SET state = v_state,
        ends_at = CASE
            WHEN v_state IN ('resolved', 'completed')
                THEN greatest(now(), i.starts_at)
            ELSE i.ends_at
        END
    WHERE i.id = p_id;
    RETURN v_state;
EXCEPTION WHEN check_violation OR not_null_violation THEN
    PERFORM slipway.fail('invalid_request',
        'an update has a message of 1 to 4000 characters; an incident is '
        'investigating, identified, monitoring or resolved, a maintenance '
        'scheduled or completed');
END;
$$;
COMMENT ON FUNCTION slipway.incident_update(bigint, text, text) IS
    'Say how an incident goes on, or that it is over; returns its state.';
