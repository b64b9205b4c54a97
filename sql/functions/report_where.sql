-- The conditions of a report as SQL text, one a line.
--
-- p_filter   see report_sql()
-- p_columns  the columns that the view has; what is asked of others is left out
--
-- Every value is quoted as a literal.  Who is meant by tenant, user and key
-- stands there by number, too (tenant_id, user_id), for the indexes go by that;
-- unless it is more than a few users, as with what many keys begin with; with
-- the column models a provider stands there by its models, too, for the same.
-- For report_sql() only.
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
    v_users bigint[];
    v_models text[];
    c_few CONSTANT integer := 10;
    c_models CONSTANT integer := 50;
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
    IF 'tenant_id' = ANY (p_columns) AND p_filter ->> 'tenant' <> '' THEN
        v_parts := v_parts || format('tenant_id = %s', coalesce((
            SELECT ten.id
            FROM slipway.tenants AS ten
            WHERE ten.name = p_filter ->> 'tenant'
        ), 0));
    END IF;
    IF 'user_id' = ANY (p_columns)
        AND concat(p_filter ->> 'user', p_filter ->> 'key') <> ''
    THEN
        v_users := ARRAY(
            SELECT usr.id
            FROM slipway.users AS usr
            JOIN slipway.tenants AS ten ON ten.id = usr.tenant_id
            WHERE usr.name = coalesce(nullif(p_filter ->> 'user', ''), usr.name)
                AND ten.name = coalesce(nullif(p_filter ->> 'tenant', ''),
                    ten.name)
                AND (coalesce(p_filter ->> 'key', '') = '' OR EXISTS (
                    SELECT
                    FROM slipway.api_keys AS a
                    WHERE a.tenant_id = usr.tenant_id AND a.user_id = usr.id
                        AND a.prefix = p_filter ->> 'key'
                ))
            ORDER BY usr.id
            LIMIT c_few + 1
        );
        IF cardinality(v_users) = 1 THEN
            v_parts := v_parts || format('user_id = %s', v_users[1]);
        ELSIF cardinality(v_users) <= c_few THEN
            v_parts := v_parts || format('user_id = ANY (%L)', v_users);
        END IF;
    END IF;
    IF 'models' = ANY (p_columns) AND p_filter ->> 'provider' <> '' THEN
        v_models := ARRAY(
            SELECT DISTINCT u.model_route
            FROM slipway.usage_by_hour AS u
            WHERE u.provider = p_filter ->> 'provider'
                AND u.utc_day BETWEEN v_from - 1 AND v_until + 1
            ORDER BY u.model_route
            LIMIT c_models + 1
        );
        IF cardinality(v_models) <= c_models THEN
            v_parts := v_parts || format('model_route = ANY (%L)', v_models);
        END IF;
    END IF;
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
