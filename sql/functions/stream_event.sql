-- A server-sent event.
--
-- p_name  its name
-- p_data  its data; jsonb as text has no line break
--
-- Locks: none.  Immutable.
CREATE OR REPLACE FUNCTION slipway.stream_event(p_name text, p_data jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT format(E'event: %s\ndata: %s\n\n', p_name, p_data)
$$;
COMMENT ON FUNCTION slipway.stream_event(text, jsonb) IS
    'A server-sent event.';
