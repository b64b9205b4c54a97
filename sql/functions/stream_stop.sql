-- The reader pressed Stop: whoever writes this answer gives up.
--
-- p_tenant_id, p_user_id  who asks; only the one who asked the question
-- p_request_id            a call of this user under way; of others and of
--                         ended ones nothing happens
-- p_keep_ms               how long the note is kept
--
-- Locks: the row of streams.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.stream_stop(
    p_tenant_id bigint,
    p_user_id bigint,
    p_request_id text,
    p_keep_ms bigint
)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO slipway.streams AS s (tenant_id, request_id, user_id, stopped,
        expires_at)
    SELECT v.tenant_id, v.request_id, v.user_id, true,
        clock_timestamp() + p_keep_ms * interval '1 ms'
    FROM slipway.reservations AS v
    WHERE v.request_id = p_request_id AND v.tenant_id = p_tenant_id
        AND v.user_id = p_user_id
    ON CONFLICT ON CONSTRAINT streams_pkey DO UPDATE
    SET stopped = true;
$$;
COMMENT ON FUNCTION slipway.stream_stop(bigint, bigint, text, bigint) IS
    'The reader pressed Stop: whoever writes this answer gives up.';
