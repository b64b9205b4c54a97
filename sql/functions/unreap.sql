-- Take back what the reaper charged for these calls: their reservations are
-- there again, as if it had not come.  For settle() only, which holds the locks
-- and settles them at once.
--
-- p_request_ids  calls; those that the reaper did not settle are left alone
--
-- Returns the ids that are reserved again; NULL: none.
-- Locks: the rows of llm_calls; daily_spend as settle(), which has them.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.unreap(p_request_ids text[])
RETURNS text[]
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    v_open text[];
BEGIN
    PERFORM set_config('slipway.unreap', 'on', true);
    WITH reaped AS (
        DELETE FROM slipway.llm_calls AS c
        WHERE c.request_id = ANY (p_request_ids)
            AND c.outcome = 'abandoned' AND c.basis = 'pessimistic'
        RETURNING c.*, EXISTS (
            SELECT
            FROM slipway.api_keys AS a
            WHERE a.tenant_id = c.tenant_id AND a.id = c.key_id
                AND a.daily_cap_pico IS NOT NULL
        ) AS key_capped
    ), kept AS (
        INSERT INTO slipway.llm_calls_superseded (tenant_id, request_id, day,
            cost_pico, call)
        SELECT r.tenant_id, r.request_id, r.day, r.cost_pico,
            to_jsonb(r) - 'key_capped'
        FROM reaped AS r
    ), again AS (
        INSERT INTO slipway.rollup_again (utc_day, request_id)
        SELECT (r.created_at AT TIME ZONE 'UTC')::date, r.request_id
        FROM reaped AS r
        WHERE r.created_at < date_trunc('hour', clock_timestamp())
    ), opened AS (
        INSERT INTO slipway.reservations (request_id, tenant_id, user_id,
            key_id, feature, day, system_day, amount_pico,
            granted_output_tokens, lease_until, created_at, key_capped)
        SELECT r.request_id, r.tenant_id, r.user_id, r.key_id, r.feature,
            r.day, r.system_day, r.reserved_pico, 0, clock_timestamp(),
            r.created_at, r.key_capped
        FROM reaped AS r
        RETURNING request_id
    ), moved AS (
        UPDATE slipway.daily_spend AS d
        SET reserved = d.reserved + x.reserved_pico,
            settled = d.settled - x.cost_pico,
            calls = d.calls - x.calls
        FROM (
            SELECT k.tenant_id, k.scope, k.scope_id, k.day,
                sum(r.reserved_pico)::bigint AS reserved_pico,
                sum(r.cost_pico)::bigint AS cost_pico,
                count(*) AS calls
            FROM reaped AS r
            CROSS JOIN LATERAL (VALUES
                ('system', 0::bigint, 0::bigint, r.system_day),
                ('tenant', r.tenant_id, r.tenant_id, r.day),
                ('user', r.tenant_id, r.user_id, r.day),
                ('user_key', r.tenant_id,
                    CASE WHEN r.key_capped THEN r.key_id END, r.day)
            ) AS k (scope, tenant_id, scope_id, day)
            WHERE k.scope_id IS NOT NULL
            GROUP BY k.tenant_id, k.scope, k.scope_id, k.day
        ) AS x
        WHERE d.tenant_id = x.tenant_id AND d.scope = x.scope
            AND d.scope_id = x.scope_id AND d.day = x.day
    )
    SELECT array_agg(o.request_id) INTO v_open FROM opened AS o;
    PERFORM set_config('slipway.unreap', 'off', true);
    RETURN v_open;
END;
$$;
COMMENT ON FUNCTION slipway.unreap(text[]) IS
    'Turn calls that the reaper settled into reservations again; for settle().';
