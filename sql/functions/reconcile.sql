-- Compare what the ledger recorded with a provider's usage export.
--
-- p_provider  name of the provider, the part of model_route before the slash
-- p_rows      array of {"day": "YYYY-MM-DD" (UTC), "model", "calls",
--             "input_tokens", "output_tokens", "cost_usd" or null}, as
--             usage_read() makes it; rows of one day and model are added up
--
-- Returns one row for each day and model that either side knows, within the
-- days of the export: ours, theirs, and whether they differ.  Only calls that
-- reached the provider count; a model is the same when one name begins with the
-- other, because providers report dated versions (gpt-5-mini-2025-08-07).  A
-- provider that does not say what it charged cannot differ in that.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.reconcile(p_provider text, p_rows jsonb)
RETURNS TABLE (
    day date,
    model text,
    our_calls bigint,
    their_calls bigint,
    our_input_tokens bigint,
    their_input_tokens bigint,
    our_output_tokens bigint,
    their_output_tokens bigint,
    our_usd numeric,
    their_usd numeric,
    differs boolean
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    WITH theirs AS (
        SELECT r.day, r.model, sum(r.calls)::bigint AS calls,
            sum(r.input_tokens)::bigint AS input_tokens,
            sum(r.output_tokens)::bigint AS output_tokens,
            sum(r.cost_usd) AS usd
        FROM jsonb_to_recordset(p_rows) AS r (day date, model text,
            calls bigint, input_tokens bigint, output_tokens bigint,
            cost_usd numeric)
        GROUP BY r.day, r.model
    ), days AS (
        SELECT min(t.day) AS first, max(t.day) AS last
        FROM theirs AS t
    ), calls AS (
        SELECT (c.created_at AT TIME ZONE 'UTC')::date AS day,
            substr(c.model_route, length(p_provider) + 2) AS model,
            count(*) AS calls,
            sum(c.input_tokens + c.cache_read_tokens + c.cache_write_tokens
                + c.cache_write_1h_tokens) AS input_tokens,
            sum(c.output_tokens) AS output_tokens,
            sum(c.cost_pico) AS cost_pico
        FROM slipway.llm_calls AS c
        -- a tenant's day is at most one off the day in UTC
        WHERE c.day BETWEEN (SELECT d.first - 1 FROM days AS d)
                AND (SELECT d.last + 1 FROM days AS d)
            AND c.created_at >= (SELECT d.first FROM days AS d)::timestamp
                AT TIME ZONE 'UTC'
            AND c.created_at < (SELECT d.last + 1 FROM days AS d)::timestamp
                AT TIME ZONE 'UTC'
            AND starts_with(c.model_route, p_provider || '/')
            AND c.basis <> 'none'
        GROUP BY 1, 2
    ), ours AS (
        SELECT c.day, coalesce(t.model, c.model) AS model,
            sum(c.calls)::bigint AS calls,
            sum(c.input_tokens)::bigint AS input_tokens,
            sum(c.output_tokens)::bigint AS output_tokens,
            sum(c.cost_pico) / 1000000000000.0 AS usd
        FROM calls AS c
        LEFT JOIN LATERAL (
            SELECT h.model
            FROM theirs AS h
            WHERE h.day = c.day AND (starts_with(h.model, c.model)
                OR starts_with(c.model, h.model))
            ORDER BY h.model = c.model DESC, length(h.model)
            LIMIT 1
        ) AS t ON true
        GROUP BY c.day, coalesce(t.model, c.model)
    ), sides AS (
        SELECT coalesce(o.day, t.day) AS day,
            coalesce(o.model, t.model) AS model,
            coalesce(o.calls, 0) AS our_calls,
            coalesce(t.calls, 0) AS their_calls,
            coalesce(o.input_tokens, 0) AS our_input,
            coalesce(t.input_tokens, 0) AS their_input,
            coalesce(o.output_tokens, 0) AS our_output,
            coalesce(t.output_tokens, 0) AS their_output,
            round(coalesce(o.usd, 0), 6) AS our_usd,
            round(t.usd, 6) AS their_usd
        FROM ours AS o
        FULL JOIN theirs AS t ON t.day = o.day AND t.model = o.model
    )
    SELECT s.*, (s.our_calls, s.our_input, s.our_output)
            <> (s.their_calls, s.their_input, s.their_output)
        OR coalesce(s.our_usd <> s.their_usd, false)
    FROM sides AS s
    ORDER BY s.day, s.model;
$$;
COMMENT ON FUNCTION slipway.reconcile(text, jsonb) IS
    'The ledger beside a provider''s usage export, by UTC day and model.';
