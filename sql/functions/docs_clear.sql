-- Purpose:    take the chunks of a document, and their postings, out of the
--             index; the document's row stays.  For docs_put and docs_remove,
--             which hold the lock on the collection.
-- Parameters: p_tenant_id, p_collection_id, p_document_id
-- Returns:    how many chunks there were.
-- Errors:     none of its own.
-- Locks:      the rows it deletes, the collection's row.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.docs_clear(
    p_tenant_id bigint,
    p_collection_id bigint,
    p_document_id bigint
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_nchunks bigint;
    v_length bigint;
BEGIN
    DELETE FROM slipway.postings AS p
    USING slipway.chunks AS c
    WHERE c.tenant_id = p_tenant_id
        AND c.document_id = p_document_id
        AND p.tenant_id = p_tenant_id
        AND p.chunk_id = c.id;
    WITH gone AS (
        DELETE FROM slipway.chunks AS c
        WHERE c.tenant_id = p_tenant_id
            AND c.document_id = p_document_id
        RETURNING c.length
    )
    SELECT count(*), coalesce(sum(g.length), 0)
    INTO v_nchunks, v_length
    FROM gone AS g;
    IF v_nchunks > 0 THEN
        UPDATE slipway.collections AS c
        SET nchunks = c.nchunks - v_nchunks,
            total_length = c.total_length - v_length
        WHERE c.tenant_id = p_tenant_id
            AND c.id = p_collection_id;
    END IF;
    RETURN v_nchunks;
END;
$$;
COMMENT ON FUNCTION slipway.docs_clear(bigint, bigint, bigint) IS
    'Take the chunks of one document out of the index (internal).';
