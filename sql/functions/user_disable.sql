-- Refuse all keys of a user, or take them again.
--
-- p_user      NAME or TENANT/NAME
-- p_disabled  true: refuse
--
-- Errors: as user_find().
-- Locks: the user's row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.user_disable(
    p_user text,
    p_disabled boolean DEFAULT true
)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_user slipway.users := slipway.user_find(p_user);
BEGIN
    UPDATE slipway.users AS usr
    SET disabled_at = CASE WHEN p_disabled
        THEN coalesce(usr.disabled_at, now()) END
    WHERE usr.tenant_id = v_user.tenant_id AND usr.id = v_user.id;
END;
$$;
COMMENT ON FUNCTION slipway.user_disable(text, boolean) IS
    'Refuse all keys of a user, or take them again.';
