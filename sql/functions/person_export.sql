-- Everything that is kept about a person.
--
-- p_key  whose: tenant_id and user_id; id is the session that asks, if any
-- p_max  so many of the latest calls, NULL: all; calls_total says how many
--        there are
--
-- Returns one object: user, identities, keys, sessions, invites, waitlist,
-- changes (what the trail of changes says of and by this user), alerts, days,
-- calls, and what was said, where it is kept: contents, feedback, answers (to
-- requests with an Idempotency-Key; the texts are sealed), streams, agent_runs.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.person_export(
    p_key slipway.api_keys,
    p_max integer
)
RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_name text;
    v_tenant text;
    v_email text;
BEGIN
    SELECT n.name, n.tenant, n.email
    INTO STRICT v_name, v_tenant, v_email
    FROM slipway.person_names(p_key.tenant_id, p_key.user_id) AS n;
    RETURN jsonb_build_object(
        'exported_at', slipway.json_time(now()),
        'user', (
            SELECT jsonb_build_object('id', usr.id, 'name', usr.name,
                'role', usr.role, 'tenant', v_tenant,
                'created_at', slipway.json_time(usr.created_at),
                'email', v_email, 'email_verified_at',
                slipway.json_time(acc.email_verified_at),
                'password_set_at', slipway.json_time(acc.password_at))
            FROM slipway.users AS usr
            LEFT JOIN slipway.accounts AS acc
                ON acc.tenant_id = usr.tenant_id AND acc.user_id = usr.id
            WHERE usr.tenant_id = p_key.tenant_id AND usr.id = p_key.user_id),
        'identities', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('issuer', i.issuer,
                'subject', i.subject,
                'created_at', slipway.json_time(i.created_at))), '[]')
            FROM slipway.identities AS i
            WHERE i.tenant_id = p_key.tenant_id AND i.user_id = p_key.user_id),
        'invites', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('email', i.email,
                'note', i.note, 'created_at', slipway.json_time(i.created_at),
                'used_at', slipway.json_time(i.used_at)) ORDER BY i.id), '[]')
            FROM slipway.invites AS i
            WHERE i.tenant_id = p_key.tenant_id AND i.used_by = p_key.user_id
                OR lower(i.email) = lower(v_email)),
        'waitlist', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('email', w.email,
                'note', w.note, 'state', w.state,
                'created_at', slipway.json_time(w.created_at))), '[]')
            FROM slipway.waitlist AS w
            WHERE lower(w.email) = lower(v_email)),
        'changes', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'at', slipway.json_time(g.at), 'who', g.who, 'what', g.what,
                'target', g.target, 'before', g.before, 'after', g.after)
                ORDER BY g.id), '[]')
            FROM slipway.audit_log AS g
            WHERE g.who = v_tenant || '/' || v_name
                OR g.tenant_id = p_key.tenant_id
                    AND (g.target = v_name
                        OR starts_with(g.target, v_name || ' '))),
        'alerts', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('rule', a.rule,
                'detail', a.detail, 'at', slipway.json_time(a.raised_at))
                ORDER BY a.id), '[]')
            FROM slipway.alerts AS a
            WHERE a.subject = 'user ' || v_tenant || '/' || v_name),
        'keys', slipway.me_keys(p_key),
        'sessions', slipway.me_sessions(p_key),
        'days', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('day', d.day,
                'calls', d.calls, 'cost_usd', slipway.json_usd(d.settled))
                ORDER BY d.day), '[]')
            FROM slipway.daily_spend AS d
            WHERE d.tenant_id = p_key.tenant_id AND d.scope = 'user'
                AND d.scope_id = p_key.user_id),
        'calls_total', (
            SELECT count(*)
            FROM slipway.llm_calls AS c
            WHERE c.tenant_id = p_key.tenant_id AND c.user_id = p_key.user_id),
        'calls', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'request_id', x.request_id,
                'at', slipway.json_time(x.created_at), 'feature', x.feature,
                'model_route', x.model_route, 'outcome', x.outcome,
                'input_tokens', x.input_tokens,
                'output_tokens', x.output_tokens,
                'cost_usd', slipway.json_usd(x.cost_pico))
                ORDER BY x.request_id), '[]')
            FROM (
                SELECT c.*
                FROM slipway.llm_calls AS c
                WHERE c.tenant_id = p_key.tenant_id AND c.user_id = p_key.user_id
                ORDER BY c.request_id DESC
                LIMIT p_max
            ) AS x),
        'contents', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'request_id', k.request_id, 'form', k.form,
                'question', k.question, 'answer', k.answer, 'cut', k.cut,
                'expires_at', slipway.json_time(k.expires_at))
                ORDER BY k.request_id), '[]')
            FROM slipway.contents AS k
            WHERE k.tenant_id = p_key.tenant_id AND k.user_id = p_key.user_id),
        'feedback', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'request_id', b.request_id, 'rating', b.rating,
                'comment', b.comment, 'question', b.question,
                'answer', b.answer, 'at', slipway.json_time(b.created_at))
                ORDER BY b.request_id), '[]')
            FROM slipway.feedback AS b
            WHERE b.tenant_id = p_key.tenant_id AND b.user_id = p_key.user_id),
        'answers', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'request_id', n.request_id, 'status', n.status,
                'content_type', n.content_type,
                'at', slipway.json_time(n.created_at))
                ORDER BY n.request_id), '[]')
            FROM slipway.idempotency AS n
            WHERE n.tenant_id = p_key.tenant_id AND n.user_id = p_key.user_id),
        'streams', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'request_id', r.request_id, 'body', r.body,
                'expires_at', slipway.json_time(r.expires_at))
                ORDER BY r.request_id), '[]')
            FROM slipway.streams AS r
            WHERE r.tenant_id = p_key.tenant_id AND r.user_id = p_key.user_id),
        'agent_runs', slipway.person_runs(p_key.tenant_id, p_key.user_id));
END;
$$;
COMMENT ON FUNCTION slipway.person_export(slipway.api_keys, integer) IS
    'Everything that is kept about a person, as one object.';
