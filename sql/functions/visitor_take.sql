-- Take one of the free messages of a visitor.
--
-- p_hash     SHA-256 of the visitor's token
-- p_feature  the feature that is asked
-- p_max      so many are free
--
-- Returns how many are left after this one; -1: it was one too many, and
-- nothing was taken.
-- Errors: SW001 unauthorized; SW003 forbidden: no visitor.
-- Locks: the row of the count.  Volatile.
CREATE OR REPLACE FUNCTION slipway.visitor_take(
    p_hash text,
    p_feature text,
    p_max integer
)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_key slipway.api_keys := slipway.key_owner(p_hash, 'visitor');
    v_messages integer;
BEGIN
    IF p_max < 1 THEN
        RETURN -1;
    END IF;
    INSERT INTO slipway.visitor_messages AS m (tenant_id, key_id, feature,
        messages)
    VALUES (v_key.tenant_id, v_key.id, p_feature, 1)
    ON CONFLICT (tenant_id, key_id, feature) DO UPDATE
    SET messages = m.messages + 1
    WHERE m.messages < p_max
    RETURNING m.messages INTO v_messages;
    RETURN coalesce(p_max - v_messages, -1);
END;
$$;
COMMENT ON FUNCTION slipway.visitor_take(text, text, integer) IS
    'Take one of the free messages of a visitor; -1: none is left.';
