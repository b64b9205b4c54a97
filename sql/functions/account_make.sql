-- Make the user and the account of a person who signs up.
--
-- p_signup    closed, invite, waitlist or open: who may
-- p_domains   domains that an address must be of, with commas; empty: all
-- p_code      SHA-256 of an invite's code; empty: none
-- p_email     the person's address, which is also the name of the user
-- p_verified  the address was shown to be the person's
--
-- Returns the account.  An invite gives tenant, role and limits, and is used
-- up; one that was made for this address says that the address is right.
-- Errors: SW003 forbidden; SW002 invalid_request: no address, or there is an
--   account with it already.
-- Locks: the invite's row, the new rows.  Volatile.
CREATE OR REPLACE FUNCTION slipway.account_make(
    p_signup text,
    p_domains text,
    p_code text,
    p_email text,
    p_verified boolean
)
RETURNS slipway.accounts
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_invite slipway.invites;
    v_account slipway.accounts;
    v_user_id bigint;
    v_domains text[] := string_to_array(
        lower(regexp_replace(coalesce(p_domains, ''), '\s', '', 'g')), ',');
BEGIN
    IF p_signup = 'closed' THEN
        PERFORM slipway.fail('forbidden',
            'nobody can make an account here; ask the operator for one');
    END IF;
    IF (p_email ~ '^[^@[:cntrl:][:space:]/]+@[^@[:cntrl:][:space:]/]+$'
        AND length(p_email) <= 128) IS NOT TRUE
    THEN
        PERFORM slipway.fail('invalid_request',
            'an account needs an e-mail address');
    END IF;
    IF cardinality(v_domains) > 0
        AND lower(split_part(p_email, '@', 2)) <> ALL (v_domains)
    THEN
        PERFORM slipway.fail('forbidden',
            'addresses of this domain cannot make an account here');
    END IF;
    v_invite := slipway.invite_take(p_code, p_email);
    IF v_invite.id IS NULL AND p_signup <> 'open' THEN
        PERFORM slipway.fail('forbidden',
            'making an account needs an invite');
    END IF;

    INSERT INTO slipway.users (tenant_id, name, role, rpm, daily_cap_pico)
    VALUES (coalesce(v_invite.tenant_id, 1), p_email,
        coalesce(v_invite.role, 'user'), v_invite.rpm,
        v_invite.daily_cap_pico)
    RETURNING id INTO v_user_id;
    -- Who only claimed the address loses it to who shows that it is theirs.
    IF p_verified THEN
        UPDATE slipway.accounts AS acc
        SET email = NULL
        WHERE lower(acc.email) = lower(p_email)
            AND acc.email_verified_at IS NULL;
    END IF;
    INSERT INTO slipway.accounts (tenant_id, user_id, email,
        email_verified_at)
    VALUES (coalesce(v_invite.tenant_id, 1), v_user_id, p_email,
        CASE WHEN p_verified OR v_invite.email IS NOT NULL THEN now() END)
    RETURNING * INTO v_account;
    UPDATE slipway.invites AS i
    SET used_at = now(), used_by = v_user_id
    WHERE i.id = v_invite.id;
    RETURN v_account;
EXCEPTION WHEN unique_violation THEN
    PERFORM slipway.fail('invalid_request',
        'there is an account with this address already; sign in instead');
END;
$$;
COMMENT ON FUNCTION slipway.account_make(text, text, text, text, boolean) IS
    'Make the user and the account of a person who signs up.';
