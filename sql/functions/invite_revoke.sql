-- Revoke an invite that was not used.
--
-- p_id  its number
--
-- Errors: SW004 not_found; SW002 invalid_request: it was used.
-- Locks: its row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.invite_revoke(p_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_invite slipway.invites;
BEGIN
    UPDATE slipway.invites AS i
    SET revoked_at = coalesce(i.revoked_at, now())
    WHERE i.id = p_id
    RETURNING * INTO v_invite;
    IF NOT FOUND THEN
        PERFORM slipway.fail('not_found', format(
            'there is no invite %s; "slipway invite list" shows them', p_id));
    END IF;
    IF v_invite.used_at IS NOT NULL THEN
        PERFORM slipway.fail('invalid_request', format(
            'invite %s was used; disable the user that it made', p_id));
    END IF;
END;
$$;
COMMENT ON FUNCTION slipway.invite_revoke(bigint) IS
    'Revoke an invite that was not used.';
