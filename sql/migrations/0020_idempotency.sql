-- Idempotency-Key: the same request asked again gets the answer that it has,
-- without a second provider call or charge.

CREATE TABLE slipway.idempotency (
    tenant_id bigint NOT NULL,
    user_id bigint NOT NULL,
    idem_key bytea NOT NULL,
    body_hash bytea NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    status integer,
    content_type text,
    body text,
    CONSTRAINT idempotency_pkey PRIMARY KEY (tenant_id, user_id, idem_key),
    CONSTRAINT idempotency_status_check CHECK (status BETWEEN 200 AND 599)
);
CREATE INDEX idempotency_request_id_idx ON slipway.idempotency (request_id);
CREATE INDEX idempotency_created_at_idx ON slipway.idempotency (created_at);
COMMENT ON TABLE slipway.idempotency IS
    'Requests that came with an Idempotency-Key, with their answers, for a '
    'day; janitor() forgets them then. The one table that holds answers.';
COMMENT ON COLUMN slipway.idempotency.tenant_id IS 'Whose request.';
COMMENT ON COLUMN slipway.idempotency.user_id IS 'Whose request.';
COMMENT ON COLUMN slipway.idempotency.idem_key IS 'SHA-256 of the key.';
COMMENT ON COLUMN slipway.idempotency.body_hash IS
    'SHA-256 of path and body.';
COMMENT ON COLUMN slipway.idempotency.request_id IS
    'The call that answers it.';
COMMENT ON COLUMN slipway.idempotency.created_at IS 'When it first came.';
COMMENT ON COLUMN slipway.idempotency.status IS
    'HTTP status of the answer; NULL: there is none, or none was kept.';
COMMENT ON COLUMN slipway.idempotency.content_type IS 'Of the answer.';
COMMENT ON COLUMN slipway.idempotency.body IS 'The answer, byte by byte.';
