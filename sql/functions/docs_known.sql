-- Purpose:    what a collection holds, for an ingest to compare with.
-- Parameters: p_tenant_id, p_collection
-- Returns:    path, and sha256 as docs_put() got it; sha256 is empty when the
--             collection's language has changed since.  No rows for a
--             collection that does not exist.
-- Errors:     none of its own.
-- Locks:      none.  Stable.
CREATE OR REPLACE FUNCTION slipway.docs_known(
    p_tenant_id bigint,
    p_collection text
)
RETURNS TABLE (path text, sha256 text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT
        d.path,
        CASE WHEN d.language = c.language THEN d.sha256 ELSE '' END
    FROM slipway.collections AS c
    JOIN slipway.documents AS d
        ON d.tenant_id = c.tenant_id
        AND d.collection_id = c.id
    WHERE c.tenant_id = p_tenant_id
        AND c.name = p_collection
    ORDER BY d.path COLLATE "C";
$$;
COMMENT ON FUNCTION slipway.docs_known(bigint, text) IS
    'Paths and hashes of what a collection holds.';
