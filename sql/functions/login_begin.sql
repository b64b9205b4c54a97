-- The first half of a sign-in by password: count it, and give the hash to
-- compare with.  login_succeeded() takes the count back.
--
-- p_login    what the person typed
-- p_address  where the request came from
-- p_max      attempts of one account within 15 minutes; an address has five
--            times as many
--
-- Returns one row: wait_s (0: go on; else refuse, and nothing else is filled
-- in), and tenant_id, user_id and password_hash, NULL when there is no such
-- account or it has no password: compare with something all the same, so that
-- the answer takes as long.
-- Locks: the rows of the counts.  Volatile.
CREATE OR REPLACE FUNCTION slipway.login_begin(
    p_login text,
    p_address text,
    p_max integer
)
RETURNS TABLE (
    wait_s integer,
    tenant_id bigint,
    user_id bigint,
    password_hash text
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_account slipway.accounts;
BEGIN
    -- The address first: who is refused for it does not lock the account.
    wait_s := slipway.login_throttle('address',
        slipway.address_network(p_address), 5 * p_max);
    IF wait_s = 0 THEN
        wait_s := slipway.login_throttle('account', p_login, p_max);
    END IF;
    IF wait_s = 0 THEN
        v_account := slipway.account_find(p_login);
        IF v_account.password_hash IS NOT NULL THEN
            tenant_id := v_account.tenant_id;
            user_id := v_account.user_id;
            password_hash := v_account.password_hash;
        END IF;
    END IF;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION slipway.login_begin(text, text, integer) IS
    'Count an attempt to sign in and find the hash of the password.';
