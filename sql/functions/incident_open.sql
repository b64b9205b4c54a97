-- Tell people of an incident, or of maintenance that is planned.
--
-- p_title       what it is, a line of 1 to 200 characters
-- p_message     the first update, plain text of 1 to 4000 characters
-- p_impact      none, minor, major or critical
-- p_components  ids of the parts that are concerned
-- p_from, p_until  when the maintenance is; both NULL: it is an incident and
--               began now
--
-- Returns its number.
-- Errors: SW002 invalid_request.
-- Locks: none but the new rows.  Volatile.
CREATE OR REPLACE FUNCTION slipway.incident_open(
    p_title text,
    p_message text,
    p_impact text,
    p_components text[],
    p_from timestamptz DEFAULT NULL,
    p_until timestamptz DEFAULT NULL
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_id bigint;
    v_state text := 'investigating';
    v_kind text := 'incident';
BEGIN
    IF p_from IS NOT NULL OR p_until IS NOT NULL THEN
        v_kind := 'maintenance';
        v_state := 'scheduled';
        IF (p_until > p_from AND p_until > now()) IS NOT TRUE THEN
            PERFORM slipway.fail('invalid_request',
                'maintenance needs a beginning and an end after it that is '
                'still to come');
        END IF;
    END IF;
    INSERT INTO slipway.status_incidents (kind, title, impact, state,
        components, starts_at, ends_at)
    VALUES (v_kind, p_title, p_impact, v_state, coalesce(p_components, '{}'),
        coalesce(p_from, now()), p_until)
    RETURNING id INTO v_id;
    INSERT INTO slipway.status_updates (incident_id, state, message)
    VALUES (v_id, v_state, p_message);
    RETURN v_id;
EXCEPTION WHEN check_violation OR not_null_violation THEN
    PERFORM slipway.fail('invalid_request',
        'an incident has a title of 1 to 200 characters in one line, a '
        'message of 1 to 4000, and the impact none, minor, major or critical');
END;
$$;
COMMENT ON FUNCTION slipway.incident_open(text, text, text, text[],
    timestamptz, timestamptz) IS
    'Tell people of an incident or of planned maintenance; returns its number.';
