-- This month so far and what it comes to, of the system and each tenant, in
-- UTC: the rest of the month at the average of the last seven full days (or of
-- as many as there were calls in).
CREATE OR REPLACE VIEW slipway.month_to_date AS
WITH clock AS (
    SELECT (now() AT TIME ZONE 'UTC')::date AS today,
        date_trunc('month', now() AT TIME ZONE 'UTC')::date AS first_day,
        (date_trunc('month', now() AT TIME ZONE 'UTC')
            + interval '1 month')::date AS next_month
), spent AS (
    SELECT CASE WHEN grouping(u.tenant) = 1 THEN '(all)' ELSE u.tenant END
            AS tenant,
        sum(u.calls) FILTER (WHERE u.utc_day >= k.first_day) AS calls,
        coalesce(sum(u.cost_usd) FILTER (WHERE u.utc_day >= k.first_day), 0)
            AS cost_usd,
        coalesce(sum(u.cost_usd) FILTER (WHERE u.utc_day = k.today), 0)
            AS today_usd,
        coalesce(sum(u.cost_usd) FILTER (WHERE u.utc_day < k.today
            AND u.utc_day >= k.today - 7), 0) AS week_usd,
        least(7, k.today - min(u.utc_day)) AS days,
        k.today, k.next_month, k.first_day
    FROM slipway.usage_by_hour AS u
    CROSS JOIN clock AS k
    WHERE u.utc_day >= least(k.first_day, k.today - 7)
    GROUP BY GROUPING SETS ((k.today, k.next_month, k.first_day),
        (k.today, k.next_month, k.first_day, u.tenant))
)
SELECT s.tenant, s.first_day AS month, coalesce(s.calls, 0)::bigint AS calls,
    s.cost_usd, s.today_usd, x.a_day_usd,
    -- today is taken at the average, too, unless it is above it already
    s.cost_usd + greatest(x.a_day_usd - s.today_usd, 0)
        + x.a_day_usd * (s.next_month - s.today - 1) AS forecast_usd,
    (s.next_month - s.first_day) AS days_of_month
FROM spent AS s
CROSS JOIN LATERAL (SELECT CASE
    WHEN s.days > 0 THEN round(s.week_usd / s.days, 12)
    ELSE s.today_usd END AS a_day_usd) AS x
ORDER BY s.tenant <> '(all)', s.cost_usd DESC;

COMMENT ON VIEW slipway.month_to_date IS
    'This month so far (UTC) and what it comes to, of the system and of '
    'each tenant.';
COMMENT ON COLUMN slipway.month_to_date.tenant IS
    'Name of the tenant; (all): the whole system.';
COMMENT ON COLUMN slipway.month_to_date.month IS 'First day of the month.';
COMMENT ON COLUMN slipway.month_to_date.calls IS 'Calls settled this month.';
COMMENT ON COLUMN slipway.month_to_date.cost_usd IS
    'Charged this month, in US dollars.';
COMMENT ON COLUMN slipway.month_to_date.today_usd IS 'Of it, today.';
COMMENT ON COLUMN slipway.month_to_date.a_day_usd IS
    'Average of the last seven full days, or of as many as there were '
    'calls in; without any, today.';
COMMENT ON COLUMN slipway.month_to_date.forecast_usd IS
    'What the month comes to when it goes on at that average.';
COMMENT ON COLUMN slipway.month_to_date.days_of_month IS
    'Days of this month: times a daily cap, what could be spent.';
