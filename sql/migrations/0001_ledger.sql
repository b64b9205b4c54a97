-- The ledger: who may call, what may be spent, what was spent.
--
-- Money is bigint pico-dollars (10^-12 USD); no column holds a float.  The
-- day is part of the key of everything that is counted by day, so nothing is
-- ever reset.  Per-tenant tables carry tenant_id first in their keys.
--
-- The tables that every call writes (daily_spend, rate_limits, reservations,
-- llm_calls, llm_attempts) have no foreign keys: a check of a foreign key locks
-- the row of the user, which is one row for all calls of that user.  Their ids
-- come from a join in the same transaction, users are disabled and never
-- deleted, and the view ledger_check finds an orphan.

CREATE SCHEMA IF NOT EXISTS slipway;
COMMENT ON SCHEMA slipway IS
    'Slipway: tenants, limits, the ledger of AI calls, documents.';

CREATE TABLE IF NOT EXISTS slipway.schema_migrations (
    version text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT schema_migrations_pkey PRIMARY KEY (version)
);
COMMENT ON TABLE slipway.schema_migrations IS
    'Migration files that were applied, each once.';
COMMENT ON COLUMN slipway.schema_migrations.version IS
    'Name of the file without its ending, e.g. 0001_ledger.';
COMMENT ON COLUMN slipway.schema_migrations.sha256 IS
    'SHA-256 of the file when it was applied, in hex.';
COMMENT ON COLUMN slipway.schema_migrations.applied_at IS
    'When it was applied.';

-- ---------------------------------------------------------------- who calls

CREATE TABLE slipway.tenants (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    timezone text NOT NULL DEFAULT 'UTC',
    rpm integer,
    daily_cap_pico bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz,
    CONSTRAINT tenants_pkey PRIMARY KEY (id),
    CONSTRAINT tenants_id_check CHECK (id > 0),
    CONSTRAINT tenants_name_check
        CHECK (name ~ '^[^/[:cntrl:]]{1,128}$'),
    -- An unknown zone would fail every admission of the tenant: refuse it here.
    CONSTRAINT tenants_timezone_check CHECK (
        timestamptz '2000-01-01 00:00+00' AT TIME ZONE timezone IS NOT NULL
    ),
    CONSTRAINT tenants_rpm_check CHECK (rpm BETWEEN 0 AND 1000000),
    CONSTRAINT tenants_daily_cap_pico_check
        CHECK (daily_cap_pico BETWEEN -1 AND 9000000000000000000)
);
CREATE UNIQUE INDEX tenants_name_idx ON slipway.tenants (lower(name));
COMMENT ON TABLE slipway.tenants IS
    'Organisations. Tenant 0 is the whole system and has no row here.';
COMMENT ON COLUMN slipway.tenants.id IS 'Number of the tenant, from 1.';
COMMENT ON COLUMN slipway.tenants.name IS
    'Unique name, whatever its case; without a slash.';
COMMENT ON COLUMN slipway.tenants.timezone IS
    'Where the days of the tenant and of its users begin, e.g. Europe/Berlin.';
COMMENT ON COLUMN slipway.tenants.rpm IS
    'Requests per minute of all users together. NULL: tenant_rpm of the '
    'configuration; 0: no limit.';
COMMENT ON COLUMN slipway.tenants.daily_cap_pico IS
    'Budget of a day in pico-dollars. NULL: tenant_daily_usd of the '
    'configuration; -1: no cap.';
COMMENT ON COLUMN slipway.tenants.created_at IS 'When it was created.';
COMMENT ON COLUMN slipway.tenants.disabled_at IS
    'Since when its keys are refused; NULL: it is in use.';

CREATE TABLE slipway.users (
    tenant_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    role text NOT NULL DEFAULT 'user',
    rpm integer,
    daily_cap_pico bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz,
    CONSTRAINT users_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT users_tenant_id_fkey
        FOREIGN KEY (tenant_id) REFERENCES slipway.tenants (id),
    CONSTRAINT users_name_check CHECK (name ~ '^[^/[:cntrl:]]{1,128}$'),
    CONSTRAINT users_role_check CHECK (role IN ('user', 'admin')),
    CONSTRAINT users_rpm_check CHECK (rpm BETWEEN 0 AND 1000000),
    CONSTRAINT users_daily_cap_pico_check
        CHECK (daily_cap_pico BETWEEN -1 AND 9000000000000000000)
);
CREATE UNIQUE INDEX users_tenant_id_name_idx
    ON slipway.users (tenant_id, lower(name));
COMMENT ON TABLE slipway.users IS
    'People and programs that call. Disabled, never deleted: the ledger '
    'refers to them.';
COMMENT ON COLUMN slipway.users.tenant_id IS 'The tenant it belongs to.';
COMMENT ON COLUMN slipway.users.id IS 'Number of the user, unique over all.';
COMMENT ON COLUMN slipway.users.name IS
    'E-mail address or name, unique in the tenant, whatever its case.';
COMMENT ON COLUMN slipway.users.role IS
    'user, or admin: may name a provider/model and use the admin routes.';
COMMENT ON COLUMN slipway.users.rpm IS
    'Requests per minute. NULL: user_rpm of the configuration; 0: no limit.';
COMMENT ON COLUMN slipway.users.daily_cap_pico IS
    'Budget of a day in pico-dollars. NULL: user_daily_usd of the '
    'configuration; -1: no cap.';
COMMENT ON COLUMN slipway.users.created_at IS 'When it was created.';
COMMENT ON COLUMN slipway.users.disabled_at IS
    'Since when its keys are refused; NULL: it is in use.';

CREATE TABLE slipway.api_keys (
    tenant_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    user_id bigint NOT NULL,
    key_hash bytea NOT NULL,
    prefix text NOT NULL,
    label text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_keys_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT api_keys_user_id_fkey
        FOREIGN KEY (tenant_id, user_id) REFERENCES slipway.users,
    CONSTRAINT api_keys_key_hash_check CHECK (octet_length(key_hash) = 32),
    CONSTRAINT api_keys_prefix_check
        CHECK (prefix ~ '^[^[:cntrl:]]{1,32}$'),
    CONSTRAINT api_keys_label_check
        CHECK (label ~ '^[^[:cntrl:]]{0,128}$')
);
-- A caller is known by the key alone, so this one has no tenant in front.
CREATE UNIQUE INDEX api_keys_key_hash_idx ON slipway.api_keys (key_hash);
CREATE INDEX api_keys_tenant_id_user_id_idx
    ON slipway.api_keys (tenant_id, user_id);
COMMENT ON TABLE slipway.api_keys IS
    'API keys, as hashes: the key itself is shown once and kept nowhere.';
COMMENT ON COLUMN slipway.api_keys.tenant_id IS 'Tenant of its user.';
COMMENT ON COLUMN slipway.api_keys.id IS 'Number of the key, unique over all.';
COMMENT ON COLUMN slipway.api_keys.user_id IS 'Who calls with it.';
COMMENT ON COLUMN slipway.api_keys.key_hash IS 'SHA-256 of the key, 32 bytes.';
COMMENT ON COLUMN slipway.api_keys.prefix IS
    'First characters of the key, to tell keys apart; useless to a thief.';
COMMENT ON COLUMN slipway.api_keys.label IS 'What it is for, in words.';
COMMENT ON COLUMN slipway.api_keys.created_at IS 'When it was made.';
COMMENT ON COLUMN slipway.api_keys.expires_at IS
    'From when it is refused; NULL: never.';
COMMENT ON COLUMN slipway.api_keys.revoked_at IS
    'Since when it is refused by order; NULL: it is in use.';

INSERT INTO slipway.tenants (id, name)
OVERRIDING SYSTEM VALUE
VALUES (1, 'default');
ALTER TABLE slipway.tenants ALTER COLUMN id RESTART WITH 2;

-- --------------------------------------------------------------- the limits

CREATE TABLE slipway.daily_spend (
    tenant_id bigint NOT NULL,
    scope text COLLATE "C" NOT NULL,
    scope_id bigint NOT NULL,
    day date NOT NULL,
    reserved bigint NOT NULL DEFAULT 0,
    settled bigint NOT NULL DEFAULT 0,
    calls bigint NOT NULL DEFAULT 0,
    CONSTRAINT daily_spend_pkey
        PRIMARY KEY (tenant_id, scope, scope_id, day),
    CONSTRAINT daily_spend_scope_check CHECK (
        scope = 'user' AND tenant_id > 0 AND scope_id > 0
        OR scope = 'tenant' AND tenant_id > 0 AND scope_id = tenant_id
        OR scope = 'system' AND tenant_id = 0 AND scope_id = 0
    ),
    CONSTRAINT daily_spend_reserved_check CHECK (reserved >= 0),
    CONSTRAINT daily_spend_settled_check CHECK (settled >= 0),
    CONSTRAINT daily_spend_calls_check CHECK (calls >= 0)
)
-- A row is rewritten by every batch: leave room for it on its own page, so
-- that no index is touched (HOT).
WITH (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE slipway.daily_spend IS
    'What each scope spent in each of its days: the caps are checked here. '
    'The rows of one call are locked in the order scope, tenant_id, '
    'scope_id, day.';
COMMENT ON COLUMN slipway.daily_spend.tenant_id IS
    'The tenant; 0 for the whole system.';
COMMENT ON COLUMN slipway.daily_spend.scope IS 'system, tenant or user.';
COMMENT ON COLUMN slipway.daily_spend.scope_id IS
    'The user, the tenant, or 0 for the system.';
COMMENT ON COLUMN slipway.daily_spend.day IS
    'The day in the time zone of the tenant; in UTC for the system.';
COMMENT ON COLUMN slipway.daily_spend.reserved IS
    'Pico-dollars set aside for calls under way: the sum of their '
    'reservations.';
COMMENT ON COLUMN slipway.daily_spend.settled IS
    'Pico-dollars spent: the sum of cost_pico of its calls.';
COMMENT ON COLUMN slipway.daily_spend.calls IS 'How many calls were settled.';

CREATE TABLE slipway.rate_limits (
    tenant_id bigint NOT NULL,
    scope text COLLATE "C" NOT NULL,
    scope_id bigint NOT NULL,
    tat_us bigint NOT NULL DEFAULT 0,
    CONSTRAINT rate_limits_pkey PRIMARY KEY (tenant_id, scope, scope_id),
    CONSTRAINT rate_limits_scope_check CHECK (scope IN ('tenant', 'user'))
)
WITH (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE slipway.rate_limits IS
    'State of the requests-per-minute limits (GCRA, the leaky bucket as a '
    'meter): one number for each tenant and user that has a limit.';
COMMENT ON COLUMN slipway.rate_limits.tenant_id IS 'The tenant.';
COMMENT ON COLUMN slipway.rate_limits.scope IS 'tenant or user.';
COMMENT ON COLUMN slipway.rate_limits.scope_id IS 'The tenant or the user.';
COMMENT ON COLUMN slipway.rate_limits.tat_us IS
    'Theoretical arrival time: when the bucket will be empty again, in '
    'microseconds since 1970.';

CREATE TABLE slipway.controls (
    feature text COLLATE "C" NOT NULL,
    paused boolean NOT NULL,
    reason text NOT NULL DEFAULT '',
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT controls_pkey PRIMARY KEY (feature)
);
COMMENT ON TABLE slipway.controls IS
    'What the operator paused, on all hosts at once.';
COMMENT ON COLUMN slipway.controls.feature IS 'A feature, or * for all.';
COMMENT ON COLUMN slipway.controls.paused IS 'true: its calls are refused.';
COMMENT ON COLUMN slipway.controls.reason IS 'Why, in words.';
COMMENT ON COLUMN slipway.controls.changed_at IS 'When it was last changed.';

CREATE TABLE slipway.prices (
    provider text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,
    valid_from timestamptz NOT NULL,
    input_pico bigint NOT NULL,
    cache_read_pico bigint NOT NULL,
    cache_write_pico bigint NOT NULL,
    cache_write_1h_pico bigint NOT NULL,
    output_pico bigint NOT NULL,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT prices_pkey PRIMARY KEY (provider, model, valid_from),
    CONSTRAINT prices_name_check CHECK (
        provider ~ '^[^/[:cntrl:]]{1,64}$' AND model ~ '^[^[:cntrl:]]{1,128}$'
    ),
    -- 0.01 USD per token: 10,000 USD per million, far above any list price
    -- and below most prices typed per million.
    CONSTRAINT prices_range_check CHECK (
        input_pico BETWEEN 0 AND 10000000000
        AND cache_read_pico BETWEEN 0 AND 10000000000
        AND cache_write_pico BETWEEN 0 AND 10000000000
        AND cache_write_1h_pico BETWEEN 0 AND 10000000000
        AND output_pico BETWEEN 0 AND 10000000000
    )
);
COMMENT ON TABLE slipway.prices IS
    'List prices in pico-dollars per token (1 USD per million tokens is '
    '1000000). The row with the latest valid_from that has passed counts.';
COMMENT ON COLUMN slipway.prices.provider IS
    'Name of the provider in the configuration, e.g. openai.';
COMMENT ON COLUMN slipway.prices.model IS 'The model as the provider names it.';
COMMENT ON COLUMN slipway.prices.valid_from IS 'From when the price counts.';
COMMENT ON COLUMN slipway.prices.input_pico IS 'Uncached input.';
COMMENT ON COLUMN slipway.prices.cache_read_pico IS
    'Input read from the provider''s cache.';
COMMENT ON COLUMN slipway.prices.cache_write_pico IS
    'Input written to the provider''s cache for 5 minutes.';
COMMENT ON COLUMN slipway.prices.cache_write_1h_pico IS
    'Input written to the provider''s cache for an hour.';
COMMENT ON COLUMN slipway.prices.output_pico IS 'Output, reasoning included.';
COMMENT ON COLUMN slipway.prices.source IS 'Where the price was read.';
COMMENT ON COLUMN slipway.prices.created_at IS 'When the row was written.';

-- --------------------------------------------------------------- the ledger

CREATE TABLE slipway.reservations (
    request_id text COLLATE "C" NOT NULL,
    tenant_id bigint NOT NULL,
    user_id bigint NOT NULL,
    key_id bigint NOT NULL,
    feature text NOT NULL,
    day date NOT NULL,
    system_day date NOT NULL,
    amount_pico bigint NOT NULL,
    granted_output_tokens bigint NOT NULL,
    lease_until timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT reservations_pkey PRIMARY KEY (request_id),
    CONSTRAINT reservations_amount_pico_check CHECK (amount_pico >= 0)
)
-- Rows live for seconds: vacuum by their number, not by a share of the table.
WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX reservations_lease_until_idx
    ON slipway.reservations (lease_until);
COMMENT ON TABLE slipway.reservations IS
    'Money set aside for calls under way, one row each; gone when settled.';
COMMENT ON COLUMN slipway.reservations.request_id IS
    'The call; settlement knows nothing else of it.';
COMMENT ON COLUMN slipway.reservations.tenant_id IS 'Whose call it is.';
COMMENT ON COLUMN slipway.reservations.user_id IS 'Whose call it is.';
COMMENT ON COLUMN slipway.reservations.key_id IS 'The key it came with.';
COMMENT ON COLUMN slipway.reservations.feature IS 'Feature of the call.';
COMMENT ON COLUMN slipway.reservations.day IS
    'The tenant''s day that it is charged to.';
COMMENT ON COLUMN slipway.reservations.system_day IS
    'The day in UTC that the system is charged.';
COMMENT ON COLUMN slipway.reservations.amount_pico IS
    'Pico-dollars set aside: an upper bound of the cost.';
COMMENT ON COLUMN slipway.reservations.granted_output_tokens IS
    'Output tokens that the amount pays for.';
COMMENT ON COLUMN slipway.reservations.lease_until IS
    'When the reaper settles it, if nobody else did.';
COMMENT ON COLUMN slipway.reservations.created_at IS 'When it was admitted.';

CREATE TABLE slipway.llm_calls (
    tenant_id bigint NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    day date NOT NULL,
    system_day date NOT NULL,
    user_id bigint NOT NULL,
    key_id bigint NOT NULL,
    feature text NOT NULL,
    created_at timestamptz NOT NULL,
    settled_at timestamptz NOT NULL DEFAULT now(),
    outcome text NOT NULL,
    basis text NOT NULL,
    error text NOT NULL DEFAULT 'ok',
    cost_pico bigint NOT NULL,
    reserved_pico bigint NOT NULL,
    over_reservation boolean NOT NULL,
    input_tokens bigint NOT NULL,
    cache_read_tokens bigint NOT NULL,
    cache_write_tokens bigint NOT NULL,
    cache_write_1h_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    model_route text NOT NULL,
    prompt_version text NOT NULL,
    trace_id text NOT NULL,
    stream boolean NOT NULL,
    fallback_tier smallint NOT NULL,
    ttft_ms bigint,
    latency_ms bigint NOT NULL,
    CONSTRAINT llm_calls_pkey PRIMARY KEY (tenant_id, request_id, day),
    CONSTRAINT llm_calls_cost_pico_check CHECK (cost_pico >= 0),
    CONSTRAINT llm_calls_outcome_check CHECK (outcome IN (
        'done', 'partial', 'client_gone', 'failed', 'blocked', 'abandoned'
    )),
    CONSTRAINT llm_calls_basis_check CHECK (basis IN (
        'provider_usage', 'estimated', 'partial', 'none', 'pessimistic'
    ))
)
PARTITION BY RANGE (day);
-- A person who asks about a call knows its request id and nothing else.
CREATE INDEX llm_calls_request_id_idx ON slipway.llm_calls (request_id);
COMMENT ON TABLE slipway.llm_calls IS
    'Every governed call, written once when it is settled; never changed. '
    'One partition a day; retention drops whole days.';
COMMENT ON COLUMN slipway.llm_calls.tenant_id IS 'Whose call it was.';
COMMENT ON COLUMN slipway.llm_calls.request_id IS
    'Id of the call, also the incident id that users see.';
COMMENT ON COLUMN slipway.llm_calls.day IS
    'The tenant''s day that it is charged to.';
COMMENT ON COLUMN slipway.llm_calls.system_day IS
    'The day in UTC that the system is charged.';
COMMENT ON COLUMN slipway.llm_calls.user_id IS 'Whose call it was.';
COMMENT ON COLUMN slipway.llm_calls.key_id IS 'The key it came with.';
COMMENT ON COLUMN slipway.llm_calls.feature IS 'Feature of the call.';
COMMENT ON COLUMN slipway.llm_calls.created_at IS 'When it was admitted.';
COMMENT ON COLUMN slipway.llm_calls.settled_at IS 'When it was settled.';
COMMENT ON COLUMN slipway.llm_calls.outcome IS
    'done, partial (broke off after text), client_gone, failed, blocked, or '
    'abandoned (its worker died; the reaper settled it).';
COMMENT ON COLUMN slipway.llm_calls.basis IS
    'Where the cost comes from: provider_usage, estimated, partial, none '
    '(nothing was spent) or pessimistic (the whole reservation).';
COMMENT ON COLUMN slipway.llm_calls.error IS
    'Public code of what went wrong; ok when nothing did.';
COMMENT ON COLUMN slipway.llm_calls.cost_pico IS 'Charged, in pico-dollars.';
COMMENT ON COLUMN slipway.llm_calls.reserved_pico IS
    'What had been set aside, in pico-dollars.';
COMMENT ON COLUMN slipway.llm_calls.over_reservation IS
    'The cost was higher than the reservation: the bound was wrong.';
COMMENT ON COLUMN slipway.llm_calls.input_tokens IS 'Uncached input tokens.';
COMMENT ON COLUMN slipway.llm_calls.cache_read_tokens IS
    'Input tokens read from the provider''s cache.';
COMMENT ON COLUMN slipway.llm_calls.cache_write_tokens IS
    'Input tokens written to the cache for 5 minutes.';
COMMENT ON COLUMN slipway.llm_calls.cache_write_1h_tokens IS
    'Input tokens written to the cache for an hour.';
COMMENT ON COLUMN slipway.llm_calls.output_tokens IS 'Output tokens.';
COMMENT ON COLUMN slipway.llm_calls.reasoning_tokens IS
    'Of the output tokens, those spent on reasoning.';
COMMENT ON COLUMN slipway.llm_calls.model_route IS
    'provider/model that answered; empty when none did.';
COMMENT ON COLUMN slipway.llm_calls.prompt_version IS
    'Which registered prompt was used.';
COMMENT ON COLUMN slipway.llm_calls.trace_id IS 'W3C trace id, 32 hex digits.';
COMMENT ON COLUMN slipway.llm_calls.stream IS 'The client asked for a stream.';
COMMENT ON COLUMN slipway.llm_calls.fallback_tier IS
    'Which entry of the route answered; 0 is the first.';
COMMENT ON COLUMN slipway.llm_calls.ttft_ms IS
    'Milliseconds from acceptance to the first token; NULL: there was none.';
COMMENT ON COLUMN slipway.llm_calls.latency_ms IS
    'Milliseconds from acceptance to the end.';

CREATE TABLE slipway.llm_attempts (
    tenant_id bigint NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    ordinal smallint NOT NULL,
    day date NOT NULL,
    model_route text NOT NULL,
    result text NOT NULL,
    http_status integer NOT NULL,
    ttft_ms bigint,
    latency_ms bigint NOT NULL,
    CONSTRAINT llm_attempts_pkey
        PRIMARY KEY (tenant_id, request_id, ordinal, day)
)
PARTITION BY RANGE (day);
COMMENT ON TABLE slipway.llm_attempts IS
    'Every try at a provider within a call; never changed. Partitioned as '
    'llm_calls.';
COMMENT ON COLUMN slipway.llm_attempts.tenant_id IS 'As in llm_calls.';
COMMENT ON COLUMN slipway.llm_attempts.request_id IS 'The call.';
COMMENT ON COLUMN slipway.llm_attempts.ordinal IS
    'Place in the order of tries, from 1.';
COMMENT ON COLUMN slipway.llm_attempts.day IS 'As in llm_calls.';
COMMENT ON COLUMN slipway.llm_attempts.model_route IS
    'provider/model that was tried.';
COMMENT ON COLUMN slipway.llm_attempts.result IS
    'ok, or the public code of what went wrong.';
COMMENT ON COLUMN slipway.llm_attempts.http_status IS
    'Status of the provider''s answer; 0: there was none.';
COMMENT ON COLUMN slipway.llm_attempts.ttft_ms IS
    'Milliseconds from the start of the try to its first token; NULL: none.';
COMMENT ON COLUMN slipway.llm_attempts.latency_ms IS
    'Milliseconds that the try took.';

-- No call is ever lost for want of a partition.
CREATE TABLE slipway.llm_calls_default
    PARTITION OF slipway.llm_calls DEFAULT;
CREATE TABLE slipway.llm_attempts_default
    PARTITION OF slipway.llm_attempts DEFAULT;
COMMENT ON TABLE slipway.llm_calls_default IS
    'Calls of days that had no partition yet; janitor() moves them.';
COMMENT ON TABLE slipway.llm_attempts_default IS
    'Attempts of days that had no partition yet; janitor() moves them.';

-- Enough days to start with; janitor() keeps them coming.
DO $$
DECLARE
    v_day date;
    v_table text;
BEGIN
    FOR v_day IN
        SELECT (now() AT TIME ZONE 'UTC')::date + g
        FROM generate_series(-2, 14) AS g
    LOOP
        FOREACH v_table IN ARRAY ARRAY['llm_calls', 'llm_attempts']
        LOOP
            EXECUTE format(
                'CREATE TABLE slipway.%I PARTITION OF slipway.%I '
                'FOR VALUES FROM (%L) TO (%L)',
                v_table || to_char(v_day, '_YYYYMMDD'), v_table,
                v_day, v_day + 1);
        END LOOP;
    END LOOP;
END;
$$;

CREATE TABLE slipway.ledger_horizon (
    only_row boolean NOT NULL DEFAULT true,
    kept_from date NOT NULL,
    CONSTRAINT ledger_horizon_pkey PRIMARY KEY (only_row),
    CONSTRAINT ledger_horizon_only_row_check CHECK (only_row)
);
INSERT INTO slipway.ledger_horizon (kept_from)
VALUES ('2000-01-01');
COMMENT ON TABLE slipway.ledger_horizon IS
    'One row: how far back llm_calls reaches. Older sums in daily_spend have '
    'no calls to compare with any more.';
COMMENT ON COLUMN slipway.ledger_horizon.only_row IS 'Always true.';
COMMENT ON COLUMN slipway.ledger_horizon.kept_from IS
    'First day whose calls are kept; janitor() moves it.';

-- Here and not in functions/: the triggers need it before those are applied.
CREATE FUNCTION slipway.refuse_change()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- janitor() moves rows out of the default partition.
    IF current_setting('slipway.janitor', true) = 'on' THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'SW003',
        MESSAGE = format('%s is append-only: %s refused',
            TG_TABLE_NAME, TG_OP),
        DETAIL = 'forbidden',
        HINT = 'Write a new call that corrects the old one; retention drops '
            'whole days with slipway.janitor().';
END;
$$;
COMMENT ON FUNCTION slipway.refuse_change() IS
    'Trigger that keeps llm_calls and llm_attempts append-only (SW003).';

CREATE TRIGGER llm_calls_append_only
    BEFORE UPDATE OR DELETE ON slipway.llm_calls
    FOR EACH ROW EXECUTE FUNCTION slipway.refuse_change();
CREATE TRIGGER llm_attempts_append_only
    BEFORE UPDATE OR DELETE ON slipway.llm_attempts
    FOR EACH ROW EXECUTE FUNCTION slipway.refuse_change();
