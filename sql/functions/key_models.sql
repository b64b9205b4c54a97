-- Which models a key may name.
--
-- p_key_hash   SHA-256 of the API key, 64 hex digits; key_check() let it in
-- p_names      features, and models as provider/model, that there are
-- p_providers  providers whose priced models there are, too
--
-- Returns the names that the scope of the key and the role of its user allow:
-- those of p_names in their order, then priced ones by name; 1000 at most.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.key_models(
    p_key_hash text,
    p_names text[],
    p_providers text[]
)
RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT n.name
    FROM slipway.api_keys AS a
    JOIN slipway.users AS usr
        ON usr.tenant_id = a.tenant_id AND usr.id = a.user_id
    CROSS JOIN (
        SELECT x.name, x.pos
        FROM unnest(p_names) WITH ORDINALITY AS x (name, pos)
        UNION ALL
        SELECT p.provider || '/' || p.model, NULL
        FROM slipway.prices AS p
        WHERE p.provider = ANY (p_providers) AND p.valid_from <= now()
    ) AS n
    WHERE a.key_hash = CASE WHEN p_key_hash ~ '^[0-9a-f]{64}$'
            THEN decode(p_key_hash, 'hex') END
        AND CASE WHEN strpos(n.name, '/') > 0
            THEN slipway.key_may_name(a.models, usr.role = 'admin', n.name)
            ELSE coalesce(n.name = ANY (a.features), true) END
    GROUP BY n.name
    ORDER BY min(n.pos), n.name COLLATE "C"
    LIMIT 1000
$$;
COMMENT ON FUNCTION slipway.key_models(text, text[], text[]) IS
    'The features and models that a key may name.';
