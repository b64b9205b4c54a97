-- Take the next message that is due, to send it.
--
-- p_channels  what the caller can send to: webhook, mail
-- p_lease_ms  for how long nobody else takes it
--
-- Messages about the same alert go out in order, on each channel.
--
-- Returns one row, or none when nothing is due: id, channel, kind, detail,
-- attempts (with this one), rule, subject, raised_ms, resolved_ms (NULL).
-- Locks: the row of the message; skips locked ones.  Volatile.
CREATE OR REPLACE FUNCTION slipway.alert_take(
    p_channels text[],
    p_lease_ms bigint
)
RETURNS TABLE (
    id bigint,
    channel text,
    kind text,
    detail text,
    attempts integer,
    rule text,
    subject text,
    raised_ms bigint,
    resolved_ms bigint
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH next AS (
        SELECT o.id
        FROM slipway.alert_outbox AS o
        WHERE o.sent_at IS NULL AND o.next_try_at <= clock_timestamp()
            AND o.channel = ANY (p_channels)
            AND NOT EXISTS (
                SELECT
                FROM slipway.alert_outbox AS b
                WHERE b.alert_id = o.alert_id AND b.channel = o.channel
                    AND b.id < o.id AND b.sent_at IS NULL
            )
        ORDER BY o.id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE slipway.alert_outbox AS o
        SET attempts = o.attempts + 1,
            next_try_at = clock_timestamp() + p_lease_ms * interval '1 ms'
        FROM next AS n
        WHERE o.id = n.id
        RETURNING o.*
    )
    SELECT t.id, t.channel, t.kind, t.detail, t.attempts, a.rule, a.subject,
        slipway.epoch_ms(a.raised_at), slipway.epoch_ms(a.resolved_at)
    FROM taken AS t
    JOIN slipway.alerts AS a ON a.id = t.alert_id;
END;
$$;
COMMENT ON FUNCTION slipway.alert_take(text[], bigint) IS
    'Take the next message about an alert that is due.';
