/* The `@langchain/openai` package. */
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { z } from "zod";

import { site } from "./harness.mjs";

const model = (o) => new ChatOpenAI({
	model: o.model,
	apiKey: o.key,
	maxRetries: o.retries,
	configuration: { baseURL: `${site.url}/v1`, fetch: o.fetch },
});

const weather = tool(() => "", {
	name: "weather",
	description: "The weather in a city",
	schema: z.object({ city: z.string() }),
});

export const langchain = {
	name: "@langchain/openai",
	checkedJson: true,
	caps: 1, /* it knows insufficient_quota */
	async text(o) {
		return (await model(o).invoke(o.prompt)).content;
	},
	async stream(o) {
		let text = "";
		const stream = await model(o).stream(o.prompt, { signal: o.signal });
		for await (const chunk of stream) {
			text += chunk.content;
			if (chunk.content !== "")
				o.onText?.(chunk.content);
		}
		return text;
	},
	async tools(o, answer) {
		const bound = model(o).bindTools([weather]);
		const messages = [new HumanMessage(o.prompt)];
		const first = await bound.invoke(messages);
		messages.push(first);
		for (const call of first.tool_calls)
			messages.push(new ToolMessage({
				tool_call_id: call.id,
				content: await answer(call.name, call.args),
			}));
		return (await bound.invoke(messages)).content;
	},
	async streamedTools(o) {
		let all;
		for await (const chunk of await model(o).bindTools([weather])
			.stream(o.prompt))
			all = all === undefined ? chunk : all.concat(chunk);
		return all.tool_calls.map((t) => [t.name, t.args]);
	},
	async json(o) {
		const schema = z.object({ answer: z.string() });
		return model(o).withStructuredOutput(schema,
			{ method: "jsonSchema" }).invoke(o.prompt);
	},
	async embed(o, input) {
		return new OpenAIEmbeddings({
			model: o.embedding,
			apiKey: o.key,
			configuration: { baseURL: `${site.url}/v1`, fetch: o.fetch },
		}).embedDocuments(input);
	},
};
