-- Purpose:    find a tenant's collection, or create it; the start of an ingest.
-- Parameters: p_tenant name of the tenant; p_collection; p_language name of a
--             text search configuration ("german", "public.mine"), NULL: leave
--             it (english when new); p_dry_run: check only, write nothing
-- Returns:    one row: tenant_id, and whether the collection was created.
-- Errors:     SW404 not_found: no such tenant; SW400 invalid_request: no such
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
) RETURNS TABLE (tenant_id bigint, created boolean)
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_tenant_id bigint;
    v_language regconfig;
    v_created boolean := false;
BEGIN
    SELECT t.id
    INTO v_tenant_id
    FROM slipway.tenants AS t
    WHERE lower(t.name) = lower(p_tenant);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no tenant "%"', p_tenant
            USING ERRCODE = 'SW404', DETAIL = 'not_found';
    END IF;

    IF p_language IS NOT NULL THEN
        BEGIN
            v_language := p_language::regconfig;
        EXCEPTION
            WHEN undefined_object OR invalid_name OR invalid_schema_name
                OR syntax_error THEN
                RAISE EXCEPTION 'no text search configuration "%"', p_language
                    USING ERRCODE = 'SW400',
                        DETAIL = 'invalid_request',
                        HINT = 'psql: \dF lists them.';
        END;
    END IF;
    IF p_collection !~ '^[^/[:cntrl:]]{1,128}$' THEN
        RAISE EXCEPTION 'a collection''s name has 1 to 128 characters, '
            'no slash and no control character'
            USING ERRCODE = 'SW400', DETAIL = 'invalid_request';
    END IF;
    IF p_dry_run THEN
        RETURN QUERY SELECT v_tenant_id, false;
        RETURN;
    END IF;

    INSERT INTO slipway.collections AS c (tenant_id, name, language)
    VALUES (v_tenant_id, p_collection,
            coalesce(v_language, 'pg_catalog.english'))
    ON CONFLICT ON CONSTRAINT collections_tenant_id_name_key DO NOTHING
    RETURNING true INTO v_created;
    UPDATE slipway.collections AS c
    SET language = v_language
    WHERE c.tenant_id = v_tenant_id
        AND c.name = p_collection
        AND c.language <> v_language;
    RETURN QUERY SELECT v_tenant_id, coalesce(v_created, false);
END
$$;
COMMENT ON FUNCTION slipway.docs_open(text, text, text, boolean) IS
    'Find a tenant''s collection or create it; the start of an ingest.';
