/*
 * The one way in which an adapter emits events.  It drops what would break
 * their order, so a provider that repeats itself or goes on after its end
 * cannot confuse the pipeline.
 */
#include "llm/stream.h"

#include <assert.h>

static void emit(struct provider_stream *s, const struct llm_event *ev)
{
	if (s->ended)
		return;
	s->nevents++;
	s->ended = ev->kind == LLM_DONE || ev->kind == LLM_ERROR;
	s->sink->emit(s->sink, ev);
}

void stream_start(struct provider_stream *s)
{
	if (s->started)
		return;
	s->started = true;
	emit(s, &(struct llm_event){.kind = LLM_START});
}

void stream_delta(struct provider_stream *s, struct str text)
{
	if (text.n == 0)
		return;
	stream_start(s);
	emit(s, &(struct llm_event){.kind = LLM_DELTA, .text = text});
}

void stream_tool(struct provider_stream *s, size_t index, struct str id,
		 struct str name, struct str arguments)
{
	if (id.n == 0 && name.n == 0 && arguments.n == 0)
		return;
	stream_start(s);
	emit(s, &(struct llm_event){.kind = LLM_TOOL_DELTA,
				    .text = arguments,
				    .tool_index = index,
				    .tool_id = id,
				    .tool_name = name});
}

void stream_thought(struct provider_stream *s, size_t index, struct str text,
		    struct str signature, bool sealed)
{
	if (text.n == 0 && signature.n == 0)
		return;
	stream_start(s);
	emit(s, &(struct llm_event){.kind = LLM_THOUGHT,
				    .text = text,
				    .signature = signature,
				    .sealed = sealed,
				    .tool_index = index});
}

void stream_vector(struct provider_stream *s, size_t index, struct str json)
{
	stream_start(s);
	emit(s, &(struct llm_event){
			.kind = LLM_VECTOR, .text = json, .tool_index = index});
}

void stream_usage(struct provider_stream *s, const struct ledger_usage *u)
{
	stream_start(s);
	emit(s, &(struct llm_event){.kind = LLM_USAGE, .usage = *u});
}

void stream_done(struct provider_stream *s, enum llm_finish finish)
{
	stream_start(s);
	emit(s, &(struct llm_event){.kind = LLM_DONE, .finish = finish});
}

void stream_error(struct provider_stream *s, enum err err, const char *why)
{
	assert(err != ERR_OK);
	emit(s, &(struct llm_event){.kind = LLM_ERROR,
				    .error = err,
				    .text = str_from(why)});
}

void stream_unread(struct provider_stream *s, const char *why)
{
	emit(s, &(struct llm_event){.kind = LLM_ERROR,
				    .error = ERR_UPSTREAM,
				    .text = str_from(why),
				    .unread = true});
}
