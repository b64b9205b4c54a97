/*
 * What the browser tests share: one page per case in a browser of its own
 * profile, the mock provider's controls, and a watch over each page: nothing
 * may leave the origin, no policy may be broken, no error may be logged.
 */
import { chromium } from "playwright-core";

export const site = {
	url: process.env.SITE_URL,
	mock: process.env.MOCK_URL,
	tools: process.env.TOOLS_URL, /* tools.mjs */
	/* the site's own, and the wires to it (wire.mjs) */
	origins: new Set([new URL(process.env.SITE_URL).origin]),
	key: process.env.SITE_KEY,
	limitedKey: process.env.LIMITED_KEY, /* one request a minute */
	cappedKey: process.env.CAPPED_KEY, /* a budget of nothing */
};

export function assert(ok, message) {
	if (!ok)
		throw new Error(message);
}

/* A safety net for a machine that stands still now and then, no measure. */
export const PATIENCE_MS = 60000;

/* Until what read() gives holds; that is returned. */
export async function until(what, read, holds) {
	const end = Date.now() + PATIENCE_MS;
	for (;;) {
		const is = await read();
		if (holds(is))
			return is;
		assert(Date.now() < end,
			`waited for ${what}; last seen: ${JSON.stringify(is)}`);
		await new Promise((go) => setTimeout(go, 25));
	}
}

/* The same where what is read must come to be wanted. */
export const becomes = (read, wanted, what) => until(
	`${what} to be ${JSON.stringify(wanted)}`, read,
	(is) => JSON.stringify(is) === JSON.stringify(wanted));

export function equal(is, wanted, what) {
	const [a, b] = [JSON.stringify(is), JSON.stringify(wanted)];
	assert(a === b, `${what}: ${a} instead of ${b}`);
}

/* The mock provider; tests/mock/README.md has its language. */
export const mock = {
	model: "gpt-5-mini",

	async post(path) {
		const response = await fetch(site.mock + path,
			{ method: "POST" });
		assert(response.ok, `mock ${path}: ${response.status}`);
	},

	/* What the model does from now on. */
	async script(script) {
		await this.post("/_mock/reset");
		await this.post(`/_mock/script?model=${this.model}&script=` +
			encodeURIComponent(script));
	},

	async calls() {
		return (await fetch(`${site.mock}/_mock/calls`)).json();
	},

	waitFor(what, test) {
		return until(`the mock provider to see ${what}`,
			() => this.calls(), test);
	},

	/* Let n more tokens out of the gate. */
	async step(n = 1) {
		await this.post(`/_mock/step?n=${n}`);
	},
};

export function launch() {
	const flags = ["--disable-gpu", "--disable-background-networking",
		"--disable-component-update", "--disable-sync",
		"--no-first-run", "--disable-quic"];

	if (process.getuid() === 0)
		flags.push("--no-sandbox");
	return chromium.launch({
		executablePath: process.env.CHROMIUM,
		args: flags,
	});
}

/* Collect what the page does that it must not. */
function watch(page, faults, allowed) {
	page.on("request", (request) => {
		const url = new URL(request.url());
		if (!site.origins.has(url.origin) &&
		    url.protocol !== "data:")
			faults.push(`request to ${url.origin}`);
	});
	page.on("console", (message) => {
		const text = message.text();
		/* how the chat page learns that nobody is signed in */
		if (/status of 401/.test(text) &&
		    message.location().url.endsWith("/me"))
			return;
		if (["error", "warning"].includes(message.type()) &&
		    !allowed.some((pattern) => pattern.test(text)))
			faults.push(`console: ${text}`);
	});
	page.on("pageerror", (error) => faults.push(`script: ${error}`));
}

/*
 * Run one case: {name, run(t), width, height, scheme, script: false}.
 * t.page is the page, t.allow(pattern) excuses a line of the console.
 */
export async function runCase(browser, one) {
	const context = await browser.newContext({
		viewport: { width: one.width ?? 1280, height: one.height ?? 800 },
		colorScheme: one.scheme ?? "light",
		javaScriptEnabled: one.script ?? true,
		baseURL: site.url,
	});
	const page = await context.newPage();
	const faults = [];
	const allowed = [];

	page.setDefaultTimeout(PATIENCE_MS);
	watch(page, faults, allowed);
	try {
		await one.run({
			page, context,
			allow: (pattern) => allowed.push(pattern),
		});
		equal(faults, [], "what the page must not do");
	} catch (error) {
		if (process.env.SCREENSHOTS)
			await page.screenshot({
				path: `${process.env.SCREENSHOTS}/` +
					one.name.replace(/\W+/g, "-") + ".png",
			});
		throw error;
	} finally {
		await context.close();
	}
}

const today = () => new Date().toISOString().slice(0, 10);

/* Budgets are of one day: a case in which it ended says nothing. */
async function withinADay(run) {
	const day = today();
	try {
		await run();
	} catch (error) {
		if (today() === day)
			throw error;
		console.log(`        the day ended meanwhile: ${error.message}`);
		await run();
	}
}

/* Run all, print a line for each and the sum; true when none failed. */
export async function runAll(cases, runOne) {
	let passed = 0;
	let failed = 0;

	for (const one of cases) {
		try {
			await withinADay(() => runOne(one));
			passed++;
			console.log(`ok      ${one.name}`);
		} catch (error) {
			failed++;
			console.log(`FAILED  ${one.name}\n${error.stack}`);
		}
	}
	return { passed, failed };
}
