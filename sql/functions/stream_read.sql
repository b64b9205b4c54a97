-- What a client that came back has not seen of its answer.
--
-- p_tenant_id, p_user_id  who asks; only the one who asked the question
-- p_request_id            the call
-- p_last_id               offset of the last event it has, bytes; -1: none
-- p_stale_ms              a writer that is silent for so long has died
--
-- Returns one row.  state: open (more will come), ended (piece has the last
-- event), waiting (the call is under way and nothing is kept yet), lost (its
-- writer died, or the call ended early), expired (no longer kept), unknown (no
-- such call of this user).  next_at is where piece begins, bytes.
--
-- After its time a stream is replaced by what the feature keeps of the answer
-- (content = full or redacted): the events start, kept (the whole answer, in
-- place of what the client has) and done.
-- Locks: the row of streams, to note that somebody asked.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.stream_read(
    p_tenant_id bigint,
    p_user_id bigint,
    p_request_id text,
    p_last_id bigint,
    p_stale_ms bigint
)
RETURNS TABLE (state text, next_at bigint, piece text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
    v_body bytea;
    v_end integer;
    r record;
BEGIN
    next_at := 0;
    piece := '';
    UPDATE slipway.streams AS s
    SET read_at = v_now
    WHERE s.tenant_id = p_tenant_id AND s.request_id = p_request_id
        AND s.user_id = p_user_id AND s.expires_at > v_now
    RETURNING s.body, s.ended, s.stopped, s.written_at INTO r;
    IF FOUND THEN
        v_body := convert_to(r.body, 'UTF8');
        IF p_last_id >= 0 THEN
            v_end := position('\x0a0a'::bytea IN
                substring(v_body FROM least(p_last_id, 2147483000)::integer
                    + 1));
            next_at := CASE WHEN v_end = 0 THEN length(v_body)
                ELSE p_last_id + v_end + 1 END;
        END IF;
        piece := convert_from(
            substring(v_body FROM next_at::integer + 1), 'UTF8');
        state := CASE WHEN r.ended THEN 'ended'
            WHEN r.stopped
                OR r.written_at < v_now - p_stale_ms * interval '1 ms'
            THEN 'lost'
            ELSE 'open' END;
    ELSIF EXISTS (
        SELECT FROM slipway.reservations AS v
        WHERE v.request_id = p_request_id AND v.tenant_id = p_tenant_id
            AND v.user_id = p_user_id
    ) THEN
        state := 'waiting';
    ELSE
        SELECT c.outcome, c.feature, c.model_route, k.answer, k.cut
        INTO r
        FROM slipway.llm_calls AS c
        LEFT JOIN slipway.contents AS k
            ON k.tenant_id = c.tenant_id AND k.request_id = c.request_id
            AND k.form <> 'hash' AND k.answer <> '' AND k.expires_at > v_now
        WHERE c.tenant_id = p_tenant_id AND c.request_id = p_request_id
            AND c.user_id = p_user_id;
        IF NOT FOUND THEN
            state := 'unknown';
        ELSIF r.answer IS NULL THEN
            state := 'expired';
        ELSE
            state := CASE r.outcome WHEN 'done' THEN 'ended' ELSE 'lost' END;
            piece := slipway.stream_event('start', jsonb_build_object(
                    'request_id', p_request_id, 'feature', r.feature))
                || slipway.stream_event('kept', jsonb_build_object(
                    'answer', r.answer, 'cut', r.cut));
            IF state = 'ended' THEN
                piece := piece || slipway.stream_event('done',
                    jsonb_build_object('request_id', p_request_id,
                        'model_route', r.model_route));
            END IF;
        END IF;
    END IF;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION slipway.stream_read(bigint, bigint, text, bigint, bigint)
    IS 'What a client that came back has not seen of its answer.';
