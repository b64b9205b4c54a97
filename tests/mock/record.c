/*
 * The memory of the mock provider, which tests read as JSON.  Details are kept
 * of the last RECORDS_LAST calls in a ring, counts of all.
 */
#include "record.h"

#include <stdlib.h>
#include <string.h>

#define RECORDS_LAST       256
#define RECORDS_MODELS     128
#define RECORDS_BODY_BYTES 65536

struct record {
	unsigned long id; /* 0: empty */
	char path[CALL_PATH_BYTES];
	const char *state;
	char model[CALL_MODEL_BYTES];
	char auth[CALL_AUTH_BYTES];
	char traceparent[CALL_TRACE_BYTES];
	bool stream;
	bool include_usage;
	bool closed_early;
	long max_tokens;
	long status;
	long tokens;
	size_t messages;
	size_t body_bytes;
	char *body;
};

struct model {
	char name[CALL_MODEL_BYTES];
	char script[SCRIPT_MAX_BYTES];
	long count;
};

struct records {
	long count;
	unsigned long first_id; /* of this round, see records_reset() */
	unsigned long last_id;
	struct record last[RECORDS_LAST];
	struct model models[RECORDS_MODELS];
};

struct records *records_new(void)
{
	return mem_zero(sizeof(struct records));
}

void records_reset(struct records *r)
{
	for (size_t i = 0; i < RECORDS_LAST; i++)
		free(r->last[i].body);
	*r = (struct records){0};
}

/* The entry of this name, made when there is room; else the last one. */
static struct model *model_entry(struct records *r, struct span name)
{
	size_t i = 0;

	while (i < RECORDS_MODELS - 1 && r->models[i].name[0] != '\0' &&
	       !span_is(name, r->models[i].name))
		i++;
	if (i == RECORDS_MODELS - 1)
		name = (struct span){"(others)", 8};
	span_copy(name, r->models[i].name, sizeof(r->models[i].name));
	return &r->models[i];
}

long records_begin(struct records *r, const struct call *c)
{
	struct record *e = &r->last[c->id % RECORDS_LAST];
	const size_t kept =
		c->body.n < RECORDS_BODY_BYTES ? c->body.n : RECORDS_BODY_BYTES;

	free(e->body);
	*e = (struct record){.id = c->id,
			     .stream = c->stream,
			     .include_usage = c->include_usage,
			     .max_tokens = c->max_tokens,
			     .messages = c->messages,
			     .body_bytes = c->body.n,
			     .body = mem_copy(c->body.p, kept)};
	memcpy(e->path, c->path, sizeof(e->path));
	memcpy(e->model, c->model, sizeof(e->model));
	memcpy(e->auth, c->auth, sizeof(e->auth));
	memcpy(e->traceparent, c->traceparent, sizeof(e->traceparent));
	r->count++;
	r->last_id = c->id;
	if (r->first_id == 0)
		r->first_id = c->id;
	const struct span name = {c->model, strlen(c->model)};
	return model_entry(r, name)->count++;
}

void records_update(struct records *r, const struct call *c, const char *state)
{
	struct record *e = &r->last[c->id % RECORDS_LAST];

	if (e->id != c->id)
		return;
	e->state = state;
	e->status = c->script.status;
	e->tokens = c->sent_tokens;
	e->closed_early = strcmp(state, "closed") == 0;
}

void records_set_script(struct records *r, struct span model,
			struct span script)
{
	struct model *m = model_entry(r, model);

	span_copy(script, m->script, sizeof(m->script));
}

struct span records_script(const struct records *r, struct span model)
{
	for (size_t i = 0; i < RECORDS_MODELS; i++) {
		const struct model *m = &r->models[i];
		if (m->name[0] != '\0' && span_is(model, m->name))
			return (struct span){m->script, strlen(m->script)};
	}
	return (struct span){0};
}

static void write_string(struct text *out, const char *name, const char *v)
{
	text_addf(out, ",\"%s\":", name);
	text_quote(out, v, strlen(v));
}

static const char *yes_no(bool b)
{
	return b ? "true" : "false";
}

static void write_record(const struct record *e, struct text *out, bool bodies)
{
	text_addf(out, "{\"id\":%lu", e->id);
	write_string(out, "path", e->path);
	write_string(out, "model", e->model);
	write_string(out, "auth", e->auth);
	write_string(out, "traceparent", e->traceparent);
	write_string(out, "state", e->state);
	text_addf(out, ",\"stream\":%s,\"include_usage\":%s,",
		  yes_no(e->stream), yes_no(e->include_usage));
	if (e->max_tokens >= 0)
		text_addf(out, "\"max_tokens\":%ld,", e->max_tokens);
	else
		text_addf(out, "\"max_tokens\":null,");
	text_addf(out, "\"messages\":%zu,\"body_bytes\":%zu,\"status\":%ld,",
		  e->messages, e->body_bytes, e->status);
	text_addf(out, "\"tokens\":%ld,\"closed_early\":%s", e->tokens,
		  yes_no(e->closed_early));
	if (bodies)
		write_string(out, "body", e->body);
	text_addf(out, "}");
}

void records_write(const struct records *r, struct text *out, size_t in_flight,
		   unsigned long connections, bool bodies)
{
	const char *comma = "";

	text_addf(out, "{\"count\":%ld,\"in_flight\":%zu,\"connections\":%lu,",
		  r->count, in_flight, connections);
	text_addf(out, "\"models\":{");
	for (size_t i = 0; i < RECORDS_MODELS; i++) {
		if (r->models[i].count == 0)
			continue;
		text_addf(out, "%s", comma);
		text_quote(out, r->models[i].name, strlen(r->models[i].name));
		text_addf(out, ":%ld", r->models[i].count);
		comma = ",";
	}
	text_addf(out, "},\"last\":[");
	comma = "";
	for (unsigned long id = r->first_id; id != 0 && id <= r->last_id;
	     id++) {
		const struct record *e = &r->last[id % RECORDS_LAST];
		if (e->id != id)
			continue;
		text_addf(out, "%s", comma);
		write_record(e, out, bodies);
		comma = ",";
	}
	text_addf(out, "]}\n");
}
