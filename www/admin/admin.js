/*
 * The admin page: who asks, which view, which filters.  The address after "#"
 * says all of it, so a view can be kept and sent.
 */
import { announce, el } from "../dom.js";
import { forgetKey, hasKey, setKey } from "../session.js";
import * as api from "./api.js";
import { section } from "./report.js";
import { story } from "./request.js";
import { VIEWS } from "./views.js";

const $ = (id) => document.getElementById(id);

const LABELS = { tenant: "Tenant", user: "User", key: "Key begins",
	feature: "Feature", provider: "Provider", model: "Model",
	outcome: "Outcome", error: "Error", search: "Part of a user's name",
	scope: "Scope", state: "State" };
const CHOICES = {
	outcome: ["done", "partial", "client_gone", "failed", "blocked",
		"abandoned"],
	scope: ["system", "tenant", "user"],
	state: ["active", "revoked", "expired", "disabled"],
};
const RANGES = [["1", "Today"], ["7", "7 days"], ["30", "30 days"],
	["month", "This month"], ["own", "From, until"]];

const page = { state: null, reload: () => draw() };
let timer = 0;
let turn = 0; /* of drawing: a later one wins */

/* The address ---------------------------------------------------------- */

function address() {
	const [path, query] = location.hash.slice(1).split("?");
	const [view, id] = path.split("/");
	return {
		view: view in VIEWS || view === "request" ? view : "overview",
		id: decodeURIComponent(id ?? ""),
		filter: Object.fromEntries(new URLSearchParams(query ?? "")),
	};
}

const hash = (view, filter) => {
	const query = new URLSearchParams(Object.entries(filter)
		.filter(([, value]) => value !== "")).toString();
	return `#${view}${query ? `?${query}` : ""}`;
};

const day = (date) => date.toISOString().slice(0, 10);

/* What the API takes: days in UTC instead of a range. */
function days(filter) {
	const { range = "7", from, until, ...rest } = filter;
	const now = new Date();
	if (range === "own")
		return { ...rest, from: from ?? "", until: until ?? "" };
	const start = new Date(now);
	if (range === "month")
		start.setUTCDate(1);
	else
		start.setUTCDate(now.getUTCDate() - (Number(range) || 7) + 1);
	return { ...rest, from: day(start), until: day(now) };
}

/* Filters -------------------------------------------------------------- */

function labelled(name, label, input) {
	const box = el("div");
	const mark = el("label", "", label);
	input.name = name;
	input.id = `filter-${name}`;
	mark.htmlFor = input.id;
	box.append(mark, input);
	return box;
}

function select(options, value) {
	const node = el("select");
	node.append(...options.map(([of, text]) => {
		const option = el("option", "", text);
		option.value = of;
		return option;
	}));
	node.value = value;
	return node;
}

function text(value, type = "text") {
	const node = el("input");
	node.type = type;
	node.value = value;
	node.autocomplete = "off";
	return node;
}

function filterField(name, filter) {
	const value = filter[name] ?? "";
	if (name === "range")
		return [labelled("range", "Days (UTC)", select(RANGES, value || "7")),
			...(value === "own" ? ["from", "until"].map((end) => labelled(end,
				end === "from" ? "From (UTC)" : "Until, included (UTC)",
				text(filter[end] ?? day(new Date()), "date"))) : [])];
	if (name === "feature")
		return [labelled(name, LABELS[name], select([["", "all"],
			...page.state.features.map((f) => [f.name, f.name])], value))];
	if (name in CHOICES)
		return [labelled(name, LABELS[name], select([["", "all"],
			...CHOICES[name].map((one) => [one, one])], value))];
	return [labelled(name, LABELS[name], text(value))];
}

function drawFilters(view, filter) {
	const node = $("filters");
	node.replaceChildren(...view.filters
		.flatMap((name) => filterField(name, filter)));
	node.hidden = view.filters.length === 0;
	if (!node.hidden)
		node.append(el("button", "", "Show"));
}

$("filters").addEventListener("submit", (event) => {
	event.preventDefault();
	const wanted = hash(address().view, Object.fromEntries(
		new FormData($("filters"))));
	if (wanted === location.hash)
		draw();
	else
		location.hash = wanted;
});
$("filters").addEventListener("change", (event) => {
	if (event.target.matches("select, [type=date]"))
		$("filters").requestSubmit();
});

/* Drawing -------------------------------------------------------------- */

function drawNav(current) {
	$("views").replaceChildren(...Object.entries(VIEWS).map(([name, view]) => {
		const a = el("a", "", view.title);
		a.href = `#${name}`;
		if (name === current)
			a.setAttribute("aria-current", "page");
		return a;
	}));
	$("views").querySelector("[aria-current]")
		?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function drawPaused() {
	const names = page.state.paused.map((p) =>
		p.feature === "*" ? "everything" : p.feature);
	$("paused").hidden = names.length === 0;
	$("paused").textContent = `Paused: ${names.join(", ")}`;
}

const failure = (error) => {
	const p = el("p", "bad", error.message);
	p.setAttribute("role", "alert");
	return p;
};

function lookup() {
	const node = el("form", "filters");
	const input = text("");
	input.required = true;
	input.placeholder = "req_…";
	node.append(labelled("id", "One request, by its id", input),
		el("button", "", "Look it up"));
	node.addEventListener("submit", (event) => {
		event.preventDefault();
		location.hash = `#request/${encodeURIComponent(input.value.trim())}`;
	});
	return node;
}

async function reports(view, filter) {
	const wanted = view.filters.includes("range") ? days(filter) : filter;
	return Promise.all(view.reports.map((spec) => section({
		...spec,
		actions: spec.actions && ((row) => spec.actions(page, row)),
	}, wanted).catch(failure)));
}

async function content({ view: name, id, filter }) {
	if (name === "request")
		return (await story(id).catch((error) => [failure(error)]));
	const view = VIEWS[name];
	return [...(view.lookup ? [lookup()] : []),
		...(view.forms ?? []).map((make) => make(page)),
		...await reports(view, filter)];
}

function again(view) {
	clearTimeout(timer);
	if (view.every)
		timer = setTimeout(() => document.hidden ? again(view)
			: draw(true), view.every);
}

/* quietly: the same view once more, by itself */
async function draw(quietly = false) {
	const mine = ++turn;
	const at = location.hash;
	const where = address();
	const isOver = () => mine !== turn || at !== location.hash;
	const view = VIEWS[where.view] ?? { title: `Request ${where.id}`,
		filters: [] };

	clearTimeout(timer);
	if (!quietly) {
		$("view").setAttribute("aria-busy", "true");
		page.state = await api.state();
		if (isOver())
			return;
		drawNav(where.view === "request" ? "requests" : where.view);
		drawPaused();
		$("title").textContent = view.title;
		document.title = `${view.title} · Admin · ${page.state.service}`;
		$("service").textContent = page.state.service;
		drawFilters(view, where.filter);
	}
	const nodes = await content(where);
	if (isOver())
		return;
	/* whoever is in the table keeps his place */
	if (!quietly || !$("view").contains(document.activeElement))
		$("view").replaceChildren(...nodes);
	$("view").removeAttribute("aria-busy");
	if (!quietly)
		announce(view.title);
	again(view);
}

/* Who asks ------------------------------------------------------------- */

function refused(error) {
	$("app").hidden = true;
	$("login").hidden = false;
	$("leave").hidden = !hasKey();
	$("refused").hidden = error === null;
	$("refused").textContent = error?.message ?? "";
	$("key").focus();
}

async function start() {
	try {
		await api.begin();
		page.state = await api.state();
	} catch (error) {
		/* no session and no key is no mistake yet */
		refused(hasKey() || error.status !== 401 ? error : null);
		return;
	}
	$("login").hidden = true;
	$("app").hidden = false;
	$("leave").hidden = !hasKey();
	await draw().catch(refused);
}

$("login").addEventListener("submit", (event) => {
	event.preventDefault();
	if (setKey($("key").value.trim())) {
		$("key").value = "";
		start();
	} else {
		refused(new Error("That is not an API key."));
	}
});
$("leave").addEventListener("click", () => {
	forgetKey();
	location.reload();
});
addEventListener("hashchange", () => draw().then(() => $("main").focus(),
	refused));

start();
