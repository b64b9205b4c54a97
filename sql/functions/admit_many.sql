-- Admit a batch of calls the long way: all that there may be to say about them, in
-- about a dozen statements, whatever the size of the batch.  For admit() only, whose
-- settings it has.
--
-- Parameters, result, errors, locks: as admit().
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.admit_many(p_calls jsonb, p_defaults jsonb)
RETURNS TABLE (
    idx integer,
    verdict text,
    tenant_id bigint,
    user_id bigint,
    key_id bigint,
    is_admin boolean,
    granted_output_tokens bigint,
    reserved_pico bigint,
    retry_after_ms bigint,
    reset_ms bigint,
    limit_rpm bigint,
    remaining_rpm bigint,
    reset_rpm_ms bigint,
    cap_pico bigint,
    cap_left_pico bigint
)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
    c_no_cap CONSTANT bigint := 9000000000000000000;
    c_call_max CONSTANT bigint := 9999999999999999;
    c_tokens_max CONSTANT bigint := 9999999;
    c_rpm_max CONSTANT bigint := 1000000;
    c_settling_ms CONSTANT bigint := 1000;
    c_again CONSTANT interval := '2 h'; -- a request_id comes again within it
    v_now timestamptz := clock_timestamp();
    v_recent timestamptz := v_now - c_again;
    v_now_us bigint;
    v_user_rpm CONSTANT bigint := p_defaults ->> 'user_rpm';
    v_tenant_rpm CONSTANT bigint := p_defaults ->> 'tenant_rpm';
    v_user_cap CONSTANT bigint := p_defaults ->> 'user_daily_pico';
    v_tenant_cap CONSTANT bigint := p_defaults ->> 'tenant_daily_pico';
    v_system_cap CONSTANT bigint := p_defaults ->> 'system_daily_pico';
    v_system_day date := (v_now AT TIME ZONE 'UTC')::date;
    v_n integer;
    -- the calls, by place in the batch
    c_verdict text[];
    c_request text[];
    c_first bigint[];
    c_feature text[];
    c_key_no bigint[];
    c_key_rpm bigint[];
    c_key_cap bigint[];
    c_paused boolean[];
    v_known text[];
    v_first_day date;
    v_fresh boolean;
    v_last_day date;
    c_tenant bigint[];
    c_user bigint[];
    c_key bigint[];
    c_admin boolean[];
    c_input bigint[];
    c_output bigint[];
    c_max bigint[];
    c_min bigint[];
    c_lease bigint[];
    c_day date[];
    c_reset bigint[];
    c_tenant_no bigint[];
    c_user_no bigint[];
    c_tenant_rpm bigint[];
    c_user_rpm bigint[];
    c_tenant_cap bigint[];
    c_user_cap bigint[];
    -- results, by place in the batch
    r_new boolean[];
    r_granted bigint[];
    r_amount bigint[];
    r_retry bigint[];
    r_reset bigint[];
    r_limit bigint[];
    r_remaining bigint[];
    r_reset_rpm bigint[];
    r_cap bigint[];
    r_left bigint[];
    -- the scopes in their lock order: system, tenants, users, and the keys
    -- that have limits of their own
    v_tenants integer;
    v_users integer;
    v_of integer[];
    v_k integer;
    k_scope text[];
    k_tenant bigint[];
    k_id bigint[];
    k_day date[];
    k_cap bigint[];
    k_settled bigint[];
    k_used bigint[];
    k_add bigint[];
    k_rpm bigint[];
    k_tat bigint[];
    k_hit boolean[];
    -- of one call
    i integer;
    j integer;
    t integer;
    u integer;
    y integer;
    k integer;
    v_wait bigint;
    v_room bigint;
    v_floor bigint;
    v_granted bigint;
    v_amount bigint;
    v_rows bigint;
    r record;
BEGIN
    IF num_nulls(v_user_rpm, v_tenant_rpm, v_user_cap, v_tenant_cap,
        v_system_cap) > 0
        OR least(v_user_rpm, v_tenant_rpm) < 0
        OR least(v_user_cap, v_tenant_cap, v_system_cap) < -1
    THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'p_defaults needs user_rpm and tenant_rpm (0: no limit), '
                'user_daily_pico, tenant_daily_pico and system_daily_pico '
                '(-1: no cap)';
    END IF;

    -- 1. Who calls, and with which limits.
    WITH entry AS MATERIALIZED (
        SELECT e.n,
            CASE WHEN e.j ->> 'key_hash' ~ '^[0-9a-f]+$'
                    AND length(e.j ->> 'key_hash') = 64
                THEN decode(e.j ->> 'key_hash', 'hex') END AS key_hash,
            slipway.admit_form(e.j) AS valid,
            e.j ->> 'fresh' AS fresh,
            e.j ->> 'request_id' AS request_id,
            e.j ->> 'feature' AS feature,
            e.j ->> 'needs_admin' AS needs_admin,
            e.j ->> 'model' AS model,
            e.j ->> 'input_pico' AS input_pico,
            e.j ->> 'output_pico' AS output_pico,
            e.j ->> 'max_output_tokens' AS max_output_tokens,
            e.j ->> 'min_output_tokens' AS min_output_tokens,
            e.j ->> 'lease_ms' AS lease_ms
        FROM jsonb_array_elements(p_calls) WITH ORDINALITY AS e (j, n)
    ), known AS MATERIALIZED (
        SELECT c.*, a.tenant_id, a.user_id, a.id AS key_id,
            usr.role = 'admin' AS is_admin,
            CASE
                WHEN a.id IS NULL
                    OR a.revoked_at <= v_now
                    OR a.expires_at <= v_now
                    OR usr.disabled_at <= v_now
                    OR ten.disabled_at <= v_now THEN 'unauthorized'
                WHEN NOT c.valid THEN 'invalid_request'
                WHEN slipway.key_refuses(a.features, a.models, usr.role = 'admin',
                    c.feature, c.needs_admin, c.model)
                    THEN 'forbidden'
                ELSE ''
            END AS verdict,
            least(coalesce(a.rpm, 0), c_rpm_max) AS key_rpm,
            a.daily_cap_pico AS key_cap,
            a.rpm > 0 OR a.daily_cap_pico IS NOT NULL AS key_limited,
            (v_now AT TIME ZONE ten.timezone)::date AS day,
            ten.timezone,
            least(coalesce(ten.rpm, v_tenant_rpm), c_rpm_max) AS tenant_rpm,
            least(coalesce(usr.rpm, v_user_rpm), c_rpm_max) AS user_rpm,
            coalesce(ten.daily_cap_pico, v_tenant_cap) AS tenant_cap,
            coalesce(usr.daily_cap_pico, v_user_cap) AS user_cap
        FROM entry AS c
        LEFT JOIN slipway.api_keys AS a ON a.key_hash = c.key_hash
        LEFT JOIN slipway.users AS usr
            ON usr.tenant_id = a.tenant_id AND usr.id = a.user_id
        LEFT JOIN slipway.tenants AS ten ON ten.id = a.tenant_id
    ), numbered AS (
        SELECT w.*,
            min(n) OVER (PARTITION BY verdict, request_id) AS first_n,
            dense_rank() OVER (PARTITION BY verdict ORDER BY tenant_id)
                AS tenant_no,
            dense_rank() OVER (
                PARTITION BY verdict ORDER BY tenant_id, user_id) AS user_no,
            CASE WHEN key_limited THEN dense_rank() OVER (
                PARTITION BY verdict, key_limited ORDER BY tenant_id, key_id)
                END AS key_no
        FROM known AS w
        ORDER BY n -- array_agg() below keeps it
    )
    SELECT count(*),
        array_agg(verdict),
        array_agg(request_id),
        array_agg(first_n),
        array_agg(feature),
        array_agg(EXISTS (
            SELECT FROM slipway.controls AS o
            WHERE o.feature IN ('*', w.feature) AND o.paused)),
        array_agg(tenant_id),
        array_agg(user_id),
        array_agg(key_id),
        array_agg(is_admin),
        array_agg(CASE WHEN valid THEN input_pico::bigint END),
        array_agg(CASE WHEN valid THEN output_pico::bigint END),
        array_agg(CASE WHEN valid
            THEN least(max_output_tokens::bigint, c_tokens_max) END),
        array_agg(CASE WHEN valid THEN min_output_tokens::bigint END),
        array_agg(CASE WHEN valid THEN lease_ms::bigint END),
        array_agg(day),
        array_agg((extract(epoch FROM
            (day + 1)::timestamp AT TIME ZONE timezone) * 1000)::bigint),
        array_agg(tenant_no),
        array_agg(user_no),
        array_agg(key_no),
        array_agg(key_rpm),
        array_agg(key_cap),
        array_agg(tenant_rpm),
        array_agg(user_rpm),
        array_agg(tenant_cap),
        array_agg(user_cap),
        coalesce(max(tenant_no) FILTER (WHERE verdict = ''), 0),
        coalesce(max(user_no) FILTER (WHERE verdict = ''), 0),
        coalesce(max(key_no) FILTER (WHERE verdict = ''), 0),
        min((v_recent AT TIME ZONE timezone)::date),
        max(day),
        bool_and(fresh IS NOT DISTINCT FROM 'true')
    INTO v_n, c_verdict, c_request, c_first, c_feature, c_paused, c_tenant,
        c_user, c_key, c_admin, c_input, c_output, c_max, c_min, c_lease,
        c_day, c_reset, c_tenant_no, c_user_no, c_key_no, c_key_rpm, c_key_cap,
        c_tenant_rpm, c_user_rpm, c_tenant_cap, c_user_cap, v_tenants, v_users,
        v_k, v_first_day, v_last_day, v_fresh
    FROM numbered AS w;

    IF v_n = 0 THEN
        RETURN;
    END IF;
    r_new := array_fill(false, ARRAY[v_n]);
    r_granted := array_fill(0::bigint, ARRAY[v_n]);
    r_amount := r_granted;
    r_retry := r_granted;
    r_limit := r_granted;
    r_remaining := r_granted;
    r_reset_rpm := r_granted;
    r_reset := c_reset;
    r_cap := array_fill(-1::bigint, ARRAY[v_n]);
    r_left := r_cap;

    IF v_users > 0 THEN
        -- 2. The scopes of the batch, sorted as they will be locked.
        v_k := 1 + v_tenants + v_users + v_k;
        k_scope := array_fill('system'::text, ARRAY[v_k]);
        k_tenant := array_fill(0::bigint, ARRAY[v_k]);
        k_id := k_tenant;
        k_day := array_fill(v_system_day, ARRAY[v_k]);
        k_cap := k_tenant;
        k_used := k_tenant;
        k_settled := k_tenant;
        k_add := k_tenant;
        k_rpm := k_tenant;
        k_tat := k_tenant;
        k_hit := array_fill(false, ARRAY[v_k]);
        k_cap[1] := v_system_cap;
        FOR i IN 1 .. v_n LOOP
            CONTINUE WHEN c_verdict[i] <> '';
            t := 1 + c_tenant_no[i];
            u := 1 + v_tenants + c_user_no[i];
            c_tenant_no[i] := t;
            c_user_no[i] := u;
            y := 1 + v_tenants + v_users + c_key_no[i];
            c_key_no[i] := y;
            IF k_tenant[y] = 0 THEN
                k_scope[y] := 'user_key';
                k_tenant[y] := c_tenant[i];
                k_id[y] := c_key[i];
                -- without a budget it has no sums
                k_day[y] := CASE WHEN c_key_cap[i] IS NOT NULL
                    THEN c_day[i] END;
                k_cap[y] := coalesce(c_key_cap[i], -1);
                k_rpm[y] := c_key_rpm[i];
            END IF;
            CONTINUE WHEN k_tenant[u] <> 0;
            k_scope[t] := 'tenant';
            k_tenant[t] := c_tenant[i];
            k_id[t] := c_tenant[i];
            k_day[t] := c_day[i];
            k_cap[t] := c_tenant_cap[i];
            k_rpm[t] := c_tenant_rpm[i];
            k_scope[u] := 'user';
            k_tenant[u] := c_tenant[i];
            k_id[u] := c_user[i];
            k_day[u] := c_day[i];
            k_cap[u] := c_user_cap[i];
            k_rpm[u] := c_user_rpm[i];
        END LOOP;

        -- 3. Lock the system's sums, then the rate limits, then the other sums.
        PERFORM slipway.ledger_lock(v_system_day);
        INSERT INTO slipway.rate_limits (tenant_id, scope, scope_id)
        SELECT x.tenant_id, x.scope, x.scope_id
        FROM unnest(k_tenant, k_scope, k_id, k_rpm) WITH ORDINALITY
            AS x (tenant_id, scope, scope_id, rpm, pos)
        WHERE x.rpm > 0
        ORDER BY x.pos
        ON CONFLICT DO NOTHING;
        FOR r IN
            SELECT x.pos, l.tat_us
            FROM unnest(k_tenant, k_scope, k_id, k_rpm) WITH ORDINALITY
                AS x (tenant_id, scope, scope_id, rpm, pos)
            JOIN slipway.rate_limits AS l
                ON l.tenant_id = x.tenant_id AND l.scope = x.scope
                AND l.scope_id = x.scope_id
            WHERE x.rpm > 0
            ORDER BY x.pos
            FOR NO KEY UPDATE OF l
        LOOP
            k_tat[r.pos] := r.tat_us;
        END LOOP;

        INSERT INTO slipway.daily_spend (tenant_id, scope, scope_id, day)
        SELECT x.tenant_id, x.scope, x.scope_id, x.day
        FROM unnest(k_tenant, k_scope, k_id, k_day) WITH ORDINALITY
            AS x (tenant_id, scope, scope_id, day, pos)
        WHERE x.day IS NOT NULL
        ORDER BY x.pos
        ON CONFLICT DO NOTHING;
        FOR r IN
            SELECT x.pos, d.reserved, d.settled
            FROM unnest(k_tenant, k_scope, k_id, k_day) WITH ORDINALITY
                AS x (tenant_id, scope, scope_id, day, pos)
            JOIN slipway.daily_spend AS d
                ON d.tenant_id = x.tenant_id AND d.scope = x.scope
                AND d.scope_id = x.scope_id AND d.day = x.day
            ORDER BY x.pos
            FOR NO KEY UPDATE OF d
        LOOP
            k_settled[r.pos] := r.settled;
            k_used[r.pos] := r.settled + r.reserved;
        END LOOP;

        -- 4. Was one of them admitted before?
        IF NOT v_fresh THEN
            FOR r IN
                UPDATE slipway.reservations AS s
                SET lease_until = greatest(s.lease_until,
                    v_now + x.lease_ms * interval '1 ms')
                FROM unnest(c_request, c_key, c_verdict, c_first, c_lease)
                    WITH ORDINALITY
                    AS x (request_id, key_id, verdict, first_n, lease_ms, n)
                WHERE s.request_id = x.request_id AND s.key_id = x.key_id
                    AND x.verdict = '' AND x.first_n = x.n
                RETURNING x.n, s.granted_output_tokens, s.amount_pico
            LOOP
                c_verdict[r.n] := 'ok';
                r_granted[r.n] := r.granted_output_tokens;
                r_amount[r.n] := r.amount_pico;
            END LOOP;
            SELECT array_agg(f.request_id)
            INTO v_known
            FROM (
                SELECT s.request_id
                FROM slipway.reservations AS s
                WHERE s.request_id = ANY (c_request)
                UNION ALL
                SELECT c.request_id
                FROM slipway.calls_settled(c_request, v_first_day, v_last_day)
                    AS c (request_id)
            ) AS f;
            IF v_known IS NOT NULL THEN
                FOR i IN 1 .. v_n LOOP
                    IF c_verdict[i] = '' AND c_first[i] = i
                        AND c_request[i] = ANY (v_known)
                    THEN
                        c_verdict[i] := 'invalid_request';
                    END IF;
                END LOOP;
            END IF;
        END IF;

        -- 5. Decide, in memory.
        v_now_us := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
        FOR i IN 1 .. v_n LOOP
            CONTINUE WHEN c_verdict[i] NOT IN ('', 'ok');
            t := c_tenant_no[i];
            u := c_user_no[i];
            y := c_key_no[i];
            v_of := CASE WHEN y IS NULL THEN ARRAY[t, u]
                ELSE ARRAY[t, u, y] END;
            j := c_first[i];
            IF j < i THEN
                IF c_key[j] <> c_key[i] THEN
                    c_verdict[i] := 'invalid_request';
                    CONTINUE;
                END IF;
                c_verdict[i] := c_verdict[j];
                r_granted[i] := r_granted[j];
                r_amount[i] := r_amount[j];
                r_retry[i] := r_retry[j];
                r_reset[i] := r_reset[j];
            ELSIF c_verdict[i] = '' THEN
                IF c_paused[i] THEN
                    c_verdict[i] := 'paused';
                    CONTINUE;
                END IF;
                -- Requests per minute: all or none.
                FOREACH k IN ARRAY v_of LOOP
                    CONTINUE WHEN k_rpm[k] = 0;
                    v_wait := greatest(k_tat[k], v_now_us) - v_now_us
                        - (k_rpm[k] - 1) * (60000000 / k_rpm[k]);
                    IF v_wait > 0 THEN
                        c_verdict[i] := 'rate_limited';
                        r_retry[i] := greatest(r_retry[i],
                            (v_wait + 999) / 1000);
                    END IF;
                END LOOP;
                IF c_verdict[i] = '' THEN
                    FOREACH k IN ARRAY v_of LOOP
                        CONTINUE WHEN k_rpm[k] = 0;
                        k_tat[k] := greatest(k_tat[k], v_now_us)
                            + 60000000 / k_rpm[k];
                        k_hit[k] := true;
                    END LOOP;
                    -- Caps: what is the tightest room, what fits into it?
                    v_room := c_call_max;
                    FOREACH k IN ARRAY 1 || v_of LOOP
                        v_room := least(v_room,
                            coalesce(nullif(k_cap[k], -1), c_no_cap)
                            - k_used[k]);
                    END LOOP;
                    v_floor := least(c_max[i], greatest(c_min[i], 1));
                    IF c_output[i] = 0 OR c_max[i] = 0 THEN
                        v_granted := c_max[i];
                        v_amount := c_input[i];
                    ELSIF v_room < c_input[i] THEN
                        v_granted := -1;
                        v_amount := c_input[i];
                    ELSE
                        v_granted := least(c_max[i],
                            (v_room - c_input[i]) / c_output[i]);
                        v_amount := c_input[i] + v_granted * c_output[i];
                    END IF;
                    IF v_amount = 0 AND v_granted >= v_floor
                        OR v_amount <= v_room AND v_granted >= v_floor
                    THEN
                        c_verdict[i] := 'ok';
                        r_new[i] := true;
                        r_granted[i] := v_granted;
                        r_amount[i] := v_amount;
                        FOREACH k IN ARRAY 1 || v_of LOOP
                            k_used[k] := k_used[k] + v_amount;
                            k_add[k] := k_add[k] + v_amount;
                        END LOOP;
                    ELSE
                        v_amount := c_input[i] + v_floor * c_output[i];
                        c_verdict[i] := 'invalid_request';
                        FOREACH k IN ARRAY ARRAY[y, u, t, 1] LOOP
                            CONTINUE WHEN k IS NULL;
                            v_room := coalesce(nullif(k_cap[k], -1), c_no_cap);
                            CONTINUE WHEN v_amount <= v_room - k_used[k];
                            c_verdict[i] := CASE k_scope[k]
                                WHEN 'user_key' THEN 'key_cap'
                                ELSE k_scope[k] || '_cap' END;
                            IF k = 1 THEN
                                r_reset[i] := (extract(epoch FROM
                                    (v_system_day + 1)::timestamp
                                    AT TIME ZONE 'UTC') * 1000)::bigint;
                            END IF;
                            r_retry[i] := CASE
                                WHEN v_amount <= v_room - k_settled[k]
                                    THEN c_settling_ms
                                ELSE greatest(1,
                                    r_reset[i] - v_now_us / 1000)
                            END;
                            EXIT;
                        END LOOP;
                    END IF;
                END IF;
            END IF;
            -- What the headers of the answer say.
            FOREACH k IN ARRAY ARRAY[y, u, t] LOOP
                CONTINUE WHEN k IS NULL OR k_rpm[k] = 0;
                v_wait := greatest(k_tat[k] - v_now_us, 0);
                v_room := k_rpm[k]
                    - (v_wait + 60000000 / k_rpm[k] - 1)
                    / (60000000 / k_rpm[k]);
                CONTINUE WHEN r_limit[i] > 0 AND r_remaining[i] <= v_room;
                r_limit[i] := k_rpm[k];
                r_remaining[i] := greatest(v_room, 0);
                r_reset_rpm[i] := (v_wait + 999) / 1000;
            END LOOP;
            FOREACH k IN ARRAY ARRAY[y, u] LOOP
                CONTINUE WHEN k IS NULL OR k_cap[k] < 0;
                v_room := greatest(0, k_cap[k] - k_used[k]);
                CONTINUE WHEN r_cap[i] >= 0 AND r_left[i] <= v_room;
                r_cap[i] := k_cap[k];
                r_left[i] := v_room;
            END LOOP;
        END LOOP;

        -- 6. Write it down.
        IF true = ANY (k_hit) THEN
            UPDATE slipway.rate_limits AS l
            SET tat_us = x.tat_us
            FROM unnest(k_tenant, k_scope, k_id, k_tat, k_hit)
                AS x (tenant_id, scope, scope_id, tat_us, hit)
            WHERE x.hit AND l.tenant_id = x.tenant_id AND l.scope = x.scope
                AND l.scope_id = x.scope_id;
        END IF;
        IF true = ANY (r_new) THEN
            INSERT INTO slipway.reservations (request_id, tenant_id, user_id,
                key_id, feature, day, system_day, amount_pico,
                granted_output_tokens, lease_until, created_at, key_capped)
            SELECT x.request_id, x.tenant_id, x.user_id, x.key_id, x.feature,
                x.day, v_system_day, x.amount, x.granted,
                v_now + x.lease_ms * interval '1 ms', v_now,
                x.key_cap IS NOT NULL
            FROM unnest(r_new, c_request, c_tenant, c_user, c_key, c_feature,
                c_day, r_amount, r_granted, c_lease, c_key_cap)
                AS x (is_new, request_id, tenant_id, user_id, key_id, feature,
                day, amount, granted, lease_ms, key_cap)
            WHERE x.is_new
            ORDER BY x.request_id
            ON CONFLICT DO NOTHING;
            GET DIAGNOSTICS v_rows = ROW_COUNT;
            IF v_rows <> cardinality(array_positions(r_new, true)) THEN
                RAISE EXCEPTION USING
                    ERRCODE = 'serialization_failure',
                    MESSAGE = 'a request_id was admitted twice at once; '
                        'nothing happened, try again';
            END IF;
            UPDATE slipway.daily_spend AS d
            SET reserved = d.reserved + x.amount
            FROM unnest(k_tenant, k_scope, k_id, k_day, k_add)
                AS x (tenant_id, scope, scope_id, day, amount)
            WHERE x.amount > 0 AND d.tenant_id = x.tenant_id
                AND d.scope = x.scope AND d.scope_id = x.scope_id
                AND d.day = x.day;
        END IF;
    END IF;

    RETURN QUERY
    SELECT (x.n - 1)::integer, x.verdict, coalesce(x.tenant_id, 0),
        coalesce(x.user_id, 0), coalesce(x.key_id, 0),
        coalesce(x.is_admin, false), x.granted, x.amount, x.retry,
        coalesce(x.reset, 0), x.lim, x.remaining, x.reset_rpm, x.cap, x.cap_left
    FROM unnest(c_verdict, c_tenant, c_user, c_key, c_admin, r_granted,
        r_amount, r_retry, r_reset, r_limit, r_remaining, r_reset_rpm, r_cap,
        r_left) WITH ORDINALITY
        AS x (verdict, tenant_id, user_id, key_id, is_admin, granted, amount,
        retry, reset, lim, remaining, reset_rpm, cap, cap_left, n)
    ORDER BY x.n;
END;
$$;
COMMENT ON FUNCTION slipway.admit_many(jsonb, jsonb) IS
    'Admit a batch of calls: authenticate, limit, reserve; one row each.';
