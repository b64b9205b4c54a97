/*
 * The dialogs beside the conversation: history, settings, keys.
 */
import { announce, button, download, el } from "./dom.js";
import { language, speak, t, time } from "./i18n.js";
import { deleteTalk, read, talks, write } from "./store.js";

const $ = (id) => document.getElementById(id);

export const singleKeys = () => read("singleKeys") !== "off";
export const keepsTalks = () => read("keepTalks") !== "off";

/* history */

function talkItem(talk, onOpen) {
	const li = el("li");
	const open = button(talk.title, () => {
		$("history").close();
		onOpen(talk);
	}, "quiet title");
	open.dir = "auto";
	const remove = button(t("delete"), () => {
		deleteTalk(talk.id);
		li.remove();
		announce(t("deleted"));
		emptyNote();
		$("history").querySelector("button").focus();
	});
	remove.setAttribute("aria-label", t("deleteTalk", { title: talk.title }));
	const when = el("time", "help", time(talk.at, {
		dateStyle: "medium", timeStyle: "short",
	}));
	when.dateTime = new Date(talk.at).toISOString();
	li.append(open, when, remove);
	return li;
}

function emptyNote() {
	const none = $("talks").children.length === 0;
	$("exportTalks").disabled = $("deleteTalks").disabled = none;
	if (none)
		$("talks").append(el("li", "help", t("noTalks")));
}

function showHistory(onOpen) {
	$("talks").replaceChildren(...talks().map((one) => talkItem(one, onOpen)));
	emptyNote();
	$("deleteTalks").textContent = t("deleteAll");
	$("history").showModal();
}

function exportTalks() {
	const day = new Date().toISOString().slice(0, 10);
	download(`conversations-${day}.json`, "application/json",
		JSON.stringify({ conversations: talks() }, null, "\t"));
}

/* The first press asks, the second deletes. */
function deleteAll() {
	if ($("deleteTalks").textContent !== t("deleteSure")) {
		$("deleteTalks").textContent = t("deleteSure");
		return;
	}
	talks().forEach((talk) => deleteTalk(talk.id));
	$("talks").replaceChildren();
	$("deleteTalks").textContent = t("deleteAll");
	emptyNote();
	announce(t("deleted"));
}

/* settings */

function bindCheckbox(id) {
	$(id).checked = read(id) !== "off";
	$(id).addEventListener("change", () =>
		write(id, $(id).checked ? "on" : "off"));
}

function bindSettings() {
	$("language").value = language;
	$("language").addEventListener("change", async () => {
		write("language", $("language").value);
		await speak($("language").value);
		dispatchEvent(new Event("words"));
	});
	$("theme").value = read("theme") ?? "";
	$("theme").addEventListener("change", () => {
		write("theme", $("theme").value);
		document.documentElement.dataset.theme = $("theme").value;
	});
	bindCheckbox("singleKeys");
	bindCheckbox("keepTalks");
}

/* Shortcuts of one key work outside of text fields, unless turned off. */
function onKey(event) {
	if (!singleKeys() || event.ctrlKey || event.metaKey || event.altKey ||
	    event.isComposing || document.querySelector("dialog[open]") ||
	    event.target.closest("input, textarea, select"))
		return;
	if (event.key === "/")
		$("question").focus();
	else if (event.key === "?")
		$("shortcuts").showModal();
	else
		return;
	event.preventDefault();
}

/* onOpen(talk): the reader chose a conversation of the history. */
export function startPanels(onOpen) {
	$("openHistory").addEventListener("click", () => showHistory(onOpen));
	$("openSettings").addEventListener("click", () =>
		$("settings").showModal());
	$("exportTalks").addEventListener("click", exportTalks);
	$("deleteTalks").addEventListener("click", deleteAll);
	for (const dialog of document.querySelectorAll("dialog"))
		dialog.querySelector(".close").addEventListener("click", () =>
			dialog.close());
	bindSettings();
	addEventListener("keydown", onKey);
}
