-- What operators are told: which alerts are raised, and the messages on their
-- way.  `slipway alerts` works on them; what is here survives its end.

CREATE TABLE slipway.alerts (
    id bigint GENERATED ALWAYS AS IDENTITY,
    rule text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    detail text NOT NULL,
    raised_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    told_at timestamptz NOT NULL DEFAULT now(),
    clear_since timestamptz,
    resolved_at timestamptz,
    CONSTRAINT alerts_pkey PRIMARY KEY (id),
    CONSTRAINT alerts_rule_check CHECK (rule ~ '^[a-z0-9_]{1,64}$'),
    CONSTRAINT alerts_subject_check CHECK (length(subject) <= 300)
);
-- Raised once, whatever runs at the same time.
CREATE UNIQUE INDEX alerts_rule_subject_idx ON slipway.alerts (rule, subject)
    WHERE resolved_at IS NULL;
CREATE INDEX alerts_raised_at_idx ON slipway.alerts (raised_at);
COMMENT ON TABLE slipway.alerts IS
    'Alerts, one row from when it is raised until it is resolved.';
COMMENT ON COLUMN slipway.alerts.id IS 'Its number.';
COMMENT ON COLUMN slipway.alerts.rule IS 'Which rule, e.g. error_rate.';
COMMENT ON COLUMN slipway.alerts.subject IS
    'What it is about, e.g. a provider; empty: the whole service.';
COMMENT ON COLUMN slipway.alerts.detail IS 'What was seen last, in words.';
COMMENT ON COLUMN slipway.alerts.raised_at IS 'When it was raised.';
COMMENT ON COLUMN slipway.alerts.seen_at IS 'When it was last seen to hold.';
COMMENT ON COLUMN slipway.alerts.told_at IS
    'When the last message about it was put into the outbox.';
COMMENT ON COLUMN slipway.alerts.clear_since IS
    'Since when it does not hold any more; NULL: it holds.';
COMMENT ON COLUMN slipway.alerts.resolved_at IS
    'When it was taken back; NULL: it is raised.';

CREATE TABLE slipway.alert_outbox (
    id bigint GENERATED ALWAYS AS IDENTITY,
    alert_id bigint NOT NULL,
    channel text NOT NULL,
    kind text NOT NULL,
    detail text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    last_error text NOT NULL DEFAULT '',
    CONSTRAINT alert_outbox_pkey PRIMARY KEY (id),
    CONSTRAINT alert_outbox_alert_id_fkey
        FOREIGN KEY (alert_id) REFERENCES slipway.alerts (id),
    CONSTRAINT alert_outbox_channel_check
        CHECK (channel IN ('webhook', 'mail')),
    CONSTRAINT alert_outbox_kind_check
        CHECK (kind IN ('raised', 'reminder', 'resolved'))
);
CREATE INDEX alert_outbox_alert_id_idx
    ON slipway.alert_outbox (alert_id, channel, id);
CREATE INDEX alert_outbox_next_try_at_idx
    ON slipway.alert_outbox (next_try_at) WHERE sent_at IS NULL;
COMMENT ON TABLE slipway.alert_outbox IS
    'Messages about alerts, one for each channel. One that cannot be sent is '
    'tried again until it is.';
COMMENT ON COLUMN slipway.alert_outbox.id IS 'Its number.';
COMMENT ON COLUMN slipway.alert_outbox.alert_id IS 'What it is about.';
COMMENT ON COLUMN slipway.alert_outbox.channel IS 'webhook or mail.';
COMMENT ON COLUMN slipway.alert_outbox.kind IS
    'raised, reminder or resolved.';
COMMENT ON COLUMN slipway.alert_outbox.detail IS
    'What was seen when it was written.';
COMMENT ON COLUMN slipway.alert_outbox.created_at IS 'When it was written.';
COMMENT ON COLUMN slipway.alert_outbox.attempts IS
    'How often somebody tried to send it.';
COMMENT ON COLUMN slipway.alert_outbox.next_try_at IS
    'When it may be tried; while somebody tries, when that has failed.';
COMMENT ON COLUMN slipway.alert_outbox.sent_at IS
    'When the receiver took it; NULL: not yet.';
COMMENT ON COLUMN slipway.alert_outbox.last_error IS
    'Why the last attempt failed.';

CREATE TABLE slipway.alert_checks (
    rule text COLLATE "C" NOT NULL,
    checked_at timestamptz NOT NULL,
    CONSTRAINT alert_checks_pkey PRIMARY KEY (rule)
);
COMMENT ON TABLE slipway.alert_checks IS
    'When rules that cost much time were last looked at.';
COMMENT ON COLUMN slipway.alert_checks.rule IS 'Which rule.';
COMMENT ON COLUMN slipway.alert_checks.checked_at IS 'When.';
