-- Idempotency keys: new, under way, answered, lost, free again.
BEGIN;
SELECT plan(30);
SELECT t.person('ann'), t.person('bob') \g /dev/null
CREATE FUNCTION pg_temp.comes(p_user text, p_key text, p_body text,
    p_request text, p_defaults jsonb DEFAULT '{}')
RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', verdict, request_id, status, content_type, body)
    FROM slipway.idempotency_begin(t.hash(p_user), t.hash(p_key),
        t.hash(p_body), p_request, t.defaults(p_defaults))
$$;
CREATE FUNCTION pg_temp.age(p_request text, p_by interval) RETURNS void
LANGUAGE sql AS $$
    UPDATE slipway.idempotency SET created_at = created_at - p_by
    WHERE request_id = p_request
$$;

-- under way, answered
SELECT is(pg_temp.comes('ann', 'k', 'x', 'req_1'), 'ok', 'a new key');
SELECT is(pg_temp.comes('ann', 'k', 'x', 'req_2'), 'conflict req_1',
    'before the admission');
SELECT is(t.verdict('ann', 'req_1'), 'ok', 'admitted');
SELECT is(pg_temp.comes('ann', 'k', 'x', 'req_2'), 'conflict req_1',
    'under way');
SELECT pg_temp.age('req_1', '2 min') \g /dev/null
SELECT is(pg_temp.comes('ann', 'k', 'x', 'req_2'), 'conflict req_1',
    '... however long it takes');
SELECT pg_temp.age('req_1', '25 h') \g /dev/null
SELECT is(pg_temp.comes('ann', 'k', 'x', 'req_2'), 'conflict req_1',
    '... even a day');
UPDATE slipway.idempotency SET created_at = now();
SELECT is(pg_temp.comes('ann', 'k', 'y', 'req_2'),
    'idempotency_mismatch req_1', 'another body');
SELECT is(pg_temp.comes('bob', 'k', 'y', 'req_3'), 'ok', 'another user');
SELECT is(t.settle('req_1', '{"reply": {"status": 200, "content_type":
    "text/plain", "body": "4 € \\ \""}}'), 'settled', 'settled');
SELECT is(pg_temp.comes('ann', 'k', 'x', 'req_2'),
    'replay req_1 200 text/plain 4 € \ "', 'answered as it was');
SELECT is(t.settle('req_1', '{"reply": {"status": 500, "content_type":
    "text/plain", "body": "no"}}'), 'duplicate', 'settled again');
SELECT is(pg_temp.comes('ann', 'k', 'x', 'req_2'),
    'replay req_1 200 text/plain 4 € \ "', '... changes nothing');
SELECT is(pg_temp.comes('ann', 'k', 'x', 'req_2', '{"user_rpm": 1}'),
    'replay req_1 200 text/plain 4 € \ "', 'asking again counts');
SELECT is(pg_temp.comes('ann', 'k', 'x', 'req_2', '{"user_rpm": 1}'),
    'rate_limited req_1', '... as any request');
SELECT pg_temp.age('req_1', '25 h') \g /dev/null
SELECT is(pg_temp.comes('ann', 'k', 'y', 'req_4'), 'ok req_1',
    'a day later the key is free');
SELECT is(pg_temp.comes('ann', 'k', 'y', 'req_5'), 'conflict req_4',
    '... and taken again');

-- lost
SELECT is(t.verdict('ann', 'req_4'), 'ok', 'admitted');
UPDATE slipway.reservations SET lease_until = now() - interval '1 s';
SELECT is(slipway.reap(10), 1, 'its worker died');
SELECT is(pg_temp.comes('ann', 'k', 'y', 'req_5'), 'idempotency_lost req_4',
    'charged, and no answer');
SELECT is(t.settle('req_4', '{"reply": {"status": 200, "content_type":
    "text/plain", "body": "late"}}'), 'settled', 'it was only slow');
SELECT is(pg_temp.comes('ann', 'k', 'y', 'req_5'),
    'replay req_4 200 text/plain late', '... so there is one');

-- for nothing
SELECT is(pg_temp.comes('ann', 'k2', 'x', 'req_6'), 'ok', 'a new key');
SELECT is(t.verdict('ann', 'req_6'), 'ok', 'admitted');
SELECT is(t.settle('req_6', '{"outcome": "failed", "basis": "none",
    "cost_pico": 0}'), 'settled', 'failed, and cost nothing');
SELECT is(pg_temp.comes('ann', 'k2', 'z', 'req_7'),
    'idempotency_mismatch req_6', 'another body is still another request');
SELECT is(pg_temp.comes('ann', 'k2', 'x', 'req_7'), 'ok req_6',
    'the key is free');
SELECT slipway.idempotency_drop('req_7') \g /dev/null
SELECT is(pg_temp.comes('ann', 'k2', 'x', 'req_8'), 'ok',
    'one that was refused');
SELECT pg_temp.age('req_8', '61 s') \g /dev/null
SELECT is(pg_temp.comes('ann', 'k2', 'x', 'req_9'), 'ok req_8',
    'one that never came to its admission');

SELECT is(pg_temp.comes('nobody', 'k', 'x', 'req_10'), 'unauthorized',
    'an unknown key');
SELECT pg_temp.age('req_9', '25 h') \g /dev/null
SELECT slipway.janitor(NULL, 14) \g /dev/null
SELECT is((SELECT count(*) FROM slipway.idempotency
    WHERE request_id = 'req_9'), 0::bigint, 'the janitor forgets it');
SELECT * FROM finish();
ROLLBACK;
