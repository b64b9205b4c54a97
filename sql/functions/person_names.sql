-- Under which names tables without a user_id know a person.
--
-- p_tenant_id, p_user_id  the user
--
-- Returns one row; email is NULL without an account.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.person_names(
    p_tenant_id bigint,
    p_user_id bigint
)
RETURNS TABLE (
    name text,
    tenant text,
    email text
)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT usr.name, ten.name, acc.email
    FROM slipway.users AS usr
    JOIN slipway.tenants AS ten ON ten.id = usr.tenant_id
    LEFT JOIN slipway.accounts AS acc
        ON acc.tenant_id = usr.tenant_id AND acc.user_id = usr.id
    WHERE usr.tenant_id = p_tenant_id AND usr.id = p_user_id
$$;
COMMENT ON FUNCTION slipway.person_names(bigint, bigint) IS
    'Under which names tables without a user_id know a person.';
