-- Who may do what.  Applied last, and again after every migration: each run
-- ends in the same state.
--
--   slipway_app      the workers: calls their functions, reads no table
--   slipway_admin    the admin worker and the command: the functions of the
--                    administrator, the views
--   slipway_finance  a person with psql: reads the views, nothing else
--
-- These are groups that cannot log in.  A site makes its own login roles and
-- puts them in:
--
--   CREATE ROLE slipway_worker LOGIN PASSWORD '...' IN ROLE slipway_app;
--   SELECT slipway.role_limits_apply();

DO $$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY
        ARRAY['slipway_app', 'slipway_admin', 'slipway_finance']
    LOOP
        IF to_regrole(v_role) IS NULL THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN
                    NULL; -- another database of this server was quicker
                WHEN insufficient_privilege THEN
                    RAISE EXCEPTION USING
                        ERRCODE = 'insufficient_privilege',
                        MESSAGE = format('%s may not create the role %s; let '
                            'an administrator of PostgreSQL do it: CREATE '
                            'ROLE %s NOLOGIN', current_user, v_role, v_role);
            END;
        END IF;
    END LOOP;
END;
$$;

REVOKE ALL ON SCHEMA slipway
    FROM PUBLIC, slipway_app, slipway_admin, slipway_finance;
REVOKE ALL ON ALL TABLES IN SCHEMA slipway
    FROM PUBLIC, slipway_app, slipway_admin, slipway_finance;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA slipway
    FROM PUBLIC, slipway_app, slipway_admin, slipway_finance;
REVOKE ALL ON ALL ROUTINES IN SCHEMA slipway
    FROM PUBLIC, slipway_app, slipway_admin, slipway_finance;
GRANT USAGE ON SCHEMA slipway
    TO slipway_app, slipway_admin, slipway_finance;

-- Every view is a report: the views run as their owner, so no right on a table
-- is needed.
DO $$
DECLARE
    v_view text;
BEGIN
    FOR v_view IN
        SELECT c.relname
        FROM pg_class AS c
        WHERE c.relnamespace = 'slipway'::regnamespace AND c.relkind = 'v'
    LOOP
        EXECUTE format(
            'GRANT SELECT ON slipway.%I TO slipway_finance, slipway_admin',
            v_view);
    END LOOP;
END;
$$;

-- By name, so that a new parameter does not have to be written down here, too.
-- A function that is not in the list belongs to its owner alone.
DO $$
DECLARE
    r record;
    v_function regprocedure;
    v_found boolean;
BEGIN
    FOR r IN
        SELECT *
        FROM (VALUES
            ('admit', 'app'),
            ('settle', 'app'),
            ('reap', 'app, admin'),
            ('lease_renew', 'app'),
            ('key_check', 'app, admin'),
            ('key_models', 'app'),
            ('agent_start', 'app'),
            ('agent_claim', 'app'),
            ('agent_run', 'app'),
            ('agent_steps', 'app'),
            ('agent_ask', 'app'),
            ('agent_said', 'app'),
            ('agent_step_set', 'app'),
            ('agent_end', 'app'),
            ('agent_decide', 'app'),
            ('agent_list', 'app'),
            ('agent_may', 'app'),
            ('agent_stop', 'app'),
            ('agent_wanted', 'app'),
            ('idempotency_begin', 'app'),
            ('idempotency_drop', 'app'),
            ('login_begin', 'app'),
            ('login_succeeded', 'app'),
            ('session_open', 'app'),
            ('session_rotate', 'app'),
            ('session_end', 'app'),
            ('password_renew', 'app'),
            ('me', 'app'),
            ('me_key_create', 'app'),
            ('me_revoke', 'app'),
            ('me_password', 'app'),
            ('me_export', 'app'),
            ('me_delete', 'app'),
            ('account_register', 'app'),
            ('attempt_count', 'app'),
            ('signing_key', 'app'),
            ('visitor_open', 'app'),
            ('visitor_take', 'app'),
            ('waitlist_add', 'app'),
            ('mail_token_make', 'app'),
            ('mail_token_use', 'app'),
            ('oidc_begin', 'app'),
            ('oidc_take', 'app'),
            ('oidc_account', 'app'),
            ('fetched_get', 'app'),
            ('fetched_put', 'app'),
            ('password_set', 'admin'),
            ('invite_create', 'admin'),
            ('invite_list', 'admin'),
            ('invite_revoke', 'admin'),
            ('waitlist_list', 'admin'),
            ('waitlist_decide', 'admin'),
            ('people_tidy', 'admin'),
            ('prices_current', 'app, admin'),
            ('schema_version', 'app, admin, finance'),
            ('provider_health', 'app, admin'),
            ('provider_recovered', 'app, admin'),
            ('status_facts', 'app, admin'),
            ('status_record', 'app, admin'),
            ('status_page', 'app, admin'),
            ('incident_open', 'admin'),
            ('alert_run', 'admin'),
            ('alert_take', 'admin'),
            ('alert_done', 'admin'),
            ('alert_list', 'admin'),
            ('incident_update', 'admin'),
            ('incident_list', 'admin'),
            ('docs_search', 'app, admin'),
            ('feedback_put', 'app'),
            ('stream_put', 'app'),
            ('stream_read', 'app'),
            ('stream_stop', 'app'),
            ('streams_expire', 'admin'),
            ('feedback_list', 'admin'),
            ('eval_record', 'admin'),
            ('eval_list', 'admin'),
            ('eval_of', 'admin'),
            ('upstream_state', 'app, admin'),
            ('breaker_fail', 'app'),
            ('breaker_ok', 'app'),
            ('breaker_claim', 'app'),
            ('quota_note', 'app'),
            ('outgoing_take', 'app'),
            ('internal_caller', 'app'),
            ('probe_claim', 'app'),
            ('probe_note', 'app'),
            ('drill_set', 'admin'),
            ('docs_open', 'admin'),
            ('docs_known', 'admin'),
            ('docs_put', 'admin'),
            ('docs_remove', 'admin'),
            ('docs_finish', 'admin'),
            ('janitor', 'admin'),
            ('rollup', 'admin'),
            ('traces_next', 'admin'),
            ('traces_sent', 'admin'),
            ('metrics', 'app, admin'),
            ('report_sql', 'admin'),
            ('request_story', 'admin'),
            ('admin_act', 'admin'),
            ('privacy_export', 'admin'),
            ('privacy_purge', 'admin'),
            ('prompt_register', 'app, admin'),
            ('prompt_pin', 'admin'),
            ('reconcile', 'admin'),
            ('tenant_create', 'admin'),
            ('tenant_list', 'admin'),
            ('tenant_disable', 'admin'),
            ('tenant_timezone_set', 'admin'),
            ('user_create', 'admin'),
            ('user_list', 'admin'),
            ('user_disable', 'admin'),
            ('user_role_set', 'admin'),
            ('key_create', 'admin'),
            ('key_revoke', 'admin'),
            ('key_list', 'admin'),
            ('cap_set', 'admin'),
            ('cap_clear', 'admin'),
            ('pause_set', 'admin'),
            ('pause_list', 'admin'),
            ('usage_of', 'admin'),
            ('preflight_facts', 'admin'),
            ('call_find', 'admin'),
            ('call_attempts', 'admin'),
            ('price_upsert', 'admin')
        ) AS g (name, roles)
    LOOP
        v_found := false;
        FOR v_function IN
            SELECT p.oid
            FROM pg_proc AS p
            WHERE p.pronamespace = 'slipway'::regnamespace
                AND p.proname = r.name
        LOOP
            v_found := true;
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', v_function,
                regexp_replace(r.roles, '(\w+)', 'slipway_\1', 'g'));
        END LOOP;
        IF NOT v_found THEN
            RAISE EXCEPTION 'roles.sql grants slipway.%(), which does not '
                'exist', r.name;
        END IF;
    END LOOP;
END;
$$;

DO $$
BEGIN
    PERFORM slipway.role_limits_apply();
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'the time limits of the roles were not set (%); run SELECT '
        'slipway.role_limits_apply() as a role that may alter them', sqlerrm;
END;
$$;
