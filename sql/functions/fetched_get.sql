-- What is kept of a document of an OpenID provider, and whether to read it
-- anew.
--
-- p_url      where it is
-- p_max_age  seconds after which it is to be read again
-- p_wait     seconds between two tries to read it
--
-- Returns one row: body (empty: there is none), is_due (read it now and call
-- fetched_put(); only one caller is told so).
-- Locks: its row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.fetched_get(
    p_url text,
    p_max_age integer,
    p_wait integer
)
RETURNS TABLE (body text, is_due boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO slipway.fetched AS f (url)
    VALUES (p_url)
    ON CONFLICT (url) DO UPDATE
    SET tried_at = now()
    WHERE f.fetched_at <= now() - p_max_age * interval '1 s'
        AND (f.tried_at <= now() - p_wait * interval '1 s' OR f.body = '')
    RETURNING f.body INTO body;
    is_due := FOUND;
    IF NOT is_due THEN
        SELECT f.body
        INTO body
        FROM slipway.fetched AS f
        WHERE f.url = p_url;
    END IF;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION slipway.fetched_get(text, integer, integer) IS
    'What is kept of a document, and whether to read it anew.';
