-- Invites, never a code or its hash.
CREATE OR REPLACE VIEW slipway.invitations AS
SELECT i.id, ten.name AS tenant, i.email, i.role, i.note,
    CASE
        WHEN i.used_at IS NOT NULL THEN 'used'
        WHEN i.revoked_at IS NOT NULL THEN 'revoked'
        WHEN i.expires_at <= now() THEN 'expired'
        ELSE 'open'
    END AS state,
    i.created_at, i.expires_at, usr.name AS used_by
FROM slipway.invites AS i
JOIN slipway.tenants AS ten ON ten.id = i.tenant_id
LEFT JOIN slipway.users AS usr
    ON usr.tenant_id = i.tenant_id AND usr.id = i.used_by;

COMMENT ON VIEW slipway.invitations IS
    'Invites and what became of them; never the code.';
COMMENT ON COLUMN slipway.invitations.id IS 'Number of the invite.';
COMMENT ON COLUMN slipway.invitations.tenant IS 'Name of the tenant.';
COMMENT ON COLUMN slipway.invitations.email IS
    'Whom it is for; NULL: whoever has the link.';
COMMENT ON COLUMN slipway.invitations.role IS 'user or admin.';
COMMENT ON COLUMN slipway.invitations.note IS 'What the inviter wrote.';
COMMENT ON COLUMN slipway.invitations.state IS
    'open, used, revoked or expired.';
COMMENT ON COLUMN slipway.invitations.created_at IS 'When it was made.';
COMMENT ON COLUMN slipway.invitations.expires_at IS 'From when it is refused.';
COMMENT ON COLUMN slipway.invitations.used_by IS
    'The account that it made; NULL: none.';
