-- All that is known of one request, as JSON: the call, its attempts, the price
-- that counted, what it comes to by that price, and what the guards decided.
--
-- p_request_id  req_...
--
-- Returns {"call", "attempts", "price", "cost_by_price_usd", "guard", "content"
-- (null: nothing is kept of it), "pauses"}, money as text in US dollars; NULL
-- when no such call was admitted, or its day was dropped.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.request_story(p_request_id text)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    v_call record;
    v_price slipway.prices;
    v_key record;
    v_guard jsonb;
    v_cost numeric;
    v_tenant_id bigint;
BEGIN
    SELECT c.*
    INTO v_call
    FROM slipway.call_find(p_request_id) AS c;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT a.id, a.prefix, a.label
    INTO v_key
    FROM (
        SELECT c.tenant_id, c.key_id
        FROM slipway.llm_calls AS c
        WHERE c.request_id = p_request_id
        UNION ALL
        SELECT s.tenant_id, s.key_id
        FROM slipway.reservations AS s
        WHERE s.request_id = p_request_id
        LIMIT 1
    ) AS k
    JOIN slipway.api_keys AS a ON a.tenant_id = k.tenant_id AND a.id = k.key_id;
    SELECT p.*
    INTO v_price
    FROM slipway.prices AS p
    WHERE p.provider = split_part(v_call.model_route, '/', 1)
        AND p.model = substr(v_call.model_route,
            strpos(v_call.model_route, '/') + 1)
        AND p.valid_from <= v_call.created_at
    ORDER BY p.valid_from DESC
    LIMIT 1;
    v_cost := (v_call.input_tokens::numeric * v_price.input_pico
        + v_call.cache_read_tokens::numeric * v_price.cache_read_pico
        + v_call.cache_write_tokens::numeric * v_price.cache_write_pico
        + v_call.cache_write_1h_tokens::numeric * v_price.cache_write_1h_pico
        + v_call.output_tokens::numeric * v_price.output_pico) * 1e-12;
    SELECT c.tenant_id
    INTO v_tenant_id
    FROM slipway.llm_calls AS c
    WHERE c.request_id = p_request_id;
    SELECT jsonb_agg(jsonb_build_object('phase', g.phase, 'kind', g.kind,
        'action', g.action, 'n', g.n, 'guard_us', g.guard_us)
        ORDER BY g.phase, g.kind, g.action)
    INTO v_guard
    FROM slipway.llm_guards AS g
    WHERE g.request_id = p_request_id AND g.tenant_id = v_tenant_id;
    RETURN jsonb_build_object(
        'call', to_jsonb(v_call) - 'cost_pico' - 'reserved_pico'
            || jsonb_build_object(
                'cost_usd', (v_call.cost_pico * 1e-12)::text,
                'reserved_usd', (v_call.reserved_pico * 1e-12)::text,
                'key_id', v_key.id, 'key', v_key.prefix,
                'key_label', v_key.label),
        'attempts', coalesce((
            SELECT jsonb_agg(to_jsonb(a) ORDER BY a.ordinal)
            FROM slipway.call_attempts(p_request_id) AS a
        ), '[]'),
        'price', CASE WHEN v_price.provider IS NOT NULL THEN
            jsonb_build_object('valid_from', v_price.valid_from,
                'source', v_price.source,
                'input_usd', (v_price.input_pico * 1e-6)::text,
                'cache_read_usd', (v_price.cache_read_pico * 1e-6)::text,
                'cache_write_usd', (v_price.cache_write_pico * 1e-6)::text,
                'cache_write_1h_usd',
                    (v_price.cache_write_1h_pico * 1e-6)::text,
                'output_usd', (v_price.output_pico * 1e-6)::text) END,
        'cost_by_price_usd', v_cost::text,
        'guard', coalesce(v_guard, '[]'),
        'content', (
            SELECT jsonb_build_object('form', k.form, 'question', k.question,
                'answer', k.answer, 'cut', k.cut, 'expires_at', k.expires_at)
            FROM slipway.contents AS k
            WHERE k.request_id = p_request_id AND k.tenant_id = v_tenant_id
        ),
        'pauses', coalesce((
            SELECT jsonb_agg(jsonb_build_object('at', g.at, 'who', g.who,
                'what', g.what, 'target', g.target, 'after', g.after)
                ORDER BY g.id)
            FROM slipway.audit_log AS g
            WHERE g.what LIKE 'pause %'
                AND g.target IN ('*', v_call.feature)
                AND g.at BETWEEN v_call.created_at - interval '1 h'
                    AND coalesce(v_call.settled_at, now()) + interval '10 min'
        ), '[]'));
END;
$$;
COMMENT ON FUNCTION slipway.request_story(text) IS
    'All that is known of one request, as JSON; for the admin page and replay.';
