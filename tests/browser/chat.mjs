/*
 * The chat page against the real site and the mock provider, whose gate lets
 * tokens out one by one: that the answer grows is seen, not timed.
 */
import { gzipSync } from "node:zlib";
import { assert, becomes, equal, mock, site, until } from "./harness.mjs";
import {
	answer, ask, asked, copied, INCIDENT, inFlight, open, problem, visit, waitForText,
} from "./page.mjs";

const SIZES = [
	{ width: 1280, scheme: "light" },
	{ width: 1280, scheme: "dark" },
	{ width: 320, scheme: "light" },
	{ width: 320, scheme: "dark" },
];

const focusIs = (page, id) => becomes(() =>
	page.evaluate(() => document.activeElement.id), id, "focus");

async function noSidewaysScroll(page) {
	const [is, room] = await page.evaluate(() =>
		[document.documentElement.scrollWidth, innerWidth]);
	assert(is <= room, `the page is ${is} px wide in ${room} px`);
}

async function answerGrows({ page }) {
	const seen = new Set();

	await mock.script("pace=gate,tokens=6,in=1000,out=6");
	await open(page);
	await ask(page, "Count to six.");
	equal(await asked(page), "Count to six.",
		"the question stands there at once");
	await page.getByText(/^Thinking… \d+ s$/).waitFor();
	await inFlight();
	for (let i = 1; i <= 5; i++) {
		await mock.step();
		seen.add((await waitForText(page, `t${i}`)).length);
	}
	equal(seen.size, 5, "distinct lengths before the end");
	equal(await page.locator("#announcer").innerText(), "",
		"announced before the end");
	equal(await page.locator("#send").innerText(), "Stop", "button");
	await mock.step();
	const meta = await page.locator(".meta").innerText();
	assert(/^openai\/gpt-5-mini · 1,000 tokens in, 6 out · \$0\.000\d+ · /
		.test(meta), `cost line: ${meta}`);
	equal((await answer(page).innerText()).trim(), "t1 t2 t3 t4 t5 t6",
		"the answer");
	assert((await page.locator("#announcer").textContent())
		.includes("t1 t2 t3 t4 t5 t6"), "announced at the end");
	equal(await page.locator("#send").innerText(), "Send", "button");
	await focusIs(page, "question");
	await noSidewaysScroll(page);
}

async function escStops({ page }) {
	await mock.script("pace=gate,tokens=10");
	await open(page);
	await ask(page, "Go on for ever.");
	await inFlight();
	await mock.step(3);
	await waitForText(page, "t3");
	await page.keyboard.type("next question");
	await page.keyboard.press("Escape");
	await page.getByText("Stopped.", { exact: true }).first().waitFor();
	equal((await answer(page).innerText()).trim(), "t1 t2 t3",
		"what is kept");
	await focusIs(page, "question");
	equal(await page.getByLabel("Your question").inputValue(),
		"next question", "what was being typed");
	await mock.waitFor("the call was closed",
		(c) => c.last.at(-1).state === "closed");
	/* and the page goes on */
	await mock.script("tokens=2");
	await page.keyboard.press("Enter");
	await page.locator(".turn:last-child .meta").waitFor();
}

async function stopButton({ page }) {
	await mock.script("pace=gate,tokens=10");
	await open(page);
	await page.getByLabel("Your question").fill("Go on.");
	await page.getByRole("button", { name: "Send" }).click();
	await inFlight();
	await page.getByRole("button", { name: "Stop" }).click();
	await page.getByText("Stopped.", { exact: true }).first().waitFor();
	await focusIs(page, "send");
}

async function wrongKey({ page, allow }) {
	allow(/status of 401/);
	await open(page, "sk-this-key-is-wrong");
	await ask(page, "Hello?");
	await problem(page).getByText("You are not signed in.").waitFor();
	await problem(page).getByText("The key in this tab is missing or not accepted.")
		.waitFor();
	const id = await problem(page).locator("code").innerText();
	assert(INCIDENT.test(id), `incident id: ${id}`);
	equal(await problem(page).getByRole("link").getAttribute("href"),
		`${site.url}/status/`, "link to the status");
	await problem(page).getByRole("button", { name: "Change the key" })
		.click();
	await focusIs(page, "key");
}

async function copiesIncident({ page, context, allow }) {
	allow(/status of 401/);
	await context.grantPermissions(["clipboard-read", "clipboard-write"]);
	await open(page, "sk-this-key-is-wrong");
	await ask(page, "Hello?");
	const id = await problem(page).locator("code").innerText();
	await problem(page).getByRole("button", { name: "Copy" }).click();
	await copied(page, id);
}

async function breaksOff({ page }) {
	await mock.script("tokens=8,error=after:3");
	await open(page);
	await ask(page, "Tell me a long story.");
	await problem(page).getByText("What had arrived is kept above.")
		.waitFor();
	equal((await answer(page).innerText()).trim(), "t1 t2 t3",
		"what is kept");
	assert(INCIDENT.test(await problem(page).locator("code").innerText()),
		"incident id");
	equal(await page.locator("#send").innerText(), "Send", "button");
	await mock.script("tokens=2");
	await problem(page).getByRole("button", { name: "Try again" }).click();
	await page.locator(".turn:last-child .meta").waitFor();
	equal(await page.locator(".turn").count(), 2, "turns");
}

async function failsBeforeText({ page, allow }) {
	allow(/status of 50\d/);
	await mock.script("status=500,body=server");
	await open(page);
	await ask(page, "Hello?");
	await problem(page).getByText("The AI provider does not answer.").waitFor();
	assert((await answer(page).innerText()).startsWith("No AI model can be reached"),
		"the canned answer");
	assert(INCIDENT.test(await problem(page).locator("code").innerText()),
		"incident id");
	await mock.script("tokens=2");
	await problem(page).getByRole("button", { name: "Try again" }).click();
	await page.locator(".turn:last-child .meta").waitFor();
	equal(await page.locator(".turn").count(), 1, "turns");
	await focusIs(page, "question");
}

async function rateLimit({ page, allow }) {
	allow(/status of 429/);
	await mock.script("tokens=2");
	await open(page, site.limitedKey);
	await ask(page, "One.");
	await page.locator(".meta").waitFor();
	await ask(page, "Two.");
	const again = problem(page).getByRole("button",
		{ name: /^Try again in \d+ s$/ });
	await again.waitFor();
	assert(await again.isDisabled(), "one has to wait");
	assert(INCIDENT.test(await problem(page).locator("code").innerText()),
		"incident id");
}

async function dailyCap({ page, allow }) {
	allow(/status of 429/);
	await mock.script("tokens=2");
	await open(page, site.cappedKey);
	await ask(page, "Hello?");
	await problem(page).getByText(/It starts afresh on \w+/)
		.waitFor();
	equal(await problem(page).getByRole("button", { name: /Try again/ })
		.count(), 0, "buttons to try again");
	equal((await mock.calls()).count, 0, "calls of the provider");
}

async function lostConnection({ page, context, allow }) {
	allow(/ERR_INTERNET_DISCONNECTED/);
	await open(page);
	await context.setOffline(true);
	await ask(page, "Hello?");
	await problem(page).getByText("This device is offline.").waitFor();
}

async function conversation({ page }) {
	await mock.script("tokens=2");
	await open(page);
	await ask(page, "First.");
	await page.locator(".turn:last-child .meta").waitFor();
	await ask(page, "Second.");
	await page.locator(".turn:nth-child(2) .meta").waitFor();
	/* system, First., its answer, Second. */
	equal((await mock.calls()).last.at(-1).messages, 4, "messages sent");
	await page.getByRole("button", { name: "New chat" }).click();
	equal(await page.locator(".turn").count(), 0, "turns");
	await ask(page, "Third.");
	await page.locator(".turn:last-child .meta").waitFor();
	equal((await mock.calls()).last.at(-1).messages, 2, "messages sent");
}

async function citations({ page }) {
	await open(page, site.key, "docs");
	await ask(page, "How do I launch a boat from a slipway?");
	await page.locator(".meta").waitFor();
	const link = page.locator(".sources li").first().getByRole("link");
	equal(await link.getAttribute("rel"), "noopener noreferrer nofollow",
		"rel");
	assert(/^https:\/\/docs\.example\/launching/
		.test(await link.getAttribute("href")), "where the link goes");
	equal(await link.innerText(), "Launching from a slipway", "title");
	assert((await page.locator(".sources .section").count()) > 0,
		"a section");
	assert((await page.locator(".sources .snippet").first().innerText())
		.length > 20, "a snippet");
	const cite = page.locator(".text .cite").first();
	const target = await cite.getAttribute("href");
	equal(await page.locator(target).count(), 1, `target of ${target}`);
	await noSidewaysScroll(page);
}

/* Markup of an answer stays text; fences become code. */
async function hostileText({ page }) {
	const text = "<img+src=x+onerror=alert(1)>%0A%0A```%0Alet+a=1;%0A%0A" +
		"b();%0A```%0A<script>alert(2)</script>+[9]";
	await mock.script(`text=${text}`);
	await open(page);
	await ask(page, "<b>bold</b>");
	await page.locator(".meta").waitFor();
	equal(await page.locator(".question b, .text img, .text script, " +
		".text a").count(), 0, "elements made of text");
	equal(await page.locator(".text pre").innerText(),
		"let a=1;\n\nb();", "code");
	equal(await page.locator(".text p").allInnerTexts(),
		["<img src=x onerror=alert(1)>",
			"<script>alert(2)</script> [9]"], "paragraphs");
}

async function typing({ page }) {
	await mock.script("tokens=1");
	await open(page);
	const field = page.getByLabel("Your question");
	await field.fill("one");
	await page.keyboard.press("Shift+Enter");
	await page.keyboard.type("two");
	equal(await field.inputValue(), "one\ntwo", "Shift+Enter");
	/* an input method ends its word with Enter */
	await field.dispatchEvent("keydown",
		{ key: "Enter", isComposing: true, bubbles: true });
	equal(await page.locator(".turn").count(), 0, "turns");
	await page.keyboard.press("Enter");
	await page.locator(".meta").waitFor();
	equal(await asked(page), "one\ntwo",
		"the question");
	await page.keyboard.press("Enter");
	equal(await page.locator(".turn").count(), 1, "turns");
}

async function keyStaysHere({ page }) {
	const where = () => page.evaluate((key) => [
		Object.values(sessionStorage).includes(key),
		Object.values(localStorage).includes(key),
		document.cookie.includes(key), location.href.includes(key),
	], site.key);
	const urls = [];

	page.on("request", (request) => urls.push(request.url()));
	await mock.script("tokens=1");
	await visit(page);
	await ask(page, "Without a key?");
	await focusIs(page, "key");
	equal(await page.locator(".turn").count(), 0, "turns");
	await open(page);
	equal(await where(), [true, false, false, false], "where the key is");
	await ask(page, "Hello?");
	await page.locator(".meta").waitFor();
	assert(!urls.some((url) => url.includes(site.key)), "key in an address");
	await page.getByRole("button", { name: "Key set" }).click();
	await page.getByRole("button", { name: "Clear" }).click();
	equal(await where(), [false, false, false, false], "where the key is");
}

async function jumpToLatest({ page }) {
	const atEnd = () => page.evaluate(() =>
		document.documentElement.scrollHeight - innerHeight -
			scrollY < 60);

	const text = Array(60).fill("line%0A%0A").join(" ");
	await mock.script(`pace=gate,text=${text}+end`);
	await open(page);
	await ask(page, "A long answer, please.");
	await inFlight();
	await mock.step(40);
	await page.locator(".text p:nth-child(40)").waitFor();
	await becomes(atEnd, true, "the page at the end of the answer");
	await page.mouse.wheel(0, -5000);
	const jump = page.getByRole("button", { name: "Jump to latest" });
	await jump.waitFor();
	await mock.step(10);
	await page.locator(".text p:nth-child(50)").waitFor();
	assert(!await atEnd(), "the page stays where the reader is");
	await jump.click();
	await becomes(atEnd, true, "the page after the jump at the end");
	await mock.step(99);
	await page.locator(".meta").waitFor();
	await becomes(atEnd, true, "the page at the end again");
}

/* What a first visit takes, each file as gzip sends it. */
async function firstLoadIsSmall({ page }) {
	const bodies = new Map();

	const note = (response) =>
		bodies.set(response.url(), response.body());

	page.on("response", note);
	await visit(page);
	await until("all that the page loads", () => bodies.size, (n) => n >= 10);
	await page.waitForLoadState("networkidle");
	/* what comes later is no part of the first load */
	page.off("response", note);
	const sum = (await Promise.all(bodies.values()))
		.reduce((total, body) => total + gzipSync(body).length, 0);
	console.log(`        the first load: ${bodies.size} files, ${sum} bytes`);
	assert(bodies.size >= 10 && sum < 60 * 1000,
		`${bodies.size} files of ${sum} bytes`);
}

export const cases = [
	...SIZES.map((size) => ({
		name: `chat: the answer grows (${size.width} px, ${size.scheme})`,
		run: answerGrows, ...size,
	})),
	{ name: "chat: Esc stops, keeps text and focus", run: escStops },
	{ name: "chat: Stop takes the place of Send", run: stopButton },
	{ name: "chat: a wrong key", run: wrongKey },
	{ name: "chat: the incident id is copied", run: copiesIncident },
	{ name: "chat: the provider breaks off", run: breaksOff },
	{ name: "chat: the provider fails", run: failsBeforeText },
	{ name: "chat: too many requests", run: rateLimit },
	{ name: "chat: the daily budget", run: dailyCap },
	{ name: "chat: offline", run: lostConnection },
	{ name: "chat: the conversation goes along", run: conversation },
	{ name: "chat: citations", run: citations },
	{ name: "chat: citations at 320 px", run: citations, width: 320 },
	{ name: "chat: markup stays text", run: hostileText },
	{ name: "chat: Enter, Shift+Enter, input methods", run: typing },
	{ name: "chat: the key stays in the tab", run: keyStaysHere },
	{ name: "chat: jump to latest", run: jumpToLatest },
	{ name: "chat: the first load is small", run: firstLoadIsSmall },
];
