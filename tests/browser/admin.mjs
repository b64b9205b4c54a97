/*
 * The admin page: its figures are those of psql, its switches work, hostile
 * texts stay texts, and it can be used by everybody.
 */
import { execFileSync } from "node:child_process";

import { findings } from "./a11y.mjs";
import { assert, becomes, equal, mock, site } from "./harness.mjs";

const HOSTILE = "<img src=x onerror=alert(1)>\"'& {{7*7}}";

/* Rows of a statement, as psql gives them to the schema's owner. */
function psql(sql) {
	const out = execFileSync("psql", ["-XqAt", "-F", "\t", "-d", process.env.SITE_DSN,
		"-v", "ON_ERROR_STOP=1", "-c", "SET timezone = 'UTC'", "-c", sql],
	{ encoding: "utf8" });
	return out.split("\n").filter(Boolean).map((line) => line.split("\t"));
}

/* Anew, not as a step within the page; the key is asked for once. */
async function enter(page, view = "overview", key = site.key) {
	await page.goto("about:blank");
	await page.goto(`/admin/#${view}`);
	await page.locator("#login, #app").filter({ visible: true }).waitFor();
	if (!await page.locator("#login").isVisible())
		return;
	await page.getByLabel("API key of an admin").fill(key);
	await page.getByRole("button", { name: "Go on" }).click();
}

const loaded = (page) => page.locator("#view[aria-busy]").waitFor(
	{ state: "detached" });

async function open(page, view) {
	await enter(page, view);
	await page.locator("#views a[aria-current]").waitFor();
	await loaded(page);
}

const report = (page, name) => page.locator(`[data-report="${name}"]`);

const cells = (section) => section.locator("tbody tr").evaluateAll((rows) =>
	rows.map((tr) => [...tr.cells].map((td) => td.textContent)));

async function chat(key = site.key, feature = "chat") {
	const response = await fetch(`${site.url}/chat`, {
		method: "POST",
		headers: { authorization: `Bearer ${key}` },
		body: JSON.stringify({ feature, message: "hello" }),
	});
	return response.json();
}

const no401 = (allow) => allow(/status of 401/);

async function onlyAdmins({ page, allow }) {
	no401(allow);
	allow(/status of 403/);
	await enter(page, "overview", site.cappedKey);
	await page.getByText("this page is for admins").waitFor();
	equal(await page.locator("#app").isVisible(), false, "the page shown");
	await enter(page);
	await page.getByRole("heading", { name: "Today and lately" }).waitFor();
	await page.getByRole("button", { name: "Forget the key" }).click();
	await page.getByLabel("API key of an admin").waitFor();
}

/* What psql says as the page shows it. */
const plain = (text) => /^-?\d+\.\d+$/.test(text)
	? text.replace(/\.?0+$/, "")
	: text.replace(/(\.\d+)?\+00$/, "").replace(/^t$/, "yes")
		.replace(/^f$/, "no");

/* The tables of the view that do not say what their own SQL says in psql. */
async function wrongFigures(page, view) {
	const wrong = [];
	await open(page, view);
	const sections = await page.locator("[data-report]").all();
	assert(sections.length > 0, `${view} has reports`);
	for (const section of sections) {
		const sql = await section.locator("pre").textContent();
		const wanted = psql(sql).map((row) => row.map(plain));
		const got = await cells(section);
		if (JSON.stringify(got) !== JSON.stringify(wanted))
			wrong.push({ report: await section.getAttribute("data-report"),
				got, wanted });
	}
	return wrong;
}

async function figures({ page, allow }) {
	no401(allow);
	await mock.script("tokens=3,in=1234567,out=321");
	await chat();
	await mock.script("status=500,body=server");
	await chat();
	await mock.script("tokens=3");
	for (const view of ["overview", "cost", "latency", "errors", "requests"])
		/* a call of an earlier case may be settled between page and psql */
		await becomes(() => wrongFigures(page, view), [],
			`wrong figures of ${view}`);
	const [[cost]] = psql("SELECT sum(cost_usd) FROM slipway.cost_by_day");
	await open(page, "overview?range=1");
	const [today] = await cells(report(page, "summary"));
	equal(Number(today[4]), Number(cost), "cost of today");
}

async function filtersAndSorting({ page, allow }) {
	no401(allow);
	await chat();
	await open(page, "cost");
	await page.getByLabel("Model", { exact: true }).fill("nosuch/model");
	await page.getByRole("button", { name: "Show" }).click();
	await page.locator("[data-report=cost_by_day]")
		.getByText("Nothing in this time.").waitFor();
	assert(page.url().includes("model=nosuch"), page.url());
	await page.getByLabel("Model", { exact: true }).fill("");
	await page.getByLabel("Days (UTC)").selectOption("own");
	await page.getByLabel("From (UTC)").fill("2020-01-01");
	await page.getByLabel("Until, included (UTC)").fill("2020-01-02");
	await page.getByRole("button", { name: "Show" }).click();
	await page.locator("[data-report=cost_by_user]")
		.getByText("Nothing in this time.").waitFor();
	await open(page, "limits");
	const head = report(page, "limits").locator("th")
		.filter({ hasText: "user" }).first();
	await head.getByRole("button").focus();
	await page.keyboard.press("Enter");
	equal(await head.getAttribute("aria-sort"), "descending", "sorted");
	await page.keyboard.press("Enter");
	const names = (await cells(report(page, "limits"))).map((row) => row[2])
		.filter(Boolean);
	equal(names, [...names].sort((a, b) => a < b ? -1 : 1), "order");
}

async function asCsv({ page, allow }) {
	no401(allow);
	await chat();
	await open(page, "cost");
	const waiting = page.waitForEvent("download");
	await page.getByRole("button", { name: "By model as CSV" }).click();
	const stream = await (await waiting).createReadStream();
	let text = "";
	for await (const piece of stream)
		text += piece;
	const lines = text.trim().split("\r\n");
	const shown = await cells(report(page, "cost_by_model"));
	equal(lines.length - 1, shown.length, "lines");
	equal(lines[1].split(",")[0], shown[0][0], "the first cell");
	equal(Number(lines[1].split(",")[2]), Number(shown[0][2]), "its cost");
}

async function drillDown({ page, allow }) {
	no401(allow);
	allow(/status of 404/);
	await mock.script("tokens=3,in=100,out=3");
	const { request_id: id } = await chat();
	await open(page, "requests");
	await page.getByRole("link", { name: id }).click();
	await page.getByRole("heading", { name: `Request ${id}` }).waitFor();
	/* the list makes way only when all of the request is there */
	await page.getByText("what the provider reported").first().waitFor();
	const text = await page.locator("#view").innerText();
	for (const words of ["what the provider reported", "openai/gpt-5-mini",
		"By the price of that time", "done"])
		assert(text.includes(words), `${words} in ${text}`);
	assert(!text.includes("hello"), "what was said");
	await open(page, "requests");
	await page.getByLabel("One request, by its id").fill("req_none");
	await page.keyboard.press("Enter");
	await page.getByText("no call of this id was admitted").waitFor();
}

async function pauses({ page, allow }) {
	no401(allow);
	await open(page, "switches");
	const reasons = page.getByLabel("Reason, for the other operators");
	await reasons.nth(1).fill(HOSTILE);
	await page.getByRole("button", { name: "Pause chat" }).click();
	await page.getByRole("button", { name: "Cancel" }).click();
	equal(psql("SELECT count(*) FROM slipway.pauses WHERE paused"), [["0"]],
		"paused before yes");
	await page.getByRole("button", { name: "Pause chat" }).click();
	await page.locator("dialog").getByRole("button", { name: "Pause chat" })
		.click();
	await page.getByText("Paused: chat").waitFor();
	await page.getByText(HOSTILE).first().waitFor();
	equal((await chat()).code, "paused", "a call meanwhile");
	await page.getByRole("button", { name: "Resume chat" }).click();
	await page.getByText("Paused: chat").waitFor({ state: "hidden" });
	assert((await chat()).answer !== undefined, "a call afterwards");
}

async function usersCapsKeys({ page, allow }) {
	no401(allow);
	allow(/status of 404/);
	const name = `${HOSTILE} ${Date.now()}`.replaceAll("/", "");
	await open(page, "limits");
	await page.getByLabel("Name or e-mail address").fill(name);
	await page.getByRole("button", { name: "Create", exact: true }).click();
	await page.getByRole("cell", { name }).waitFor();
	await page.getByLabel("Name (TENANT/USER or TENANT)").fill(`default/${name}`);
	await page.getByLabel("US dollars a day, or none").fill("0.25");
	await page.getByRole("button", { name: "Set", exact: true }).click();
	await page.getByRole("row").filter({ hasText: name })
		.getByRole("cell", { name: "0.25", exact: true }).waitFor();
	await page.getByLabel("Name (TENANT/USER or TENANT)").fill("nobody at all");
	await page.getByLabel("Requests a minute, or none").fill("3");
	await page.getByRole("button", { name: "Set", exact: true }).click();
	await page.getByRole("alert").filter({ hasText: /nobody at all/ }).waitFor();

	await page.goto("/admin/#keys");
	await page.getByLabel("User (TENANT/USER)").fill(`default/${name}`);
	await page.getByLabel("What for").fill(HOSTILE);
	await page.getByRole("button", { name: "Create", exact: true }).click();
	const key = await page.locator("dialog .once").innerText();
	assert(/^slw_/.test(key), key);
	await page.getByRole("button", { name: "Close" }).click();
	assert((await chat(key)).answer !== undefined, "the key works");
	const row = page.getByRole("row").filter({ hasText: key.slice(0, 12) });
	await row.getByRole("button", { name: "Revoke" }).click();
	await page.locator("dialog").getByRole("button", { name: "Revoke" }).click();
	await row.getByText("revoked").waitFor();
	equal((await chat(key)).code, "unauthorized", "the key afterwards");

	for (const view of ["cost", "requests", "keys", "limits", "audit"]) {
		await page.goto(`/admin/#${view}`);
		await page.getByText(name).first().waitFor();
	}
	equal(await page.locator("#view img").count(), 0, "images");
	/* the name may still be that of the view before */
	await report(page, "audit").waitFor();
	const trail = await cells(report(page, "audit"));
	assert(trail.some((r) => r[2] === "default/admin" && r[5] === "key changed"),
		"the trail names the admin");
}

async function prompts({ page, allow }) {
	no401(allow);
	psql("INSERT INTO slipway.prompts (feature, version, body, registered_at) " +
		"VALUES ('probe', 'probe-1', E'Be brief.\nBe kind.', now() - interval '1 day'), " +
		`('probe', 'probe-2', E'Be brief.\n<b>Be bold.</b>', now()) ` +
		"ON CONFLICT DO NOTHING");
	await open(page, "prompts");
	const row = (version) => page.getByRole("row").filter({ hasText: version });
	await row("probe-2").getByRole("button", { name: "Compare" }).click();
	equal((await page.locator(".diff").innerText()).trimEnd(),
		"  Be brief.\n- Be kind.\n+ <b>Be bold.</b>", "the difference");
	await page.getByRole("button", { name: "Close" }).click();
	await row("probe-1").getByRole("button", { name: "Use this one" }).click();
	await page.locator("dialog").getByRole("button", { name: "Pin" }).click();
	await row("probe-1").getByRole("button", { name: "Unpin" }).waitFor();
	equal(psql("SELECT version FROM slipway.prompt_pins"), [["probe-1"]], "pin");
	await row("probe-1").getByRole("button", { name: "Unpin" }).click();
	await row("probe-1").getByRole("button", { name: "Use this one" }).waitFor();
}

async function live({ page, allow }) {
	no401(allow);
	await mock.script("tokens=2,pace=gate");
	const answer = chat();
	await mock.waitFor("a call in flight", (c) => c.in_flight > 0);
	await open(page, "live");
	await report(page, "live").getByRole("cell", { name: "admin" }).waitFor();
	await mock.step(5);
	await answer;
	await report(page, "live").getByText("Nothing in this time.").waitFor();
}

/* What is raised, with its runbook, and what is over; hostile texts. */
function anAlert() {
	psql(`INSERT INTO slipway.alerts (rule, subject, detail, raised_at, resolved_at)
	VALUES ('cost_spike', '', '9 USD in an hour ${HOSTILE.replaceAll("'", "''")}',
			now() - interval '40 days', NULL),
		('quota', 'openai', '85.0 % of the tokens are used', now() - interval '2 h',
			now() - interval '1 h')
	ON CONFLICT DO NOTHING`);
}

async function alerts({ page, allow }) {
	no401(allow);
	anAlert();
	await open(page, "alerts");
	const raised = report(page, "alerts").getByRole("row")
		.filter({ hasText: "cost_spike" });
	await raised.getByText(HOSTILE).waitFor();
	await report(page, "alerts_resolved").getByRole("row")
		.filter({ hasText: "85.0 % of the tokens" }).first().waitFor();
	equal(await page.locator("#view img").count(), 0, "images");
	await raised.getByRole("link", { name: "Costs are unusually high" }).click();
	await page.waitForURL("**/docs/runbooks/cost-spike.html");
	await page.getByText("Costs are unusually high").first().waitFor();
	psql("UPDATE slipway.alerts SET resolved_at = now() WHERE rule = 'cost_spike'");
	await open(page, "alerts");
	equal(await raised.count(), 0, "raised now");
}

/* The provider's side of today, as psql has ours: agreed, and then not. */
function exported(more) {
	const [day, calls, input, output] = psql(`SELECT
		(now() AT TIME ZONE 'UTC')::date, count(*),
		sum(input_tokens + cache_read_tokens + cache_write_tokens + cache_write_1h_tokens),
		sum(output_tokens)
	FROM slipway.llm_calls
	WHERE starts_with(model_route, 'openai/gpt-5-mini') AND basis <> 'none'
		AND created_at >= date_trunc('day', now(), 'UTC')`)[0];
	return "date,model,requests,input_tokens,output_tokens\n" +
		`${day},gpt-5-mini-2025-08-07,${Number(calls) + more},${input},${output}\n`;
}

async function bill({ page, allow }) {
	no401(allow);
	allow(/status of 400/);
	await chat();
	await open(page, "bill");
	await page.getByLabel("Provider", { exact: true }).selectOption("openai");
	await page.getByLabel("or the same as text").fill(exported(0));
	await page.getByRole("button", { name: "Compare", exact: true }).click();
	const section = report(page, "reconcile");
	await section.getByText("All 1 days and models agree.").waitFor();
	const [shown] = await cells(section);
	const sql = await section.locator("pre").textContent();
	equal(psql(sql)[0].slice(0, 4), shown.slice(0, 4), "as psql has it");
	const waiting = page.waitForEvent("download");
	await page.getByRole("button", { name: "Ledger and openai as CSV" }).click();
	const stream = await (await waiting).createReadStream();
	let text = "";
	for await (const piece of stream)
		text += piece;
	equal(text.trim().split("\r\n").length, 2, "lines of the CSV");

	await page.getByLabel("Its usage export (CSV or JSON)").setInputFiles({
		name: "usage.csv", mimeType: "text/csv", buffer: Buffer.from(exported(1)) });
	await page.getByRole("button", { name: "Compare", exact: true }).click();
	await section.getByText("1 of 1 days and models differ.").waitFor();
	equal((await cells(section))[0].at(-1), "yes", "differs");
	equal(await findings(page), [], "the comparison");

	await page.getByLabel("Its usage export (CSV or JSON)").setInputFiles([]);
	await page.getByLabel("or the same as text").fill("a,b\n1,2\n");
	await page.getByRole("button", { name: "Compare", exact: true }).click();
	await page.getByText("line 1: no column for the day").waitFor();
}

const VIEWS = ["overview", "cost", "latency", "errors", "alerts", "requests", "live",
	"limits", "keys", "invites", "guards", "switches", "prompts", "prices", "bill",
	"audit"];

/* A month of past, so that charts have something to draw. */
function past() {
	psql(`INSERT INTO slipway.llm_calls (tenant_id, request_id, day, system_day,
		user_id, key_id, feature, created_at, outcome, basis, error, cost_pico,
		reserved_pico, over_reservation, input_tokens, cache_read_tokens,
		cache_write_tokens, cache_write_1h_tokens, output_tokens,
		reasoning_tokens, model_route, prompt_version, trace_id, stream,
		fallback_tier, ttft_ms, latency_ms)
	SELECT 1, 'req_0past' || g, (now() AT TIME ZONE 'UTC')::date - g / 20,
		(now() AT TIME ZONE 'UTC')::date - g / 20, 1, 1, 'chat',
		now() - g / 20 * interval '1 day', 'done', 'provider_usage', 'ok',
		(1 + g % 7) * 1000000000::bigint, 1, false, 100, 0, 0, 0, 50, 0,
		'openai/gpt-5-mini', 'chat-1', '', true, 0, 100 + g % 900, 2000
	FROM generate_series(20, 599) AS g ON CONFLICT DO NOTHING`);
}

async function charts({ page, allow }) {
	no401(allow);
	past();
	await open(page, "overview?range=30");
	await report(page, "cost_by_day").locator("canvas").waitFor();
	await becomes(() => report(page, "cost_by_day").locator("canvas")
		.evaluate((canvas) => canvas.getContext("2d")
			.getImageData(0, 0, canvas.width, canvas.height).data
			.some((value) => value !== 0)), true, "what is drawn");
	equal(await report(page, "cost_by_day").locator("tbody tr").count(), 30,
		"days beside the chart");
}

/* What guards found, so that their table is looked at, too. */
function foundByGuards() {
	psql(`INSERT INTO slipway.llm_guards (tenant_id, request_id, day, phase, kind,
		action, n, guard_us)
	SELECT 1, 'req_0past' || g, (now() AT TIME ZONE 'UTC')::date, 'input', 'email',
		'redact', 2, 40
	FROM generate_series(20, 25) AS g ON CONFLICT DO NOTHING`);
}

async function canBeUsed({ page, allow }) {
	no401(allow);
	past();
	anAlert();
	foundByGuards();
	for (const view of VIEWS) {
		await open(page, `${view}${view === "overview" ? "?range=30" : ""}`);
		if (view === "guards")
			await report(page, view).getByRole("cell", { name: "redact" }).waitFor();
		const [is, room] = await page.evaluate(() =>
			[document.documentElement.scrollWidth, innerWidth]);
		assert(is <= room, `${view} is ${is} px wide in ${room} px`);
		equal(await findings(page), [], view);
		if (process.env.SCREENSHOTS)
			await page.screenshot({ fullPage: true, path: `${process.env.SCREENSHOTS}/` +
				`admin-${view}-${page.viewportSize().width}.png` });
	}
}

async function invites({ page, allow }) {
	no401(allow);
	const email = `eve${Date.now()}@harbour.example`;
	psql(`INSERT INTO slipway.waitlist (email, note) VALUES ('${email}',
		'<img src=x onerror=alert(1)>')`);
	await open(page, "invites");
	const asked = report(page, "waitlist").getByRole("row")
		.filter({ hasText: email });
	await asked.getByRole("button", { name: "Invite" }).click();
	const link = await page.locator("dialog .once").innerText();
	assert(/\/login\/\?invite=inv_/.test(link), link);
	await page.getByRole("button", { name: "Close" }).click();
	await asked.getByText("approved").waitFor();
	const sent = report(page, "invites").getByRole("row")
		.filter({ hasText: email });
	await sent.getByRole("button", { name: "Revoke" }).click();
	await sent.getByText("revoked").waitFor();
	equal(await page.locator("#view img").count(), 0, "images");
}

export const cases = [
	{ name: "admin: invites and waitlist", run: invites },
	{ name: "admin: only admins", run: onlyAdmins },
	{ name: "admin: figures are those of psql", run: figures },
	{ name: "admin: filters, sorting by keyboard", run: filtersAndSorting },
	{ name: "admin: CSV of what is shown", run: asCsv },
	{ name: "admin: alerts and their runbooks", run: alerts },
	{ name: "admin: the provider's bill", run: bill },
	{ name: "admin: one request", run: drillDown },
	{ name: "admin: pause and resume, after a question", run: pauses },
	{ name: "admin: users, caps, keys; hostile names", run: usersCapsKeys },
	{ name: "admin: prompts compared and pinned", run: prompts },
	{ name: "admin: live", run: live },
	{ name: "admin: charts", run: charts },
	...[[320, "light"], [320, "dark"], [1280, "light"], [1280, "dark"]]
		.map(([width, scheme]) => ({
			name: `admin: can be used by everybody (${width} px, ${scheme})`,
			run: canBeUsed, width, scheme,
		})),
];
