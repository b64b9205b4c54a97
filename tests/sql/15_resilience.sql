-- Circuits, drills, quotas, our own limits, probes.
BEGIN;
SELECT plan(48);
CREATE FUNCTION pg_temp.fail(p_n integer) RETURNS bigint LANGUAGE sql AS $$
    SELECT slipway.breaker_fail('acme/m', p_n, 5, 10000, 'upstream_error')
$$;
CREATE FUNCTION pg_temp.state() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(kind || ' ' || name, ', ' ORDER BY kind, name)
    FROM slipway.upstream_state()
$$;
CREATE FUNCTION pg_temp.later(p_s integer) RETURNS void LANGUAGE sql AS $$
    UPDATE slipway.breakers
    SET open_until = open_until - p_s * interval '1 s',
        claimed_until = claimed_until - p_s * interval '1 s',
        changed_at = changed_at - p_s * interval '1 s'
$$;
CREATE FUNCTION pg_temp.open_s() RETURNS integer LANGUAGE sql AS $$
    SELECT round(extract(epoch FROM open_until - clock_timestamp()))
    FROM slipway.breakers
$$;

-- circuits
SELECT is(pg_temp.state(), NULL, 'nothing is wrong');
SELECT ok(slipway.breaker_claim('acme/m', 1000), 'a closed circuit lets pass');
SELECT is(pg_temp.fail(4), 0::bigint, 'four failures');
SELECT is(pg_temp.state(), 'failing acme/m', '... are not enough');
SELECT pg_temp.later(700) \g /dev/null
SELECT is(pg_temp.fail(4), 0::bigint,
    'failures long ago are not failures in a row');
SELECT ok(pg_temp.fail(1) BETWEEN 9000 AND 10000, 'the fifth opens it');
SELECT is(pg_temp.state(), 'open acme/m', '... for all');
SELECT is((SELECT count(*) FROM slipway.circuits), 1::bigint, 'a view shows it');
SELECT ok(NOT slipway.breaker_claim('acme/m', 1000), 'not yet');
SELECT ok(pg_temp.fail(1) BETWEEN 9000 AND 10000,
    'a late failure does not prolong it');
SELECT pg_temp.later(11) \g /dev/null
SELECT is((SELECT for_ms FROM slipway.upstream_state()), 0::bigint, 'it is time');
SELECT ok(slipway.breaker_claim('acme/m', 60000), 'one may try');
SELECT ok(NOT slipway.breaker_claim('acme/m', 60000), '... and no other');
SELECT pg_temp.later(61) \g /dev/null
SELECT ok(slipway.breaker_claim('acme/m', 60000), '... unless that one died');
SELECT ok(pg_temp.fail(1) > 0, 'it still fails');
SELECT is(pg_temp.open_s(), 20, '... so twice as long');
SELECT pg_temp.later(21) \g /dev/null
SELECT ok(pg_temp.fail(1) > 0, 'again');
SELECT is(pg_temp.open_s(), 40, '... twice as long again');
UPDATE slipway.breakers SET open_ms = 300000, open_until = now() - interval '1 s';
SELECT ok(pg_temp.fail(1) > 0, 'again');
SELECT is(pg_temp.open_s(), 300, '... five minutes at most');
SELECT ok(slipway.breaker_ok('acme/m'), 'it answers');
SELECT is(pg_temp.state(), NULL, '... and all is forgotten');
SELECT ok(NOT slipway.breaker_ok('acme/m'), 'it was closed already');

-- drills
SELECT is(slipway.drill_set('acme', 0), NULL, 'no drill to end');
SELECT ok(slipway.drill_set('acme', 600) > now(), 'a drill');
SELECT is(pg_temp.state(), 'drill acme', '... is known');
SELECT is(slipway.drill_set('acme', 0), now(), '... and ended');
SELECT is(pg_temp.state(), NULL, '... for all');
SELECT throws_ok($$ SELECT slipway.drill_set('acme', 90000) $$, 'SW002');

-- quotas
SELECT slipway.quota_note('acme', '{"limit_tokens": 1000,
    "remaining_tokens": 150, "reset_tokens_ms": 6000}') \g /dev/null
SELECT is((SELECT tokens_used_percent FROM slipway.quota_headroom), 85.0,
    'used of the quota');
SELECT is((SELECT requests_used_percent FROM slipway.quota_headroom), NULL,
    '... and what the provider did not say');
SELECT is(pg_temp.state(), NULL, 'something is left');
SELECT slipway.quota_note('acme', '{"limit_requests": 10,
    "remaining_requests": 0, "reset_requests_ms": 6000}') \g /dev/null
SELECT is(pg_temp.state(), 'exhausted acme', 'nothing is left');
UPDATE slipway.provider_quotas
SET reset_requests_at = now() - interval '1 s';
SELECT is(pg_temp.state(), NULL, '... until its reset');

-- our own limits
CREATE FUNCTION pg_temp.take(p_n integer, p_rpm integer, p_tpm integer,
    p_tokens integer) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(CASE WHEN wait_ms = 0 THEN 'go' ELSE 'wait' END, ' '
        ORDER BY idx)
    FROM slipway.outgoing_take((SELECT jsonb_agg(jsonb_build_object('name',
        'provider:acme', 'rpm', p_rpm, 'tpm', p_tpm, 'tokens', p_tokens))
        FROM generate_series(1, p_n)))
$$;
SELECT is(pg_temp.take(4, 3, 0, 9), 'go go go wait', 'a minute''s requests');
SELECT ok((SELECT wait_ms BETWEEN 15000 AND 20000 FROM slipway.outgoing_take(
    '[{"name": "provider:acme", "rpm": 3, "tpm": 0, "tokens": 1}]')),
    'how long to wait');
DELETE FROM slipway.outgoing_limits;
SELECT is(pg_temp.take(3, 0, 100, 40), 'go go wait', 'a minute''s tokens');
DELETE FROM slipway.outgoing_limits;
SELECT is(pg_temp.take(2, 0, 100, 400), 'go wait',
    'one that is larger than a minute''s tokens passes alone');
SELECT is((SELECT string_agg(wait_ms::text, ' ' ORDER BY idx)
    FROM slipway.outgoing_take('[{"name": "b", "rpm": 0, "tpm": 0,
        "tokens": 1}, {"name": "a", "rpm": 1, "tpm": 0, "tokens": 1}]')),
    '0 0', 'names do not touch each other');

-- calls of our own
SELECT is(slipway.internal_caller('probe', 5000),
    slipway.internal_caller('probe', 5000), 'one key');
SELECT is((SELECT count(*) FROM slipway.api_keys), 1::bigint, '... is made');
SELECT isnt(slipway.internal_caller('probe', 5000),
    slipway.internal_caller('shadow', 5000), 'one each');
SELECT is(t.verdict('x', 'req_p', jsonb_build_object('needs_admin', true,
    'key_hash', encode(slipway.internal_caller('probe', 5000), 'hex'))),
    'ok', 'it is admitted');
SELECT is((SELECT u.daily_cap_pico FROM slipway.users AS u
    WHERE u.name = 'probe'), 5000::bigint, '... under its cap');

-- probes
SELECT is((SELECT concat_ws(' ', claimed, checked_ms IS NULL)
    FROM slipway.probe_claim('chat', 60000, 30000)), 't t', 'the first is due');
SELECT is((SELECT claimed FROM slipway.probe_claim('chat', 60000, 30000)),
    false, '... and one makes it');
SELECT slipway.probe_note('chat', true, 'acme/m', 120, '') \g /dev/null
SELECT is((SELECT concat_ws(' ', claimed, ok, model_route, latency_ms)
    FROM slipway.probe_claim('chat', 60000, 30000)), 'f t acme/m 120',
    'its result counts for all');
UPDATE slipway.probes SET checked_at = now() - interval '2 min';
SELECT is((SELECT claimed FROM slipway.probe_claim('chat', 60000, 30000)),
    true, '... until it is old');
SELECT * FROM finish();
ROLLBACK;
