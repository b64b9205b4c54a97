-- Keep the prompts that a worker was configured with.
--
-- p_prompts  array of {"feature", "version", "body"}
--
-- Returns one row for each feature that is pinned to an earlier prompt:
-- feature, version, body.  Workers ask at their start and every minute.
-- Errors: 22xxx when p_prompts has not this form.
-- Locks: none but new rows.  Volatile.
CREATE OR REPLACE FUNCTION slipway.prompt_register(p_prompts jsonb)
RETURNS TABLE (feature text, version text, body text)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO slipway.prompts (feature, version, body)
    SELECT p.j ->> 'feature', p.j ->> 'version', p.j ->> 'body'
    FROM jsonb_array_elements(p_prompts) AS p (j)
    ON CONFLICT DO NOTHING;

    SELECT p.feature, p.version, p.body
    FROM slipway.prompt_pins AS n
    JOIN slipway.prompts AS p USING (feature, version);
$$;
COMMENT ON FUNCTION slipway.prompt_register(jsonb) IS
    'Keep the configured prompts; returns those that features are pinned to.';
