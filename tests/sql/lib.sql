-- Helpers of the pgTAP tests, in schema t.  Loaded once by run.sh.
CREATE EXTENSION pgtap;
CREATE SCHEMA t;

-- The API key of a test user is its name.
CREATE FUNCTION t.hash(p_key text) RETURNS text LANGUAGE sql AS
$$ SELECT encode(sha256(p_key::bytea), 'hex') $$;

-- A user with a key, in a tenant that is made when it is not there.
CREATE FUNCTION t.person(p_name text, p_tenant text DEFAULT 'default',
    p_role text DEFAULT 'user')
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM slipway.tenants WHERE name = p_tenant) THEN
        PERFORM slipway.tenant_create(p_tenant);
    END IF;
    v_id := slipway.user_create(p_tenant, p_name, p_role);
    PERFORM slipway.key_create(p_tenant || '/' || p_name, t.hash(p_name),
        'sk-' || left(p_name, 20));
    RETURN v_id;
END;
$$;

CREATE FUNCTION t.defaults(p_over jsonb DEFAULT '{}') RETURNS jsonb
LANGUAGE sql AS $$
    SELECT '{"user_rpm": 0, "tenant_rpm": 0, "user_daily_pico": -1,
        "tenant_daily_pico": -1, "system_daily_pico": -1}'::jsonb || p_over
$$;

-- One entry for admit(): 100 + 10 x 90 = 1000 pico-dollars.
CREATE FUNCTION t.call(p_key text, p_request text, p_over jsonb DEFAULT '{}')
RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('key_hash', t.hash(p_key),
        'request_id', p_request, 'feature', 'chat', 'needs_admin', false,
        'input_pico', 100, 'output_pico', 10, 'max_output_tokens', 90,
        'min_output_tokens', 10, 'lease_ms', 60000) || p_over
$$;

-- What admit() answers to one call, as JSON.
CREATE FUNCTION t.admit(p_key text, p_request text, p_over jsonb DEFAULT '{}',
    p_defaults jsonb DEFAULT '{}')
RETURNS jsonb LANGUAGE sql AS $$
    SELECT to_jsonb(a)
    FROM slipway.admit(jsonb_build_array(t.call(p_key, p_request, p_over)),
        t.defaults(p_defaults)) AS a
$$;
CREATE FUNCTION t.verdict(p_key text, p_request text,
    p_over jsonb DEFAULT '{}', p_defaults jsonb DEFAULT '{}')
RETURNS text LANGUAGE sql AS $$
    SELECT t.admit(p_key, p_request, p_over, p_defaults) ->> 'verdict'
$$;

-- The verdicts of a batch, in order.
CREATE FUNCTION t.verdicts(p_calls jsonb, p_defaults jsonb DEFAULT '{}')
RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(verdict, ' ' ORDER BY idx)
    FROM slipway.admit(p_calls, t.defaults(p_defaults))
$$;

-- One entry for settle().
CREATE FUNCTION t.entry(p_request text, p_over jsonb DEFAULT '{}')
RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('request_id', p_request, 'outcome', 'done',
        'basis', 'provider_usage', 'error', 'ok', 'cost_pico', 400,
        'input_tokens', 10, 'cache_read_tokens', 2, 'cache_write_tokens', 3,
        'cache_write_1h_tokens', 4, 'output_tokens', 30,
        'reasoning_tokens', 5, 'model_route', 'openai/gpt-5-mini',
        'prompt_version', 'chat-1', 'trace_id', repeat('a', 32),
        'parent_span', repeat('b', 16),
        'stream', true, 'fallback_tier', 0, 'ttft_ms', 120,
        'latency_ms', 900, 'attempts', jsonb_build_array(
            jsonb_build_object('model_route', 'openai/gpt-5-mini',
                'result', 'ok', 'http_status', 200, 'ttft_ms', 100,
                'latency_ms', 800))) || p_over
$$;
CREATE FUNCTION t.settle(p_request text, p_over jsonb DEFAULT '{}')
RETURNS text LANGUAGE sql AS $$
    SELECT result FROM slipway.settle(jsonb_build_array(
        t.entry(p_request, p_over)))
$$;
CREATE FUNCTION t.results(p_calls jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(result, ' ' ORDER BY idx) FROM slipway.settle(p_calls)
$$;

-- A call under way came in that much earlier: also its days, and what is set
-- aside for it in them.
CREATE FUNCTION t.earlier(p_request text, p_by interval) RETURNS void
LANGUAGE sql AS $$
    WITH was AS (
        SELECT s.*, s.created_at - p_by AS at, k.scope, k.scope_tenant,
            k.scope_id, k.of, k.zone
        FROM slipway.reservations AS s
        JOIN slipway.tenants AS ten ON ten.id = s.tenant_id
        CROSS JOIN LATERAL (VALUES
            ('system', 0::bigint, 0::bigint, s.system_day, 'UTC'),
            ('tenant', s.tenant_id, s.tenant_id, s.day, ten.timezone),
            ('user', s.tenant_id, s.user_id, s.day, ten.timezone)
        ) AS k (scope, scope_tenant, scope_id, of, zone)
        WHERE s.request_id = p_request AND NOT s.key_capped
    ), taken AS (
        UPDATE slipway.daily_spend AS d
        SET reserved = d.reserved - w.amount_pico
        FROM was AS w
        WHERE d.tenant_id = w.scope_tenant AND d.scope = w.scope
            AND d.scope_id = w.scope_id AND d.day = w.of
            AND d.day <> (w.at AT TIME ZONE w.zone)::date
    ), put AS (
        INSERT INTO slipway.daily_spend AS d (tenant_id, scope, scope_id, day,
            reserved)
        SELECT w.scope_tenant, w.scope, w.scope_id,
            (w.at AT TIME ZONE w.zone)::date, w.amount_pico
        FROM was AS w
        WHERE w.of <> (w.at AT TIME ZONE w.zone)::date
        ON CONFLICT ON CONSTRAINT daily_spend_pkey DO UPDATE
        SET reserved = d.reserved + excluded.reserved
    )
    UPDATE slipway.reservations AS s
    SET created_at = w.at, day = (w.at AT TIME ZONE w.zone)::date,
        system_day = (w.at AT TIME ZONE 'UTC')::date
    FROM was AS w
    WHERE s.request_id = w.request_id AND w.scope = 'user'
$$;

-- "reserved settled calls" of a scope, over all its days: a test that runs
-- across midnight must not fail.
CREATE FUNCTION t.sums(p_scope text, p_id bigint) RETURNS text
LANGUAGE sql AS $$
    SELECT concat_ws(' ', sum(reserved), sum(settled), sum(calls))
    FROM slipway.daily_spend
    WHERE scope = p_scope AND scope_id = p_id
$$;
CREATE FUNCTION t.faults() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM slipway.ledger_check
$$;
