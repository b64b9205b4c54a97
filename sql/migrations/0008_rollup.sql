-- What operators look at: sums by hour and day, the trail of changes, prompts
-- by version, and how far traces were sent.
--
-- The rollups hold the calls that were admitted before rollup_state.
-- rolled_until; later ones are read from llm_calls itself, by the views. Both
-- change in one transaction, so a view is complete and counts nothing twice.

-- Calls come in the order of time, so a BRIN index is nearly free to keep and
-- finds the last hours.
CREATE INDEX llm_calls_created_at_idx ON slipway.llm_calls
    USING brin (created_at, settled_at)
    WITH (pages_per_range = 32, autosummarize = on);

ALTER TABLE slipway.llm_calls
    ADD COLUMN parent_span text NOT NULL DEFAULT '';
COMMENT ON COLUMN slipway.llm_calls.parent_span IS
    'Span that the client''s traceparent named, 16 hex digits; empty: none.';

-- ------------------------------------------------------------------ rollups

CREATE TABLE slipway.rollup_state (
    only_row boolean NOT NULL DEFAULT true,
    rolled_until timestamptz NOT NULL,
    CONSTRAINT rollup_state_pkey PRIMARY KEY (only_row),
    CONSTRAINT rollup_state_only_row_check CHECK (only_row)
);
INSERT INTO slipway.rollup_state (rolled_until)
VALUES ('-infinity');
COMMENT ON TABLE slipway.rollup_state IS
    'One row: which calls the rollups hold.';
COMMENT ON COLUMN slipway.rollup_state.only_row IS 'Always true.';
COMMENT ON COLUMN slipway.rollup_state.rolled_until IS
    'Calls admitted before this full hour are in the rollups, all of them.';

CREATE TABLE slipway.rollup_days (
    tenant_id bigint NOT NULL,
    utc_day date NOT NULL,
    day date NOT NULL,
    user_id bigint NOT NULL,
    key_id bigint NOT NULL,
    feature text NOT NULL,
    model_route text NOT NULL,
    outcome text NOT NULL,
    calls bigint NOT NULL,
    cost_pico bigint NOT NULL,
    input_tokens bigint NOT NULL,
    cache_read_tokens bigint NOT NULL,
    cache_write_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    not_exact_calls bigint NOT NULL,
    not_exact_pico bigint NOT NULL,
    fallback_calls bigint NOT NULL,
    over_calls bigint NOT NULL,
    last_call_at timestamptz NOT NULL,
    CONSTRAINT rollup_days_pkey PRIMARY KEY (tenant_id, utc_day, day, user_id,
        key_id, feature, model_route, outcome)
);
CREATE INDEX rollup_days_utc_day_idx ON slipway.rollup_days (utc_day);
CREATE INDEX rollup_days_user_id_idx ON slipway.rollup_days (user_id, utc_day);
COMMENT ON TABLE slipway.rollup_days IS
    'Sums of llm_calls by day and everything that one asks by; kept for ever.';
COMMENT ON COLUMN slipway.rollup_days.tenant_id IS 'Whose calls.';
COMMENT ON COLUMN slipway.rollup_days.utc_day IS
    'Day in UTC in which they were admitted.';
COMMENT ON COLUMN slipway.rollup_days.day IS
    'The tenant''s day that they are charged to.';
COMMENT ON COLUMN slipway.rollup_days.user_id IS 'Whose calls.';
COMMENT ON COLUMN slipway.rollup_days.key_id IS 'The key they came with.';
COMMENT ON COLUMN slipway.rollup_days.feature IS 'Feature of the calls.';
COMMENT ON COLUMN slipway.rollup_days.model_route IS
    'provider/model that answered; empty: none did.';
COMMENT ON COLUMN slipway.rollup_days.outcome IS 'As in llm_calls.';
COMMENT ON COLUMN slipway.rollup_days.calls IS 'How many.';
COMMENT ON COLUMN slipway.rollup_days.cost_pico IS
    'What they cost, in pico-dollars.';
COMMENT ON COLUMN slipway.rollup_days.input_tokens IS 'Uncached input tokens.';
COMMENT ON COLUMN slipway.rollup_days.cache_read_tokens IS
    'Input tokens read from the provider''s cache.';
COMMENT ON COLUMN slipway.rollup_days.cache_write_tokens IS
    'Input tokens written to the provider''s cache.';
COMMENT ON COLUMN slipway.rollup_days.output_tokens IS
    'Output tokens, reasoning included.';
COMMENT ON COLUMN slipway.rollup_days.reasoning_tokens IS
    'Output tokens spent on reasoning.';
COMMENT ON COLUMN slipway.rollup_days.not_exact_calls IS
    'Calls whose cost the provider did not report.';
COMMENT ON COLUMN slipway.rollup_days.not_exact_pico IS
    'Their share of cost_pico.';
COMMENT ON COLUMN slipway.rollup_days.fallback_calls IS
    'Calls that a later entry of the route answered.';
COMMENT ON COLUMN slipway.rollup_days.over_calls IS
    'Calls that cost more than was reserved.';
COMMENT ON COLUMN slipway.rollup_days.last_call_at IS
    'When the last of them was admitted.';

CREATE TABLE slipway.rollup_users (
    tenant_id bigint NOT NULL,
    utc_day date NOT NULL,
    day date NOT NULL,
    user_id bigint NOT NULL,
    key_id bigint NOT NULL,
    feature text NOT NULL,
    calls bigint NOT NULL,
    cost_pico bigint NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    not_exact_calls bigint NOT NULL,
    last_call_at timestamptz NOT NULL,
    CONSTRAINT rollup_users_pkey PRIMARY KEY (tenant_id, utc_day, day, user_id,
        key_id, feature)
);
CREATE INDEX rollup_users_utc_day_idx ON slipway.rollup_users (utc_day);
CREATE INDEX rollup_users_user_id_idx
    ON slipway.rollup_users (user_id, utc_day);
COMMENT ON TABLE slipway.rollup_users IS
    'Sums of llm_calls by day, user and feature, without models: with many '
    'users a fraction of rollup_days; kept for ever.';
COMMENT ON COLUMN slipway.rollup_users.tenant_id IS 'Whose calls.';
COMMENT ON COLUMN slipway.rollup_users.utc_day IS
    'Day in UTC in which they were admitted.';
COMMENT ON COLUMN slipway.rollup_users.day IS
    'The tenant''s day that they are charged to.';
COMMENT ON COLUMN slipway.rollup_users.user_id IS 'Whose calls.';
COMMENT ON COLUMN slipway.rollup_users.key_id IS 'The key they came with.';
COMMENT ON COLUMN slipway.rollup_users.feature IS 'Feature of the calls.';
COMMENT ON COLUMN slipway.rollup_users.calls IS 'How many.';
COMMENT ON COLUMN slipway.rollup_users.cost_pico IS
    'What they cost, in pico-dollars.';
COMMENT ON COLUMN slipway.rollup_users.input_tokens IS
    'Input tokens, cached and uncached.';
COMMENT ON COLUMN slipway.rollup_users.output_tokens IS
    'Output tokens, reasoning included.';
COMMENT ON COLUMN slipway.rollup_users.not_exact_calls IS
    'Calls whose cost the provider did not report.';
COMMENT ON COLUMN slipway.rollup_users.last_call_at IS
    'When the last of them was admitted.';

CREATE TABLE slipway.rollup_hours (
    tenant_id bigint NOT NULL,
    hour timestamptz NOT NULL,
    day date NOT NULL,
    feature text NOT NULL,
    model_route text NOT NULL,
    outcome text NOT NULL,
    error text NOT NULL,
    calls bigint NOT NULL,
    cost_pico bigint NOT NULL,
    input_tokens bigint NOT NULL,
    cache_read_tokens bigint NOT NULL,
    cache_write_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    not_exact_calls bigint NOT NULL,
    not_exact_pico bigint NOT NULL,
    fallback_calls bigint NOT NULL,
    over_calls bigint NOT NULL,
    last_request_id text COLLATE "C" NOT NULL,
    CONSTRAINT rollup_hours_pkey PRIMARY KEY (tenant_id, hour, day, feature,
        model_route, outcome, error)
);
CREATE INDEX rollup_hours_hour_idx ON slipway.rollup_hours (hour);
COMMENT ON TABLE slipway.rollup_hours IS
    'Sums of llm_calls by hour, without users; kept for ever.';
COMMENT ON COLUMN slipway.rollup_hours.tenant_id IS 'Whose calls.';
COMMENT ON COLUMN slipway.rollup_hours.hour IS
    'Beginning of the hour in UTC in which they were admitted.';
COMMENT ON COLUMN slipway.rollup_hours.day IS
    'The tenant''s day that they are charged to.';
COMMENT ON COLUMN slipway.rollup_hours.feature IS 'Feature of the calls.';
COMMENT ON COLUMN slipway.rollup_hours.model_route IS
    'provider/model that answered; empty: none did.';
COMMENT ON COLUMN slipway.rollup_hours.outcome IS 'As in llm_calls.';
COMMENT ON COLUMN slipway.rollup_hours.error IS
    'Public code of what went wrong; ok when nothing did.';
COMMENT ON COLUMN slipway.rollup_hours.calls IS 'How many.';
COMMENT ON COLUMN slipway.rollup_hours.cost_pico IS
    'What they cost, in pico-dollars.';
COMMENT ON COLUMN slipway.rollup_hours.input_tokens IS
    'Uncached input tokens.';
COMMENT ON COLUMN slipway.rollup_hours.cache_read_tokens IS
    'Input tokens read from the provider''s cache.';
COMMENT ON COLUMN slipway.rollup_hours.cache_write_tokens IS
    'Input tokens written to the provider''s cache.';
COMMENT ON COLUMN slipway.rollup_hours.output_tokens IS
    'Output tokens, reasoning included.';
COMMENT ON COLUMN slipway.rollup_hours.reasoning_tokens IS
    'Output tokens spent on reasoning.';
COMMENT ON COLUMN slipway.rollup_hours.not_exact_calls IS
    'Calls whose cost the provider did not report.';
COMMENT ON COLUMN slipway.rollup_hours.not_exact_pico IS
    'Their share of cost_pico.';
COMMENT ON COLUMN slipway.rollup_hours.fallback_calls IS
    'Calls that a later entry of the route answered.';
COMMENT ON COLUMN slipway.rollup_hours.over_calls IS
    'Calls that cost more than was reserved.';
COMMENT ON COLUMN slipway.rollup_hours.last_request_id IS
    'The latest of them, to look it up.';

CREATE TABLE slipway.rollup_latency (
    tenant_id bigint NOT NULL,
    utc_day date NOT NULL,
    day date NOT NULL,
    feature text NOT NULL,
    model_route text NOT NULL,
    what text NOT NULL,
    within_ms bigint NOT NULL,
    calls bigint NOT NULL,
    CONSTRAINT rollup_latency_pkey PRIMARY KEY (tenant_id, utc_day, day,
        feature, model_route, what, within_ms),
    CONSTRAINT rollup_latency_what_check CHECK (what IN ('ttft', 'latency'))
);
CREATE INDEX rollup_latency_utc_day_idx ON slipway.rollup_latency (utc_day);
COMMENT ON TABLE slipway.rollup_latency IS
    'How long calls took, by day, as histograms; kept for ever. Without '
    'calls whose worker died.';
COMMENT ON COLUMN slipway.rollup_latency.tenant_id IS 'Whose calls.';
COMMENT ON COLUMN slipway.rollup_latency.utc_day IS
    'Day in UTC in which they were admitted.';
COMMENT ON COLUMN slipway.rollup_latency.day IS
    'The tenant''s day that they are charged to.';
COMMENT ON COLUMN slipway.rollup_latency.feature IS 'Feature of the calls.';
COMMENT ON COLUMN slipway.rollup_latency.model_route IS
    'provider/model that answered; empty: none did.';
COMMENT ON COLUMN slipway.rollup_latency.what IS
    'ttft (to the first token) or latency (to the end).';
COMMENT ON COLUMN slipway.rollup_latency.within_ms IS
    'Upper end of the bucket in milliseconds, itself included; see the view '
    'call_latency.';
COMMENT ON COLUMN slipway.rollup_latency.calls IS 'How many took that long.';

-- -------------------------------------------------------- the trail of changes

CREATE TABLE slipway.audit_log (
    tenant_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    who text NOT NULL,
    via text NOT NULL,
    what text NOT NULL,
    target text NOT NULL,
    before jsonb,
    after jsonb,
    CONSTRAINT audit_log_pkey PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_log_id_idx ON slipway.audit_log (id);
COMMENT ON TABLE slipway.audit_log IS
    'Who changed what of users, keys, limits, pauses and prompts, by whatever '
    'way; never changed.';
COMMENT ON COLUMN slipway.audit_log.tenant_id IS
    'Whose tenant it is about; 0: the whole system.';
COMMENT ON COLUMN slipway.audit_log.id IS 'In the order of changes.';
COMMENT ON COLUMN slipway.audit_log.at IS 'When.';
COMMENT ON COLUMN slipway.audit_log.who IS
    'The admin who did it, or the program and login name of its user.';
COMMENT ON COLUMN slipway.audit_log.via IS 'The role of the connection.';
COMMENT ON COLUMN slipway.audit_log.what IS
    'What happened: user created, key changed, pause changed, ...';
COMMENT ON COLUMN slipway.audit_log.target IS 'Name of what was changed.';
COMMENT ON COLUMN slipway.audit_log.before IS
    'What the columns that changed held before; NULL: it did not exist.';
COMMENT ON COLUMN slipway.audit_log.after IS
    'What they hold since; NULL: it is gone.';
CREATE TRIGGER audit_log_append_only
    BEFORE UPDATE OR DELETE ON slipway.audit_log
    FOR EACH ROW EXECUTE FUNCTION slipway.refuse_change();

-- Here and not in functions/: the triggers need it before those are applied.
CREATE FUNCTION slipway.audit_change()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- never in the trail: secrets, and what no person changes
    c_left_out CONSTANT text := '(hash|secret|password|token|_used_at|_seen_at)';
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

CREATE TRIGGER tenants_audit
    AFTER INSERT OR UPDATE OR DELETE ON slipway.tenants
    FOR EACH ROW EXECUTE FUNCTION slipway.audit_change('tenant');
CREATE TRIGGER users_audit
    AFTER INSERT OR UPDATE OR DELETE ON slipway.users
    FOR EACH ROW EXECUTE FUNCTION slipway.audit_change('user');
CREATE TRIGGER api_keys_audit
    AFTER INSERT OR UPDATE OR DELETE ON slipway.api_keys
    FOR EACH ROW EXECUTE FUNCTION slipway.audit_change('key');
CREATE TRIGGER controls_audit
    AFTER INSERT OR UPDATE OR DELETE ON slipway.controls
    FOR EACH ROW EXECUTE FUNCTION slipway.audit_change('pause');

-- ------------------------------------------------------------------ prompts

CREATE TABLE slipway.prompts (
    feature text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    body text NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT prompts_pkey PRIMARY KEY (feature, version)
);
COMMENT ON TABLE slipway.prompts IS
    'Every system prompt that a worker was configured with, by feature and '
    'version; never changed.';
COMMENT ON COLUMN slipway.prompts.feature IS 'Name of the feature.';
COMMENT ON COLUMN slipway.prompts.version IS
    'Its version, as in llm_calls.prompt_version.';
COMMENT ON COLUMN slipway.prompts.body IS 'The text.';
COMMENT ON COLUMN slipway.prompts.registered_at IS
    'When a worker first started with it.';

CREATE TABLE slipway.prompt_pins (
    feature text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    pinned_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT prompt_pins_pkey PRIMARY KEY (feature),
    CONSTRAINT prompt_pins_version_fkey
        FOREIGN KEY (feature, version) REFERENCES slipway.prompts
);
CREATE INDEX prompt_pins_version_idx
    ON slipway.prompt_pins (feature, version);
COMMENT ON TABLE slipway.prompt_pins IS
    'Features that use an earlier prompt than the configured one.';
COMMENT ON COLUMN slipway.prompt_pins.feature IS 'Name of the feature.';
COMMENT ON COLUMN slipway.prompt_pins.version IS 'The version it uses.';
COMMENT ON COLUMN slipway.prompt_pins.pinned_at IS 'Since when.';
CREATE TRIGGER prompt_pins_audit
    AFTER INSERT OR UPDATE OR DELETE ON slipway.prompt_pins
    FOR EACH ROW EXECUTE FUNCTION slipway.audit_change('prompt');

-- ------------------------------------------------------------------- traces

CREATE TABLE slipway.trace_state (
    only_row boolean NOT NULL DEFAULT true,
    sent_until timestamptz NOT NULL,
    sent_request_id text COLLATE "C" NOT NULL DEFAULT '',
    CONSTRAINT trace_state_pkey PRIMARY KEY (only_row),
    CONSTRAINT trace_state_only_row_check CHECK (only_row)
);
INSERT INTO slipway.trace_state (sent_until)
VALUES (now());
COMMENT ON TABLE slipway.trace_state IS
    'One row: which settled calls were sent as traces. The ledger itself is '
    'the outbox.';
COMMENT ON COLUMN slipway.trace_state.only_row IS 'Always true.';
COMMENT ON COLUMN slipway.trace_state.sent_until IS
    'settled_at of the last call that the collector took.';
COMMENT ON COLUMN slipway.trace_state.sent_request_id IS
    'Its request id, as several calls are settled at one moment.';
