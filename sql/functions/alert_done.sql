-- A message was sent, or could not be.
--
-- p_id        its number
-- p_error     empty: the receiver took it; else why it did not
-- p_retry_ms  then: when to try again, at the earliest; it is tried later the
--             more often it failed, up to 15 minutes
--
-- Returns whether it is sent now.
-- Locks: the row of the message.  Volatile.
CREATE OR REPLACE FUNCTION slipway.alert_done(
    p_id bigint,
    p_error text,
    p_retry_ms bigint DEFAULT 0
)
RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE slipway.alert_outbox AS o
    SET sent_at = CASE WHEN p_error = '' THEN clock_timestamp() END,
        last_error = left(p_error, 500),
        next_try_at = clock_timestamp() + greatest(
            p_retry_ms * interval '1 ms',
            least(power(2, least(o.attempts, 10)) * interval '15 s',
                interval '15 minutes'))
    WHERE o.id = p_id AND o.sent_at IS NULL
    RETURNING o.sent_at IS NOT NULL;
$$;
COMMENT ON FUNCTION slipway.alert_done(bigint, text, bigint) IS
    'A message about an alert was sent, or could not be.';
