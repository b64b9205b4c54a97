/*
 * The connection breaks while an answer is written: the page takes it up where
 * it was, by itself, and nothing is asked twice.
 */
import { execFileSync } from "node:child_process";
import { equal, mock, site, until } from "./harness.mjs";
import { answer, ask, inFlight, last, problem } from "./page.mjs";
import { openWire } from "./wire.mjs";

const sql = (text) => execFileSync("psql", ["-XqtAd", process.env.SITE_DSN,
	"-v", "ON_ERROR_STOP=1", "-c", text], { encoding: "utf8" }).trim();

/* Wait until the latest call is settled; its request id. */
function settled() {
	return until("the call to be settled", () =>
		sql("SELECT request_id FROM slipway.llm_calls WHERE NOT " +
			"EXISTS (SELECT FROM slipway.reservations) " +
			"ORDER BY request_id DESC LIMIT 1"), (id) => id !== "");
}

/* Ask through a wire, and see the first two tokens. */
async function begin({ page, allow }, wire) {
	allow(/ERR_(INTERNET_DISCONNECTED|CONNECTION|EMPTY|INCOMPLETE|SOCKET|FAILED|NETWORK)/);
	await mock.script("pace=gate,tokens=6,in=10,out=6");
	await page.goto(wire.url);
	await page.getByLabel("API key").fill(site.key);
	await page.getByRole("button", { name: "Use key" }).click();
	await page.getByLabel("Answer with").selectOption("chat");
	await ask(page, "Count to six.");
	await inFlight();
	await mock.step(2);
	await answer(page).getByText("t2").waitFor();
}

/* A case with a wire of its own. */
const throughWire = (run) => async (t) => {
	const wire = await openWire();
	try {
		await run(t, wire);
	} finally {
		wire.close();
	}
};

/* The whole answer, once, asked once. */
async function isWhole(page) {
	await last(page).locator(".meta").waitFor();
	equal((await answer(page).innerText()).trim(),
		"t1 t2 t3 t4 t5 t6", "the answer");
	equal((await mock.calls()).count, 1, "calls of the provider");
	equal(await page.locator(".problem").count(), 0, "banners");
}

async function goesOn(t, wire) {
	const { page } = t;
	await begin(t, wire);
	wire.cut();
	await page.getByText(/^The connection is gone/).waitFor();
	await mock.step(2);
	wire.mend();
	await answer(page).getByText("t4").waitFor();
	equal(await page.getByText(/^The connection is gone/).count(), 0,
		"the note is gone");
	/* and once more */
	wire.cut();
	wire.mend();
	await mock.step(2);
	await isWhole(page);
}

async function stopWhileGone(t, wire) {
	const { page } = t;
	await begin(t, wire);
	wire.cut();
	await page.getByText(/^The connection is gone/).waitFor();
	await page.keyboard.press("Escape");
	await last(page).getByText("Stopped.").waitFor();
	equal((await answer(page).innerText()).trim(), "t1 t2",
		"what is kept");
}

/* It was away for longer than the answer is kept. */
async function tooLate(t, wire) {
	const { page, allow } = t;
	allow(/status of 410/);
	await begin(t, wire);
	await page.route("**/chat/stream?request_id=*", (route) =>
		route.fulfill({ status: 410, json: {
			code: "expired", status: 410, retryable: false,
			title: "The rest of this answer is no longer kept.",
		} }));
	wire.cut();
	wire.mend();
	await problem(page)
		.getByText("The rest of this answer is no longer kept.")
		.waitFor();
	await problem(page).getByText("What had arrived is kept above.")
		.waitFor();
}

/* The same, where the service keeps what was said: the whole answer, once. */
async function keptLonger(t, wire) {
	const { page } = t;
	await begin(t, wire);
	wire.cut();
	await page.getByText(/^The connection is gone/).waitFor();
	await mock.step(4);
	const id = await settled();
	/* what a feature with content = full would have kept */
	sql(`WITH s AS (
			UPDATE slipway.streams SET expires_at = now()
			WHERE request_id = '${id}'
			RETURNING *
		)
		INSERT INTO slipway.contents (tenant_id, request_id, user_id,
			form, question, answer, cut, expires_at)
		SELECT tenant_id, request_id, user_id, 'full', 'q',
			't1 t2 t3 t4 t5 t6 ', false, now() + interval '1 day'
		FROM s`);
	wire.mend();
	await isWhole(page);
}

/* A device that is offline for longer than any pause: nothing is given up. */
async function offlineForLong(t, wire) {
	const { page, context } = t;
	await begin(t, wire);
	await context.setOffline(true);
	wire.cut();
	await page.getByText(/^The connection is gone/).waitFor();
	wire.mend();
	await mock.step(4);
	await settled();
	await context.setOffline(false);
	await isWhole(page);
}

export const cases = [
	{ name: "resume: what is kept longer", run: throughWire(keptLonger) },
	{ name: "resume: offline for long", run: throughWire(offlineForLong) },
	{ name: "resume: the page takes it up by itself", run: throughWire(goesOn) },
	{ name: "resume: Stop while the connection is gone", run: throughWire(stopWhileGone) },
	{ name: "resume: too late", run: throughWire(tooLate) },
];
