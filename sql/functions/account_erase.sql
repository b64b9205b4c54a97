-- Erase who a user was and what was said.  The numbers of the ledger stay, under a number in the
-- place of a name: money that was spent does not go away.
--
-- p_tenant_id, p_user_id  the user
--
-- Locks: the user's rows.  Volatile.
CREATE OR REPLACE FUNCTION slipway.account_erase(
    p_tenant_id bigint,
    p_user_id bigint
)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_name text;
    v_tenant text;
    v_email text;
BEGIN
    SELECT n.name, n.tenant, n.email
    INTO STRICT v_name, v_tenant, v_email
    FROM slipway.person_names(p_tenant_id, p_user_id) AS n;
    UPDATE slipway.users AS usr
    SET name = 'deleted-' || usr.id, role = 'user',
        disabled_at = coalesce(usr.disabled_at, now())
    WHERE usr.tenant_id = p_tenant_id AND usr.id = p_user_id;
    UPDATE slipway.api_keys AS a
    SET revoked_at = coalesce(a.revoked_at, now()), label = '',
        prefix = 'deleted'
    WHERE a.tenant_id = p_tenant_id AND a.user_id = p_user_id;
    DELETE FROM slipway.waitlist AS w
    WHERE lower(w.email) = lower(v_email);
    UPDATE slipway.invites AS i
    SET email = NULL, note = ''
    WHERE i.tenant_id = p_tenant_id AND i.used_by = p_user_id;
    -- without its address anybody could use it
    DELETE FROM slipway.invites AS i
    WHERE lower(i.email) = lower(v_email) AND i.used_at IS NULL;
    DELETE FROM slipway.login_attempts AS l
    WHERE l.scope <> 'address' AND l.subject IN (
        SELECT sha256(convert_to(lower(x.subject), 'UTF8'))
        FROM (VALUES (v_name), (v_tenant || '/' || v_name), (v_email))
            AS x (subject));
    UPDATE slipway.alerts AS a
    SET subject = 'user ' || v_tenant || '/deleted-' || p_user_id
    WHERE a.subject = 'user ' || v_tenant || '/' || v_name;
    PERFORM slipway.content_erase(p_tenant_id, p_user_id);
    DELETE FROM slipway.mail_tokens AS t
    WHERE t.tenant_id = p_tenant_id AND t.user_id = p_user_id;
    DELETE FROM slipway.sessions AS s
    WHERE s.tenant_id = p_tenant_id AND s.user_id = p_user_id;
    DELETE FROM slipway.identities AS i
    WHERE i.tenant_id = p_tenant_id AND i.user_id = p_user_id;
    DELETE FROM slipway.accounts AS acc
    WHERE acc.tenant_id = p_tenant_id AND acc.user_id = p_user_id;
END;
$$;
COMMENT ON FUNCTION slipway.account_erase(bigint, bigint) IS
    'Erase who a user was; the numbers of the ledger stay.';
