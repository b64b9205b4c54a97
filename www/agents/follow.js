/*
 * A run on its way: what the server sends of it, over as many connections as
 * it takes.  The run does not need us: whatever breaks, it is looked for again.
 */
import { credentials, urlOf } from "../session.js";
import { SseParser } from "../sse.js";
import { Problem, problemFrom } from "../stream.js";

/* Pauses before each try to find a run again. */
const BACKOFF_MS = [250, 500, 1000, 2000, 4000, 8000, 8000, 8000, 8000];

/* A whole answer of the server; throws Problem. */
export async function call(path, body, headers = {}) {
	const response = await fetch(urlOf(path), body === undefined
		? { headers: credentials(), cache: "no-store" }
		: request(body, headers));
	if (!response.ok)
		throw await refusal(response);
	return response.json();
}

const request = (body, headers) => ({
	method: "POST", cache: "no-store", redirect: "error",
	headers: {
		...credentials(), ...headers,
		"content-type": "application/json",
	},
	body: JSON.stringify(body),
});

async function refusal(response) {
	const body = await response.json().catch(() => ({
		code: "http", title: `HTTP ${response.status}`,
		retryable: response.status >= 500,
	}));
	return problemFrom(body, response.headers);
}

const pause = (ms) => new Promise((resolve) => {
	setTimeout(resolve, ms);
	addEventListener("online", resolve, { once: true });
});

/*
 * Follow a run until it is over or waits.
 *
 * first    {path, body, headers}: the request that moves it; null: only look
 * id       of the run, when it is known
 * onRun    called with the run each time that it has changed
 * onGone   called with true while the connection is gone
 * isWanted false: somebody looks at another run by now
 *
 * Ends with the run as it stands; null when it is not wanted; throws Problem.
 */
export async function follow({ first, id, onRun, onGone, isWanted }) {
	let tries = 0;
	let last = null;
	const take = (event, data) => {
		if (!isWanted())
			return;
		if (event === "error")
			throw problemFrom(data);
		id = data.run;
		tries = 0;
		last = event === "done" ? data : null;
		onGone(false);
		onRun(data);
	};
	for (;;) {
		try {
			await once(first, id, take, isWanted);
		} catch (error) {
			const passes = !(error instanceof Problem) ||
				error.retryable && error.code !== "rate_limited";
			if (!passes || error instanceof SyntaxError)
				throw error;
		}
		if (!isWanted() || last)
			return last;
		if (tries === BACKOFF_MS.length)
			throw new Problem({
				code: navigator.onLine ? "broken" : "offline",
				retryable: true,
			});
		onGone(true);
		await pause(BACKOFF_MS[tries++] * (0.5 + Math.random() / 2));
		/* the same Idempotency-Key: it is begun once */
		if (id && first)
			first = null;
	}
}

/* One connection: what comes through it, until it ends or breaks. */
async function once(first, id, take, isWanted) {
	const response = first
		? await fetch(urlOf(first.path),
			request({ ...first.body, stream: true }, first.headers))
		: await fetch(urlOf(`agent?run=${encodeURIComponent(id)}`), {
			cache: "no-store", redirect: "error",
			headers: { ...credentials(), accept: "text/event-stream" },
		});
	if (!response.ok)
		throw await refusal(response);
	const parser = new SseParser((event, data) =>
		take(event, JSON.parse(data)));
	const reader = response.body
		.pipeThrough(new TextDecoderStream()).getReader();
	for (;;) {
		const { done, value } = await reader.read();
		if (done)
			return;
		if (!isWanted())
			return reader.cancel();
		parser.push(value);
	}
}
