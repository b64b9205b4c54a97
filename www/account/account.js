/*
 * The own account: what it used and cost, its keys, sessions, password, data.
 * All of it is what GET /me says; each change asks for that anew.
 */
import { language, t } from "../i18n.js";
import { ask, byId, make, onSend, setCsrf, speakTo } from "../people.js";

const SVG = "http://www.w3.org/2000/svg";
const CHART_DAYS = 31;

const usd = (text) => `$${Number(text).toLocaleString(language,
	{ minimumFractionDigits: 2, maximumFractionDigits: 4 })}`;
const when = (text) => text === null ? "–" : new Date(text)
	.toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
const questions = (n) => t(n === 1 ? "question" : "questions", { n });

/* The last days up to today, those without calls, too. */
function lastDays(usage) {
	const known = new Map(usage.days.map((day) => [day.day, day]));
	const today = Date.parse(usage.today.day);
	return Array.from({ length: CHART_DAYS }, (_, i) => {
		const day = new Date(today - (CHART_DAYS - 1 - i) * 86400000)
			.toISOString().slice(0, 10);
		return known.get(day) ?? { day, calls: 0, cost_usd: "0" };
	});
}

/* By cost; where nothing has cost anything, by questions. */
function drawChart(usage) {
	const days = lastDays(usage);
	const hasCost = days.some((day) => Number(day.cost_usd) > 0);
	const size = (day) => hasCost ? Number(day.cost_usd) : day.calls;
	const most = Math.max(...days.map(size));
	const chart = byId("chart");
	chart.replaceChildren();
	days.forEach((day, i) => {
		const height = Math.max(1, most > 0 ? 98 * size(day) / most : 0);
		const bar = document.createElementNS(SVG, "rect");
		for (const [name, value] of Object.entries({
			x: i * 10 + 1, y: 100 - height, width: 8, height,
		}))
			bar.setAttribute(name, value);
		bar.setAttribute("class", day.calls === 0 ? "none" : "");
		const title = document.createElementNS(SVG, "title");
		title.textContent = t("costOn", { day: day.day,
			cost: usd(day.cost_usd), questions: questions(day.calls) });
		bar.append(title);
		chart.append(bar);
	});
	const text = t(hasCost ? "chartText" : "chartQuestions", {
		from: days[0].day, to: days.at(-1).day,
		most: hasCost ? usd(most) : questions(most) });
	chart.setAttribute("aria-label", text);
	byId("chartText").textContent = text;
}

/* A button that does something and shows what has changed. */
function action(text, name, path, body) {
	const button = make("button",
		{ type: "button", class: "quiet", "aria-label": `${text} ${name}` },
		text);
	button.addEventListener("click", () => change(path, body));
	return button;
}

const row = (...cells) =>
	make("tr", {}, ...cells.map((cell) => make("td", {}, cell)));

/* What a key is limited to, in words. */
const scope = (key) => [
	key.features?.join(", "), key.models?.join(", "),
	key.rpm > 0 ? t("perMinute", { n: key.rpm }) : "",
	key.daily_usd !== null ? t("perDay", { usd: usd(key.daily_usd) }) : "",
	key.expires_at !== null ? t("until", { time: when(key.expires_at) }) : "",
].filter(Boolean).join("; ") || t("allYouMay");

/* Once: what was ticked stays when the figures are shown anew. */
function offerScope(me) {
	byId("models").hidden = me.user.role !== "admin";
	byId("modelsLabel").hidden = me.user.role !== "admin";
	if (byId("features").querySelector("input"))
		return;
	byId("features").append(...me.features.map((name) => make("label",
		{ class: "tick" }, make("input",
			{ type: "checkbox", name: "features", value: name }), ` ${name}`)));
}

function showKeys(keys) {
	byId("keys").replaceChildren(...keys.map((key) => row(
		make("code", {}, key.prefix + "…"), key.label, scope(key), t(key.state),
		when(key.created_at), key.state === "active"
			? action(t("revoke"), key.label || key.prefix,
				"me/keys/revoke", { id: key.id }) : "")));
}

/* What a browser calls itself, in two words; all of it on demand. */
function agent({ agent: text, method }) {
	const first = (names) => names.find((name) => text.includes(name));
	const browser = first(["Edg", "OPR", "Firefox", "Chrome", "Safari"]);
	const system = first(["Windows", "Android", "iPhone", "iPad", "Mac OS",
		"Linux"]);
	const short = [{ Edg: "Edge", OPR: "Opera" }[browser] ?? browser, system]
		.filter(Boolean).join(", ");
	return make("span", { title: text }, short || text || method);
}

function showSessions(sessions) {
	byId("sessions").replaceChildren(...sessions.map((one) => row(
		agent(one), when(one.login_at), when(one.seen_at),
		one.current ? t("thisBrowser") : action(t("end"), one.agent,
			"me/sessions/revoke", { id: one.id }))));
}

const showSum = (node, { cost_usd: cost, calls }) => node.replaceChildren(
	usd(cost), " ", make("span", { class: "detail" }, questions(calls)));

function show(me) {
	setCsrf(me.csrf);
	byId("toAdmin").hidden = me.user.role !== "admin";
	byId("who").textContent = [me.user.name, me.user.tenant, me.user.role]
		.join(" · ");
	showSum(byId("today"), me.usage.today);
	showSum(byId("month"), me.usage.month);
	byId("left").textContent = me.limits.left_usd === null ? t("noLimit")
		: t("leftOf", { left: usd(me.limits.left_usd),
			limit: usd(me.limits.daily_usd) });
	byId("ownName").textContent = me.user.name;
	byId("current").hidden = !me.user.has_password;
	byId("currentLabel").hidden = !me.user.has_password;
	drawChart(me.usage);
	offerScope(me);
	showKeys(me.keys);
	showSessions(me.sessions);
	byId("all").hidden = false;
}

const toLogin = () =>
	location.replace(new URL("../login/?next=" +
		encodeURIComponent(location.pathname), location.href));

async function refresh() {
	const me = await ask("me").catch((error) => error);
	if (me instanceof Error && me.status !== 401)
		byId("note").textContent = me.message;
	else if (me instanceof Error || me.user.signed_in_with !== "session")
		toLogin();
	else
		show(me);
}

async function change(path, body) {
	byId("note").textContent = "";
	try {
		await ask(path, body);
	} catch (error) {
		byId("note").textContent = error.message;
	}
	await refresh();
}

onSend(byId("keyForm"), byId("keyNote"), async (fields) => {
	const { label, days, rpm, daily_usd, models } = fields;
	const features = [...byId("features").querySelectorAll(":checked")]
		.map((box) => box.value).join(",");
	const made = await ask("me/keys", {
		label, features, daily_usd, models,
		...(days === "" ? {} : { expires_days: Number(days) }),
		...(rpm === "" ? {} : { rpm: Number(rpm) }),
	});
	byId("key").textContent = made.key;
	byId("secret").hidden = false;
	byId("keyForm").reset();
	await refresh();
});

byId("copy").addEventListener("click", async () => {
	await navigator.clipboard.writeText(byId("key").textContent);
	byId("copy").textContent = t("copied");
});

onSend(byId("passwordForm"), byId("passwordNote"), async (fields) => {
	await ask("me/password", fields);
	byId("passwordForm").reset();
	byId("passwordNote").textContent = t("passwordSet");
	await refresh();
});

onSend(byId("deleteForm"), byId("deleteNote"), async (fields) => {
	await ask("me/delete", fields);
	location.assign(new URL("../", location.href));
});

for (const [id, path] of [["leave", "auth/logout"],
	["leaveAll", "auth/logout-everywhere"]])
	byId(id).addEventListener("click", async () => {
		await ask(path, {}).catch(() => null);
		toLogin();
	});

await speakTo("accountPage");
refresh();
