-- Trigger that writes changes of a row to audit_log, without secrets.
--
-- As the migration made it, and: sessions and visitors are rows of api_keys
-- that come and go by themselves and are left out; and who is erased
-- (account_erase()) is erased from the trail, too.
-- Locks: the rows of the trail of who is erased.
CREATE OR REPLACE FUNCTION slipway.audit_change()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- never in the trail: secrets, and what no person changes
    c_left_out CONSTANT text :=
        '(hash|secret|password|token|_used_at|_seen_at)';
    v_old jsonb := '{}';
    v_new jsonb := '{}';
    v_row jsonb;
    v_before jsonb;
    v_after jsonb;
    v_target text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        v_old := to_jsonb(OLD);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        v_new := to_jsonb(NEW);
    END IF;
    v_row := v_old || v_new;
    IF v_row ->> 'kind' IN ('session', 'visitor') THEN
        RETURN NULL;
    END IF;
    IF TG_TABLE_NAME = 'users' AND v_new ->> 'name' LIKE 'deleted-%'
        AND v_old ->> 'name' <> v_new ->> 'name'
    THEN
        PERFORM set_config('slipway.janitor', 'on', true);
        UPDATE slipway.audit_log AS g
        SET target = v_new ->> 'name' || substr(g.target,
                length(v_old ->> 'name') + 1),
            before = g.before - 'name' - 'label',
            after = g.after - 'name' - 'label'
        WHERE g.tenant_id = (v_row ->> 'tenant_id')::bigint
            AND (g.target = v_old ->> 'name'
                OR starts_with(g.target, v_old ->> 'name' || ' '));
        UPDATE slipway.audit_log AS g
        SET who = v_new ->> 'name'
        FROM slipway.tenants AS ten
        WHERE ten.id = (v_row ->> 'tenant_id')::bigint
            AND g.who = ten.name || '/' || (v_old ->> 'name');
        PERFORM set_config('slipway.janitor', 'off', true);
        v_old := v_old - 'name';
    END IF;
    IF TG_TABLE_NAME = 'api_keys' AND v_new ->> 'prefix' = 'deleted' THEN
        v_old := v_old - 'label';
    END IF;
    SELECT jsonb_object_agg(k.key, v_old -> k.key)
            FILTER (WHERE v_old ? k.key),
        jsonb_object_agg(k.key, v_new -> k.key)
            FILTER (WHERE v_new ? k.key)
    INTO v_before, v_after
    FROM jsonb_object_keys(v_row) AS k (key)
    WHERE k.key !~ c_left_out
        AND v_old -> k.key IS DISTINCT FROM v_new -> k.key;
    IF v_before IS NULL AND v_after IS NULL THEN
        RETURN NULL;
    END IF;
    v_target := coalesce(v_row ->> 'name', v_row ->> 'feature',
        v_row ->> 'prefix', v_row ->> 'id', '');
    IF v_row ? 'user_id' THEN
        v_target := concat_ws(' ', (
            SELECT usr.name
            FROM slipway.users AS usr
            WHERE usr.tenant_id = (v_row ->> 'tenant_id')::bigint
                AND usr.id = (v_row ->> 'user_id')::bigint
        ), v_target);
    END IF;
    INSERT INTO slipway.audit_log (tenant_id, who, via, what, target, before,
        after)
    VALUES (
        CASE WHEN TG_TABLE_NAME = 'tenants' THEN (v_row ->> 'id')::bigint
            ELSE coalesce((v_row ->> 'tenant_id')::bigint, 0) END,
        coalesce(nullif(current_setting('slipway.actor', true), ''),
            nullif(current_setting('application_name'), ''), session_user),
        session_user,
        TG_ARGV[0] || CASE TG_OP WHEN 'INSERT' THEN ' created'
            WHEN 'UPDATE' THEN ' changed' ELSE ' deleted' END,
        v_target, v_before, v_after);
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION slipway.audit_change() IS
    'Trigger that writes changes of a row to audit_log, without secrets.';
