/*
 * The page of agents: steps as they happen, the dialog before a side effect,
 * stop, a connection that breaks; keyboard only, in both themes and languages.
 */
import { findings } from "./a11y.mjs";
import { assert, equal, mock, site, until } from "./harness.mjs";
import { inFlight, says } from "./page.mjs";
import { openWire } from "./wire.mjs";

const HOSTILE = "<img src=x onerror=alert(1)>";
const LOOK = { q: HOSTILE };
const ORDER = { item: "tea", note: `${HOSTILE}\nsecond \u202eline` };

const calls = (name, value) => `tokens=2,tool=${name}:` +
	encodeURIComponent(JSON.stringify(value));

/* The server of the tools (tools.mjs). */
const tools = {
	post: (path, body) => fetch(site.tools + path, { method: "POST", body }),
	hold: () => tools.post("/_hold"),
	calls: async () => (await fetch(`${site.tools}/_calls`)).json(),

	called(n = 1) {
		return until(`${n} calls of tools`, () => this.calls(),
			(all) => all.length === n);
	},

	/* The tool answers; then the model says text. */
	async answer(text, then = "It is done.") {
		await mock.script(says(then));
		await this.post("/_answer", text);
	},
};

async function open(page, url = "/agents/") {
	await page.goto(url);
	await page.getByRole("heading", { name: "Agents" }).waitFor();
	await page.getByLabel("API key").fill(site.key);
	await page.getByRole("button", { name: "Use key" }).click();
	await page.getByLabel("Task").waitFor();
}

async function begin(page, task = "Do it.") {
	await page.getByLabel("Task").fill(task);
	await page.getByRole("button", { name: "Start" }).click();
}

/* A run that waits for the person. */
async function ordered(page, url) {
	await tools.hold();
	await mock.script(calls("order", ORDER));
	await open(page, url);
	await begin(page, "Order tea.");
	await page.getByRole("dialog", { name: "May the agent do this?" }).waitFor();
}

const step = (page, name) => page.getByRole("listitem").filter({
	has: page.locator(".name", { hasText: name }) });
const answered = (page) => page.locator("#answer").getByText("It is done.").waitFor();

async function steps({ page }) {
	await tools.hold();
	await mock.script(`${calls("look", LOOK)},pace=gate`);
	await open(page);
	await page.getByText("Tools: 2. At most 12 steps and $0.25 for a task.").click();
	await page.getByText("Looks something up.").waitFor();
	await page.getByLabel("Task").fill("Look it up.");
	await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");
	await inFlight();
	await step(page, "Model").getByText("thinks…").waitFor();
	equal(await page.evaluate(() => document.activeElement.id), "stop", "focus");
	await mock.step(2);
	const [call] = await tools.called();
	equal(JSON.parse(call.body), LOOK, "arguments");
	await step(page, "look").getByText("is being done…").waitFor();
	await step(page, "look").getByText(`q: ${HOSTILE}`).waitFor();
	await tools.answer(JSON.stringify({ found: HOSTILE }), "It is done. **Yes.**");
	await answered(page);
	equal(await page.locator("#answer strong").innerText(), "Yes.", "Markdown");
	await step(page, "look").getByText(`→ {"found":"${HOSTILE}"}`).waitFor();
	await page.getByText(/\$0\.\S+ spent, \$0\.2\S+ and 9 steps left/).waitFor();
	equal(await page.locator("#announcer").innerText(),
		"Answer: It is done. Yes.", "what is announced");
	assert(/\?run=run_\w{26}$/.test(page.url()), page.url());
	equal(await page.locator("main img").count(), 0, "pictures");

	await page.reload();
	await answered(page);
	await page.getByRole("button", { name: "Look it up." }).first().waitFor();
	equal((await tools.calls()).length, 1, "calls of the tool");
}

async function confirmed({ page }) {
	await ordered(page);
	const dialog = page.getByRole("dialog");
	for (const text of ["order", "Orders something.", "tea", HOSTILE])
		await dialog.getByText(text, { exact: text === "tea" }).first().waitFor();
	const focus = () => page.evaluate(() => document.activeElement.id);
	equal(await focus(), "refuse", "focus in the dialog");
	equal(await page.getByRole("dialog").evaluate((node) =>
		[...node.querySelectorAll("dt, dd")].map((one) => one.textContent)),
		["item", "tea", "note", `${HOSTILE}\nsecond ‹U+202E›line`], "arguments");

	/* Esc decides nothing */
	await page.keyboard.press("Escape");
	await page.waitForFunction(() => document.activeElement.id === "decide");
	await step(page, "order").getByText("waits for your decision").waitFor();
	equal((await tools.calls()).length, 0, "calls before the decision");

	await page.keyboard.press("Enter");
	await page.keyboard.press("Tab");
	equal(await focus(), "agree", "the next is Confirm");
	await page.keyboard.press("Enter");
	const [call] = await tools.called();
	equal(JSON.parse(call.body), ORDER, "what was confirmed is done");
	await step(page, "order").getByText("is being done…").waitFor();
	await tools.answer("{}");
	await answered(page);
	equal((await tools.calls()).length, 1, "calls in all");
}

async function refused({ page }) {
	await ordered(page);
	await mock.script(says("It is done."));
	await page.getByRole("button", { name: "Refuse" }).press("Enter");
	await answered(page);
	await step(page, "order").getByText("you refused").waitFor();
	equal((await tools.calls()).length, 0, "calls");
}

/* Somebody who writes the next task is not interrupted. */
async function notInterrupted({ page }) {
	await tools.hold();
	await mock.script(`${calls("order", ORDER)},pace=gate`);
	await open(page);
	await begin(page);
	await inFlight();
	await page.getByLabel("Task").fill("And then");
	await mock.step(2);
	await page.getByRole("button", { name: "Decide…" }).waitFor();
	equal(await page.getByRole("dialog").count(), 0, "dialogs");
	equal(await page.evaluate(() => document.activeElement.id), "task", "focus");
	await page.getByRole("button", { name: "Stop" }).click();
	await page.getByText("Stopped", { exact: true }).first().waitFor();
	await step(page, "order").getByText("not done").waitFor();
	equal(await page.getByRole("button", { name: "Decide…" }).count(), 0, "decisions");
}

async function stopped({ page }) {
	await mock.script(`${calls("order", ORDER)},pace=gate`);
	await open(page);
	await begin(page);
	await inFlight();
	await page.keyboard.press("Escape");
	await page.locator("#state").getByText("Stopped").waitFor();
	await mock.waitFor("the end of the call", (c) => c.in_flight === 0);
	assert(await page.getByRole("button", { name: "Start" }).isEnabled(),
		"the next one can begin");
	equal(await page.getByRole("button", { name: "Stop" }).count(), 0, "stops");
}

/* Whoever changes his mind before the server has said anything is heard, too. */
async function stoppedAtOnce({ page }) {
	let release = null;
	const held = new Promise((go) => (release = go));

	await mock.script(`${calls("order", ORDER)},pace=gate`);
	await open(page);
	await page.route("**/agent", async (route) => {
		if (route.request().method() === "POST")
			await held;
		await route.continue();
	});
	await begin(page);
	await page.keyboard.press("Escape");
	await page.getByRole("button", { name: "Stopping…" }).waitFor();
	release();
	await page.locator("#state").getByText("Stopped").waitFor();
	await mock.waitFor("the end of the call", (c) => c.in_flight === 0);
}

/* The connection breaks in the middle: the run goes on, and is found again. */
async function reconnects({ page, allow }) {
	allow(/ERR_(CONNECTION|EMPTY|INCOMPLETE|SOCKET|FAILED|NETWORK)/);
	const wire = await openWire();
	try {
		await tools.hold();
		await mock.script(calls("look", LOOK));
		await open(page, `${wire.url}/agents/`);
		await begin(page);
		await tools.called();
		await step(page, "look").waitFor();
		wire.cut();
		await page.getByText("The connection is gone; the run goes on.").waitFor();
		await tools.answer("{}");
		await mock.waitFor("the second question", (c) => c.count === 1);
		wire.mend();
		await answered(page);
		equal(await page.locator("#gone").isVisible(), false, "the note");
		equal((await tools.calls()).length, 1, "calls");
	} finally {
		wire.close();
	}
}

async function troubled({ page }) {
	await tools.post("/_answer", "{}");
	await mock.script(calls("look", LOOK));
	await open(page);
	await begin(page);
	await page.locator("#trouble").getByText("This run has taken all the steps").waitFor();
	await page.locator("#state").getByText("Failed").waitFor();
	equal(await page.getByRole("listitem").filter({ has: page.locator(".name") }).count(),
		12, "steps");
}

async function german({ page }) {
	await tools.hold();
	await mock.script(calls("order", ORDER));
	await page.goto("/agents/?lang=de");
	await page.getByLabel("API-Schlüssel").fill(site.key);
	await page.getByRole("button", { name: "Schlüssel" }).click();
	await page.getByLabel("Aufgabe").fill("Tee bestellen.");
	await page.getByRole("button", { name: "Starten" }).click();
	await page.getByRole("dialog", { name: "Darf der Agent das tun?" }).waitFor();
	await mock.script(says("Gut."));
	await page.getByRole("button", { name: "Ablehnen" }).click();
	await page.locator("#answer").getByText("Gut.").waitFor();
	await page.getByText("von Ihnen abgelehnt").waitFor();
}

/* Who is signed in finds the page from the chat, and needs no key there. */
async function fromTheChat({ page }) {
	await page.goto("/login/?next=/");
	await page.getByLabel("E-mail address or name").fill("ann");
	await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByRole("link", { name: "Agents" }).click();
	await page.getByLabel("Task").waitFor();
	equal(await page.getByLabel("API key").count() &&
		await page.getByLabel("API key").isVisible(), false, "a key is asked for");
	await tools.hold();
	await mock.script(calls("order", ORDER));
	await begin(page, "Order tea.");
	await page.getByRole("dialog").getByRole("button", { name: "Confirm" }).click();
	await tools.called();
	await tools.answer("{}");
	await answered(page);
}

async function withoutScript({ page }) {
	await page.goto("/agents/");
	await page.getByText("This page needs JavaScript.").waitFor();
}

const accessible = (width, scheme) => async ({ page }) => {
	const check = async (what) => {
		equal(await findings(page), [], what);
		assert(await page.evaluate(() =>
			document.documentElement.scrollWidth <= innerWidth), `${what} fits`);
		if (process.env.SCREENSHOTS)
			await page.screenshot({ fullPage: true, path:
				`${process.env.SCREENSHOTS}/agents-${what}-` +
				`${width}-${scheme}.png` });
	};
	await page.goto("/agents/");
	await page.getByLabel("API key").waitFor();
	await check("key");
	await ordered(page);
	await check("dialog");
	await page.keyboard.press("Escape");
	await check("waits");
	await page.getByRole("button", { name: "Decide…" }).click();
	await page.getByRole("button", { name: "Confirm" }).click();
	await tools.called();
	await tools.answer(JSON.stringify({ order: 17, text: "long ".repeat(300) }));
	await answered(page);
	await step(page, "order").getByText("Arguments and result").click();
	await check("done");
};

export const cases = [
	{ name: "agents: steps as they happen, by keyboard", run: steps },
	{ name: "agents: a side effect is confirmed by keyboard, once", run: confirmed },
	{ name: "agents: a side effect is refused", run: refused },
	{ name: "agents: whoever writes is not interrupted", run: notInterrupted },
	{ name: "agents: stop", run: stopped },
	{ name: "agents: stop before the first event", run: stoppedAtOnce },
	{ name: "agents: a broken connection", run: reconnects },
	{ name: "agents: a run that fails says why", run: troubled },
	{ name: "agents: in German", run: german },
	{ name: "agents: from the chat, signed in", run: fromTheChat },
	{ name: "agents: without a script", run: withoutScript, script: false },
	...[[320, "light"], [320, "dark"], [1280, "light"], [1280, "dark"]]
		.map(([width, scheme]) => ({
			name: `agents: accessible and fitting (${width} px, ${scheme})`,
			run: accessible(width, scheme), width, scheme,
		})),
];
