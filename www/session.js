/*
 * Who asks: an API key that stays in this tab and leaves in one header only.
 */
import { forget, read, write } from "./store.js";

let key = read("key", "sessionStorage") ?? "";

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

/* The headers that say who asks. */
export const credentials = () =>
	key === "" ? {} : { authorization: `Bearer ${key}` };

/* The address of a route, wherever this page is mounted. */
export const urlOf = (path) => new URL(path, import.meta.url);
