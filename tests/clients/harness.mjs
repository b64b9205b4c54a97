/*
 * What the cases share: the site's addresses and keys, the mock provider's
 * controls, assertions, and a fetch that counts.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

export const site = {
	url: process.env.SITE_URL,
	mock: process.env.MOCK_URL,
	dsn: process.env.SITE_DSN,
	keys: JSON.parse(process.env.SITE_KEYS),
	embedding: "mock/embed",
	/* of the form of a key, and nobody's */
	unknownKey: `slw_${"A".repeat(43)}`,
};

export function assert(ok, message) {
	if (!ok)
		throw new Error(message);
}

export function equal(is, wanted, what) {
	const [a, b] = [JSON.stringify(is), JSON.stringify(wanted)];
	assert(a === b, `${what}: ${a} instead of ${b}`);
}

export const sleep = (ms) => new Promise((go) => setTimeout(go, ms));

/* The model's name at the mock provider has a script of its own. */
export async function script(model, text) {
	const response = await fetch(`${site.mock}/_mock/script?model=${model}` +
		`&script=${encodeURIComponent(text)}`, { method: "POST" });
	assert(response.ok, `mock: ${response.status}`);
}

async function allCalls() {
	const path = "/_mock/calls?bodies=1";
	return (await (await fetch(site.mock + path)).json()).last;
}

/* The number of the latest call of any model. */
export async function lastCall() {
	return (await allCalls()).at(-1)?.id ?? 0;
}

/* The calls for client c since lastCall() was noted in c.before. */
export async function calls(c) {
	return (await allCalls()).filter((call) => call.id > c.before &&
		call.model === c.feature);
}

/* A fetch that keeps each response's status and headers. */
export function counter() {
	const seen = [];
	const counting = async (...args) => {
		const response = await fetch(...args);
		seen.push(response);
		return response;
	};
	return { seen, fetch: counting };
}

/* The settled row of a call, once it is there. */
export async function settled(requestId) {
	const run = promisify(execFile);
	for (const end = Date.now() + 60000; Date.now() < end;) {
		const { stdout } = await run("psql", ["-XqtAF", " ", "-d", site.dsn, "-c",
			"SELECT outcome, basis, error FROM slipway.llm_calls " +
			`WHERE request_id = '${requestId.replace(/[^\w]/g, "")}'`]);
		if (stdout.trim() !== "")
			return stdout.trim();
		await sleep(50);
	}
	throw new Error(`${requestId} was never settled`);
}

/* What a client threw, in one form. */
export function fault(e) {
	const inner = e.lastError ?? e.cause ?? {};
	const body = e.responseBody ?? inner.responseBody ?? "";
	return {
		status: e.status ?? e.statusCode ?? inner.statusCode ?? inner.status,
		text: [e.message, e.code, e.error && JSON.stringify(e.error), body,
			inner.message, inner.code, JSON.stringify(e.data ?? {})].join(" "),
		error: e,
	};
}

/* fn must throw; returns what. */
export async function thrown(fn) {
	let result;
	try {
		result = await fn();
	} catch (e) {
		return fault(e);
	}
	throw new Error(`nothing was thrown, but ${JSON.stringify(result)} returned`);
}
