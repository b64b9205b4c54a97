-- A person asks for an account.  Asking again changes nothing, and the answer
-- says nothing about who asked before.
--
-- p_email  whom to answer
-- p_note   what the person wrote
--
-- Errors: SW002 invalid_request: no address, or a note of over 500 characters.
-- Locks: none but the new row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.waitlist_add(p_email text, p_note text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO slipway.waitlist (email, note)
    VALUES (p_email, regexp_replace(coalesce(p_note, ''), '[[:cntrl:]]+', ' ',
        'g'))
    ON CONFLICT DO NOTHING;
EXCEPTION WHEN check_violation OR not_null_violation THEN
    PERFORM slipway.fail('invalid_request',
        'the waitlist needs an e-mail address, and a note of at most 500 '
        'characters');
END;
$$;
COMMENT ON FUNCTION slipway.waitlist_add(text, text) IS
    'A person asks for an account.';
