-- Prices: history, sanity range, the seed.
BEGIN;
SELECT plan(34);
CREATE FUNCTION pg_temp.put(p_rows jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(action, ' ') FROM slipway.price_upsert(p_rows, 'test')
$$;
CREATE FUNCTION pg_temp.price(p_model text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', input_pico, cache_read_pico, cache_write_pico,
        cache_write_1h_pico, output_pico)
    FROM slipway.prices_current() WHERE provider = 'acme' AND model = p_model
$$;

SELECT is(pg_temp.put('[{"provider": "acme", "model": "m/1",
    "input_pico": 100, "output_pico": 500}]'), 'added', 'a new model');
SELECT is(pg_temp.price('m/1'), '100 100 100 100 500',
    'a cache price that is missing is that of the input');
SELECT is(pg_temp.put('[{"provider": "acme", "model": "m2",
    "input_pico": 100, "cache_write_pico": 125, "output_pico": 500},
    {"provider": "acme", "model": "m3", "input_pico": 1,
    "cache_read_pico": 2, "cache_write_pico": 3, "cache_write_1h_pico": 4,
    "output_pico": 5}]'), 'added added', 'two');
SELECT is(pg_temp.price('m2'), '100 100 125 200 500',
    'an hour in the cache is not taken too cheap');
SELECT is(pg_temp.price('m3'), '1 2 3 4 5', 'all given');
SELECT is(pg_temp.put('[{"provider": "acme", "model": "m/1",
    "input_pico": 100, "output_pico": 500}]'), 'unchanged',
    'the same price again');
SELECT is(pg_temp.put('[{"provider": "acme", "model": "m/1",
    "input_pico": 90, "output_pico": 500,
    "valid_from": "2020-01-01T00:00:00Z"}]'), 'added', 'an earlier price');
SELECT is(pg_temp.price('m/1'), '100 100 100 100 500', '... does not count');
SELECT is(pg_temp.put('[{"provider": "acme", "model": "m/1",
    "input_pico": 80, "output_pico": 400,
    "valid_from": "2999-01-01T00:00:00Z"}]'), 'added', 'a price to come');
SELECT is(pg_temp.price('m/1'), '100 100 100 100 500', '... does not yet');
SELECT is(pg_temp.put('[{"provider": "acme", "model": "m/1",
    "input_pico": 70, "output_pico": 400,
    "valid_from": "2999-01-01T00:00:00Z"}]'), 'changed',
    'the price of one moment is corrected');
SELECT is((SELECT count(*) FROM slipway.prices WHERE model = 'm/1'), 3::bigint,
    'the history is kept');
UPDATE slipway.prices SET valid_from = valid_from - interval '1 s'
WHERE provider = 'acme' AND valid_from = now();
SELECT is(pg_temp.put('[{"provider": "acme", "model": "m/1",
    "input_pico": 60, "output_pico": 300}]'), 'added', 'a new price');
SELECT is(pg_temp.price('m/1'), '60 60 60 60 300', '... counts from now on');

SELECT throws_like(format('SELECT slipway.price_upsert(%L, %L)', rows, 'x'),
    like_, what)
FROM (VALUES
    ('[{"provider": "a", "model": "m", "input_pico": 1250000000000,
        "output_pico": 1}]', '%price 1 (a/m): more than 0.01 USD per token%',
        'a price per million, typed as one per token'),
    ('[{"provider": "a", "model": "m", "input_pico": 50000000000,
        "output_pico": 1}]', '%was a price per million%',
        '... of a cheap model'),
    ('[{"provider": "a", "model": "m", "input_pico": 1,
        "output_pico": 10000000001}]', '%0.01 USD%', 'over the range'),
    ('[{"provider": "a", "model": "m", "input_pico": 1, "output_pico": 1,
        "cache_write_1h_pico": 10000000001}]', '%0.01 USD%',
        'in the cache, too'),
    ('[{"provider": "a", "model": "m", "input_pico": -1, "output_pico": 1}]',
        '%whole pico-dollars%', 'a negative'),
    ('[{"provider": "a", "model": "m", "input_pico": 1.5, "output_pico": 1}]',
        '%whole pico-dollars%', 'a fraction'),
    ('[{"provider": "a", "model": "m", "input_pico": 1}]',
        '%whole pico-dollars%', 'no price for output'),
    ('[{"provider": "a", "model": "m", "input_pico": 1,
        "output_pico": 99999999999999999999}]', '%whole pico-dollars%',
        'more than a bigint'),
    ('[{"provider": "a/b", "model": "m", "input_pico": 1, "output_pico": 1}]',
        '%provider and model are needed%', 'a provider with a slash'),
    ('[{"provider": "a", "input_pico": 1, "output_pico": 1}]',
        '%provider and model are needed%', 'no model'),
    ('["x"]', '%provider and model are needed%', 'no object'),
    ('{}', '%array%', 'no array'),
    ('[{"provider": "a", "model": "m", "input_pico": 1, "output_pico": 1,
        "valid_from": "soon"}]', '%is no time%', 'a time that is none'),
    ('[{"provider": "a", "model": "ok", "input_pico": 1, "output_pico": 1},
        {"provider": "a", "model": "m"}]', '%price 2 (a/m)%',
        'the message says which')
) AS v (rows, like_, what);
SELECT is_empty($$ SELECT FROM slipway.prices WHERE provider = 'a' $$,
    'nothing is taken when one is refused');
SELECT throws_ok($$ SELECT slipway.price_upsert('[]', '') $$, 'SW002', NULL,
    'prices have a source');

-- the seed
SELECT is_empty($$
    SELECT m FROM unnest('{openai/gpt-5,openai/gpt-5-mini,openai/gpt-5-nano,
        openai/gpt-4.1,openai/gpt-4.1-mini,openai/gpt-4.1-nano,openai/gpt-4o,
        openai/gpt-4o-mini,openai/o3,openai/o4-mini,
        openai/text-embedding-3-small,openai/text-embedding-3-large,
        anthropic/claude-opus-4-5,anthropic/claude-opus-4-1,
        anthropic/claude-sonnet-4-5,anthropic/claude-sonnet-4-20250514,
        anthropic/claude-haiku-4-5,anthropic/claude-3-5-haiku-20241022,
        bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0,
        bedrock/amazon.nova-micro-v1:0,bedrock/amazon.nova-lite-v1:0,
        bedrock/amazon.nova-pro-v1:0,
        bedrock/meta.llama3-3-70b-instruct-v1:0}'::text[]) AS m
    WHERE NOT EXISTS (SELECT FROM slipway.prices_current() AS p
        WHERE p.provider || '/' || p.model = m)
$$, 'the seed has the current models');
SELECT is_empty($$
    SELECT provider, model FROM slipway.prices_current()
    WHERE source <> 'test' AND (cache_read_pico > input_pico
        OR cache_write_1h_pico < cache_write_pico
        OR output_pico < input_pico AND model NOT LIKE 'text-embedding%')
$$, '... with prices that look like prices');
SELECT is((SELECT (input_pico, cache_read_pico, output_pico)::text
    FROM slipway.prices_current()
    WHERE provider = 'openai' AND model = 'gpt-5-mini'),
    '(250000,25000,2000000)', 'a quarter of a dollar per million is 250000');
SELECT is((SELECT count(*) FROM (SELECT DISTINCT provider
    FROM slipway.prices WHERE source <> 'test') AS x), 3::bigint,
    'of three providers');
SELECT * FROM finish();
ROLLBACK;
