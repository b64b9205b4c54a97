-- Store a password that was just checked with today's parameters of Argon2id.
--
-- p_tenant_id, p_user_id  whose it is
-- p_old                   the hash that it was checked with
-- p_new                   the hash to store
--
-- Locks: the account's row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.password_renew(
    p_tenant_id bigint,
    p_user_id bigint,
    p_old text,
    p_new text
)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE slipway.accounts AS acc
    SET password_hash = p_new
    WHERE acc.tenant_id = p_tenant_id AND acc.user_id = p_user_id
        AND acc.password_hash = p_old
$$;
COMMENT ON FUNCTION slipway.password_renew(bigint, bigint, text, text) IS
    'Replace the hash of a password by a newer one of the same password.';
