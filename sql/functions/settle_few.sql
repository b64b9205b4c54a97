-- Settle a few calls the short way, when nothing about them is unusual.  For settle()
-- only, whose settings it has.
--
-- p_calls  as in settle()
--
-- Returns what settle() does when each has a reservation and the right form.
--
-- A small statement each for the reservation, the sums, the call and its attempts: for
-- one call that is half of what the long way costs, where starting the larger statements
-- takes the time.
--
-- Errors: SW009, unique_violation: there is more to it; take back what was done and go
--   the long way.
-- Locks: the sums of the system, then those of the call, then its reservation.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.settle_few(p_calls jsonb)
RETURNS TABLE (idx integer, result text)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    s slipway.reservations;
    v_call jsonb;
    v_cost bigint;
    v_rows integer;
BEGIN
    result := 'settled';
    IF jsonb_array_length(p_calls) > 1 THEN
        PERFORM slipway.ledger_lock((clock_timestamp() AT TIME ZONE 'UTC')::date);
    END IF;
    FOR i IN 0 .. jsonb_array_length(p_calls) - 1 LOOP
        idx := i;
        v_call := p_calls -> i;
        SELECT r.* INTO s
        FROM slipway.reservations AS r
        WHERE r.request_id = v_call ->> 'request_id' AND slipway.settle_form(v_call);
        IF NOT FOUND OR v_call ?| '{reply,content}' THEN
            RAISE EXCEPTION USING ERRCODE = 'SW009';
        END IF;
        v_cost := v_call ->> 'cost_pico';

        UPDATE slipway.daily_spend AS d
        SET reserved = greatest(0, d.reserved - s.amount_pico),
            settled = d.settled + v_cost,
            calls = d.calls + 1
        FROM (VALUES
            ('system', 0::bigint, 0::bigint, s.system_day),
            ('tenant', s.tenant_id, s.tenant_id, s.day),
            ('user', s.tenant_id, s.user_id, s.day),
            ('user_key', s.tenant_id, CASE WHEN s.key_capped THEN s.key_id END, s.day)
        ) AS x (scope, tenant_id, id, day)
        WHERE d.tenant_id = x.tenant_id AND d.scope = x.scope AND d.scope_id = x.id
            AND d.day = x.day;
        GET DIAGNOSTICS v_rows = ROW_COUNT;
        IF v_rows < 3 + s.key_capped::integer THEN
            RAISE EXCEPTION USING ERRCODE = 'SW009';
        END IF;
        DELETE FROM slipway.reservations AS r WHERE r.request_id = s.request_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'SW009';
        END IF;

        INSERT INTO slipway.llm_calls
        SELECT c.*
        FROM slipway.call_of(s.tenant_id, s.request_id, s.day, s.system_day, s.user_id,
            s.key_id, s.feature, s.created_at, s.amount_pico, v_call) AS c;
        INSERT INTO slipway.llm_attempts
        SELECT a.*
        FROM slipway.attempts_of(s.tenant_id, s.request_id, s.day, v_call) AS a;
        IF v_call ? 'guards' THEN
            INSERT INTO slipway.llm_guards
            SELECT g.*
            FROM slipway.guards_of(s.tenant_id, s.request_id, s.day, v_call) AS g
            ON CONFLICT DO NOTHING;
        END IF;
        RETURN NEXT;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION slipway.settle_few(jsonb) IS
    'Settle a few calls the short way, or raise SW009; for settle().';
