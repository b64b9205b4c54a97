-- The account that a person names to sign in.
--
-- p_login  e-mail address, name, or TENANT/NAME; whatever the case
--
-- Returns its row, or a row of NULLs when there is none, when the name alone
-- is not enough, and when the user or tenant is disabled.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.account_find(p_login text)
RETURNS slipway.accounts
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_slash integer := strpos(p_login, '/');
    v_name text := substr(p_login, v_slash + 1);
    v_tenant text := nullif(left(p_login, greatest(v_slash - 1, 0)), '');
    v_found slipway.accounts[];
BEGIN
    SELECT array_agg(acc)
    INTO v_found
    FROM slipway.accounts AS acc
    WHERE lower(acc.email) = lower(p_login);
    IF v_found IS NULL THEN
        SELECT array_agg(acc)
        INTO v_found
        FROM slipway.users AS usr
        JOIN slipway.accounts AS acc
            ON acc.tenant_id = usr.tenant_id AND acc.user_id = usr.id
        JOIN slipway.tenants AS ten ON ten.id = usr.tenant_id
        WHERE lower(usr.name) = lower(v_name)
            AND (v_tenant IS NULL OR lower(ten.name) = lower(v_tenant));
    END IF;
    IF cardinality(v_found) = 1 AND EXISTS (
        SELECT
        FROM slipway.users AS usr
        JOIN slipway.tenants AS ten ON ten.id = usr.tenant_id
        WHERE usr.tenant_id = v_found[1].tenant_id
            AND usr.id = v_found[1].user_id
            AND usr.disabled_at IS NULL AND ten.disabled_at IS NULL
    ) THEN
        RETURN v_found[1];
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION slipway.account_find(text) IS
    'The account of an e-mail address or a name; NULLs when there is none.';
