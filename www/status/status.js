/*
 * The status page: shows status.json, which `slipway probe` writes beside this
 * file.  It depends on nothing else, so it works while the service does not;
 * facts that nobody refreshed for five minutes turn grey and say so.
 */

const STALE_MS = 5 * 60 * 1000;
const RELOAD_MS = 30 * 1000;

const STATES = {
	operational: ["●", "Operational"],
	degraded: ["▲", "Degraded"],
	outage: ["✕", "Outage"],
	unknown: ["○", "Not known"],
};

const SIGNS = { none: "●", minor: "▲", major: "✕", critical: "✕" };

const $ = (id) => document.getElementById(id);

function element(tag, className, text) {
	const node = document.createElement(tag);
	node.className = className;
	node.textContent = text;
	return node;
}

/* A sign for the eye only: the words beside it say the same. */
function sign(text) {
	const node = element("span", "", text);
	node.setAttribute("aria-hidden", "true");
	return node;
}

function component({ name, status, detail }) {
	const known = status in STATES ? status : "unknown";
	const [mark, words] = STATES[known];
	const li = document.createElement("li");
	const state = element("span", `state ${known}`, "");
	state.append(sign(mark), ` ${words}`);
	li.append(element("span", "name", name), state);
	if (detail)
		li.append(element("span", "detail", detail));
	return li;
}

function fill(id, components, group) {
	const list = components.filter((c) => c.group === group);
	$(id).replaceChildren(...list.map(component));
	return list.length > 0;
}

function setBanner(indicator, text) {
	$("banner").className = `banner ${indicator}`;
	$("banner").replaceChildren(sign(SIGNS[indicator] ?? "○"),
		element("span", "", text));
	$("banner").hidden = false;
}

function ago(ms) {
	const minutes = Math.round(ms / 60000);
	if (minutes < 1)
		return "less than a minute ago";
	if (minutes < 90)
		return minutes === 1 ? "1 minute ago" : `${minutes} minutes ago`;
	const hours = Math.round(minutes / 60);
	return hours < 48 ? `${hours} hours ago`
		: `${Math.round(hours / 24)} days ago`;
}

function show(facts, nowMs) {
	const age = nowMs - facts.generated_ms;
	const stale = !(age < STALE_MS);
	$("status").classList.toggle("stale", stale);
	$("name").textContent = facts.name || "Slipway";
	document.title = `Status · ${facts.name || "Slipway"}`;
	if (stale)
		setBanner("", `Out of date: last checked ${ago(age)}. ` +
			"What stands below may no longer be true.");
	else
		setBanner(facts.indicator, facts.banner);
	fill("ours", facts.components, "ours");
	$("upstream-section").hidden =
		!fill("upstream", facts.components, "upstream");
	const { ttft_p50_ms: p50, ttft_p95_ms: p95 } = facts.latency ?? {};
	$("latency-section").hidden = p50 == null;
	$("latency").textContent = `Half within ${p50} ms, ` +
		`95 of 100 within ${p95} ms.`;
	$("facts").hidden = false;
	const at = new Date(facts.generated_ms);
	$("updated").textContent = `Last updated ${ago(age)}, at ` +
		`${at.toLocaleString([], { timeZoneName: "short" })}.`;
}

function showMissing(reason) {
	$("status").classList.add("stale");
	$("facts").hidden = true;
	setBanner("", "The status is not known: " + reason);
	$("updated").textContent = "Its operator keeps it fresh with " +
		"\"slipway probe\", every minute.";
}

async function load() {
	try {
		const response = await fetch("status.json",
			{ cache: "no-store" });
		if (!response.ok)
			return showMissing("nothing was measured yet.");
		/* The server's clock, not the reader's, tells the age. */
		const date = Date.parse(response.headers.get("date"));
		show(await response.json(), date || Date.now());
	} catch (error) {
		showMissing(error instanceof SyntaxError
			? "the file with it is damaged."
			: "this server does not answer.");
	}
}

load();
setInterval(load, RELOAD_MS);
