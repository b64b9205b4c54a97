-- Does the scope of a key forbid a call?
--
-- p_features, p_models  of the key; NULL: any
-- p_is_admin            its user is an admin
-- p_feature             of the call
-- p_needs_admin         'true': the call names a model itself
-- p_model               which; may be NULL
--
-- Returns true when it does; false or NULL when not.  A plain expression, so that
-- PostgreSQL puts it into the statement that asks.  A model that a key may name needs
-- no feature (`api`).
-- Locks: none.  Immutable.
CREATE OR REPLACE FUNCTION slipway.key_refuses(
    p_features text[],
    p_models text[],
    p_is_admin boolean,
    p_feature text,
    p_needs_admin text,
    p_model text
)
RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT p_feature <> ALL (p_features)
            AND NOT (p_feature = 'api' AND p_models IS NOT NULL
                AND p_needs_admin = 'true')
        OR p_needs_admin = 'true' AND NOT CASE
            WHEN p_models IS NULL THEN p_is_admin
            ELSE slipway.key_may_name(p_models, p_is_admin, p_model) END
$$;
COMMENT ON FUNCTION slipway.key_refuses(text[], text[], boolean, text, text, text) IS
    'Does the scope of a key forbid a call?';
