-- Lock tables for a change of their form, without ever waiting for one.
--
-- p_tables  names; all of them or none
-- p_mode    as in LOCK TABLE
--
-- For two seconds it looks for a moment in which nobody is in the way.  Who waits
-- for a table while it holds another can be in a deadlock with a reader that began with
-- the other; and whatever comes after one that waits, waits too.
--
-- Returns whether they are locked, until the transaction ends.  For janitor() only.
-- Locks: these tables, not their partitions.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.tables_lock(p_tables text[], p_mode text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_tries CONSTANT integer := 200;
    v_command text;
BEGIN
    SELECT format('LOCK TABLE %s IN %s MODE NOWAIT',
        string_agg(format('ONLY slipway.%I', t.name), ', '), p_mode)
    INTO v_command
    FROM unnest(p_tables) AS t (name);
    FOR i IN 1 .. c_tries LOOP
        BEGIN
            EXECUTE v_command;
            RETURN true;
        EXCEPTION
            -- what was locked is free again
            WHEN lock_not_available THEN PERFORM pg_sleep(0.01);
        END;
    END LOOP;
    RETURN false;
END;
$$;
COMMENT ON FUNCTION slipway.tables_lock(text[], text) IS
    'Lock tables, all or none, without waiting for one; for janitor().';
