/*
 * Questions and answers on their way to the table `contents`.  The call's
 * pipeline calls this at the few places where the texts pass; here is which
 * form of them is kept.
 */
#include "llm/content.h"

#include "base/arena.h"
#include "http/req.h"
#include "llm/app.h"
#include "llm/call.h"

struct text {
	struct buf buf;
	bool cut; /* it was too long */
};

struct call_content {
	struct text question;
	struct text answer;
	bool in_tools; /* the answer goes on with tool calls */
	struct ledger_content kept;
};

static const char *const roles[] = {
	[LLM_SYSTEM] = "system",
	[LLM_USER] = "user",
	[LLM_ASSISTANT] = "assistant",
	[LLM_TOOL] = "tool",
};

/*
 * Add text up to the limit, but never a NUL, which PostgreSQL cannot store:
 * a settlement must not fail for it.
 */
static void add(struct text *to, struct str text)
{
	while (text.n > 0 && !to->cut) {
		struct str piece;
		(void)str_cut(text, '\0', &piece, &text);
		const struct str fits = str_utf8_prefix(
			piece, LEDGER_CONTENT_MAX_BYTES - to->buf.n);
		buf_add_str(&to->buf, fits);
		to->cut = fits.n < piece.n;
	}
}

static void add_part(struct text *q, const struct llm_part *p)
{
	/* the model's own, and no part of its answer */
	if (p->kind == LLM_PART_THOUGHT || p->kind == LLM_PART_SEALED_THOUGHT)
		return;
	add(q, STR("\n"));
	if (p->kind == LLM_PART_IMAGE) {
		add(q, STR("an image, "));
		add(q, p->media_type);
		return;
	}
	if (p->kind == LLM_PART_DOCUMENT) {
		add(q, STR("document "));
		add(q, p->name);
		add(q, STR("\n"));
		add(q, p->data);
		add(q, p->data.n > 0 ? STR("\n") : STR_NONE);
	} else if (p->kind != LLM_PART_TEXT) {
		add(q, p->name.n > 0 ? p->name : STR("tool"));
		add(q, STR(" "));
	}
	add(q, p->text);
}

static void write_question(struct call *c)
{
	struct text *const q = &c->content->question;

	for (size_t i = 0; i < c->nmessages; i++) {
		const struct llm_message *const m = &c->messages[i];
		add(q, i > 0 ? STR("\n\n") : STR(""));
		add(q, str_from(roles[m->role]));
		add(q, STR(": "));
		add(q, m->text);
		for (size_t j = 0; j < m->nparts; j++)
			add_part(q, &m->parts[j]);
	}
	for (size_t i = 0; i < c->llm.ninputs; i++) {
		add(q, i > 0 ? STR("\n") : STR(""));
		add(q, c->llm.inputs[i]);
	}
}

void content_asked(struct call *c)
{
	struct arena *const a = &c->req->arena;

	if (c->feature->content == CONF_CONTENT_NONE)
		return;
	c->content = ARENA_NEW(a, struct call_content);
	buf_init(&c->content->question.buf, a, LEDGER_CONTENT_MAX_BYTES);
	buf_init(&c->content->answer.buf, a, LEDGER_CONTENT_MAX_BYTES);
	if (c->feature->content != CONF_CONTENT_REDACTED)
		write_question(c);
}

void content_cleaned(struct call *c)
{
	if (c->content != NULL && c->guard.refused == ERR_OK &&
	    c->feature->content == CONF_CONTENT_REDACTED)
		write_question(c);
}

void content_said(struct call *c, struct str text)
{
	if (c->content == NULL)
		return;
	if (c->content->in_tools)
		add(&c->content->answer, STR("\n"));
	c->content->in_tools = false;
	add(&c->content->answer, text);
}

void content_called(struct call *c, const struct llm_event *ev)
{
	struct call_content *const k = c->content;

	if (k == NULL)
		return;
	k->in_tools = true;
	if (ev->tool_name.n > 0) {
		add(&k->answer, k->answer.buf.n > 0 ? STR("\n") : STR(""));
		add(&k->answer, ev->tool_name);
		add(&k->answer, STR(" "));
	}
	add(&k->answer, ev->text);
}

void content_again(struct call *c)
{
	if (c->content == NULL)
		return;
	buf_reset(&c->content->answer.buf);
	c->content->answer.cut = false;
	c->content->in_tools = false;
}

static struct str hashed(const struct call *c, struct str text)
{
	char *const hex = arena_alloc(&c->req->arena, GUARD_HASH_BYTES);

	if (text.n == 0)
		return STR_NONE;
	guard_hash(c->app->guard, text, hex);
	return str_from(hex);
}

void content_finish(struct call *c)
{
	struct call_content *const k = c->content;

	if (k == NULL || (k->question.buf.n == 0 && k->answer.buf.n == 0))
		return;
	k->kept.question = buf_str(&k->question.buf);
	k->kept.answer = buf_str(&k->answer.buf);
	k->kept.cut = k->question.cut || k->answer.cut;
	k->kept.days = c->feature->content_days;
	k->kept.form = "full";
	if (c->feature->content == CONF_CONTENT_HASH) {
		k->kept.form = "hash";
		k->kept.question = hashed(c, k->kept.question);
		k->kept.answer = hashed(c, k->kept.answer);
	}
	if (c->feature->content == CONF_CONTENT_REDACTED) {
		k->kept.form = "redacted";
		/* what was taken out of the question stands in it again */
		k->kept.answer = guarded_again(c, k->kept.answer);
	}
	c->settle.content = &k->kept;
}
