/*
 * Visitors without an account: where the service lets them in, the browser
 * solves its challenge and has a few free messages.  That happens when somebody
 * begins to write, so who only looks is nobody's work and nobody's row.
 */
import { setCsrf, urlOf } from "./session.js";

let entering = null;

async function visit(keep) {
	const task = await (await fetch(urlOf("auth/challenge"),
		{ cache: "no-store" })).json();
	const { solve } = await import("./proof.js");
	const solution = await solve(task);
	const response = await fetch(urlOf("auth/visitor"), {
		method: "POST",
		headers: {
			accept: "application/json",
			"content-type": "application/json",
		},
		body: JSON.stringify({ challenge: task.challenge, solution }),
	});
	if (!response.ok)
		throw new Error(`the service answers ${response.status}`);
	keep(await response.json());
	return true;
}

/*
 * Become a visitor, once; false when the service does not let us in now.
 * keep({csrf, token}) gets what says so from then on; the cookie has the token.
 */
export function enter(keep = ({ csrf }) => setCsrf(csrf)) {
	entering ??= visit(keep).catch(() => {
		entering = null;
		return false;
	});
	return entering;
}
