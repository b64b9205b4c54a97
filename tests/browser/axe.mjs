/*
 * Accessibility of every page as axe-core finds it: no serious and no critical
 * finding, in both themes, at 320 and 1280 px.
 */
import { readdirSync } from "node:fs";
import { findings } from "./a11y.mjs";
import { assert, equal, mock, site } from "./harness.mjs";
import { ask, askAll, open, problem, says, visit } from "./page.mjs";

/* Every page of the documentation, also one that comes later. */
const DOCS = readdirSync(new URL("../../www/docs/", import.meta.url))
	.filter((name) => name.endsWith(".html"));

const signIn = (page) => page.request.post("/auth/login", {
	data: { login: "ann", password: "correct horse battery" },
});

/* As a browser without a script sends it. */
async function plainForm(page, feature) {
	await signIn(page);
	await page.goto("/");
	await page.evaluate((name) => {
		document.getElementById("question").value = "Why?";
		document.getElementById("feature").add(new Option(name, name, true, true));
		document.getElementById("ask").submit();
	}, feature);
}

/* Each state of a page: its name, and how to get there. */
const STATES = {
	"the chat before a question": visit,

	async "an answer"(page) {
		await mock.script(says("# Title\n\nA [link](https://a.example), " +
			"`code`.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n" +
			"```sql\nSELECT 'x' -- y\nFROM t WHERE a = 1;\n```\n\n> q"));
		await open(page);
		await askAll(page, "How?");
		await page.locator(".hljs-keyword").first().waitFor();
	},

	async "an answer with sources"(page) {
		await open(page, site.key, "docs");
		await askAll(page, "How do I launch a boat from a slipway?");
		await page.getByRole("button", { name: "Good answer" }).click();
	},

	async "trouble"(page) {
		await open(page, "sk-this-key-is-wrong");
		await ask(page, "Hello?");
		await problem(page).waitFor();
	},

	async "history"(page) {
		await mock.script("tokens=2");
		await open(page);
		await askAll(page, "Keep this?");
		await page.getByRole("button", { name: "History" }).click();
	},

	async "settings"(page) {
		await visit(page);
		await page.getByRole("button", { name: "Settings" }).click();
		await page.getByRole("dialog").waitFor();
	},

	async "keys"(page) {
		await visit(page);
		await page.locator("body").press("?");
		await page.getByRole("dialog").waitFor();
	},

	async "status"(page) {
		await page.goto("/status/");
		await page.getByText(/^Last updated/).waitFor();
	},

	"demo": (page) => page.goto("/demo/"),
	"about": (page) => page.goto("/about"),
	"login": (page) => page.goto("/login/", { waitUntil: "networkidle" }),
	...Object.fromEntries([...DOCS, "runbooks/"].map((name) =>
		[`docs ${name}`, (page) => page.goto(`/docs/${name}`)])),

	async "account"(page) {
		await signIn(page);
		await page.goto("/account/");
		await page.getByText("of $0.50").waitFor();
	},

	async "an answer of the plain form"(page) {
		await mock.script(says("# Title\n\n- **one**\n\n`two`"));
		await plainForm(page, "chat");
		await page.getByRole("heading", { name: "Answer" }).waitFor();
	},

	async "an error of the plain form"(page) {
		await plainForm(page, "nosuch");
		await page.getByRole("alert").waitFor();
	},
};

const SIZES = [[320, "light"], [320, "dark"], [1280, "light"], [1280, "dark"]];

export const cases = Object.entries(STATES).flatMap(([name, go]) =>
	SIZES.map(([width, scheme]) => ({
		name: `axe: ${name} (${width} px, ${scheme})`,
		width, scheme,
		async run({ page, allow }) {
			allow(/status of 40[14]/);
			await go(page);
			equal(await findings(page), [], "findings");
			assert(await page.evaluate(() =>
				document.documentElement.scrollWidth <= innerWidth), "it fits");
			if (process.env.SCREENSHOTS)
				await page.screenshot({ fullPage: true,
					path: `${process.env.SCREENSHOTS}/` +
						`${name} ${width} ${scheme}.png`.replace(/[ /]/g, "-") });
		},
	})));
