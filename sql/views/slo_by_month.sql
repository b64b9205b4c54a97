-- The promises by month: the error budget and how much of it is left.
CREATE OR REPLACE VIEW slipway.slo_by_month AS
SELECT date_trunc('month', s.utc_day)::date AS month,
    sum(s.calls)::bigint AS calls, sum(s.calls_5xx)::bigint AS calls_5xx,
    floor(sum(s.calls) * 0.001)::bigint AS budget_5xx,
    round(100.0 * sum(s.calls_5xx) / nullif(sum(s.calls) * 0.001, 0), 1)
        AS percent_of_budget,
    round(100.0 * sum(s.calls_under_800_ms)
        / nullif(sum(s.calls_with_token), 0), 3) AS percent_under_800_ms,
    sum(s.calls_under_800_ms) >= 0.95 * sum(s.calls_with_token) AS ttft_met,
    sum(s.calls_5xx) <= 0.001 * sum(s.calls) AS errors_met
FROM slipway.slo_by_day AS s
GROUP BY 1
ORDER BY 1 DESC;

COMMENT ON VIEW slipway.slo_by_month IS
    'The service level by month (UTC) and how much of the error budget '
    'of 0.1 % is used.';
COMMENT ON COLUMN slipway.slo_by_month.month IS 'First day of the month.';
COMMENT ON COLUMN slipway.slo_by_month.calls IS 'Calls settled.';
COMMENT ON COLUMN slipway.slo_by_month.calls_5xx IS
    'Of them, those that failed as a 5xx.';
COMMENT ON COLUMN slipway.slo_by_month.budget_5xx IS
    'How many of these calls may.';
COMMENT ON COLUMN slipway.slo_by_month.percent_of_budget IS
    'Used of the budget; above 100 it is overspent.';
COMMENT ON COLUMN slipway.slo_by_month.percent_under_800_ms IS
    'First tokens in under 800 ms, in percent.';
COMMENT ON COLUMN slipway.slo_by_month.ttft_met IS 'At least 95 of 100 were.';
COMMENT ON COLUMN slipway.slo_by_month.errors_met IS 'The budget was enough.';
