-- List prices to start with, in US dollars per million tokens.
--
-- CHECK THEM before you rely on a cap: providers change prices without asking,
-- and this file is as old as the release it came with.  Compare with
--
--     https://openai.com/api/pricing/
--     https://docs.anthropic.com/en/docs/about-claude/pricing
--     https://aws.amazon.com/bedrock/pricing/
--
-- with `slipway prices list`, and take newer ones from a list that somebody
-- keeps up to date:
--
--     slipway prices import FILE
--
-- where FILE is data_slim.json of genai-prices or LiteLLM's
-- model_prices_and_context_window.json.  An imported price begins to count when
-- it is imported and stays: this file never overwrites a row and is applied
-- again by every `slipway migrate`.
--
-- A model that stands here at one price and costs more for very long inputs
-- (over 200,000 tokens) is listed at the lower tier: keep max_body_bytes below
-- that, or import the dearer price.  Where no price for cached input is
-- published, it is the price of input.  Prices that change in a release get a
-- new row with a later valid_from; a row that is here is never edited.

INSERT INTO slipway.prices (provider, model, valid_from, input_pico,
    cache_read_pico, cache_write_pico, cache_write_1h_pico, output_pico, source)
SELECT 'openai', m.model, '2025-01-01 00:00+00', m.input * 1000000,
    m.cache_read * 1000000, m.input * 1000000, m.input * 1000000,
    m.output * 1000000, 'OpenAI price list'
FROM (VALUES
    -- model, input, cached input, output
    ('gpt-5.5', 5, 0.5, 30),
    ('gpt-5.4', 2.5, 0.25, 15),
    ('gpt-5.4-mini', 0.75, 0.075, 4.5),
    ('gpt-5.2', 1.75, 0.175, 14),
    ('gpt-5.1', 1.25, 0.125, 10),
    ('gpt-5.1-2025-11-13', 1.25, 0.125, 10),
    ('gpt-5.1-chat-latest', 1.25, 0.125, 10),
    ('gpt-5', 1.25, 0.125, 10),
    ('gpt-5-2025-08-07', 1.25, 0.125, 10),
    ('gpt-5-chat-latest', 1.25, 0.125, 10),
    ('gpt-5-mini', 0.25, 0.025, 2),
    ('gpt-5-mini-2025-08-07', 0.25, 0.025, 2),
    ('gpt-5-nano', 0.05, 0.005, 0.4),
    ('gpt-5-nano-2025-08-07', 0.05, 0.005, 0.4),
    ('gpt-5-pro', 15, 15, 120),
    ('gpt-4.1', 2, 0.5, 8),
    ('gpt-4.1-2025-04-14', 2, 0.5, 8),
    ('gpt-4.1-mini', 0.4, 0.1, 1.6),
    ('gpt-4.1-mini-2025-04-14', 0.4, 0.1, 1.6),
    ('gpt-4.1-nano', 0.1, 0.025, 0.4),
    ('gpt-4.1-nano-2025-04-14', 0.1, 0.025, 0.4),
    ('gpt-4o', 2.5, 1.25, 10),
    ('gpt-4o-2024-08-06', 2.5, 1.25, 10),
    ('gpt-4o-2024-11-20', 2.5, 1.25, 10),
    ('gpt-4o-mini', 0.15, 0.075, 0.6),
    ('gpt-4o-mini-2024-07-18', 0.15, 0.075, 0.6),
    ('o1', 15, 7.5, 60),
    ('o3', 2, 0.5, 8),
    ('o3-2025-04-16', 2, 0.5, 8),
    ('o3-mini', 1.1, 0.55, 4.4),
    ('o4-mini', 1.1, 0.275, 4.4),
    ('o4-mini-2025-04-16', 1.1, 0.275, 4.4),
    ('text-embedding-3-small', 0.02, 0.02, 0),
    ('text-embedding-3-large', 0.13, 0.13, 0),
    ('omni-moderation-latest', 0, 0, 0),
    ('omni-moderation-2024-09-26', 0, 0, 0)
) AS m (model, input, cache_read, output)
ON CONFLICT DO NOTHING;

INSERT INTO slipway.prices (provider, model, valid_from, input_pico,
    cache_read_pico, cache_write_pico, cache_write_1h_pico, output_pico, source)
SELECT 'anthropic', m.model, m.valid_from::timestamptz, m.input * 1000000,
    m.cache_read * 1000000, m.cache_write * 1000000, m.cache_1h * 1000000,
    m.output * 1000000, 'Anthropic price list'
FROM (VALUES
    -- model, valid from, input, cache read, write 5 min, write 1 h, output
    ('claude-opus-4-8', '2025-01-01 00:00+00', 5, 0.5, 6.25, 10, 25),
    ('claude-opus-4-7', '2025-01-01 00:00+00', 5, 0.5, 6.25, 10, 25),
    ('claude-opus-4-6', '2025-01-01 00:00+00', 5, 0.5, 6.25, 10, 25),
    ('claude-opus-4-5', '2025-01-01 00:00+00', 5, 0.5, 6.25, 10, 25),
    ('claude-opus-4-5-20251101', '2025-01-01 00:00+00', 5, 0.5, 6.25, 10, 25),
    ('claude-opus-4-1', '2025-01-01 00:00+00', 15, 1.5, 18.75, 30, 75),
    ('claude-opus-4-1-20250805', '2025-01-01 00:00+00', 15, 1.5, 18.75, 30, 75),
    ('claude-opus-4-0', '2025-01-01 00:00+00', 15, 1.5, 18.75, 30, 75),
    ('claude-opus-4-20250514', '2025-01-01 00:00+00', 15, 1.5, 18.75, 30, 75),
    ('claude-sonnet-5', '2025-01-01 00:00+00', 2, 0.2, 2.5, 4, 10),
    ('claude-sonnet-5', '2026-09-01 00:00+00', 3, 0.3, 3.75, 6, 15),
    ('claude-sonnet-4-6', '2025-01-01 00:00+00', 3, 0.3, 3.75, 6, 15),
    ('claude-sonnet-4-5', '2025-01-01 00:00+00', 3, 0.3, 3.75, 6, 15),
    ('claude-sonnet-4-5-20250929', '2025-01-01 00:00+00', 3, 0.3, 3.75, 6, 15),
    ('claude-sonnet-4-0', '2025-01-01 00:00+00', 3, 0.3, 3.75, 6, 15),
    ('claude-sonnet-4-20250514', '2025-01-01 00:00+00', 3, 0.3, 3.75, 6, 15),
    ('claude-3-7-sonnet-latest', '2025-01-01 00:00+00', 3, 0.3, 3.75, 6, 15),
    ('claude-3-7-sonnet-20250219', '2025-01-01 00:00+00', 3, 0.3, 3.75, 6, 15),
    ('claude-haiku-4-5', '2025-01-01 00:00+00', 1, 0.1, 1.25, 2, 5),
    ('claude-haiku-4-5-20251001', '2025-01-01 00:00+00', 1, 0.1, 1.25, 2, 5),
    ('claude-3-5-haiku-latest', '2025-01-01 00:00+00', 0.8, 0.08, 1, 1.6, 4),
    ('claude-3-5-haiku-20241022', '2025-01-01 00:00+00', 0.8, 0.08, 1, 1.6, 4),
    ('claude-3-haiku-20240307', '2025-01-01 00:00+00', 0.25, 0.03, 0.3, 0.5,
        1.25)
) AS m (model, valid_from, input, cache_read, cache_write, cache_1h, output)
ON CONFLICT DO NOTHING;

-- Bedrock names a model by its own id, or by an inference profile with a region
-- in front (us., eu., global.).  Since Claude 4.5 only the global profiles have
-- Anthropic's list price; the others cost a tenth more.
INSERT INTO slipway.prices (provider, model, valid_from, input_pico,
    cache_read_pico, cache_write_pico, cache_write_1h_pico, output_pico, source)
SELECT 'bedrock', r.region || m.model, '2025-01-01 00:00+00',
    m.input * 1000000, m.cache_read * 1000000, m.cache_write * 1000000,
    m.cache_1h * 1000000, m.output * 1000000, 'AWS Bedrock price list'
FROM (VALUES
    -- regions, model, input, cache read, write 5 min, write 1 h, output
    ('{global.}', 'anthropic.claude-opus-4-8', 5, 0.5, 6.25, 10, 25),
    ('{"",us.,eu.}', 'anthropic.claude-opus-4-8', 5.5, 0.55, 6.875, 11, 27.5),
    ('{global.}', 'anthropic.claude-opus-4-7', 5, 0.5, 6.25, 10, 25),
    ('{"",us.,eu.}', 'anthropic.claude-opus-4-7', 5.5, 0.55, 6.875, 11, 27.5),
    ('{global.}', 'anthropic.claude-opus-4-6-v1', 5, 0.5, 6.25, 10, 25),
    ('{"",us.,eu.}', 'anthropic.claude-opus-4-6-v1',
        5.5, 0.55, 6.875, 11, 27.5),
    ('{global.}', 'anthropic.claude-sonnet-5', 3, 0.3, 3.75, 6, 15),
    ('{"",us.,eu.}', 'anthropic.claude-sonnet-5', 3.3, 0.33, 4.125, 6.6, 16.5),
    ('{global.}', 'anthropic.claude-sonnet-4-6', 3, 0.3, 3.75, 6, 15),
    ('{"",us.,eu.}', 'anthropic.claude-sonnet-4-6',
        3.3, 0.33, 4.125, 6.6, 16.5),
    ('{global.}', 'anthropic.claude-opus-4-5-20251101-v1:0',
        5, 0.5, 6.25, 10, 25),
    ('{"",us.,eu.}', 'anthropic.claude-opus-4-5-20251101-v1:0',
        5.5, 0.55, 6.875, 11, 27.5),
    ('{"",us.}', 'anthropic.claude-opus-4-1-20250805-v1:0',
        15, 1.5, 18.75, 30, 75),
    ('{"",us.}', 'anthropic.claude-opus-4-20250514-v1:0',
        15, 1.5, 18.75, 30, 75),
    ('{global.}', 'anthropic.claude-sonnet-4-5-20250929-v1:0',
        3, 0.3, 3.75, 6, 15),
    ('{"",us.,eu.}', 'anthropic.claude-sonnet-4-5-20250929-v1:0',
        3.3, 0.33, 4.125, 6.6, 16.5),
    ('{"",us.,eu.,global.}', 'anthropic.claude-sonnet-4-20250514-v1:0',
        3, 0.3, 3.75, 6, 15),
    ('{"",us.,eu.}', 'anthropic.claude-3-7-sonnet-20250219-v1:0',
        3, 0.3, 3.75, 6, 15),
    ('{global.}', 'anthropic.claude-haiku-4-5-20251001-v1:0',
        1, 0.1, 1.25, 2, 5),
    ('{"",us.,eu.}', 'anthropic.claude-haiku-4-5-20251001-v1:0',
        1.1, 0.11, 1.375, 2.2, 5.5),
    ('{"",us.}', 'anthropic.claude-3-5-haiku-20241022-v1:0',
        0.8, 0.08, 1, 1.6, 4),
    ('{"",us.,eu.}', 'anthropic.claude-3-haiku-20240307-v1:0',
        0.25, 0.25, 0.25, 0.25, 1.25),
    ('{"",us.,eu.}', 'amazon.nova-micro-v1:0',
        0.035, 0.00875, 0.035, 0.035, 0.14),
    ('{"",us.,eu.}', 'amazon.nova-lite-v1:0',
        0.06, 0.015, 0.06, 0.06, 0.24),
    ('{"",us.,eu.}', 'amazon.nova-pro-v1:0',
        0.8, 0.2, 0.8, 0.8, 3.2),
    ('{"",us.}', 'amazon.nova-premier-v1:0',
        2.5, 0.625, 2.5, 2.5, 12.5),
    ('{global.}', 'amazon.nova-2-lite-v1:0',
        0.3, 0.075, 0.3, 0.3, 2.5),
    ('{us.,eu.}', 'amazon.nova-2-lite-v1:0',
        0.33, 0.0825, 0.33, 0.33, 2.75),
    ('{"",us.}', 'meta.llama3-3-70b-instruct-v1:0',
        0.72, 0.72, 0.72, 0.72, 0.72),
    ('{"",us.}', 'meta.llama3-2-90b-instruct-v1:0',
        0.72, 0.72, 0.72, 0.72, 0.72),
    ('{"",us.}', 'meta.llama3-2-11b-instruct-v1:0',
        0.16, 0.16, 0.16, 0.16, 0.16),
    ('{"",us.}', 'meta.llama3-2-3b-instruct-v1:0',
        0.15, 0.15, 0.15, 0.15, 0.15),
    ('{"",us.}', 'meta.llama3-2-1b-instruct-v1:0',
        0.1, 0.1, 0.1, 0.1, 0.1),
    ('{"",us.}', 'meta.llama3-1-70b-instruct-v1:0',
        0.72, 0.72, 0.72, 0.72, 0.72),
    ('{"",us.}', 'meta.llama3-1-8b-instruct-v1:0',
        0.22, 0.22, 0.22, 0.22, 0.22),
    ('{""}', 'meta.llama3-70b-instruct-v1:0',
        2.65, 2.65, 2.65, 2.65, 3.5),
    ('{""}', 'meta.llama3-8b-instruct-v1:0',
        0.3, 0.3, 0.3, 0.3, 0.6)
) AS m (regions, model, input, cache_read, cache_write, cache_1h, output)
CROSS JOIN LATERAL unnest(m.regions::text[]) AS r (region)
ON CONFLICT DO NOTHING;
