/*
 * One report: its table, which can be sorted, a chart where time runs, the SQL
 * that made it, and the same as CSV.  Whatever is in a cell enters as text.
 */
import { announce, button, copyButton, download, el } from "../dom.js";
import * as api from "./api.js";
import { chart } from "./chart.js";

const PRE = new Set(["before", "after", "body", "comment", "question", "answer"]);

/* "cost_usd" -> "cost, USD" */
function title(column) {
	const words = column.name.replace(/_usd$/, ", USD")
		.replace(/_ms$/, ", ms").replace(/_s$/, ", s")
		.replace(/^percent_(.*)$/, "$1, %").replaceAll("_", " ");
	return column.type === "time" || /^(hour|utc day)$/.test(words)
		? `${words.replace(/^utc /, "")} (UTC)` : words;
}

/* Every digit that PostgreSQL gave, but for zeros at the end. */
export function shown(value, type) {
	if (value == null)
		return "";
	if (type === "number" && value.includes("."))
		return value.replace(/\.?0+$/, "");
	if (type === "time")
		return value.replace(/(\.\d+)?\+00$/, "");
	if (type === "boolean")
		return value === "t" ? "yes" : "no";
	return value;
}

function cell(value, column) {
	const td = el("td", column.type === "number" ? "number"
		: ["time", "date"].includes(column.type) ? "nowrap"
			: PRE.has(column.name) ? "pre" : "");
	const text = shown(value, column.type);
	if (/request_id$/.test(column.name) && text !== "") {
		const a = el("a", "", text);
		a.href = `#request/${encodeURIComponent(text)}`;
		td.append(a);
	} else {
		td.textContent = text;
	}
	return td;
}

function compare(type) {
	if (type === "number")
		return (a, b) => Number(a) - Number(b);
	return (a, b) => a < b ? -1 : a > b ? 1 : 0;
}

/* The rows as objects. */
export const objects = (body) => body.rows.map((row) => Object.fromEntries(
	body.columns.map((column, i) => [column.name, row[i]])));

function table(body, actions, caption) {
	const node = el("table");
	const head = el("tr");
	const rows = el("tbody");

	const fill = (list) => rows.replaceChildren(...list.map((row) => {
		const tr = el("tr");
		tr.append(...row.map((value, i) => cell(value, body.columns[i])));
		if (actions) {
			const td = el("td", "nowrap");
			td.append(...actions(Object.fromEntries(body.columns
				.map((c, i) => [c.name, row[i]]))));
			tr.append(td);
		}
		return tr;
	}));
	const sort = (th, i) => {
		const down = th.getAttribute("aria-sort") !== "descending";
		const by = compare(body.columns[i].type);
		for (const other of head.children)
			other.removeAttribute("aria-sort");
		th.setAttribute("aria-sort", down ? "descending" : "ascending");
		fill([...body.rows].sort((a, b) => {
			if (a[i] == null || b[i] == null)
				return (a[i] == null) - (b[i] == null);
			return (down ? -1 : 1) * by(a[i], b[i]);
		}));
		announce(`Sorted by ${title(body.columns[i])}, ` +
			(down ? "descending" : "ascending"));
	};
	body.columns.forEach((column, i) => {
		const th = el("th", column.type === "number" ? "number" : "");
		th.scope = "col";
		th.append(button(title(column), () => sort(th, i), ""));
		head.append(th);
	});
	if (actions) {
		const th = el("th");
		th.append(el("span", "sr", "Actions"));
		head.append(th);
	}
	const thead = el("thead");
	thead.append(head);
	fill(body.rows);
	node.append(el("caption", "sr", caption), thead, rows);
	return node;
}

function sqlBox(body) {
	const box = el("details", "sql");
	const pre = el("pre", "", body.sql);
	pre.tabIndex = 0;
	box.append(el("summary", "", "The SQL that made it"), pre,
		copyButton("Copy", pre, () => body.sql));
	return box;
}

/*
 * A section with the report of that name.  spec: {name, title, note (a text,
 * or made of the answer), x, lines (see chart()), actions(row) -> nodes,
 * filter, source: where it comes from, if not from api.js by its name}
 */
export async function section(spec, filter) {
	const all = { ...filter, ...spec.filter };
	const source = spec.source ?? {
		rows: () => api.report(spec.name, all),
		csv: () => api.csv(spec.name, all),
	};
	const body = await source.rows();
	const note = spec.note?.call ? spec.note(body) : spec.note;
	const node = el("section", "report");
	const head = el("div", "head");
	const both = el("div", "both");
	const scroll = el("div", "scroll");

	node.dataset.report = spec.name;
	head.append(el("h2", "", spec.title), button("CSV", async () =>
		download(`slipway-${spec.name}.csv`, "text/csv",
			await source.csv()), "quiet"));
	head.lastChild.setAttribute("aria-label", `${spec.title} as CSV`);
	scroll.tabIndex = 0;
	scroll.setAttribute("role", "region");
	scroll.setAttribute("aria-label", `${spec.title}: table`);
	if (body.rows.length === 0)
		scroll.append(el("p", "note", "Nothing in this time."));
	else
		scroll.append(table(body, spec.actions, spec.title));
	node.append(head);
	if (note)
		node.append(el("p", "note", note));
	const figure = spec.x ? chart(objects(body), spec.x, spec.lines) : null;
	if (figure) {
		both.classList.add("has-chart");
		both.append(figure);
	}
	both.append(scroll);
	node.append(both, sqlBox(body));
	return node;
}
