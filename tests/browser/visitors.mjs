/*
 * People without an account: the browser solves the challenge, asks its free
 * messages, and is then sent to sign up.  main.mjs brings the site up again for
 * these cases, with a configuration that lets visitors in (run.sh).
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { findings } from "./a11y.mjs";
import { assert, equal, mock } from "./harness.mjs";
import { answer, ask, askAll, problem } from "./page.mjs";
import { solve } from "../../www/proof.js";

export const FREE = 5;

const sql = (text) => execFileSync("psql",
	["-Xqtd", process.env.SITE_DSN, "-v", "ON_ERROR_STOP=1", "-c", text]);

/* An address is let in only so often. */
export const forget = () => sql("DELETE FROM slipway.login_attempts");

const left = (page, text) => page.locator("#budget").getByText(text).waitFor();

export const freeOf = (n) => `${n} of ${FREE} free messages left.`;

/* Our SHA-256 against that of node, with what precedes of every length. */
async function proof() {
	for (let more = 0; more < 70; more++) {
		const challenge = "c".repeat(50 + more);
		const numbers = await solve({ challenge, bits: 5, puzzles: 2 });
		numbers.split(",").forEach((number, i) => {
			const hash = createHash("sha256")
				.update(`${challenge}:${i}:${number}`).digest();
			assert(hash[0] >> 3 === 0, `${challenge}: ${numbers}`);
		});
	}
}

async function freeThenSignUp({ page, allow }) {
	allow(/status of 401/);
	forget();
	await mock.script("text=an+answer");
	const before = (await mock.calls()).count;
	await page.goto("/");
	await left(page, freeOf(FREE));
	equal(await page.locator("#keyForm").isVisible(), false, "asks for a key");
	for (let n = FREE - 1; n >= 0; n--) {
		await askAll(page, `Question ${n}?`);
		await left(page, freeOf(n));
		equal((await answer(page).innerText()).trim(), "an answer", "answer");
	}
	equal(await page.evaluate(() => document.cookie), "", "cookies for scripts");
	await page.reload();
	await left(page, freeOf(0));
	await page.locator("#budget").getByRole("link",
		{ name: "Sign in or make an account" }).waitFor();
	await ask(page, "One more?");
	await problem(page).getByText("sign in or make an account").first().waitFor();
	equal((await mock.calls()).count - before, FREE, "provider calls");
	equal(await findings(page), [], "findings");
	await problem(page).getByRole("link", { name: "Sign in or make an account" }).click();
	await page.getByRole("heading", { name: "Make an account" }).waitFor();
	await page.locator("#email")
		.fill(`guest${Date.now()}@harbour.example`);
	await page.getByLabel("Password, at least").fill("correct horse battery");
	await page.getByRole("button", { name: "Make the account" }).click();
	await page.getByRole("link", { name: "Account", exact: true }).waitFor();
	await page.getByLabel("Answer with").selectOption("chat");
	await askAll(page, "And now?");
	await page.getByText(/\$\d\S* of \$1\.00 left today/).waitFor();
}

/* What the work takes in this browser; printed, as machines differ. */
async function howLong({ page }) {
	forget();
	await page.goto("/");
	await left(page, freeOf(FREE));
	const took = await page.evaluate(async () => {
		const { solve: work } = await import("/proof.js");
		const times = [];
		for (let i = 0; i < 5; i++) {
			const task = await (await fetch("/auth/challenge")).json();
			const from = performance.now();
			const solution = await work(task);
			times.push(Math.round(performance.now() - from));
			const { challenge } = task;
			const { status } = await fetch("/auth/visitor", {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify({ challenge, solution }),
			});
			if (status !== 201)
				throw new Error(`the solution is answered ${status}`);
		}
		return times;
	});
	console.log(`        a challenge takes ${took.join(", ")} ms here`);
}

/* What is not free leads to the same place; the page offers what is. */
async function notFree({ page, allow }) {
	allow(/status of 401/);
	forget();
	const before = (await mock.calls()).count;
	await page.goto("/");
	await left(page, freeOf(FREE));
	equal(await page.getByLabel("Answer with").inputValue(), "chat", "feature");
	await page.getByLabel("Answer with").selectOption("docs");
	equal(await page.locator("#budget").isVisible(), false, "free messages");
	await ask(page, "What is a mooring?");
	await problem(page).getByText("sign in or make an account").first().waitFor();
	equal((await mock.calls()).count, before, "provider calls");
}

/* The service may say no: then the key is left, and the question stands. */
async function refused({ page, allow }) {
	allow(/status of 403/);
	forget();
	sql("UPDATE slipway.tenants SET disabled_at = now() WHERE name = 'anonymous'");
	try {
		await page.goto("/");
		await left(page, freeOf(FREE));
		await ask(page, "Let me in?");
		await page.getByText("Visitors cannot be let in right now").waitFor();
		equal(await page.getByLabel("Your question").inputValue(), "Let me in?",
			"the question");
	} finally {
		sql("UPDATE slipway.tenants SET disabled_at = NULL WHERE name = 'anonymous'");
	}
	/* a later try gets in, and nothing asks for a key any more */
	await mock.script("tokens=2");
	await ask(page, "And now?");
	await page.getByRole("button", { name: "Copy answer" }).waitFor();
	equal(await page.locator("#keyForm").isVisible(), false, "the key's form");
}

/* A challenge that cannot be had is not solved. */
async function noChallenge({ page, allow }) {
	allow(/status of 503/);
	forget();
	let sent = 0;
	await page.route("**/auth/challenge", (route) =>
		route.fulfill({ status: 503, json: { code: "database_unavailable" } }));
	await page.route("**/auth/visitor", (route) => {
		sent++;
		return route.continue();
	});
	await page.goto("/");
	await left(page, freeOf(FREE));
	await ask(page, "Let me in?");
	await page.getByText("Visitors cannot be let in right now").waitFor();
	equal(sent, 0, "solutions of nothing");
}

async function signedIn({ page }) {
	await page.goto("/login/");
	await page.getByLabel("E-mail address or name").fill("ann");
	await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByRole("link", { name: "Account", exact: true }).waitFor();
	await page.getByText("of $0.50 left today").waitFor();
	equal(await page.getByRole("link", { name: "Sign in", exact: true }).count(), 0,
		"a link to sign in");
	await page.getByRole("link", { name: "Account", exact: true }).click();
	await page.getByRole("heading", { name: "Usage and cost" }).waitFor();
}

async function fits({ page }) {
	forget();
	await page.goto("/?lang=de");
	await left(page, `Noch ${FREE} von ${FREE} freien Nachrichten.`);
	await page.getByRole("link", { name: "Anmelden", exact: true }).waitFor();
	equal(await findings(page), [], "findings");
	assert(await page.evaluate(() =>
		document.documentElement.scrollWidth <= innerWidth), "the page fits");
}

export const plain = [
	{ name: "visitors: the proof of work is right", run: proof },
];

export const cases = [
	{ name: "visitors: five free messages, then sign up", run: freeThenSignUp },
	{ name: "visitors: how long a challenge takes", run: howLong },
	{ name: "visitors: what is not free", run: notFree },
	{ name: "visitors: refused", run: refused },
	{ name: "visitors: no challenge", run: noChallenge },
	{ name: "visitors: a person sees the own account", run: signedIn },
	{ name: "visitors: fits and can be read (320 px)", run: fits, width: 320 },
	{ name: "visitors: fits and can be read (dark)", run: fits, scheme: "dark" },
];

/* Bring the site up again, so that it lets visitors in. */
export const letIn = () => execFileSync(process.env.SITE_AGAIN, { stdio: "inherit" });
