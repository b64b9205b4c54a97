/*
 * Talking to the server: one question, the frames of its answer.  A connection
 * that breaks is taken up again where it was, if the server keeps the answer
 * for that: nothing is asked, or paid for, twice.
 */
import { SseParser } from "./sse.js";

/* Pauses before each try to take a broken answer up again. */
const BACKOFF_MS = [250, 500, 1000, 2000, 4000, 8000, 8000, 8000];

/* Something went wrong, as banner.js shows it. */
export class Problem extends Error {
	constructor(fields) {
		super(fields.code);
		Object.assign(this, fields);
	}
}

/* What the browser, not the server, has to say. */
export function problemOf(error) {
	if (error instanceof Problem)
		return error;
	const code = error instanceof SyntaxError ? "garbled"
		: navigator.onLine ? "lost" : "offline";
	return new Problem({ code, retryable: true });
}

/* A problem object of the server; there are headers only before a stream. */
export function problemFrom(body, headers = new Headers()) {
	return new Problem({
		code: body.code ?? "unknown",
		title: body.title ?? "",
		detail: body.detail === body.title ? "" : body.detail,
		requestId: body.request_id ?? headers.get("x-request-id"),
		retryable: body.retryable ?? false,
		waitMs: Number(headers.get("retry-after-ms")) ||
			Number(headers.get("retry-after")) * 1000 || 0,
	});
}

async function refusal(response) {
	const body = await response.json().catch(() => ({
		code: "http", title: `HTTP ${response.status}`,
		retryable: response.status >= 500,
	}));
	return problemFrom(body, response.headers);
}

/* Wait, as long as it takes while the device is offline, or until signal. */
function pause(ms, signal) {
	return new Promise((resolve, reject) => {
		const timer = navigator.onLine ? setTimeout(resolve, ms) : 0;
		addEventListener("online", resolve, { once: true });
		signal.addEventListener("abort", () => {
			clearTimeout(timer);
			reject(signal.reason);
		}, { once: true });
	});
}

export class Stream {
	#url;
	#headers;
	#signal;
	#handlers;
	#lastId = "";
	#requestId = "";
	#ended = false;
	#problem = null;

	/*
	 * url       of chat/stream
	 * headers   who asks
	 * handlers  by event: start, message, kept (all of the answer, in
	 *           place of what came), citations, usage, notice, done;
	 *           and waiting(isWaiting) while a connection is gone
	 */
	constructor(url, headers, signal, handlers) {
		this.#url = url;
		this.#headers = headers;
		this.#signal = signal;
		this.#handlers = handlers;
	}

	/* Ends when the answer is complete; throws Problem otherwise. */
	async ask(body) {
		const response = await this.#fetch(this.#url, {
			method: "POST",
			headers: {
				...this.#headers,
				"content-type": "application/json",
			},
			body: JSON.stringify(body),
		});
		if (!response.ok)
			throw await refusal(response);
		await this.#read(response);
		for (let i = 0; !this.#ended; i++)
			await this.#takeUp(i);
		if (this.#problem)
			throw this.#problem;
	}

	/* The reader wants no more: else the server goes on for a while. */
	stop() {
		if (this.#requestId === "" || this.#ended)
			return;
		fetch(this.#at(), {
			method: "DELETE", headers: this.#headers, keepalive: true,
		}).catch(() => {});
	}

	#at() {
		const url = new URL(this.#url);
		url.searchParams.set("request_id", this.#requestId);
		return url;
	}

	#fetch(url, options) {
		return fetch(url, {
			...options, signal: this.#signal,
			cache: "no-store", redirect: "error",
		});
	}

	/* Hand on each frame until the body ends or breaks. */
	async #read(response) {
		const parser = new SseParser((event, data, id) =>
			this.#take(event, JSON.parse(data), id));
		const reader = response.body
			.pipeThrough(new TextDecoderStream()).getReader();
		try {
			for (;;) {
				const { done, value } = await reader.read();
				if (done)
					return;
				parser.push(value);
			}
		} catch (error) {
			if (this.#signal.aborted || error instanceof SyntaxError)
				throw error;
		}
	}

	#take(event, data, id) {
		this.#lastId = id || this.#lastId;
		if (event === "start")
			this.#requestId = data.request_id;
		if (event === "error")
			this.#problem = problemFrom(data);
		if (event === "error" || event === "done")
			this.#ended = true;
		this.#handlers[event]?.(data);
	}

	/* Try number i to continue a broken answer. */
	async #takeUp(i) {
		if (this.#lastId === "" || i === BACKOFF_MS.length)
			throw new Problem({
				code: navigator.onLine ? "broken" : "offline",
				requestId: this.#requestId, retryable: true,
			});
		this.#handlers.waiting(true);
		await pause(BACKOFF_MS[i] * (0.5 + Math.random() / 2),
			this.#signal);
		const response = await this.#fetch(this.#at(), {
			headers: {
				...this.#headers, "last-event-id": this.#lastId,
			},
		}).catch((error) => {
			if (this.#signal.aborted)
				throw error;
		});
		if (!response)
			return; /* still no connection */
		if (!response.ok) {
			const problem = await refusal(response);
			if (problem.retryable)
				return;
			throw problem;
		}
		this.#handlers.waiting(false);
		await this.#read(response);
	}
}
