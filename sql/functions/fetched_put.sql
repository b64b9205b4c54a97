-- Keep a document of an OpenID provider that was read.
--
-- p_url   where
-- p_body  what it says
--
-- Locks: its row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.fetched_put(p_url text, p_body text)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO slipway.fetched AS f (url, body, fetched_at)
    VALUES (p_url, p_body, now())
    ON CONFLICT (url) DO UPDATE
    SET body = EXCLUDED.body, fetched_at = now(), tried_at = now()
$$;
COMMENT ON FUNCTION slipway.fetched_put(text, text) IS
    'Keep a document that was read.';
