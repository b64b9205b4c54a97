-- Documents: what docs_put() stores, that the numbers of BM25 are exact after
-- every change, that docs_search() ranks by the formula and keeps tenants
-- apart, and who may call what.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(53);

CREATE FUNCTION pg_temp.hash(p_digit text)
RETURNS text LANGUAGE sql AS $$ SELECT repeat(p_digit, 64) $$;

-- One chunk for each body, all in one section.
CREATE FUNCTION pg_temp.put(
    p_tenant_id bigint, p_collection text, p_path text, p_title text,
    p_section text, p_bodies text[]
)
RETURNS bigint LANGUAGE sql AS $$
    SELECT slipway.docs_put(
        p_tenant_id, p_collection, p_path, p_title, 'https://x/' || p_path,
        pg_temp.hash('a'),
        (SELECT jsonb_agg(jsonb_build_object(
            'section', p_section, 'anchor', 'top', 'body', b.body)
            ORDER BY b.n)
        FROM unnest(p_bodies) WITH ORDINALITY AS b (body, n)))
$$;

CREATE FUNCTION pg_temp.t1() RETURNS bigint LANGUAGE sql AS
    $$ SELECT id FROM slipway.tenants WHERE name = 'docs-one' $$;
CREATE FUNCTION pg_temp.t2() RETURNS bigint LANGUAGE sql AS
    $$ SELECT id FROM slipway.tenants WHERE name = 'docs-other' $$;

-- A search of the first tenant.
CREATE FUNCTION pg_temp.hits(p_query text, p_k integer DEFAULT 50)
RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*)
    FROM slipway.docs_search(pg_temp.t1(), 'docs-b', p_query, p_k)
$$;

-- The stored numbers against a count of the rows; no row when all is right.
CREATE FUNCTION pg_temp.wrong()
RETURNS TABLE (what text) LANGUAGE sql AS $$
    SELECT 'collection ' || c.name
    FROM slipway.collections AS c
    LEFT JOIN LATERAL (
        SELECT count(*) AS n, coalesce(sum(k.length), 0) AS length
        FROM slipway.documents AS d
        JOIN slipway.chunks AS k
            ON k.tenant_id = d.tenant_id AND k.document_id = d.id
        WHERE d.tenant_id = c.tenant_id AND d.collection_id = c.id
    ) AS s ON true
    WHERE (c.nchunks, c.total_length) <> (s.n, s.length)
    UNION ALL
    SELECT 'document ' || d.path
    FROM slipway.documents AS d
    WHERE d.nchunks <> (
        SELECT count(*)
        FROM slipway.chunks AS k
        WHERE k.tenant_id = d.tenant_id AND k.document_id = d.id
    )
    UNION ALL
    SELECT 'chunk ' || k.id
    FROM slipway.chunks AS k
    WHERE k.length <> (
        SELECT coalesce(sum(p.tf), 0)
        FROM slipway.postings AS p
        WHERE p.tenant_id = k.tenant_id AND p.chunk_id = k.id
    )
    UNION ALL
    SELECT 'posting ' || p.lexeme
    FROM slipway.postings AS p
    LEFT JOIN slipway.chunks AS k
        ON k.tenant_id = p.tenant_id AND k.id = p.chunk_id
    LEFT JOIN slipway.documents AS d
        ON d.tenant_id = k.tenant_id AND d.id = k.document_id
    WHERE d.collection_id IS DISTINCT FROM p.collection_id
        OR k.length IS DISTINCT FROM p.len
$$;

-- ------------------------------------------------------- opening a collection
SELECT ok(slipway.tenant_create('docs-one') > 1, 'a tenant');
SELECT ok(slipway.tenant_create('docs-other') > 1, 'and another');
SELECT results_eq(
    $$ SELECT tenant_id, created
        FROM slipway.docs_open('docs-one', 'docs-a', NULL, true) $$,
    $$ VALUES (pg_temp.t1(), false) $$, 'a dry run finds the tenant');
SELECT is_empty(
    $$ SELECT FROM slipway.collections WHERE name = 'docs-a' $$,
    'and creates nothing');
SELECT results_eq(
    $$ SELECT tenant_id, created
        FROM slipway.docs_open('Docs-One', 'docs-a', NULL, false) $$,
    $$ VALUES (pg_temp.t1(), true) $$, 'a collection is created');
SELECT results_eq(
    $$ SELECT tenant_id, created
        FROM slipway.docs_open('docs-one', 'docs-a', NULL, false) $$,
    $$ VALUES (pg_temp.t1(), false) $$, 'and found the next time');
SELECT is(
    (SELECT language FROM slipway.collections WHERE name = 'docs-a'),
    'english'::regconfig, 'its language is english');
SELECT throws_ok(
    $$ SELECT slipway.docs_open('nobody', 'docs-a', NULL, false) $$,
    'SW004', NULL, 'an unknown tenant is refused');
SELECT throws_ok(
    $$ SELECT slipway.docs_open('docs-one', 'docs-a', 'klingon', false) $$,
    'SW002', NULL, 'an unknown language is refused');
SELECT throws_ok(
    $$ SELECT slipway.docs_open('docs-one', 'docs-a', 'a.b.c.d', false) $$,
    'SW002', NULL, 'a language that is no name is refused');
SELECT throws_ok(
    $$ SELECT slipway.docs_open('docs-one', 'a/b', NULL, false) $$,
    'SW002', NULL, 'a slash in a name is refused');
SELECT throws_ok(
    $$ SELECT slipway.docs_open('docs-one', '', NULL, true) $$,
    'SW002', NULL, 'an empty name is refused by a dry run, too');

-- ---------------------------------------------------------- put, replace, go
SELECT throws_ok(
    $$ SELECT pg_temp.put(pg_temp.t1(), 'docs-none', 'p', 't', '', '{x}') $$,
    'SW004', NULL, 'no put into a collection that does not exist');
SELECT lives_ok(
    $$ SELECT pg_temp.put(pg_temp.t1(), 'docs-a', 'fruit.html', 'Fruit',
        'Apples', ARRAY['An apple is red. Apples are round.',
            'A pear is green.']) $$,
    'a document is put');
SELECT results_eq(
    $$ SELECT p.lexeme, p.tf::integer, p.len::integer
        FROM slipway.postings AS p
        JOIN slipway.chunks AS k
            ON k.tenant_id = p.tenant_id AND k.id = p.chunk_id
        WHERE p.tenant_id = pg_temp.t1() AND k.ordinal = 1
        ORDER BY p.lexeme $$,
    $$ VALUES ('appl', 5, 12), ('fruit', 5, 12), ('red', 1, 12),
        ('round', 1, 12) $$,
    'tf: 1 for the body, 3 for the section, 5 for the title');
SELECT is_empty('SELECT * FROM pg_temp.wrong()', 'all numbers are right');
SELECT results_eq(
    $$ SELECT path, sha256 FROM slipway.docs_known(pg_temp.t1(), 'docs-a') $$,
    $$ VALUES ('fruit.html', repeat('a', 64)) $$, 'it is known');
CREATE TEMP TABLE was AS
SELECT id FROM slipway.documents WHERE path = 'fruit.html';
SELECT is(
    pg_temp.put(pg_temp.t1(), 'docs-a', 'fruit.html', 'Fruit', 'Plums',
        ARRAY['A plum is blue.']),
    (SELECT id FROM was), 'replaced, it keeps its id');
SELECT is_empty(
    $$ SELECT FROM slipway.postings
        WHERE tenant_id = pg_temp.t1() AND lexeme IN ('appl', 'pear') $$,
    'the old words are gone');
SELECT is_empty('SELECT * FROM pg_temp.wrong()',
    'all numbers are right after a replacement');
SELECT lives_ok(
    $$ SELECT slipway.docs_put(pg_temp.t1(), 'docs-a', 'empty.txt', 'Empty',
        '', pg_temp.hash('b'), '[]') $$, 'a document without chunks');
SELECT lives_ok(
    $$ SELECT pg_temp.put(pg_temp.t1(), 'docs-a', 'signs.txt', '...', '',
        ARRAY['!!! ???', 'the of and']) $$, 'chunks without words');
SELECT is_empty('SELECT * FROM pg_temp.wrong()',
    'all numbers are right with those');
SELECT throws_ok(
    $$ SELECT slipway.docs_put(pg_temp.t1(), 'docs-a', 'x', 'X', '',
        'no hash', '[]') $$,
    '23514', NULL, 'a hash that is none is refused');
SELECT throws_ok(
    $$ SELECT pg_temp.put(pg_temp.t1(), 'docs-a', 'x', 'X', '',
        ARRAY[repeat('x ', 1300)]) $$,
    '23514', NULL, 'a chunk over the ceiling is refused');
SELECT is(slipway.docs_remove(pg_temp.t1(), 'docs-a', 'signs.txt'), true,
    'removed');
SELECT is(slipway.docs_remove(pg_temp.t1(), 'docs-a', 'signs.txt'), false,
    'and gone the second time');
SELECT throws_ok(
    $$ SELECT slipway.docs_remove(pg_temp.t1(), 'docs-none', 'x') $$,
    'SW004', NULL, 'nothing to remove from no collection');
SELECT is_empty('SELECT * FROM pg_temp.wrong()',
    'all numbers are right after a removal');

-- ------------------------------------------------------------------- language
SELECT lives_ok(
    $$ SELECT slipway.docs_open('docs-one', 'docs-a', 'german', false) $$,
    'another language');
SELECT is_empty(
    $$ SELECT FROM slipway.docs_known(pg_temp.t1(), 'docs-a')
        WHERE sha256 <> '' $$,
    'makes every document count as changed');
SELECT lives_ok(
    $$ SELECT slipway.docs_open('docs-one', 'docs-a', 'english', false) $$,
    'and back');

-- ---------------------------------------------------------------- docs_finish
UPDATE slipway.collections SET nchunks = 99, total_length = 1
WHERE tenant_id = pg_temp.t1() AND name = 'docs-a';
SELECT results_eq(
    $$ SELECT ndocuments, nchunks
        FROM slipway.docs_finish(pg_temp.t1(), 'docs-a') $$,
    $$ VALUES (2::bigint, 1::bigint) $$, 'the end of an ingest counts');
SELECT is_empty('SELECT * FROM pg_temp.wrong()', 'and puts numbers right');

-- --------------------------------------------------------------------- search
DO $$
BEGIN
    PERFORM slipway.docs_open('docs-one', 'docs-b', NULL, false);
    PERFORM slipway.docs_open('docs-other', 'docs-b', NULL, false);
END;
$$;
CREATE TEMP TABLE stored AS
SELECT pg_temp.put(pg_temp.t1(), 'docs-b', format('f%s.html', n),
    'Page ' || n, 'Filler',
    ARRAY['The kettle boils water for everyone.'])
FROM generate_series(1, 8) AS n
UNION ALL
SELECT pg_temp.put(pg_temp.t1(), 'docs-b', 'tea.html', 'Tea', 'How to',
    ARRAY['Steep the leaves, then pour.', 'Black tea keeps for a year.'])
UNION ALL
SELECT pg_temp.put(pg_temp.t1(), 'docs-b', 'milk.html', 'Milk', '',
    ARRAY['Some take milk in their tea.']);

SELECT results_eq(
    $$ SELECT title, chunk, section, url
        FROM slipway.docs_search(pg_temp.t1(), 'docs-b',
            'How long does tea keep?', 1) $$,
    $$ VALUES ('Tea', 2, 'How to', 'https://x/tea.html#top') $$,
    'the best passage, with its link');
-- by hand: N = 11; "tea" is in both chunks of Tea and in Milk
SELECT results_eq(
    $$ SELECT round(s.score::numeric, 6)
        FROM slipway.docs_search(pg_temp.t1(), 'docs-b', 'tea', 9) AS s
        WHERE s.title = 'Milk' $$,
    $$ SELECT round((ln(1 + (11 - 3 + 0.5) / (3 + 0.5))
            * 1 * 2.2 / (1 + 1.2 * (0.6 + 0.4 * k.length / a.avg)))::numeric,
            6)
        FROM slipway.chunks AS k,
            (SELECT avg(c.length) AS avg
            FROM slipway.chunks AS c
            JOIN slipway.documents AS d
                ON d.tenant_id = c.tenant_id AND d.id = c.document_id
            JOIN slipway.collections AS l
                ON l.tenant_id = d.tenant_id AND l.id = d.collection_id
            WHERE l.tenant_id = pg_temp.t1() AND l.name = 'docs-b') AS a
        WHERE k.tenant_id = pg_temp.t1()
            AND k.body = 'Some take milk in their tea.' $$,
    'the score is BM25 to the last digit');
SELECT is(
    pg_temp.hits('tea', 2), 2::bigint,
    
    'not more than were asked for');
SELECT is(
    pg_temp.hits('kettle tea', 50), 3::bigint,
    'a word in over 40 % of the chunks is left out');
SELECT is(
    pg_temp.hits('kettle', 50), 8::bigint,
    'unless there is no other');
SELECT is(
    pg_temp.hits('zeppelin tea', 50), 3::bigint,
    'a word nobody knows does no harm');
SELECT is_empty(
    $$ SELECT
        FROM slipway.docs_search(pg_temp.t1(), 'docs-b', 'zeppelin', 5) $$,
    'no match, no rows');
SELECT is_empty(
    $$ SELECT FROM slipway.docs_search(pg_temp.t1(), 'docs-b', '', 5) $$,
    'an empty question finds nothing');
SELECT is(
    pg_temp.hits(repeat('word:* & | !( '' tea ', 10000)), 3::bigint,
    'a huge question of operators is only words');
SELECT throws_ok(
    $$ SELECT *
        FROM slipway.docs_search(pg_temp.t1(), 'docs-none', 'tea', 5) $$,
    'SW004', NULL, 'no such collection');
SELECT throws_ok(
    $$ SELECT * FROM slipway.docs_search(pg_temp.t2(), 'docs-a', 'tea', 5)
    $$, 'SW004', NULL, 'another tenant does not have it');

-- -------------------------------------------------- tenants and collections
CREATE TEMP TABLE stored_too AS
SELECT pg_temp.put(pg_temp.t2(), 'docs-b', 'secret.html', 'Secret tea', '',
    ARRAY['The secret tea of the other tenant.']);
SELECT is_empty(
    $$ SELECT FROM slipway.docs_search(pg_temp.t1(), '', 'secret', 5) $$,
    'all collections are all of the own tenant');
SELECT results_eq(
    $$ SELECT title FROM slipway.docs_search(pg_temp.t2(), '', 'tea', 5) $$,
    $$ VALUES ('Secret tea') $$, 'and the other finds its own alone');
SELECT results_eq(
    format($$ SELECT title FROM slipway.docs_search(pg_temp.t1(), '%s/docs-b',
        'secret', 5) $$,
        (SELECT name FROM slipway.tenants WHERE id = pg_temp.t2())),
    $$ VALUES ('Secret tea') $$, 'a collection with the name of its tenant');
SELECT results_eq(
    format($$ SELECT title FROM slipway.docs_search(pg_temp.t1(), '%s/',
        'secret', 5) $$,
        (SELECT name FROM slipway.tenants WHERE id = pg_temp.t2())),
    $$ VALUES ('Secret tea') $$, 'all of a tenant');
SELECT throws_ok(
    $$ SELECT * FROM slipway.docs_search(pg_temp.t1(), 'nobody/docs-b', 'tea',
        5) $$, 'SW004', NULL, 'of a tenant that is not there');
SELECT is(
    (SELECT count(DISTINCT title)
    FROM slipway.docs_search(pg_temp.t1(), '', 'plum milk', 5)),
    2::bigint, 'collections of one tenant are searched together');
SELECT is_empty('SELECT * FROM pg_temp.wrong()', 'all numbers are right');

-- ---------------------------------------------------------------------- rights
SELECT results_eq(
    $$ SELECT p.proname::text COLLATE "C", r.role COLLATE "C",
            has_function_privilege('slipway_' || r.role, p.oid, 'EXECUTE')
        FROM pg_proc AS p,
            (VALUES ('admin'), ('app'), ('finance')) AS r (role)
        WHERE p.pronamespace = 'slipway'::regnamespace
            AND p.proname IN ('docs_search', 'docs_put', 'docs_clear')
        ORDER BY 1, 2 $$,
    $$ VALUES
        ('docs_clear' COLLATE "C", 'admin' COLLATE "C", false),
        ('docs_clear', 'app', false), ('docs_clear', 'finance', false),
        ('docs_put', 'admin', true),
        ('docs_put', 'app', false), ('docs_put', 'finance', false),
        ('docs_search', 'admin', true), ('docs_search', 'app', true),
        ('docs_search', 'finance', false) $$,
    'workers search, the administrator writes');

SELECT * FROM finish();
ROLLBACK;
