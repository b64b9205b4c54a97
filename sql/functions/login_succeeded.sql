-- The password was right: forget the failed attempts of the account, and do
-- not count this one against the address, which many people may share.
--
-- p_login, p_address  as in login_begin()
--
-- Locks: the rows of the counts.  Volatile.
CREATE OR REPLACE FUNCTION slipway.login_succeeded(
    p_login text,
    p_address text
)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    DELETE FROM slipway.login_attempts AS l
    WHERE l.scope = 'account'
        AND l.subject = sha256(convert_to(lower(p_login), 'UTF8'));
    UPDATE slipway.login_attempts AS l
    SET attempts = greatest(l.attempts - 1, 0)
    WHERE l.scope = 'address' AND l.subject = sha256(convert_to(
        lower(slipway.address_network(p_address)), 'UTF8'));
$$;
COMMENT ON FUNCTION slipway.login_succeeded(text, text) IS
    'Forget the failed attempts to sign in to an account.';
