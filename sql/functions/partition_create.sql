-- Make the partition of one day, if it is not there.
--
-- p_table  llm_calls or llm_attempts
-- p_day    the day
--
-- Rows of that day that stand in the default partition are moved into it.
-- Returns what was done, NULL: nothing.  For janitor() only.
-- Locks: the default partition exclusively; the table itself only so that
--   calls go on being written meanwhile.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.partition_create(p_table text, p_day date)
RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_name text := p_table || to_char(p_day, '_YYYYMMDD');
    v_default text := p_table || '_default';
    v_moved bigint;
BEGIN
    IF to_regclass(format('slipway.%I', v_name)) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format('LOCK TABLE ONLY slipway.%I IN ACCESS EXCLUSIVE MODE',
        v_default);
    EXECUTE format('CREATE TABLE slipway.%I (LIKE slipway.%I INCLUDING ALL)',
        v_name, p_table);
    PERFORM set_config('slipway.janitor', 'on', true);
    EXECUTE format(
        'WITH gone AS (DELETE FROM slipway.%I WHERE day = $1 RETURNING *) '
        'INSERT INTO slipway.%I SELECT * FROM gone',
        v_default, v_name)
        USING p_day;
    GET DIAGNOSTICS v_moved = ROW_COUNT;
    PERFORM set_config('slipway.janitor', 'off', true);
    EXECUTE format(
        'ALTER TABLE slipway.%I ATTACH PARTITION slipway.%I '
        'FOR VALUES FROM (%L) TO (%L)',
        p_table, v_name, p_day, p_day + 1);
    RETURN format('%s, %s rows moved into it', v_name, v_moved);
END;
$$;
COMMENT ON FUNCTION slipway.partition_create(text, date) IS
    'Make the partition of one day, if it is not there; for janitor().';
