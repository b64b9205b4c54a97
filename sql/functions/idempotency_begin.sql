-- A request with an Idempotency-Key comes in.
--
-- p_key_hash    SHA-256 of the API key, 64 hex digits
-- p_idem_key    SHA-256 of the Idempotency-Key, likewise
-- p_body_hash   SHA-256 of path and body, likewise
-- p_request_id  of this request
-- p_defaults    as in key_check()
--
-- Returns one row: verdict and, where there is an earlier request, its
-- request_id:
--   ok                    go on to the admission: the key is taken for it
--   unauthorized          go on, too: the admission refuses it
--   replay                answer with status, content_type and body
--   idempotency_mismatch  the key came with another body
--   conflict              the earlier request is under way
--   idempotency_lost      it was charged, and there is no answer: its worker
--                         died, its client left, or the answer was too large
--   rate_limited          with retry_after_ms; asking again counts, too
--
-- A request that failed and cost nothing leaves the key free.  One that was
-- never admitted does after a minute, should nobody call idempotency_drop().
-- Locks: those of key_check(), or the row; never both.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.idempotency_begin(
    p_key_hash text,
    p_idem_key text,
    p_body_hash text,
    p_request_id text,
    p_defaults jsonb
)
RETURNS TABLE (
    verdict text,
    request_id text,
    status integer,
    content_type text,
    body text,
    retry_after_ms bigint
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    c_kept CONSTANT interval := '24 h';
    c_admitted_within CONSTANT interval := '60 s';
    v_now timestamptz := clock_timestamp();
    v_idem_key bytea := decode(p_idem_key, 'hex');
    v_body_hash bytea := decode(p_body_hash, 'hex');
    v_who record;
    v_was slipway.idempotency;
    v_call record;
    v_rate record;
    v_free boolean;
BEGIN
    retry_after_ms := 0;
    SELECT a.tenant_id, a.user_id
    INTO v_who
    FROM slipway.api_keys AS a
    WHERE a.key_hash = CASE WHEN p_key_hash ~ '^[0-9a-f]{64}$'
            THEN decode(p_key_hash, 'hex') END
        AND (a.revoked_at <= v_now) IS NOT TRUE
        AND (a.expires_at <= v_now) IS NOT TRUE;
    IF NOT FOUND THEN
        verdict := 'unauthorized';
        RETURN NEXT;
        RETURN;
    END IF;
    INSERT INTO slipway.idempotency (tenant_id, user_id, idem_key, body_hash,
        request_id)
    VALUES (v_who.tenant_id, v_who.user_id, v_idem_key, v_body_hash,
        p_request_id)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        verdict := 'ok';
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT i.*
    INTO v_was
    FROM slipway.idempotency AS i
    WHERE i.tenant_id = v_who.tenant_id AND i.user_id = v_who.user_id
        AND i.idem_key = v_idem_key;
    request_id := v_was.request_id;
    v_free := v_was.created_at < v_now - c_kept;
    verdict := 'conflict';
    IF v_was.body_hash <> v_body_hash THEN
        verdict := 'idempotency_mismatch';
    ELSIF v_was.status IS NOT NULL THEN
        verdict := 'replay';
    ELSIF NOT EXISTS (
        SELECT
        FROM slipway.reservations AS s
        WHERE s.request_id = v_was.request_id
    ) THEN
        SELECT c.cost_pico, c.outcome
        INTO v_call
        FROM slipway.llm_calls AS c
        WHERE c.tenant_id = v_who.tenant_id
            AND c.request_id = v_was.request_id;
        IF NOT FOUND THEN
            v_free := v_free OR v_was.created_at < v_now - c_admitted_within;
        ELSIF v_call.cost_pico = 0 AND v_call.outcome <> 'done' THEN
            v_free := true;
        ELSE
            verdict := 'idempotency_lost';
        END IF;
    ELSE
        v_free := false;
    END IF;

    IF v_free THEN
        UPDATE slipway.idempotency AS i
        SET request_id = p_request_id,
            body_hash = v_body_hash,
            created_at = v_now,
            status = NULL,
            content_type = NULL,
            body = NULL
        WHERE i.tenant_id = v_was.tenant_id AND i.user_id = v_was.user_id
            AND i.idem_key = v_was.idem_key
            AND i.request_id = v_was.request_id;
        -- else another request was faster
        verdict := CASE WHEN FOUND THEN 'ok' ELSE 'conflict' END;
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT k.verdict, k.retry_after_ms
    INTO v_rate
    FROM slipway.key_check(p_key_hash, p_defaults) AS k;
    IF v_rate.verdict <> 'ok' THEN
        verdict := v_rate.verdict;
        retry_after_ms := v_rate.retry_after_ms;
    ELSIF verdict = 'replay' THEN
        status := v_was.status;
        content_type := v_was.content_type;
        body := v_was.body;
    END IF;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION slipway.idempotency_begin(text, text, text, text, jsonb) IS
    'A request with an Idempotency-Key: is it new, or what became of it?';
