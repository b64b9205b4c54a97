-- What is under way at this moment.
CREATE OR REPLACE VIEW slipway.calls_in_flight AS
SELECT s.request_id, s.created_at, ten.name AS tenant, usr.name AS "user",
    s.feature, s.amount_pico * 1e-12 AS reserved_usd, s.lease_until
FROM slipway.reservations AS s
LEFT JOIN slipway.tenants AS ten ON ten.id = s.tenant_id
LEFT JOIN slipway.users AS usr
    ON usr.tenant_id = s.tenant_id AND usr.id = s.user_id
ORDER BY s.request_id;

COMMENT ON VIEW slipway.calls_in_flight IS
    'Calls that were admitted and are not settled yet.';
COMMENT ON COLUMN slipway.calls_in_flight.request_id IS 'Id of the call.';
COMMENT ON COLUMN slipway.calls_in_flight.created_at IS
    'When it was admitted.';
COMMENT ON COLUMN slipway.calls_in_flight.tenant IS 'Name of the tenant.';
COMMENT ON COLUMN slipway.calls_in_flight."user" IS 'Name of the user.';
COMMENT ON COLUMN slipway.calls_in_flight.feature IS 'Name of the feature.';
COMMENT ON COLUMN slipway.calls_in_flight.reserved_usd IS
    'What is set aside for it, in US dollars.';
COMMENT ON COLUMN slipway.calls_in_flight.lease_until IS
    'When it counts as dead, unless its worker renews that.';
