-- Documents: collections of passages and the inverted index that finds them.
--
-- BM25 needs three numbers that a tsvector index cannot give: how many chunks
-- have a word (the rows of postings with it), how many chunks there are and how
-- long they are on average (kept in collections).  All are exact at any time:
-- every function that changes documents changes them in the same transaction.

CREATE TABLE slipway.collections (
    tenant_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    language regconfig NOT NULL DEFAULT 'pg_catalog.english',
    nchunks bigint NOT NULL DEFAULT 0,
    total_length bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CONSTRAINT collections_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT collections_tenant_id_name_key UNIQUE (tenant_id, name),
    CONSTRAINT collections_tenant_id_fkey
        FOREIGN KEY (tenant_id) REFERENCES slipway.tenants (id),
    CONSTRAINT collections_name_check
        CHECK (name ~ '^[^/[:cntrl:]]{1,128}$'),
    CONSTRAINT collections_nchunks_check CHECK (nchunks >= 0),
    CONSTRAINT collections_total_length_check CHECK (total_length >= 0)
);
COMMENT ON TABLE slipway.collections IS
    'Sets of documents that are searched together; a feature names one.';
COMMENT ON COLUMN slipway.collections.tenant_id IS 'Who owns it.';
COMMENT ON COLUMN slipway.collections.id IS
    'Number of the collection, unique over all.';
COMMENT ON COLUMN slipway.collections.name IS 'Unique in the tenant.';
COMMENT ON COLUMN slipway.collections.language IS
    'Text search configuration that makes words of texts and questions.';
COMMENT ON COLUMN slipway.collections.nchunks IS
    'Chunks in it: N of BM25.';
COMMENT ON COLUMN slipway.collections.total_length IS
    'Sum of chunks.length; by nchunks the average length of BM25.';
COMMENT ON COLUMN slipway.collections.created_at IS 'When it was created.';
COMMENT ON COLUMN slipway.collections.finished_at IS
    'When an ingest last came to its end; NULL: never.';

CREATE TABLE slipway.documents (
    tenant_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    collection_id bigint NOT NULL,
    path text NOT NULL,
    title text NOT NULL,
    url text NOT NULL DEFAULT '',
    sha256 text NOT NULL,
    language regconfig NOT NULL,
    nchunks integer NOT NULL DEFAULT 0,
    indexed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT documents_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT documents_tenant_id_collection_id_path_key
        UNIQUE (tenant_id, collection_id, path),
    CONSTRAINT documents_collection_id_fkey
        FOREIGN KEY (tenant_id, collection_id) REFERENCES slipway.collections,
    CONSTRAINT documents_path_check
        CHECK (path <> '' AND octet_length(path) <= 1024),
    CONSTRAINT documents_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT documents_nchunks_check CHECK (nchunks >= 0)
);
COMMENT ON TABLE slipway.documents IS 'Files that were indexed.';
COMMENT ON COLUMN slipway.documents.tenant_id IS 'Tenant of its collection.';
COMMENT ON COLUMN slipway.documents.id IS
    'Number of the document, unique over all; stays when it is replaced.';
COMMENT ON COLUMN slipway.documents.collection_id IS 'Where it belongs.';
COMMENT ON COLUMN slipway.documents.path IS
    'Path below the folder that was ingested; unique in the collection.';
COMMENT ON COLUMN slipway.documents.title IS 'Its title, else its file name.';
COMMENT ON COLUMN slipway.documents.url IS
    'Link to the source, without an anchor; empty: none is known.';
COMMENT ON COLUMN slipway.documents.sha256 IS
    'SHA-256, in hex, of all that the index was made from: bytes of the file, '
    'base URL, version of the reader. The same again: nothing to do.';
COMMENT ON COLUMN slipway.documents.language IS
    'Text search configuration its postings were made with.';
COMMENT ON COLUMN slipway.documents.nchunks IS 'Chunks of it.';
COMMENT ON COLUMN slipway.documents.indexed_at IS 'When it was (re)indexed.';

CREATE TABLE slipway.chunks (
    tenant_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    document_id bigint NOT NULL,
    ordinal integer NOT NULL,
    length integer NOT NULL,
    section text NOT NULL DEFAULT '',
    anchor text NOT NULL DEFAULT '',
    body text NOT NULL,
    CONSTRAINT chunks_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT chunks_tenant_id_document_id_ordinal_key
        UNIQUE (tenant_id, document_id, ordinal),
    CONSTRAINT chunks_document_id_fkey
        FOREIGN KEY (tenant_id, document_id) REFERENCES slipway.documents,
    CONSTRAINT chunks_ordinal_check CHECK (ordinal >= 1),
    CONSTRAINT chunks_length_check CHECK (length >= 0),
    CONSTRAINT chunks_body_check CHECK (octet_length(body) <= 2400)
);
COMMENT ON TABLE slipway.chunks IS
    'Passages: what a search returns and an answer quotes.';
COMMENT ON COLUMN slipway.chunks.tenant_id IS 'Tenant of its document.';
COMMENT ON COLUMN slipway.chunks.id IS 'Number of the chunk, unique over all.';
COMMENT ON COLUMN slipway.chunks.document_id IS 'Where it stands.';
COMMENT ON COLUMN slipway.chunks.ordinal IS 'Place in the document, from 1.';
COMMENT ON COLUMN slipway.chunks.length IS
    'Sum of tf of its postings: the length of BM25.';
COMMENT ON COLUMN slipway.chunks.section IS
    'Headings above it, "Chapter > Section"; empty: the top of the document.';
COMMENT ON COLUMN slipway.chunks.anchor IS
    'Id of the section in the page, without #; empty: none.';
COMMENT ON COLUMN slipway.chunks.body IS
    'The text; code is indented by four spaces.';

-- No foreign keys here: a check for each of a million rows would double the
-- time of an ingest.  Rows come and go with their chunk in docs_put() and
-- docs_remove() only.
CREATE TABLE slipway.postings (
    tenant_id bigint NOT NULL,
    collection_id bigint NOT NULL,
    chunk_id bigint NOT NULL,
    tf smallint NOT NULL,
    len smallint NOT NULL,
    lexeme text NOT NULL,
    -- tf and len ride along, so a search reads the index alone
    CONSTRAINT postings_pkey
        PRIMARY KEY (tenant_id, collection_id, lexeme, chunk_id)
        INCLUDE (tf, len)
);
CREATE INDEX postings_tenant_id_chunk_id_idx
    ON slipway.postings (tenant_id, chunk_id);
COMMENT ON TABLE slipway.postings IS
    'The inverted index: which chunks have which word.';
COMMENT ON COLUMN slipway.postings.tenant_id IS 'Tenant of the chunk.';
COMMENT ON COLUMN slipway.postings.collection_id IS
    'Collection of the chunk.';
COMMENT ON COLUMN slipway.postings.chunk_id IS 'Which chunk.';
COMMENT ON COLUMN slipway.postings.tf IS
    'How often the word is in the chunk; one in the title or section counts '
    'several times, see docs_put().';
COMMENT ON COLUMN slipway.postings.len IS
    'chunks.length, so that a search need not read chunks to rank them.';
COMMENT ON COLUMN slipway.postings.lexeme IS
    'The word, as the text search configuration normalises it.';
