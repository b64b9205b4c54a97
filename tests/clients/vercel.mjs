/* The `ai` package with three providers, one of them in two ways. */
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import * as ai from "ai";
import { z } from "zod";

import { site } from "./harness.mjs";

/* The provider's name, and how it makes a model. */
const providers = {
	"@ai-sdk/openai-compatible": (o) => createOpenAICompatible({
		name: "slipway",
		apiKey: o.key,
		baseURL: `${site.url}/v1`,
		fetch: o.fetch,
		includeUsage: true,
		supportsStructuredOutputs: true,
	}),
	"@ai-sdk/openai": (o) => createOpenAI({
		apiKey: o.key, baseURL: `${site.url}/v1`, fetch: o.fetch }),
	"@ai-sdk/anthropic": (o) => createAnthropic({
		apiKey: o.key, baseURL: `${site.url}/v1`, fetch: o.fetch }),
};

const weather = (answer) => ai.tool({
	description: "The weather in a city",
	inputSchema: z.object({ city: z.string() }),
	execute: (input) => answer("weather", input),
});

function adapter(name, provider, model) {
	const settings = (o) => ({
		model: model(providers[provider](o), o.model),
		prompt: o.prompt,
		maxRetries: o.retries,
		abortSignal: o.signal,
		/* else it refers to items that it believes to be stored */
		providerOptions: { openai: { store: false } },
	});
	return {
		name: `ai, ${name}`,
		checkedJson: true,
		caps: 3, /* it does not know x-should-retry */
		async text(o) {
			return (await ai.generateText(settings(o))).text;
		},
		async stream(o) {
			let failure;
			const run = ai.streamText({ ...settings(o),
				onError: ({ error }) => { failure = error; } });
			let text = "";
			for await (const piece of run.textStream) {
				text += piece;
				o.onText?.(piece);
			}
			if (failure)
				throw failure;
			return text;
		},
		async tools(o, answer) {
			const r = await ai.generateText({ ...settings(o),
				tools: { weather: weather(answer) },
				stopWhen: ai.stepCountIs?.(3) ?? ai.isStepCount(3) });
			return r.text;
		},
		async streamedTools(o) {
			const run = ai.streamText({ ...settings(o),
				tools: { weather: ai.tool({
					inputSchema: z.object({ city: z.string() }) }) } });
			return (await run.toolCalls).map((t) => [t.toolName, t.input]);
		},
		async json(o) {
			const schema = z.object({ answer: z.string() });
			const r = await ai.generateText({ ...settings(o),
				output: ai.Output.object({ schema }) });
			return r.output ?? r.experimental_output;
		},
	};
}

const embedder = (provider) => async (o, input) => {
	const p = providers[provider](o);
	const model = (p.embeddingModel ?? p.textEmbeddingModel)
		.call(p, o.embedding);
	return (await ai.embedMany({ model, values: input })).embeddings;
};

export const compatible = {
	...adapter("openai-compatible", "@ai-sdk/openai-compatible",
		(p, id) => p(id)),
	embed: embedder("@ai-sdk/openai-compatible"),
};
export const vercelChat = {
	...adapter("openai .chat()", "@ai-sdk/openai", (p, id) => p.chat(id)),
	embed: embedder("@ai-sdk/openai"),
};
export const vercelResponses = adapter("openai", "@ai-sdk/openai",
	(p, id) => p(id));
export const vercelAnthropic = {
	...adapter("anthropic", "@ai-sdk/anthropic", (p, id) => p(id)),
	async think(o, answer) {
		const r = await ai.generateText({
			model: providers["@ai-sdk/anthropic"](o)(o.model),
			prompt: o.prompt,
			maxOutputTokens: 900,
			tools: { weather: weather(answer) },
			stopWhen: ai.stepCountIs?.(3) ?? ai.isStepCount(3),
			providerOptions: { anthropic: {
				thinking: { type: "enabled", budgetTokens: 1024 } } },
		});
		return { thoughts: r.steps.map((s) => s.reasoningText),
			text: r.text };
	},
	/* for a model that it does not know it asks in words */
	checkedJson: false,
};
