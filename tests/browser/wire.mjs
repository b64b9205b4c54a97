/*
 * A wire between the browser and the site that can be cut: all that goes
 * through it breaks off, as when a phone leaves the house.
 */
import { connect, createServer } from "node:net";
import { site } from "./harness.mjs";

export async function openWire() {
	const { hostname, port } = new URL(site.url);
	const sockets = new Set();
	let down = false;

	const server = createServer((near) => {
		if (down)
			return near.destroy();
		const far = connect(Number(port), hostname);
		for (const [one, other] of [[near, far], [far, near]]) {
			sockets.add(one);
			one.on("error", () => {});
			one.on("close", () => {
				sockets.delete(one);
				other.destroy();
			});
			one.pipe(other);
		}
	});
	await new Promise((go) => server.listen(0, "127.0.0.1", go));
	const url = `http://127.0.0.1:${server.address().port}`;
	site.origins.add(url);
	return {
		url,

		/* Cut what is under way; nothing comes through until mend(). */
		cut() {
			down = true;
			sockets.forEach((one) => one.destroy());
		},
		mend: () => (down = false),
		close: () => server.close(),
	};
}
