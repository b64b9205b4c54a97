-- The proof that the money is right: no row, or something is wrong.
--
-- Compares the sums that the caps are checked against (daily_spend) with what
-- they are sums of (llm_calls and reservations), in each scope and day, and
-- looks for rows that nothing refers to.  One statement sees one moment, and
-- admission and settlement change both sides in one transaction, so it holds
-- under full load, too.  Days that retention dropped are not compared.
CREATE OR REPLACE VIEW slipway.ledger_check AS
WITH ledger AS (
    -- One pass over the calls, then each of the scopes.
    SELECT c.tenant_id, c.user_id, c.key_id, c.day, c.system_day,
        sum(c.cost_pico) AS settled, 0::numeric AS reserved, count(*) AS calls
    FROM slipway.llm_calls AS c
    GROUP BY c.tenant_id, c.user_id, c.key_id, c.day, c.system_day
    UNION ALL
    SELECT s.tenant_id, s.user_id, s.key_id, s.day, s.system_day, 0,
        sum(s.amount_pico), 0
    FROM slipway.reservations AS s
    GROUP BY s.tenant_id, s.user_id, s.key_id, s.day, s.system_day
), sides AS (
    SELECT k.tenant_id, k.scope, k.scope_id, k.day, l.settled, l.reserved,
        l.calls, 0::numeric AS kept_settled, 0::numeric AS kept_reserved,
        0::bigint AS kept_calls, false AS has_row
    FROM ledger AS l
    CROSS JOIN LATERAL (VALUES
        ('system' COLLATE "C", 0::bigint, 0::bigint, l.system_day),
        ('tenant', l.tenant_id, l.tenant_id, l.day),
        ('user', l.tenant_id, l.user_id, l.day),
        ('user_key', l.tenant_id, (
            SELECT a.id
            FROM slipway.api_keys AS a
            WHERE a.tenant_id = l.tenant_id AND a.id = l.key_id
                AND a.daily_cap_pico IS NOT NULL
        ), l.day)
    ) AS k (scope, tenant_id, scope_id, day)
    WHERE k.scope_id IS NOT NULL
    UNION ALL
    SELECT d.tenant_id, d.scope, d.scope_id, d.day, 0, 0, 0, d.settled,
        d.reserved, d.calls, true
    FROM slipway.daily_spend AS d
), compared AS (
    SELECT x.tenant_id, x.scope, x.scope_id, x.day,
        sum(x.settled) AS settled, sum(x.kept_settled) AS kept_settled,
        sum(x.reserved) AS reserved, sum(x.kept_reserved) AS kept_reserved,
        sum(x.calls) AS calls, sum(x.kept_calls) AS kept_calls
    FROM sides AS x
    CROSS JOIN slipway.ledger_horizon AS h
    -- A call of a tenant's day may be one of the day before or after in UTC.
    WHERE x.day >= h.kept_from + (x.scope = 'system')::integer
    GROUP BY x.tenant_id, x.scope, x.scope_id, x.day
)
SELECT f.fault, c.tenant_id, c.scope, c.scope_id, c.day,
    f.expected, f.actual, NULL::text AS request_id
FROM compared AS c
CROSS JOIN LATERAL (VALUES
    ('settled is not the sum of the calls',
        c.settled * 1e-12, c.kept_settled * 1e-12,
        c.settled <> c.kept_settled),
    ('reserved is not the sum of the reservations',
        c.reserved * 1e-12, c.kept_reserved * 1e-12,
        c.reserved <> c.kept_reserved),
    ('calls is not the number of calls',
        c.calls, c.kept_calls,
        c.calls <> c.kept_calls),
    ('a sum is negative',
        0, least(c.kept_settled, c.kept_reserved) * 1e-12,
        least(c.kept_settled, c.kept_reserved, c.kept_calls) < 0)
) AS f (fault, expected, actual, found)
WHERE f.found
UNION ALL
SELECT 'a lease ended over 120 s ago and nobody reaped it',
    s.tenant_id, 'user', s.user_id, s.day, NULL, s.amount_pico * 1e-12,
    s.request_id
FROM slipway.reservations AS s
WHERE s.lease_until < now() - interval '120 s'
UNION ALL
SELECT 'a call is settled and still reserved',
    s.tenant_id, 'user', s.user_id, s.day, NULL, s.amount_pico * 1e-12,
    s.request_id
FROM slipway.reservations AS s
WHERE EXISTS (
    SELECT
    FROM slipway.llm_calls AS c
    WHERE c.request_id = s.request_id
)
UNION ALL
SELECT 'a reservation of an unknown user',
    s.tenant_id, 'user', s.user_id, s.day, NULL, s.amount_pico * 1e-12,
    s.request_id
FROM slipway.reservations AS s
WHERE NOT EXISTS (
    SELECT
    FROM slipway.users AS usr
    WHERE usr.tenant_id = s.tenant_id AND usr.id = s.user_id
)
UNION ALL
SELECT 'calls of an unknown user',
    l.tenant_id, 'user', l.user_id, l.day, NULL, l.settled * 1e-12, NULL
FROM ledger AS l
WHERE l.calls > 0 AND NOT EXISTS (
    SELECT
    FROM slipway.users AS usr
    WHERE usr.tenant_id = l.tenant_id AND usr.id = l.user_id
)
UNION ALL
SELECT 'a charge was taken back and no other took its place',
    s.tenant_id, 'tenant', s.tenant_id, s.day, NULL, s.cost_pico * 1e-12,
    s.request_id
FROM slipway.llm_calls_superseded AS s
WHERE s.day >= (SELECT h.kept_from FROM slipway.ledger_horizon AS h)
    AND NOT EXISTS (
        SELECT
        FROM slipway.llm_calls AS c
        WHERE c.tenant_id = s.tenant_id AND c.request_id = s.request_id
            AND c.day = s.day
    )
UNION ALL
SELECT 'an attempt without its call',
    a.tenant_id, 'tenant', a.tenant_id, a.day, NULL, NULL, a.request_id
FROM slipway.llm_attempts AS a
WHERE a.day >= (SELECT h.kept_from FROM slipway.ledger_horizon AS h)
    AND NOT EXISTS (
        SELECT
        FROM slipway.llm_calls AS c
        WHERE c.tenant_id = a.tenant_id AND c.request_id = a.request_id
            AND c.day = a.day
    );

COMMENT ON VIEW slipway.ledger_check IS
    'Must return no row. Each row is one fault of the ledger.';
COMMENT ON COLUMN slipway.ledger_check.fault IS 'What is wrong, in words.';
COMMENT ON COLUMN slipway.ledger_check.tenant_id IS
    'The tenant; 0: the whole system.';
COMMENT ON COLUMN slipway.ledger_check.scope IS
    'system, tenant, user or user_key.';
COMMENT ON COLUMN slipway.ledger_check.scope_id IS
    'The key, the user, the tenant, or 0 for the system.';
COMMENT ON COLUMN slipway.ledger_check.day IS
    'Day in the time zone of the tenant; in UTC for the system.';
COMMENT ON COLUMN slipway.ledger_check.expected IS
    'What the calls or reservations add up to: US dollars, or a number of '
    'calls.';
COMMENT ON COLUMN slipway.ledger_check.actual IS 'What is kept instead.';
COMMENT ON COLUMN slipway.ledger_check.request_id IS
    'The call, where it is about one.';
