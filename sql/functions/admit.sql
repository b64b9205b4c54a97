-- Admit a batch of calls: authenticate, limit, set money aside.
--
-- p_calls     array of {"key_hash": 64 hex digits, "request_id", "feature",
--             "needs_admin": bool (the call names a model itself), "model"
--             (which one; may be missing), "input_pico", "output_pico" (per token),
--             "max_output_tokens", "min_output_tokens", "lease_ms", "fresh":
--             bool (request_id was made just now, so nobody asked with it
--             before; may be missing)}
-- p_defaults  {"user_rpm", "tenant_rpm" (0: no limit), "user_daily_pico",
--             "tenant_daily_pico", "system_daily_pico" (-1: no cap)}; a user's
--             or a tenant's own limits in the tables win
--
-- Returns one row for each call, in their order:
--   verdict                ok or the public code of the refusal: unauthorized,
--                          forbidden, invalid_request, paused, rate_limited,
--                          key_cap, user_cap, tenant_cap, system_cap
--   granted_output_tokens  <= max_output_tokens: lowered to what the caps
--                          leave, not below min_output_tokens
--   reserved_pico          input_pico + granted_output_tokens * output_pico
--   retry_after_ms         of a refusal; 0: unknown
--   reset_ms               wall clock, ms since 1970, when the caps begin anew
--   limit_rpm, remaining_rpm, reset_rpm_ms  the tightest of key, user and tenant
--   cap_pico, cap_left_pico  of the key or the user, whichever is tighter, after
--                          this call; -1: no cap
--
-- The checks, in their order: key, the entry itself, the role or scope of the key, an earlier admission
-- of the same request_id, pause, requests per minute, caps.  A refusal by a
-- rate limit takes nothing from any limit.  A refusal by a cap has taken its
-- place in the rate limit: who hammers at an empty budget is slowed down.
-- A cap refusal that waits only for calls under way to be settled says to
-- come back in a second, else at the reset.
--
-- The same request_id with the same key again returns the reservation that it
-- has, with a new lease; any other use of a known request_id is
-- invalid_request, where known is: under way, or settled on the day of two hours
-- ago or later.  In a batch of fresh ones nobody looks.  Calls of one batch see each other's reservations.
--
-- Errors: 22xxx when p_calls or p_defaults has not this form (an entry that is
--   wrong is only refused); 40001 when a request_id came in twice at once
--   across midnight: nothing happened, try again.
-- Locks: the sums of the system, with which it is alone; then rate_limits and
--   daily_spend, each in the order scope, tenant_id, scope_id, day, of which the
--   missing rows are made first.
-- Volatile.  A few go the short way (admit_few), the others, and those that it gives
--   back, the long one (admit_many).
CREATE OR REPLACE FUNCTION slipway.admit(p_calls jsonb, p_defaults jsonb)
RETURNS TABLE (
    idx integer,
    verdict text,
    tenant_id bigint,
    user_id bigint,
    key_id bigint,
    is_admin boolean,
    granted_output_tokens bigint,
    reserved_pico bigint,
    retry_after_ms bigint,
    reset_ms bigint,
    limit_rpm bigint,
    remaining_rpm bigint,
    reset_rpm_ms bigint,
    cap_pico bigint,
    cap_left_pico bigint
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- Plans are made once per session and must not depend on statistics: the
-- tables are empty when the first session starts.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
    c_few CONSTANT integer := 4;
BEGIN
    IF jsonb_array_length(p_calls) BETWEEN 1 AND c_few THEN
        BEGIN
            RETURN QUERY SELECT f.* FROM slipway.admit_few(p_calls, p_defaults) AS f;
            RETURN;
        EXCEPTION
            WHEN SQLSTATE 'SW009' OR unique_violation THEN NULL; -- the long way
        END;
    END IF;
    RETURN QUERY SELECT m.* FROM slipway.admit_many(p_calls, p_defaults) AS m;
END;
$$;
COMMENT ON FUNCTION slipway.admit(jsonb, jsonb) IS
    'Admit a batch of calls: authenticate, limit, reserve; one row each.';
