-- Purpose:    the end of an ingest: count the collection anew, so that a number
--             an operator's own DELETE has spoilt is right again, and note the
--             time.
-- Parameters: p_tenant_id, p_collection
-- Returns:    one row: documents and chunks in it.
-- Errors:     SW004 not_found: no such collection.
-- Locks:      the collection's row.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.docs_finish(
    p_tenant_id bigint,
    p_collection text
)
RETURNS TABLE (ndocuments bigint, nchunks bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_collection slipway.collections :=
        slipway.docs_lock(p_tenant_id, p_collection);
BEGIN
    RETURN QUERY
    WITH counted AS (
        SELECT
            count(DISTINCT d.id) AS ndocuments,
            count(k.id) AS nchunks,
            coalesce(sum(k.length), 0) AS total_length
        FROM slipway.documents AS d
        LEFT JOIN slipway.chunks AS k
            ON k.tenant_id = d.tenant_id
            AND k.document_id = d.id
        WHERE d.tenant_id = p_tenant_id
            AND d.collection_id = v_collection.id
    )
    UPDATE slipway.collections AS c
    SET nchunks = n.nchunks,
        total_length = n.total_length,
        finished_at = now()
    FROM counted AS n
    WHERE c.tenant_id = p_tenant_id
        AND c.id = v_collection.id
    RETURNING n.ndocuments, n.nchunks;
END;
$$;
COMMENT ON FUNCTION slipway.docs_finish(bigint, text) IS
    'The end of an ingest: count the collection anew.';
