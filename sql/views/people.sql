-- Names of users, to join to sums by user_id.
CREATE OR REPLACE VIEW slipway.people AS
SELECT usr.id AS user_id, ten.name AS tenant, usr.name AS "user", usr.role
FROM slipway.users AS usr
JOIN slipway.tenants AS ten ON ten.id = usr.tenant_id;

COMMENT ON VIEW slipway.people IS 'Names of users by their numbers.';
COMMENT ON COLUMN slipway.people.user_id IS 'Number of the user.';
COMMENT ON COLUMN slipway.people.tenant IS 'Name of the tenant.';
COMMENT ON COLUMN slipway.people."user" IS 'Name of the user.';
COMMENT ON COLUMN slipway.people.role IS 'user or admin.';
