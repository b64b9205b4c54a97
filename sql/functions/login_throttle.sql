-- Count an attempt, and say whether it may go on.
--
-- p_scope    account, address, mail or waitlist
-- p_subject  whom to count; only its hash is kept
-- p_max      so many within 15 minutes
--
-- Returns 0, or the seconds until the next one may be made.
-- Locks: the row of the subject.  Volatile.
CREATE OR REPLACE FUNCTION slipway.login_throttle(
    p_scope text,
    p_subject text,
    p_max integer
)
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_window CONSTANT interval := '15 minutes';
    v_row slipway.login_attempts;
BEGIN
    INSERT INTO slipway.login_attempts AS l (scope, subject)
    VALUES (p_scope, sha256(convert_to(lower(p_subject), 'UTF8')))
    ON CONFLICT (scope, subject) DO UPDATE
    SET attempts = CASE WHEN l.since <= now() - c_window THEN 1
            ELSE least(l.attempts + 1, 1000000) END,
        since = CASE WHEN l.since <= now() - c_window THEN now()
            ELSE l.since END
    RETURNING * INTO v_row;
    IF v_row.attempts <= p_max THEN
        RETURN 0;
    END IF;
    RETURN greatest(1,
        ceil(extract(epoch FROM v_row.since + c_window - now())))::integer;
END;
$$;
COMMENT ON FUNCTION slipway.login_throttle(text, text, integer) IS
    'Count an attempt; 0, or the seconds until the next one may be made.';
