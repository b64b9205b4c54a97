-- What a month will cost: tokens x requests x 30 x price, and three times that
-- as headroom.
--
--   psql DSN -f projection.sql
--       from our own traffic: the average call and the calls of a day of each
--       model in the last seven days
--   psql DSN -v model=openai/gpt-5-mini -v input_tokens=1500 \
--       -v output_tokens=400 -v requests=2000 -f projection.sql
--       for a plan: tokens of one request, requests of one day
--   -v headroom=3 changes the factor
\if :{?headroom}
\else
\set headroom 3
\endif
\pset footer off
\if :{?model}
\if :{?input_tokens}
\else
\set input_tokens 1000
\endif
\if :{?output_tokens}
\else
\set output_tokens 300
\endif
\if :{?requests}
\else
\set requests 1000
\endif
\echo Planned: :requests requests a day of :input_tokens + :output_tokens tokens
SELECT p.model_route, p.input_usd AS input_usd_per_million,
    p.output_usd AS output_usd_per_million,
    round((:input_tokens * p.input_usd + :output_tokens * p.output_usd)
        / 1000000, 8) AS request_usd,
    round((:input_tokens * p.input_usd + :output_tokens * p.output_usd)
        / 1000000 * :requests, 2) AS day_usd,
    round((:input_tokens * p.input_usd + :output_tokens * p.output_usd)
        / 1000000 * :requests * 30, 2) AS month_usd,
    round((:input_tokens * p.input_usd + :output_tokens * p.output_usd)
        / 1000000 * :requests * 30 * :headroom, 2) AS with_headroom_usd
FROM slipway.price_history AS p
WHERE p.model_route = :'model' AND p.valid_from <= now()
    AND (p.valid_until > now() OR p.valid_until IS NULL);
\else
\echo From the last seven full days (UTC): an average call x calls a day x 30
WITH used AS (
    SELECT model_route, sum(calls) AS calls,
        least(7, (now() AT TIME ZONE 'UTC')::date - min(utc_day)) AS days,
        sum(input_tokens) AS input_tokens,
        sum(cache_read_tokens) AS cache_read_tokens,
        sum(cache_write_tokens) AS cache_write_tokens,
        sum(output_tokens) AS output_tokens, sum(cost_usd) AS cost_usd
    FROM slipway.usage_by_day
    WHERE utc_day < (now() AT TIME ZONE 'UTC')::date
        AND utc_day >= (now() AT TIME ZONE 'UTC')::date - 7
    GROUP BY model_route
)
SELECT u.model_route, round(u.calls / u.days, 1) AS requests_a_day,
    round((u.input_tokens + u.cache_read_tokens + u.cache_write_tokens)
        / u.calls, 1) AS input_tokens,
    round(u.output_tokens / u.calls, 1) AS output_tokens,
    p.input_usd AS input_usd_per_million,
    p.output_usd AS output_usd_per_million,
    round((u.input_tokens * p.input_usd
        + u.cache_read_tokens * p.cache_read_usd
        + u.cache_write_tokens * p.cache_write_usd
        + u.output_tokens * p.output_usd) / 1000000 / u.days * 30, 2)
        AS month_usd,
    round((u.input_tokens * p.input_usd
        + u.cache_read_tokens * p.cache_read_usd
        + u.cache_write_tokens * p.cache_write_usd
        + u.output_tokens * p.output_usd) / 1000000 / u.days * 30
        * :headroom, 2) AS with_headroom_usd,
    round(u.cost_usd / u.days * 30, 2) AS month_as_charged_usd
FROM used AS u
LEFT JOIN slipway.price_history AS p
    ON p.model_route = u.model_route AND p.valid_from <= now()
    AND (p.valid_until > now() OR p.valid_until IS NULL)
ORDER BY month_as_charged_usd DESC;
\endif
