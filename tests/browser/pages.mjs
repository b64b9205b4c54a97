/*
 * The pages to read: status and about; and what holds for all pages: they fit
 * and can be read in both themes.
 */
import { assert, equal, site } from "./harness.mjs";

const FILE = "**/status/status.json";

const states = (page) => page.locator(".parts li").evaluateAll((items) =>
	Object.fromEntries(items.map((li) => [
		li.querySelector(".name").textContent,
		li.querySelector(".state").textContent.replace(/^\S+ /, ""),
	])));

/* Show the site's own status file, changed by change(). */
async function changed(page, change) {
	await page.route(FILE, async (route) => {
		const response = await route.fetch();
		const facts = await response.json();
		change(facts);
		await route.fulfill({ response, json: facts });
	});
	await page.goto("/status/");
}

async function statusShows({ page }) {
	await page.goto("/status/");
	await page.getByText("Everything works.").waitFor();
	equal(await states(page), {
		"Web server": "Operational", "Chat": "Operational",
		"Documents": "Operational", "Database": "Operational",
		"openai": "Not known",
	}, "components");
	assert(/^Last updated less than a minute ago, at /
		.test(await page.locator("#updated").innerText()), "last updated");
	equal(await page.locator("#status.stale").count(), 0, "grey");
}

async function statusTrouble({ page }) {
	await changed(page, (facts) => {
		facts.indicator = "critical";
		facts.banner = "The service is down.";
		facts.components[1].status = "outage";
		facts.components[2].status = "degraded";
		facts.components[3].status = "something new";
		facts.latency = { ttft_p50_ms: 412, ttft_p95_ms: 1310 };
	});
	await page.locator(".banner.critical")
		.getByText("The service is down.").waitFor();
	const all = await states(page);
	equal([all.Chat, all.Documents, all.Database],
		["Outage", "Degraded", "Not known"], "components");
	await page.getByText("Half within 412 ms, 95 of 100 within 1310 ms.")
		.waitFor();
}

async function statusStale({ page }) {
	await changed(page, (facts) => (facts.generated_ms -= 6 * 60 * 1000));
	await page.getByText(/^Out of date: last checked \d minutes ago/)
		.waitFor();
	equal(await page.locator("#status.stale").count(), 1, "grey");
	const colours = await page.locator(".state").evaluateAll((nodes) =>
		new Set(nodes.map((n) => getComputedStyle(n).color)).size);
	equal(colours, 1, "colours of states");
	equal(await page.getByText("Everything works.").count(), 0, "banners");
}

async function statusMissing({ page, allow }) {
	allow(/status of 404/);
	await page.route(FILE, (route) => route.fulfill({ status: 404 }));
	await page.goto("/status/");
	await page.getByText("The status is not known: nothing was measured yet.")
		.waitFor();
	equal(await page.locator("#facts").isVisible(), false, "facts shown");
}

async function statusDamaged({ page }) {
	await page.route(FILE, (route) => route.fulfill({ body: "{\"gen" }));
	await page.goto("/status/");
	await page.getByText("The status is not known: the file with it is " +
		"damaged.").waitFor();
}

async function statusWithoutScript({ page }) {
	await page.goto("/status/");
	const link = page.getByRole("link", { name: "status.json" });
	await link.waitFor();
	const file = await page.request.get("/status/" +
		await link.getAttribute("href"));
	equal((await file.json()).indicator, "none", "indicator");
}

async function chatWithoutScript({ page }) {
	await page.goto("/");
	await page.locator("noscript p").waitFor();
}

async function about({ page }) {
	await page.goto("/about");
	await page.getByRole("heading", { name: "About Slipway" }).waitFor();
	await page.getByText("openai, for chat: your messages").waitFor();
	await page.getByText("<Harbour> & Sons").waitFor();
	equal(await page.getByRole("link", { name: "help@harbour.example" })
		.getAttribute("href"), "mailto:help@harbour.example", "contact");
	await page.getByRole("link", { name: "Slipway" }).click();
	await page.getByLabel("Your question").waitFor();
}

/*
 * Runs in the page: the texts whose contrast with what is behind them is below
 * 4.5:1 (WCAG 2.2, 1.4.3).
 */
function paleTexts() {
	const parse = (css) => css.match(/[\d.]+/g).map(Number);
	const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
		.map((v) => v <= 0.03928 ? v / 12.92
			: ((v + 0.055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (node) => {
		for (; node; node = node.parentElement) {
			const c = parse(getComputedStyle(node).backgroundColor);
			if (c.length < 4 || c[3] === 1)
				return c;
		}
		return [255, 255, 255];
	};
	const pale = [];
	const walker = document.createTreeWalker(document.body,
		NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const node = walker.currentNode.parentElement;
		if (walker.currentNode.data.trim() === "" ||
		    !node.checkVisibility() || node.closest("noscript, .sr"))
			continue;
		const a = light(parse(getComputedStyle(node).color));
		const b = light(behind(node));
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5)
			pale.push(`${walker.currentNode.data.trim()}: ` +
				ratio.toFixed(2));
	}
	return pale;
}

async function fitsAndCanBeRead({ page }) {
	for (const path of ["/", "/status/", "/about"]) {
		await page.goto(path, { waitUntil: "networkidle" });
		const [is, room] = await page.evaluate(() =>
			[document.documentElement.scrollWidth, innerWidth]);
		assert(is <= room, `${path} is ${is} px wide in ${room} px`);
		equal(await page.evaluate(paleTexts), [], `${path}: pale texts`);
		equal(await page.locator("h1").count(), 1, `${path}: headings`);
	}
}

async function noForeignLinks({ page }) {
	for (const path of ["/", "/status/", "/about"]) {
		await page.goto(path);
		const foreign = await page.evaluate((origin) =>
			[...document.querySelectorAll("[src], [href], [action]")]
				.map((n) => n.src ?? n.href ?? n.action)
				.filter((url) => !url.startsWith(origin) &&
					!url.startsWith("mailto:")), site.url);
		equal(foreign, [], `${path}: addresses elsewhere`);
	}
}

export const cases = [
	{ name: "status: components", run: statusShows },
	{ name: "status: components at 320 px, dark", run: statusShows,
		width: 320, scheme: "dark" },
	{ name: "status: trouble", run: statusTrouble },
	{ name: "status: grey when it is old", run: statusStale },
	{ name: "status: no file", run: statusMissing },
	{ name: "status: a damaged file", run: statusDamaged },
	{ name: "status: without JavaScript", run: statusWithoutScript,
		script: false },
	{ name: "chat: without JavaScript", run: chatWithoutScript,
		script: false },
	{ name: "about: from the configuration", run: about },
	...[[320, "light"], [320, "dark"], [1280, "light"], [1280, "dark"]]
		.map(([width, scheme]) => ({
			name: `pages: fit and can be read (${width} px, ${scheme})`,
			run: fitsAndCanBeRead, width, scheme,
		})),
	{ name: "pages: no address elsewhere", run: noForeignLinks },
];
