/*
 * A chart over time, drawn by uPlot; the table beside it has the same figures.
 * Numbers are only rounded here, for drawing.
 */
import { el } from "../dom.js";

/* uPlot is a classic script, so that it is served as npm has it. */
const uPlot = () => globalThis.uPlot;

const COLOURS = ["--accent", "--warn", "--bad"];
const HEIGHT = 240;

const colour = (name) =>
	getComputedStyle(document.documentElement).getPropertyValue(name);

/* light-dark() is not for a canvas: ask an element what it comes to. */
function resolved(name) {
	const probe = el("span");
	probe.style.color = `var(${name})`;
	document.body.append(probe);
	const value = getComputedStyle(probe).color;
	probe.remove();
	return value;
}

function axis(extra) {
	return { stroke: resolved("--soft"), font: "12px system-ui, sans-serif",
		grid: { stroke: resolved("--line"), width: 1 },
		ticks: { stroke: resolved("--line"), width: 1 }, ...extra };
}

/* Days, or hours when there are only a few days, in UTC. */
function labels(u, at) {
	const hours = u.scales.x.max - u.scales.x.min < 3 * 86400;
	return at.map((s) => {
		const text = new Date(s * 1000).toISOString();
		return hours ? text.slice(11, 16) : text.slice(5, 10);
	});
}

function legend(names) {
	const box = el("figcaption", "legend");
	names.forEach((name, i) => {
		const one = el("b");
		one.append(el("i", `line-${i}`), name);
		box.append(one);
	});
	return box;
}

/*
 * lines: [{label, column}] over the column x (a day or hour in UTC) of the rows,
 * which are objects.  Returns a figure, or null when there is nothing to draw.
 */
export function chart(rows, x, lines) {
	const points = rows.map((row) => ({ row,
		at: Date.parse(row[x].replace(" ", "T").replace(/\+00$/, "Z")
			.replace(/^(\d{4}-\d\d-\d\d)$/, "$1T00:00Z")) / 1000 }))
		.sort((a, b) => a.at - b.at);
	if (points.length < 2 || !uPlot() || colour("--accent") === "")
		return null;
	const figure = el("figure", "chart");
	const room = el("div");
	room.setAttribute("aria-hidden", "true");
	figure.append(legend(lines.map((line) => line.label)), room);
	const data = [points.map((p) => p.at), ...lines.map((line) =>
		points.map((p) => p.row[line.column] == null ? null
			: Number(p.row[line.column])))];
	const plot = new (uPlot())({
		width: 400, height: HEIGHT,
		tzDate: (s) => uPlot().tzDate(new Date(s * 1000), "UTC"),
		legend: { show: false },
		cursor: { drag: { x: false, y: false } },
		scales: { y: { range: (u, min, max) => [0, max > 0 ? max * 1.1 : 1] } },
		axes: [axis({ values: labels }), axis({ size: 70 })],
		series: [{}, ...lines.map((line, i) => ({
			label: line.label, stroke: resolved(COLOURS[i]), width: 2,
			points: { show: points.length < 40 },
		}))],
	}, data, room);
	new ResizeObserver(([entry]) => plot.setSize({
		width: Math.floor(entry.contentRect.width), height: HEIGHT,
	})).observe(figure);
	return figure;
}
