/*
 * What all parts of the page build it from.  Text enters as text nodes only.
 */
import { t } from "./i18n.js";

export function el(tag, className = "", text = "") {
	const node = document.createElement(tag);
	if (className)
		node.className = className;
	node.textContent = text;
	return node;
}

export function button(label, onClick, className = "quiet") {
	const node = el("button", className, label);
	node.type = "button";
	node.addEventListener("click", onClick);
	return node;
}

/*
 * A button that copies what text() gives, and says so.  Where the browser keeps
 * its clipboard to itself (plain http from another machine), source is
 * selected instead.
 */
export function copyButton(label, source, text) {
	const node = button(label, async () => {
		try {
			await navigator.clipboard.writeText(text());
			node.textContent = t("copied");
		} catch {
			getSelection().selectAllChildren(source);
			node.textContent = t("selected");
		}
		announce(node.textContent);
		setTimeout(() => (node.textContent = label), 2000);
	});
	return node;
}

/* For screen readers: a whole sentence or answer once, not each token. */
export function announce(text) {
	document.getElementById("announcer").replaceChildren(el("p", "", text));
}

/* Offer text as a file to keep. */
export function download(name, type, text) {
	const a = el("a");
	a.href = URL.createObjectURL(new Blob([text], { type }));
	a.download = name;
	a.click();
	setTimeout(() => URL.revokeObjectURL(a.href), 10000);
}
