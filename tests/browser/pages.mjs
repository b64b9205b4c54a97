/*
 * The page to read, about; and what holds for all pages: they fit and can be
 * read in both themes.
 */
import { assert, becomes, equal, mock, site } from "./harness.mjs";
import { says, visit } from "./page.mjs";

/* The plain form: a question, a complete answer, another question. */
async function chatWithoutScript({ page, allow }) {
	allow(/status of 401/);
	await mock.script(says("# Title\n\n- **one**\n\n`two`"));
	await page.goto("/", { waitUntil: "commit" });
	await page.waitForURL("**/chat/form"); /* where / sends who has no script */
	equal(await page.locator(".script:visible").count(), 0,
		"what needs a script");
	await page.getByLabel("Your question").fill("Why?");
	await page.getByRole("textbox", { name: "API key" }).fill(site.key);
	await page.getByLabel("Answer with").selectOption("chat");
	await page.getByRole("button", { name: "Send" }).click();
	equal(await page.locator(".answer strong").innerText(), "one",
		"the answer");
	equal(await page.locator(".question").innerText(), "Why?",
		"the question");
	await fits(page);
	await page.getByLabel("Your question").fill("And now?");
	await page.getByRole("button", { name: "Send" }).click();
	await page.getByRole("alert").getByText("A valid API key is needed.")
		.waitFor();
	await fits(page);
	/* the question is not lost, and neither is what was said before */
	equal(await page.getByLabel("Your question").inputValue(), "And now?",
		"the question of the error");
	await mock.script(says("So it is."));
	await page.getByLabel("API key").fill(site.key);
	await page.getByRole("button", { name: "Send" }).click();
	await becomes(() => page.locator(".question").allInnerTexts(),
		["Why?", "And now?"], "the conversation");
	await becomes(async () => (await page.locator(".answer").allInnerTexts())
		.map((text) => text.split("\n")[0].trim()),
	["Title", "So it is."], "its answers");
	equal((await mock.calls()).last.at(-1).messages, 4, "messages sent");
	await becomes(() => page.evaluate(() => location.hash), "#latest",
		"what the page shows");
	await fits(page);
	await page.getByRole("link", { name: "New chat" }).click();
	await page.getByLabel("Answer with").waitFor();
}

/* The page is the operator's: name, features, questions to begin with. */
async function ownSite({ page }) {
	await page.goto("/");
	await page.getByText("A language model answers.").or(
		page.getByText("Answers are quoted word by word")).waitFor();
	equal(await page.title(), "Ask · <Harbour> Help", "title");
	equal(await page.locator(".brand").innerText(), "<Harbour> Help", "name");
	equal(await page.getByLabel("Answer with").locator("option")
		.allInnerTexts(), ["Chat", "Documents", "<Boats> & slips"],
	"features, and no agent");
	await page.getByLabel("Answer with").selectOption("boats");
	await page.getByText("Answers come from the documents").waitFor();
	equal(await page.locator(".example").allInnerTexts(),
		["How do I launch a boat?", "<b>When</b> is high water?"],
		"examples");
	await page.getByLabel("Answer with").selectOption("chat");
	await page.getByText("A language model answers.").waitFor();
	equal(await page.locator(".example").count(), 0, "examples of others");
	await page.goto("/?feature=boats&lang=de");
	await page.getByText("Antworten kommen aus den Dokumenten").waitFor();
	equal(await page.title(), "Fragen · <Harbour> Help", "in German");
	await page.goto("/login/");
	await page.waitForFunction(() =>
		document.title === "Sign in · <Harbour> Help");
}

async function fits(page) {
	const [is, room] = await page.evaluate(() =>
		[document.documentElement.scrollWidth, innerWidth]);
	assert(is <= room, `the page is ${is} px wide in ${room} px`);
}

async function about({ page }) {
	await page.goto("/about");
	await page.getByRole("heading", { name: "About <Harbour> Help" }).waitFor();
	await page.getByText("openai, for chat, <Boats> & slips, helper: your messages, and " +
		"the passages").waitFor();
	await page.getByText("<Harbour> & Sons").waitFor();
	equal(await page.getByRole("link", { name: "help@harbour.example" })
		.getAttribute("href"), "mailto:help@harbour.example", "contact");
	await page.getByRole("link", { name: "<Harbour> Help" }).click();
	await page.getByLabel("Your question").waitFor();
}

/* Pages of programs speak the reader's language, and offer the other. */
async function german({ page }) {
	await page.goto("/about?lang=de");
	await page.getByRole("heading", { name: "Über <Harbour> Help" }).waitFor();
	equal(await page.locator("html").getAttribute("lang"), "de", "language");
	await fits(page);
	await page.getByRole("link", { name: "English" }).click();
	await page.getByRole("heading", { name: "About <Harbour> Help" }).waitFor();
	await mock.script(says("So ist es."));
	await page.goto("/chat/form?lang=de");
	await page.getByLabel("Ihre Frage").fill("Warum?");
	await page.getByRole("textbox", { name: "API-Schlüssel" }).fill(site.key);
	await page.getByLabel("Antworten mit").selectOption("chat");
	await fits(page);
	await page.getByRole("button", { name: "Senden" }).click();
	await page.getByText("So ist es.").waitFor();
	await page.getByText("Prüfen Sie die Quellen").waitFor();
	await fits(page);
}

/* Stored answers: read without a script, and nobody is asked. */
async function demo({ page }) {
	const before = (await mock.calls()).count;
	await page.goto("/");
	await page.getByRole("link", { name: "answered before" }).click();
	await page.getByRole("heading", { name: "Boats & <slips>" }).waitFor();
	await becomes(() => page.locator("details[open]").count(), 1, "open at first");
	await page.getByText("What is a mooring?").click();
	await becomes(() => page.locator("details[open] .text").count(), 2, "answers");
	await page.locator("details .sources").last().waitFor();
	equal(await page.locator("form").count(), 0, "forms");
	await page.getByRole("link", { name: "Deutsch" }).click();
	await page.getByText("Diese Antworten wurden am").waitFor();
	await fits(page);
	await page.getByRole("link", { name: "English" }).click();
	await page.getByText("These answers were recorded on").waitFor();
	equal((await mock.calls()).count, before, "provider calls");
	await fits(page);
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
	for (const path of ["/", "/status/", "/about", "/demo/"]) {
		await (path === "/" ? visit(page) : page.goto(path));
		if (path === "/status/")
			await page.getByText(/^Last updated/).waitFor();
		await fits(page);
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
	{ name: "chat: as the configuration has it", run: ownSite },
	{ name: "chat: without JavaScript", run: chatWithoutScript,
		script: false },
	{ name: "chat: without JavaScript at 320 px, dark",
		run: chatWithoutScript, script: false, width: 320,
		scheme: "dark" },
	{ name: "about: from the configuration", run: about },
	{ name: "pages: in German, 320 px", run: german, width: 320 },
	{ name: "demo: read without JavaScript", run: demo, script: false },
	{ name: "demo: 320 px", run: demo, script: false, width: 320 },
	...[[320, "light"], [320, "dark"], [1280, "light"], [1280, "dark"]]
		.map(([width, scheme]) => ({
			name: `pages: fit and can be read (${width} px, ${scheme})`,
			run: fitsAndCanBeRead, width, scheme,
		})),
	{ name: "pages: no address elsewhere", run: noForeignLinks },
];
