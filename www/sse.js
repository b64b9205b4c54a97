/*
 * A parser of server-sent events (WHATWG HTML, 9.2.6) for text that arrives
 * cut anywhere: inside a line, between CR and LF, inside a frame.  fetch() is
 * used instead of EventSource because a question is a POST with a header.
 */
export class SseParser {
	#emit;
	#rest = ""; /* the line that has no end yet */
	#cr = false; /* the last text ended in CR: an LF may follow */
	#event = "";
	#data = [];
	#id = "";

	/*
	 * emit(event, data, id) is called for each complete frame that has data;
	 * id is the last one seen, "" before the first.
	 */
	constructor(emit) {
		this.#emit = emit;
	}

	/*
	 * Take the next piece of text.  A frame that the end of the stream cuts
	 * off is never emitted, as the standard asks.
	 */
	push(text) {
		if (text === "")
			return;
		const from = this.#cr && text[0] === "\n" ? 1 : 0;
		this.#cr = text.endsWith("\r");
		const lines = (this.#rest + text.slice(from)).split(/\r\n|\r|\n/);
		this.#rest = lines.pop();
		lines.forEach((line) => this.#take(line));
	}

	#take(line) {
		if (line === "")
			return this.#dispatch();
		const colon = line.indexOf(":");
		if (colon === 0)
			return; /* a comment: the heartbeat */
		const name = colon < 0 ? line : line.slice(0, colon);
		let value = colon < 0 ? "" : line.slice(colon + 1);
		if (value[0] === " ")
			value = value.slice(1);
		if (name === "event")
			this.#event = value;
		else if (name === "data")
			this.#data.push(value);
		else if (name === "id" && !value.includes("\0"))
			this.#id = value;
	}

	#dispatch() {
		const event = this.#event || "message";
		const data = this.#data;
		this.#event = "";
		this.#data = [];
		if (data.length > 0)
			this.#emit(event, data.join("\n"), this.#id);
	}
}
