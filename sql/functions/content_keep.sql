-- Keep the content of calls that were just settled; settle() calls it.
--
-- p_calls    entries of settle(), those with "content": {"form", "question",
--            "answer", "cut": bool, "days"}
-- p_settled  the request_ids that were settled
--
-- Nothing in here stops a settlement: what has another form is passed over, and
-- so is what was said by a user who was disabled or erased meanwhile.
-- Locks: none but the new rows.  Volatile.
CREATE OR REPLACE FUNCTION slipway.content_keep(
    p_calls jsonb[],
    p_settled text[]
)
RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO slipway.contents (tenant_id, request_id, user_id, form,
        question, answer, cut, expires_at)
    SELECT c.tenant_id, c.request_id, c.user_id, e.j ->> 'form',
        coalesce(e.j ->> 'question', ''), coalesce(e.j ->> 'answer', ''),
        e.j -> 'cut' = 'true',
        now() + make_interval(days => (e.j ->> 'days')::integer)
    FROM (
        SELECT x.j ->> 'request_id' AS request_id, x.j -> 'content' AS j
        FROM unnest(p_calls) AS x (j)
        WHERE x.j ? 'content'
    ) AS e
    JOIN slipway.llm_calls AS c ON c.request_id = e.request_id
    JOIN slipway.users AS usr
        ON usr.tenant_id = c.tenant_id AND usr.id = c.user_id
        AND usr.disabled_at IS NULL
    WHERE e.request_id = ANY (p_settled)
        AND e.j ->> 'form' IN ('hash', 'redacted', 'full')
        AND e.j ->> 'days' ~ '^[1-9]\d{0,3}$'
    ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION slipway.content_keep(jsonb[], text[]) IS
    'Keep the content of calls that were just settled.';
