/*
 * The admin API.  Who asks is an API key in this tab, or the session's cookie;
 * with the cookie a change carries the CSRF token that /me gave.
 */
import { credentials, hasKey, urlOf } from "../session.js";

let csrf = "";

/* A failure that the service explained: its sentence and incident number. */
export class Refusal extends Error {
	constructor(status, problem) {
		super([problem.detail ?? problem.title ??
			`The server answered ${status}.`,
			problem.incident_id].filter(Boolean).join(" · "));
		this.status = status;
	}
}

async function ask(path, options) {
	const response = await fetch(urlOf(path), {
		...options,
		headers: { ...credentials(), ...options?.headers },
	});
	if (response.ok)
		return response;
	throw new Refusal(response.status,
		await response.json().catch(() => ({})));
}

/* For a session: the token that goes with changes. */
export async function begin() {
	if (hasKey())
		return;
	csrf = (await (await ask("me")).json()).csrf ?? "";
}

export const state = async () => (await ask("admin/api/state")).json();

const query = (name, filter, more) => new URLSearchParams(
	Object.entries({ name, ...filter, ...more })
		.filter(([, value]) => value !== ""));

export const report = async (name, filter) =>
	(await ask(`admin/api/report?${query(name, filter)}`)).json();

export const csv = async (name, filter) =>
	(await ask("admin/api/report?" +
		query(name, filter, { format: "csv" }))).text();

export const request = async (id) =>
	(await ask(`admin/api/request?id=${encodeURIComponent(id)}`)).json();

const send = (path, body) => ask(path, {
	method: "POST",
	headers: csrf === "" ? {} : { "x-csrf-token": csrf },
	body: JSON.stringify(body),
});

export const act = async (action, args) =>
	(await send("admin/api/act", { action, args })).json();

/* The ledger beside a provider's export: where a section's rows come from. */
export const reconciled = (provider, usage) => ({
	rows: async () =>
		(await send("admin/api/reconcile", { provider, usage })).json(),
	csv: async () => (await send("admin/api/reconcile",
		{ provider, usage, format: "csv" })).text(),
});
