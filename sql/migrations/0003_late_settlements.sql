-- A settlement that comes after the reaper charged its call in full takes the
-- place of that charge, once: the worker was only slow, or its spool was
-- replayed late.  What the reaper wrote is kept here.

CREATE TABLE slipway.llm_calls_superseded (
    tenant_id bigint NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    day date NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    cost_pico bigint NOT NULL,
    call jsonb NOT NULL,
    CONSTRAINT llm_calls_superseded_pkey
        PRIMARY KEY (tenant_id, request_id, day)
);
COMMENT ON TABLE slipway.llm_calls_superseded IS
    'Calls that the reaper had charged in full and whose own settlement came '
    'later: the row of llm_calls as the reaper wrote it. Never changed; '
    'retention drops it with its day.';
COMMENT ON COLUMN slipway.llm_calls_superseded.tenant_id IS 'Whose call it is.';
COMMENT ON COLUMN slipway.llm_calls_superseded.request_id IS
    'The call; its row in llm_calls has what counts.';
COMMENT ON COLUMN slipway.llm_calls_superseded.day IS 'As in llm_calls.';
COMMENT ON COLUMN slipway.llm_calls_superseded.superseded_at IS
    'When the settlement came.';
COMMENT ON COLUMN slipway.llm_calls_superseded.cost_pico IS
    'The charge that was taken back, in pico-dollars.';
COMMENT ON COLUMN slipway.llm_calls_superseded.call IS
    'The row of llm_calls that was there before.';

CREATE TABLE slipway.rollup_again (
    utc_day date NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    CONSTRAINT rollup_again_pkey PRIMARY KEY (utc_day, request_id)
);
COMMENT ON TABLE slipway.rollup_again IS
    'Calls of past hours that changed: rollup() makes their days anew.';
COMMENT ON COLUMN slipway.rollup_again.utc_day IS
    'Day in UTC in which the call was admitted.';
COMMENT ON COLUMN slipway.rollup_again.request_id IS 'The call.';

CREATE OR REPLACE FUNCTION slipway.refuse_change()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- janitor() moves rows out of the default partition.
    IF current_setting('slipway.janitor', true) = 'on' THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    -- unreap() puts what the reaper wrote into llm_calls_superseded.
    IF TG_OP = 'DELETE'
        AND current_setting('slipway.unreap', true) = 'on'
        AND to_jsonb(OLD) ->> 'outcome' = 'abandoned'
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'SW003',
        MESSAGE = format('%s is append-only: %s refused',
            TG_TABLE_NAME, TG_OP),
        DETAIL = 'forbidden',
        HINT = 'Retention drops whole days with slipway.janitor().';
END;
$$;
COMMENT ON FUNCTION slipway.refuse_change() IS
    'Trigger that keeps the tables of calls append-only (SW003).';

CREATE TRIGGER llm_calls_superseded_append_only
    BEFORE UPDATE OR DELETE ON slipway.llm_calls_superseded
    FOR EACH ROW EXECUTE FUNCTION slipway.refuse_change();
