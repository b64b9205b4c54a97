-- Runs of agents: what was asked, what a model and its tools said step by step,
-- and what a person has to confirm.  A run lives here and not in a process, so
-- that any worker can go on with it.

CREATE TABLE slipway.agent_runs (
    tenant_id bigint NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    user_id bigint NOT NULL,
    client_key text COLLATE "C",
    feature text NOT NULL,
    question text NOT NULL,
    status text NOT NULL DEFAULT 'running',
    answer text,
    error text,
    detail text NOT NULL DEFAULT '',
    stopping boolean NOT NULL DEFAULT false,
    owner text COLLATE "C",
    lease_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT agent_runs_pkey PRIMARY KEY (tenant_id, run_id),
    CONSTRAINT agent_runs_client_key_key
        UNIQUE (tenant_id, user_id, client_key),
    CONSTRAINT agent_runs_user_id_fkey
        FOREIGN KEY (tenant_id, user_id) REFERENCES slipway.users,
    CONSTRAINT agent_runs_status_check CHECK (
        status IN ('running', 'needs_confirmation', 'done', 'failed',
            'stopped')),
    CONSTRAINT agent_runs_answer_check
        CHECK ((status = 'done') = (answer IS NOT NULL)),
    CONSTRAINT agent_runs_error_check
        CHECK (status <> 'failed' OR error IS NOT NULL),
    CONSTRAINT agent_runs_lease_check
        CHECK ((owner IS NULL) = (lease_until IS NULL))
);
CREATE INDEX agent_runs_tenant_id_user_id_idx
    ON slipway.agent_runs (tenant_id, user_id, created_at);
CREATE INDEX agent_runs_expires_at_idx ON slipway.agent_runs (expires_at);
COMMENT ON TABLE slipway.agent_runs IS
    'Runs of agents, one row each; deleted with their steps at expires_at.';
COMMENT ON COLUMN slipway.agent_runs.tenant_id IS 'Tenant of the user.';
COMMENT ON COLUMN slipway.agent_runs.run_id IS 'run_ and 26 characters.';
COMMENT ON COLUMN slipway.agent_runs.user_id IS
    'Who asked; nobody else sees the run.';
COMMENT ON COLUMN slipway.agent_runs.client_key IS
    'Idempotency-Key of the request that began it; NULL: it had none.';
COMMENT ON COLUMN slipway.agent_runs.feature IS 'Feature of kind agent.';
COMMENT ON COLUMN slipway.agent_runs.question IS 'What the person asked.';
COMMENT ON COLUMN slipway.agent_runs.status IS
    'running (also: waits for a worker), needs_confirmation, done, failed or '
    'stopped (by the person).';
COMMENT ON COLUMN slipway.agent_runs.answer IS 'The answer of a run done.';
COMMENT ON COLUMN slipway.agent_runs.error IS
    'Why it failed, or what interrupted a running one: a public code.';
COMMENT ON COLUMN slipway.agent_runs.detail IS 'The same as a sentence.';
COMMENT ON COLUMN slipway.agent_runs.stopping IS
    'The person wants no more of it: who goes on with it ends it.';
COMMENT ON COLUMN slipway.agent_runs.owner IS
    'Random word of the worker that goes on with it; NULL: none does.';
COMMENT ON COLUMN slipway.agent_runs.lease_until IS
    'Until when the owner has it without a sign of life.';
COMMENT ON COLUMN slipway.agent_runs.created_at IS 'When it began.';
COMMENT ON COLUMN slipway.agent_runs.updated_at IS 'When it last changed.';
COMMENT ON COLUMN slipway.agent_runs.expires_at IS 'When it is deleted.';

CREATE TABLE slipway.agent_steps (
    tenant_id bigint NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    step integer NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    request_id text COLLATE "C",
    call_id text,
    tool text,
    effect text,
    content text NOT NULL DEFAULT '',
    result text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT agent_steps_pkey PRIMARY KEY (tenant_id, run_id, step),
    CONSTRAINT agent_steps_run_id_fkey FOREIGN KEY (tenant_id, run_id)
        REFERENCES slipway.agent_runs ON DELETE CASCADE,
    CONSTRAINT agent_steps_step_check CHECK (step > 0),
    CONSTRAINT agent_steps_status_check CHECK (
        CASE kind
            WHEN 'model' THEN status IN ('calling', 'done', 'failed', 'lost')
            WHEN 'tool' THEN status IN ('planned', 'waiting', 'confirmed',
                'declined', 'sent', 'done', 'failed', 'unknown', 'skipped')
            ELSE false
        END),
    CONSTRAINT agent_steps_kind_check CHECK (
        CASE kind
            WHEN 'model' THEN request_id IS NOT NULL AND tool IS NULL
            ELSE call_id IS NOT NULL AND tool IS NOT NULL
                AND effect IN ('read', 'side_effect')
        END)
);
COMMENT ON TABLE slipway.agent_steps IS
    'Steps of runs in their order: calls of a model, and of tools.';
COMMENT ON COLUMN slipway.agent_steps.tenant_id IS 'Tenant of the run.';
COMMENT ON COLUMN slipway.agent_steps.run_id IS 'The run.';
COMMENT ON COLUMN slipway.agent_steps.step IS 'Its number, from 1.';
COMMENT ON COLUMN slipway.agent_steps.kind IS 'model or tool.';
COMMENT ON COLUMN slipway.agent_steps.status IS
    'model: calling, done, failed, lost (its worker died).  tool: planned, '
    'waiting (for the person), confirmed, declined, sent (before it is), done, '
    'failed, unknown (its worker died after sent), skipped (the run ended '
    'before its turn).';
COMMENT ON COLUMN slipway.agent_steps.request_id IS
    'model: the call in the ledger, as in llm_calls.';
COMMENT ON COLUMN slipway.agent_steps.call_id IS
    'tool: what the model calls this call.';
COMMENT ON COLUMN slipway.agent_steps.tool IS 'tool: its name.';
COMMENT ON COLUMN slipway.agent_steps.effect IS 'tool: read or side_effect.';
COMMENT ON COLUMN slipway.agent_steps.content IS
    'model: what it said; tool: the arguments, JSON as the model wrote it.';
COMMENT ON COLUMN slipway.agent_steps.result IS
    'tool: what the model gets to see of it; NULL: nothing yet.';
COMMENT ON COLUMN slipway.agent_steps.created_at IS 'When it was planned.';
COMMENT ON COLUMN slipway.agent_steps.updated_at IS 'When it last changed.';
