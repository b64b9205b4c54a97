-- The calls of one user, the last first, without a walk over everybody's: what
-- the admin page asks of a person who calls rarely. A user's calls are few to a
-- partition, so keeping it costs settlement one more leaf page.
CREATE INDEX llm_calls_user_id_idx ON slipway.llm_calls (user_id, request_id);
-- The same of calls that went wrong; those that went well are not in them.
CREATE INDEX llm_calls_error_idx ON slipway.llm_calls (error, request_id)
    WHERE error <> 'ok';
CREATE INDEX llm_calls_outcome_idx ON slipway.llm_calls (outcome, request_id)
    WHERE outcome <> 'done';

-- It says whether a row differs now: another type of its rows.
DROP FUNCTION IF EXISTS slipway.reconcile(text, jsonb);

-- A month of what each user used is four weeks and some days: a third of the
-- rows.  Weeks begin on Monday in UTC and are there when all of their days are.
CREATE TABLE slipway.rollup_weeks (
    tenant_id bigint NOT NULL,
    week date NOT NULL,
    user_id bigint NOT NULL,
    key_id bigint NOT NULL,
    feature text NOT NULL,
    calls bigint NOT NULL,
    cost_pico bigint NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    not_exact_calls bigint NOT NULL,
    last_call_at timestamptz NOT NULL,
    CONSTRAINT rollup_weeks_pkey PRIMARY KEY (tenant_id, week, user_id, key_id,
        feature)
);
CREATE INDEX rollup_weeks_week_idx ON slipway.rollup_weeks (week);
CREATE INDEX rollup_weeks_user_id_idx ON slipway.rollup_weeks (user_id, week);
COMMENT ON TABLE slipway.rollup_weeks IS
    'Sums of rollup_users by week; kept for ever.';
COMMENT ON COLUMN slipway.rollup_weeks.tenant_id IS 'Whose calls.';
COMMENT ON COLUMN slipway.rollup_weeks.week IS
    'The Monday on which it begins, in UTC.';
COMMENT ON COLUMN slipway.rollup_weeks.user_id IS 'Whose calls.';
COMMENT ON COLUMN slipway.rollup_weeks.key_id IS 'The key they came with.';
COMMENT ON COLUMN slipway.rollup_weeks.feature IS 'Feature of the calls.';
COMMENT ON COLUMN slipway.rollup_weeks.calls IS 'How many.';
COMMENT ON COLUMN slipway.rollup_weeks.cost_pico IS
    'What they cost, in pico-dollars.';
COMMENT ON COLUMN slipway.rollup_weeks.input_tokens IS
    'Input tokens, cached and uncached.';
COMMENT ON COLUMN slipway.rollup_weeks.output_tokens IS
    'Output tokens, reasoning included.';
COMMENT ON COLUMN slipway.rollup_weeks.not_exact_calls IS
    'Calls whose cost the provider did not report.';
COMMENT ON COLUMN slipway.rollup_weeks.last_call_at IS
    'When the last of them was admitted.';

ALTER TABLE slipway.rollup_state
    ADD COLUMN weeks_until date NOT NULL DEFAULT '-infinity';
COMMENT ON COLUMN slipway.rollup_state.weeks_until IS
    'Which Mondays: weeks that began before it are in rollup_weeks.';
