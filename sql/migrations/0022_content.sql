-- What was asked and answered, for features whose settings say so.  By default
-- nothing is kept.

CREATE TABLE slipway.contents (
    tenant_id bigint NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    user_id bigint NOT NULL,
    form text NOT NULL,
    question text NOT NULL,
    answer text NOT NULL,
    cut boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT contents_pkey PRIMARY KEY (tenant_id, request_id),
    CONSTRAINT contents_user_id_fkey
        FOREIGN KEY (tenant_id, user_id) REFERENCES slipway.users,
    CONSTRAINT contents_form_check CHECK (form IN ('hash', 'redacted', 'full'))
);
CREATE INDEX contents_tenant_id_user_id_idx
    ON slipway.contents (tenant_id, user_id);
CREATE INDEX contents_expires_at_idx ON slipway.contents (expires_at);
COMMENT ON TABLE slipway.contents IS
    'Questions and answers of features with content = hash, redacted or full; '
    'janitor() deletes them at expires_at.';
COMMENT ON COLUMN slipway.contents.tenant_id IS 'Tenant of the user.';
COMMENT ON COLUMN slipway.contents.request_id IS 'The call, as in llm_calls.';
COMMENT ON COLUMN slipway.contents.user_id IS 'Who asked.';
COMMENT ON COLUMN slipway.contents.form IS
    'hash: a keyed hash of each text, in hex; redacted: what the guard left of '
    'it; full: as it was.';
COMMENT ON COLUMN slipway.contents.question IS
    'All messages of the request, each behind its role.';
COMMENT ON COLUMN slipway.contents.answer IS
    'What was said, then the tool calls; empty: nothing was.';
COMMENT ON COLUMN slipway.contents.cut IS
    'True: one of them was too long, and a part of it is missing.';
COMMENT ON COLUMN slipway.contents.created_at IS 'When it was written.';
COMMENT ON COLUMN slipway.contents.expires_at IS
    'When it is deleted: content_days of the feature after it was written.';

-- A model of a provider may judge questions, too.
ALTER TABLE slipway.llm_guards
    DROP CONSTRAINT llm_guards_phase_check,
    DROP CONSTRAINT llm_guards_action_check,
    ADD CONSTRAINT llm_guards_phase_check CHECK (
        phase IN ('input', 'moderation', 'passages', 'output')
    ),
    ADD CONSTRAINT llm_guards_action_check CHECK (
        action IN ('redact', 'hash', 'block', 'record', 'drop', 'pass')
    );
COMMENT ON COLUMN slipway.llm_guards.phase IS
    'input (the question), moderation (the question, judged by a model), '
    'passages (of documents) or output (the answer).';
COMMENT ON COLUMN slipway.llm_guards.kind IS
    'What it was: email, card, key and so on, pattern, injection, blocklist; '
    'of a moderation flagged or clean; failure: it could not be told.';
COMMENT ON COLUMN slipway.llm_guards.action IS
    'redact, hash, block, record (let through), drop (a passage) or pass.';

-- Answers for those who ask again can be read by nobody else.
COMMENT ON TABLE slipway.idempotency IS
    'Requests that came with an Idempotency-Key, with their answers, for a '
    'day; janitor() forgets them then.';
COMMENT ON COLUMN slipway.idempotency.body IS
    'The answer, sealed: only the same request with its key opens it.';
