-- What was ever paused, and what is now.
CREATE OR REPLACE VIEW slipway.pauses AS
SELECT o.feature, o.paused, o.reason, o.changed_at
FROM slipway.controls AS o
ORDER BY o.paused DESC, o.feature;

COMMENT ON VIEW slipway.pauses IS
    'Features that were ever paused; * is all of them.';
COMMENT ON COLUMN slipway.pauses.feature IS 'Name of the feature; *: all.';
COMMENT ON COLUMN slipway.pauses.paused IS 'Its calls are refused now.';
COMMENT ON COLUMN slipway.pauses.reason IS 'Why, in words.';
COMMENT ON COLUMN slipway.pauses.changed_at IS 'Since when it is so.';
