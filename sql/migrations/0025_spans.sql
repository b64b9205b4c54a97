-- What each user used in the times that people look at most, in one piece: the
-- last 30 days and the month, up to yesterday. The reports by user and key add
-- today to it, in place of weeks and a dozen days.
CREATE TABLE slipway.rollup_spans (
    tenant_id bigint NOT NULL,
    from_day date NOT NULL,
    until_day date NOT NULL,
    user_id bigint NOT NULL,
    key_id bigint NOT NULL,
    feature text NOT NULL,
    calls bigint NOT NULL,
    cost_pico bigint NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    not_exact_calls bigint NOT NULL,
    last_call_at timestamptz NOT NULL,
    CONSTRAINT rollup_spans_pkey PRIMARY KEY (tenant_id, from_day, user_id,
        key_id, feature)
);
CREATE INDEX rollup_spans_from_day_idx ON slipway.rollup_spans (from_day);
CREATE INDEX rollup_spans_user_id_idx
    ON slipway.rollup_spans (user_id, from_day);
COMMENT ON TABLE slipway.rollup_spans IS
    'Sums of rollup_users over the last 29 days and the days of the month '
    'before the first day that is not over; made anew each day.';
COMMENT ON COLUMN slipway.rollup_spans.tenant_id IS 'Whose calls.';
COMMENT ON COLUMN slipway.rollup_spans.from_day IS 'First day, in UTC.';
COMMENT ON COLUMN slipway.rollup_spans.until_day IS 'Last day, in UTC.';
COMMENT ON COLUMN slipway.rollup_spans.user_id IS 'Whose calls.';
COMMENT ON COLUMN slipway.rollup_spans.key_id IS 'The key they came with.';
COMMENT ON COLUMN slipway.rollup_spans.feature IS 'Feature of the calls.';
COMMENT ON COLUMN slipway.rollup_spans.calls IS 'How many.';
COMMENT ON COLUMN slipway.rollup_spans.cost_pico IS
    'What they cost, in pico-dollars.';
COMMENT ON COLUMN slipway.rollup_spans.input_tokens IS
    'Input tokens, cached and uncached.';
COMMENT ON COLUMN slipway.rollup_spans.output_tokens IS
    'Output tokens, reasoning included.';
COMMENT ON COLUMN slipway.rollup_spans.not_exact_calls IS
    'Calls whose cost the provider did not report.';
COMMENT ON COLUMN slipway.rollup_spans.last_call_at IS
    'When the last of them was admitted.';

ALTER TABLE slipway.rollup_state
    ADD COLUMN spans_until date NOT NULL DEFAULT '-infinity';
COMMENT ON COLUMN slipway.rollup_state.spans_until IS
    'The day after the last one that is in rollup_spans.';
