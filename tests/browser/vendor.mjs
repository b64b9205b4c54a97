/*
 * The libraries under www/vendor/, without a browser: each byte is what the
 * lock file names.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { equal } from "./harness.mjs";

const CANNOT_FETCH = 77;
const script = fileURLToPath(new URL("../../dist/vendor.sh", import.meta.url));

function check() {
	const run = spawnSync(script, ["--check"], { encoding: "utf8" });
	if (run.status === CANNOT_FETCH)
		return console.log(`not compared: ${run.stderr.split("\n")[0]}`);
	equal([run.status, run.stdout], [0, ""], "status, differences");
}

export const cases = [
	{ name: "vendor: the files of the lock file", run: check },
];
