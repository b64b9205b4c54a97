-- May a key with this scope name this model?
--
-- p_models    patterns of the key; * stands for anything; NULL: by the role
-- p_is_admin  its user is an admin
-- p_model     provider/model; NULL is none that a pattern fits
--
-- Locks: none.  Immutable.
CREATE OR REPLACE FUNCTION slipway.key_may_name(
    p_models text[],
    p_is_admin boolean,
    p_model text
)
RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE
        WHEN p_models IS NULL THEN p_is_admin
        ELSE EXISTS (
            SELECT
            FROM unnest(p_models) AS p (pattern)
            WHERE p_model LIKE replace(replace(replace(replace(p.pattern,
                '\', '\\'), '%', '\%'), '_', '\_'), '*', '%')
        )
    END
$$;
COMMENT ON FUNCTION slipway.key_may_name(text[], boolean, text) IS
    'May a key with these patterns name this provider/model?';
