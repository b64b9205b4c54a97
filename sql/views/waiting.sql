-- Who asked for an account.
CREATE OR REPLACE VIEW slipway.waiting AS
SELECT w.id, w.email, w.note, w.state, w.created_at, w.decided_at
FROM slipway.waitlist AS w;

COMMENT ON VIEW slipway.waiting IS 'People who asked for an account.';
COMMENT ON COLUMN slipway.waiting.id IS 'Number of the request.';
COMMENT ON COLUMN slipway.waiting.email IS 'Whom to answer.';
COMMENT ON COLUMN slipway.waiting.note IS 'What the person wrote.';
COMMENT ON COLUMN slipway.waiting.state IS 'waiting, approved or rejected.';
COMMENT ON COLUMN slipway.waiting.created_at IS 'When it was asked for.';
COMMENT ON COLUMN slipway.waiting.decided_at IS
    'When it was decided; NULL: not yet.';
