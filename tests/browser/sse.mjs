/*
 * The parser of the event stream, without a browser: whatever the cuts, the
 * same frames come out.
 */
import { readFileSync } from "node:fs";
import { equal } from "./harness.mjs";

/* As a browser sees it: node 18 takes a .js for CommonJS. */
const source = readFileSync(new URL("../../www/sse.js", import.meta.url));
const { SseParser } = await import("data:text/javascript;base64," +
	source.toString("base64"));

/* The frames that come out when text arrives in pieces. */
function parse(pieces) {
	const frames = [];
	const parser = new SseParser((event, data) =>
		frames.push([event, data]));

	pieces.forEach((piece) => parser.push(piece));
	return frames;
}

const STREAM = [
	": heartbeat", "", "event: start", 'data: {"request_id":"req_1"}', "",
	'data: {"token":"Grüße"}', "", "data:first", "data: second", "data", "",
	"id: 7", "retry: 10", "event: notice", "", "event:done", "data:  x", "", "",
];
const FRAMES = [
	["start", '{"request_id":"req_1"}'],
	["message", '{"token":"Grüße"}'],
	["message", "first\nsecond\n"],
	["done", " x"],
];

function everyCut(newline) {
	const text = STREAM.join(newline);
	for (let i = 0; i <= text.length; i++)
		for (const j of [i, i + 1, i + 2])
			equal(parse([text.slice(0, i), text.slice(i, j),
				text.slice(j)]), FRAMES, `cut at ${i} and ${j}`);
	equal(parse([...text]), FRAMES, "one character at a time");
}

export const cases = [
	{ name: "parser: LF, cut anywhere", run: () => everyCut("\n") },
	{ name: "parser: CRLF, cut anywhere", run: () => everyCut("\r\n") },
	{ name: "parser: CR, cut anywhere", run: () => everyCut("\r") },
	{
		name: "parser: a frame without its end is not emitted",
		run() {
			equal(parse(["data: a\n\nevent: done\ndata: b\n"]),
				[["message", "a"]], "frames");
			equal(parse(["data: a"]), [], "frames");
			equal(parse([""]), [], "frames");
		},
	},
	{
		name: "parser: comments, unknown fields and empty events",
		run() {
			equal(parse([":\n\n:a\n:b\n\n"]), [], "comments");
			equal(parse(["foo: 1\nevent: x\n\n"]), [], "no data");
			equal(parse(["event: x\n\ndata: 1\n\n"]),
				[["message", "1"]], "a name is not kept");
		},
	},
];
