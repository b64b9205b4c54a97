/*
 * Two other sites, for widget.mjs: each shows the page that a case has put
 * there.  Their ports are kept from before Slipway is configured until the end.
 *
 *	node shops.mjs PORTS-FILE	then SIGTERM
 *
 *	PUT  /	{policy, html}: what is shown from now on
 *	GET  /	the page
 */
import { createServer } from "node:http";
import { renameSync, writeFileSync } from "node:fs";

const [file] = process.argv.slice(2);
let page = { policy: "default-src 'none'", html: "" };

async function serve(request, response) {
	if (request.method === "PUT") {
		let text = "";
		for await (const piece of request)
			text += piece;
		page = JSON.parse(text);
		return response.end();
	}
	response.setHeader("content-type", "text/html; charset=utf-8");
	response.setHeader("content-security-policy", page.policy);
	response.end(page.html);
}

const servers = [createServer(serve), createServer(serve)];
await Promise.all(servers.map((one) => new Promise((go) =>
	one.listen(0, "127.0.0.1", go))));
writeFileSync(`${file}.new`,
	`${servers.map((one) => one.address().port).join(" ")}\n`);
renameSync(`${file}.new`, file);
