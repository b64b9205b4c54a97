/*
 * The chat in a frame on another site (widget.js puts it there, the worker
 * `widget` writes the page).  Cookies do not come along into a frame, so a
 * visitor's token stays in its sessionStorage and leaves in one header only;
 * the page around gets nothing but the wish to close.
 */
import { answerInto } from "./asking.js";
import { speak, t } from "./i18n.js";
import {
	account, mayAsk, resumeVisitor, setVisitor, urlOf,
} from "./session.js";
import { offer } from "./site.js";
import { Turn } from "./turn.js";
import { enter } from "./visitor.js";

const HISTORY_TURNS = 6;

const page = {};
for (const node of document.querySelectorAll("[id]"))
	page[node.id] = node;
const wish = new URLSearchParams(location.search);

let feature = wish.get("feature") ?? "";
let turns = [];
let stopper = null; /* AbortController of the answer being written */
let documents = false; /* the feature searches in them */
let free = null; /* messages without an account, by feature */
let stick = true; /* keep the latest text in view */

/* the page around */

let host = ""; /* its origin, once it has said something */

/* Only who may frame us can be the parent, but say it to nobody else. */
function onMessage(event) {
	const listed = document.documentElement.dataset.origins.split(" ");
	if (event.source !== parent || event.data?.slipway !== "open" ||
	    ![...listed, location.origin].includes(event.origin))
		return;
	host = event.origin;
	page.close.hidden = false;
	page.question.focus();
}

function close() {
	if (host !== "")
		parent.postMessage({ slipway: "close" }, host);
}

/* What the site's attributes ask for. */
function dress() {
	const root = document.documentElement;
	const theme = wish.get("theme");
	const color = wish.get("color") ?? "";
	if (["light", "dark"].includes(theme))
		root.dataset.theme = theme;
	if (/^#[\da-f]{6}$/i.test(color)) {
		root.style.setProperty("--brand", color);
		root.style.setProperty("--on-brand",
			wish.get("ink") === "black" ? "#000" : "#fff");
	}
	if (wish.get("title"))
		document.title = page.title.textContent = wish.get("title");
}

/* who asks */

async function showAccount() {
	const me = await account();
	const there = await offer();
	free = me ? me.free ?? null : there?.anonymous ?? null;
	feature ||= Object.keys(free ?? {})[0] ?? there?.features[0]?.name ??
		"docs";
	documents = there?.features.find(({ name }) => name === feature)
		?.documents;
	const limit = free?.[feature];
	page.budget.hidden = limit == null;
	const left = Math.max(0, limit - (me?.messages?.[feature] ?? 0));
	if (limit != null)
		page.budget.textContent = t("freeMessages", { left, of: limit });
	sayClosed(left === 0 ? t("signUpTitle")
		: mayAsk() || limit != null ? "" : t("frameClosed"));
}

/* Why nothing can be asked here; the page of our own may do more. */
function sayClosed(why) {
	page.closed.hidden = why === "";
	page.why.textContent = why;
}

/* Become a visitor when the first question is asked; false: not now. */
async function arrive() {
	if (mayAsk())
		return true;
	page.send.disabled = true;
	page.budget.hidden = false;
	page.budget.textContent = t("visitorWait");
	const isIn = await enter(({ token }) => setVisitor(token));
	page.send.disabled = false;
	sayClosed(isIn ? "" : t("visitorRefused"));
	return isIn;
}

/* the conversation */

function onScroll() {
	const doc = document.documentElement;
	stick = doc.scrollHeight - innerHeight - scrollY < 60;
}

function onDraw() {
	if (stick)
		scrollTo(0, document.documentElement.scrollHeight);
}

function setBusy(busy) {
	page.send.textContent = t(busy ? "stop" : "send");
	page.send.classList.toggle("stop", busy);
	page.fresh.hidden = busy || turns.length === 0;
}

function messages(question) {
	const said = turns.filter((one) => one.text !== "").slice(-HISTORY_TURNS);
	return [...said.flatMap((turn) => [
		{ role: "user", content: turn.question },
		{ role: "assistant", content: turn.text },
	]), { role: "user", content: question }];
}

async function ask(question) {
	const turn = new Turn(question, onDraw);
	const stop = stopper = new AbortController();
	stick = true;
	page.welcome.hidden = true;
	page.thread.append(turn.node);
	turn.think();
	setBusy(true);
	onDraw();
	await answerInto(turn, {
		body: { messages: messages(question), feature },
		signal: stop.signal, brief: true, documents,
		fail: (problem) => turn.problem(problem, {
			again: () => ask(question),
			more: () => ask(t("continueQuestion")),
			signIn: () => open(urlOf("login/"), "_blank", "noopener"),
		}),
	});
	stopper = null;
	turns.push(turn);
	setBusy(false);
	showAccount();
}

/* A link must not lead the frame away. */
function openElsewhere(event) {
	const link = event.target.closest("a[href]");
	if (!link || link.getAttribute("href").startsWith("#"))
		return;
	link.target = "_blank";
	link.rel = "noopener";
}

async function submit(event) {
	event?.preventDefault();
	if (stopper)
		return stopper.abort();
	const question = page.question.value.trim();
	if (question === "" || page.send.disabled)
		return page.question.focus();
	await ready;
	if (!await arrive())
		return page.question.focus();
	if (stopper)
		return; /* Enter twice: it is asked already */
	page.question.value = "";
	ask(question);
}

function startOver() {
	turns = [];
	page.thread.replaceChildren();
	page.announcer.replaceChildren();
	page.welcome.hidden = false;
	setBusy(false);
	page.question.focus();
}

function onKey(event) {
	/* an input method ends its word with Enter, too */
	if (event.isComposing || event.keyCode === 229)
		return;
	if (event.key === "Escape")
		return stopper ? stopper.abort() : close();
	if (event.key !== "Enter" || event.shiftKey ||
	    event.target !== page.question)
		return;
	event.preventDefault();
	if (!stopper)
		submit();
}

async function start() {
	dress();
	addEventListener("message", onMessage);
	addEventListener("keydown", onKey);
	addEventListener("scroll", onScroll, { passive: true });
	addEventListener("click", openElsewhere, true);
	page.close.addEventListener("click", close);
	page.fresh.addEventListener("click", startOver);
	page.ask.addEventListener("submit", submit);
	await speak();
	setBusy(false);
	resumeVisitor();
	await showAccount();
}

const ready = start();
