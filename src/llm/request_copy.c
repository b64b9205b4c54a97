/*
 * A copy of a request that outlives the arena of its call.
 */
#include "llm/request.h"

#include "base/arena.h"

static struct str copy(struct arena *a, struct str s)
{
	return s.p == NULL ? s : (struct str){str_dup(a, s), s.n};
}

static void copy_part(struct arena *a, struct llm_part *p)
{
	p->text = copy(a, p->text);
	p->media_type = copy(a, p->media_type);
	p->data = copy(a, p->data);
	p->id = copy(a, p->id);
	p->name = copy(a, p->name);
}

static void copy_messages(struct arena *a, const struct llm_request *r,
			  struct llm_request *out)
{
	struct llm_message *const all =
		ARENA_ARRAY(a, r->nmessages, struct llm_message);

	for (size_t i = 0; i < r->nmessages; i++) {
		const struct llm_message *const m = &r->messages[i];
		all[i] = *m;
		all[i].text = copy(a, m->text);
		if (m->nparts == 0)
			continue;
		all[i].parts = ARENA_ARRAY(a, m->nparts, struct llm_part);
		for (size_t k = 0; k < m->nparts; k++) {
			all[i].parts[k] = m->parts[k];
			copy_part(a, &all[i].parts[k]);
		}
	}
	out->messages = all;
}

static void copy_tools(struct arena *a, const struct llm_request *r,
		       struct llm_request *out)
{
	struct llm_tool *const all = ARENA_ARRAY(a, r->ntools, struct llm_tool);

	for (size_t i = 0; i < r->ntools; i++) {
		all[i] = r->tools[i];
		all[i].name = copy(a, r->tools[i].name);
		all[i].description = copy(a, r->tools[i].description);
		all[i].schema = copy(a, r->tools[i].schema);
	}
	out->tools = all;
}

static const struct str *copy_texts(struct arena *a, const struct str *texts,
				    size_t n)
{
	struct str *const all = ARENA_ARRAY(a, n, struct str);

	for (size_t i = 0; i < n; i++)
		all[i] = copy(a, texts[i]);
	return all;
}

static void copy_extras(struct arena *a, const struct llm_request *r,
			struct llm_request *out)
{
	struct llm_extra *const all =
		ARENA_ARRAY(a, r->nextras, struct llm_extra);

	for (size_t i = 0; i < r->nextras; i++) {
		all[i].name = copy(a, r->extras[i].name);
		all[i].json = copy(a, r->extras[i].json);
	}
	out->extras = all;
}

void llm_request_copy(struct arena *a, const struct llm_request *r,
		      struct llm_request *out)
{
	*out = *r;
	copy_messages(a, r, out);
	copy_tools(a, r, out);
	out->stop = copy_texts(a, r->stop, r->nstop);
	out->inputs = copy_texts(a, r->inputs, r->ninputs);
	copy_extras(a, r, out);
	out->model = copy(a, r->model);
	out->tool_named = copy(a, r->tool_named);
	out->schema_name = copy(a, r->schema_name);
	out->schema = copy(a, r->schema);
	out->temperature = copy(a, r->temperature);
	out->top_p = copy(a, r->top_p);
	out->seed = copy(a, r->seed);
	out->reasoning_effort = copy(a, r->reasoning_effort);
	out->thinking_display = copy(a, r->thinking_display);
	out->end_user = copy(a, r->end_user);
}
