-- Has an entry of admit() the right form?
--
-- p_call  one entry
--
-- Returns false for whatever is missing, no whole number, or too long.  A plain
-- expression, so that PostgreSQL puts it into the statement that asks.
-- Locks: none.  Immutable.
CREATE OR REPLACE FUNCTION slipway.admit_form(p_call jsonb)
RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(
        (p_call ->> 'input_pico') || ' ' || (p_call ->> 'output_pico') || ' '
            || (p_call ->> 'max_output_tokens') || ' '
            || (p_call ->> 'min_output_tokens') || ' '
            || (p_call ->> 'lease_ms') || ' ' || (p_call ->> 'needs_admin')
            ~ '^([0-9]+ ){5}(true|false)$'
        AND length(p_call ->> 'input_pico') <= 16
        AND length(p_call ->> 'output_pico') <= 11
        AND length(p_call ->> 'max_output_tokens') <= 16
        AND length(p_call ->> 'min_output_tokens') <= 16
        AND length(p_call ->> 'lease_ms') <= 9
        AND p_call ->> 'request_id' !~ '[^!-~]'
        AND length(p_call ->> 'request_id') BETWEEN 1 AND 64
        AND length(p_call ->> 'feature') BETWEEN 1 AND 128, false)
$$;
COMMENT ON FUNCTION slipway.admit_form(jsonb) IS
    'Has an entry of admit() the right form?';
