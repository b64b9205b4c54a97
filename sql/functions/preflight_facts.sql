-- What `slipway preflight` asks of the database before a launch.
--
-- p_role  the role that the workers log in as; NULL: not known
--
-- Returns one row:
--   now_ms             the clock of the database, ms since 1970
--   role_is_superuser, role_is_owner  the workers' role is one, or may become
--                      the owner of the schema; NULL: there is no such role
--   partitions_until   the last day that has partitions for calls and attempts,
--                      as has every day from today on; NULL: today has none
--   janitor_age_s, alerts_age_s  since `slipway janitor` and `slipway alerts`
--                      last ran; NULL: never
--   prices_age_days    since a price was last written; NULL: there is none
--   paused             what is paused now; empty: nothing
--   uncapped           users and tenants whose own daily cap is none
--   overdue            reservations whose lease ended over five minutes ago
--   ledger_faults      rows of ledger_check
--   calls, cost_pico   of the last seven days that cost something
--   days               over how many days these calls came, 1 to 7
--
-- Locks: none.  It reads the ledger as a whole.  Stable.
CREATE OR REPLACE FUNCTION slipway.preflight_facts(p_role text)
RETURNS TABLE (
    now_ms bigint,
    role_is_superuser boolean,
    role_is_owner boolean,
    partitions_until date,
    janitor_age_s bigint,
    alerts_age_s bigint,
    prices_age_days bigint,
    paused text,
    uncapped text,
    overdue bigint,
    ledger_faults bigint,
    calls bigint,
    cost_pico bigint,
    days bigint
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- plpgsql: the views are made after the functions
    RETURN QUERY
    WITH ahead AS (
        SELECT d.day,
            to_regclass('slipway.llm_calls' || to_char(d.day, '_YYYYMMDD'))
                IS NOT NULL
            AND to_regclass('slipway.llm_attempts'
                || to_char(d.day, '_YYYYMMDD')) IS NOT NULL AS made
        FROM (
            SELECT (now() AT TIME ZONE 'UTC')::date + g AS day
            FROM generate_series(0, 400) AS g
        ) AS d
    ), traffic AS (
        SELECT count(*) AS calls, coalesce(sum(c.cost_pico), 0)::bigint AS cost_pico,
            greatest(1, ceil(extract(epoch FROM now() - min(c.created_at))
                / 86400))::bigint AS days
        FROM slipway.llm_calls AS c
        WHERE c.day >= (now() AT TIME ZONE 'UTC')::date - 8
            AND c.created_at >= now() - interval '7 d' AND c.cost_pico > 0
    )
    SELECT slipway.epoch_ms(clock_timestamp()),
        (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = p_role),
        (SELECT pg_has_role(r.oid, n.nspowner, 'MEMBER')
            FROM pg_roles AS r
            CROSS JOIN pg_namespace AS n
            WHERE r.rolname = p_role AND n.nspname = 'slipway'),
        (SELECT min(a.day) - 1 FROM ahead AS a WHERE NOT a.made
            HAVING min(a.day) > (now() AT TIME ZONE 'UTC')::date),
        (SELECT extract(epoch FROM now() - k.checked_at)::bigint
            FROM slipway.alert_checks AS k
            WHERE k.rule = 'janitor'),
        (SELECT extract(epoch FROM now() - k.checked_at)::bigint
            FROM slipway.alert_checks AS k
            WHERE k.rule = 'alerts'),
        (SELECT extract(day FROM now() - max(p.created_at))::bigint
            FROM slipway.prices AS p),
        (SELECT coalesce(string_agg(o.feature, ', ' ORDER BY o.feature), '')
            FROM slipway.controls AS o
            WHERE o.paused),
        (SELECT coalesce(string_agg(u.name, ', ' ORDER BY u.name), '')
            FROM (
                SELECT 'user ' || usr.name AS name
                FROM slipway.users AS usr
                WHERE usr.daily_cap_pico = -1 AND usr.disabled_at IS NULL
                UNION ALL
                SELECT 'tenant ' || ten.name
                FROM slipway.tenants AS ten
                -- our own calls have a budget for each user of theirs
                WHERE ten.daily_cap_pico = -1 AND ten.disabled_at IS NULL
                    AND lower(ten.name) <> 'slipway'
                ORDER BY 1
                LIMIT 20
            ) AS u),
        (SELECT count(*) FROM slipway.reservations AS s
            WHERE s.lease_until < now() - interval '5 min'),
        (SELECT count(*) FROM slipway.ledger_check),
        t.calls, t.cost_pico, t.days
    FROM traffic AS t;
END;
$$;
COMMENT ON FUNCTION slipway.preflight_facts(text) IS
    'What `slipway preflight` asks of the database before a launch.';
