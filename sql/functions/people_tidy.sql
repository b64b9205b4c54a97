-- Delete what is over of signing in and has no use any more.  Part of the
-- daily work.
--
-- Returns how many rows there were.
-- Locks: those rows.  Volatile.
CREATE OR REPLACE FUNCTION slipway.people_tidy()
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_rows bigint;
    v_all bigint := 0;
BEGIN
    DELETE FROM slipway.login_attempts AS l
    WHERE l.since < now() - interval '1 hour';
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_all := v_all + v_rows;
    DELETE FROM slipway.oidc_logins AS o
    WHERE o.expires_at < now();
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_all := v_all + v_rows;
    DELETE FROM slipway.mail_tokens AS t
    WHERE t.expires_at < now();
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_all := v_all + v_rows;
    -- A key's row stays: calls name it by its number.  A session's and a
    -- visitor's token is known to nobody any more.
    DELETE FROM slipway.api_keys AS a
    WHERE a.kind <> 'key'
        AND least(a.expires_at, a.revoked_at) < now() - interval '30 days';
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_all + v_rows;
END;
$$;
COMMENT ON FUNCTION slipway.people_tidy() IS
    'Delete what is over of signing in; returns how many rows.';
