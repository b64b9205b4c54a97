-- Budgets of today that are nearly or wholly used, for the rules of alerts.
--
-- p  settings, see alert_run()
--
-- Returns rows of rule (cap_warn, cap_reached), subject and detail.
--
-- For functions of the schema only.  No locks, nothing raised.  Stable.
CREATE OR REPLACE FUNCTION slipway.alert_caps(p jsonb)
RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH caps AS (
        SELECT 'system' AS subject, 0::bigint AS tenant_id,
            'system' AS scope, 0::bigint AS scope_id,
            (now() AT TIME ZONE 'UTC')::date AS day,
            (p ->> 'system_daily_pico')::bigint AS cap
        UNION ALL
        SELECT 'tenant ' || t.name, t.id, 'tenant', t.id,
            (now() AT TIME ZONE t.timezone)::date,
            coalesce(t.daily_cap_pico, (p ->> 'tenant_daily_pico')::bigint)
        FROM slipway.tenants AS t
        UNION ALL
        SELECT 'user ' || t.name || '/' || u.name, t.id, 'user', u.id,
            (now() AT TIME ZONE t.timezone)::date,
            coalesce(u.daily_cap_pico, (p ->> 'user_daily_pico')::bigint)
        FROM slipway.users AS u
        JOIN slipway.tenants AS t ON t.id = u.tenant_id
        WHERE (p ->> 'user_caps')::boolean
    ), used AS (
        SELECT c.subject, c.cap, d.settled + d.reserved AS used
        FROM caps AS c
        JOIN slipway.daily_spend AS d
            ON d.tenant_id = c.tenant_id AND d.scope = c.scope
            AND d.scope_id = c.scope_id AND d.day = c.day
        WHERE c.cap > 0
    )
    SELECT x.rule, u.subject,
        format('%s of %s USD are used today (%s %%)',
            round(u.used * 1e-12, 2), round(u.cap * 1e-12, 2),
            round(u.used * 100.0 / u.cap, 1))
    FROM used AS u
    CROSS JOIN (VALUES ('cap_warn', (p ->> 'cap_warn')::numeric),
        ('cap_reached', (p ->> 'cap_reached')::numeric)) AS x (rule, share)
    WHERE u.used * 1000000.0 >= u.cap * x.share;
$$;
COMMENT ON FUNCTION slipway.alert_caps(jsonb) IS
    'Budgets of today that are nearly or wholly used.';
REVOKE EXECUTE ON FUNCTION slipway.alert_caps(jsonb) FROM PUBLIC;
