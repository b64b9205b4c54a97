-- The proof that the rollups are right: no row, or slipway.rollup(DAY) is due.
-- Compares them with the calls that are still kept, day by day, and weeks and
-- spans with their days.
CREATE OR REPLACE VIEW slipway.rollup_check AS
WITH edge AS (
    SELECT s.rolled_until, s.weeks_until, h.kept_from + 1 AS kept_from
    FROM slipway.rollup_state AS s
    CROSS JOIN slipway.ledger_horizon AS h
), sides AS (
    SELECT (c.created_at AT TIME ZONE 'UTC')::date AS utc_day,
        count(*) AS calls, sum(c.cost_pico) AS cost, 0 AS day_calls,
        0 AS day_cost, 0 AS user_calls, 0 AS user_cost, 0 AS hour_calls,
        0 AS hour_cost, 0 AS timed,
        count(*) FILTER (WHERE c.outcome <> 'abandoned')
            + count(c.ttft_ms) FILTER (WHERE c.outcome <> 'abandoned')
            AS to_time
    FROM slipway.llm_calls AS c
    WHERE c.created_at < (SELECT e.rolled_until FROM edge AS e)
    GROUP BY 1
    UNION ALL
    SELECT d.utc_day, 0, 0, d.calls, d.cost_pico, 0, 0, 0, 0, 0, 0
    FROM slipway.rollup_days AS d
    UNION ALL
    SELECT u.utc_day, 0, 0, 0, 0, u.calls, u.cost_pico, 0, 0, 0, 0
    FROM slipway.rollup_users AS u
    UNION ALL
    SELECT (r.hour AT TIME ZONE 'UTC')::date, 0, 0, 0, 0, 0, 0,
        r.calls, r.cost_pico, 0, 0
    FROM slipway.rollup_hours AS r
    UNION ALL
    SELECT l.utc_day, 0, 0, 0, 0, 0, 0, 0, 0, l.calls, 0
    FROM slipway.rollup_latency AS l
), weeks AS (
    SELECT date_trunc('week', u.utc_day::timestamp)::date AS week, u.calls,
        u.cost_pico, 0 AS week_calls, 0 AS week_pico
    FROM slipway.rollup_users AS u
    WHERE u.utc_day < (SELECT e.weeks_until FROM edge AS e)
    UNION ALL
    SELECT w.week, 0, 0, w.calls, w.cost_pico
    FROM slipway.rollup_weeks AS w
), spans AS (
    SELECT f.from_day, u.calls, u.cost_pico, 0 AS span_calls, 0 AS span_pico
    FROM (
        SELECT DISTINCT s.from_day, s.until_day
        FROM slipway.rollup_spans AS s
    ) AS f
    JOIN slipway.rollup_users AS u
        ON u.utc_day BETWEEN f.from_day AND f.until_day
    UNION ALL
    SELECT s.from_day, 0, 0, s.calls, s.cost_pico
    FROM slipway.rollup_spans AS s
)
SELECT s.utc_day, sum(s.calls) AS calls, sum(s.day_calls) AS calls_by_day,
    sum(s.user_calls) AS calls_by_user,
    sum(s.hour_calls) AS calls_by_hour, sum(s.cost) * 1e-12 AS cost_usd,
    sum(s.day_cost) * 1e-12 AS cost_by_day_usd,
    sum(s.user_cost) * 1e-12 AS cost_by_user_usd,
    sum(s.hour_cost) * 1e-12 AS cost_by_hour_usd,
    sum(s.to_time) AS durations, sum(s.timed) AS durations_by_hour,
    NULL::numeric AS calls_by_week, NULL::numeric AS cost_by_week_usd
FROM sides AS s
WHERE s.utc_day > (SELECT e.kept_from FROM edge AS e)
GROUP BY s.utc_day
HAVING (sum(s.calls), sum(s.calls), sum(s.calls), sum(s.cost), sum(s.cost),
        sum(s.cost), sum(s.to_time))
    <> (sum(s.day_calls), sum(s.user_calls), sum(s.hour_calls),
        sum(s.day_cost), sum(s.user_cost), sum(s.hour_cost), sum(s.timed))
UNION ALL
SELECT w.week, NULL, NULL, sum(w.calls), NULL, NULL, NULL,
    sum(w.cost_pico) * 1e-12, NULL, NULL, NULL, sum(w.week_calls),
    sum(w.week_pico) * 1e-12
FROM weeks AS w
GROUP BY w.week
HAVING (sum(w.calls), sum(w.cost_pico))
    <> (sum(w.week_calls), sum(w.week_pico))
UNION ALL
SELECT p.from_day, NULL, NULL, sum(p.calls), NULL, NULL, NULL,
    sum(p.cost_pico) * 1e-12, NULL, NULL, NULL, sum(p.span_calls),
    sum(p.span_pico) * 1e-12
FROM spans AS p
GROUP BY p.from_day
HAVING (sum(p.calls), sum(p.cost_pico))
    <> (sum(p.span_calls), sum(p.span_pico));

COMMENT ON VIEW slipway.rollup_check IS
    'Must return no row: each is a day whose rollups are not the sums '
    'of its calls, or the first day of a week or span that is not the sum '
    'of its days; '
    'SELECT slipway.rollup(utc_day) makes them anew.';
COMMENT ON COLUMN slipway.rollup_check.utc_day IS 'Day in UTC.';
COMMENT ON COLUMN slipway.rollup_check.calls IS 'Calls there are.';
COMMENT ON COLUMN slipway.rollup_check.calls_by_day IS 'Calls in rollup_days.';
COMMENT ON COLUMN slipway.rollup_check.calls_by_user IS
    'Calls in rollup_users.';
COMMENT ON COLUMN slipway.rollup_check.calls_by_hour IS
    'Calls in rollup_hours.';
COMMENT ON COLUMN slipway.rollup_check.cost_usd IS
    'What they cost, in US dollars.';
COMMENT ON COLUMN slipway.rollup_check.cost_by_day_usd IS
    'The same in rollup_days.';
COMMENT ON COLUMN slipway.rollup_check.cost_by_user_usd IS
    'The same in rollup_users.';
COMMENT ON COLUMN slipway.rollup_check.cost_by_hour_usd IS
    'The same in rollup_hours.';
COMMENT ON COLUMN slipway.rollup_check.durations IS
    'Measured durations there are.';
COMMENT ON COLUMN slipway.rollup_check.durations_by_hour IS
    'Durations in rollup_latency.';
COMMENT ON COLUMN slipway.rollup_check.calls_by_week IS
    'Calls in rollup_weeks or rollup_spans; NULL: a day.';
COMMENT ON COLUMN slipway.rollup_check.cost_by_week_usd IS
    'The same for their cost.';
