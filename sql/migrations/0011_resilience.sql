-- What the workers tell each other about the providers: circuits that are
-- open, drills, quotas, our own limits towards them, and probes.

CREATE TABLE slipway.breakers (
    model_route text COLLATE "C" NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    opened_at timestamptz,
    open_until timestamptz,
    open_ms bigint NOT NULL DEFAULT 0,
    claimed_until timestamptz,
    reason text NOT NULL DEFAULT '',
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT breakers_pkey PRIMARY KEY (model_route),
    CONSTRAINT breakers_model_route_check
        CHECK (length(model_route) BETWEEN 1 AND 256),
    CONSTRAINT breakers_failures_check CHECK (failures >= 0),
    CONSTRAINT breakers_open_check
        CHECK ((opened_at IS NULL) = (open_until IS NULL))
);
COMMENT ON TABLE slipway.breakers IS
    'Circuit breakers: models that failed lately. A row is written when one '
    'opens or closes, not for each call.';
COMMENT ON COLUMN slipway.breakers.model_route IS 'provider/model.';
COMMENT ON COLUMN slipway.breakers.failures IS
    'Failures in a row, as far as they were reported.';
COMMENT ON COLUMN slipway.breakers.opened_at IS
    'Since when it is not asked; NULL: the circuit is closed.';
COMMENT ON COLUMN slipway.breakers.open_until IS
    'When one request may try it again.';
COMMENT ON COLUMN slipway.breakers.open_ms IS
    'How long it stays open after a failed try; doubles up to 5 minutes.';
COMMENT ON COLUMN slipway.breakers.claimed_until IS
    'One request is trying it; nobody else does before this time.';
COMMENT ON COLUMN slipway.breakers.reason IS
    'Code of the error that opened it.';
COMMENT ON COLUMN slipway.breakers.changed_at IS 'When it was last changed.';

CREATE TABLE slipway.drills (
    provider text COLLATE "C" NOT NULL,
    until timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT drills_pkey PRIMARY KEY (provider),
    CONSTRAINT drills_provider_check CHECK (length(provider) BETWEEN 1 AND 64)
);
COMMENT ON TABLE slipway.drills IS
    'Providers that fail on purpose, to see the fallback work.';
COMMENT ON COLUMN slipway.drills.provider IS 'Its name in the configuration.';
COMMENT ON COLUMN slipway.drills.until IS 'When it is asked again.';
COMMENT ON COLUMN slipway.drills.created_at IS 'When the drill began.';

CREATE TABLE slipway.provider_quotas (
    provider text COLLATE "C" NOT NULL,
    limit_requests bigint,
    remaining_requests bigint,
    reset_requests_at timestamptz,
    limit_tokens bigint,
    remaining_tokens bigint,
    reset_tokens_at timestamptz,
    noted_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT provider_quotas_pkey PRIMARY KEY (provider),
    CONSTRAINT provider_quotas_provider_check
        CHECK (length(provider) BETWEEN 1 AND 64)
);
COMMENT ON TABLE slipway.provider_quotas IS
    'What the providers last said of our limits there, in the headers of '
    'their answers. NULL: they do not say.';
COMMENT ON COLUMN slipway.provider_quotas.provider IS
    'Its name in the configuration.';
COMMENT ON COLUMN slipway.provider_quotas.limit_requests IS
    'Requests that the provider allows in its window.';
COMMENT ON COLUMN slipway.provider_quotas.remaining_requests IS
    'Requests that were left.';
COMMENT ON COLUMN slipway.provider_quotas.reset_requests_at IS
    'When all requests are back.';
COMMENT ON COLUMN slipway.provider_quotas.limit_tokens IS
    'Tokens that the provider allows in its window.';
COMMENT ON COLUMN slipway.provider_quotas.remaining_tokens IS
    'Tokens that were left.';
COMMENT ON COLUMN slipway.provider_quotas.reset_tokens_at IS
    'When all tokens are back.';
COMMENT ON COLUMN slipway.provider_quotas.noted_at IS 'When it said so.';

CREATE TABLE slipway.outgoing_limits (
    name text COLLATE "C" NOT NULL,
    requests_tat_us bigint NOT NULL DEFAULT 0,
    tokens_tat_us bigint NOT NULL DEFAULT 0,
    CONSTRAINT outgoing_limits_pkey PRIMARY KEY (name)
)
WITH (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE slipway.outgoing_limits IS
    'State of our own limits towards providers, and of fallback_rpm (GCRA).';
COMMENT ON COLUMN slipway.outgoing_limits.name IS
    'provider:NAME, or fallback:FEATURE.';
COMMENT ON COLUMN slipway.outgoing_limits.requests_tat_us IS
    'Theoretical arrival time of requests, microseconds since 1970.';
COMMENT ON COLUMN slipway.outgoing_limits.tokens_tat_us IS
    'The same for tokens.';

CREATE TABLE slipway.probes (
    name text COLLATE "C" NOT NULL,
    claimed_until timestamptz NOT NULL DEFAULT '-infinity',
    checked_at timestamptz,
    ok boolean,
    model_route text NOT NULL DEFAULT '',
    latency_ms bigint,
    error text NOT NULL DEFAULT '',
    CONSTRAINT probes_pkey PRIMARY KEY (name)
);
COMMENT ON TABLE slipway.probes IS
    'The last real question that was asked only to see whether an answer '
    'comes; shared by all processes.';
COMMENT ON COLUMN slipway.probes.name IS 'What is probed: a feature.';
COMMENT ON COLUMN slipway.probes.claimed_until IS
    'Some process is asking; nobody else does before this time.';
COMMENT ON COLUMN slipway.probes.checked_at IS
    'When the last one ended; NULL: never.';
COMMENT ON COLUMN slipway.probes.ok IS 'Whether an answer came.';
COMMENT ON COLUMN slipway.probes.model_route IS 'Which model answered.';
COMMENT ON COLUMN slipway.probes.latency_ms IS 'How long it took.';
COMMENT ON COLUMN slipway.probes.error IS 'Code of the error, if any.';
