-- What became of each case of each run.  Ask by run_id, or by case_id for the
-- life of one case.
CREATE OR REPLACE VIEW slipway.eval_cases AS
SELECT e.run_id, e.n, r.created_at, r.revision, e.case_id, e.target, e.attempt,
    e.state, e.failed_checks, e.request_id, e.prompt_version, e.model_route,
    e.cost_pico * 1e-12 AS cost_usd, e.latency_ms
FROM slipway.eval_results AS e
JOIN slipway.eval_runs AS r ON r.id = e.run_id;

COMMENT ON VIEW slipway.eval_cases IS
    'Results of evaluations, case by case; no text of question or answer.';
COMMENT ON COLUMN slipway.eval_cases.run_id IS 'Number of the run.';
COMMENT ON COLUMN slipway.eval_cases.n IS 'Its place in the run.';
COMMENT ON COLUMN slipway.eval_cases.created_at IS 'When the run ended.';
COMMENT ON COLUMN slipway.eval_cases.revision IS
    'What was evaluated, e.g. a commit.';
COMMENT ON COLUMN slipway.eval_cases.case_id IS 'Name of the case.';
COMMENT ON COLUMN slipway.eval_cases.target IS
    'What was asked: a feature, a model, or FEATURE@MODEL.';
COMMENT ON COLUMN slipway.eval_cases.attempt IS 'Which asking of the same case.';
COMMENT ON COLUMN slipway.eval_cases.state IS
    'passed, failed, error or not_run.';
COMMENT ON COLUMN slipway.eval_cases.failed_checks IS
    'Types of the assertions that did not hold.';
COMMENT ON COLUMN slipway.eval_cases.request_id IS 'The call.';
COMMENT ON COLUMN slipway.eval_cases.prompt_version IS
    'Which registered prompt was used.';
COMMENT ON COLUMN slipway.eval_cases.model_route IS
    'provider/model that answered.';
COMMENT ON COLUMN slipway.eval_cases.cost_usd IS 'US dollars, with judges.';
COMMENT ON COLUMN slipway.eval_cases.latency_ms IS 'Milliseconds.';
