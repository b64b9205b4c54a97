/*
 * The status page and its history, as `slipway probe` wrote them for this
 * site: run.sh has opened incidents with hostile words and given it a past.
 */
import { execFileSync } from "node:child_process";
import { findings } from "./a11y.mjs";
import { assert, equal, site, until } from "./harness.mjs";

const PAGE = "**/status/";
const FILE = "**/status/status.json";
const HOSTILE = "<img src=x onerror=alert(1)> & \"<b>\"";

/* On a machine that stood still a probe may have given up: then there is another one. */
const worksAgain = () => until("a page that says that everything works", async () => {
	const text = await (await fetch(`${site.url}/status/`)).text();
	if (!text.includes("Everything works."))
		execFileSync(process.env.SITE_PROBE);
	return text;
}, (text) => text.includes("Everything works."));

const states = (page) => page.locator("#ours .parts > li, #upstream .parts > li")
	.evaluateAll((items) => Object.fromEntries(items.map((li) => [
		li.querySelector(".name").textContent,
		li.querySelector(".state").textContent.trim()
			.replace(/^\S+ /, ""),
	])));

/* The site's own page, with its text and its JSON changed. */
async function changed(page, changeText, changeFacts) {
	await page.route(PAGE, async (route) => {
		const response = await route.fetch();
		await route.fulfill({ response,
			body: changeText(await response.text()) });
	});
	await page.route(FILE, async (route) => {
		const response = await route.fetch();
		const facts = await response.json();
		changeFacts(facts);
		await route.fulfill({ response, json: facts });
	});
	await page.goto("/status/");
}

async function shows({ page }) {
	await worksAgain();
	await page.goto("/status/");
	await page.getByText("Everything works.").waitFor();
	equal(await states(page), {
		"Web server": "Operational", "Chat": "Operational",
		"Documents": "Operational", "Database": "Operational",
		"openai": "Operational",
	}, "components");
	/* once a minute, on a machine that keeps up */
	await page.getByText(/^Last updated (less than a|\d) minutes? ago, at /)
		.waitFor();
	equal(await page.locator("#status.stale").count(), 0, "grey");
	const chat = page.locator("#ours li", { hasText: "Chat" }).first();
	equal(await chat.locator("svg.bars rect").count(), 90, "bars");
	await chat.locator("summary").click();
	await chat.locator("details li", {
		hasText: /: 30 minutes of outage, 2 hours degraded$/,
	}).waitFor();
	assert(/^9\d\.\d\d.% up, last 90 days$/
		.test(await chat.locator("summary").innerText()), "percent");
}

/* Without a script it says all of it. */
async function withoutScript({ page }) {
	await worksAgain();
	await page.goto("/status/");
	await page.getByText("Everything works.").waitFor();
	equal((await states(page)).Database, "Operational", "database");
	await page.getByText("If that was more than five minutes ago")
		.waitFor();
	await page.getByRole("link", { name: "History" }).click();
	await page.getByRole("heading", { name: "Status history" }).waitFor();
}

async function hostileWordsAreWords({ page }) {
	await page.goto("/status/");
	equal(await page.locator(".incident h3").first().innerText(), HOSTILE,
		"title");
	equal(await page.locator(".incident .message").first().innerText(),
		`${HOSTILE}\nsecond line`, "message");
	equal(await page.locator("main img, main b").count(), 0, "elements");
	await page.getByText("Planned maintenance", { exact: true }).waitFor();
	await page.goto("/status/history.html");
	await page.getByRole("heading", { name: HOSTILE }).waitFor();
	equal(await page.locator("main img, main b").count(), 0, "elements");
	await page.getByText("for 30 minutes").waitFor();
}

async function staleTurnsGrey({ page }) {
	await changed(page, (text) => text.replace(
		/data-generated-ms="(\d+)"/,
		(_, ms) => `data-generated-ms="${ms - 6 * 60 * 1000}"`),
	(facts) => (facts.generated_ms -= 6 * 60 * 1000));
	await page.getByText(/^Out of date: last checked \d minutes ago/)
		.waitFor();
	equal(await page.locator("#status.stale").count(), 1, "grey");
	const colours = await page.locator(".state").evaluateAll((nodes) =>
		new Set(nodes.map((n) => getComputedStyle(n).color)).size);
	equal(colours, 1, "colours of states");
	const bars = await page.locator(".bars rect").evaluateAll((nodes) =>
		new Set(nodes.map((n) => getComputedStyle(n).fill)).size);
	equal(bars, 1, "colours of bars");
	equal(await page.getByText("Everything works.").count(), 0, "banners");
}

/* Nobody answers any more, and time goes by. */
async function greyWhenTheServerIsGone({ page, allow }) {
	allow(/Failed to load resource/);
	await page.clock.install();
	await page.goto("/status/");
	await page.getByText(/^Last updated/).waitFor();
	await page.route(FILE, (route) => route.abort());
	await page.clock.runFor(7 * 60 * 1000);
	await page.getByText(/^Out of date/).waitFor();
}

/* Something happened: the page comes anew by itself. */
async function comesAnew({ page }) {
	let loads = 0;
	let changed = false;
	await page.clock.install();
	page.on("load", () => loads++);
	await page.goto("/status/");
	await page.getByText(/^Last updated/).waitFor();
	equal(loads, 1, "loads");
	await page.route(FILE, async (route) => {
		const response = await route.fetch();
		const facts = await response.json();
		facts.generated_ms += 1000;
		if (!changed)
			facts.revision = "another";
		changed = true;
		await route.fulfill({ response, json: facts });
	});
	const again = page.waitForEvent("load");
	await page.clock.runFor(31 * 1000);
	await again;
	equal(loads, 2, "loads");
	await page.unrouteAll({ behavior: "wait" });
}

async function filesForMachines({ page }) {
	await worksAgain();
	const get = async (path) => {
		const response = await page.request.get(path);
		equal(response.status(), 200, path);
		return response;
	};
	const facts = await (await get("/status/status.json")).json();
	equal(facts.indicator, "none", "indicator");
	for (const path of ["/status/summary.json",
		"/status/api/v2/summary.json"]) {
		const summary = await (await get(path)).json();
		equal(summary.status, { indicator: "none",
			description: "Everything works." }, "status");
		equal(summary.incidents[0].name, HOSTILE, "incident");
		equal(summary.scheduled_maintenances[0].status, "scheduled",
			"maintenance");
		const groups = summary.components.filter((c) => c.group);
		equal(groups.map((c) => c.name), ["This service", "Upstream"],
			"groups");
	}
	await page.goto("/about");
	const feed = await (await get("/status/feed.xml")).text();
	const items = await page.evaluate((xml) => {
		const policy = globalThis.trustedTypes.createPolicy("default",
			{ createHTML: (text) => text });
		const doc = new DOMParser().parseFromString(
			policy.createHTML(xml), "application/xml");
		return doc.querySelector("parsererror")
			? "not well-formed"
			: [...doc.querySelectorAll("item > title")]
				.map((node) => node.textContent);
	}, feed);
	equal(items.includes(`[Identified] ${HOSTILE}`), true, `feed: ${items}`);
	assert((await (await get("/status/badge.svg")).text())
		.includes("operational"), "badge");
}

async function canBeUsedByAll({ page }) {
	for (const path of ["/status/", "/status/history.html",
		"/docs/runbooks/", "/docs/runbooks/provider-outage.html",
		"/docs/runbooks/key-leak.html", "/docs/smoke.html",
		"/docs/preflight.html"]) {
		await page.goto(path);
		if (path === "/status/")
			await page.getByText(/^Last updated/).waitFor();
		for (const summary of await page.locator("summary").all())
			await summary.click();
		equal(await findings(page), [], `${path}: axe`);
		const [is, room] = await page.evaluate(() =>
			[document.documentElement.scrollWidth, innerWidth]);
		assert(is <= room, `${path} is ${is} px wide in ${room} px`);
		if (process.env.PICTURES)
			await page.screenshot({ fullPage: true, path:
				`${process.env.PICTURES}/${path.replace(/\W+/g, "-")}` +
				`${room}-${await page.evaluate(() => matchMedia(
					"(prefers-color-scheme: dark)").matches
					? "dark" : "light")}.png` });
	}
}

/* The reader's language is a page of its own, which the script leads to. */
async function inGerman({ page }) {
	await worksAgain();
	await page.goto("/status/?lang=de");
	await page.waitForURL("**/status/index.de.html?lang=de");
	await page.getByRole("heading", { name: "Status des Dienstes" }).waitFor();
	await page.getByText(/^Zuletzt aktualisiert vor .* Minuten?, am /).waitFor();
	equal((await states(page)).Webserver, "Funktioniert", "a component");
	equal((await findings(page)), [], "axe");
	await page.getByRole("link", { name: "Verlauf von 90 Tagen" }).click();
	/* what a page was asked for in passing is not kept */
	await page.getByRole("heading", { name: "Status history" }).waitFor();
	await page.getByRole("link", { name: "Deutsch" }).click();
	await page.getByRole("heading", { name: "Verlauf des Status" }).waitFor();
	await page.getByRole("link", { name: "English" }).click();
	await page.getByRole("heading", { name: "Status history" }).waitFor();
}

async function inGermanWithoutScript({ page }) {
	await page.goto("/status/");
	await page.getByRole("link", { name: "Deutsch" }).click();
	await page.getByRole("heading", { name: "Status des Dienstes" }).waitFor();
	await page.getByText("Diese Seite wird jede Minute neu geschrieben.").waitFor();
}

export const cases = [
	{ name: "status: components and bars", run: shows },
	{ name: "status: components at 320 px, dark", run: shows,
		width: 320, scheme: "dark" },
	{ name: "status: without JavaScript", run: withoutScript,
		script: false },
	{ name: "status: in German, 320 px", run: inGerman, width: 320 },
	{ name: "status: in German, without JavaScript",
		run: inGermanWithoutScript, script: false },
	{ name: "status: hostile words", run: hostileWordsAreWords },
	{ name: "status: grey when it is old", run: staleTurnsGrey },
	{ name: "status: grey when the server is gone",
		run: greyWhenTheServerIsGone },
	{ name: "status: comes anew when something happened", run: comesAnew },
	{ name: "status: JSON, RSS, badge", run: filesForMachines },
	...[[320, "light"], [320, "dark"], [1280, "light"], [1280, "dark"]]
		.map(([width, scheme]) => ({
			name: `status: axe (${width} px, ${scheme})`,
			run: canBeUsedByAll, width, scheme,
		})),
];
