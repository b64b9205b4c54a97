-- Pause a feature, or everything, on all hosts; or let it go on.
--
-- p_feature  name of a feature; NULL or *: all
-- p_paused   true: refuse its calls from now on; calls under way finish
-- p_reason   why, for the other operators
--
-- Returns how many rows changed: 0 when it was so already.
-- Errors: SW002 invalid_request.
-- Locks: the row of the feature.  Volatile.
CREATE OR REPLACE FUNCTION slipway.pause_set(
    p_feature text,
    p_paused boolean,
    p_reason text DEFAULT ''
)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_rows integer;
BEGIN
    IF p_paused IS NULL OR length(p_feature) NOT BETWEEN 1 AND 128 THEN
        PERFORM slipway.fail('invalid_request',
            'pause a feature by its name, or everything with *');
    END IF;
    INSERT INTO slipway.controls AS o (feature, paused, reason)
    VALUES (coalesce(p_feature, '*'), p_paused, coalesce(p_reason, ''))
    ON CONFLICT (feature) DO UPDATE
    SET paused = excluded.paused,
        reason = excluded.reason,
        changed_at = now()
    WHERE o.paused <> excluded.paused OR o.reason <> excluded.reason;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_rows;
END;
$$;
COMMENT ON FUNCTION slipway.pause_set(text, boolean, text) IS
    'Pause a feature or everything (NULL), or let it go on.';
