/*
 * The chat page: sends a question to POST /chat/stream and shows the answer as
 * it comes.  The API key stays in this tab and goes out in one header only.
 */
import { Turn } from "./answer.js";
import { SseParser } from "./sse.js";

/* How much of the conversation goes along with a question. */
const HISTORY_TURNS = 6;
const HISTORY_CHARS = 16000;

/* The elements of index.html by their id. */
const page = {};
for (const node of document.querySelectorAll("[id]"))
	page[node.id] = node;

let turns = []; /* ended, oldest first */
let stopper = null; /* AbortController of the answer being written */
let stick = true; /* keep the latest text in view */

/* the key */

const savedKey = () => sessionStorage.getItem("slipway.key") ?? "";

function showKey(open, note = "") {
	const has = savedKey() !== "";
	page.keyNote.textContent = note;
	page.keyForm.hidden = !open;
	page.keyToggle.textContent = has ? "Key set" : "Add key";
	page.keyToggle.classList.toggle("set", has);
	page.keyToggle.ariaExpanded = open;
	page.keyClear.hidden = !has;
}

function askForKey(note) {
	showKey(true, note);
	page.key.focus();
}

function saveKey(event) {
	event.preventDefault();
	const key = page.key.value.trim();
	if (!/^[\x21-\x7e]+$/.test(key))
		return askForKey(key === "" ? "Paste the key first."
			: "A key has no spaces or special letters.");
	sessionStorage.setItem("slipway.key", key);
	page.key.value = "";
	showKey(false);
	page.question.focus();
}

function clearKey() {
	sessionStorage.removeItem("slipway.key");
	page.key.value = "";
	askForKey("The key is gone from this tab.");
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

/* talking to the server */

/* Something went wrong, with the fields that Turn.problem() shows. */
class Problem extends Error {
	constructor(fields) {
		super();
		Object.assign(this, fields);
	}
}

/* A problem object of the server; there are headers only before a stream. */
function problemFrom(body, headers = new Headers()) {
	const waitMs = Number(headers.get("retry-after-ms")) ||
		Number(headers.get("retry-after")) * 1000;
	const isCap = /_cap$/.test(body.code);
	return new Problem({
		message: body.title,
		hint: waitMs > 0 || body.detail === body.title ? "" : body.detail,
		code: body.code,
		requestId: body.request_id,
		retryable: body.retryable,
		waitMs: isCap ? 0 : waitMs,
		resetMs: isCap && waitMs > 0 ? Date.now() + waitMs : 0,
	});
}

async function refusal(response) {
	const body = await response.json().catch(() => ({
		title: `The server answered with HTTP ${response.status}.`,
		request_id: response.headers.get("x-request-id"),
		retryable: response.status >= 500,
	}));
	return problemFrom(body, response.headers);
}

/* The messages to send: the latest turns that fit, and the question. */
function messages(question) {
	const list = [{ role: "user", content: question }];
	let chars = question.length;
	const said = turns.filter((t) => t.text !== "").slice(-HISTORY_TURNS);
	for (const turn of said.reverse()) {
		chars += turn.question.length + turn.text.length;
		if (chars > HISTORY_CHARS)
			break;
		list.unshift({ role: "user", content: turn.question },
			{ role: "assistant", content: turn.text });
	}
	return list;
}

async function post(question, signal) {
	const response = await fetch("chat/stream", {
		method: "POST",
		headers: {
			"authorization": `Bearer ${savedKey()}`,
			"content-type": "application/json",
		},
		body: JSON.stringify({
			messages: messages(question),
			feature: page.feature.value,
		}),
		signal, cache: "no-store", redirect: "error",
	});
	if (!response.ok)
		throw await refusal(response);
	return response.body;
}

/* Call handlers[event](data) for each frame until the body ends. */
async function readFrames(body, handlers) {
	const parser = new SseParser((event, data) =>
		handlers[event]?.(JSON.parse(data)));
	const reader = body.pipeThrough(new TextDecoderStream()).getReader();
	for (;;) {
		const { done, value } = await reader.read();
		if (done)
			return;
		parser.push(value);
	}
}

/* Stream the answer into turn; throws unless it was complete. */
async function stream(turn, signal) {
	const from = performance.now();
	const last = {};
	await readFrames(await post(turn.question, signal), {
		start: (data) => (turn.requestId = data.request_id),
		message: (data) => {
			last.ttftMs ??= performance.now() - from;
			turn.write(data.token);
		},
		citations: (data) => turn.citations(data.citations),
		usage: (data) => (last.usage = data),
		notice: (data) => turn.notice(data.message),
		error: (data) => (last.problem = problemFrom(data)),
		done: (data) => (last.done = data),
	});
	if (last.problem)
		throw last.problem;
	if (!last.done)
		throw new Problem({
			message: "The answer broke off before its end.",
			retryable: true,
		});
	turn.end();
	turn.meta(last);
}

/* a turn from its question to its end */

/* For screen readers: the whole answer once, not each token. */
function announce(text) {
	const p = document.createElement("p");
	p.textContent = text;
	page.announcer.replaceChildren(p);
}

function setBusy(busy) {
	page.send.textContent = busy ? "Stop" : "Send";
	page.send.classList.toggle("stop", busy);
	page.fresh.hidden = busy || turns.length === 0;
}

function again(turn) {
	if (stopper)
		return;
	if (turn.text === "") {
		turns = turns.filter((t) => t !== turn);
		turn.node.remove();
	}
	page.question.focus();
	ask(turn.question);
}

/* Words for what the browser, not the server, has to say. */
function lossSentence(error) {
	if (error instanceof SyntaxError)
		return "The server sent what this page cannot read.";
	return navigator.onLine ? "The connection to this server was lost."
		: "This device is offline.";
}

function fail(turn, error) {
	const problem = error instanceof Problem ? error : new Problem({
		message: lossSentence(error), retryable: true,
	});
	problem.requestId ??= turn.requestId;
	const actions = [];
	if (problem.retryable)
		actions.push(["Try again", () => again(turn)]);
	if (problem.code === "unauthorized") {
		problem.hint = "The key in this tab is not accepted.";
		actions.push(["Change the key", () => askForKey("")]);
	} else if (turn.text !== "") {
		problem.hint = "What had arrived is kept above.";
	}
	turn.problem(problem, actions);
	announce(`No complete answer. ${problem.message}`);
}

async function ask(question) {
	const turn = new Turn(question, onDraw);
	const stop = stopper = new AbortController();
	stick = true;
	page.welcome.hidden = true;
	page.thread.append(turn.node);
	setBusy(true);
	onDraw();
	try {
		await stream(turn, stop.signal);
		announce(`Answer: ${turn.text}`);
	} catch (error) {
		turn.end();
		if (!stop.signal.aborted) {
			fail(turn, error);
		} else {
			turn.remark("Stopped.");
			announce("Stopped.");
		}
	}
	turns.push(turn);
	stopper = null;
	setBusy(false);
}

function submit(event) {
	event?.preventDefault();
	if (stopper)
		return stopper.abort();
	const question = page.question.value.trim();
	if (question === "")
		return page.question.focus();
	if (savedKey() === "")
		return askForKey("Add a key to send your question.");
	page.question.value = "";
	fit();
	ask(question);
}

function startOver() {
	turns = [];
	page.thread.replaceChildren();
	page.announcer.replaceChildren();
	page.welcome.hidden = false;
	setBusy(false);
	onScroll();
	page.question.focus();
}

/* the composer */

/* The field grows with its text up to the height that the style allows. */
function fit() {
	page.question.style.height = "auto";
	page.question.style.height = `${page.question.scrollHeight + 2}px`;
}

/* Enter sends, but not while an input method is composing a character. */
function onQuestionKey(event) {
	if (event.key !== "Enter" || event.shiftKey || event.isComposing ||
	    event.keyCode === 229)
		return;
	event.preventDefault();
	if (!stopper)
		submit();
}

function useExample(event) {
	if (!event.target.matches(".example"))
		return;
	page.question.value = event.target.textContent;
	fit();
	submit();
}

function start() {
	showKey(savedKey() === "");
	if (savedKey() !== "" && matchMedia("(hover: hover)").matches)
		page.question.focus();
	page.keyForm.addEventListener("submit", saveKey);
	page.keyClear.addEventListener("click", clearKey);
	page.keyToggle.addEventListener("click", () =>
		page.keyForm.hidden ? askForKey("") : showKey(false));
	page.ask.addEventListener("submit", submit);
	page.question.addEventListener("keydown", onQuestionKey);
	page.question.addEventListener("input", fit);
	page.welcome.addEventListener("click", useExample);
	page.fresh.addEventListener("click", startOver);
	page.jump.addEventListener("click", () => {
		stick = true;
		onDraw();
		page.question.focus();
	});
	addEventListener("scroll", onScroll, { passive: true });
	addEventListener("keydown", (event) => {
		if (event.key === "Escape" && !event.isComposing)
			stopper?.abort();
	});
}

start();
