/*
 * The page of agents: begins a run, shows its steps as they happen, asks before
 * something is changed, and finds a run again whatever became of the
 * connection.
 */
import { banner } from "../banner.js";
import { announce, button, el } from "../dom.js";
import { has, money, number, speak, t, time } from "../i18n.js";
import { Writer } from "../markdown.js";
import { account, hasKey, mayAsk, setKey } from "../session.js";
import { sign } from "../site.js";
import { Problem } from "../stream.js";
import { call, follow } from "./follow.js";
import { badge, pairs, status, Steps } from "./steps.js";

const page = {};
for (const node of document.querySelectorAll("[id]"))
	page[node.id] = node;

const steps = new Steps(page.steps);
let agents = [];
let run = null; /* as last seen */
let watched = 0; /* counts: an older one is not shown any more */
let busy = false; /* it is followed */
let stopFirst = false; /* as soon as the run has an id */

/* who asks */

function askForKey(note = "") {
	page.keyForm.hidden = false;
	page.keyNote.textContent = note;
	page.key.focus();
}

async function saveKey(event) {
	event.preventDefault();
	const key = page.key.value.trim();
	if (!setKey(key))
		return askForKey(t(key === "" ? "keyMissing" : "keyMalformed"));
	page.key.value = "";
	page.keyForm.hidden = true;
	await showAccount();
	page.task.focus();
}

async function showAccount() {
	const me = await account();
	const isPerson = me?.user.signed_in_with === "session";
	page.toLogin.hidden = isPerson || hasKey();
	page.toAccount.hidden = !isPerson;
	page.keyForm.hidden = mayAsk();
	if (mayAsk())
		await showAgents();
}

/* what there is */

async function showAgents() {
	try {
		const all = await call("agent");
		agents = all.agents;
		page.none.hidden = agents.length > 0;
		page.begin.hidden = agents.length === 0;
		page.agent.replaceChildren(...agents.map(({ name, title }) =>
			new Option(title || name, name)));
		showTools();
		showRuns(all.runs);
	} catch (error) {
		fail(error, showAgents);
	}
}

function showTools() {
	const agent = agents.find(({ name }) => name === page.agent.value);
	if (!agent)
		return;
	page.may.textContent = t("mayUse", {
		tools: number(agent.tools.length),
		steps: number(agent.max_steps),
		cost: money(Number(agent.max_run_usd)),
	});
	page.toolList.replaceChildren(...agent.tools.map((tool) => {
		const li = el("li");
		li.append(el("b", "", tool.name), " ", badge(tool.effect), " ",
			tool.description);
		return li;
	}));
}

function showRuns(runs) {
	page.earlier.hidden = runs.length === 0;
	page.runs.replaceChildren(...runs.map((one) => {
		const li = el("li");
		const open = button(one.question, () => look(one.run));
		open.dir = "auto";
		li.append(open, el("span", "help", t(`run_${one.status}`)),
			el("time", "help", time(one.created_ms, {
				dateStyle: "medium", timeStyle: "short",
			})));
		return li;
	}));
}

/* a run */

function setBusy(is) {
	busy = is;
	page.start.disabled = is;
	page.stop.hidden = !is && run?.status !== "needs_confirmation";
	page.stop.disabled = run?.stopping === true;
	page.stop.textContent = t(run?.stopping ? "stopping" : "stop");
}

function showState() {
	const cost = money(Number(run.cost_usd));
	page.state.textContent = t(run.stopping && run.status === "running"
		? "stopping" : `run_${run.status}`);
	page.limits.textContent = run.left_usd === undefined ? cost
		: t("runLeft", {
			cost, left: money(Number(run.left_usd)),
			steps: number(run.left_steps),
		});
	page.decide.hidden = run.status !== "needs_confirmation";
}

/* What somebody who does not see the list has to know. */
function tell(changed) {
	const last = changed.at(-1);
	if (last && busy)
		announce(`${last.kind === "model" ? t("model") : last.tool}: ` +
			status(last));
}

/* What only reads is called as soon as it is planned. */
function underWay(step, i, all) {
	const isNext = run.status === "running" && step.effect === "read" &&
		step.status === "planned" && all[i - 1].status !== "planned";
	return isNext ? { ...step, status: "sent" } : step;
}

function onRun(now) {
	const isNew = run?.run !== now.run;
	run = now;
	if (isNew) {
		history.replaceState(null, "", `?run=${run.run}`);
		steps.clear();
	}
	const isUnwanted = stopFirst;
	stopFirst = false;
	page.run.hidden = false;
	page.runTitle.textContent = run.question;
	tell(steps.show(run.steps.map(underWay)));
	showState();
	setBusy(busy);
	if (isUnwanted)
		stop();
}

function fail(error, again) {
	const problem = error instanceof Problem ? error : new Problem({
		code: error instanceof SyntaxError ? "garbled"
			: navigator.onLine ? "lost" : "offline",
		retryable: true,
	});
	page.run.hidden = false;
	page.trouble.replaceChildren(banner(problem, false,
		{ again, more: again, signIn: () => askForKey() }));
}

/* It is over, or waits. */
function onEnd() {
	page.answer.replaceChildren();
	if (run.status === "done") {
		const writer = new Writer(page.answer);
		writer.add(run.answer);
		writer.finish();
		announce(t("answerIs", { text: page.answer.innerText }));
	} else if (run.status === "needs_confirmation") {
		announce(t("run_needs_confirmation"));
		offerToDecide();
	} else if (run.error) {
		const key = `error_${run.error.code}`;
		fail(new Problem({
			code: run.error.code, retryable: run.status === "running",
			title: has(key) ? t(key) : run.error.detail,
		}), () => look(run.run));
	} else {
		announce(t(`run_${run.status}`));
	}
}

/* Follow a run; first moves it, see follow.js. */
async function watch(first, id) {
	const mine = ++watched;
	stopFirst = false;
	page.trouble.replaceChildren();
	page.answer.replaceChildren();
	setBusy(true);
	try {
		const end = await follow({
			first, id, onRun,
			onGone: (isGone) => (page.gone.hidden = !isGone),
			isWanted: () => mine === watched,
		});
		if (mine !== watched)
			return;
		setBusy(false);
		if (end)
			onEnd();
	} catch (error) {
		if (mine !== watched)
			return;
		setBusy(false);
		fail(error, () => run || id ? look(run?.run ?? id)
			: watch(first, id));
	}
	page.gone.hidden = true;
	refreshRuns();
}

async function refreshRuns() {
	const all = await call("agent").catch(() => null);
	if (all)
		showRuns(all.runs);
}

function look(id) {
	run = null;
	watch(null, id);
	page.run.scrollIntoView({ block: "nearest" });
}

function begin(event) {
	event.preventDefault();
	const message = page.task.value.trim();
	if (busy)
		return;
	if (message === "")
		return page.task.focus();
	page.task.value = "";
	run = null;
	steps.clear();
	page.run.hidden = false;
	page.runTitle.textContent = message;
	page.state.textContent = t("run_running");
	page.limits.textContent = "";
	page.decide.hidden = true;
	watch({
		path: "agent",
		body: { feature: page.agent.value, message },
		headers: { "idempotency-key": crypto.randomUUID?.() ??
			`${Date.now()}-${Math.random()}` },
	}, null);
	page.stop.focus();
}

async function stop() {
	const id = run?.run;
	if (page.stop.disabled)
		return;
	page.stop.disabled = true;
	page.stop.textContent = t("stopping");
	if (!id) {
		stopFirst = true;
		return;
	}
	try {
		const now = await call("agent/stop", { run: id });
		if (run?.run !== id)
			return;
		if (!busy) {
			onRun(now);
			setBusy(false);
			onEnd();
			refreshRuns();
		}
	} catch (error) {
		setBusy(busy);
		fail(error, stop);
	}
}

/* what needs a person */

/* Whoever is writing something is not interrupted. */
function offerToDecide() {
	if (document.activeElement !== page.task || page.task.value === "")
		openDialog();
}

/* Nothing that is confirmed hides or turns round what stands beside it. */
const visible = (text) => text.replace(
	/[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, (c) =>
		`‹U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}›`);

function openDialog() {
	const what = run.confirm;
	const list = pairs(what.arguments) ?? [[t("arguments"), what.arguments]];
	page.confirmTool.textContent = what.tool;
	page.confirmText.textContent = what.description;
	page.confirmArguments.replaceChildren(...list.flatMap(([name, value]) => {
		const dd = el("dd", "", visible(value));
		dd.dir = "auto";
		return [el("dt", "", visible(name)), dd];
	}));
	if (list.length === 0)
		page.confirmArguments.append(el("dt", "", t("noArguments")));
	page.confirm.showModal();
}

function decide(confirmed) {
	page.confirm.close();
	if (run?.status !== "needs_confirmation")
		return;
	page.decide.hidden = true;
	watch({
		path: "agent/confirm",
		body: { run: run.run, step: run.confirm.step, confirmed },
	}, run.run);
	page.stop.focus();
}

function onEscape(event) {
	if (event.key === "Escape" && !event.isComposing && busy &&
	    !document.querySelector("dialog[open]"))
		stop();
}

async function start() {
	await speak(undefined, "", "agents/");
	sign(t("agentsTitle"));
	page.keyForm.addEventListener("submit", saveKey);
	page.begin.noValidate = true;
	page.begin.addEventListener("submit", begin);
	page.agent.addEventListener("change", showTools);
	page.stop.addEventListener("click", stop);
	page.decide.addEventListener("click", openDialog);
	page.agree.addEventListener("click", () => decide(true));
	page.refuse.addEventListener("click", () => decide(false));
	page.later.addEventListener("click", () => page.confirm.close());
	page.confirm.addEventListener("close", () => {
		if (!page.decide.hidden)
			page.decide.focus();
	});
	addEventListener("keydown", onEscape);
	await showAccount();
	const id = new URLSearchParams(location.search).get("run");
	if (id && mayAsk())
		look(id);
	else if (!mayAsk())
		askForKey();
}

start();
