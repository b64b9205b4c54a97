/*
 * One turn of the conversation as DOM: the question, the answer as it grows,
 * its sources, its price, and what went wrong.  Whatever comes from a model or
 * a server gets into the page as text nodes only.
 */

function el(tag, className = "", text = "") {
	const node = document.createElement(tag);
	node.className = className;
	node.textContent = text;
	return node;
}

function button(label, onClick) {
	const node = el("button", "quiet", label);
	node.type = "button";
	node.addEventListener("click", onClick);
	return node;
}

/*
 * A button that copies text.  Where the browser keeps its clipboard to itself
 * (plain http from another machine), source is selected instead.
 */
function copyButton(label, source, text) {
	const node = button(label, async () => {
		try {
			await navigator.clipboard.writeText(text);
			node.textContent = "Copied";
		} catch {
			getSelection().selectAllChildren(source);
			node.textContent = "Selected";
		}
		setTimeout(() => (node.textContent = label), 2000);
	});
	return node;
}

/* Only a web address becomes a link; null for anything else. */
function webUrl(url) {
	try {
		const parsed = new URL(url, location.href);
		return /^https?:$/.test(parsed.protocol) ? parsed.href : null;
	} catch {
		return null;
	}
}

/*
 * Draws growing text as paragraphs and fenced code, touching only its end.
 */
class Writer {
	#root;
	#line = ""; /* the line that has no end yet */
	#block = null; /* the open <p> or <code> */
	#body; /* its finished lines */
	#tail; /* what is known of the next one */
	#fence = ""; /* what closes the open code block */

	constructor(root) {
		this.#root = root;
	}

	add(text) {
		const lines = (this.#line + text).split("\n");
		this.#line = lines.pop();
		lines.forEach((line) => this.#endLine(line));
		this.#drawTail();
	}

	finish() {
		if (this.#line !== "")
			this.#endLine(this.#line);
		this.#line = "";
		this.#close();
	}

	#open(node, parent) {
		this.#body = document.createTextNode("");
		this.#tail = document.createTextNode("");
		node.append(this.#body, this.#tail);
		parent.append(node);
		this.#block = node;
	}

	#close() {
		this.#block?.normalize();
		this.#block = null;
		this.#fence = "";
	}

	#append(line) {
		const newline = this.#body.length > 0 ? "\n" : "";
		this.#body.appendData(newline + line);
		this.#tail.data = "";
	}

	#endLine(line) {
		const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line);
		if (this.#fence) {
			if (mark && mark[1].startsWith(this.#fence) &&
			    line.trim() === mark[1])
				this.#close();
			else
				this.#append(line);
		} else if (mark) {
			this.#close();
			const pre = el("pre");
			this.#root.append(pre);
			this.#open(el("code"), pre);
			this.#fence = mark[1];
		} else if (line.trim() === "") {
			this.#close();
		} else {
			if (!this.#block)
				this.#open(el("p"), this.#root);
			this.#append(line);
		}
	}

	/* Show the unfinished line, unless it may still become a fence. */
	#drawTail() {
		const line = this.#line;
		if (/^\s*$|^ {0,3}(`{1,2}$|~{1,2}$|`{3}|~{3})/.test(line))
			return;
		if (!this.#block)
			this.#open(el("p"), this.#root);
		this.#tail.data = (this.#body.length > 0 ? "\n" : "") + line;
	}
}

let turns = 0;

export class Turn {
	text = ""; /* the answer so far */
	#pending = ""; /* arrived, not drawn yet */
	#frame = 0;
	#timer = 0;
	#sources = 0;
	#onDraw;
	#writer;

	/* onDraw() is called after each change of the page. */
	constructor(question, onDraw) {
		this.question = question;
		this.#onDraw = onDraw;
		this.id = ++turns;
		this.node = el("article", "turn");
		this.node.setAttribute("aria-label", `Question ${this.id}`);
		const asked = el("p", "question");
		asked.append(el("span", "sr", "You asked: "), question);
		this.answer = el("div", "answer");
		this.answer.setAttribute("aria-busy", "true");
		this.body = el("div", "text");
		this.thinking = el("p", "thinking", "Thinking…");
		this.answer.append(this.body, this.thinking);
		this.node.append(asked, this.answer);
		this.#writer = new Writer(this.body);
		this.#countUp(performance.now());
	}

	#countUp(from) {
		this.#timer = setInterval(() => {
			const ms = performance.now() - from;
			this.thinking.textContent =
				`Thinking… ${Math.floor(ms / 1000)} s`;
		}, 1000);
	}

	/* The next token: drawn with all others of the same frame. */
	write(token) {
		this.text += token;
		this.#pending += token;
		this.#frame ||= requestAnimationFrame(() => this.#draw());
	}

	#draw() {
		cancelAnimationFrame(this.#frame);
		this.#frame = 0;
		if (this.#pending !== "")
			this.#stopThinking();
		this.#writer.add(this.#pending);
		this.#pending = "";
		this.#onDraw();
	}

	#stopThinking() {
		clearInterval(this.#timer);
		this.thinking.remove();
	}

	/* No more text will come. */
	end() {
		this.#draw();
		this.#writer.finish();
		this.#stopThinking();
		this.#linkCitations();
		this.answer.removeAttribute("aria-busy");
	}

	notice(message) {
		this.body.before(el("p", "notice", message));
		this.#onDraw();
	}

	/* "Stopped" and the like, under the text. */
	remark(message) {
		this.answer.append(el("p", "remark", message));
		this.#onDraw();
	}

	citations(list) {
		this.#sources = list.length;
		if (list.length === 0)
			return this.remark("No source was found for this.");
		const section = el("section", "sources");
		const ol = el("ol");
		ol.append(...list.map((c) => this.#source(c)));
		section.append(el("h2", "", "Sources"), ol);
		this.answer.append(section);
		this.#onDraw();
	}

	#source({ n, title, section, url, text }) {
		const li = el("li");
		li.id = `source-${this.id}-${n}`;
		li.value = n;
		const href = url ? webUrl(url) : null;
		const name = el(href ? "a" : "span", "", title || "Untitled");
		if (href) {
			name.href = href;
			name.target = "_blank";
			name.rel = "noopener noreferrer";
		}
		li.append(name);
		if (section)
			li.append(el("span", "section", section));
		if (text)
			li.append(el("span", "snippet", text));
		return li;
	}

	/* "[2]" in a paragraph becomes a link to source 2. */
	#linkCitations() {
		for (const p of this.body.querySelectorAll("p")) {
			const parts = p.textContent.split(/\[(\d{1,3})\]/);
			p.replaceChildren(...parts.map((part, i) =>
				i % 2 === 0 ? part : this.#citation(part)));
		}
	}

	#citation(n) {
		if (Number(n) < 1 || Number(n) > this.#sources)
			return `[${n}]`;
		const a = el("a", "cite", `[${n}]`);
		a.href = `#source-${this.id}-${Number(n)}`;
		a.setAttribute("aria-label", `Source ${n}`);
		return a;
	}

	/* What it took: the line under a finished answer. */
	meta({ usage, done, ttftMs }) {
		const parts = [];
		if (done.model_route)
			parts.push(done.model_route);
		if (usage) {
			if (usage.input_tokens + usage.output_tokens > 0)
				parts.push(`${usage.input_tokens} tokens in, ` +
					`${usage.output_tokens} out`);
			const about = /^(est|par|pess)/.test(usage.basis);
			parts.push(`${about ? "about " : ""}$${usage.cost_usd}`);
		}
		if (ttftMs)
			parts.push(`first words after ${(ttftMs / 1000).toFixed(1)} s`);
		const line = el("p", "meta", parts.join(" · "));
		if (this.text)
			line.append(" ", copyButton("Copy answer", this.body, this.text));
		this.answer.append(line);
		this.#onDraw();
	}

	/*
	 * What went wrong, in words.  problem: message, and where known hint,
	 * requestId, waitMs (a countdown), resetMs (wall clock).
	 * actions: [label, onClick] pairs; the first waits for the countdown.
	 */
	problem({ message, hint, requestId, waitMs, resetMs }, actions) {
		const box = el("div", "problem");
		box.append(el("p", "words", message));
		if (hint)
			box.append(el("p", "", hint));
		if (resetMs)
			box.append(el("p", "", resetSentence(resetMs)));
		if (requestId)
			box.append(incident(requestId));
		const row = el("p", "actions");
		const buttons = actions.map(([label, go]) => button(label, go));
		const status = el("a", "", "Service status");
		status.href = "status/";
		row.append(...buttons, status);
		box.append(row);
		this.answer.append(box);
		if (waitMs > 0 && buttons.length > 0)
			countDown(buttons[0], waitMs);
		this.#onDraw();
	}
}

function resetSentence(resetMs) {
	const at = new Date(resetMs).toLocaleString([], {
		weekday: "long", hour: "2-digit", minute: "2-digit",
	});
	return `The budget starts afresh on ${at}.`;
}

function incident(requestId) {
	const p = el("p", "incident", "Incident ");
	const code = el("code", "", requestId);
	p.append(code, " ", copyButton("Copy", code, requestId));
	return p;
}

/* Disable node for waitMs and show the seconds that are left on it. */
function countDown(node, waitMs) {
	const label = node.textContent;
	const until = performance.now() + waitMs;
	const tick = () => {
		const left = until - performance.now();
		node.disabled = left > 0;
		node.textContent = left > 0
			? `${label} in ${Math.ceil(left / 1000)} s` : label;
		if (left > 0)
			setTimeout(tick, Math.min(left, 500));
	};
	tick();
}
