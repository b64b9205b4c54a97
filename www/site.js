/*
 * What this service is and offers: GET /auth/offer, from the configuration.
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

/* The service's name, on the page and behind its title. */
export async function sign(title) {
	const name = (await offer())?.name ?? "Slipway";
	document.title = `${title} · ${name}`;
	const brand = document.querySelector(".brand span");
	if (brand)
		brand.textContent = name;
}
