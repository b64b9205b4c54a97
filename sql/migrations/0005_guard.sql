-- What the guard found in a call and did about it; never any of the text.

CREATE TABLE slipway.llm_guards (
    tenant_id bigint NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    day date NOT NULL,
    phase text NOT NULL,
    kind text NOT NULL,
    action text NOT NULL,
    n integer NOT NULL,
    guard_us bigint NOT NULL,
    CONSTRAINT llm_guards_pkey
        PRIMARY KEY (tenant_id, request_id, phase, kind, action),
    CONSTRAINT llm_guards_phase_check
        CHECK (phase IN ('input', 'passages', 'output')),
    CONSTRAINT llm_guards_kind_check CHECK (length(kind) BETWEEN 1 AND 32),
    CONSTRAINT llm_guards_action_check CHECK (
        action IN ('redact', 'hash', 'block', 'record', 'drop')
    ),
    CONSTRAINT llm_guards_n_check CHECK (n > 0)
);
COMMENT ON TABLE slipway.llm_guards IS
    'What the guard found in a call and did, written with its settlement. No '
    'row: it found nothing. Kept as long as llm_calls.';
COMMENT ON COLUMN slipway.llm_guards.tenant_id IS 'As in llm_calls.';
COMMENT ON COLUMN slipway.llm_guards.request_id IS 'The call.';
COMMENT ON COLUMN slipway.llm_guards.day IS 'As in llm_calls.';
COMMENT ON COLUMN slipway.llm_guards.phase IS
    'input (the question), passages (of documents) or output (the answer).';
COMMENT ON COLUMN slipway.llm_guards.kind IS
    'What it was: email, card, key and so on, pattern, injection, blocklist; '
    'failure: the guard could not tell.';
COMMENT ON COLUMN slipway.llm_guards.action IS
    'redact, hash, block, record (let through) or drop (a passage).';
COMMENT ON COLUMN slipway.llm_guards.n IS 'How many of them.';
COMMENT ON COLUMN slipway.llm_guards.guard_us IS
    'Microseconds that the guard took in this phase of the call, all kinds '
    'together.';

CREATE INDEX llm_guards_day_idx ON slipway.llm_guards (day);
