-- Purpose:    the row of a collection, locked until the end of the transaction,
--             so that ingests of one collection take turns.  For the other
--             docs functions.
-- Parameters: p_tenant_id, p_collection name
-- Returns:    its row.
-- Errors:     SW004 not_found: no such collection.
-- Locks:      the row, FOR UPDATE.  Volatile.
CREATE OR REPLACE FUNCTION slipway.docs_lock(
    p_tenant_id bigint,
    p_collection text
)
RETURNS slipway.collections
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_row slipway.collections;
BEGIN
    SELECT c.*
    INTO v_row
    FROM slipway.collections AS c
    WHERE c.tenant_id = p_tenant_id
        AND c.name = p_collection
    FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM slipway.fail('not_found', format(
            'there is no collection "%s"; "slipway ingest" makes one',
            p_collection));
    END IF;
    RETURN v_row;
END;
$$;
COMMENT ON FUNCTION slipway.docs_lock(bigint, text) IS
    'The row of a collection, locked (internal).';
