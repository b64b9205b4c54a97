-- Purpose:    the passages that best answer a question in plain words.
-- Parameters: p_tenant_id; p_collection name, '' is all of the tenant's; or
--             TENANT/NAME, a collection of another tenant, TENANT/ all of it:
--             for what the configuration says, never for what a caller sends;
--             p_query the question; p_k how many passages (1 to 100)
-- Returns:    up to p_k rows, best first.  url has the section's anchor.
-- Errors:     SW004 not_found: no such collection.
-- Locks:      none.  Stable.
--
-- Okapi BM25 over the OR of the question's lexemes, each collection with its
-- own numbers:
--
--     score = sum of idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * len / avg))
--     idf   = ln(1 + (N - df + 0.5) / (df + 0.5))
--
-- Left out while there are others: a lexeme in over 40 % of the chunks, which
-- tells little and costs most, and the words by which people ask in English
-- ("how much", "I want to know").  In a large collection the rarest lexemes
-- are read first and reading stops at 100,000 postings, so the time has a
-- bound.
CREATE OR REPLACE FUNCTION slipway.docs_search(
    p_tenant_id bigint,
    p_collection text,
    p_query text,
    p_k integer
)
RETURNS TABLE (
    doc_id bigint,
    chunk integer,
    title text,
    section text,
    url text,
    text text,
    score double precision
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off -- compiling takes longer than running
AS $$
DECLARE
    v_tenant_id bigint := p_tenant_id;
    v_collection text := p_collection;
    c_k1 CONSTANT double precision := 1.2;
    c_b CONSTANT double precision := 0.4;
    c_common CONSTANT double precision := 0.4;
    c_max_chars CONSTANT integer := 4000; -- of the question
    c_max_lexemes CONSTANT integer := 64;
    c_max_postings CONSTANT double precision := 100000;
    c_asking CONSTANT text[] := ARRAY[
        'actual', 'know', 'mine', 'much', 'pleas', 'realli', 'see', 'someth',
        'tell', 'want'
    ];
BEGIN
    IF strpos(p_collection, '/') > 0 THEN
        v_collection := split_part(p_collection, '/', 2);
        v_tenant_id := (
            SELECT t.id
            FROM slipway.tenants AS t
            WHERE t.name = split_part(p_collection, '/', 1)
        );
    END IF;
    IF v_collection <> '' AND NOT EXISTS (
        SELECT
        FROM slipway.collections AS c
        WHERE c.tenant_id = v_tenant_id
            AND c.name = v_collection
    ) THEN
        PERFORM slipway.fail('not_found', format(
            'there is no collection "%s"; "slipway ingest" makes one',
            p_collection));
    END IF;

    RETURN QUERY
    WITH words AS MATERIALIZED (
        SELECT
            c.id AS collection_id,
            c.nchunks::double precision AS n,
            c.total_length / greatest(c.nchunks, 1)::double precision AS avg,
            c.language = 'english'::regconfig AS english,
            w.lexeme
        FROM slipway.collections AS c
        CROSS JOIN LATERAL (
            SELECT u.lexeme
            FROM unnest(
                to_tsvector(c.language, left(p_query, c_max_chars))
            ) AS u
            ORDER BY u.positions[1]
            LIMIT c_max_lexemes
        ) AS w
        WHERE c.tenant_id = v_tenant_id
            AND (v_collection = '' OR c.name = v_collection)
            AND c.nchunks > 0
    ),
    counted AS MATERIALIZED (
        SELECT
            w.*,
            d.df,
            d.df > c_common * w.n
                OR (w.english AND w.lexeme = ANY (c_asking)) AS is_poor
        FROM words AS w
        CROSS JOIN LATERAL (
            SELECT count(*)::double precision AS df
            FROM slipway.postings AS p
            WHERE p.tenant_id = v_tenant_id
                AND p.collection_id = w.collection_id
                AND p.lexeme = w.lexeme
        ) AS d
        WHERE d.df > 0
    ),
    ranked AS (
        SELECT
            c.*,
            bool_and(c.is_poor) OVER w AS all_poor,
            sum(c.df) OVER (w ORDER BY c.df, c.lexeme) AS read_so_far,
            row_number() OVER (w ORDER BY c.df, c.lexeme) AS place
        FROM counted AS c
        WINDOW w AS (PARTITION BY c.collection_id)
    ),
    terms AS MATERIALIZED (
        SELECT
            r.collection_id,
            r.lexeme,
            greatest(r.avg, 1) AS avg,
            ln(1 + greatest(r.n - r.df + 0.5, 0.5) / (r.df + 0.5)) AS idf
        FROM ranked AS r
        WHERE (r.all_poor OR NOT r.is_poor)
            AND (r.place <= 2 OR r.read_so_far <= c_max_postings)
    ),
    best AS (
        SELECT
            p.chunk_id,
            sum(
                t.idf * p.tf * (c_k1 + 1)
                / (p.tf + c_k1 * (1 - c_b + c_b * p.len / t.avg))
            ) AS score
        FROM terms AS t
        CROSS JOIN LATERAL (
            SELECT q.chunk_id, q.tf, q.len
            FROM slipway.postings AS q
            WHERE q.tenant_id = v_tenant_id
                AND q.collection_id = t.collection_id
                AND q.lexeme = t.lexeme
        ) AS p
        GROUP BY p.chunk_id
        ORDER BY 2 DESC, 1
        LIMIT least(greatest(p_k, 1), 100)
    )
    SELECT
        d.id,
        k.ordinal,
        d.title,
        k.section,
        CASE
            WHEN d.url = '' OR k.anchor = '' THEN d.url
            ELSE d.url || '#' || k.anchor
        END,
        k.body,
        b.score
    FROM best AS b
    JOIN slipway.chunks AS k
        ON k.tenant_id = v_tenant_id
        AND k.id = b.chunk_id
    JOIN slipway.documents AS d
        ON d.tenant_id = k.tenant_id
        AND d.id = k.document_id
    ORDER BY b.score DESC, k.id;
END;
$$;
COMMENT ON FUNCTION slipway.docs_search(bigint, text, text, integer) IS
    'The passages that best answer a question: BM25, best first.';
