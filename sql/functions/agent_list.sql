-- The latest runs of a user that a key may see, the latest first.
--
-- p_tenant_id, p_user_id  the user
-- p_key_hash              SHA-256 of the key, 64 hex digits; see agent_may()
-- p_max                   how many
--
-- Locks: none.
-- Stable.
CREATE OR REPLACE FUNCTION slipway.agent_list(
    p_tenant_id bigint,
    p_user_id bigint,
    p_key_hash text,
    p_max integer
)
RETURNS TABLE (
    run_id text,
    status text,
    feature text,
    question text,
    created_ms bigint
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.run_id, a.status, a.feature, left(a.question, 200),
        floor(extract(epoch FROM a.created_at) * 1000)::bigint
    FROM slipway.agent_runs AS a
    JOIN slipway.api_keys AS k
        ON k.tenant_id = a.tenant_id AND k.user_id = a.user_id
        AND k.key_hash = decode(p_key_hash, 'hex')
    WHERE a.tenant_id = p_tenant_id AND a.user_id = p_user_id
        AND coalesce(a.feature = ANY (k.features), true)
    ORDER BY a.created_at DESC, a.run_id DESC
    LIMIT p_max
$$;
COMMENT ON FUNCTION slipway.agent_list(bigint, bigint, text, integer) IS
    'The latest runs of a user that a key may see, the latest first.';
