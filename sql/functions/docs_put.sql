-- Purpose:    index one document, in place of what was known under its path.
-- Parameters: p_tenant_id, p_collection (must exist: docs_open), p_path,
--             p_title, p_url ('' is none), p_sha256 (64 hex digits),
--             p_chunks [{"section": text, "anchor": text, "body": text}, ...]
-- Returns:    the document's id, the same as before when it is replaced.
-- Errors:     SW004 not_found: no such collection.
-- Locks:      the collection's row, so ingests of one collection take turns.
-- Volatile.
--
-- A word's tf is its count in the body, plus 3 for each time it is in the
-- section path and 5 for each time in the title (BM25F with one length).  Who
-- changes the weights must index again: raise DOCS_INDEX_VERSION in
-- src/docs/ingest.c.
CREATE OR REPLACE FUNCTION slipway.docs_put(
    p_tenant_id bigint,
    p_collection text,
    p_path text,
    p_title text,
    p_url text,
    p_sha256 text,
    p_chunks jsonb
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_title_weight CONSTANT integer := 5;
    c_section_weight CONSTANT integer := 3;
    v_collection slipway.collections :=
        slipway.docs_lock(p_tenant_id, p_collection);
    v_document_id bigint;
    v_nchunks bigint;
    v_length bigint;
BEGIN
    INSERT INTO slipway.documents AS d
        (tenant_id, collection_id, path, title, url, sha256, language)
    VALUES (p_tenant_id, v_collection.id, p_path, p_title, p_url, p_sha256,
            v_collection.language)
    ON CONFLICT (tenant_id, collection_id, path) DO UPDATE
    SET title = excluded.title,
        url = excluded.url,
        sha256 = excluded.sha256,
        language = excluded.language,
        indexed_at = now()
    RETURNING d.id INTO v_document_id;
    PERFORM slipway.docs_clear(p_tenant_id, v_collection.id, v_document_id);

    WITH input AS MATERIALIZED (
        SELECT
            a.ordinal::integer AS ordinal,
            a.value ->> 'section' AS section,
            a.value ->> 'anchor' AS anchor,
            a.value ->> 'body' AS body
        FROM jsonb_array_elements(p_chunks) WITH ORDINALITY
            AS a (value, ordinal)
    ),
    fields (ordinal, weight, words) AS (
        SELECT i.ordinal, f.weight, to_tsvector(v_collection.language, f.text)
        FROM input AS i
        CROSS JOIN LATERAL (
            VALUES
                (1, i.body),
                (c_section_weight, i.section),
                (c_title_weight, p_title)
        ) AS f (weight, text)
    ),
    terms AS MATERIALIZED (
        SELECT
            f.ordinal,
            w.lexeme,
            least(sum(f.weight * cardinality(w.positions)), 1000) AS tf
        FROM fields AS f
        CROSS JOIN LATERAL unnest(f.words) AS w
        GROUP BY f.ordinal, w.lexeme
    ),
    lengths AS (
        SELECT t.ordinal, least(sum(t.tf), 32767) AS length
        FROM terms AS t
        GROUP BY t.ordinal
    ),
    stored AS (
        INSERT INTO slipway.chunks AS c
            (tenant_id, document_id, ordinal, length, section, anchor, body)
        SELECT
            p_tenant_id,
            v_document_id,
            i.ordinal,
            coalesce(l.length, 0),
            i.section,
            i.anchor,
            i.body
        FROM input AS i
        LEFT JOIN lengths AS l USING (ordinal)
        ORDER BY i.ordinal
        RETURNING c.id, c.ordinal, c.length
    ),
    indexed AS (
        INSERT INTO slipway.postings
            (tenant_id, collection_id, chunk_id, tf, len, lexeme)
        SELECT p_tenant_id, v_collection.id, s.id, t.tf, s.length, t.lexeme
        FROM terms AS t
        JOIN stored AS s USING (ordinal)
        ORDER BY t.lexeme, s.id
    )
    SELECT count(*), coalesce(sum(s.length), 0)
    INTO v_nchunks, v_length
    FROM stored AS s;

    UPDATE slipway.documents AS d
    SET nchunks = v_nchunks
    WHERE d.tenant_id = p_tenant_id
        AND d.id = v_document_id;
    UPDATE slipway.collections AS c
    SET nchunks = c.nchunks + v_nchunks,
        total_length = c.total_length + v_length
    WHERE c.tenant_id = p_tenant_id
        AND c.id = v_collection.id;
    RETURN v_document_id;
END;
$$;
COMMENT ON FUNCTION
    slipway.docs_put(bigint, text, text, text, text, text, jsonb) IS
    'Index one document in place of what was known under its path.';
