-- Models whose circuit is open.
CREATE OR REPLACE VIEW slipway.circuits AS
SELECT
    b.model_route,
    b.opened_at,
    b.open_until,
    b.failures,
    b.reason
FROM slipway.breakers AS b
WHERE b.opened_at IS NOT NULL
ORDER BY b.opened_at;
COMMENT ON VIEW slipway.circuits IS
    'Models that are not asked, because they failed too often in a row.';
COMMENT ON COLUMN slipway.circuits.model_route IS 'provider/model.';
COMMENT ON COLUMN slipway.circuits.opened_at IS 'Since when.';
COMMENT ON COLUMN slipway.circuits.open_until IS
    'When one request tries it again.';
COMMENT ON COLUMN slipway.circuits.failures IS
    'Failures in a row, as far as they were reported.';
COMMENT ON COLUMN slipway.circuits.reason IS 'Code of the last error.';
