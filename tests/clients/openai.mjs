/* The `openai` package: Chat Completions and the Responses API. */
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

import { site } from "./harness.mjs";

const weather = {
	name: "weather",
	description: "The weather in a city",
	parameters: {
		type: "object",
		properties: { city: { type: "string" } },
		required: ["city"],
	},
};

const client = (o) => new OpenAI({
	apiKey: o.key,
	baseURL: `${site.url}${o.base ?? "/v1"}`,
	maxRetries: o.retries,
	fetch: o.fetch,
});

async function read(stream, pick, o) {
	let text = "";
	for await (const chunk of stream) {
		const piece = pick(chunk);
		text += piece;
		if (piece !== "")
			o.onText?.(piece);
	}
	return text;
}

export const chat = {
	name: "openai",
	checkedJson: true,
	caps: 1, /* hits of a refusal by a cap, with retries */
	bases: ["/v1", "/v1/", "", "/"],
	async text(o) {
		const r = await client(o).chat.completions.create({
			model: o.model,
			messages: [{ role: "user", content: o.prompt }],
		});
		return r.choices[0].message.content;
	},
	async system(o) {
		const r = await client(o).chat.completions.create({
			model: o.model,
			messages: [{ role: "system", content: o.prompt }],
		});
		return r.choices[0].message.content;
	},
	async stream(o) {
		const stream = await client(o).chat.completions.create({
			model: o.model,
			messages: [{ role: "user", content: o.prompt }],
			stream: true,
			stream_options: { include_usage: true },
		}, { signal: o.signal });
		return read(stream, (c) => c.choices[0]?.delta.content ?? "", o);
	},
	async tools(o, answer) {
		const api = client(o).chat.completions;
		const tools = [{ type: "function", function: weather }];
		const messages = [{ role: "user", content: o.prompt }];
		const r = await api.create({ model: o.model, messages, tools });
		messages.push(r.choices[0].message);
		for (const call of r.choices[0].message.tool_calls)
			messages.push({
				role: "tool",
				tool_call_id: call.id,
				content: await answer(call.function.name,
					JSON.parse(call.function.arguments)),
			});
		const last = await api.create({ model: o.model, messages, tools });
		return last.choices[0].message.content;
	},
	async streamedTools(o) {
		const run = client(o).chat.completions.stream({
			model: o.model,
			messages: [{ role: "user", content: o.prompt }],
			tools: [{ type: "function", function: weather }],
		});
		const done = await run.finalChatCompletion();
		return done.choices[0].message.tool_calls
			.map((t) => [t.function.name, JSON.parse(t.function.arguments)]);
	},
	async json(o) {
		const schema = z.object({ answer: z.string() });
		const r = await client(o).chat.completions.parse({
			model: o.model,
			messages: [{ role: "user", content: o.prompt }],
			response_format: zodResponseFormat(schema, "answer"),
		});
		return r.choices[0].message.parsed;
	},
	async embed(o, input) {
		const r = await client(o).embeddings.create({ model: o.embedding, input });
		return r.data.map((d) => d.embedding);
	},
	async models(o) {
		const ids = [];
		for await (const m of client(o).models.list())
			ids.push(m.id);
		await client(o).models.retrieve(ids[0]);
		return ids;
	},
};

export const responses = {
	name: "openai, responses",
	checkedJson: true,
	caps: 1,
	async text(o) {
		const r = await client(o).responses.create({
			model: o.model, input: o.prompt });
		return r.output_text;
	},
	async stream(o) {
		const stream = await client(o).responses.create({
			model: o.model, input: o.prompt, stream: true,
		}, { signal: o.signal });
		return read(stream, (e) => {
			if (e.type === "error" || e.type === "response.failed")
				throw Object.assign(new Error(e.message ??
					e.response.error.message),
				{ code: e.code ?? e.response.error.code });
			return e.type === "response.output_text.delta" ? e.delta : "";
		}, o);
	},
	async tools(o, answer) {
		const api = client(o).responses;
		const tools = [{ type: "function", strict: false, ...weather }];
		const input = [{ role: "user", content: o.prompt }];
		const r = await api.create({ model: o.model, input, tools });
		for (const item of r.output) {
			input.push(item);
			if (item.type === "function_call")
				input.push({
					type: "function_call_output",
					call_id: item.call_id,
					output: await answer(item.name,
						JSON.parse(item.arguments)),
				});
		}
		const last = await api.create({ model: o.model, input, tools });
		return last.output_text;
	},
	async streamedTools(o) {
		const run = client(o).responses.stream({
			model: o.model,
			input: o.prompt,
			tools: [{ type: "function", strict: false, ...weather }],
		});
		const done = await run.finalResponse();
		return done.output.filter((i) => i.type === "function_call")
			.map((i) => [i.name, JSON.parse(i.arguments)]);
	},
	async json(o) {
		const r = await client(o).responses.create({
			model: o.model,
			input: o.prompt,
			text: { format: {
				type: "json_schema",
				name: "answer",
				schema: {
					type: "object",
					properties: { answer: { type: "string" } },
					required: ["answer"],
					additionalProperties: false,
				},
			} },
		});
		return JSON.parse(r.output_text);
	},
};
