-- What is paused now, and why.
--
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.pause_list()
RETURNS TABLE (feature text, reason text, since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT o.feature, o.reason, o.changed_at
    FROM slipway.controls AS o
    WHERE o.paused
    ORDER BY o.feature;
$$;
COMMENT ON FUNCTION slipway.pause_list() IS 'What is paused now, and why.';
