/*
 * One turn of the conversation as DOM: the question, the answer as it grows,
 * its sources, what it took, and what went wrong.
 */
import { banner } from "./banner.js";
import { button, copyButton, el } from "./dom.js";
import { feedback } from "./feedback.js";
import { money, number, t } from "./i18n.js";
import { webUrl, Writer } from "./markdown.js";

let count = 0;

/* How text says that it goes on: the answer is not complete. */
const STATES = { stopped: "stopped", cut: "incomplete" };

export class Turn {
	text = ""; /* the answer so far */
	state = "open"; /* then done, stopped or cut */
	sources = [];
	requestId = "";
	model = "";
	#pending = ""; /* arrived, not drawn yet */
	#frame = 0;
	#timer = 0;
	#id = ++count;
	#onDraw;
	#writer;
	#waiting = null;

	/* onDraw() is called after each change of the page. */
	constructor(question, onDraw) {
		this.question = question;
		this.#onDraw = onDraw;
		this.node = el("article", "turn");
		this.node.setAttribute("aria-label",
			t("questionNumber", { n: number(this.#id) }));
		const asked = el("p", "question");
		asked.dir = "auto";
		asked.append(el("span", "sr", t("youAsked")), question);
		this.answer = el("div", "answer");
		this.body = el("div", "text");
		this.tools = el("div", "tools");
		this.answer.append(this.body, this.tools);
		this.node.append(asked, this.answer);
		this.#writer = new Writer(this.body);
	}

	/* A turn of the history: the same, at once. */
	static restore(kept, onDraw) {
		const turn = new Turn(kept.question, onDraw);
		turn.requestId = kept.requestId;
		turn.text = turn.#pending = kept.text;
		turn.citations(kept.sources);
		turn.end(kept.state);
		turn.meta({ model: kept.model });
		return turn;
	}

	/* What the history keeps of it. */
	kept() {
		const { question, text, state, sources, requestId, model } = this;
		return { question, text, state, sources, requestId, model };
	}

	/* Show that an answer is on its way, and for how long already. */
	think() {
		const from = performance.now();
		this.answer.setAttribute("aria-busy", "true");
		this.thinking = el("p", "thinking", t("thinking"));
		this.body.after(this.thinking);
		this.#timer = setInterval(() => {
			const s = Math.floor((performance.now() - from) / 1000);
			this.thinking.textContent =
				t("thinkingFor", { n: number(s) });
		}, 1000);
	}

	/* The next token: drawn with all others of the same frame. */
	write(token) {
		this.text += token;
		this.#pending += token;
		this.#frame ||= requestAnimationFrame(() => this.#draw());
	}

	/* All of the answer, in place of what had come of it. */
	replace({ answer, cut }) {
		this.body.replaceChildren();
		this.#writer = new Writer(this.body);
		this.text = this.#pending = answer;
		if (cut)
			this.notice(t("keptCut"));
		this.#draw();
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
		this.thinking?.remove();
	}

	/* No more text will come: state is done, stopped or cut. */
	end(state) {
		this.state = state;
		this.#draw();
		this.#writer.finish();
		this.#stopThinking();
		this.waiting(false);
		this.#linkCitations();
		this.answer.removeAttribute("aria-busy");
		if (state === "stopped" || state === "cut" && this.text !== "")
			this.tools.before(el("p", "remark", t(STATES[state])));
		if (this.text !== "")
			this.tools.append(copyButton(t("copyAnswer"), this.body,
				() => this.text));
		if (this.text !== "" && this.requestId)
			this.tools.append(feedback(this));
		this.#onDraw();
	}

	/* The connection is gone (or back); the answer is not lost. */
	waiting(isWaiting) {
		this.#waiting?.remove();
		this.#waiting = isWaiting
			? el("p", "thinking remark", t("reconnecting")) : null;
		if (isWaiting)
			this.body.after(this.#waiting);
		this.#onDraw();
	}

	notice(message) {
		const p = el("p", "notice", message);
		p.dir = "auto";
		this.body.before(p);
		this.#onDraw();
	}

	citations(list) {
		this.sources = list ?? [];
		if (this.sources.length === 0)
			return;
		const section = el("section", "sources");
		const ol = el("ol");
		ol.append(...this.sources.map((c) => this.#source(c)));
		section.append(el("h2", "", t("sources")), ol);
		this.tools.before(section);
		this.#onDraw();
	}

	#source({ n, title, section, url, text }) {
		const li = el("li");
		li.id = `source-${this.#id}-${n}`;
		li.value = n;
		li.tabIndex = -1;
		li.dir = "auto";
		const to = webUrl(url ?? "");
		const name = el(to ? "a" : "span", "", title || t("untitled"));
		if (to) {
			name.href = to.href;
			name.target = "_blank";
			name.rel = "noopener noreferrer nofollow";
		}
		li.append(name);
		if (section)
			li.append(el("span", "section", section));
		if (text)
			li.append(el("span", "snippet", text));
		return li;
	}

	/* "[2]" in the text becomes a link to source 2. */
	#linkCitations() {
		const walker = document.createTreeWalker(this.body,
			NodeFilter.SHOW_TEXT);
		const found = [];
		while (walker.nextNode())
			if (/\[\d{1,3}\]/.test(walker.currentNode.data) &&
			    !walker.currentNode.parentElement.closest("a, code"))
				found.push(walker.currentNode);
		for (const node of found) {
			const parts = node.data.split(/\[(\d{1,3})\]/);
			node.replaceWith(...parts.map((part, i) =>
				i % 2 === 0 ? part : this.#citation(part)));
		}
	}

	#citation(n) {
		if (!this.sources.some((one) => one.n === Number(n)))
			return `[${n}]`;
		const a = el("a", "cite", `[${n}]`);
		a.href = `#source-${this.#id}-${Number(n)}`;
		a.setAttribute("aria-label", t("sourceNumber", { n }));
		return a;
	}

	/* Which model answered and what it took. */
	meta({ model, usage, ttftMs, cited }) {
		const parts = [];
		this.model = model ?? "";
		if (model)
			parts.push(model);
		if (usage) {
			if (usage.input_tokens + usage.output_tokens > 0)
				parts.push(t("tokens", {
					in: number(usage.input_tokens),
					out: number(usage.output_tokens),
				}));
			const about = /^(est|par|pess)/.test(usage.basis);
			const cost = money(Number(usage.cost_usd));
			parts.push(about ? t("about", { cost }) : cost);
		}
		if (ttftMs)
			parts.push(t("firstWords", { s: number(ttftMs / 1000,
				{ maximumFractionDigits: 1 }) }));
		if (cited && this.sources.length === 0)
			this.tools.before(el("p", "remark", t("noSource")));
		this.tools.before(el("p", "meta", parts.join(" · ")));
		this.#onDraw();
	}

	/* Buttons that only the last turn has. */
	setActions(actions) {
		this.node.querySelectorAll(".last").forEach((n) => n.remove());
		for (const [label, run] of actions)
			this.tools.append(button(label, run, "quiet last"));
	}

	problem(problem, actions) {
		const partial = this.text !== "" && problem.code !== "degraded";
		this.tools.before(banner(problem, partial, actions));
		this.#onDraw();
	}
}
