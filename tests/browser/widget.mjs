/*
 * The chat on another site: pages of two other origins, of which run.sh has put
 * one into [server] widget_origins.  "localhost" is another site than the
 * 127.0.0.1 of Slipway, so no cookie comes along.  What the pages contain is
 * what www/docs/widget.html tells people to write.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { findings } from "./a11y.mjs";
import { assert, equal, mock, site } from "./harness.mjs";
import { inFlight } from "./page.mjs";
import { forget, FREE, freeOf } from "./visitors.mjs";

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const DOCS = readFileSync(new URL("../../www/docs/widget.html", import.meta.url),
	"utf8");

/* The snippet of the documentation, for the site under test. */
const snippet = (name) => DOCS
	.match(new RegExp(`<code id="snippet-${name}">([^]*?)</code>`))[1]
	.replace(/&\w+;/g, (entity) => ENTITIES[entity])
	.replace("https://YOUR-SITE", site.url);

const tag = (attributes) =>
	`<script src="${site.url}/widget.js" ${attributes} defer></script>`;

/* Put html on another site (shops.mjs) while run() looks at it there. */
async function at(port, html, { page }, run, host = "localhost") {
	const policy = "default-src 'none'; img-src data:; " +
		`script-src ${site.url}; frame-src ${site.url}`;
	const put = await fetch(`http://127.0.0.1:${port}/`, {
		method: "PUT",
		body: JSON.stringify({ policy, html: "<!doctype html><html lang=\"en\">" +
			"<meta name=\"viewport\" content=\"width=device-width\">" +
			"<title>A shop</title><link rel=\"icon\" href=\"data:,\">" +
			`<main><h1>A shop</h1></main>${html}` }),
	});
	assert(put.ok, `the shop answers ${put.status}`);
	const origin = `http://${host}:${port}`;
	const asked = [];
	page.on("request", (request) => asked.push(request.url()));
	site.origins.add(origin);
	try {
		await page.goto(origin);
		await run();
		equal([...new Set(asked.filter((url) => url.startsWith(origin)))],
			[`${origin}/`],
			"requests to the site around");
	} finally {
		site.origins.delete(origin);
	}
}

const listed = (html, t, run) => at(process.env.LISTED_PORT, html, t, run);

/* Press the button; the frame and its question. */
async function openFrame(page, label = "Ask us") {
	await page.getByRole("button", { name: label, exact: true }).click();
	const frame = page.frameLocator("iframe");
	await frame.getByRole("button", { name: /^(Close|Schließen)$/ }).waitFor();
	return frame;
}

const inner = (page) => page.frames().find((frame) => frame !== page.mainFrame());

async function ask(frame, question) {
	await frame.locator("#question").fill(question);
	await frame.locator("#question").press("Enter");
}

/* The answer comes word by word. */
async function chats(t, html) {
	const { page, context, allow } = t;
	allow(/status of 401/);
	forget();
	await listed(html, t, async () => {
		const frame = await openFrame(page);
		await frame.getByRole("heading", { name: "Ask us" }).waitFor();
		await frame.getByText(freeOf(FREE)).waitFor();
		await mock.script("pace=gate,tokens=4,in=10,out=4");
		await ask(frame, "Count to four.");
		await inFlight();
		await mock.step(2);
		await frame.locator(".turn .text").getByText("t2").waitFor();
		equal((await frame.locator(".turn .text").innerText()).trim(), "t1 t2",
			"half of the answer");
		await mock.step(2);
		await frame.locator(".turn .meta").waitFor();
		equal((await frame.locator(".turn .text").innerText()).trim(),
			"t1 t2 t3 t4", "the answer");
		await frame.getByText(freeOf(FREE - 1)).waitFor();
		await keepsSecrets(page, context);
		await page.reload();
		equal(page.frames().length, 1, "frames before the button is pressed");
	});
}

/* What the site around can see, and that it works without cookies. */
async function keepsSecrets(page, context) {
	equal(await page.evaluate(() =>
		[document.cookie, localStorage.length, sessionStorage.length]),
		["", 0, 0], "what the site around has");
	equal(await context.cookies(), [], "cookies");
	equal(await page.evaluate(() => {
		try {
			return document.querySelector("slipway-chat").shadowRoot
				.querySelector("iframe").contentDocument;
		} catch {
			return "refused";
		}
	}), null, "the document in the frame");
}

const plainPage = (t) => chats(t, snippet("html"));

const phpPage = (t) => chats(t,
	execFileSync("php", { input: snippet("php"), encoding: "utf8" }));

/*
 * Where the browser lets the frame keep something, it stays the same visitor,
 * without a cookie.  This chromium lets it for a port of our own host.
 */
async function remembers(t) {
	const { page, context, allow } = t;
	allow(/status of 401/);
	forget();
	await mock.script("text=an+answer");
	await at(process.env.LISTED_PORT, snippet("html"), t, async () => {
		const frame = await openFrame(page);
		const left = frame.getByText(freeOf(FREE - 1));
		await ask(frame, "Who am I?");
		await left.waitFor();
		const token = await inner(page).evaluate(() =>
			sessionStorage.getItem("slipway.visitor"));
		assert(/^slv_/.test(token), `the visitor's token: ${token}`);
		await context.clearCookies();
		await page.reload();
		await openFrame(page);
		await left.waitFor();
	}, "127.0.0.1");
}

/* A site that is not listed: the browser shows nothing of ours. */
async function notListed(t) {
	const { page, allow } = t;
	allow(/frame-ancestors/);
	allow(/status of 401/);
	await at(process.env.UNLISTED_PORT, snippet("html"), t, async () => {
		const refused = page.waitForEvent("console", (message) =>
			/frame-ancestors/.test(message.text()));
		await page.getByRole("button", { name: "Ask us" }).click();
		assert((await refused).text().includes("127.0.0.1"), "who is refused");
		equal(await page.frameLocator("iframe").locator("#question").count(), 0,
			"questions in the frame");
	});
}

/* Open and close by keyboard; the focus is where it belongs. */
async function keyboard(t) {
	const { page, allow } = t;
	allow(/status of 401/);
	await listed(snippet("html"), t, async () => {
		const button = page.getByRole("button", { name: "Ask us" });
		await page.keyboard.press("Tab");
		await page.keyboard.press("Enter");
		const frame = page.frameLocator("iframe");
		await frame.locator("#question:focus").waitFor();
		await frame.getByRole("button", { name: "Close" }).waitFor();
		/* a word from anybody but the frame is nothing */
		await page.evaluate(() => new Promise((go) => {
			addEventListener("message", () => setTimeout(go));
			postMessage({ slipway: "close" }, "*");
		}));
		equal(await button.getAttribute("aria-expanded"), "true", "still open");
		await page.keyboard.press("Escape");
		await page.locator("iframe").waitFor({ state: "hidden" });
		equal(await button.getAttribute("aria-expanded"), "false", "closed");
		assert(await button.evaluate((node) =>
			node.getRootNode().activeElement === node), "focus on the button");
		await page.keyboard.press("Enter");
		await frame.locator("#question:focus").waitFor();
	});
}

/* What the attributes say, and what may be read. */
async function attributes(t) {
	const { page, allow } = t;
	allow(/status of 401/);
	const html = tag("data-lang=\"de\" data-theme=\"dark\" data-color=\"#ffd400\" " +
		"data-position=\"left\" data-title=\"&lt;b&gt;Frag uns\" data-label=\"Hilfe\"");
	await listed(html, t, async () => {
		const frame = await openFrame(page, "Hilfe");
		await frame.getByRole("heading", { name: "<b>Frag uns" }).waitFor();
		await frame.getByRole("button", { name: "Senden" }).waitFor();
		const [left, color] = await page.getByRole("button", { name: "Hilfe" })
			.evaluate((node) => [node.getBoundingClientRect().left,
				getComputedStyle(node).color]);
		equal([left, color], [16, "rgb(0, 0, 0)"], "the button");
		equal(await inner(page).evaluate(() => [
			getComputedStyle(document.querySelector(".bar")).backgroundColor,
			document.documentElement.lang,
			getComputedStyle(document.body).backgroundColor,
		]), ["rgb(255, 212, 0)", "de", "rgb(20, 24, 27)"], "the frame");
	});
}

/* What is not free says where it can be had. */
async function closed(t) {
	const { page, allow } = t;
	allow(/status of 401/);
	await listed(tag("data-feature=\"docs\""), t, async () => {
		const frame = await openFrame(page, "Chat");
		await frame.getByRole("alert").getByText("people with an account").waitFor();
		const [own] = await Promise.all([page.waitForEvent("popup"),
			frame.getByRole("link", { name: "window of its own" }).click()]);
		await own.waitForURL(`${site.url}/`);
	});
}

async function accessible(t) {
	const { page, allow } = t;
	allow(/status of 401/);
	forget();
	await mock.script("text=an+**answer**");
	const theme = t.scheme === "dark" ? "data-theme=\"dark\"" : "";
	await listed(tag(`data-title="Ask us" data-color="#d8a31a" ${theme}`), t, async () => {
		equal(await findings(page), [], "the page, closed");
		const frame = await openFrame(page);
		await ask(frame, "How?");
		await frame.locator(".turn .meta").waitFor();
		equal(await findings(page), [], "the page, open");
		equal(await findings(inner(page)), [], "the frame");
		assert(await inner(page).evaluate(() =>
			document.documentElement.scrollWidth <= innerWidth), "the frame fits");
		if (process.env.SCREENSHOTS)
			await page.screenshot({ path: `${process.env.SCREENSHOTS}/` +
				`widget-${page.viewportSize().width}-${t.scheme}.png` });
	});
}

export const cases = [
	{ name: "widget: chats and streams on a plain HTML page", run: plainPage },
	...spawnSync("php", ["-v"]).status === 0
		? [{ name: "widget: chats and streams on a PHP page", run: phpPage }]
		: [],
	{ name: "widget: a visitor stays the same", run: remembers },
	{ name: "widget: a site that is not listed", run: notListed },
	{ name: "widget: keyboard and messages", run: keyboard },
	{ name: "widget: attributes", run: attributes },
	{ name: "widget: what is not free", run: closed },
	...[[320, "light"], [320, "dark"], [1280, "light"], [1280, "dark"]]
		.map(([width, scheme]) => ({
			name: `widget: accessible (${width} px, ${scheme})`,
			run: (t) => accessible({ ...t, scheme }), width, scheme,
		})),
];
