-- Purpose:    forget one document.
-- Parameters: p_tenant_id, p_collection, p_path
-- Returns:    false when there was none under that path.
-- Errors:     SW004 not_found: no such collection.
-- Locks:      the collection's row, so ingests of one collection take turns.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.docs_remove(
    p_tenant_id bigint,
    p_collection text,
    p_path text
)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_collection slipway.collections :=
        slipway.docs_lock(p_tenant_id, p_collection);
    v_document_id bigint;
BEGIN
    SELECT d.id
    INTO v_document_id
    FROM slipway.documents AS d
    WHERE d.tenant_id = p_tenant_id
        AND d.collection_id = v_collection.id
        AND d.path = p_path;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM slipway.docs_clear(p_tenant_id, v_collection.id, v_document_id);
    DELETE FROM slipway.documents AS d
    WHERE d.tenant_id = p_tenant_id
        AND d.id = v_document_id;
    RETURN true;
END;
$$;
COMMENT ON FUNCTION slipway.docs_remove(bigint, text, text) IS
    'Forget one document.';
