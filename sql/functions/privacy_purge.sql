-- Delete what is kept of a person.
--
-- p_user     NAME or TENANT/NAME
-- p_account  true: the account, too: its name, mail address, keys and sign-ins.
--            The rows of the ledger stay, under a number in place of the name.
--            False: only what was said, and the sessions
--
-- Returns {"what": rows} of what was deleted, and the name that is left.
-- Errors: as user_find(); SW002 invalid_request: the last administrator.
-- Locks: the users with the role admin, the user's rows.  Volatile.
CREATE OR REPLACE FUNCTION slipway.privacy_purge(
    p_user text,
    p_account boolean
)
RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_user slipway.users := slipway.user_find(p_user);
    v_rows bigint;
    v_all jsonb;
BEGIN
    IF p_account THEN
        PERFORM slipway.account_last_admin(v_user);
    END IF;
    -- both after the session ended: it asks nothing any more
    SELECT count(*)
    INTO v_rows
    FROM slipway.sessions AS s
    WHERE s.tenant_id = v_user.tenant_id AND s.user_id = v_user.id;
    PERFORM slipway.sessions_end(v_user.tenant_id, v_user.id);
    DELETE FROM slipway.sessions AS s
    WHERE s.tenant_id = v_user.tenant_id AND s.user_id = v_user.id;
    v_all := slipway.content_erase(v_user.tenant_id, v_user.id)
        || jsonb_build_object('sessions', v_rows);
    IF p_account THEN
        PERFORM slipway.account_erase(v_user.tenant_id, v_user.id);
    END IF;
    RETURN v_all || jsonb_build_object('left', (
        SELECT usr.name
        FROM slipway.users AS usr
        WHERE usr.tenant_id = v_user.tenant_id AND usr.id = v_user.id
    ));
END;
$$;
COMMENT ON FUNCTION slipway.privacy_purge(text, boolean) IS
    'Delete what is kept of a person; the ledger stays.';
