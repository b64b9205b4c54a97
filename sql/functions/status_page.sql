-- All that the status page shows of the past, as one JSON object, so that a
-- host can keep it and show it while the database is away.
--
-- p_days  how far back, days, today among them
--
-- Returns {"as_of_ms",
--   "days": [{"component", "day": "YYYY-MM-DD" (UTC), "known_s",
--     "degraded_s", "outage_s"}, ...]; no entry: nobody looked on that day,
--   "spells": [{"component", "state", "from_ms", "to_ms"}, ...] of trouble,
--     newest first, at most 200,
--   "incidents": [{"id", "kind", "title", "impact", "state", "components",
--     "created_ms", "starts_ms", "ends_ms" or null, "changed_ms",
--     "updates": [{"id", "state", "message", "at_ms"}, ...] newest first},
--     ...] newest first, with the open and coming ones, at most 200}
--
-- No locks, nothing raised.  Stable.
CREATE OR REPLACE FUNCTION slipway.status_page(p_days integer)
RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    WITH horizon AS (
        SELECT (now() AT TIME ZONE 'UTC')::date - p_days + 1 AS day
    ), recent AS (
        SELECT s.*
        FROM slipway.status_spells AS s, horizon AS h
        WHERE s.ended_at >= h.day::timestamp AT TIME ZONE 'UTC'
    ), parts AS (
        SELECT r.component, d.day::date AS day, r.state,
            extract(epoch FROM
                least(r.ended_at,
                    (d.day + interval '1 day') AT TIME ZONE 'UTC')
                - greatest(r.began_at, d.day AT TIME ZONE 'UTC')) AS seconds
        FROM recent AS r
        CROSS JOIN horizon AS h
        CROSS JOIN LATERAL generate_series(
            greatest((r.began_at AT TIME ZONE 'UTC')::date, h.day)::timestamp,
            (r.ended_at AT TIME ZONE 'UTC')::date::timestamp,
            interval '1 day') AS d (day)
    ), days AS (
        SELECT p.component, p.day,
            sum(p.seconds) FILTER (WHERE p.state <> 'unknown') AS known,
            sum(p.seconds) FILTER (WHERE p.state = 'degraded') AS degraded,
            sum(p.seconds) FILTER (WHERE p.state = 'outage') AS outage
        FROM parts AS p
        GROUP BY p.component, p.day
    ), trouble AS (
        SELECT r.*
        FROM recent AS r
        WHERE r.state IN ('degraded', 'outage', 'maintenance')
        ORDER BY r.began_at DESC, r.component
        LIMIT 200
    ), incidents AS (
        SELECT i.*, u.updates, u.changed_at
        FROM slipway.status_incidents AS i
        CROSS JOIN horizon AS h
        CROSS JOIN LATERAL (
            SELECT jsonb_agg(jsonb_build_object('id', u.id, 'state', u.state,
                    'message', u.message,
                    'at_ms', slipway.epoch_ms(u.created_at))
                    ORDER BY u.id DESC) AS updates,
                max(u.created_at) AS changed_at
            FROM slipway.status_updates AS u
            WHERE u.incident_id = i.id
        ) AS u
        WHERE i.ends_at IS NULL
            OR i.ends_at >= h.day::timestamp AT TIME ZONE 'UTC'
        ORDER BY i.starts_at DESC, i.id DESC
        LIMIT 200
    )
    SELECT jsonb_build_object(
        'as_of_ms', slipway.epoch_ms(now()),
        'days', coalesce((
            SELECT jsonb_agg(jsonb_build_object('component', d.component,
                'day', d.day, 'known_s', round(coalesce(d.known, 0)),
                'degraded_s', round(coalesce(d.degraded, 0)),
                'outage_s', round(coalesce(d.outage, 0)))
                ORDER BY d.component, d.day)
            FROM days AS d), '[]'),
        'spells', coalesce((
            SELECT jsonb_agg(jsonb_build_object('component', t.component,
                'state', t.state, 'from_ms', slipway.epoch_ms(t.began_at),
                'to_ms', slipway.epoch_ms(t.ended_at))
                ORDER BY t.began_at DESC, t.component)
            FROM trouble AS t), '[]'),
        'incidents', coalesce((
            SELECT jsonb_agg(jsonb_build_object('id', i.id, 'kind', i.kind,
                'title', i.title, 'impact', i.impact, 'state', i.state,
                'components', i.components,
                'created_ms', slipway.epoch_ms(i.created_at),
                'starts_ms', slipway.epoch_ms(i.starts_at),
                'ends_ms', slipway.epoch_ms(i.ends_at),
                'changed_ms', slipway.epoch_ms(
                    coalesce(i.changed_at, i.created_at)),
                'updates', coalesce(i.updates, '[]'))
                ORDER BY i.starts_at DESC, i.id DESC)
            FROM incidents AS i), '[]'));
$$;
COMMENT ON FUNCTION slipway.status_page(integer) IS
    'All that the status page shows of the past, as one JSON object.';
