/*
 * The chat page: key, question, conversation, history.
 */
import { answerInto } from "./asking.js";
import { el } from "./dom.js";
import { money, speak, t } from "./i18n.js";
import { keepsTalks, startPanels } from "./panels.js";
import {
	account, forgetKey, hasKey, mayAsk, setKey, urlOf,
} from "./session.js";
import { offer, sign } from "./site.js";
import { deleteTalk, saveTalk } from "./store.js";
import { Turn } from "./turn.js";
import { enter } from "./visitor.js";

/* How much of the conversation goes along with a question. */
const HISTORY_TURNS = 6;
const HISTORY_CHARS = 16000;
const TITLE_CHARS = 80;

/* The elements of index.html by their id. */
const page = {};
for (const node of document.querySelectorAll("[id]"))
	page[node.id] = node;

let turns = []; /* ended, oldest first */
let talkId = crypto.randomUUID?.() ?? `${Date.now()}`;
let stopper = null; /* AbortController of the answer being written */
let editing = null; /* the turn whose question is being changed */
let there = null; /* /auth/offer */
let free = null; /* messages without an account, by feature; null: none */
let used = {}; /* how many of them were sent */
let stick = true; /* keep the latest text in view */

/* the key */

function showKey(open, note = "") {
	const has = hasKey();
	page.keyNote.textContent = note;
	page.keyForm.hidden = !open;
	page.keyToggle.textContent = t(has ? "keySet" : "addKey");
	page.keyToggle.classList.toggle("set", has);
	page.keyToggle.ariaExpanded = open;
	page.keyClear.hidden = !has;
}

function askForKey(note = "") {
	showKey(true, note);
	page.key.focus();
}

function saveKey(event) {
	event.preventDefault();
	const key = page.key.value.trim();
	if (!setKey(key))
		return askForKey(t(key === "" ? "keyMissing" : "keyMalformed"));
	page.key.value = "";
	showKey(false);
	showAccount();
	page.question.focus();
}

function clearKey() {
	forgetKey();
	page.key.value = "";
	askForKey(t("keyGone"));
}

/* what there is to ask */

const chosen = () => there?.features.find(({ name }) =>
	name === page.feature.value);

const titleOf = ({ name, title }) => title ||
	({ docs: t("documents"), chat: t("chat") })[name] || name;

function showExamples(examples) {
	page.examples.replaceChildren(...examples.map((text) => {
		const button = el("button", "example", text);
		button.type = "button";
		return button;
	}));
}

/* Of the chosen feature. */
function showWelcome() {
	const one = chosen();
	if (!one)
		return;
	page.welcomeText.textContent = there.welcome || t(one.quotes
		? "welcomeQuotes" : one.documents ? "welcomeDocuments"
		: "welcomeChat");
	showExamples(one.examples);
}

/* The features of the configuration, in its order. */
async function showFeatures() {
	there = await offer();
	if (there === null || there.features.length === 0)
		return;
	const before = new URLSearchParams(location.search).get("feature") ??
		page.feature.value;
	page.feature.replaceChildren(...there.features.map((one) =>
		new Option(titleOf(one), one.name)));
	if (there.features.some(({ name }) => name === before))
		page.feature.value = before;
	page.feature.hidden = there.features.length === 1;
	page.demoLink.hidden = !there.demo;
	showWelcome();
}

/* scrolling */

function onScroll() {
	const doc = document.documentElement;
	stick = doc.scrollHeight - innerHeight - scrollY < 60;
	page.jump.hidden = stick || !page.thread.firstChild;
}

function onDraw() {
	if (stick)
		scrollTo(0, document.documentElement.scrollHeight);
	else
		page.jump.hidden = false;
}

/* the conversation */

/* The messages to send: the latest turns that fit, and the question. */
function messages(question) {
	const list = [{ role: "user", content: question }];
	let chars = question.length;
	const said = turns.filter((one) => one.text !== "").slice(-HISTORY_TURNS);
	for (const turn of said.reverse()) {
		chars += turn.question.length + turn.text.length;
		if (chars > HISTORY_CHARS)
			break;
		list.unshift({ role: "user", content: turn.question },
			{ role: "assistant", content: turn.text });
	}
	return list;
}

function keep() {
	const said = turns.filter((turn) => turn.text !== "");
	if (!keepsTalks())
		return;
	if (said.length === 0)
		return deleteTalk(talkId);
	saveTalk({
		id: talkId, at: Date.now(),
		title: said[0].question.slice(0, TITLE_CHARS),
		turns: said.map((turn) => turn.kept()),
	});
}

/* Only the last turn can be asked again or changed. */
function setActions() {
	const last = turns.at(-1);
	for (const turn of turns)
		turn.setActions(turn !== last ? [] : [
			[t("regenerate"), () => again(turn)],
			[t("edit"), () => edit(turn)],
		]);
}

function setBusy(busy) {
	page.send.textContent = t(busy ? "stop" : "send");
	page.send.classList.toggle("stop", busy);
	page.fresh.hidden = busy || turns.length === 0;
}

function drop(turn) {
	turns = turns.filter((one) => one !== turn);
	turn.node.remove();
}

/* The same question once more, in the place of its answer. */
function again(turn) {
	if (stopper)
		return;
	drop(turn);
	page.question.focus();
	ask(turn.question);
}

function edit(turn) {
	if (stopper || !turn)
		return;
	editing = turn;
	page.editing.hidden = false;
	page.question.value = turn.question;
	fit();
	page.question.focus();
}

function endEdit() {
	editing = null;
	page.editing.hidden = true;
}

function startOver() {
	turns = [];
	talkId = crypto.randomUUID?.() ?? `${Date.now()}`;
	endEdit();
	page.thread.replaceChildren();
	page.announcer.replaceChildren();
	page.welcome.hidden = false;
	setBusy(false);
	onScroll();
	page.question.focus();
}

function openTalk(talk) {
	if (stopper)
		stopper.abort();
	startOver();
	talkId = talk.id;
	page.welcome.hidden = true;
	turns = talk.turns.map((kept) => Turn.restore(kept, () => {}));
	page.thread.append(...turns.map((turn) => turn.node));
	setActions();
	setBusy(false);
	stick = true;
	onDraw();
}

/* an answer */

function link(text, path) {
	const a = el("a", "", text);
	a.href = urlOf(path);
	return a;
}

/* What somebody without an account has left of the chosen feature. */
function showFree() {
	const name = page.feature.value;
	const left = Math.max(0, free?.[name] - (used[name] ?? 0));
	page.budget.hidden = Number.isNaN(left);
	page.budget.replaceChildren(t("freeMessages", { left, of: free?.[name] }));
	if (left === 0)
		page.budget.append(" ", link(t("signUpLink"), "login/"));
}

function showMoney({ daily_usd: limit, left_usd: left } = {}) {
	page.budget.hidden = limit == null;
	if (limit != null)
		page.budget.textContent = t("budgetMoney", {
			left: money(Number(left)), limit: money(Number(limit)),
		});
}

/* Who asks, and what is left: of money, or of a visitor's free messages. */
async function showAccount() {
	const me = await account();
	const isPerson = me?.user.signed_in_with === "session";
	page.keyToggle.hidden = isPerson;
	page.toLogin.hidden = isPerson;
	page.toAccount.hidden = !isPerson;
	page.toAgents.hidden = !me?.has_agents;
	free = hasKey() || isPerson ? null
		: me?.free ?? free ?? there?.anonymous ?? null;
	used = me?.messages ?? {};
	if (turnToFree())
		showFree();
	else
		showMoney(me?.limits);
}

/* Choose what is free here; false when nothing of it is. */
function turnToFree() {
	const names = [...page.feature.options].map((option) => option.value)
		.filter((name) => name in (free ?? {}));
	if (names.length === 0)
		free = null;
	else if (!names.includes(page.feature.value) && !page.thread.firstChild)
		page.feature.value = names[0];
	showWelcome();
	return free !== null;
}

/* A visitor's browser begins its work with the first letter. */
const prepare = () => mayAsk() || free === null || enter();

function show(turn, problem) {
	turn.problem(problem, {
		/* a part that had arrived is not thrown away */
		again: () => turn.text === "" || problem.code === "degraded"
			? again(turn) : ask(turn.question),
		more: () => ask(t("continueQuestion")),
		signIn: () => askForKey(),
	});
}

async function ask(question) {
	const turn = new Turn(question, onDraw);
	const stop = stopper = new AbortController();
	stick = true;
	page.welcome.hidden = true;
	page.thread.append(turn.node);
	turns.forEach((one) => one.setActions([]));
	turn.think();
	setBusy(true);
	onDraw();
	await answerInto(turn, {
		body: { messages: messages(question), feature: page.feature.value },
		signal: stop.signal, documents: chosen()?.documents,
		fail: (problem) => show(turn, problem),
	});
	if (stopper !== stop)
		return; /* another conversation was opened */
	stopper = null;
	turns.push(turn);
	setActions();
	setBusy(false);
	keep();
	showAccount();
}

/* the composer */

function submit(event) {
	event?.preventDefault();
	if (stopper)
		return stopper.abort();
	if (page.send.disabled)
		return; /* the visitor is on the way in */
	const question = page.question.value.trim();
	if (question === "")
		return page.question.focus();
	if (!mayAsk())
		return free === null ? askForKey(t("keyFirst")) : arrive();
	if (editing)
		drop(editing);
	endEdit();
	page.question.value = "";
	fit();
	ask(question);
}

/* A visitor's first question waits until the browser has done its work. */
async function arrive() {
	page.send.disabled = true;
	page.budget.textContent = t("visitorWait");
	const isIn = await enter();
	page.send.disabled = false;
	if (isIn && !mayAsk())
		await showAccount(); /* an older answer said that nobody is in */
	if (mayAsk()) {
		showKey(false);
		return submit();
	}
	showFree();
	askForKey(t("visitorRefused"));
}

/* The field grows with its text up to the height that the style allows. */
function fit() {
	page.question.style.height = "auto";
	page.question.style.height = `${page.question.scrollHeight + 2}px`;
}

function onQuestionKey(event) {
	/* an input method ends its word with Enter, too */
	if (event.isComposing || event.keyCode === 229)
		return;
	if (event.key === "ArrowUp" && page.question.value === "" &&
	    turns.length > 0) {
		event.preventDefault();
		return edit(turns.at(-1));
	}
	if (event.key !== "Enter" || event.shiftKey)
		return;
	event.preventDefault();
	if (!stopper)
		submit();
}

function onEscape(event) {
	if (event.key !== "Escape" || event.isComposing ||
	    document.querySelector("dialog[open]"))
		return;
	if (stopper)
		stopper.abort();
	else if (editing)
		cancelEdit();
}

function cancelEdit() {
	endEdit();
	page.question.value = "";
	fit();
	page.question.focus();
}

function useExample(event) {
	if (!event.target.matches(".example"))
		return;
	page.question.value = event.target.textContent;
	fit();
	submit();
}

function jump() {
	stick = true;
	onDraw();
	page.question.focus();
}

/* After a change of language: what has no data-t. */
function relabel() {
	sign(t("pageTitle"));
	for (const option of page.feature.options)
		option.textContent = titleOf(there?.features.find(({ name }) =>
			name === option.value) ?? { name: option.value });
	showWelcome();
	setBusy(stopper !== null);
	showKey(!page.keyForm.hidden);
	setActions();
}

async function start() {
	await speak();
	startPanels(openTalk);
	relabel();
	page.keyForm.addEventListener("submit", saveKey);
	page.keyClear.addEventListener("click", clearKey);
	page.keyToggle.addEventListener("click", () =>
		page.keyForm.hidden ? askForKey() : showKey(false));
	page.ask.noValidate = true; /* Stop is a submit without a question */
	page.ask.addEventListener("submit", submit);
	page.cancelEdit.addEventListener("click", cancelEdit);
	page.question.addEventListener("keydown", onQuestionKey);
	page.question.addEventListener("input", fit);
	page.question.addEventListener("input", prepare, { once: true });
	page.feature.addEventListener("change", () => {
		showWelcome();
		if (free)
			showFree();
	});
	page.welcome.addEventListener("click", useExample);
	page.fresh.addEventListener("click", startOver);
	page.jump.addEventListener("click", jump);
	addEventListener("scroll", onScroll, { passive: true });
	addEventListener("keydown", onEscape);
	addEventListener("words", relabel);
	await showFeatures();
	await showAccount();
	const welcome = mayAsk() || free !== null;
	showKey(!welcome);
	if (welcome && matchMedia("(hover: hover)").matches)
		page.question.focus();
}

start();
