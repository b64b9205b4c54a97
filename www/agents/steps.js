/*
 * The steps of a run as a list.  A step that has not changed stays as it is, so
 * what is open stays open and focus stays where it was.
 */
import { el } from "../dom.js";
import { has, t } from "../i18n.js";

const BRIEF_CHARS = 140;

const oneLine = (text) => text.replace(/\s+/g, " ").trim();
const brief = (text) => {
	const line = oneLine(text);
	return line.length > BRIEF_CHARS
		? `${line.slice(0, BRIEF_CHARS)}…` : line;
};

/* Arguments as [name, value] pairs; null when they are no object. */
export function pairs(text) {
	try {
		const value = JSON.parse(text);
		if (value === null || typeof value !== "object" ||
		    Array.isArray(value))
			return null;
		return Object.entries(value).map(([name, one]) =>
			[name, typeof one === "string" ? one
				: JSON.stringify(one, null, 2)]);
	} catch {
		return null;
	}
}

const inWords = (text) => pairs(text)
	?.map(([name, value]) => `${name}: ${oneLine(value)}`).join(", ") ?? text;

export const badge = (effect) => el("span", `badge ${effect === "read"
	? "read" : "effect"}`, t(effect === "read" ? "reads" : "changes"));

export const status = (step) => has(`${step.kind}_${step.status}`)
	? t(`${step.kind}_${step.status}`) : step.status;

function part(title, text) {
	const box = el("pre", "", text);
	box.tabIndex = 0;
	box.setAttribute("role", "region");
	box.setAttribute("aria-label", title);
	return [el("h3", "", title), box];
}

function toolStep(step) {
	const details = el("details");
	details.append(el("summary", "", t("details")),
		...part(t("arguments"), step.arguments));
	if (step.result !== undefined)
		details.append(...part(t("result"),
			step.result + (step.cut ? "\n…" : "")));
	const lines = [el("p", "brief", brief(inWords(step.arguments)))];
	if (step.result)
		lines.push(el("p", "brief", `→ ${brief(step.result)}`));
	lines.forEach((line) => (line.dir = "auto"));
	return [...lines, details];
}

function modelStep(step) {
	if (!step.text)
		return [];
	const line = el("p", "brief", brief(step.text));
	line.dir = "auto";
	return [line];
}

function item(step) {
	const li = el("li", step.status);
	const head = el("p", "head");
	head.append(el("span", "name", step.kind === "model"
		? t("model") : step.tool));
	if (step.kind === "tool")
		head.append(badge(step.effect));
	head.append(el("span", "how", status(step)));
	li.append(head, ...step.kind === "tool" ? toolStep(step)
		: modelStep(step));
	return li;
}

export class Steps {
	#list;
	#shown = new Map(); /* by number: {text, node} */

	constructor(list) {
		this.#list = list;
	}

	clear() {
		this.#shown.clear();
		this.#list.replaceChildren();
	}

	/* Returns the steps that are new or have changed. */
	show(steps) {
		const changed = steps.filter((step) => this.#put(step));
		const numbers = new Set(steps.map((step) => step.step));
		for (const [number, { node }] of this.#shown)
			if (!numbers.has(number)) {
				node.remove();
				this.#shown.delete(number);
			}
		return changed;
	}

	#put(step) {
		const text = JSON.stringify(step);
		const old = this.#shown.get(step.step);
		if (old?.text === text)
			return false;
		const node = item(step);
		if (old) {
			const was = old.node.querySelector("details");
			const is = node.querySelector("details");
			if (was && is)
				is.open = was.open;
			old.node.replaceWith(node);
		} else {
			this.#list.append(node);
		}
		this.#shown.set(step.step, { text, node });
		return true;
	}
}
