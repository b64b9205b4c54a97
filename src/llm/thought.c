/*
 * What a model thinks before it answers.  It is counted like an answer, and
 * only a client that asked for it sees it, through the same guard.  It is no
 * text: until there is some, the next of the route may be asked, whose thoughts
 * then follow as others.
 */
#include "llm/call_loop.h"

#include "base/arena.h"
#include "http/req.h"
#include "llm/guarded.h"

#define THOUGHT_MAX_BYTES ((size_t)4 * 1024 * 1024)

void call_thoughts_reset(struct call *c)
{
	c->thought = CALL_NO_THOUGHT;
	c->nthought_deltas = 0;
	c->thought_bytes = 0;
	if (!c->encoder->stream)
		c->nthoughts = 0;
	/* what of a thought was held belongs to one that broke off */
	if (!c->text_sent)
		guarded_reset(c);
}

/* A thought of a collected answer begins; what is too much is the last one. */
static void collect_new(struct call *c)
{
	struct arena *const a = &c->req->arena;

	if (c->thoughts == NULL)
		c->thoughts =
			ARENA_ARRAY(a, CALL_MAX_THOUGHTS, struct call_thought);
	if (c->nthoughts < CALL_MAX_THOUGHTS)
		c->nthoughts++;
	struct call_thought *const t = &c->thoughts[c->nthoughts - 1];
	*t = (struct call_thought){.sealed = false};
	buf_init(&t->text, a, THOUGHT_MAX_BYTES);
}

static void collect(struct call *c, const struct llm_event *ev)
{
	struct call_thought *const t = &c->thoughts[c->nthoughts - 1];
	const struct str s = ev->signature;

	buf_add_str(&t->text, ev->text);
	t->sealed = ev->sealed;
	if (s.n > 0)
		t->signature = (struct str){str_dup(&c->req->arena, s), s.n};
}

static void emit(struct call *c, struct str text, struct str signature,
		 bool sealed)
{
	const struct llm_event ev = {
		.kind = LLM_THOUGHT,
		.text = text,
		.signature = signature,
		.sealed = sealed,
		.tool_index = c->nthoughts - 1,
	};

	if (c->state >= CALL_SETTLING)
		return;
	if (!c->encoder->stream)
		collect(c, &ev);
	else if (c->encoder->thought != NULL)
		call_write(c, &ev, c->encoder->thought);
}

void call_emit_thought(struct call *c, struct str text)
{
	emit(c, text, STR_NONE, false);
}

/* What was held before belongs before it. */
static enum err begin(struct call *c, size_t number)
{
	ERR_TRY(guarded_flush(c));
	c->thought = number;
	c->thought_found = guarded_found(c);
	if (c->encoder->stream)
		c->nthoughts++;
	else
		collect_new(c);
	return ERR_OK;
}

/* A thought that the guard has changed is not what was signed. */
static enum err sign(struct call *c, struct str signature)
{
	ERR_TRY(guarded_flush(c));
	if (guarded_found(c) == c->thought_found)
		emit(c, STR_NONE, signature, false);
	return ERR_OK;
}

static enum err show(struct call *c, const struct llm_event *ev)
{
	if (c->thought != ev->tool_index)
		ERR_TRY(begin(c, ev->tool_index));
	if (ev->sealed) {
		emit(c, STR_NONE, ev->signature, true);
		return ERR_OK;
	}
	if (ev->text.n > 0)
		ERR_TRY(guarded_feed(c, GUARDED_THOUGHT, ev->text));
	return ev->signature.n > 0 ? sign(c, ev->signature) : ERR_OK;
}

void call_add_thought(struct call *c, const struct llm_event *ev)
{
	c->nthought_deltas += ev->text.n > 0 ? 1 : 0;
	c->thought_bytes += (int64_t)ev->text.n;
	if (llm_request_shows_thoughts(&c->llm))
		call_stop_if(c, show(c, ev));
}
