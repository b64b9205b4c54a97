/*
 * What this service is: its name, what can be asked, what people without an
 * account may do.  GET /auth/offer says it from the configuration.
 */
import { urlOf } from "./session.js";

let asked = null;

async function fetchOffer() {
	const response = await fetch(urlOf("auth/offer"),
		{ cache: "no-store" }).catch(() => null);
	const offer = response?.ok ? await response.json().catch(() => null) : null;
	if (offer === null)
		asked = null; /* another time */
	return offer;
}

/* Asked once for a page; null when it cannot be asked now. */
export const offer = () => asked ??= fetchOffer();

/* The name of the service at the head of the page, and behind its title. */
export async function sign(title) {
	const name = (await offer())?.name ?? "Slipway";
	document.title = `${title} · ${name}`;
	const brand = document.querySelector(".brand span");
	if (brand)
		brand.textContent = name;
}
