/*
 * What the cases about the chat page do again and again.
 */
import { becomes, mock, site } from "./harness.mjs";

export const INCIDENT = /^req_[0-9a-z]{26}$/;

/* The chat page, when its script listens. */
export async function visit(page) {
	await page.goto("/");
	await listens(page);
}

/* It says what the chosen feature does after all else is in place. */
export const listens = (page) => becomes(() =>
	page.locator("#welcomeText:not(:empty)").count(), 1, "the page's words");

export async function open(page, key = site.key, feature = "chat") {
	await page.goto("/");
	await page.getByLabel("API key").fill(key);
	await page.getByRole("button", { name: "Use key" }).click();
	await page.getByLabel("Answer with").selectOption(feature);
}

export async function ask(page, question) {
	await page.getByLabel("Your question").fill(question);
	await page.keyboard.press("Enter");
}

/* Ask and wait until the answer is complete. */
export async function askAll(page, question) {
	await ask(page, question);
	await last(page).locator(".meta").waitFor();
}

export const last = (page) => page.locator(".turn:last-child");
export const answer = (page) => last(page).locator(".text");
export const problem = (page) => last(page).locator(".problem");

/* The question as it is seen, without the words for screen readers. */
export const asked = (page) => last(page).locator(".question")
	.evaluate((node) => node.lastChild.data);

export async function waitForText(page, text) {
	await answer(page).getByText(text).waitFor();
	return answer(page).innerText();
}

export const inFlight = () =>
	mock.waitFor("a call in flight", (c) => c.in_flight > 0);

/* A "Copied" that a button says is gone after two seconds, the text is not. */
export const copied = (page, text) => becomes(() => page.evaluate(async () =>
	(await navigator.clipboard.readText()).trim()), text, "the clipboard");

/* A script for the mock provider that says text, a word a token. */
export const says = (text) => "text=" + [...new TextEncoder().encode(text)]
	.map((byte) => {
		const c = String.fromCharCode(byte);
		return c === " " ? "+" : /\w/.test(c) ? c
			: `%${byte.toString(16).padStart(2, "0")}`;
	}).join("");
