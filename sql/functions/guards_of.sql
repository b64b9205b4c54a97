-- The rows of llm_guards for a call that is settled; what is odd is left out, for
-- nothing in here may stop a settlement.
--
-- p_tenant_id, p_request_id, p_day  its reservation
-- p_call                           its entry of settle()
--
-- For settle().  A plain statement, so that PostgreSQL puts it into the one that asks.
-- Locks: none.  Immutable.
CREATE OR REPLACE FUNCTION slipway.guards_of(
    p_tenant_id bigint,
    p_request_id text,
    p_day date,
    p_call jsonb
)
RETURNS SETOF slipway.llm_guards
LANGUAGE sql IMMUTABLE
AS $$
    SELECT p_tenant_id, p_request_id, p_day, a.j ->> 'phase', left(a.j ->> 'kind', 32),
        a.j ->> 'action', (a.j ->> 'n')::integer, (a.j ->> 'us')::bigint
    FROM jsonb_array_elements(
        CASE WHEN jsonb_typeof(p_call -> 'guards') = 'array'
            THEN p_call -> 'guards' ELSE '[]' END) AS a (j)
    WHERE a.j ->> 'phase' IN ('input', 'moderation', 'passages', 'output')
        AND a.j ->> 'action' IN ('redact', 'hash', 'block', 'record', 'drop', 'pass')
        AND a.j ->> 'kind' <> '' AND a.j ->> 'n' ~ '^[1-9]\d{0,8}$'
        AND a.j ->> 'us' ~ '^\d{1,16}$'
$$;
COMMENT ON FUNCTION slipway.guards_of(bigint, text, date, jsonb) IS
    'The rows of llm_guards for a call that is settled; for settle().';
