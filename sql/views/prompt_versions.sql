-- Prompts by feature and version, and which one is in force.
CREATE OR REPLACE VIEW slipway.prompt_versions AS
SELECT p.feature, p.version, p.registered_at,
    coalesce(n.version = p.version, false) AS is_pinned, n.pinned_at,
    length(p.body) AS characters, p.body
FROM slipway.prompts AS p
LEFT JOIN slipway.prompt_pins AS n ON n.feature = p.feature
ORDER BY p.feature, p.registered_at DESC, p.version;

COMMENT ON VIEW slipway.prompt_versions IS
    'Every system prompt that a worker was configured with; without a '
    'pin, the configured one is used.';
COMMENT ON COLUMN slipway.prompt_versions.feature IS 'Name of the feature.';
COMMENT ON COLUMN slipway.prompt_versions.version IS
    'Its version, as in calls.prompt_version.';
COMMENT ON COLUMN slipway.prompt_versions.registered_at IS
    'When a worker first started with it.';
COMMENT ON COLUMN slipway.prompt_versions.is_pinned IS
    'The feature uses this one, whatever is configured.';
COMMENT ON COLUMN slipway.prompt_versions.pinned_at IS
    'Since when the feature is pinned; NULL: it is not.';
COMMENT ON COLUMN slipway.prompt_versions.characters IS 'Length of the text.';
COMMENT ON COLUMN slipway.prompt_versions.body IS 'The text.';
