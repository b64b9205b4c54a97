-- Delete what a user and the models said to each other, wherever it is kept.
--
-- p_tenant_id, p_user_id  the user
--
-- Returns {"what": rows} of what was deleted.
-- Locks: the user's rows.  Volatile.
CREATE OR REPLACE FUNCTION slipway.content_erase(
    p_tenant_id bigint,
    p_user_id bigint
)
RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_table text;
    v_rows bigint;
    v_all jsonb := '{}';
BEGIN
    -- a table that this schema does not have yet is passed over
    FOREACH v_table IN ARRAY ARRAY['contents', 'feedback', 'idempotency',
        'streams', 'agent_runs']
    LOOP
        CONTINUE WHEN to_regclass('slipway.' || v_table) IS NULL;
        EXECUTE format('DELETE FROM slipway.%I AS x '
            'WHERE x.tenant_id = $1 AND x.user_id = $2', v_table)
        USING p_tenant_id, p_user_id;
        GET DIAGNOSTICS v_rows = ROW_COUNT;
        v_all := v_all || jsonb_build_object(v_table, v_rows);
    END LOOP;
    RETURN v_all;
END;
$$;
COMMENT ON FUNCTION slipway.content_erase(bigint, bigint) IS
    'Delete what a user and the models said, wherever it is kept.';
