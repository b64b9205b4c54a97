-- Keep the next piece of an answer for a client that may come back.
--
-- p_tenant_id, p_user_id, p_request_id  the call
-- p_at         where the piece begins, bytes; 0 for the first
-- p_piece      server-sent events; may be empty: only asks
-- p_ended      the last piece
-- p_grace_ms   how long a call goes on for which nobody asks
-- p_keep_ms    how long the answer is kept from now on
--
-- Returns true while somebody may still want the rest; false: give up.  A
-- piece that is not the next one changes nothing.
-- Locks: the row of streams; deletes a few that are over, and skips those that
-- are locked.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.stream_put(
    p_tenant_id bigint,
    p_user_id bigint,
    p_request_id text,
    p_at bigint,
    p_piece text,
    p_ended boolean,
    p_grace_ms bigint,
    p_keep_ms bigint
)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
    v_go_on boolean;
BEGIN
    INSERT INTO slipway.streams AS s (tenant_id, request_id, user_id, body,
        ended, written_at, read_at, expires_at)
    VALUES (p_tenant_id, p_request_id, p_user_id, p_piece, p_ended, v_now,
        v_now, v_now + p_keep_ms * interval '1 ms')
    ON CONFLICT ON CONSTRAINT streams_pkey DO UPDATE
    SET body = CASE WHEN octet_length(s.body) = p_at
            THEN s.body || excluded.body ELSE s.body END,
        ended = s.ended OR excluded.ended, written_at = excluded.written_at,
        expires_at = excluded.expires_at
    RETURNING NOT s.stopped
        AND s.read_at > v_now - p_grace_ms * interval '1 ms'
    INTO v_go_on;
    PERFORM slipway.streams_expire(10);
    RETURN v_go_on;
END;
$$;
COMMENT ON FUNCTION slipway.stream_put(bigint, bigint, text, bigint, text,
    boolean, bigint, bigint) IS
    'Keep the next piece of an answer for a client that may come back.';
