-- Users and tenants with their own limits and what they spent in their day
-- of now; and the system.
CREATE OR REPLACE VIEW slipway.limits AS
SELECT x.scope, x.tenant, x."user", x.role,
    nullif(x.cap_pico, -1) * 1e-12 AS daily_cap_usd,
    coalesce(x.cap_pico = -1, false) AS uncapped, x.rpm,
    coalesce(d.settled, 0) * 1e-12 AS spent_today_usd,
    coalesce(d.reserved, 0) * 1e-12 AS reserved_usd,
    coalesce(d.calls, 0) AS calls_today, x.created_at, x.disabled_at
FROM (
    SELECT 'system' AS scope, NULL::text AS tenant, NULL::text AS "user",
        NULL::text AS role, NULL::bigint AS cap_pico, NULL::integer AS rpm,
        NULL::timestamptz AS created_at, NULL::timestamptz AS disabled_at,
        0::bigint AS tenant_id, 0::bigint AS scope_id, 'UTC' AS timezone
    UNION ALL
    SELECT 'tenant', ten.name, NULL, NULL, ten.daily_cap_pico, ten.rpm,
        ten.created_at, ten.disabled_at, ten.id, ten.id, ten.timezone
    FROM slipway.tenants AS ten
    UNION ALL
    SELECT 'user', ten.name, usr.name, usr.role, usr.daily_cap_pico, usr.rpm,
        usr.created_at, usr.disabled_at, usr.tenant_id, usr.id, ten.timezone
    FROM slipway.users AS usr
    JOIN slipway.tenants AS ten ON ten.id = usr.tenant_id
) AS x
LEFT JOIN slipway.daily_spend AS d
    ON d.tenant_id = x.tenant_id AND d.scope = x.scope
    AND d.scope_id = x.scope_id
    AND d.day = (now() AT TIME ZONE x.timezone)::date;

COMMENT ON VIEW slipway.limits IS
    'Own limits of users and tenants, and what they and the system '
    'spent in their day of now.';
COMMENT ON COLUMN slipway.limits.scope IS 'system, tenant or user.';
COMMENT ON COLUMN slipway.limits.tenant IS
    'Name of the tenant; NULL: the system.';
COMMENT ON COLUMN slipway.limits."user" IS
    'Name of the user; NULL: the tenant or system.';
COMMENT ON COLUMN slipway.limits.role IS 'user or admin.';
COMMENT ON COLUMN slipway.limits.daily_cap_usd IS
    'Own daily cap in US dollars; NULL: the configuration''s, or none '
    'when uncapped.';
COMMENT ON COLUMN slipway.limits.uncapped IS
    'It has no daily cap, by its own setting.';
COMMENT ON COLUMN slipway.limits.rpm IS
    'Own requests per minute; 0: no limit; NULL: the configuration''s.';
COMMENT ON COLUMN slipway.limits.spent_today_usd IS
    'Spent in its day of now, in US dollars.';
COMMENT ON COLUMN slipway.limits.reserved_usd IS
    'Set aside for calls under way, in US dollars.';
COMMENT ON COLUMN slipway.limits.calls_today IS
    'Calls settled in its day of now.';
COMMENT ON COLUMN slipway.limits.created_at IS 'When it was created.';
COMMENT ON COLUMN slipway.limits.disabled_at IS
    'Since when its keys are refused; NULL: in use.';
