-- What was raised and resolved, and whether everybody was told.
CREATE OR REPLACE VIEW slipway.alert_history AS
SELECT a.id, (a.raised_at AT TIME ZONE 'UTC')::date AS utc_day, a.rule,
    a.subject, a.detail, a.raised_at, a.resolved_at,
    o.waiting AS messages_waiting, o.last_error
FROM slipway.alerts AS a
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting, coalesce(max(b.last_error), '') AS last_error
    FROM slipway.alert_outbox AS b
    WHERE b.alert_id = a.id AND b.sent_at IS NULL
) AS o;

COMMENT ON VIEW slipway.alert_history IS
    'Alerts, raised and resolved; what is raised now: WHERE resolved_at IS '
    'NULL.';
COMMENT ON COLUMN slipway.alert_history.id IS 'Its number.';
COMMENT ON COLUMN slipway.alert_history.utc_day IS
    'Day in UTC on which it was raised.';
COMMENT ON COLUMN slipway.alert_history.rule IS 'Which rule, e.g. error_rate.';
COMMENT ON COLUMN slipway.alert_history.subject IS
    'What it is about: a model, a budget, ...; empty: the service.';
COMMENT ON COLUMN slipway.alert_history.detail IS 'What was seen last.';
COMMENT ON COLUMN slipway.alert_history.raised_at IS 'Since when.';
COMMENT ON COLUMN slipway.alert_history.resolved_at IS
    'Until when; NULL: it is raised.';
COMMENT ON COLUMN slipway.alert_history.messages_waiting IS
    'Messages that no receiver took yet.';
COMMENT ON COLUMN slipway.alert_history.last_error IS 'Why not.';
