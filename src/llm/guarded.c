/*
 * Between a call and the guard.  The question: on the intake thread, before
 * the bound of its cost is computed, for what is taken out changes its length,
 * and a refused one reserves nothing.  The answer: on the loop thread, at the
 * one place where text passes to the client (output.c).
 */
#include "llm/guarded.h"

#include "base/arena.h"
#include "base/clock.h"
#include "docs/shield.h"
#include "guard/scan.h"
#include "http/req.h"
#include "llm/app.h"
#include "llm/call_loop.h"

struct guarded_scan {
	struct call *call;
	size_t tool;
	bool busy; /* what it emits may end the call */
	struct guard_scan scan;
};

/* The question ------------------------------------------------------- */

static void refuse(struct call *c, enum err err)
{
	if (err == ERR_OK || c->guard.refused != ERR_OK)
		return;
	c->guard.refused = ERR_BLOCKED;
	(void)err_set(&c->req->err, ERR_BLOCKED, "%s",
		      err == ERR_BLOCKED ? "by the input guard"
					 : "the input guard could not tell");
}

static void clean(struct call *c, struct str *text, bool json)
{
	refuse(c, guard_clean(c->app->guard, c->feature, GUARD_INPUT,
			      &c->req->arena, c->guard.vault, json, text,
			      &c->guard.report));
}

#define PART_TEXTS 3

/* What can be read in a part: a document has a title and more, too. */
static size_t texts_of(struct llm_part *p, struct str **out)
{
	if (p->kind == LLM_PART_IMAGE || p->kind == LLM_PART_SEALED_THOUGHT)
		return 0;
	out[0] = &p->text;
	out[1] = &p->name;
	out[2] = &p->data;
	return p->kind == LLM_PART_DOCUMENT ? PART_TEXTS : 1;
}

/* False: it cannot be given to a provider any more. */
static bool clean_part(struct call *c, struct llm_part *p)
{
	const struct str before = p->text;
	struct str *texts[PART_TEXTS];
	const size_t n = texts_of(p, texts);

	for (size_t i = 0; i < n; i++)
		clean(c, texts[i], p->kind == LLM_PART_TOOL_CALL);
	/* it is signed as it was */
	return p->kind != LLM_PART_THOUGHT || str_eq(before, p->text);
}

static void clean_message(struct call *c, struct llm_message *m)
{
	size_t n = 0;

	clean(c, &m->text, false);
	for (size_t i = 0; i < m->nparts; i++)
		if (clean_part(c, &m->parts[i]))
			m->parts[n++] = m->parts[i];
	m->nparts = n;
}

static void check_intent(void *arg, struct str text)
{
	struct call *const c = arg;

	refuse(c, guard_intent(c->app->guard, c->feature, &c->req->arena, text,
			       &c->guard.report));
}

/* The first message behind the model's last answer. */
static size_t first_new(const struct call *c)
{
	size_t first = c->nmessages;

	while (first > 0 && c->messages[first - 1].role != LLM_ASSISTANT)
		first--;
	return first;
}

static void see_part(struct llm_part *p,
		     void (*see)(void *arg, struct str text), void *arg)
{
	struct str *texts[PART_TEXTS];
	const size_t n = texts_of(p, texts);

	for (size_t i = 0; i < n; i++)
		see(arg, *texts[i]);
}

/* Where only the system speaks, the last of it is the question. */
void guarded_each_new(struct call *c, void (*see)(void *arg, struct str text),
		      void *arg)
{
	const size_t asks = llm_system_asks(c->messages, c->nmessages);

	for (size_t i = first_new(c); i < c->nmessages; i++) {
		const struct llm_message *const m = &c->messages[i];
		if (m->role == LLM_SYSTEM && i != asks)
			continue;
		see(arg, m->text);
		for (size_t k = 0; k < m->nparts; k++)
			see_part(&m->parts[k], see, arg);
	}
}

static void forget_text(struct call *c, struct str *text)
{
	struct guard_report *const r = &c->guard.report;
	struct guard_report seen = {.n = 0};

	if (guard_intent(c->app->guard, c->feature, &c->req->arena, *text,
			 &seen) != ERR_OK) {
		*text = STR("[removed]");
		guard_note(r, GUARD_INPUT, seen.decisions[0].kind, "drop", 1);
	}
	r->us[GUARD_INPUT] += seen.us[GUARD_INPUT];
}

static void forget_part(struct call *c, struct llm_part *p)
{
	struct str *texts[PART_TEXTS];
	const size_t n = texts_of(p, texts);

	for (size_t i = 0; i < n; i++)
		forget_text(c, texts[i]);
}

/*
 * No model has answered what was refused, but whoever writes the request can
 * say that one has: what is old and would be refused is taken out.
 */
static void forget_old(struct call *c)
{
	const size_t first = first_new(c);

	for (size_t i = 0; i < first; i++) {
		struct llm_message *const m = &c->messages[i];
		if (m->role == LLM_SYSTEM || m->role == LLM_ASSISTANT)
			continue;
		forget_text(c, &m->text);
		for (size_t k = 0; k < m->nparts; k++)
			forget_part(c, &m->parts[k]);
	}
}

/*
 * Texts that become vectors: nothing in them is obeyed.  Tokens are numbers
 * that only the model can read.
 */
static void clean_inputs(struct call *c)
{
	const size_t n = c->llm.ninputs;
	struct str *const inputs = ARENA_ARRAY(&c->req->arena, n, struct str);

	for (size_t i = 0; i < n; i++) {
		inputs[i] = c->llm.inputs[i];
		if (str_starts(inputs[i], STR("\"")))
			clean(c, &inputs[i], true);
	}
	c->llm.inputs = inputs;
}

void guarded_question(struct call *c)
{
	clean_inputs(c); /* before the vault: no names, nothing is put back */
	if (c->app->conf->guard.restore) {
		c->guard.vault = ARENA_NEW(&c->req->arena, struct vault);
		vault_init(c->guard.vault, &c->req->arena);
	}
	guarded_each_new(c, check_intent, c);
	forget_old(c);
	for (size_t i = 0; i < c->nmessages; i++)
		clean_message(c, &c->messages[i]);
}

/* Passages ----------------------------------------------------------- */

void guarded_passages(struct call *c)
{
	c->npassages = docs_shield(c->app->guard, c->feature, &c->req->arena,
				   c->passages, c->npassages, &c->guard.report);
}

struct str guarded_again(struct call *c, struct str text)
{
	struct guard_report unused = {.n = 0};

	if (guard_clean(c->app->guard, c->feature, GUARD_INPUT, &c->req->arena,
			c->guard.vault, false, &text, &unused) != ERR_OK)
		return STR_NONE;
	return text;
}

/* The answer --------------------------------------------------------- */

static void on_text(void *arg, struct str text)
{
	struct guarded_scan *const s = arg;

	if (s->tool == GUARDED_TEXT)
		call_emit_text(s->call, text);
	else if (s->tool == GUARDED_THOUGHT)
		call_emit_thought(s->call, text);
	else
		call_emit_tool(s->call, s->tool, text);
}

static const struct guard_rules *rules_of(const struct call *c)
{
	const struct guard_rules *const rules =
		guard_rules_of(c->app->guard, c->feature, GUARD_OUTPUT);
	const bool restores = c->guard.vault != NULL && c->guard.vault->n > 0;

	return rules == NULL && restores ? guard_rules_none(c->app->guard)
					 : rules;
}

static struct guarded_scan *begin(struct call *c, size_t tool,
				  const struct guard_rules *rules)
{
	struct arena *const a = &c->req->arena;
	struct guarded_scan *const s = ARENA_NEW(a, struct guarded_scan);
	const bool json = tool == GUARDED_TEXT
				  ? c->llm.format != LLM_FORMAT_TEXT
				  : tool != GUARDED_THOUGHT;

	s->call = c;
	s->tool = tool;
	guard_scan_init(&s->scan, a, rules, json ? SCAN_JSON : SCAN_TEXT,
			on_text, s);
	/* a thought comes back to the provider, and must be as it was */
	s->scan.empty = tool == GUARDED_THOUGHT ? NULL : c->guard.vault;
	c->guard.scan = s;
	return s;
}

static enum err blocked(struct call *c, enum err err)
{
	if (err == ERR_OK)
		return ERR_OK;
	err_clear(&c->req->err);
	return err_set(&c->req->err, ERR_BLOCKED, "%s",
		       err == ERR_BLOCKED ? "by the output guard"
					  : "the output guard could not tell");
}

enum err guarded_feed(struct call *c, size_t tool, struct str text)
{
	const struct guard_rules *const rules = rules_of(c);
	struct guarded_scan *s = c->guard.scan;

	if (rules == NULL) {
		struct guarded_scan plain = {.call = c, .tool = tool};
		on_text(&plain, text);
		return ERR_OK;
	}
	if (s != NULL && s->tool != tool) {
		ERR_TRY(guarded_flush(c));
		s = NULL;
	}
	if (s == NULL)
		s = begin(c, tool, rules);
	const int64_t begin_us = clock_mono_us();
	s->busy = true;
	const enum err err = guard_scan_feed(&s->scan, text);
	s->busy = false;
	c->guard.report.us[GUARD_OUTPUT] += clock_mono_us() - begin_us;
	return blocked(c, err);
}

enum err guarded_flush(struct call *c)
{
	struct guarded_scan *const s = c->guard.scan;

	if (s == NULL)
		return ERR_OK;
	c->guard.scan = NULL;
	const enum err err = s->busy ? ERR_OK : guard_scan_finish(&s->scan);
	guard_scan_report(&s->scan, GUARD_OUTPUT, &c->guard.report);
	return blocked(c, err);
}

unsigned guarded_found(const struct call *c)
{
	const struct guard_report *const r = &c->guard.report;
	unsigned n = 0;

	for (size_t i = 0; i < r->n; i++)
		if (r->decisions[i].phase == GUARD_OUTPUT)
			n += r->decisions[i].count;
	return n;
}

void guarded_reset(struct call *c)
{
	c->guard.scan = NULL;
}

void guarded_record(struct call *c, struct ledger_settle *s)
{
	struct guard_report *const r = &c->guard.report;

	/* a call that breaks off leaves a scanner behind */
	if (c->guard.scan != NULL)
		guard_scan_report(&c->guard.scan->scan, GUARD_OUTPUT, r);
	for (size_t i = 0; i < r->n && i < LEDGER_MAX_GUARDS; i++) {
		const struct guard_decision *const d = &r->decisions[i];
		s->guards[s->nguards++] = (struct ledger_guard){
			guard_phase_name(d->phase), d->kind, d->action,
			d->count, r->us[d->phase]};
	}
}
