/*
 * What the pages to sign in and of the own account share: requests with the
 * proof that this page sent them, and texts instead of HTML.
 */
import { speak, t } from "./i18n.js";
import { sign } from "./site.js";

export const urlOf = (path) => new URL(path, import.meta.url);

let csrf = "";

export const setCsrf = (token) => {
	csrf = token ?? "";
};

/* The parsed answer; an Error with the service's own words for a refusal. */
export async function ask(path, body) {
	const response = await fetch(urlOf(path), body === undefined
		? { headers: { accept: "application/json" }, cache: "no-store" }
		: {
			method: "POST",
			headers: {
				accept: "application/json",
				"content-type": "application/json",
				"x-csrf-token": csrf,
			},
			body: JSON.stringify(body),
		}).catch(() => null);
	if (response === null)
		throw new Error(t("noConnection"));
	const answer = await response.json().catch(() => ({}));
	if (response.ok)
		return answer;
	const error = new Error([answer.title, answer.detail]
		.filter((text, i, all) => text && all.indexOf(text) === i)
		.join(" ") || t("answers", { status: response.status }));
	error.code = answer.code;
	error.status = response.status;
	throw error;
}

/* The reader's language; title is the key of the window's. */
export async function speakTo(title) {
	await speak(undefined, "people/");
	sign(t(title));
}

export const byId = (id) => document.getElementById(id);

/* A new element with texts or elements in it. */
export function make(name, attributes = {}, ...content) {
	const node = document.createElement(name);
	for (const [key, value] of Object.entries(attributes))
		node.setAttribute(key, value);
	node.append(...content);
	return node;
}

/* Send a form by script; what went wrong is said in its note. */
export function onSend(form, note, send) {
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		note.textContent = "";
		const button = form.querySelector("button");
		button.disabled = true;
		try {
			await send(Object.fromEntries(new FormData(form)));
		} catch (error) {
			note.textContent = error.message;
		}
		button.disabled = false;
	});
}
