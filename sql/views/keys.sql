-- API keys, never a key or its hash.
CREATE OR REPLACE VIEW slipway.keys AS
SELECT a.id, ten.name AS tenant, usr.name AS "user", a.prefix, a.label,
    CASE
        WHEN a.revoked_at IS NOT NULL THEN 'revoked'
        WHEN a.expires_at <= now() THEN 'expired'
        WHEN usr.disabled_at IS NOT NULL OR ten.disabled_at IS NOT NULL
            THEN 'disabled'
        ELSE 'active'
    END AS state,
    a.created_at, a.expires_at, a.revoked_at
FROM slipway.api_keys AS a
JOIN slipway.users AS usr
    ON usr.tenant_id = a.tenant_id AND usr.id = a.user_id
JOIN slipway.tenants AS ten ON ten.id = a.tenant_id;

COMMENT ON VIEW slipway.keys IS
    'API keys by prefix, label and state; never the key.';
COMMENT ON COLUMN slipway.keys.id IS 'Number of the key.';
COMMENT ON COLUMN slipway.keys.tenant IS 'Name of the tenant.';
COMMENT ON COLUMN slipway.keys."user" IS 'Whose it is.';
COMMENT ON COLUMN slipway.keys.prefix IS 'First characters of the key.';
COMMENT ON COLUMN slipway.keys.label IS 'What it is for.';
COMMENT ON COLUMN slipway.keys.state IS
    'active, revoked, expired, or disabled with its user.';
COMMENT ON COLUMN slipway.keys.created_at IS 'When it was made.';
COMMENT ON COLUMN slipway.keys.expires_at IS
    'From when it is refused; NULL: never.';
COMMENT ON COLUMN slipway.keys.revoked_at IS
    'Since when it is refused by order.';
