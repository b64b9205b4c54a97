-- A person makes an account with a password.  The caller has counted the
-- attempt with attempt_count().
--
-- p_rules     {"signup", "domains"}: as in account_make()
-- p_code      SHA-256 of an invite's code; empty: none
-- p_email     the person's address
-- p_password  Argon2id of the password
--
-- Returns one row: tenant_id, user_id.
-- Errors, locks: as account_make().  Volatile.
CREATE OR REPLACE FUNCTION slipway.account_register(
    p_rules jsonb,
    p_code text,
    p_email text,
    p_password text
)
RETURNS TABLE (tenant_id bigint, user_id bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_account slipway.accounts;
BEGIN
    v_account := slipway.account_make(p_rules ->> 'signup',
        p_rules ->> 'domains', p_code, p_email, false);
    UPDATE slipway.accounts AS acc
    SET password_hash = p_password, password_at = now()
    WHERE acc.tenant_id = v_account.tenant_id
        AND acc.user_id = v_account.user_id;
    tenant_id := v_account.tenant_id;
    user_id := v_account.user_id;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION slipway.account_register(jsonb, text, text, text) IS
    'A person makes an account with a password.';
