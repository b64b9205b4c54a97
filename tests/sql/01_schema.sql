-- What holds for every object of the schema.
BEGIN;
SELECT plan(15);

SELECT is(slipway.schema_version(),
    (SELECT max(version) FROM slipway.schema_migrations),
    'schema_version() is the last migration');

SELECT is_empty($$
    SELECT c.relname FROM pg_class AS c
    WHERE c.relnamespace = 'slipway'::regnamespace
        AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
        AND obj_description(c.oid, 'pg_class') IS NULL
$$, 'every table and view has a comment');
SELECT is_empty($$
    SELECT c.relname, a.attname FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'slipway'::regnamespace
        AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
        AND a.attnum > 0 AND NOT a.attisdropped
        AND col_description(c.oid, a.attnum) IS NULL
$$, 'every column has a comment');
SELECT is_empty($$
    SELECT p.oid::regprocedure FROM pg_proc AS p
    WHERE p.pronamespace = 'slipway'::regnamespace
        AND obj_description(p.oid, 'pg_proc') IS NULL
$$, 'every function has a comment');
SELECT is_empty($$
    SELECT p.oid::regprocedure FROM pg_proc AS p
    WHERE p.pronamespace = 'slipway'::regnamespace AND p.prosecdef
        AND coalesce(array_to_string(p.proconfig, ' '), '')
            NOT LIKE '%search_path=pg_catalog, pg_temp%'
$$, 'what runs as its owner has a fixed search_path, no schema of ours');
SELECT is_empty($$
    SELECT p.oid::regprocedure FROM pg_proc AS p
    WHERE p.pronamespace = 'slipway'::regnamespace
        AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl,
            acldefault('f', p.proowner))) AS x WHERE x.grantee = 0)
$$, 'no function is open to PUBLIC');
SELECT is_empty($$
    SELECT c.relname, a.attname FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'slipway'::regnamespace AND c.relkind IN ('r', 'p')
        AND a.attnum > 0 AND NOT a.attisdropped
        AND a.atttypid IN ('real'::regtype, 'double precision'::regtype,
            'money'::regtype)
$$, 'no column of a table is a float');
SELECT is_empty($$
    SELECT c.relname, a.attname FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'slipway'::regnamespace AND c.relkind IN ('r', 'p')
        AND a.attnum > 0 AND a.atttypid IN ('varchar'::regtype,
            'bpchar'::regtype, 'timestamp'::regtype)
$$, 'text and timestamptz, not varchar(n), char(n) or timestamp');
SELECT is_empty($$
    SELECT n.conname FROM pg_constraint AS n
    WHERE n.connamespace = 'slipway'::regnamespace AND n.contype = 'f'
        AND NOT EXISTS (
            SELECT FROM pg_index AS i
            WHERE i.indrelid = n.conrelid
                AND (i.indkey::smallint[])[0:cardinality(n.conkey) - 1]
                    @> n.conkey
        )
$$, 'every foreign key has an index');
SELECT is_empty($$
    SELECT c.relname, i.indexrelid::regclass FROM pg_class AS c
    JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    JOIN pg_attribute AS f ON f.attrelid = c.oid AND f.attnum = i.indkey[0]
    WHERE c.relnamespace = 'slipway'::regnamespace
        AND f.attname <> 'tenant_id' AND c.relname <> 'reservations'
$$, 'tenant_id is first in every primary key of a per-tenant table');
SELECT is((SELECT string_agg(a.attname, ',' ORDER BY k.n)
    FROM pg_index AS i
    CROSS JOIN unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, n)
    JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = 'slipway.daily_spend'::regclass AND i.indisprimary),
    'tenant_id,scope,scope_id,day', 'the primary key of daily_spend');

SELECT throws_ok($$
    INSERT INTO slipway.daily_spend (tenant_id, scope, scope_id, day, reserved)
    VALUES (1, 'user', 1, '2026-01-01', -1)
$$, '23514', NULL, 'a negative reserved sum is refused');
SELECT throws_ok($$
    INSERT INTO slipway.daily_spend (tenant_id, scope, scope_id, day, settled)
    VALUES (1, 'user', 1, '2026-01-01', -1)
$$, '23514', NULL, 'a negative settled sum is refused');
SELECT throws_ok($$
    INSERT INTO slipway.daily_spend (tenant_id, scope, scope_id, day)
    VALUES (1, 'system', 0, '2026-01-01')
$$, '23514', NULL, 'the system is tenant 0');
SELECT throws_ok($$
    UPDATE slipway.tenants SET timezone = 'Mars/Olympus'
$$, '22023', NULL, 'a tenant is in a time zone that exists');

SELECT * FROM finish();
ROLLBACK;
