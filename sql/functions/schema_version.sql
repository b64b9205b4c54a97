-- The schema that this database has.
--
-- Returns the name of the last migration applied, e.g. 0001_ledger; the first
-- four digits grow with every change.  NULL: none was recorded.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.schema_version()
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT max(m.version COLLATE "C")
    FROM slipway.schema_migrations AS m;
$$;
COMMENT ON FUNCTION slipway.schema_version() IS
    'Name of the last migration that was applied.';
