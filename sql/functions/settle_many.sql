-- Settle a batch of calls the long way: whatever there is to say about them, in seven
-- statements and some more when one has no reservation, whatever the size of the
-- batch.  For settle() only, whose settings it has.
--
-- Parameters, result, errors, locks: as settle().
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.settle_many(p_calls jsonb)
RETURNS TABLE (idx integer, result text)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
    v_calls jsonb[];
    v_request text[];
    v_result text[];
    k_scope text[];
    k_tenant bigint[];
    k_id bigint[];
    k_day date[];
    v_locked bigint;
    v_found text[];
    v_missing text[];
    v_settled text[];
    v_more text[];
    v_before text[];
BEGIN
    -- 1. Which entries have the right form?
    SELECT array_agg(e.j),
        array_agg(e.j ->> 'request_id'),
        array_agg(CASE WHEN slipway.settle_form(e.j) THEN '' ELSE 'invalid' END)
    INTO v_calls, v_request, v_result
    FROM (
        SELECT x.j
        FROM jsonb_array_elements(p_calls) WITH ORDINALITY AS x (j, n)
        ORDER BY x.n -- array_agg() keeps it
    ) AS e;

    -- 2. The sums they change, sorted as they will be locked.
    WITH found AS MATERIALIZED (
        SELECT s.request_id, s.tenant_id, s.user_id, s.day, s.system_day,
            CASE WHEN s.key_capped THEN s.key_id END AS key_id
        FROM unnest(v_request, v_result) AS e (request_id, result)
        JOIN slipway.reservations AS s ON s.request_id = e.request_id
        WHERE e.result = ''
    ), sums AS (
        SELECT 'system' COLLATE "C" AS scope, 0::bigint AS tenant_id,
            0::bigint AS scope_id, f.system_day AS day
        FROM found AS f
        UNION
        SELECT 'tenant', f.tenant_id, f.tenant_id, f.day FROM found AS f
        UNION
        SELECT 'user', f.tenant_id, f.user_id, f.day FROM found AS f
        UNION
        SELECT 'user_key', f.tenant_id, f.key_id, f.day
        FROM found AS f
        WHERE f.key_id IS NOT NULL
    )
    SELECT array_agg(k.scope), array_agg(k.tenant_id), array_agg(k.scope_id),
        array_agg(k.day), (SELECT array_agg(f.request_id) FROM found AS f)
    INTO k_scope, k_tenant, k_id, k_day, v_found
    FROM (
        SELECT *
        FROM sums
        ORDER BY scope, tenant_id, scope_id, day
    ) AS k;

    -- Those that have none: the reaper may have been faster.
    SELECT array_agg(e.request_id)
    INTO v_missing
    FROM unnest(v_calls, v_request, v_result) AS e (j, request_id, result)
    WHERE e.result = '' AND e.j ->> 'outcome' <> 'abandoned'
        AND e.request_id <> ALL (coalesce(v_found, '{}'));
    IF v_missing IS NOT NULL THEN
        WITH late AS MATERIALIZED (
            SELECT c.tenant_id, c.user_id, c.day, c.system_day, a.id AS key_id
            FROM slipway.llm_calls AS c
            LEFT JOIN slipway.api_keys AS a
                ON a.tenant_id = c.tenant_id AND a.id = c.key_id
                AND a.daily_cap_pico IS NOT NULL
            WHERE c.request_id = ANY (v_missing)
                AND c.outcome = 'abandoned' AND c.basis = 'pessimistic'
        ), sums AS (
            SELECT x.scope COLLATE "C" AS scope, x.tenant_id, x.scope_id, x.day
            FROM unnest(k_scope, k_tenant, k_id, k_day)
                AS x (scope, tenant_id, scope_id, day)
            UNION
            SELECT 'system', 0, 0, l.system_day FROM late AS l
            UNION
            SELECT 'tenant', l.tenant_id, l.tenant_id, l.day FROM late AS l
            UNION
            SELECT 'user', l.tenant_id, l.user_id, l.day FROM late AS l
            UNION
            SELECT 'user_key', l.tenant_id, l.key_id, l.day
            FROM late AS l
            WHERE l.key_id IS NOT NULL
        )
        SELECT array_agg(k.scope), array_agg(k.tenant_id),
            array_agg(k.scope_id), array_agg(k.day)
        INTO k_scope, k_tenant, k_id, k_day
        FROM (
            SELECT *
            FROM sums
            ORDER BY scope, tenant_id, scope_id, day
        ) AS k;
    END IF;

    IF k_scope IS NOT NULL THEN
        -- 3. Lock them, after the system's of today, as everybody does.  Admission
        -- made them; one that a person deleted since is made again, for money must
        -- not be lost with it.
        PERFORM slipway.ledger_lock((clock_timestamp() AT TIME ZONE 'UTC')::date);
        SELECT count(*)
        INTO v_locked
        FROM (
            SELECT
            FROM unnest(k_tenant, k_scope, k_id, k_day) WITH ORDINALITY
                AS x (tenant_id, scope, scope_id, day, n)
            JOIN slipway.daily_spend AS d
                ON d.tenant_id = x.tenant_id AND d.scope = x.scope
                AND d.scope_id = x.scope_id AND d.day = x.day
            ORDER BY x.n
            FOR NO KEY UPDATE OF d
        ) AS locked;
        IF v_locked < cardinality(k_scope) THEN
            INSERT INTO slipway.daily_spend (tenant_id, scope, scope_id, day)
            SELECT x.tenant_id, x.scope, x.scope_id, x.day
            FROM unnest(k_tenant, k_scope, k_id, k_day)
                AS x (tenant_id, scope, scope_id, day)
            ON CONFLICT DO NOTHING;
        END IF;

        -- 4. Delete the reservations, write the calls, charge: whoever deleted
        -- the reservation is the one who settles.  greatest(): a reserved sum
        -- that was tampered with must not stop settlement for ever;
        -- ledger_check shows it.  A second time, when some had no reservation
        -- but what the reaper wrote: the sums of those are locked, too.
        LOOP
            WITH entry AS MATERIALIZED (
                SELECT DISTINCT ON (e.request_id) e.request_id, e.j,
                    (e.j ->> 'cost_pico')::bigint AS cost_pico
                FROM unnest(v_calls, v_request, v_result) WITH ORDINALITY
                    AS e (j, request_id, result, n)
                WHERE e.result = ''
                ORDER BY e.request_id, e.n
            ), gone AS (
                DELETE FROM slipway.reservations AS s
                USING entry AS e
                WHERE s.request_id = e.request_id
                RETURNING s.*, e.j, e.cost_pico
            ), written AS (
                INSERT INTO slipway.llm_calls
                SELECT c.*
                FROM gone AS g
                CROSS JOIN LATERAL slipway.call_of(g.tenant_id, g.request_id,
                    g.day, g.system_day, g.user_id, g.key_id, g.feature, g.created_at,
                    g.amount_pico, g.j) AS c
                ORDER BY g.request_id
                ON CONFLICT DO NOTHING
                RETURNING request_id
            ), tried AS (
                INSERT INTO slipway.llm_attempts
                SELECT a.*
                FROM gone AS g
                CROSS JOIN LATERAL slipway.attempts_of(g.tenant_id, g.request_id,
                    g.day, g.j) AS a
                ORDER BY g.request_id, a.ordinal
                ON CONFLICT DO NOTHING
            ), guarded AS (
                INSERT INTO slipway.llm_guards
                SELECT a.*
                FROM gone AS g
                CROSS JOIN LATERAL slipway.guards_of(g.tenant_id, g.request_id,
                    g.day, g.j) AS a
                ON CONFLICT DO NOTHING
            ), charged AS (
                UPDATE slipway.daily_spend AS d
                SET reserved = greatest(0, d.reserved - x.amount_pico),
                    settled = d.settled + x.cost_pico,
                    calls = d.calls + x.calls
                FROM (
                    SELECT k.tenant_id, k.scope, k.scope_id, k.day,
                        sum(g.amount_pico)::bigint AS amount_pico,
                        coalesce(sum(g.cost_pico) FILTER (
                            WHERE w.request_id IS NOT NULL), 0)::bigint
                            AS cost_pico,
                        count(w.request_id) AS calls
                    FROM gone AS g
                    LEFT JOIN written AS w ON w.request_id = g.request_id
                    CROSS JOIN LATERAL (VALUES
                        ('system', 0::bigint, 0::bigint, g.system_day),
                        ('tenant', g.tenant_id, g.tenant_id, g.day),
                        ('user', g.tenant_id, g.user_id, g.day),
                        ('user_key', g.tenant_id,
                            CASE WHEN g.key_capped THEN g.key_id END, g.day)
                    ) AS k (scope, tenant_id, scope_id, day)
                    WHERE k.scope_id IS NOT NULL
                    GROUP BY k.tenant_id, k.scope, k.scope_id, k.day
                ) AS x
                WHERE d.tenant_id = x.tenant_id AND d.scope = x.scope
                    AND d.scope_id = x.scope_id AND d.day = x.day
            )
            SELECT array_agg(request_id) INTO v_more FROM written;
            v_settled := v_settled || v_more;
            EXIT WHEN v_missing = '{}'
                OR cardinality(v_settled) = cardinality(v_request);
            v_missing := '{}';
            EXIT WHEN slipway.unreap(ARRAY(
                SELECT e.request_id
                FROM unnest(v_calls, v_request, v_result)
                    AS e (j, request_id, result)
                WHERE e.result = '' AND e.j ->> 'outcome' <> 'abandoned'
                    AND e.request_id <> ALL (coalesce(v_settled, '{}'))
            )) IS NULL;
        END LOOP;
    END IF;

    -- Answers to keep; a request whose key was taken meanwhile has none.
    IF EXISTS (
        SELECT
        FROM unnest(v_calls) AS e (j)
        WHERE e.j ? 'reply'
    ) THEN
        UPDATE slipway.idempotency AS i
        SET status = (e.j -> 'reply' ->> 'status')::integer,
            content_type = e.j -> 'reply' ->> 'content_type',
            body = e.j -> 'reply' ->> 'body'
        FROM unnest(v_calls, v_request) AS e (j, request_id)
        WHERE e.j ? 'reply' AND e.request_id = ANY (v_settled)
            AND i.request_id = e.request_id AND i.status IS NULL;
    END IF;

    IF EXISTS (
        SELECT
        FROM unnest(v_calls) AS e (j)
        WHERE e.j ? 'content'
    ) THEN
        PERFORM slipway.content_keep(v_calls, v_settled);
    END IF;

    -- 5. The others: settled before, or never heard of?
    IF cardinality(v_settled) IS DISTINCT FROM cardinality(v_request) THEN
        SELECT array_agg(c.request_id)
        INTO v_before
        FROM slipway.llm_calls AS c
        WHERE c.request_id = ANY (ARRAY(
            SELECT e.request_id
            FROM unnest(v_request, v_result) AS e (request_id, result)
            WHERE e.result = ''
                AND e.request_id <> ALL (coalesce(v_settled, '{}'))
        ));
    END IF;

    RETURN QUERY
    SELECT (e.n - 1)::integer,
        CASE
            WHEN e.result <> '' THEN e.result
            WHEN e.request_id = ANY (v_settled)
                AND e.n = min(e.n) OVER (PARTITION BY e.request_id, e.result)
                THEN 'settled'
            WHEN e.request_id = ANY (v_settled || v_before) THEN 'duplicate'
            ELSE 'unknown'
        END
    FROM unnest(v_request, v_result) WITH ORDINALITY
        AS e (request_id, result, n)
    ORDER BY e.n;
END;
$$;
COMMENT ON FUNCTION slipway.settle_many(jsonb) IS
    'Settle a batch of calls: record, charge, release; one row each.';
