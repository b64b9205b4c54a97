/*
 * What the status page can do only with a script: turn grey when nobody wrote
 * it anew for five minutes, show times of the reader's zone, and come anew
 * when something has changed.  `slipway probe` writes the page itself.
 */

const STALE_MS = 5 * 60 * 1000;
const RELOAD_MS = 30 * 1000;

const main = document.getElementById("status");
const banner = document.getElementById("banner");
const updated = document.getElementById("updated");

/* Written by the server; what it says when it is fresh. */
const fresh = banner && [banner.className, [...banner.childNodes]];

let generatedMs = Number(main?.dataset.generatedMs);

/* The words stand in the page, in its language. */
const words = document.querySelector("main").dataset;
const { lang } = document.documentElement;
const times = new Intl.RelativeTimeFormat(lang);

const fill = (text, values) =>
	text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

function ago(ms) {
	const minutes = Math.round(ms / 60000);
	if (minutes < 1)
		return words.just;
	if (minutes < 90)
		return times.format(-minutes, "minute");
	const hours = Math.round(minutes / 60);
	return hours < 48 ? times.format(-hours, "hour")
		: times.format(-Math.round(hours / 24), "day");
}

/* A sign for the eye only: the words beside it say the same. */
function sign(text) {
	const node = document.createElement("span");
	node.textContent = text;
	node.setAttribute("aria-hidden", "true");
	return node;
}

function showStale(words) {
	const text = document.createElement("span");
	text.textContent = words;
	main.classList.add("stale");
	banner.className = "banner";
	banner.replaceChildren(sign("○"), text);
}

function show(nowMs) {
	const age = nowMs - generatedMs;
	const at = new Date(generatedMs);
	updated.textContent = fill(words.updated, { ago: ago(age),
		at: at.toLocaleString(lang, { timeZoneName: "short" }) });
	if (!(age < STALE_MS))
		return showStale(fill(words.old, { ago: ago(age) }));
	main.classList.remove("stale");
	if (banner.className !== fresh[0]) {
		banner.className = fresh[0];
		banner.replaceChildren(...fresh[1]);
	}
}

async function look() {
	try {
		const response = await fetch("status.json",
			{ cache: "no-store" });
		if (!response.ok)
			throw new Error(`status ${response.status}`);
		/* The server's clock, not the reader's, tells the age. */
		const nowMs = Date.parse(response.headers.get("date")) ||
			Date.now();
		const facts = await response.json();
		if (facts.revision !== main.dataset.revision &&
		    facts.generated_ms > Number(main.dataset.generatedMs))
			return location.reload();
		generatedMs = Math.max(generatedMs, facts.generated_ms);
		show(nowMs);
	} catch {
		show(Date.now());
	}
}

/* Times of the reader's zone beside those in UTC. */
for (const node of document.querySelectorAll("time[datetime]")) {
	const at = new Date(node.dateTime);
	if (!Number.isNaN(at.getTime()) && at.getTimezoneOffset() !== 0)
		node.append(fill(words.local, { at: at.toLocaleString(lang, {
			month: "short", day: "numeric",
			hour: "2-digit", minute: "2-digit",
		}) }));
}

if (main && banner && updated) {
	look();
	setInterval(look, RELOAD_MS);
}
