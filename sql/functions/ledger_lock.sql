-- Lock the sums of the system: whoever has them changes the ledger alone.
--
-- p_day  today in UTC
--
-- For admit() and settle(), before they lock anything else.
-- Locks: that row of daily_spend, which is made when it is not there.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.ledger_lock(p_day date)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    LOOP
        PERFORM
        FROM slipway.daily_spend AS d
        WHERE d.tenant_id = 0 AND d.scope = 'system' AND d.scope_id = 0
            AND d.day = p_day
        FOR NO KEY UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO slipway.daily_spend (tenant_id, scope, scope_id, day)
        VALUES (0, 'system', 0, p_day)
        ON CONFLICT DO NOTHING;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION slipway.ledger_lock(date) IS
    'Lock the sums of the system, before all else; for admit() and settle().';
