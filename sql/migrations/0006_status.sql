-- What the status page shows of the past: how long each part was in which
-- state, incidents with their updates, and planned maintenance.
--
-- `slipway probe` writes the states each minute; a row is added only when a
-- state changes, so the history stays small.

CREATE TABLE slipway.status_spells (
    component text COLLATE "C" NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    state text NOT NULL,
    CONSTRAINT status_spells_pkey PRIMARY KEY (component, began_at),
    CONSTRAINT status_spells_component_check
        CHECK (component ~ '^[^[:cntrl:]]{1,128}$'),
    CONSTRAINT status_spells_state_check CHECK (state IN (
        'operational', 'degraded', 'outage', 'maintenance', 'unknown'
    )),
    CONSTRAINT status_spells_order_check CHECK (began_at <= ended_at)
);
CREATE INDEX status_spells_ended_at_idx ON slipway.status_spells (ended_at);
COMMENT ON TABLE slipway.status_spells IS
    'For how long each part of the service was in one state. Spells of a part '
    'do not overlap; between two of them nobody looked.';
COMMENT ON COLUMN slipway.status_spells.component IS
    'Id of the part: web, chat, documents, database or upstream:PROVIDER.';
COMMENT ON COLUMN slipway.status_spells.began_at IS
    'When it was first seen in this state.';
COMMENT ON COLUMN slipway.status_spells.ended_at IS
    'When it was last known to be in this state.';
COMMENT ON COLUMN slipway.status_spells.state IS
    'operational, degraded, outage, maintenance (planned, so no outage) or '
    'unknown.';

CREATE TABLE slipway.status_incidents (
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    title text NOT NULL,
    impact text NOT NULL,
    state text NOT NULL,
    components text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    starts_at timestamptz NOT NULL DEFAULT now(),
    ends_at timestamptz,
    CONSTRAINT status_incidents_pkey PRIMARY KEY (id),
    CONSTRAINT status_incidents_kind_check
        CHECK (kind IN ('incident', 'maintenance')),
    CONSTRAINT status_incidents_title_check
        CHECK (title ~ '^[^[:cntrl:]]{1,200}$'),
    CONSTRAINT status_incidents_impact_check
        CHECK (impact IN ('none', 'minor', 'major', 'critical')),
    CONSTRAINT status_incidents_state_check CHECK (
        kind = 'incident' AND state IN (
            'investigating', 'identified', 'monitoring', 'resolved')
        OR kind = 'maintenance' AND state IN ('scheduled', 'completed')
    ),
    CONSTRAINT status_incidents_ends_at_check CHECK (
        ends_at >= starts_at
        AND (kind = 'incident' OR ends_at IS NOT NULL)
    )
);
CREATE INDEX status_incidents_starts_at_idx
    ON slipway.status_incidents (starts_at);
COMMENT ON TABLE slipway.status_incidents IS
    'What the operator tells people: incidents and planned maintenance.';
COMMENT ON COLUMN slipway.status_incidents.id IS 'Its number, for commands.';
COMMENT ON COLUMN slipway.status_incidents.kind IS 'incident or maintenance.';
COMMENT ON COLUMN slipway.status_incidents.title IS 'What it is, in a line.';
COMMENT ON COLUMN slipway.status_incidents.impact IS
    'How bad it is for people: none, minor, major or critical.';
COMMENT ON COLUMN slipway.status_incidents.state IS
    'incident: investigating, identified, monitoring or resolved; '
    'maintenance: scheduled (also while it is under way) or completed.';
COMMENT ON COLUMN slipway.status_incidents.components IS
    'Ids of the parts that are concerned.';
COMMENT ON COLUMN slipway.status_incidents.created_at IS
    'When it was announced.';
COMMENT ON COLUMN slipway.status_incidents.starts_at IS
    'When it began, or begins.';
COMMENT ON COLUMN slipway.status_incidents.ends_at IS
    'When it was resolved, or when the maintenance ends; NULL: still open.';

CREATE TABLE slipway.status_updates (
    incident_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    state text NOT NULL,
    message text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT status_updates_pkey PRIMARY KEY (incident_id, id),
    CONSTRAINT status_updates_incident_id_fkey
        FOREIGN KEY (incident_id) REFERENCES slipway.status_incidents (id),
    CONSTRAINT status_updates_message_check
        CHECK (length(message) BETWEEN 1 AND 4000)
);
COMMENT ON TABLE slipway.status_updates IS
    'What was said about an incident, oldest first.';
COMMENT ON COLUMN slipway.status_updates.incident_id IS 'The incident.';
COMMENT ON COLUMN slipway.status_updates.id IS 'Its place in the order.';
COMMENT ON COLUMN slipway.status_updates.state IS
    'State of the incident from then on.';
COMMENT ON COLUMN slipway.status_updates.message IS
    'What was said, as plain text.';
COMMENT ON COLUMN slipway.status_updates.created_at IS 'When it was said.';
