-- What a single API key may do: its features, the models that it may name, and
-- limits of its own beside those of its user and tenant.

ALTER TABLE slipway.api_keys
    ADD COLUMN features text[],
    ADD COLUMN models text[],
    ADD COLUMN rpm integer,
    ADD COLUMN daily_cap_pico bigint,
    ADD CONSTRAINT api_keys_features_check
        CHECK (cardinality(features) BETWEEN 1 AND 100
            AND array_position(features, NULL) IS NULL),
    ADD CONSTRAINT api_keys_models_check
        CHECK (cardinality(models) BETWEEN 0 AND 100
            AND array_position(models, NULL) IS NULL),
    ADD CONSTRAINT api_keys_rpm_check CHECK (rpm BETWEEN 0 AND 1000000),
    ADD CONSTRAINT api_keys_daily_cap_pico_check
        CHECK (daily_cap_pico BETWEEN -1 AND 9000000000000000000);
COMMENT ON COLUMN slipway.api_keys.features IS
    'Features that it may call; NULL: all.';
COMMENT ON COLUMN slipway.api_keys.models IS
    'Patterns of provider/model that a call may name itself, * stands for '
    'anything; NULL: all when its user is an admin, else none.';
COMMENT ON COLUMN slipway.api_keys.rpm IS
    'Requests per minute of this key alone. NULL or 0: no limit.';
COMMENT ON COLUMN slipway.api_keys.daily_cap_pico IS
    'Budget of a day of this key alone, in pico-dollars; -1: none. NULL: none, '
    'and its spend is not summed up; that is settled when it is made.';

-- The sums of a key begin with its first call, or never.
CREATE FUNCTION slipway.refuse_key_sums()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'SW002',
        MESSAGE = 'a key has a budget from the start or never; -1 takes it '
            'away, a new key has one',
        DETAIL = 'invalid_request';
END;
$$;
COMMENT ON FUNCTION slipway.refuse_key_sums() IS
    'Trigger: a key gets no budget later, and keeps the one it has (SW002).';
CREATE TRIGGER api_keys_sums
    BEFORE UPDATE OF daily_cap_pico ON slipway.api_keys
    FOR EACH ROW
    WHEN (OLD.daily_cap_pico IS NULL <> (NEW.daily_cap_pico IS NULL))
    EXECUTE FUNCTION slipway.refuse_key_sums();

-- The scope of a key sorts behind that of its user, as it is locked.
ALTER TABLE slipway.daily_spend
    DROP CONSTRAINT daily_spend_scope_check,
    ADD CONSTRAINT daily_spend_scope_check CHECK (
        scope IN ('user', 'user_key') AND tenant_id > 0 AND scope_id > 0
        OR scope = 'tenant' AND tenant_id > 0 AND scope_id = tenant_id
        OR scope = 'system' AND tenant_id = 0 AND scope_id = 0
    );
COMMENT ON COLUMN slipway.daily_spend.scope IS
    'system, tenant, user, or user_key for a key with a budget of its own.';
COMMENT ON COLUMN slipway.daily_spend.scope_id IS
    'The key, the user, the tenant, or 0 for the system.';
ALTER TABLE slipway.rate_limits
    DROP CONSTRAINT rate_limits_scope_check,
    ADD CONSTRAINT rate_limits_scope_check
        CHECK (scope IN ('tenant', 'user', 'user_key'));
COMMENT ON COLUMN slipway.rate_limits.scope IS 'tenant, user or user_key.';
COMMENT ON COLUMN slipway.rate_limits.scope_id IS
    'The tenant, the user or the key.';

ALTER TABLE slipway.reservations
    ADD COLUMN key_capped boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN slipway.reservations.key_capped IS
    'The amount is reserved in the sums of the key, too.';

-- Their parameters or columns change.
DROP FUNCTION IF EXISTS slipway.key_create(text, text, text, text, timestamptz);
DROP FUNCTION IF EXISTS slipway.key_list(text);
DROP FUNCTION IF EXISTS slipway.key_check(text, jsonb);
