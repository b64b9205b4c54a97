-- Who changed what, newest first.
CREATE OR REPLACE VIEW slipway.audit AS
SELECT g.id, g.at, g.who, g.via, ten.name AS tenant, g.what, g.target,
    g.before, g.after
FROM slipway.audit_log AS g
LEFT JOIN slipway.tenants AS ten ON ten.id = g.tenant_id
ORDER BY g.id DESC;

COMMENT ON VIEW slipway.audit IS
    'Who changed what of users, keys, limits, pauses and prompts; '
    'newest first.';
COMMENT ON COLUMN slipway.audit.id IS 'In the order of changes.';
COMMENT ON COLUMN slipway.audit.at IS 'When.';
COMMENT ON COLUMN slipway.audit.who IS
    'The admin, or the program and its login name.';
COMMENT ON COLUMN slipway.audit.via IS 'Role of the connection.';
COMMENT ON COLUMN slipway.audit.tenant IS
    'Whose tenant it is about; NULL: the system.';
COMMENT ON COLUMN slipway.audit.what IS
    'What happened: user created, key changed, ...';
COMMENT ON COLUMN slipway.audit.target IS 'Name of what was changed.';
COMMENT ON COLUMN slipway.audit.before IS
    'What the changed columns held before.';
COMMENT ON COLUMN slipway.audit.after IS 'What they hold since.';
