-- Revoke an API key, from now on.
--
-- p_key  its id, or its prefix as key_list() shows it
--
-- Returns the id.  A key that is revoked already stays as it is.
-- Errors: SW004 not_found; SW002 invalid_request when several keys in use have
--   this prefix.
-- Locks: the key's row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.key_revoke(p_key text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_ids bigint[];
BEGIN
    SELECT array_agg(a.id ORDER BY a.revoked_at IS NOT NULL, a.id)
    INTO v_ids
    FROM slipway.api_keys AS a
    WHERE (a.id::text = p_key OR a.prefix = p_key) AND a.kind = 'key';
    IF v_ids IS NULL THEN
        PERFORM slipway.fail('not_found', format(
            'there is no key "%s"; "slipway key list" shows ids and prefixes',
            p_key));
    END IF;
    IF 1 < (
        SELECT count(*)
        FROM slipway.api_keys AS a
        WHERE a.id = ANY (v_ids) AND a.revoked_at IS NULL
    ) THEN
        PERFORM slipway.fail('invalid_request', format(
            'several keys begin with "%s"; revoke by id, "slipway key list" '
            'shows them', p_key));
    END IF;
    UPDATE slipway.api_keys AS a
    SET revoked_at = now()
    WHERE a.id = v_ids[1] AND a.revoked_at IS NULL;
    RETURN v_ids[1];
END;
$$;
COMMENT ON FUNCTION slipway.key_revoke(text) IS
    'Revoke an API key by id or prefix; returns its id.';
