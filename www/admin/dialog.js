/*
 * Questions before what cannot be taken back lightly, and what is shown once.
 */
import { button, el } from "../dom.js";

const dialog = () => document.getElementById("dialog");

function open(title, parts, buttons) {
	const row = el("div", "row");
	const head = el("h2", "", title);

	head.id = "dialog-title";
	row.append(...buttons);
	dialog().replaceChildren(head, ...parts, row);
	dialog().showModal();
	return new Promise((done) => dialog().addEventListener("close",
		() => done(dialog().returnValue === "yes"), { once: true }));
}

const closing = (label, value, className) =>
	button(label, () => dialog().close(value), className);

/* Resolves to true when the answer is yes; Esc is no. */
export function confirm(title, text, yes) {
	dialog().returnValue = "";
	const no = closing("Cancel", "no", "");
	no.autofocus = true;
	return open(title, [el("p", "", text)],
		[no, closing(yes, "yes", "danger")]);
}

/* Show nodes until they are closed. */
export function show(title, ...parts) {
	return open(title, parts, [closing("Close", "no", "")]);
}
