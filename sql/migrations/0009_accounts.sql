-- People: passwords, sessions, sign-in with OpenID Connect, invites, the
-- waitlist, and visitors who have not signed up.
--
-- A session and a visitor are rows of api_keys with a kind of their own: what
-- admits, limits, expires and revokes an API key does the same for them.
-- Tokens are stored as SHA-256 only: they have 256 random bits.

ALTER TABLE slipway.api_keys
    ADD COLUMN kind text NOT NULL DEFAULT 'key',
    ADD CONSTRAINT api_keys_kind_check
        CHECK (kind IN ('key', 'session', 'visitor'));
COMMENT ON COLUMN slipway.api_keys.kind IS
    'key: of a program; session: a browser that signed in; visitor: one that '
    'did not.';

-- A person signs in by name alone.
CREATE INDEX users_name_idx ON slipway.users (lower(name));

CREATE TABLE slipway.accounts (
    tenant_id bigint NOT NULL,
    user_id bigint NOT NULL,
    email text,
    email_verified_at timestamptz,
    password_hash text,
    password_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT accounts_pkey PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT accounts_user_id_fkey
        FOREIGN KEY (tenant_id, user_id) REFERENCES slipway.users,
    CONSTRAINT accounts_email_check
        CHECK (email ~ '^[^@[:cntrl:][:space:]]+@[^@[:cntrl:][:space:]]+$'
            AND length(email) <= 254),
    CONSTRAINT accounts_password_hash_check
        CHECK (password_hash ~ '^\$argon2id\$')
);
CREATE UNIQUE INDEX accounts_email_idx ON slipway.accounts (lower(email))
WHERE email IS NOT NULL;
COMMENT ON TABLE slipway.accounts IS
    'How a user signs in as a person. A user that only has API keys has no '
    'row here.';
COMMENT ON COLUMN slipway.accounts.tenant_id IS 'Tenant of the user.';
COMMENT ON COLUMN slipway.accounts.user_id IS 'The user.';
COMMENT ON COLUMN slipway.accounts.email IS
    'E-mail address, unique on the site whatever its case; NULL: none.';
COMMENT ON COLUMN slipway.accounts.email_verified_at IS
    'When the person showed that the address is theirs; NULL: not yet.';
COMMENT ON COLUMN slipway.accounts.password_hash IS
    'Argon2id in its own text form; NULL: no sign-in by password.';
COMMENT ON COLUMN slipway.accounts.password_at IS
    'When the password was last set.';
COMMENT ON COLUMN slipway.accounts.created_at IS 'When it was made.';

CREATE TABLE slipway.identities (
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    tenant_id bigint NOT NULL,
    user_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT identities_pkey PRIMARY KEY (tenant_id, issuer, subject),
    CONSTRAINT identities_user_id_fkey
        FOREIGN KEY (tenant_id, user_id) REFERENCES slipway.users
);
-- A person is known by these two alone.
CREATE UNIQUE INDEX identities_issuer_subject_idx
    ON slipway.identities (issuer, subject);
CREATE INDEX identities_tenant_id_user_id_idx
    ON slipway.identities (tenant_id, user_id);
COMMENT ON TABLE slipway.identities IS
    'Who somebody is at an OpenID provider. Issuer and subject together never '
    'change; an e-mail address may.';
COMMENT ON COLUMN slipway.identities.issuer IS 'Claim iss of the provider.';
COMMENT ON COLUMN slipway.identities.subject IS 'Claim sub there.';
COMMENT ON COLUMN slipway.identities.tenant_id IS 'Tenant of the user.';
COMMENT ON COLUMN slipway.identities.user_id IS 'The user here.';
COMMENT ON COLUMN slipway.identities.created_at IS
    'When it first signed in.';

CREATE TABLE slipway.sessions (
    tenant_id bigint NOT NULL,
    key_id bigint NOT NULL,
    user_id bigint NOT NULL,
    method text NOT NULL,
    agent text NOT NULL DEFAULT '',
    login_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    rotated_at timestamptz,
    CONSTRAINT sessions_pkey PRIMARY KEY (tenant_id, key_id),
    CONSTRAINT sessions_key_id_fkey
        FOREIGN KEY (tenant_id, key_id) REFERENCES slipway.api_keys
        ON DELETE CASCADE,
    CONSTRAINT sessions_method_check
        CHECK (method IN ('password', 'invite', 'oidc', 'proxy', 'reset'))
);
CREATE INDEX sessions_tenant_id_user_id_idx
    ON slipway.sessions (tenant_id, user_id);
COMMENT ON TABLE slipway.sessions IS
    'What is known of a session besides its row in api_keys.';
COMMENT ON COLUMN slipway.sessions.tenant_id IS 'Tenant of the user.';
COMMENT ON COLUMN slipway.sessions.key_id IS 'Its row in api_keys.';
COMMENT ON COLUMN slipway.sessions.user_id IS 'Who signed in.';
COMMENT ON COLUMN slipway.sessions.method IS
    'How: password, invite, oidc, proxy (the web server did it) or reset.';
COMMENT ON COLUMN slipway.sessions.agent IS
    'Browser and system as they call themselves, cut to 200 characters.';
COMMENT ON COLUMN slipway.sessions.login_at IS
    'When the person signed in; the same after a rotation.';
COMMENT ON COLUMN slipway.sessions.seen_at IS
    'When the account was last looked at with it, to the minute.';
COMMENT ON COLUMN slipway.sessions.rotated_at IS
    'When another token took its place; NULL: this one is the latest.';

CREATE TABLE slipway.login_attempts (
    scope text COLLATE "C" NOT NULL,
    subject bytea NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 1,
    CONSTRAINT login_attempts_pkey PRIMARY KEY (scope, subject),
    CONSTRAINT login_attempts_scope_check
        CHECK (scope IN ('account', 'address', 'mail', 'waitlist'))
);
COMMENT ON TABLE slipway.login_attempts IS
    'Attempts to sign in and the like, counted in windows of 15 minutes.';
COMMENT ON COLUMN slipway.login_attempts.scope IS 'What is counted.';
COMMENT ON COLUMN slipway.login_attempts.subject IS
    'SHA-256 of the name or address: people type passwords into the wrong '
    'field.';
COMMENT ON COLUMN slipway.login_attempts.since IS 'When the window began.';
COMMENT ON COLUMN slipway.login_attempts.attempts IS 'How many there were.';

CREATE TABLE slipway.invites (
    tenant_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    code_hash bytea NOT NULL,
    email text,
    role text NOT NULL DEFAULT 'user',
    rpm integer,
    daily_cap_pico bigint,
    note text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    used_by bigint,
    revoked_at timestamptz,
    CONSTRAINT invites_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT invites_tenant_id_fkey
        FOREIGN KEY (tenant_id) REFERENCES slipway.tenants (id),
    CONSTRAINT invites_code_hash_check CHECK (octet_length(code_hash) = 32),
    CONSTRAINT invites_role_check CHECK (role IN ('user', 'admin')),
    CONSTRAINT invites_rpm_check CHECK (rpm BETWEEN 0 AND 1000000),
    CONSTRAINT invites_daily_cap_pico_check
        CHECK (daily_cap_pico BETWEEN -1 AND 9000000000000000000),
    CONSTRAINT invites_note_check CHECK (note ~ '^[^[:cntrl:]]{0,128}$')
);
CREATE UNIQUE INDEX invites_code_hash_idx ON slipway.invites (code_hash);
COMMENT ON TABLE slipway.invites IS
    'Invitations: each makes one account, once.';
COMMENT ON COLUMN slipway.invites.tenant_id IS
    'The tenant that the account will belong to.';
COMMENT ON COLUMN slipway.invites.id IS 'Number of the invite.';
COMMENT ON COLUMN slipway.invites.code_hash IS 'SHA-256 of the code.';
COMMENT ON COLUMN slipway.invites.email IS
    'Only for this address; NULL: for whoever has the code.';
COMMENT ON COLUMN slipway.invites.role IS 'Role of the account.';
COMMENT ON COLUMN slipway.invites.rpm IS
    'Its requests per minute; as in users.';
COMMENT ON COLUMN slipway.invites.daily_cap_pico IS
    'Its budget of a day; as in users.';
COMMENT ON COLUMN slipway.invites.note IS 'What it is for, in words.';
COMMENT ON COLUMN slipway.invites.created_at IS 'When it was made.';
COMMENT ON COLUMN slipway.invites.expires_at IS 'From when it is refused.';
COMMENT ON COLUMN slipway.invites.used_at IS 'When it was used; NULL: not yet.';
COMMENT ON COLUMN slipway.invites.used_by IS 'The account that it made.';
COMMENT ON COLUMN slipway.invites.revoked_at IS
    'Since when it is refused by order; NULL: it is not.';

CREATE TABLE slipway.waitlist (
    id bigint GENERATED ALWAYS AS IDENTITY,
    email text NOT NULL,
    note text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'waiting',
    created_at timestamptz NOT NULL DEFAULT now(),
    decided_at timestamptz,
    CONSTRAINT waitlist_pkey PRIMARY KEY (id),
    CONSTRAINT waitlist_email_check
        CHECK (email ~ '^[^@[:cntrl:][:space:]]+@[^@[:cntrl:][:space:]]+$'
            AND length(email) <= 254),
    CONSTRAINT waitlist_note_check CHECK (length(note) <= 500),
    CONSTRAINT waitlist_state_check
        CHECK (state IN ('waiting', 'approved', 'rejected'))
);
CREATE UNIQUE INDEX waitlist_email_idx ON slipway.waitlist (lower(email));
COMMENT ON TABLE slipway.waitlist IS
    'People who asked for an account; an approval makes an invite.';
COMMENT ON COLUMN slipway.waitlist.id IS 'Number of the request.';
COMMENT ON COLUMN slipway.waitlist.email IS 'Whom to answer.';
COMMENT ON COLUMN slipway.waitlist.note IS 'What the person wrote.';
COMMENT ON COLUMN slipway.waitlist.state IS 'waiting, approved or rejected.';
COMMENT ON COLUMN slipway.waitlist.created_at IS 'When it was asked for.';
COMMENT ON COLUMN slipway.waitlist.decided_at IS
    'When it was decided; NULL: not yet.';

CREATE TABLE slipway.mail_tokens (
    token_hash bytea NOT NULL,
    purpose text NOT NULL,
    tenant_id bigint NOT NULL,
    user_id bigint NOT NULL,
    email text NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT mail_tokens_pkey PRIMARY KEY (tenant_id, token_hash),
    CONSTRAINT mail_tokens_user_id_fkey
        FOREIGN KEY (tenant_id, user_id) REFERENCES slipway.users,
    CONSTRAINT mail_tokens_purpose_check
        CHECK (purpose IN ('verify', 'reset'))
);
CREATE UNIQUE INDEX mail_tokens_token_hash_idx
    ON slipway.mail_tokens (token_hash);
CREATE INDEX mail_tokens_tenant_id_user_id_idx
    ON slipway.mail_tokens (tenant_id, user_id);
COMMENT ON TABLE slipway.mail_tokens IS
    'Links that were sent by e-mail; each works once.';
COMMENT ON COLUMN slipway.mail_tokens.token_hash IS 'SHA-256 of the token.';
COMMENT ON COLUMN slipway.mail_tokens.purpose IS
    'verify the address, or reset the password.';
COMMENT ON COLUMN slipway.mail_tokens.tenant_id IS 'Tenant of the user.';
COMMENT ON COLUMN slipway.mail_tokens.user_id IS 'Whose account it is.';
COMMENT ON COLUMN slipway.mail_tokens.email IS 'Where it was sent.';
COMMENT ON COLUMN slipway.mail_tokens.expires_at IS 'From when it is refused.';

CREATE TABLE slipway.oidc_logins (
    state_hash bytea NOT NULL,
    nonce text NOT NULL,
    verifier text NOT NULL,
    next text NOT NULL,
    invite text NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT oidc_logins_pkey PRIMARY KEY (state_hash)
);
COMMENT ON TABLE slipway.oidc_logins IS
    'Sign-ins on their way to the OpenID provider and back.';
COMMENT ON COLUMN slipway.oidc_logins.state_hash IS
    'SHA-256 of the parameter state, which the browser holds, too.';
COMMENT ON COLUMN slipway.oidc_logins.nonce IS 'What the ID token must repeat.';
COMMENT ON COLUMN slipway.oidc_logins.verifier IS
    'The code verifier of PKCE (RFC 7636).';
COMMENT ON COLUMN slipway.oidc_logins.next IS 'Where the browser goes then.';
COMMENT ON COLUMN slipway.oidc_logins.invite IS 'The invite it came with.';
COMMENT ON COLUMN slipway.oidc_logins.expires_at IS 'From when it is refused.';

CREATE TABLE slipway.fetched (
    url text COLLATE "C" NOT NULL,
    body text NOT NULL DEFAULT '',
    fetched_at timestamptz NOT NULL DEFAULT '-infinity',
    tried_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT fetched_pkey PRIMARY KEY (url)
);
COMMENT ON TABLE slipway.fetched IS
    'What OpenID providers publish of themselves: their configuration and '
    'their keys, shared by all workers and hosts.';
COMMENT ON COLUMN slipway.fetched.url IS 'Where it was read.';
COMMENT ON COLUMN slipway.fetched.body IS 'What was there.';
COMMENT ON COLUMN slipway.fetched.fetched_at IS 'When it was read.';
COMMENT ON COLUMN slipway.fetched.tried_at IS
    'When somebody last tried to, with success or not.';

CREATE TABLE slipway.visitors (
    tenant_id bigint NOT NULL,
    key_id bigint NOT NULL,
    user_id bigint NOT NULL,
    challenge_hash bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT visitors_pkey PRIMARY KEY (tenant_id, key_id),
    CONSTRAINT visitors_key_id_fkey
        FOREIGN KEY (tenant_id, key_id) REFERENCES slipway.api_keys
        ON DELETE CASCADE
);
CREATE UNIQUE INDEX visitors_challenge_hash_idx
    ON slipway.visitors (challenge_hash);
COMMENT ON TABLE slipway.visitors IS
    'Browsers that solved a challenge and may ask a few questions.';
COMMENT ON COLUMN slipway.visitors.tenant_id IS 'The tenant anonymous.';
COMMENT ON COLUMN slipway.visitors.key_id IS 'Its row in api_keys.';
COMMENT ON COLUMN slipway.visitors.user_id IS 'The user made for it.';
COMMENT ON COLUMN slipway.visitors.challenge_hash IS
    'SHA-256 of the challenge it solved: each makes one visitor.';
COMMENT ON COLUMN slipway.visitors.created_at IS 'When it came.';

CREATE TABLE slipway.visitor_messages (
    tenant_id bigint NOT NULL,
    key_id bigint NOT NULL,
    feature text COLLATE "C" NOT NULL,
    messages integer NOT NULL,
    CONSTRAINT visitor_messages_pkey PRIMARY KEY (tenant_id, key_id, feature),
    CONSTRAINT visitor_messages_key_id_fkey
        FOREIGN KEY (tenant_id, key_id) REFERENCES slipway.visitors
        ON DELETE CASCADE
);
COMMENT ON TABLE slipway.visitor_messages IS
    'How many questions a visitor asked, by feature.';
COMMENT ON COLUMN slipway.visitor_messages.tenant_id IS 'As in visitors.';
COMMENT ON COLUMN slipway.visitor_messages.key_id IS 'The visitor.';
COMMENT ON COLUMN slipway.visitor_messages.feature IS 'The feature.';
COMMENT ON COLUMN slipway.visitor_messages.messages IS 'How many there were.';

CREATE TABLE slipway.signing_keys (
    name text COLLATE "C" NOT NULL,
    secret text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT signing_keys_pkey PRIMARY KEY (name)
);
COMMENT ON TABLE slipway.signing_keys IS
    'What the workers of all hosts sign their own short-lived papers with. '
    'No secret of anybody else.';
COMMENT ON COLUMN slipway.signing_keys.name IS 'What it is for.';
COMMENT ON COLUMN slipway.signing_keys.secret IS 'Random text.';
COMMENT ON COLUMN slipway.signing_keys.created_at IS 'When it was made.';
-- gen_random_uuid() draws from the same strong source as the server's own
-- secrets, 122 bits each time.
INSERT INTO slipway.signing_keys (name, secret)
VALUES ('challenge', gen_random_uuid()::text || gen_random_uuid()::text);
