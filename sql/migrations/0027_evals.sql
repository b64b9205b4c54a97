-- Runs of evaluations.  What was asked and answered stays in the files of who
-- ran them: here are names of cases, verdicts and figures.

CREATE TABLE slipway.eval_runs (
    id bigint GENERATED ALWAYS AS IDENTITY,
    created_at timestamptz NOT NULL DEFAULT now(),
    suite text NOT NULL,
    tag text NOT NULL,
    revision text NOT NULL,
    url text NOT NULL,
    passed integer NOT NULL,
    failed integer NOT NULL,
    errors integer NOT NULL,
    not_run integer NOT NULL,
    cost_pico bigint NOT NULL,
    p50_ms bigint,
    p95_ms bigint,
    CONSTRAINT eval_runs_pkey PRIMARY KEY (id),
    CONSTRAINT eval_runs_suite_check CHECK (length(suite) <= 1000),
    CONSTRAINT eval_runs_revision_check CHECK (length(revision) <= 100),
    CONSTRAINT eval_runs_cost_pico_check CHECK (cost_pico >= 0)
);
CREATE INDEX eval_runs_created_at_idx ON slipway.eval_runs (created_at);
COMMENT ON TABLE slipway.eval_runs IS
    'Runs of `slipway eval`, one row each; janitor() forgets none.';
COMMENT ON COLUMN slipway.eval_runs.id IS 'Number of the run.';
COMMENT ON COLUMN slipway.eval_runs.created_at IS 'When it ended.';
COMMENT ON COLUMN slipway.eval_runs.suite IS 'The files of its cases.';
COMMENT ON COLUMN slipway.eval_runs.tag IS
    'Only cases with this tag were asked; empty: all.';
COMMENT ON COLUMN slipway.eval_runs.revision IS
    'What was evaluated, as who ran it said, e.g. a commit; may be empty.';
COMMENT ON COLUMN slipway.eval_runs.url IS 'The service that was asked.';
COMMENT ON COLUMN slipway.eval_runs.passed IS 'Askings that passed.';
COMMENT ON COLUMN slipway.eval_runs.failed IS
    'Askings whose answer was not as it must be.';
COMMENT ON COLUMN slipway.eval_runs.errors IS
    'Askings without an answer that could be looked at.';
COMMENT ON COLUMN slipway.eval_runs.not_run IS
    'Askings that the limit of money left out.';
COMMENT ON COLUMN slipway.eval_runs.cost_pico IS
    'Pico-dollars, of answers and judges.';
COMMENT ON COLUMN slipway.eval_runs.p50_ms IS
    'Median of the answers'' milliseconds, as the client saw them; NULL: no '
    'answer came.';
COMMENT ON COLUMN slipway.eval_runs.p95_ms IS '95 of 100 took at most this.';

CREATE TABLE slipway.eval_results (
    run_id bigint NOT NULL,
    n integer NOT NULL,
    case_id text NOT NULL,
    target text NOT NULL,
    attempt integer NOT NULL,
    state text NOT NULL,
    failed_checks text NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    prompt_version text NOT NULL,
    model_route text NOT NULL,
    cost_pico bigint NOT NULL,
    latency_ms bigint NOT NULL,
    CONSTRAINT eval_results_pkey PRIMARY KEY (run_id, n),
    CONSTRAINT eval_results_run_id_fkey
        FOREIGN KEY (run_id) REFERENCES slipway.eval_runs,
    CONSTRAINT eval_results_case_id_check
        CHECK (length(case_id) BETWEEN 1 AND 100),
    CONSTRAINT eval_results_state_check
        CHECK (state IN ('passed', 'failed', 'error', 'not_run')),
    CONSTRAINT eval_results_cost_pico_check CHECK (cost_pico >= 0)
);
COMMENT ON TABLE slipway.eval_results IS
    'What became of each case of a run; no text of question or answer.';
COMMENT ON COLUMN slipway.eval_results.run_id IS 'The run.';
COMMENT ON COLUMN slipway.eval_results.n IS 'Its place in the run, from 1.';
COMMENT ON COLUMN slipway.eval_results.case_id IS 'Name of the case.';
COMMENT ON COLUMN slipway.eval_results.target IS
    'What was asked: a feature, a model, or FEATURE@MODEL; empty: the '
    'service''s default.';
COMMENT ON COLUMN slipway.eval_results.attempt IS
    'Which asking of the same case, from 1.';
COMMENT ON COLUMN slipway.eval_results.state IS
    'passed, failed, error (no answer) or not_run.';
COMMENT ON COLUMN slipway.eval_results.failed_checks IS
    'Types of the assertions that did not hold.';
COMMENT ON COLUMN slipway.eval_results.request_id IS
    'The call, as in llm_calls while that is kept; empty: none was made.';
COMMENT ON COLUMN slipway.eval_results.prompt_version IS
    'Which registered prompt was used, from the ledger.';
COMMENT ON COLUMN slipway.eval_results.model_route IS
    'provider/model that answered; empty: none did.';
COMMENT ON COLUMN slipway.eval_results.cost_pico IS
    'Pico-dollars, of the answer and its judges.';
COMMENT ON COLUMN slipway.eval_results.latency_ms IS
    'Milliseconds, as the client saw them.';
