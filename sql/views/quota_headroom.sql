-- How much of its limits each provider has left for us.
CREATE OR REPLACE VIEW slipway.quota_headroom AS
SELECT
    q.provider,
    q.limit_requests,
    q.remaining_requests,
    round(100.0 * (q.limit_requests - q.remaining_requests)
        / nullif(q.limit_requests, 0), 1) AS requests_used_percent,
    q.limit_tokens,
    q.remaining_tokens,
    round(100.0 * (q.limit_tokens - q.remaining_tokens)
        / nullif(q.limit_tokens, 0), 1) AS tokens_used_percent,
    q.noted_at
FROM slipway.provider_quotas AS q
ORDER BY q.provider;
COMMENT ON VIEW slipway.quota_headroom IS
    'What the providers last said of our limits there.';
COMMENT ON COLUMN slipway.quota_headroom.provider IS
    'Its name in the configuration.';
COMMENT ON COLUMN slipway.quota_headroom.limit_requests IS
    'Requests in its window.';
COMMENT ON COLUMN slipway.quota_headroom.remaining_requests IS
    'Requests that were left.';
COMMENT ON COLUMN slipway.quota_headroom.requests_used_percent IS
    'Of the requests, how many percent were used.';
COMMENT ON COLUMN slipway.quota_headroom.limit_tokens IS
    'Tokens in its window (TPM).';
COMMENT ON COLUMN slipway.quota_headroom.remaining_tokens IS
    'Tokens that were left.';
COMMENT ON COLUMN slipway.quota_headroom.tokens_used_percent IS
    'Of the tokens, how many percent were used.';
COMMENT ON COLUMN slipway.quota_headroom.noted_at IS 'When it said so.';
