/*
 * From an alert to what is to be done.
 */
import { el } from "../dom.js";
import { urlOf } from "../session.js";

/* Its runbook, named by what the alert says. */
export function runbookLink(page, row) {
	const rule = page.state.rules[row.rule];
	if (!rule || rule.runbook === "")
		return [];
	const a = el("a", "", rule.title);
	a.href = urlOf(`docs/runbooks/${rule.runbook}`);
	return [a];
}
