-- Settle a batch of calls: write them down and charge them.
--
-- p_calls  array of {"request_id", "outcome", "basis", "error", "cost_pico",
--          "input_tokens", "cache_read_tokens", "cache_write_tokens",
--          "cache_write_1h_tokens", "output_tokens", "reasoning_tokens",
--          "model_route", "prompt_version", "trace_id", "parent_span" (may be
--          missing), "stream": bool,
--          "fallback_tier", "ttft_ms" (null: no token), "latency_ms",
--          "attempts": [{"model_route", "result", "http_status", "ttft_ms",
--          "latency_ms"}], "guards" (may be missing): [{"phase", "kind",
--          "action", "n", "us"}],
--          "reply" (may be missing; the answer to keep for its
--          Idempotency-Key): {"status", "content_type", "body"},
--          "content" (may be missing; see content_keep())}
--
-- Returns one row for each entry, in their order:
--   settled    recorded and charged, once; where the reaper had charged the
--              call in full meanwhile, this takes the place of that charge
--   duplicate  it was settled before (or by an earlier entry); nothing changed
--   unknown    no such reservation; nothing changed
--   invalid    the entry has not this form; nothing changed: the reservation
--              stays, and the reaper charges it in full when its lease ends
--
-- A cost above the reservation is charged in full and marked
-- (llm_calls.over_reservation).  What is charged to which user, tenant and day
-- comes from the reservation, never from p_calls.
--
-- Errors: 22xxx when p_calls is no array.
-- Locks: the sums of the system, with which it is alone; then daily_spend in the
--   order scope, tenant_id, scope_id, day; then the reservations.
-- Volatile.  A few go the short way (settle_few), the others, and those that it gives
--   back, the long one (settle_many).
CREATE OR REPLACE FUNCTION slipway.settle(p_calls jsonb)
RETURNS TABLE (idx integer, result text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- As in admit(): plans do not depend on statistics.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
    c_few CONSTANT integer := 4;
BEGIN
    IF jsonb_array_length(p_calls) BETWEEN 1 AND c_few THEN
        BEGIN
            RETURN QUERY SELECT f.* FROM slipway.settle_few(p_calls) AS f;
            RETURN;
        EXCEPTION
            WHEN SQLSTATE 'SW009' OR unique_violation THEN NULL; -- the long way
        END;
    END IF;
    RETURN QUERY SELECT m.* FROM slipway.settle_many(p_calls) AS m;
END;
$$;
COMMENT ON FUNCTION slipway.settle(jsonb) IS
    'Settle a batch of calls: record, charge, release; one row each.';
