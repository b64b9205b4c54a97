/* The `@anthropic-ai/sdk` package. */
import Anthropic from "@anthropic-ai/sdk";

import { site } from "./harness.mjs";

const tools = [{
	name: "weather",
	description: "The weather in a city",
	input_schema: {
		type: "object",
		properties: { city: { type: "string" } },
		required: ["city"],
	},
}];

const client = (o) => new Anthropic({
	apiKey: o.key,
	baseURL: `${site.url}${o.base ?? ""}`,
	maxRetries: o.retries,
	fetch: o.fetch,
});

const body = (o, more = {}) => ({
	model: o.model,
	max_tokens: 100,
	messages: [{ role: "user", content: o.prompt }],
	...more,
});

const textOf = (message) => message.content
	.map((b) => b.type === "text" ? b.text : "").join("");

export const anthropic = {
	name: "@anthropic-ai/sdk",
	checkedJson: true,
	caps: 1,
	bases: ["", "/", "/v1", "/v1/"],
	async text(o) {
		return textOf(await client(o).messages.create(body(o)));
	},
	async stream(o) {
		const run = client(o).messages.stream(body(o), { signal: o.signal });
		run.on("text", (piece) => o.onText?.(piece));
		return textOf(await run.finalMessage());
	},
	/* A text with a title, beside the question. */
	async document(o, title, text) {
		const source = { type: "text", media_type: "text/plain", data: text };
		return textOf(await client(o).messages.create(body(o, { messages: [{
			role: "user",
			content: [{ type: "document", title, source },
				{ type: "text", text: o.prompt }],
		}] })));
	},
	async tools(o, answer) {
		const api = client(o).messages;
		const first = await api.create(body(o, { tools }));
		const messages = [...body(o).messages,
			{ role: "assistant", content: first.content }];
		const results = [];
		for (const b of first.content)
			if (b.type === "tool_use")
				results.push({
					type: "tool_result",
					tool_use_id: b.id,
					content: await answer(b.name, b.input),
				});
		messages.push({ role: "user", content: results });
		return textOf(await api.create(body(o, { tools, messages })));
	},
	async streamedTools(o) {
		const run = client(o).messages.stream(body(o, { tools }));
		const done = await run.finalMessage();
		return done.content.filter((b) => b.type === "tool_use")
			.map((b) => [b.name, b.input]);
	},
	/* The first answer is whole, the second a stream. */
	async think(o, answer) {
		const api = client(o).messages;
		const more = { tools, max_tokens: 2000,
			thinking: { type: "enabled", budget_tokens: 1024 } };
		const first = await api.create(body(o, more));
		const use = first.content.find((b) => b.type === "tool_use");
		const messages = [...body(o).messages,
			{ role: "assistant", content: first.content },
			{ role: "user", content: [{ type: "tool_result",
				tool_use_id: use.id, content: await answer() }] }];
		const last = await api.stream(body(o, { ...more, messages }))
			.finalMessage();
		const thoughts = [...first.content, ...last.content]
			.filter((b) => b.type === "thinking");
		return { thoughts: thoughts.map((b) => b.thinking),
			text: textOf(last) };
	},
	async json(o) {
		const r = await client(o).messages.create(body(o, {
			output_config: { format: {
				type: "json_schema",
				schema: {
					type: "object",
					properties: { answer: { type: "string" } },
					required: ["answer"],
					additionalProperties: false,
				},
			} },
		}));
		return JSON.parse(textOf(r));
	},
	async models(o) {
		const ids = [];
		for await (const m of client(o).models.list())
			ids.push(m.id);
		await client(o).models.retrieve(ids[0]);
		return ids;
	},
	async count(o) {
		const { max_tokens: _, ...rest } = body(o);
		return (await client(o).messages.countTokens(rest)).input_tokens;
	},
};
