/*
 * One request by the id that its user saw: what happened, and what it cost by
 * which price.  What was said only where [feature] content keeps it.
 */
import { el } from "../dom.js";
import * as api from "./api.js";

const time = (text) => text == null ? "" :
	text.replace("T", " ").replace(/\+00:00$/, " UTC");

const usd = (text) => text == null ? "" : `${text} USD`;

function facts(title, pairs) {
	const node = el("section", "report");
	const table = el("table");
	const body = el("tbody");

	for (const [name, value] of pairs) {
		if (value == null || value === "")
			continue;
		const tr = el("tr");
		const th = el("th", "", name);
		th.scope = "row";
		tr.append(th, el("td", "", String(value)));
		body.append(tr);
	}
	table.append(body);
	const scroll = el("div", "scroll");
	scroll.append(table);
	node.append(el("h2", "", title), scroll);
	return node;
}

function list(title, rows, columns) {
	const node = el("section", "report");
	const table = el("table");
	const head = el("tr");
	const body = el("tbody");

	head.append(...columns.map(([name]) => {
		const th = el("th", "", name);
		th.scope = "col";
		return th;
	}));
	body.append(...rows.map((row) => {
		const tr = el("tr");
		tr.append(...columns.map(([, of]) => el("td", "", of(row) ?? "")));
		return tr;
	}));
	const thead = el("thead");
	thead.append(head);
	table.append(thead, body);
	const scroll = el("div", "scroll");
	scroll.append(table);
	scroll.tabIndex = 0;
	scroll.setAttribute("role", "region");
	scroll.setAttribute("aria-label", title);
	node.append(el("h2", "", title), scroll);
	return node;
}

const BASES = {
	provider_usage: "what the provider reported",
	estimated: "an estimate: it reported nothing",
	partial: "up to where it broke off",
	none: "nothing was spent",
	pessimistic: "the whole reservation: nobody knows what the provider did",
};

export async function story(id) {
	const { call, attempts, price, guard, pauses, ...rest } =
		await api.request(id);
	const parts = [facts("The call", [
		["Request", call.request_id],
		["Outcome", call.outcome],
		["Error", call.error === "ok" ? "" : call.error],
		["User", `${call.tenant}/${call.user}`],
		["Key", `${call.key ?? ""} ${call.key_label ?? ""}`.trim()],
		["Feature", call.feature],
		["Answered by", call.model_route],
		["Fallback tier", call.fallback_tier],
		["Prompt", call.prompt_version],
		["Admitted", time(call.created_at)],
		["Settled", time(call.settled_at)],
		["First token", call.ttft_ms == null ? "" : `${call.ttft_ms} ms`],
		["End", call.latency_ms == null ? "" : `${call.latency_ms} ms`],
		["Trace", call.trace_id],
	]), facts("What it cost", [
		["Charged", usd(call.cost_usd)],
		["Basis", BASES[call.basis] ?? call.basis],
		["Reserved before", usd(call.reserved_usd)],
		["Input tokens", call.input_tokens],
		["… from the cache", call.cache_read_tokens],
		["… to the cache", call.cache_write_tokens],
		["… to the cache for an hour", call.cache_write_1h_tokens],
		["Output tokens", call.output_tokens],
		["… for reasoning", call.reasoning_tokens],
		["By the price of that time", usd(rest.cost_by_price_usd)],
		["Price of a million, input", usd(price?.input_usd)],
		["Price of a million, output", usd(price?.output_usd)],
		["Price counts from", time(price?.valid_from)],
		["Price from", price?.source],
	]), list("Attempts", attempts, [
		["#", (a) => a.ordinal], ["model", (a) => a.model_route],
		["result", (a) => a.result],
		["HTTP status", (a) => a.http_status || ""],
		["first token, ms", (a) => a.ttft_ms], ["ms", (a) => a.latency_ms],
	])];
	if (guard.length > 0)
		parts.push(list("Guards", guard, [["decision",
			(g) => JSON.stringify(g)]]));
	if (rest.content)
		parts.push(facts(`What was said (${rest.content.form})`, [
			["Question", rest.content.question],
			["Answer", rest.content.answer],
			["Cut off", rest.content.cut ? "yes, it was too long" : ""],
			["Deleted", time(rest.content.expires_at)],
		]));
	if (pauses.length > 0)
		parts.push(list("Pauses around that time", pauses, [
			["when", (p) => time(p.at)], ["who", (p) => p.who],
			["what", (p) => `${p.what} ${p.target}`],
		]));
	return parts;
}
