-- Authenticate one call that spends nothing, and count it per minute.
--
-- p_key_hash  SHA-256 of the API key, 64 hex digits
-- p_defaults  as in admit(); only user_rpm and tenant_rpm are read
-- p_feature   whether the key may call it; NULL: it does not matter
-- p_model     whether the key may name it, provider/model; NULL: likewise
--
-- Returns one row: verdict ok, unauthorized, forbidden or rate_limited; the
-- other columns as in admit(), but is_admin only for a key without features, models or a
-- budget of its own: who holds a limited key could lift its limits.  The limits are the
-- same ones: these calls and admitted calls count together.
-- Errors: 22023 when p_defaults has not this form.
-- Locks: rate_limits, in the order of admit().
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.key_check(
    p_key_hash text,
    p_defaults jsonb,
    p_feature text DEFAULT NULL,
    p_model text DEFAULT NULL
)
RETURNS TABLE (
    verdict text,
    tenant_id bigint,
    user_id bigint,
    key_id bigint,
    is_admin boolean,
    retry_after_ms bigint,
    limit_rpm bigint,
    remaining_rpm bigint,
    reset_rpm_ms bigint
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    c_rpm_max CONSTANT bigint := 1000000;
    v_user_rpm CONSTANT bigint := p_defaults ->> 'user_rpm';
    v_tenant_rpm CONSTANT bigint := p_defaults ->> 'tenant_rpm';
    v_now timestamptz := clock_timestamp();
    v_now_us bigint;
    v_who record;
    v_scope text[] := '{tenant,user,user_key}';
    v_id bigint[];
    v_rpm bigint[];
    v_tat bigint[] := '{0,0,0}';
    v_step bigint;
    v_wait bigint;
    v_left bigint;
    k integer;
    r record;
BEGIN
    IF num_nulls(v_user_rpm, v_tenant_rpm) > 0
        OR least(v_user_rpm, v_tenant_rpm) < 0
    THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'p_defaults needs user_rpm and tenant_rpm (0: no limit)';
    END IF;
    verdict := 'unauthorized';
    tenant_id := 0;
    user_id := 0;
    key_id := 0;
    is_admin := false;
    retry_after_ms := 0;
    limit_rpm := 0;
    remaining_rpm := 0;
    reset_rpm_ms := 0;
    SELECT a.tenant_id, a.user_id, a.id, usr.role = 'admin'
            AND num_nonnulls(a.features, a.models, a.daily_cap_pico) = 0 AS is_admin,
        -- a model that a key may name needs no feature (`api`)
        (coalesce(p_feature = ANY (a.features), true)
                OR p_feature = 'api' AND a.models IS NOT NULL
                    AND p_model IS NOT NULL)
            AND (p_model IS NULL OR slipway.key_may_name(a.models,
                usr.role = 'admin', p_model)) AS may,
        least(coalesce(a.rpm, 0), c_rpm_max) AS key_rpm,
        least(coalesce(usr.rpm, v_user_rpm), c_rpm_max) AS user_rpm,
        least(coalesce(ten.rpm, v_tenant_rpm), c_rpm_max) AS tenant_rpm
    INTO v_who
    FROM slipway.api_keys AS a
    JOIN slipway.users AS usr
        ON usr.tenant_id = a.tenant_id AND usr.id = a.user_id
    JOIN slipway.tenants AS ten ON ten.id = a.tenant_id
    WHERE a.key_hash = CASE WHEN p_key_hash ~ '^[0-9a-f]{64}$'
            THEN decode(p_key_hash, 'hex') END
        AND (a.revoked_at <= v_now) IS NOT TRUE
        AND (a.expires_at <= v_now) IS NOT TRUE
        AND (usr.disabled_at <= v_now) IS NOT TRUE
        AND (ten.disabled_at <= v_now) IS NOT TRUE;
    IF NOT FOUND THEN
        RETURN NEXT;
        RETURN;
    END IF;
    verdict := 'ok';
    tenant_id := v_who.tenant_id;
    user_id := v_who.user_id;
    key_id := v_who.id;
    is_admin := v_who.is_admin;
    v_id := ARRAY[v_who.tenant_id, v_who.user_id, v_who.id];
    v_rpm := ARRAY[v_who.tenant_rpm, v_who.user_rpm, v_who.key_rpm];
    IF NOT v_who.may THEN
        verdict := 'forbidden';
        RETURN NEXT;
        RETURN;
    END IF;

    FOR k IN 1 .. 3 LOOP
        CONTINUE WHEN v_rpm[k] = 0;
        INSERT INTO slipway.rate_limits (tenant_id, scope, scope_id)
        VALUES (v_who.tenant_id, v_scope[k], v_id[k])
        ON CONFLICT DO NOTHING;
    END LOOP;
    FOR k IN 1 .. 3 LOOP
        CONTINUE WHEN v_rpm[k] = 0;
        SELECT l.tat_us
        INTO STRICT r
        FROM slipway.rate_limits AS l
        WHERE l.tenant_id = v_who.tenant_id AND l.scope = v_scope[k]
            AND l.scope_id = v_id[k]
        FOR NO KEY UPDATE;
        v_tat[k] := r.tat_us;
    END LOOP;

    v_now_us := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    FOR k IN 1 .. 3 LOOP
        CONTINUE WHEN v_rpm[k] = 0;
        v_wait := greatest(v_tat[k], v_now_us) - v_now_us
            - (v_rpm[k] - 1) * (60000000 / v_rpm[k]);
        IF v_wait > 0 THEN
            verdict := 'rate_limited';
            retry_after_ms := greatest(retry_after_ms, (v_wait + 999) / 1000);
        END IF;
    END LOOP;
    FOR k IN 1 .. 3 LOOP
        CONTINUE WHEN v_rpm[k] = 0;
        v_step := 60000000 / v_rpm[k];
        IF verdict = 'ok' THEN
            v_tat[k] := greatest(v_tat[k], v_now_us) + v_step;
            UPDATE slipway.rate_limits AS l
            SET tat_us = v_tat[k]
            WHERE l.tenant_id = v_who.tenant_id AND l.scope = v_scope[k]
                AND l.scope_id = v_id[k];
        END IF;
        v_wait := greatest(v_tat[k] - v_now_us, 0);
        v_left := greatest(0, v_rpm[k] - (v_wait + v_step - 1) / v_step);
        CONTINUE WHEN limit_rpm > 0 AND remaining_rpm < v_left;
        limit_rpm := v_rpm[k];
        remaining_rpm := v_left;
        reset_rpm_ms := (v_wait + 999) / 1000;
    END LOOP;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION slipway.key_check(text, jsonb, text, text) IS
    'Authenticate a call that spends nothing and count it per minute.';
