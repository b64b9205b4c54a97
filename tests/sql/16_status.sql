-- The history of states and incidents that the status page shows.
BEGIN;
SELECT plan(30);

-- a time of today, in milliseconds since 1970; days before it
CREATE FUNCTION t.at(p_back interval) RETURNS bigint LANGUAGE sql AS $$
    SELECT slipway.epoch_ms(date_trunc('minute', now()) - p_back)
$$;
CREATE FUNCTION t.saw(p_from interval, p_to interval, p_states jsonb)
RETURNS integer LANGUAGE sql AS $$
    SELECT slipway.status_record(jsonb_build_array(jsonb_build_object(
        'from_ms', t.at(p_from), 'to_ms', t.at(p_to), 'states', p_states)))
$$;
CREATE FUNCTION t.spells(p_component text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s %s-%s', s.state,
        extract(epoch FROM date_trunc('minute', now()) - s.began_at)::int / 60,
        extract(epoch FROM date_trunc('minute', now()) - s.ended_at)::int / 60),
        ', '
        ORDER BY s.began_at)
    FROM slipway.status_spells AS s WHERE s.component = p_component
$$;

SELECT is(t.saw('60 min', '60 min', '{"chat": "operational"}'), 1,
    'the first look begins a spell');
SELECT is(t.saw('59 min', '59 min', '{"chat": "operational"}'), 0,
    'the same again does not');
SELECT is(t.spells('chat'), 'operational 60-59', 'it makes it longer');
SELECT is(t.saw('59 min', '59 min', '{"chat": "outage"}'), 0,
    'what is known already is not changed');
SELECT is(t.saw('58 min', '58 min', '{"chat": "outage", "web": "operational"}'),
    2, 'another state begins one, and so does another part');
SELECT is(t.spells('chat'), 'operational 60-58, outage 58-58',
    'and ends the one before it');
SELECT is(t.saw('53 min', '53 min', '{"chat": "outage"}'), 0,
    'five minutes without a look are bridged');
SELECT is(t.saw('47 min', '47 min', '{"chat": "outage"}'), 1,
    'six are not: nobody knows');
SELECT is(t.spells('chat'),
    'operational 60-58, outage 58-53, outage 47-47', 'a gap');
SELECT is(slipway.status_record(jsonb_build_array(
    jsonb_build_object('from_ms', t.at('50 min'), 'to_ms', t.at('30 min'),
        'states', '{"chat": "degraded"}'::jsonb),
    jsonb_build_object('from_ms', t.at('29 min'), 'to_ms', t.at('10 min'),
        'states', '{"chat": "operational"}'::jsonb))), 2,
    'periods of a time when the database was away');
SELECT is(t.spells('chat'), 'operational 60-58, outage 58-53, outage 47-47, '
    'degraded 47-29, operational 29-10', 'they begin where the known ends');
SELECT is(slipway.status_record(jsonb_build_array(
    jsonb_build_object('from_ms', t.at('50 min'), 'to_ms', t.at('30 min'),
        'states', '{"chat": "degraded"}'::jsonb),
    jsonb_build_object('from_ms', t.at('29 min'), 'to_ms', t.at('10 min'),
        'states', '{"chat": "operational"}'::jsonb))), 0,
    'the same periods may come twice');
SELECT is(t.saw('-60 min', '-60 min', '{"chat": "outage"}'), 0,
    'a clock that is an hour ahead is not believed');
SELECT throws_ok($$ SELECT slipway.status_record('[{"from_ms": 1, "to_ms": 2,
    "states": {"new": "fine"}}]') $$, 'SW002');
SELECT throws_ok($$ SELECT slipway.status_record('{"a": 1}') $$, 'SW002');

-- days, exactly: 36 hours of outage over three days of UTC
INSERT INTO slipway.status_spells (component, began_at, ended_at, state)
SELECT 'web2', d + interval '12 hours', d + interval '2 days', 'outage'
FROM (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
    - interval '3 days' AS d) AS x;
SELECT results_eq($$
    SELECT (now() AT TIME ZONE 'UTC')::date - (d ->> 'day')::date,
        (d ->> 'known_s')::integer, (d ->> 'outage_s')::integer
    FROM jsonb_array_elements(slipway.status_page(90) -> 'days') AS d
    WHERE d ->> 'component' = 'web2' ORDER BY d ->> 'day'
$$, 'VALUES (3, 43200, 43200), (2, 86400, 86400), (1, 0, 0)',
    'days are cut at midnight UTC');
SELECT is((SELECT sum((d ->> 'known_s')::integer)::text || ' '
        || sum((d ->> 'degraded_s')::integer) || ' '
        || sum((d ->> 'outage_s')::integer)
    FROM jsonb_array_elements(slipway.status_page(90) -> 'days') AS d
    WHERE d ->> 'component' = 'chat'),
    (2 + 5 + 18 + 19) * 60 || ' ' || 18 * 60 || ' ' || 5 * 60,
    'seconds of each state');
SELECT is(jsonb_array_length(slipway.status_page(1) -> 'days')
        < jsonb_array_length(slipway.status_page(90) -> 'days'), true,
    'p_days is how far back');
SELECT is(slipway.status_page(90) -> 'spells' -> 0 ->> 'state', 'degraded',
    'spells of trouble, newest first');

-- incidents
SELECT is_empty('SELECT * FROM slipway.incident_list(true)', 'none at first');
SELECT is(slipway.incident_open('Answers are slow', 'We look into it.',
    'minor', '{chat}') > 0, true, 'one is opened');
SELECT is(slipway.incident_update((SELECT max(id) FROM
    slipway.status_incidents), 'identified', 'It is the provider.'),
    'identified', 'and goes on');
SELECT is(slipway.incident_update((SELECT max(id) FROM
    slipway.status_incidents), NULL, 'Still.'), 'identified',
    'without a new state');
SELECT is((SELECT count(*) FROM slipway.incident_list(false)), 1::bigint,
    'it is open');
SELECT is(slipway.incident_update((SELECT max(id) FROM
    slipway.status_incidents), 'resolved', 'Over.'), 'resolved', 'it is over');
SELECT is((SELECT count(*) FROM slipway.incident_list(false)), 0::bigint,
    'and not open any more');
SELECT throws_ok(format('SELECT slipway.incident_update(%s, NULL, %L)',
    (SELECT max(id) FROM slipway.status_incidents), 'x'), 'SW002');
SELECT throws_ok($$ SELECT slipway.incident_update(0, NULL, 'x') $$, 'SW004');
SELECT throws_ok($$ SELECT slipway.incident_open(E'two\nlines', 'x', 'minor',
    '{}') $$, 'SW002');
SELECT throws_ok($$ SELECT slipway.incident_open('x', 'x', 'minor', '{}',
    now() + interval '2 hours', now() + interval '1 hour') $$, 'SW002');

SELECT * FROM finish();
ROLLBACK;
