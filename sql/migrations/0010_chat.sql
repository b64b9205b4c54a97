-- What the chat page needs besides the ledger: what readers say of answers, and
-- answers kept for a moment, to be taken up again after a broken connection.

CREATE TABLE slipway.feedback (
    tenant_id bigint NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    user_id bigint NOT NULL,
    rating smallint NOT NULL,
    comment text NOT NULL DEFAULT '',
    question text,
    answer text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT feedback_pkey PRIMARY KEY (tenant_id, request_id),
    CONSTRAINT feedback_user_id_fkey
        FOREIGN KEY (tenant_id, user_id) REFERENCES slipway.users,
    CONSTRAINT feedback_rating_check CHECK (rating IN (-1, 1)),
    CONSTRAINT feedback_comment_check CHECK (length(comment) <= 2000),
    CONSTRAINT feedback_answer_check
        CHECK ((question IS NULL) = (answer IS NULL))
);
CREATE INDEX feedback_tenant_id_user_id_idx
    ON slipway.feedback (tenant_id, user_id);
CREATE INDEX feedback_created_at_idx ON slipway.feedback (created_at);
COMMENT ON TABLE slipway.feedback IS
    'What readers say of answers: one row for each answer that got a thumb.';
COMMENT ON COLUMN slipway.feedback.tenant_id IS 'Tenant of the user.';
COMMENT ON COLUMN slipway.feedback.request_id IS
    'The call that was answered, as in llm_calls.';
COMMENT ON COLUMN slipway.feedback.user_id IS 'Who asked and judged.';
COMMENT ON COLUMN slipway.feedback.rating IS '1: good, -1: bad.';
COMMENT ON COLUMN slipway.feedback.comment IS 'In the reader''s own words.';
COMMENT ON COLUMN slipway.feedback.question IS
    'The question; only when the reader agreed that it is kept, else NULL.';
COMMENT ON COLUMN slipway.feedback.answer IS
    'The answer; only together with the question.';
COMMENT ON COLUMN slipway.feedback.created_at IS
    'When the reader last said so.';

CREATE TABLE slipway.streams (
    tenant_id bigint NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    user_id bigint NOT NULL,
    body text NOT NULL DEFAULT '',
    ended boolean NOT NULL DEFAULT false,
    stopped boolean NOT NULL DEFAULT false,
    written_at timestamptz NOT NULL DEFAULT now(),
    read_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT streams_pkey PRIMARY KEY (tenant_id, request_id),
    CONSTRAINT streams_user_id_fkey
        FOREIGN KEY (tenant_id, user_id) REFERENCES slipway.users
)
-- Rows live for minutes and grow by appending.
WITH (
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 500
);
CREATE INDEX streams_tenant_id_user_id_idx
    ON slipway.streams (tenant_id, user_id);
CREATE INDEX streams_expires_at_idx ON slipway.streams (expires_at);
COMMENT ON TABLE slipway.streams IS
    'Answers that a client may take up again: kept for minutes, then deleted.';
COMMENT ON COLUMN slipway.streams.tenant_id IS 'Tenant of the user.';
COMMENT ON COLUMN slipway.streams.request_id IS 'The call.';
COMMENT ON COLUMN slipway.streams.user_id IS 'Who asked; nobody else reads it.';
COMMENT ON COLUMN slipway.streams.body IS
    'The server-sent events so far; event ids are offsets into it, bytes.';
COMMENT ON COLUMN slipway.streams.ended IS
    'True: body has its last event and does not grow any more.';
COMMENT ON COLUMN slipway.streams.stopped IS
    'True: the reader pressed Stop; whoever writes it gives up.';
COMMENT ON COLUMN slipway.streams.written_at IS 'When body last grew.';
COMMENT ON COLUMN slipway.streams.read_at IS
    'When a client last asked for it; a call nobody waits for is given up.';
COMMENT ON COLUMN slipway.streams.expires_at IS 'When the row is deleted.';
