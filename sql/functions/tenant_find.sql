-- The tenant of this name.
--
-- p_tenant  name, whatever its case; NULL or empty: default
--
-- Returns its row.
-- Errors: SW004 not_found.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.tenant_find(p_tenant text)
RETURNS slipway.tenants
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_name text := coalesce(nullif(p_tenant, ''), 'default');
    v_row slipway.tenants;
BEGIN
    SELECT ten.*
    INTO v_row
    FROM slipway.tenants AS ten
    WHERE lower(ten.name) = lower(v_name);
    IF NOT FOUND THEN
        PERFORM slipway.fail('not_found', format(
            'there is no tenant "%s"; "slipway tenant list" shows them',
            v_name));
    END IF;
    RETURN v_row;
END;
$$;
COMMENT ON FUNCTION slipway.tenant_find(text) IS
    'The tenant of this name; SW004 when there is none.';
