/*
 * Does the ledger agree with the provider's bill?  The export of its console is
 * sent, compared, and shown; it is kept nowhere.
 */
import { announce, el } from "../dom.js";
import * as api from "./api.js";
import { field, form } from "./forms.js";
import { objects, section } from "./report.js";

/* Those that features ask, by the names that stand before the slash. */
function providers(state) {
	const routes = state.features.flatMap((f) => f.route);
	return [...new Set(routes.filter((entry) => entry.includes("/"))
		.map((entry) => entry.split("/")[0]))].sort();
}

function verdict(body) {
	const rows = objects(body);
	const differ = rows.filter((row) => row.differs === "t").length;
	return differ === 0 ? `All ${rows.length} days and models agree.`
		: `${differ} of ${rows.length} days and models differ.`;
}

async function compared({ provider, file, usage }) {
	const text = file?.size > 0 ? await file.text() : usage;
	return section({ name: "reconcile", title: `Ledger and ${provider}`,
		note: verdict, source: api.reconciled(provider, text) }, {});
}

export function billForm(page) {
	const box = el("div");
	const shown = el("div");
	const node = form("Compare with a provider's bill", [
		field("provider", "Provider", { form: "bill",
			choices: providers(page.state).map((name) => [name, name]) }),
		field("file", "Its usage export (CSV or JSON)",
			{ form: "bill", type: "file" }),
		field("usage", "or the same as text", { form: "bill",
			tag: "textarea" }),
	], "Compare", async (values, said) => {
		try {
			shown.replaceChildren(await compared(values));
			announce(shown.querySelector(".note").textContent);
		} catch (error) {
			shown.replaceChildren();
			said.textContent = error.message;
			said.hidden = false;
		}
	});
	node.append(el("p", "said", "Days are those in UTC. The header names at " +
		"least the day (date) and the model; calls (requests), input_tokens, " +
		"output_tokens and cost_usd are compared. Calls that no provider " +
		"answered do not count."));
	box.append(node, shown);
	return box;
}
