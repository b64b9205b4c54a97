/*
 * Runs the browser tests; run.sh brings up the site and says where it is.
 * The last line is "N passed, N failed".
 */
import { cases as admin } from "./admin.mjs";
import { cases as agents } from "./agents.mjs";
import { cases as axe } from "./axe.mjs";
import { cases as chat } from "./chat.mjs";
import { launch, runAll, runCase } from "./harness.mjs";
import { cases as pages } from "./pages.mjs";
import { cases as people } from "./people.mjs";
import { cases as resume } from "./resume.mjs";
import { cases as status } from "./status.mjs";
import { cases as sse } from "./sse.mjs";
import { cases as talk, plain as words } from "./talk.mjs";
import { cases as vendor } from "./vendor.mjs";
import { cases as guests, letIn, plain as proofs } from "./visitors.mjs";
import { cases as widget } from "./widget.mjs";

const wanted = process.argv[2] ?? "";
const pick = (cases) => cases.filter((one) => one.name.includes(wanted));

const plain = await runAll(pick([...sse, ...vendor, ...words, ...proofs]), (one) => one.run());
const browser = await launch();
const live = await runAll(pick([...pages, ...status, ...chat, ...talk, ...resume,
	...axe, ...admin, ...agents, ...people]),
	(one) => runCase(browser, one));
const visitors = pick([...guests, ...widget]);
if (visitors.length > 0)
	letIn();
const late = await runAll(visitors, (one) => runCase(browser, one));
await browser.close();
const failed = plain.failed + live.failed + late.failed;
console.log(`${plain.passed + live.passed + late.passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
