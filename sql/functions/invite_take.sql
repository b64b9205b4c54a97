-- Take an invite for the account that is about to be made.
--
-- p_hash   SHA-256 of its code; NULL or empty: there is none
-- p_email  address of the account; NULL: it has none
--
-- Returns its row, locked, or a row of NULLs when there is no code.  It counts
-- as used with invite_used().
-- Errors: SW003 forbidden: unknown, used, revoked, expired, or for another
--   address; one sentence for all.
-- Locks: its row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.invite_take(p_hash text, p_email text)
RETURNS slipway.invites
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_invite slipway.invites;
BEGIN
    IF coalesce(p_hash, '') = '' THEN
        RETURN NULL;
    END IF;
    SELECT i.*
    INTO v_invite
    FROM slipway.invites AS i
    JOIN slipway.tenants AS ten ON ten.id = i.tenant_id
    WHERE i.code_hash = CASE WHEN p_hash ~ '^[0-9a-f]{64}$'
            THEN decode(p_hash, 'hex') END
        AND ten.disabled_at IS NULL
    FOR UPDATE OF i;
    IF v_invite.id IS NULL OR v_invite.used_at IS NOT NULL
        OR v_invite.revoked_at IS NOT NULL OR v_invite.expires_at <= now()
        OR (lower(v_invite.email) <> lower(coalesce(p_email, '')))
    THEN
        PERFORM slipway.fail('forbidden',
            'this invite is not valid (any more), or it is for another '
            'address');
    END IF;
    RETURN v_invite;
END;
$$;
COMMENT ON FUNCTION slipway.invite_take(text, text) IS
    'The invite of a code, locked for use; refuses one that is not valid.';
