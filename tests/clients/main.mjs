/*
 * Runs every case with every client: node --import ./set.mjs main.mjs [PART]
 * Clients run at the same time, the cases of one after the other.
 */
import { anthropic } from "./anthropic.mjs";
import { cases, needs, prepare } from "./cases.mjs";
import { site } from "./harness.mjs";
import { langchain } from "./langchain.mjs";
import { chat, responses } from "./openai.mjs";
import { compatible, vercelAnthropic, vercelChat, vercelResponses } from
	"./vercel.mjs";

const clients = [chat, responses, anthropic, compatible, vercelChat,
	vercelResponses, vercelAnthropic, langchain];
const part = process.argv[2] ?? "";
let passed = 0;
let failed = 0;

/* Some clients write warnings; the result is what counts. */
globalThis.AI_SDK_LOG_WARNINGS = false;

async function run(client, index) {
	const c = { ...client, feature: `client-${index}`,
		embedding: site.embedding, limitedKey: site.keys.limited[index] };
	for (const [name, test] of Object.entries(cases)) {
		const title = `${c.name}: ${name}`;
		if (!title.includes(part) || (needs[name] && !c[needs[name]]))
			continue;
		try {
			await prepare(c);
			await test(c);
			passed++;
			console.log(`ok     ${process.env.CLIENT_SET} ${title}`);
		} catch (e) {
			failed++;
			console.log(`FAILED ${process.env.CLIENT_SET} ${title}: ${e.stack}`);
		}
	}
}

await Promise.all(clients.map(run));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
