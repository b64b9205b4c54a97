/*
 * Who asks: an API key that stays in this tab and leaves in one header only, or
 * a session in a cookie that no script sees.
 */
import { forget, read, write } from "./store.js";

let key = read("key", "sessionStorage") ?? "";
let csrf = ""; /* what proves that this page sends what a session asks */

export const hasKey = () => key !== "";

/* Returns false for what cannot be a key. */
export function setKey(text) {
	if (!/^[\x21-\x7e]+$/.test(text))
		return false;
	key = text;
	write("key", key, "sessionStorage");
	return true;
}

export function forgetKey() {
	key = "";
	forget("key", "sessionStorage");
}

/*
 * A visitor in a frame on another site, where no cookie comes along: the token
 * is kept beside the key, for this tab, and leaves in the same header.
 */
export function setVisitor(token) {
	key = token;
	write("visitor", token, "sessionStorage");
}

export function resumeVisitor() {
	key = read("visitor", "sessionStorage") ?? "";
}

/* The headers that say who asks. */
export const credentials = () =>
	key !== "" ? { authorization: `Bearer ${key}` }
	: csrf !== "" ? { "x-csrf-token": csrf } : {};

/* What a visitor got together with the cookie. */
export const setCsrf = (token) => {
	csrf = token;
};

export const mayAsk = () => key !== "" || csrf !== "";

/* The address of a route, wherever this page is mounted. */
export const urlOf = (path) => new URL(path, import.meta.url);

/* The account of who asks, as GET /me says; null when nobody is signed in. */
export async function account() {
	const response = await fetch(urlOf("me"), {
		headers: { ...credentials(), accept: "application/json" },
		cache: "no-store",
	}).catch(() => null);
	/* a refusal is read, too, or the browser keeps waiting for its rest */
	const body = await response?.json().catch(() => null);
	const me = response?.ok ? body : null;
	if (key === "")
		csrf = me?.csrf ?? "";
	return me;
}
