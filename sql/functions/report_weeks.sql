-- Where a report by user or key reads what was used: the last 30 days and the
-- month in one piece up to yesterday; of other times the whole weeks as weeks;
-- the rest as days.
--
-- What is kept in one piece changes every day.  So the text has the days of it,
-- too, which are read when it is run after that.
--
-- p_filter  see report_sql()
-- p_by      the column besides user_id that it groups by: ', s.feature'; or ''
--
-- Returns a FROM item as SQL text, a line each.  For report_sql() only.
-- Errors: as report_where().
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.report_weeks(p_filter jsonb, p_by text)
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_columns CONSTANT text[] := '{tenant,user,user_id,key,feature}';
    c_sums CONSTANT text := 'calls, cost_pico, input_tokens,
            output_tokens, calls_not_exact, last_call_at';
    v_days text := slipway.report_where(p_filter, c_columns || '{utc_day,day}');
    v_others text := slipway.report_where(p_filter, c_columns);
    v_from date;
    v_until date;
    v_first date;
    v_end date;
    v_over date;
BEGIN
    -- days, for report_where() has read them
    v_from := coalesce(nullif(p_filter ->> 'from', '')::date,
        (now() AT TIME ZONE 'UTC')::date - 6);
    v_until := coalesce(nullif(p_filter ->> 'until', '')::date,
        (now() AT TIME ZONE 'UTC')::date);
    SELECT s.spans_until
    INTO STRICT v_over
    FROM slipway.rollup_state AS s;
    IF v_over > v_from AND v_over <= v_until AND v_from IN (v_over - 29,
            date_trunc('month', v_over)::date)
    THEN
        RETURN format($q$(
        SELECT user_id%1$s, %2$s
        FROM slipway.usage_by_user
        %3$s    AND utc_day >= %4$L
        UNION ALL
        SELECT user_id%1$s, %2$s
        FROM slipway.usage_by_span
        WHERE from_day = %5$L AND until_day = date %4$L - 1
%6$s        UNION ALL
        SELECT user_id%1$s, %2$s
        FROM slipway.usage_by_user
        %3$s    AND utc_day < %4$L
            AND NOT EXISTS (
                SELECT
                FROM slipway.usage_by_span
                WHERE from_day = %5$L AND until_day = date %4$L - 1
            )
    ) AS u
    $q$, replace(p_by, 's.', ''), c_sums,
            replace(v_days, E'\n', E'\n        '), v_over, v_from,
            replace(replace(v_others, 'WHERE ', '            AND '),
                E'\n    AND', E'\n            AND'));
    END IF;
    v_first := date_trunc('week', v_from + interval '6 days')::date;
    SELECT least(date_trunc('week', v_until + interval '1 day')::date,
        s.weeks_until)
    INTO STRICT v_end
    FROM slipway.rollup_state AS s;
    IF v_end <= v_first THEN
        RETURN format(E'slipway.usage_by_user\n    %s',
            replace(v_days, E'\n', E'\n    '));
    END IF;
    RETURN format($q$(
        SELECT user_id%1$s, %2$s
        FROM slipway.usage_by_user
        %3$s    AND (utc_day BETWEEN %7$L AND date %4$L - 1
                OR utc_day BETWEEN %5$L AND %8$L)
        UNION ALL
        SELECT user_id%1$s, %2$s
        FROM slipway.usage_by_week
        WHERE week >= %4$L AND week < %5$L
%6$s    ) AS u
    $q$, replace(p_by, 's.', ''), c_sums,
        replace(v_days, E'\n', E'\n        '), v_first, v_end,
        replace(replace(v_others, 'WHERE ', '            AND '),
            E'\n    AND', E'\n            AND'), v_from, v_until);
END;
$$;
COMMENT ON FUNCTION slipway.report_weeks(jsonb, text) IS
    'Weeks and days that a report by user or key reads; for report_sql().';
