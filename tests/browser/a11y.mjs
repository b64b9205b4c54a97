/*
 * Accessibility as axe-core finds it: what is serious or critical.
 */
import { readFileSync } from "node:fs";

const AXE = readFileSync(new URL("node_modules/axe-core/axe.min.js",
	import.meta.url), "utf8");
const SERIOUS = ["serious", "critical"];

/* What axe says of the page as it stands, a line for each rule. */
export async function findings(page) {
	await page.evaluate(AXE);
	const { violations } = await page.evaluate(() => globalThis.axe.run());
	return violations.filter((one) => SERIOUS.includes(one.impact))
		.map((one) => `${one.id}: ${one.nodes[0].html}: ` +
			one.nodes[0].failureSummary);
}
