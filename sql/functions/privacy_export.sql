-- All that is kept of a person, for an operator who was asked for it.
--
-- p_user  NAME or TENANT/NAME
--
-- Returns the object of person_export(), with every call.
-- Errors: as user_find().
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.privacy_export(p_user text)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_user slipway.users := slipway.user_find(p_user);
    v_key slipway.api_keys;
BEGIN
    v_key.tenant_id := v_user.tenant_id;
    v_key.user_id := v_user.id;
    RETURN slipway.person_export(v_key, NULL);
END;
$$;
COMMENT ON FUNCTION slipway.privacy_export(text) IS
    'All that is kept of a person, as one object.';
