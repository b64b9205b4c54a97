-- What the guard found and did, by day.
CREATE OR REPLACE VIEW slipway.guard_by_day AS
SELECT g.day,
    g.phase,
    g.kind,
    g.action,
    count(*) AS calls,
    sum(g.n)::bigint AS found,
    max(g.guard_us) AS max_guard_us,
    max(g.request_id) AS last_request_id
FROM slipway.llm_guards AS g
GROUP BY g.day, g.phase, g.kind, g.action
ORDER BY g.day DESC, calls DESC, g.phase, g.kind, g.action;

COMMENT ON VIEW slipway.guard_by_day IS
    'What the guard found in questions, passages and answers, and what it '
    'did, by day; newest first.  What a moderation let pass counts, too.';
COMMENT ON COLUMN slipway.guard_by_day.day IS 'In the tenant''s time zone.';
COMMENT ON COLUMN slipway.guard_by_day.phase IS
    'input, moderation, passages or output.';
COMMENT ON COLUMN slipway.guard_by_day.kind IS 'What it was.';
COMMENT ON COLUMN slipway.guard_by_day.action IS
    'redact, hash, block, record, drop or pass.';
COMMENT ON COLUMN slipway.guard_by_day.calls IS 'Calls in which it was.';
COMMENT ON COLUMN slipway.guard_by_day.found IS 'How many in all.';
COMMENT ON COLUMN slipway.guard_by_day.max_guard_us IS
    'The most microseconds that the guard took in one of them.';
COMMENT ON COLUMN slipway.guard_by_day.last_request_id IS
    'The latest of them, to look it up.';
