/*
 * What went wrong, in words: each kind has its own.  A banner always says what
 * happened, what the reader can do, and the incident id to tell the operator.
 */
import { announce, button, copyButton, el } from "./dom.js";
import { has, t, time } from "./i18n.js";
import { hasKey } from "./session.js";

/* The server's codes by what they mean to a reader. */
const KINDS = {
	rate_limited: "burst",
	busy: "busy", restarting: "busy", database_unavailable: "busy",
	key_cap: "budget", user_cap: "budget", tenant_cap: "budgetAll", system_cap: "budgetAll",
	paused: "paused",
	upstream_error: "provider", upstream_timeout: "provider",
	upstream_rate_limited: "provider", upstream_quota: "provider",
	upstream_auth: "provider", not_asked: "provider", degraded: "provider",
	upstream_cut: "broken",
	content_blocked: "blocked", upstream_rejected: "blocked",
	unauthorized: "signedOut", sign_up: "signUp", forbidden: "forbidden",
	too_large: "tooLarge", expired: "expired",
	broken: "broken", offline: "offline", lost: "lost", garbled: "garbled",
};

export const kindOf = (problem) => KINDS[problem.code] ?? "other";

function incident(requestId) {
	const p = el("p", "incident", `${t("incident")} `);
	const code = el("code", "", requestId);
	p.append(code, " ", copyButton(t("copyIncident"), code, () => requestId));
	return p;
}

function resetSentence(waitMs) {
	return t("budgetResets", {
		time: time(Date.now() + waitMs, {
			weekday: "long", hour: "2-digit", minute: "2-digit",
			timeZoneName: "short",
		}),
	});
}

/* Disable node for waitMs and show the seconds that are left on it. */
function countDown(node, waitMs) {
	const label = node.textContent;
	const until = performance.now() + waitMs;
	const tick = () => {
		const left = until - performance.now();
		node.disabled = left > 0;
		node.textContent = left > 0
			? t("inSeconds", { label, n: Math.ceil(left / 1000) })
			: label;
		if (left > 0)
			setTimeout(tick, Math.min(left, 500));
	};
	tick();
}

/* Nobody is signed in, and not for a key that is wrong. */
const isSessionOver = (kind) => kind === "signedOut" && !hasKey();

function loginLink(text) {
	const a = el("a", "", text);
	a.href = new URL("login/", import.meta.url);
	return a;
}

/*
 * The banner of problem.
 *
 * partial  some of the answer had arrived
 * actions  {again, more, signIn}: what its buttons do
 */
export function banner(problem, partial, actions) {
	const kind = kindOf(problem);
	const box = el("div", `problem ${kind}`);
	const title = kind === "other" && problem.title
		? problem.title : t(`${kind}Title`);
	const isBudget = kind.startsWith("budget");
	box.append(el("p", "words", title));
	const hint = isSessionOver(kind) ? "sessionHint" : `${kind}Hint`;
	if (has(hint))
		box.append(el("p", "", t(hint)));
	else if (kind === "other" && problem.detail)
		box.append(el("p", "", problem.detail));
	if (isBudget && problem.waitMs > 0)
		box.append(el("p", "", resetSentence(problem.waitMs)));
	if (partial)
		box.append(el("p", "", t("partialKept")));
	if (problem.requestId)
		box.append(incident(problem.requestId));
	box.append(actionRow(problem, kind, partial, actions));
	announce(`${t("noAnswer")} ${title}`);
	return box;
}

function actionRow(problem, kind, partial, { again, more, signIn }) {
	const row = el("p", "actions");
	const status = el("a", "", t("statusPage"));
	if (isSessionOver(kind))
		row.append(loginLink(t("signInShort")));
	else if (kind === "signedOut")
		row.append(button(t("signIn"), signIn));
	if (kind === "signUp")
		row.append(loginLink(t("signUpLink")));
	if (partial && problem.retryable)
		row.append(button(t("continue"), more));
	if (problem.retryable || kind === "offline") {
		const retry = button(t("tryAgain"), again);
		row.append(retry);
		if (problem.waitMs > 0)
			countDown(retry, problem.waitMs);
		if (kind === "offline")
			waitForNetwork(retry);
	}
	status.href = new URL("status/", import.meta.url);
	row.append(status);
	return row;
}

/* Nothing can be tried before the device is online again. */
function waitForNetwork(node) {
	node.disabled = !navigator.onLine;
	addEventListener("online", () => (node.disabled = false), { once: true });
}
