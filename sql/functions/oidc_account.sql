-- The account of who signed in at an OpenID provider; makes it when it may.
--
-- p_rules     {"signup", "domains"}: as in account_make()
-- p_issuer    claim iss
-- p_subject   claim sub: with the issuer, who it is
-- p_email     claim email
-- p_verified  claim email_verified
-- p_code      SHA-256 of an invite's code; empty: none
--
-- Returns one row: tenant_id, user_id.  Who comes for the first time gets the
-- account with this address, or the user whom the operator gave it as a name,
-- as the provider has verified it.  Where the address was only claimed by who
-- made that account, password, sessions and keys of it end: they may be an
-- impostor's.
-- Errors: SW001 unauthorized: the account is disabled; SW003 forbidden: the
--   address is not verified; as account_make().
-- Locks: the account's rows, as account_make().  Volatile.
CREATE OR REPLACE FUNCTION slipway.oidc_account(
    p_rules jsonb,
    p_issuer text,
    p_subject text,
    p_email text,
    p_verified boolean,
    p_code text
)
RETURNS TABLE (tenant_id bigint, user_id bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_account slipway.accounts;
    v_users slipway.users[];
BEGIN
    SELECT i.tenant_id, i.user_id
    INTO tenant_id, user_id
    FROM slipway.identities AS i
    WHERE i.issuer = p_issuer AND i.subject = p_subject;
    IF FOUND THEN
        RETURN NEXT;
        RETURN;
    END IF;
    IF p_verified IS NOT TRUE OR coalesce(p_email, '') = '' THEN
        PERFORM slipway.fail('forbidden',
            'the other service has not verified your e-mail address');
    END IF;

    SELECT acc.*
    INTO v_account
    FROM slipway.accounts AS acc
    WHERE lower(acc.email) = lower(p_email)
    FOR UPDATE;
    IF v_account.user_id IS NOT NULL
        AND v_account.email_verified_at IS NULL
    THEN
        PERFORM slipway.sessions_end(v_account.tenant_id, v_account.user_id);
        UPDATE slipway.api_keys AS a
        SET revoked_at = coalesce(a.revoked_at, now())
        WHERE a.tenant_id = v_account.tenant_id
            AND a.user_id = v_account.user_id;
        UPDATE slipway.accounts AS acc
        SET email_verified_at = now(), password_hash = NULL
        WHERE acc.tenant_id = v_account.tenant_id
            AND acc.user_id = v_account.user_id;
    END IF;
    IF v_account.user_id IS NULL THEN
        SELECT array_agg(usr)
        INTO v_users
        FROM slipway.users AS usr
        WHERE lower(usr.name) = lower(p_email) AND NOT EXISTS (
            SELECT
            FROM slipway.accounts AS acc
            WHERE acc.tenant_id = usr.tenant_id AND acc.user_id = usr.id
                AND acc.email IS NOT NULL);
        IF cardinality(v_users) = 1 THEN
            INSERT INTO slipway.accounts AS acc (tenant_id, user_id, email,
                email_verified_at)
            VALUES (v_users[1].tenant_id, v_users[1].id, p_email, now())
            ON CONFLICT (tenant_id, user_id) DO UPDATE
            SET email = EXCLUDED.email, email_verified_at = now()
            RETURNING * INTO v_account;
        ELSE
            v_account := slipway.account_make(p_rules ->> 'signup',
                p_rules ->> 'domains', p_code, p_email, true);
        END IF;
    END IF;
    INSERT INTO slipway.identities (issuer, subject, tenant_id, user_id)
    VALUES (p_issuer, p_subject, v_account.tenant_id, v_account.user_id)
    ON CONFLICT DO NOTHING;
    tenant_id := v_account.tenant_id;
    user_id := v_account.user_id;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION slipway.oidc_account(jsonb, text, text, text, boolean,
    text) IS
    'The account of who signed in at an OpenID provider.';
