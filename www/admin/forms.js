/*
 * What the admin can change.  Each change is one call of the API; what went
 * wrong stands beside the form in the service's own words.
 */
import { announce, button, copyButton, el } from "../dom.js";
import { urlOf } from "../session.js";
import * as api from "./api.js";
import { confirm, show } from "./dialog.js";
import { diff } from "./diff.js";
import { objects } from "./report.js";

/* page: {state, reload()} of admin.js */

/* Do it, say so, and draw the view anew; an error goes to where. */
async function change(page, where, action, args) {
	try {
		const made = await api.act(action, args);
		announce("Done");
		await page.reload();
		return made;
	} catch (error) {
		where.textContent = error.message;
		where.hidden = false;
		return null;
	}
}

/* An error of a button in a table. */
const told = async (page, action, args) => {
	const where = el("p", "bad");
	if (!await change(page, where, action, args))
		await show("That did not work", where);
};

export function field(name, label, options = {}) {
	const box = el("div");
	const input = el(options.choices ? "select" : options.tag ?? "input");
	const mark = el("label", "", label);

	input.name = name;
	input.id = `form-${options.form}-${name}`;
	mark.htmlFor = input.id;
	if (options.choices)
		input.append(...options.choices.map(([value, text]) => {
			const option = el("option", "", text);
			option.value = value;
			return option;
		}));
	else
		input.autocomplete = "off";
	input.required = options.required ?? false;
	if (options.type)
		input.type = options.type;
	if (options.placeholder)
		input.placeholder = options.placeholder;
	box.append(mark, input);
	return box;
}

/* A form whose fields go to onSubmit(values, where the error goes). */
export function form(title, fields, label, onSubmit) {
	const node = el("form", "form");
	const said = el("p", "said bad");

	said.setAttribute("role", "alert");
	said.hidden = true;
	const send = el("button", "", label);
	node.append(el("h2", "", title), ...fields, send, said);
	node.addEventListener("submit", async (event) => {
		event.preventDefault();
		said.hidden = true;
		send.disabled = true;
		await onSubmit(Object.fromEntries(new FormData(node)), said);
		send.disabled = false;
	});
	return node;
}

export function limitForm(page) {
	const { limits } = page.state;
	const node = form("Set a limit", [
		field("scope", "Of a", { form: "cap",
			choices: [["user", "user"], ["tenant", "tenant"]] }),
		field("name", "Name (TENANT/USER or TENANT)", { form: "cap",
			required: true }),
		field("daily_usd", "US dollars a day, or none", { form: "cap" }),
		field("rpm", "Requests a minute, or none", { form: "cap" }),
	], "Set", (args, said) => change(page, said, "cap_set", args));
	node.append(el("p", "said", "Who has no own limit has those of the " +
		`configuration: a user ${limits.user_daily_usd} USD a day and ` +
		`${limits.user_rpm} requests a minute, a tenant ` +
		`${limits.tenant_daily_usd} USD a day; all together ` +
		`${limits.system_daily_usd} USD a day. 0 requests a minute is no limit.`));
	return node;
}

export function userForm(page) {
	return form("New user", [
		field("name", "Name or e-mail address", { form: "user",
			required: true }),
		field("tenant", "Tenant (default)", { form: "user" }),
		field("role", "Role", { form: "user",
			choices: [["user", "user"], ["admin", "admin"]] }),
	], "Create", (args, said) => change(page, said, "user_create", args));
}

const nameOf = (row) =>
	row.scope === "tenant" ? row.tenant : `${row.tenant}/${row.user}`;

export function limitActions(page, row) {
	if (row.scope === "system")
		return [];
	const name = nameOf(row);
	const args = { scope: row.scope, name, user: name };
	const nodes = [];
	if (row.daily_cap_usd != null || row.uncapped === "t" || row.rpm != null)
		nodes.push(button("Clear limits",
			() => told(page, "cap_clear", args), ""));
	const off = row.disabled_at == null;
	nodes.push(button(off ? "Disable" : "Enable", async () => {
		if (!off || await confirm(`Disable ${name}?`,
			"All keys and sessions are refused from now on.", "Disable"))
			await told(page, `${row.scope}_${off ? "disable" : "enable"}`,
				args);
	}, off ? "danger" : ""));
	return nodes;
}

export function keyForm(page) {
	return form("New API key", [
		field("user", "User (TENANT/USER)", { form: "key", required: true }),
		field("label", "What for", { form: "key" }),
		field("expires_days", "Days until it ends (empty: never)",
			{ form: "key" }),
	], "Create", async (args, said) => {
		const made = await change(page, said, "key_create", args);
		if (!made)
			return;
		const key = el("code", "once", made.key);
		const line = el("p");
		line.append(key);
		await show("The new key",
			el("p", "", "It is shown this once and stored nowhere."), line,
			copyButton("Copy", key, () => made.key));
	});
}

/* The link is shown this once: only a hash of its code is kept. */
async function invite(page, said, args) {
	const made = await change(page, said, "invite_create", args);
	if (!made)
		return null;
	const link = el("code", "once",
		String(new URL(`login/?invite=${made.key}`, urlOf("."))));
	const line = el("p");
	line.append(link);
	await show("The invite", el("p", "", "The link makes an account, once. " +
		"It is shown this once and stored nowhere."), line,
	copyButton("Copy", link, () => link.textContent));
	return made;
}

export function inviteForm(page) {
	return form("New invite", [
		field("email", "For this address only (or empty)", { form: "invite" }),
		field("tenant", "Tenant (default)", { form: "invite" }),
		field("role", "Role", { form: "invite",
			choices: [["user", "user"], ["admin", "admin"]] }),
		field("daily_usd", "US dollars a day, or none", { form: "invite" }),
		field("expires_days", "Days until it ends (7)", { form: "invite" }),
		field("note", "Note", { form: "invite" }),
	], "Invite", (args, said) => invite(page, said, args));
}

export function inviteActions(page, row) {
	if (row.state !== "open")
		return [];
	return [button("Revoke", () => told(page, "invite_revoke",
		{ id: row.id }), "danger")];
}

export function waitActions(page, row) {
	if (row.state !== "waiting")
		return [];
	return [button("Invite", async () => {
		const said = el("p", "bad");
		if (!await invite(page, said, { email: row.email }))
			await show("That did not work", said);
		else
			await told(page, "waitlist_approve", { id: row.id });
	}, ""), button("Reject", () => told(page, "waitlist_reject",
		{ id: row.id }), "danger")];
}

export function revokeAction(page, row) {
	if (row.state === "revoked")
		return [];
	return [button("Revoke", async () => {
		if (await confirm(`Revoke ${row.prefix}… of ${row.user}?`,
			"It is refused from now on and cannot be brought back.",
			"Revoke"))
			await told(page, "key_revoke", { id: row.id });
	}, "danger")];
}

export function switchForm(page) {
	const box = el("div");
	const paused = new Map(page.state.paused.map((p) => [p.feature, p.reason]));
	const names = ["*", ...page.state.features.map((f) => f.name),
		...[...paused.keys()].filter((name) => name !== "*" &&
			!page.state.features.some((f) => f.name === name))];

	for (const name of names) {
		const what = name === "*" ? "everything" : name;
		if (paused.has(name))
			box.append(form(`${name === "*" ? "Everything" : name} is paused`,
				[el("p", "", paused.get(name))], `Resume ${what}`,
				(args, said) => change(page, said, "resume",
					{ feature: name, reason: "" })));
		else
			box.append(form(name === "*" ? "Everything" : name, [
				field("reason", "Reason, for the other operators",
					{ form: `pause-${names.indexOf(name)}` }),
			], `Pause ${what}`, async ({ reason }, said) => {
				if (await confirm(`Pause ${what}?`, "New calls are refused " +
					"on all hosts at once; calls under way finish.",
				`Pause ${what}`))
					await change(page, said, "pause",
						{ feature: name, reason });
			}));
	}
	return box;
}

/* What would change for the feature, against the version before. */
async function compare(row) {
	const all = objects(await api.report("prompts", { feature: row.feature }));
	const at = all.findIndex((p) => p.version === row.version);
	const before = all[at + 1];
	const pre = el("pre", "diff");
	for (const [sign, line] of diff(before?.body ?? "", row.body))
		pre.append(sign === " " ? `  ${line}\n`
			: el(sign === "+" ? "ins" : "del", "", `${sign} ${line}\n`));
	pre.tabIndex = 0;
	await show(before ? `${row.version} against ${before.version}`
		: `${row.version}, the first`, pre);
}

export function promptActions(page, row) {
	const nodes = [button("Compare", () => compare(row), "")];
	if (row.is_pinned === "t")
		nodes.push(button("Unpin", () => told(page, "prompt_unpin",
			{ feature: row.feature }), ""));
	else
		nodes.push(button("Use this one", async () => {
			if (await confirm(`Pin ${row.feature} to ${row.version}?`,
				"All workers use this prompt within a minute, whatever is " +
				"configured, until it is unpinned.", "Pin"))
				await told(page, "prompt_pin",
					{ feature: row.feature, version: row.version });
		}, ""));
	return nodes;
}
