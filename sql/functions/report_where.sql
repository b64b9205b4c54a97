-- The conditions of a report as SQL text, one a line.
--
-- p_filter   see report_sql()
-- p_columns  the columns that the view has; what is asked of others is left out
--
-- Every value is quoted as a literal.  For report_sql() only.
-- Errors: SW002 invalid_request: a date or number that is none.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.report_where(
    p_filter jsonb,
    p_columns text[]
)
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_from date;
    v_until date;
    v_parts text[] := '{}';
    r record;
BEGIN
    BEGIN
        v_from := coalesce(nullif(p_filter ->> 'from', '')::date,
            (now() AT TIME ZONE 'UTC')::date - 6);
        v_until := coalesce(nullif(p_filter ->> 'until', '')::date,
            (now() AT TIME ZONE 'UTC')::date);
    EXCEPTION WHEN data_exception THEN
        PERFORM slipway.fail('invalid_request',
            'from and until are days such as 2026-11-30');
    END;
    IF 'utc_day' = ANY (p_columns) THEN
        v_parts := v_parts || format('utc_day BETWEEN %L AND %L', v_from,
            v_until);
    END IF;
    -- Partitions go by the tenant's day, a day before or after at most.
    IF 'day' = ANY (p_columns) THEN
        v_parts := v_parts || format('day BETWEEN %L AND %L', v_from - 1,
            v_until + 1);
    END IF;
    FOR r IN
        SELECT f.name, p_filter ->> f.name AS value, f.col
        FROM (VALUES ('tenant', 'tenant'), ('user', 'user'),
            ('key', 'key'), ('feature', 'feature'),
            ('provider', 'provider'), ('model', 'model_route'),
            ('outcome', 'outcome'), ('error', 'error'),
            ('scope', 'scope'), ('state', 'state')) AS f (name, col)
        WHERE f.col = ANY (p_columns) AND p_filter ->> f.name <> ''
    LOOP
        v_parts := v_parts || format('%I = %L', r.col, r.value);
    END LOOP;
    IF p_filter ->> 'search' <> '' AND 'user' = ANY (p_columns) THEN
        v_parts := v_parts || format('position(lower(%L) IN lower("user")) > 0',
            p_filter ->> 'search');
    END IF;
    RETURN coalesce('WHERE ' || nullif(array_to_string(v_parts,
        E'\n    AND '), '') || E'\n', '');
END;
$$;
COMMENT ON FUNCTION slipway.report_where(jsonb, text[]) IS
    'The conditions of a report as SQL text; for report_sql().';
