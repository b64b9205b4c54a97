-- How long each call took, in buckets: what rollup() counts.
--
-- A bucket is a sixteenth of a power of two, so its upper end is at most
-- 6.3 % above the true value, and below 32 ms it is the value itself.  There
-- is an end at 799 ms, so "under 800 ms" is exact.
CREATE OR REPLACE VIEW slipway.call_latency AS
SELECT c.tenant_id, c.created_at, c.day, c.feature, c.model_route, x.what,
    CASE WHEN x.ms < 32 THEN x.ms ELSE
        -- the half keeps a rounding error of log() from a power of two
        (((x.ms >> floor(log(x.ms + 0.5::float8) / log(2::float8))::integer - 4)
            + 1) << floor(log(x.ms + 0.5::float8) / log(2::float8))::integer
            - 4) - 1
    END AS within_ms
FROM slipway.llm_calls AS c
CROSS JOIN LATERAL (VALUES
    ('ttft', c.ttft_ms),
    ('latency', c.latency_ms)
) AS x (what, ms)
WHERE x.ms IS NOT NULL AND c.outcome <> 'abandoned';

COMMENT ON VIEW slipway.call_latency IS
    'How long each call took, rounded up to the end of a bucket. For sums use '
    'latency_histogram.';
COMMENT ON COLUMN slipway.call_latency.tenant_id IS 'Whose call it was.';
COMMENT ON COLUMN slipway.call_latency.created_at IS 'When it was admitted.';
COMMENT ON COLUMN slipway.call_latency.day IS
    'Day in the time zone of the tenant.';
COMMENT ON COLUMN slipway.call_latency.feature IS 'Name of the feature.';
COMMENT ON COLUMN slipway.call_latency.model_route IS
    'provider/model that answered; empty: none did.';
COMMENT ON COLUMN slipway.call_latency.what IS
    'ttft (to the first token) or latency (to the end).';
COMMENT ON COLUMN slipway.call_latency.within_ms IS
    'Upper end of the bucket, in milliseconds.';
