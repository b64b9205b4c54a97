/*
 * Visitors without an account: where the service lets them in, the browser
 * solves its challenge and has a few free messages.  That happens when somebody
 * begins to write, so who only looks is nobody's work and nobody's row.
 */
import { setCsrf, urlOf } from "./session.js";

let entering = null;

async function answer(response) {
	if (!response.ok)
		throw new Error(`the service answers ${response.status}`);
	return response.json();
}

async function visit(keep) {
	const task = await answer(await fetch(urlOf("auth/challenge"),
		{ cache: "no-store" }));
	const { solve } = await import("./proof.js");
	const solution = await solve(task);
	keep(await answer(await fetch(urlOf("auth/visitor"), {
		method: "POST",
		headers: {
			accept: "application/json",
			"content-type": "application/json",
		},
		body: JSON.stringify({ challenge: task.challenge, solution }),
	})));
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
