-- Decide on who asked for an account.
--
-- p_who    number or e-mail address
-- p_state  approved or rejected
--
-- Returns the address.  The invite for it is made by the caller, who knows its
-- code.
-- Errors: SW004 not_found; SW002 invalid_request: it is decided already.
-- Locks: its row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.waitlist_decide(p_who text, p_state text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_row slipway.waitlist;
BEGIN
    SELECT w.*
    INTO v_row
    FROM slipway.waitlist AS w
    WHERE w.id::text = p_who OR lower(w.email) = lower(p_who)
    FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM slipway.fail('not_found', format(
            '"%s" is not on the waitlist; "slipway waitlist list" shows it',
            p_who));
    END IF;
    IF v_row.state = p_state THEN
        PERFORM slipway.fail('invalid_request', format(
            '%s is %s already', v_row.email, p_state));
    END IF;
    UPDATE slipway.waitlist AS w
    SET state = p_state, decided_at = now()
    WHERE w.id = v_row.id;
    RETURN v_row.email;
END;
$$;
COMMENT ON FUNCTION slipway.waitlist_decide(text, text) IS
    'Approve or reject who asked for an account; returns the address.';
