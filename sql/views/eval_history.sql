-- Runs of evaluations; the latest first by ORDER BY id DESC.
CREATE OR REPLACE VIEW slipway.eval_history AS
SELECT r.id, (r.created_at AT TIME ZONE 'UTC')::date AS utc_day, r.created_at,
    r.suite, r.tag, r.revision, r.passed, r.failed, r.errors, r.not_run,
    round(r.passed::numeric
        / nullif(r.passed + r.failed + r.errors + r.not_run, 0), 4)
        AS pass_rate,
    r.cost_pico * 1e-12 AS cost_usd, r.p50_ms, r.p95_ms, r.url
FROM slipway.eval_runs AS r;

COMMENT ON VIEW slipway.eval_history IS
    'Runs of evaluations: how many cases passed, what it cost, how long it '
    'took.';
COMMENT ON COLUMN slipway.eval_history.id IS 'Number of the run.';
COMMENT ON COLUMN slipway.eval_history.utc_day IS 'Day in UTC.';
COMMENT ON COLUMN slipway.eval_history.created_at IS 'When it ended.';
COMMENT ON COLUMN slipway.eval_history.suite IS 'The files of its cases.';
COMMENT ON COLUMN slipway.eval_history.tag IS
    'Only cases with this tag; empty: all.';
COMMENT ON COLUMN slipway.eval_history.revision IS
    'What was evaluated, e.g. a commit.';
COMMENT ON COLUMN slipway.eval_history.passed IS 'Askings that passed.';
COMMENT ON COLUMN slipway.eval_history.failed IS
    'Answers that were not as they must be.';
COMMENT ON COLUMN slipway.eval_history.errors IS
    'Askings without an answer.';
COMMENT ON COLUMN slipway.eval_history.not_run IS
    'Left out by the limit of money.';
COMMENT ON COLUMN slipway.eval_history.pass_rate IS
    'Share of all that passed, 0 to 1.';
COMMENT ON COLUMN slipway.eval_history.cost_usd IS 'US dollars, with judges.';
COMMENT ON COLUMN slipway.eval_history.p50_ms IS 'Median milliseconds.';
COMMENT ON COLUMN slipway.eval_history.p95_ms IS
    '95 of 100 answers took at most this.';
COMMENT ON COLUMN slipway.eval_history.url IS 'The service that was asked.';
