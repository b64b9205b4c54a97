/*
 * What the tools of the agents call, as a server of its own: it keeps what it
 * was asked, and answers when a test lets it.
 *
 *	node tools.mjs PORT-FILE	then SIGTERM
 *
 *	POST /NAME	a tool
 *	GET  /_calls	what was asked: [{path, key, body}]
 *	POST /_answer	the body is the answer, of those that wait and the next
 *	POST /_hold	from now on they wait
 */
import { createServer } from "node:http";
import { renameSync, writeFileSync } from "node:fs";

const [file] = process.argv.slice(2);
let calls = [];
let waiting = [];
let answer = null; /* null: they wait */

async function read(request) {
	let text = "";
	for await (const piece of request)
		text += piece;
	return text;
}

function end(response, text) {
	response.setHeader("content-type", "application/json");
	response.end(text);
}

const control = {
	"/_calls": (response) => end(response, JSON.stringify(calls)),
	"/_hold": (response) => {
		calls = [];
		answer = null;
		end(response, "{}");
	},
	"/_answer": (response, text) => {
		answer = text;
		waiting.splice(0).forEach((one) => end(one, answer));
		end(response, "{}");
	},
};

const server = createServer(async (request, response) => {
	const body = await read(request);
	const path = request.url;
	if (path in control)
		return control[path](response, body);
	calls.push({ path, key: request.headers["idempotency-key"], body });
	if (answer === null)
		waiting.push(response);
	else
		end(response, answer);
});
server.listen(0, "127.0.0.1", () => {
	writeFileSync(`${file}.new`, `${server.address().port}\n`);
	renameSync(`${file}.new`, file);
});
