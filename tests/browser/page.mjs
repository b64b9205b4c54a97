/*
 * What the cases about the chat page do again and again.
 */
import { mock, site } from "./harness.mjs";

export const INCIDENT = /^req_[0-9a-z]{26}$/;

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

/* A script for the mock provider that says text, a word a token. */
export const says = (text) => "text=" + [...new TextEncoder().encode(text)]
	.map((byte) => {
		const c = String.fromCharCode(byte);
		return c === " " ? "+" : /\w/.test(c) ? c
			: `%${byte.toString(16).padStart(2, "0")}`;
	}).join("");
