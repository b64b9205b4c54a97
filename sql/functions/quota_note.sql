-- Keep what a provider said of our limits in the headers of an answer.
--
-- p_provider  its name in the configuration
-- p_said      {"limit_requests", "remaining_requests", "reset_requests_ms",
--             "limit_tokens", "remaining_tokens", "reset_tokens_ms"}; absent
--             where it said nothing; reset: from now
--
-- Locks: the row of the provider.  Volatile.
CREATE OR REPLACE FUNCTION slipway.quota_note(p_provider text, p_said jsonb)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO slipway.provider_quotas (provider, limit_requests,
        remaining_requests, reset_requests_at, limit_tokens, remaining_tokens,
        reset_tokens_at, noted_at)
    SELECT p_provider, s.limit_requests, s.remaining_requests,
        clock_timestamp() + s.reset_requests_ms * interval '1 ms',
        s.limit_tokens, s.remaining_tokens,
        clock_timestamp() + s.reset_tokens_ms * interval '1 ms',
        clock_timestamp()
    FROM jsonb_to_record(p_said) AS s (limit_requests bigint,
        remaining_requests bigint, reset_requests_ms bigint,
        limit_tokens bigint, remaining_tokens bigint, reset_tokens_ms bigint)
    ON CONFLICT (provider) DO UPDATE
    SET limit_requests = excluded.limit_requests,
        remaining_requests = excluded.remaining_requests,
        reset_requests_at = excluded.reset_requests_at,
        limit_tokens = excluded.limit_tokens,
        remaining_tokens = excluded.remaining_tokens,
        reset_tokens_at = excluded.reset_tokens_at,
        noted_at = excluded.noted_at;
$$;
COMMENT ON FUNCTION slipway.quota_note(text, jsonb) IS
    'Keep what a provider said of our limits there.';
