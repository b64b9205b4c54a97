-- Give the roles their time limits.
--
-- PostgreSQL takes such settings from the role that logs in, not from the
-- groups it is in, so they are set for every member of slipway_app,
-- slipway_admin and slipway_finance.  roles.sql calls it; call it again (or
-- `slipway migrate`) after a login role was added.
--
-- Returns how many settings were made.
-- Errors: 42501 when the caller may not alter a role.
-- Locks: the rows of the roles in pg_db_role_setting.  Volatile.
CREATE OR REPLACE FUNCTION slipway.role_limits_apply()
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_count integer := 0;
    r record;
BEGIN
    FOR r IN
        SELECT m.rolname AS login, s.name, s.value
        FROM pg_roles AS g
        JOIN pg_roles AS m ON m.oid = g.oid OR EXISTS (
            SELECT
            FROM pg_auth_members AS a
            WHERE a.roleid = g.oid AND a.member = m.oid
        )
        JOIN (VALUES
            ('slipway_app', 'statement_timeout', '10s'),
            ('slipway_app', 'lock_timeout', '5s'),
            ('slipway_app', 'idle_in_transaction_session_timeout', '10s'),
            ('slipway_admin', 'statement_timeout', '5min'),
            ('slipway_admin', 'lock_timeout', '5s'),
            ('slipway_admin', 'idle_in_transaction_session_timeout', '1min'),
            -- the reports are many small plans
            ('slipway_admin', 'jit', 'off'),
            -- sums by user and key stay in memory
            ('slipway_admin', 'work_mem', '16MB'),
            ('slipway_admin', 'hash_mem_multiplier', '4'),
            -- the admin page shows times in UTC and says so
            ('slipway_admin', 'timezone', 'UTC'),
            ('slipway_finance', 'jit', 'off'),
            ('slipway_finance', 'work_mem', '16MB'),
            ('slipway_finance', 'hash_mem_multiplier', '4'),
            ('slipway_finance', 'statement_timeout', '5min'),
            ('slipway_finance', 'lock_timeout', '5s'),
            ('slipway_finance', 'idle_in_transaction_session_timeout', '1min'),
            ('slipway_finance', 'default_transaction_read_only', 'on')
        ) AS s (grp, name, value) ON s.grp = g.rolname
        -- Not the owner, who may be in a group to test it, nor a superuser.
        WHERE NOT m.rolsuper AND m.rolname <> current_user
        ORDER BY m.rolname, s.name
    LOOP
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET %I = %L',
            r.login, current_database(), r.name, r.value);
        v_count := v_count + 1;
    END LOOP;
    RETURN v_count;
END;
$$;
COMMENT ON FUNCTION slipway.role_limits_apply() IS
    'Set statement and lock timeouts of every role in the Slipway groups.';
