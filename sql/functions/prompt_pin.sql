-- Let a feature use an earlier prompt than the configured one, on all hosts
-- within a minute; or the configured one again.
--
-- p_feature  name of the feature
-- p_version  a version that a worker was once configured with; NULL: no pin
--
-- Errors: SW004 not_found: no such version of the feature.
-- Locks: the row of the feature.  Volatile.
CREATE OR REPLACE FUNCTION slipway.prompt_pin(p_feature text, p_version text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_version IS NULL THEN
        DELETE FROM slipway.prompt_pins AS n WHERE n.feature = p_feature;
        RETURN;
    END IF;
    INSERT INTO slipway.prompt_pins AS n (feature, version)
    VALUES (p_feature, p_version)
    ON CONFLICT (feature) DO UPDATE
    SET version = excluded.version,
        pinned_at = now()
    WHERE n.version <> excluded.version;
EXCEPTION WHEN foreign_key_violation OR not_null_violation THEN
    PERFORM slipway.fail('not_found', format(
        'the feature "%s" never had a prompt of version "%s"', p_feature,
        p_version));
END;
$$;
COMMENT ON FUNCTION slipway.prompt_pin(text, text) IS
    'Pin a feature to an earlier prompt; NULL: use the configured one.';
