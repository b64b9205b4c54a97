/*
 * Words: one JSON file per language under lang/.  The pages are in
 * English; data-t="key" gives an element its text from the file,
 * data-t-ATTRIBUTE="key" that attribute.
 */
import { read } from "./store.js";

const LANGUAGES = ["en", "de"];
const ATTRIBUTES = ["aria-label", "placeholder", "title"];

let words = {};
export let language = "en";

/* The words of key, with {name} replaced by values.name. */
export function t(key, values = {}) {
	const text = words[key] ?? key;
	return text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

export const has = (key) => key in words;

export function preferred() {
	const wanted = [new URLSearchParams(location.search).get("lang"),
		read("language"), ...navigator.languages];
	return wanted.map((tag) => (tag ?? "").split("-")[0])
		.find((tag) => LANGUAGES.includes(tag)) ?? "en";
}

/*
 * Load the reader's language and put it into the page.
 *
 * parts  folders of lang/ with the words of the page: "people/"
 */
export async function speak(wanted = preferred(), ...parts) {
	const urls = (parts.length > 0 ? parts : [""]).map((part) =>
		new URL(`lang/${part}${wanted}.json`, import.meta.url));
	words = Object.assign({}, ...await Promise.all(urls.map(async (url) =>
		(await fetch(url)).json())));
	language = wanted;
	document.documentElement.lang = wanted;
	document.documentElement.dir = words.dir;
	for (const node of document.querySelectorAll("[data-t]"))
		node.textContent = t(node.dataset.t);
	for (const name of ATTRIBUTES)
		for (const node of document.querySelectorAll(`[data-t-${name}]`))
			node.setAttribute(name, t(node.getAttribute(`data-t-${name}`)));
}

export const number = (value, options) =>
	new Intl.NumberFormat(language, options).format(value);

/* Small amounts keep the digits that tell them apart. */
export const money = (usd) => number(usd, {
	style: "currency", currency: "USD",
	...(usd > 0 && usd < 0.1 ? { maximumSignificantDigits: 3 } : {}),
});

export const time = (ms, options) =>
	new Intl.DateTimeFormat(language, options).format(ms);
