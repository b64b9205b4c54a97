/*
 * The cases that every client goes through.  Each client has a feature and a
 * model of its own at the mock provider, so all of them run at the same time.
 */
import { assert, calls, counter, equal, fault, lastCall, script, settled, site,
	thrown } from "./harness.mjs";

const WORDS = "t1 t2 t3 t4 t5 t6 t7 t8 ";
const CITY = "%7B%22city%22:%22Rome%22%7D";

/* What a client is told; more overrides. */
const ask = (c, more = {}) => ({
	key: site.keys.free,
	model: c.feature,
	embedding: c.embedding,
	prompt: "hi",
	retries: 0,
	...more,
});

async function plain(c) {
	const http = counter();
	equal(await c.text(ask(c, { fetch: http.fetch })), WORDS, "the answer");
	const { headers } = http.seen[0];
	const id = headers.get("x-request-id");
	equal(headers.get("request-id"), id, "request-id");
	equal(headers.get("x-slipway-model-route"), `mock/${c.feature}`, "route");
	assert(Number(headers.get("x-slipway-cost-usd")) > 0, "no cost");
	equal(await settled(id), "done provider_usage ok", "the settlement");
}

async function stream(c) {
	const pieces = [];
	const text = await c.stream(ask(c, { onText: (t) => pieces.push(t) }));
	equal(text, WORDS, "the answer");
	assert(pieces.length > 1, "it came in one piece");
}

async function system(c) {
	equal(await c.system(ask(c)), WORDS, "the answer");
}

async function document(c) {
	equal(await c.document(ask(c), "Law", "All rights."), WORDS, "the answer");
	const sent = JSON.parse((await calls(c)).at(-1).body);
	equal(sent.messages.at(-1).content.map((part) => part.text),
		["<document>\n<title>Law</title>\nAll rights.\n</document>", "hi"],
		"what the provider got");
}

async function tools(c) {
	await script(c.feature, `tokens=1,tool=weather:${CITY}`);
	const text = await c.tools(ask(c), async (name, input) => {
		equal([name, input], ["weather", { city: "Rome" }], "the call");
		await script(c.feature, "text=sunny");
		return "It is sunny.";
	});
	equal(text, "sunny", "the answer");
}

async function streamedTools(c) {
	await script(c.feature, `tokens=1,tool=weather:${CITY}`);
	equal(await c.streamedTools(ask(c)), [["weather", { city: "Rome" }]],
		"the calls");
}

/* The provider gets its own thoughts back, signed, before the call. */
async function thinking(c) {
	const o = ask(c, { model: `claude/${c.feature}` });
	await script(c.feature, "think=Let+me+see.,tokens=1," +
		`tool=weather:${CITY}`);
	const said = await c.think(o, async () => {
		await script(c.feature, "think=So+it+is.,text=sunny");
		return "It is sunny.";
	});
	equal(said, { thoughts: ["Let me see.", "So it is."], text: "sunny" },
		"what was said");
	const sent = JSON.parse((await calls(c)).at(-1).body);
	equal(sent.thinking, { type: "enabled", budget_tokens: 1024 },
		"what was asked for");
	equal(sent.messages.at(-2).content[0], { type: "thinking",
		thinking: "Let me see.", signature: "c2lnbmVkIGJ5IG1vY2s=" },
		"the thought that came back");
}

async function json(c) {
	await script(c.feature, "text=%7B%22answer%22:%2242%22%7D");
	equal(await c.json(ask(c)), { answer: "42" }, "the object");
}

async function badJson(c) {
	await script(c.feature, "text=%7B%22answer%22:42%7D");
	const f = await thrown(() => c.json(ask(c)));
	assert(f.text.includes("answer_form") || f.text.includes("$.answer"),
		`not our error: ${f.text}`);
	equal((await calls(c)).length, 2, "calls of the provider");
}

async function embeddings(c) {
	const vectors = await c.embed(ask(c), ["one", "two"]);
	equal(vectors.map((v) => v.length), [8, 8], "the vectors");
	assert(vectors.flat().every((x) => Number.isFinite(x)), "not numbers");
}

async function models(c) {
	const ids = await c.models(ask(c));
	assert(ids.includes(c.feature), `not in ${ids}`);
}

async function count(c) {
	assert(await c.count(ask(c)) >= 10, "fewer than the provider counts");
}

async function unauthorized(c) {
	const f = await thrown(() => c.text(ask(c, { key: site.unknownKey })));
	equal(f.status, 401, f.text);
}

async function unknownModel(c) {
	const f = await thrown(() => c.text(ask(c, { model: "nosuch" })));
	equal(f.status, 404, f.text);
	assert(f.text.includes("nosuch"), `not our sentence: ${f.text}`);
}

async function burst(c) {
	const http = counter();
	const o = ask(c, { key: c.limitedKey, fetch: http.fetch });
	equal(await c.text(o), WORDS, "the first answer");
	const f = await thrown(() => c.text(o));
	equal(f.status, 429, f.text);
	const { headers } = http.seen.at(-1);
	assert(Number(headers.get("retry-after")) > 0, "no retry-after");
	assert(Number(headers.get("retry-after-ms")) > 0, "no retry-after-ms");
	equal(headers.get("x-should-retry"), null, "x-should-retry");
	equal((await calls(c)).length, 1, "calls of the provider");
}

async function cap(c) {
	const http = counter();
	/* the time until the reset is for no client to wait */
	const f = await thrown(() => c.text(ask(c,
		{ key: site.keys.capped, fetch: http.fetch, retries: 2 })));
	equal(http.seen.at(-1).status, 429, f.text);
	equal(http.seen.at(-1).headers.get("x-should-retry"), "false",
		"x-should-retry");
	equal(http.seen.length, c.caps, "requests");
	equal((await calls(c)).length, 0, "calls of the provider");
}

async function fallback(c) {
	await script(c.feature, "status=500");
	equal(await c.text(ask(c, { model: `${c.feature}-late` })), WORDS,
		"the answer of the second model");
	equal(await c.stream(ask(c, { model: `${c.feature}-late` })), WORDS,
		"the stream of the second model");
}

/* The text before the trouble has arrived, and the trouble is not hidden. */
async function breaksOff(c, text) {
	await script(c.feature, text);
	let got = "";
	const f = await thrown(() => c.stream(ask(c,
		{ onText: (t) => { got += t; } })));
	assert(got.startsWith("t1 t2 t3"), `the text before: ${got}`);
	assert(/provider|broke off|upstream/.test(f.text), f.text);
}

const errorMidStream = (c) => breaksOff(c, "error=after:3");
const truncated = (c) => breaksOff(c, "cut=token:4");

async function slow(c) {
	await script(c.feature, "delay=2500");
	equal(await c.stream(ask(c)), WORDS, "the answer after heartbeats");
}

async function abort(c) {
	await script(c.feature, "tokens=190,pace=100");
	const http = counter();
	const stop = new AbortController();
	try {
		await c.stream(ask(c, {
			fetch: http.fetch,
			signal: stop.signal,
			onText: () => stop.abort(),
		}));
	} catch (e) {
		assert(stop.signal.aborted, `not aborted: ${fault(e).text}`);
	}
	const id = http.seen[0].headers.get("x-request-id");
	equal(await settled(id), "client_gone partial client_closed",
		"the settlement");
}

async function longPrompt(c) {
	equal(await c.text(ask(c, { prompt: "x ".repeat(50000) })), WORDS,
		"the answer");
	const [call] = await calls(c);
	assert(call.body_bytes > 100000, `the provider got ${call.body_bytes}`);
}

/* Base URLs as people write them. */
async function addresses(c) {
	for (const base of c.bases)
		equal(await c.text(ask(c, { base })), WORDS, `base URL "${base}"`);
}

export const cases = {
	plain, stream, system, document, tools, streamedTools, thinking, json, badJson, embeddings, models,
	count, unauthorized, unknownModel, burst, cap, fallback, errorMidStream,
	truncated, slow, abort, longPrompt, addresses,
};

/* What a case needs of a client, where not all have it. */
export const needs = {
	system: "system",
	document: "document",
	streamedTools: "streamedTools",
	thinking: "think",
	json: "json",
	badJson: "checkedJson",
	embeddings: "embed",
	models: "models",
	count: "count",
	addresses: "bases",
};

/* Before each case: an innocent provider; what it was asked counts anew. */
export async function prepare(c) {
	await script(c.feature, "");
	c.before = await lastCall();
}
