-- Purpose:    find a tenant's collection, or create it; the start of an ingest.
-- Parameters: p_tenant name of the tenant; p_collection; p_language name of a
--             text search configuration ("german", "public.mine"), NULL: leave
--             it (english when new); p_dry_run: check only, write nothing
-- Returns:    one row: tenant_id, and whether the collection was created.
-- Errors:     SW004 not_found: no such tenant; SW002 invalid_request: no such
--             configuration, or a name the table refuses.
-- Locks:      the collection's row.
-- Volatile.
--
-- Another language makes docs_known() report every document as changed, so
-- that the ingest under way indexes them all again.
CREATE OR REPLACE FUNCTION slipway.docs_open(
    p_tenant text,
    p_collection text,
    p_language text,
    p_dry_run boolean
)
RETURNS TABLE (tenant_id bigint, created boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_tenant slipway.tenants := slipway.tenant_find(p_tenant);
    v_language regconfig;
    v_created boolean := false;
BEGIN
    IF p_language IS NOT NULL THEN
        BEGIN
            v_language := p_language::regconfig;
        EXCEPTION
            WHEN undefined_object OR invalid_name OR invalid_schema_name
                OR syntax_error THEN
                PERFORM slipway.fail('invalid_request', format(
                    'there is no text search configuration "%s"; '
                    '\dF in psql shows them', p_language));
        END;
    END IF;
    IF p_collection !~ '^[^/[:cntrl:]]{1,128}$' THEN
        PERFORM slipway.fail('invalid_request',
            'the name of a collection has 1 to 128 characters, no slash and '
            'no control character');
    END IF;
    IF p_dry_run THEN
        RETURN QUERY SELECT v_tenant.id, false;
        RETURN;
    END IF;

    INSERT INTO slipway.collections AS c (tenant_id, name, language)
    VALUES (v_tenant.id, p_collection,
            coalesce(v_language, 'pg_catalog.english'))
    ON CONFLICT ON CONSTRAINT collections_tenant_id_name_key DO NOTHING
    RETURNING true INTO v_created;
    UPDATE slipway.collections AS c
    SET language = v_language
    WHERE c.tenant_id = v_tenant.id
        AND c.name = p_collection
        AND c.language <> v_language;
    RETURN QUERY SELECT v_tenant.id, coalesce(v_created, false);
END;
$$;
COMMENT ON FUNCTION slipway.docs_open(text, text, text, boolean) IS
    'Find a tenant''s collection or create it; the start of an ingest.';
