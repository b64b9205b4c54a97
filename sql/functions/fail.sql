-- Raise one of our errors.
--
-- p_code     public code of the error, as in src/base/err.c
-- p_message  what happened and what to do, for the operator
--
-- Never returns: raises SQLSTATE SW0nn with DETAIL = p_code, from which the
-- caller finds its enum err.  The numbers are listed in sql/README.md.
-- Locks: none.
CREATE OR REPLACE FUNCTION slipway.fail(p_code text, p_message text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_number integer := array_position(ARRAY[
        'unauthorized', 'invalid_request', 'forbidden', 'not_found',
        'misconfigured', 'unpriced_model', 'rate_limited', 'paused'
    ], p_code);
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = format('SW%s', lpad(coalesce(v_number, 99)::text, 3, '0')),
        MESSAGE = p_message,
        DETAIL = p_code;
END;
$$;
COMMENT ON FUNCTION slipway.fail(text, text) IS
    'Raise SQLSTATE SW0nn with the public code of the error as DETAIL.';
