/*
 * The pages to sign in and of the own account: the whole way of a person, with
 * a script and without.  The user ann is made by run.sh.
 */
import { findings } from "./a11y.mjs";
import { assert, equal, site } from "./harness.mjs";
import { visit } from "./page.mjs";

const PASSWORD = "correct horse battery";

async function signIn(page, path = "/login/?next=/account/") {
	await page.goto(path);
	await page.getByLabel("E-mail address or name").fill("ann");
	await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
	await page.getByRole("button", { name: "Sign in" }).click();
}

async function wrongPassword({ page, allow }) {
	allow(/status of 401/);
	await page.goto("/login/");
	await page.getByLabel("E-mail address or name").fill("ann");
	await page.getByLabel("Password", { exact: true }).fill("wrong horse battery");
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByRole("alert").getByText("is not right").waitFor();
	await page.goto("/account/", { waitUntil: "commit" });
	await page.waitForURL("**/login/?next=%2Faccount%2F");
}

async function account({ page, allow }) {
	/* signing out leaves a page that may still be asking */
	allow(/TypeError: Failed to fetch/);
	allow(/status of 40[01]/);
	await signIn(page);
	await page.getByRole("heading", { name: "Usage and cost" }).waitFor();
	await page.getByText("of $0.50").waitFor();
	equal(await page.locator("#chart rect").count(), 31, "bars of the chart");
	equal(await page.evaluate(() => document.cookie), "", "cookies for scripts");

	await page.getByLabel("What the new key is for").fill("<b>laptop</b>");
	await page.getByRole("button", { name: "Make a key" }).click();
	await page.getByText("It is not shown again").waitFor();
	const key = await page.locator("#key").innerText();
	assert(/^slw_[\w-]{43}$/.test(key), `a key: ${key}`);
	const asked = async () => (await fetch(`${site.url}/me`,
		{ headers: { authorization: `Bearer ${key}` } })).status;
	equal(await asked(), 200, "the key works");
	await page.reload();
	await page.getByText("<b>laptop</b>").waitFor();
	assert(!(await page.content()).includes(key), "shown once");
	await page.getByRole("button", { name: "Revoke <b>laptop</b>" }).first().click();
	await page.getByRole("cell", { name: "revoked" }).first().waitFor();
	equal(await asked(), 401, "the key is revoked");

	await page.getByLabel("What the new key is for").fill("cron");
	await page.getByText("Limit what it may do").click();
	await page.getByLabel("chat", { exact: true }).check();
	await page.getByLabel("Requests a minute").fill("5");
	await page.getByLabel("Dollars a day").fill("0.25");
	equal(await page.getByLabel("Models it may name").isVisible(), false,
		"models, of who is no administrator");
	await page.getByRole("button", { name: "Make a key" }).click();
	await page.getByRole("cell", { name: "chat; 5 a minute; $0.25 a day" }).first().waitFor();

	const [download] = await Promise.all([page.waitForEvent("download"),
		page.getByRole("link", { name: "Download everything" }).click()]);
	equal(download.suggestedFilename(), "slipway-account.json", "the export");

	await page.getByLabel("type its name").fill("someone else");
	await page.getByRole("button", { name: "Delete the account" }).click();
	await page.getByRole("alert").getByText("type its name as it is shown").waitFor();

	await page.getByRole("button", { name: "Sign out", exact: true }).click();
	await page.waitForURL("**/login/**");
	await page.goto("/account/", { waitUntil: "commit" });
	await page.waitForURL("**/login/**");
}

async function withoutScript({ page, allow }) {
	allow(/status of 404/); /* the icon that a browser looks for beside JSON */
	await signIn(page, "/login/");
	await page.waitForURL("**/chat/form"); /* where / sends who has no script */
	const me = await (await page.goto("/me")).json();
	equal([me.user.name, me.user.signed_in_with], ["ann", "session"],
		"who is signed in");
}

/* Both pages in German, as chosen on the chat page. */
async function german({ page }) {
	await visit(page);
	await page.getByRole("button", { name: "Settings" }).click();
	await page.getByLabel("Language").selectOption("de");
	await page.getByText("Was möchten Sie wissen?").waitFor();
	await page.goto("/login/?next=/account/");
	await page.getByLabel("E-Mail-Adresse oder Name").fill("ann");
	await page.getByLabel("Passwort", { exact: true }).fill(PASSWORD);
	await page.getByRole("button", { name: "Anmelden" }).click();
	await page.getByRole("heading", { name: "Nutzung und Kosten" }).waitFor();
	await page.getByText("von $0,50").waitFor();
	await page.getByText("Beschränken, was er darf").click();
	await page.waitForFunction(() =>
		document.title === "Konto · <Harbour> Help");
	equal(await page.evaluate(() => document.documentElement.lang), "de", "lang");
	await check(page, "account in German");
}

async function accessible({ page }) {
	await page.goto("/login/?invite=inv_x");
	await page.getByRole("heading", { name: "Make an account" }).waitFor();
	await check(page, "login");
	await signIn(page);
	await page.getByText("of $0.50").waitFor();
	await page.getByText("Limit what it may do").click();
	await check(page, "account");
	if (process.env.SCREENSHOTS)
		await page.screenshot({ fullPage: true,
			path: `${process.env.SCREENSHOTS}/account.png` });
}

async function check(page, what) {
	equal(await findings(page), [], what);
	assert(await page.evaluate(() =>
		document.documentElement.scrollWidth <= innerWidth), `${what} fits`);
}

export const cases = [
	{ name: "people: a wrong password; no account page without a session", run: wrongPassword },
	{ name: "people: sign in, keys, export, sign out", run: account },
	{ name: "people: sign in without a script", run: withoutScript,
		script: false },
	{ name: "people: in German", run: german },
	{ name: "people: in German, 320 px", run: german, width: 320 },
	...[[320, "light"], [320, "dark"], [1280, "light"], [1280, "dark"]]
		.map(([width, scheme]) => ({
			name: `people: accessible and fitting (${width} px, ${scheme})`,
			run: accessible, width, scheme,
		})),
];
