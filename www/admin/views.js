/*
 * What the admin page can show: each view with its reports, and which filters
 * it takes.  A report names what slipway.report_sql() knows.
 */
import { runbookLink } from "./alerts.js";
import { billForm } from "./bill.js";
import { inviteActions, inviteForm, keyForm, limitActions, limitForm, promptActions, revokeAction, switchForm, userForm, waitActions } from "./forms.js";

const TIME = ["range", "tenant", "feature", "provider", "model"];

const COST = [{ label: "cost, USD", column: "cost_usd" }];
const TTFT = ["p50", "p95", "p99"].map((p) =>
	({ label: `first token ${p}, ms`, column: `ttft_${p}_ms` }));
const FAILED = [{ label: "errors, %", column: "percent_errors" },
	{ label: "5xx, %", column: "percent_5xx" }];

const by = (name, title, more) => ({ name, title, ...more });

const ROUNDED = "Percentiles are exact below 32 ms and at most 6.3 % too high " +
	"above.";

export const VIEWS = {
	overview: { title: "Overview", filters: ["range", "tenant", "feature"],
		reports: [
			by("summary", "Today and lately"),
			by("month", "Month to date, forecast and caps", {
				note: "The rest of the month at the average of the last " +
					"seven full days." }),
			by("cost_by_day", "Cost by day", { x: "utc_day", lines: COST }),
			by("latency_by_day", "Waiting, by day",
				{ x: "utc_day", lines: TTFT, note: ROUNDED }),
			by("errors_by_day", "Errors by day",
				{ x: "utc_day", lines: FAILED }),
			by("slo_by_month", "Service level by month", {
				note: "95 of 100 first tokens in under 800 ms; at most " +
					"0.1 % of calls end as a 5xx." }),
		] },
	cost: { title: "Cost", filters: [...TIME, "user", "key", "outcome"],
		reports: [
			by("cost_by_day", "By day", { x: "utc_day", lines: COST }),
			by("cost_by_feature", "By feature"),
			by("cost_by_user_feature", "By user and feature"),
			by("cost_by_user", "By user"),
			by("cost_by_tenant", "By tenant"),
			by("cost_by_model", "By model"),
			by("cost_by_provider", "By provider"),
			by("cost_by_key", "By key"),
			by("cost_by_outcome", "By outcome"),
			by("cost_by_hour", "By hour", { x: "hour", lines: COST }),
		] },
	latency: { title: "Latency", filters: TIME, reports: [
		by("latency_by_day", "By day",
			{ x: "utc_day", lines: TTFT, note: ROUNDED }),
		by("latency_by_hour", "By hour, the last 24 hours",
			{ x: "hour", lines: TTFT, note: "Hours are not kept: these come " +
				"from the calls of the last 24 hours, whatever days are " +
				"chosen above." }),
		by("latency_by_feature", "By feature"),
		by("latency_by_model", "By model"),
		by("latency_by_tenant", "By tenant"),
		by("slo_by_day", "Service level by day"),
	] },
	errors: { title: "Errors", filters: [...TIME, "error", "outcome"],
		reports: [
			by("errors_by_day", "By day", { x: "utc_day", lines: FAILED }),
			by("errors", "What failed"),
			by("errors_by_model", "By model"),
			by("errors_by_feature", "By feature"),
			by("errors_by_hour", "By hour", { x: "hour", lines: FAILED }),
		] },
	alerts: { title: "Alerts", filters: ["range"], reports: [
		by("alerts", "Raised now", { actions: runbookLink, note: "What the " +
			"last run of `slipway alerts` saw, whenever it was raised." }),
		by("alerts_resolved", "Raised in this time, and over",
			{ actions: runbookLink }),
	] },
	requests: { title: "Requests",
		filters: [...TIME, "user", "key", "outcome", "error"],
		lookup: true,
		reports: [by("calls", "Calls, the last first",
			{ filter: { limit: "200" } })] },
	live: { title: "Live", filters: ["tenant", "user", "feature"], every: 3000,
		reports: [by("live", "Under way"), by("calls", "Just settled",
			{ filter: { limit: "25" } })] },
	limits: { title: "Users and caps", filters: ["tenant", "search", "scope"],
		forms: [limitForm, userForm],
		reports: [by("limits", "Own limits and what was spent today",
			{ actions: limitActions })] },
	keys: { title: "API keys", filters: ["tenant", "user", "state"],
		forms: [keyForm],
		reports: [by("keys", "Keys", { actions: revokeAction })] },
	invites: { title: "Invites", filters: ["tenant"], forms: [inviteForm],
		reports: [
			by("waitlist", "Waitlist", { actions: waitActions }),
			by("invites", "Invites", { actions: inviteActions }),
		] },
	guards: { title: "Guards", filters: ["range"], reports: [
		by("guards", "What the guards found, by day")] },
	feedback: { title: "Feedback", filters: ["range", "tenant", "user"],
		reports: [by("feedback", "What readers said, the last first", {
			filter: { limit: "200" }, note: "1: a thumb up, -1: down. " +
				"Question and answer are there when the reader agreed " +
				"that they are kept." })] },
	evals: { title: "Evaluations", filters: ["range"], reports: [
		by("evals", "Runs of `slipway eval`, the last first", {
			note: "Each case of a run: the view eval_cases, or " +
				"`slipway report evals --run ID`." })] },
	switches: { title: "Pause", filters: [], forms: [switchForm],
		reports: [by("pauses", "What was paused")] },
	prompts: { title: "Prompts", filters: ["feature"], reports: [
		by("prompts", "Prompts by version", { actions: promptActions,
			note: "Without a pin a feature uses the configured prompt. A " +
				"pin reaches all workers within a minute." })] },
	bill: { title: "Provider's bill", filters: [], forms: [billForm],
		reports: [] },
	prices: { title: "Prices", filters: ["model"], reports: [
		by("prices", "US dollars per million tokens")] },
	audit: { title: "Changes", filters: ["tenant"], reports: [
		by("audit", "Who changed what")] },
};
