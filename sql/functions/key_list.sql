-- API keys, by tenant, user and id; never a key or its hash.
--
-- p_user  of one user only, NAME or TENANT/NAME; NULL: of all
--
-- Errors: as user_find().
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.key_list(p_user text DEFAULT NULL)
RETURNS TABLE (
    tenant text,
    "user" text,
    id bigint,
    prefix text,
    label text,
    state text,
    created_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    features text[],
    models text[],
    rpm integer,
    daily_cap_pico bigint
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_user slipway.users;
BEGIN
    IF p_user IS NOT NULL THEN
        v_user := slipway.user_find(p_user);
    END IF;
    RETURN QUERY
    SELECT ten.name, usr.name, a.id, a.prefix, a.label,
        CASE
            WHEN a.revoked_at IS NOT NULL THEN 'revoked'
            WHEN a.expires_at <= now() THEN 'expired'
            WHEN usr.disabled_at IS NOT NULL OR ten.disabled_at IS NOT NULL
                THEN 'disabled'
            ELSE 'active'
        END,
        a.created_at, a.expires_at, a.revoked_at, a.features, a.models,
        a.rpm, a.daily_cap_pico
    FROM slipway.api_keys AS a
    JOIN slipway.users AS usr
        ON usr.tenant_id = a.tenant_id AND usr.id = a.user_id
    JOIN slipway.tenants AS ten ON ten.id = a.tenant_id
    WHERE a.kind = 'key' AND (p_user IS NULL
            OR a.tenant_id = v_user.tenant_id AND a.user_id = v_user.id)
    ORDER BY lower(ten.name), lower(usr.name), a.id;
END;
$$;
COMMENT ON FUNCTION slipway.key_list(text) IS
    'API keys by prefix, label, state and scope; never the key.';
