-- Take prices into the table.
--
-- p_rows    array of {"provider", "model", "input_pico", "output_pico"} with
--           pico-dollars per token, and optionally
--           "valid_from"           when it begins; missing: now
--           "cache_read_pico"      missing: as input
--           "cache_write_pico"     missing: as input
--           "cache_write_1h_pico"  missing: as cache_write, or twice the input
--                                  where writing costs more than reading: what
--                                  is not known must not be too low
-- p_source  where they were read
--
-- Returns one row for each entry: added (a new price, the old one stays in the
-- history), changed (the row of the same valid_from), or unchanged (that price
-- counts already at that moment).
-- Errors: SW002 invalid_request, and nothing is written, when an entry is
--   malformed or a price is above 0.01 USD per token: 10,000 USD per million
--   is no list price, but a price per million typed as one per token is.
-- Locks: the rows written.  Volatile.
CREATE OR REPLACE FUNCTION slipway.price_upsert(p_rows jsonb, p_source text)
RETURNS TABLE (provider text, model text, action text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    c_max_pico CONSTANT bigint := 10000000000;
    r record;
    v_old slipway.prices;
    v_at timestamptz;
    v_what text;
BEGIN
    IF jsonb_typeof(p_rows) IS DISTINCT FROM 'array'
        OR coalesce(p_source, '') = ''
    THEN
        PERFORM slipway.fail('invalid_request',
            'prices come as an array of objects, with the name of their '
            'source');
    END IF;
    FOR r IN
        SELECT e.n, e.j, e.j ->> 'provider' AS provider,
            e.j ->> 'model' AS model, e.j ->> 'valid_from' AS valid_from,
            e.j ->> 'input_pico' AS input_pico,
            e.j ->> 'output_pico' AS output_pico,
            e.j ->> 'cache_read_pico' AS cache_read_pico,
            e.j ->> 'cache_write_pico' AS cache_write_pico,
            e.j ->> 'cache_write_1h_pico' AS cache_write_1h_pico
        FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS e (j, n)
        ORDER BY e.n
    LOOP
        v_what := format('price %s (%s/%s)', r.n,
            coalesce(r.provider, '?'), coalesce(r.model, '?'));
        IF (r.provider ~ '^[^/[:cntrl:]]{1,64}$'
            AND r.model ~ '^[^[:cntrl:]]{1,128}$') IS NOT TRUE
        THEN
            PERFORM slipway.fail('invalid_request', format(
                '%s: provider and model are needed, the provider without a '
                'slash', v_what));
        END IF;
        IF (concat_ws(' ', r.input_pico, r.output_pico,
                coalesce(r.cache_read_pico, '0'),
                coalesce(r.cache_write_pico, '0'),
                coalesce(r.cache_write_1h_pico, '0'))
            ~ '^\d{1,18}( \d{1,18}){4}$') IS NOT TRUE
        THEN
            PERFORM slipway.fail('invalid_request', format(
                '%s: input_pico and output_pico are needed, in whole '
                'pico-dollars per token (1 USD per million tokens is '
                '1000000)', v_what));
        END IF;
        IF greatest(r.input_pico::bigint, r.output_pico::bigint,
            r.cache_read_pico::bigint, r.cache_write_pico::bigint,
            r.cache_write_1h_pico::bigint) > c_max_pico
        THEN
            PERFORM slipway.fail('invalid_request', format(
                '%s: more than 0.01 USD per token (10,000 USD per million) is '
                'no list price; was a price per million or per thousand '
                'tokens given as one per token?', v_what));
        END IF;
        BEGIN
            v_at := coalesce(r.valid_from::timestamptz, now());
        EXCEPTION WHEN data_exception THEN
            PERFORM slipway.fail('invalid_request', format(
                '%s: valid_from "%s" is no time', v_what, r.valid_from));
        END;

        provider := r.provider;
        model := r.model;
        SELECT p.*
        INTO v_old
        FROM slipway.prices AS p
        WHERE p.provider = r.provider AND p.model = r.model
            AND p.valid_from <= v_at
        ORDER BY p.valid_from DESC
        LIMIT 1;
        r.cache_read_pico := coalesce(r.cache_read_pico, r.input_pico);
        r.cache_write_pico := coalesce(r.cache_write_pico, r.input_pico);
        r.cache_write_1h_pico := coalesce(r.cache_write_1h_pico,
            CASE WHEN r.cache_write_pico::bigint > r.input_pico::bigint
                THEN greatest(r.cache_write_pico::bigint,
                    least(2 * r.input_pico::bigint, c_max_pico))::text
                ELSE r.cache_write_pico END);
        IF (v_old.input_pico, v_old.output_pico, v_old.cache_read_pico,
                v_old.cache_write_pico, v_old.cache_write_1h_pico)
            = (r.input_pico::bigint, r.output_pico::bigint,
                r.cache_read_pico::bigint, r.cache_write_pico::bigint,
                r.cache_write_1h_pico::bigint)
        THEN
            action := 'unchanged';
        ELSE
            INSERT INTO slipway.prices (provider, model, valid_from,
                input_pico, cache_read_pico, cache_write_pico,
                cache_write_1h_pico, output_pico, source)
            VALUES (r.provider, r.model, v_at, r.input_pico::bigint,
                r.cache_read_pico::bigint, r.cache_write_pico::bigint,
                r.cache_write_1h_pico::bigint, r.output_pico::bigint,
                p_source)
            ON CONFLICT ON CONSTRAINT prices_pkey DO UPDATE
            SET input_pico = excluded.input_pico,
                cache_read_pico = excluded.cache_read_pico,
                cache_write_pico = excluded.cache_write_pico,
                cache_write_1h_pico = excluded.cache_write_1h_pico,
                output_pico = excluded.output_pico,
                source = excluded.source,
                created_at = now();
            action := CASE WHEN v_old.valid_from = v_at
                THEN 'changed' ELSE 'added' END;
        END IF;
        RETURN NEXT;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION slipway.price_upsert(jsonb, text) IS
    'Take prices into the table, refusing what cannot be a list price.';
