/*
 * Conversations for providers whose two sides must take turns.  Used by the
 * adapters anthropic and bedrock while they write a request.
 */
#include "llm/turns.h"

#include "base/arena.h"
#include "base/buf.h"
#include "json/json.h"

#define TOOL_ID_BYTES ((size_t)64)

struct turns {
	const struct llm_request *req;
	size_t next; /* message */
	bool begun;
};

struct turn {
	bool assistant;
	bool last;
	size_t from; /* messages [from, to); none: the opening */
	size_t to;
};

static bool is_blank(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\r' &&
		    s.p[i] != '\n')
			return false;
	return true;
}

static bool is_thought(const struct llm_part *p)
{
	return p->kind == LLM_PART_THOUGHT ||
	       p->kind == LLM_PART_SEALED_THOUGHT;
}

/* Thoughts alone are nothing. */
static bool is_said(const struct llm_message *m)
{
	for (size_t i = 0; i < m->nparts; i++)
		if (!is_thought(&m->parts[i]) &&
		    (m->parts[i].kind != LLM_PART_TEXT ||
		     !is_blank(m->parts[i].text)))
			return true;
	return !is_blank(m->text);
}

/* Does it stand apart from the conversation? */
static bool is_system(const struct llm_request *req, size_t i)
{
	return req->messages[i].role == LLM_SYSTEM &&
	       llm_system_asks(req->messages, req->nmessages) != i;
}

/* The first message from i on that is part of the conversation. */
static size_t skip(const struct llm_request *req, size_t i)
{
	while (i < req->nmessages &&
	       (is_system(req, i) || !is_said(&req->messages[i])))
		i++;
	return i;
}

static bool is_assistant(const struct llm_request *req, size_t i)
{
	return req->messages[i].role == LLM_ASSISTANT;
}

/* The next turn; false at the end. */
static bool next(struct turns *t, struct turn *out)
{
	const struct llm_request *const req = t->req;
	size_t i = skip(req, t->next);

	if (i == req->nmessages)
		return false;
	*out = (struct turn){.from = i, .to = i};
	const bool opening = !t->begun && is_assistant(req, i);
	t->begun = true;
	t->next = i;
	if (opening)
		return true;
	out->assistant = is_assistant(req, i);
	while (i < req->nmessages && is_assistant(req, i) == out->assistant) {
		out->to = i + 1;
		i = skip(req, i + 1);
	}
	out->last = i == req->nmessages;
	t->next = i;
	return true;
}

struct walk {
	const struct llm_request *req;
	const struct turn *turn;
	void (*block)(void *arg, const struct llm_part *part);
	void *arg;
};

static struct str without_end_blanks(struct str s)
{
	while (s.n > 0 && is_blank((struct str){s.p + s.n - 1, 1}))
		s.n--;
	return s;
}

static void give_text(const struct walk *w, struct str text, bool at_end)
{
	struct llm_part part = {.kind = LLM_PART_TEXT, .text = text};

	if (is_blank(text))
		return;
	if (at_end && w->turn->last && w->turn->assistant)
		part.text = without_end_blanks(text);
	w->block(w->arg, &part);
}

static void give_results(const struct walk *w, const struct llm_message *m)
{
	for (size_t i = 0; i < m->nparts; i++)
		if (m->parts[i].kind == LLM_PART_TOOL_RESULT)
			w->block(w->arg, &m->parts[i]);
}

/* end: m is the last of its turn. */
static void give_rest(const struct walk *w, const struct llm_message *m,
		      bool end)
{
	give_text(w, m->text, end && m->nparts == 0);
	for (size_t i = 0; i < m->nparts; i++) {
		const struct llm_part *const p = &m->parts[i];
		if (p->kind == LLM_PART_TEXT)
			give_text(w, p->text, end && i + 1 == m->nparts);
		else if (p->kind != LLM_PART_TOOL_RESULT)
			w->block(w->arg, p);
	}
}

/* Messages of a turn that have no part in it are system messages or empty. */
static bool belongs(const struct walk *w, size_t i)
{
	return skip(w->req, i) == i;
}

static void give_turn(const struct walk *w)
{
	const struct turn *const turn = w->turn;

	if (turn->from == turn->to)
		give_text(w, STR(TURNS_OPENING), true);
	for (size_t i = turn->from; i < turn->to; i++)
		if (belongs(w, i))
			give_results(w, &w->req->messages[i]);
	for (size_t i = turn->from; i < turn->to; i++)
		if (belongs(w, i))
			give_rest(w, &w->req->messages[i], i + 1 == turn->to);
}

void turns_write(struct jw *w, const struct llm_request *req,
		 void (*block)(void *arg, const struct llm_part *part),
		 void *arg)
{
	struct turns turns = {.req = req};
	struct turn turn;

	jw_open_array(w, "messages");
	while (next(&turns, &turn)) {
		const struct walk walk = {req, &turn, block, arg};
		jw_open_object(w, NULL);
		jw_c(w, "role", turn.assistant ? "assistant" : "user");
		jw_open_array(w, "content");
		give_turn(&walk);
		jw_close(w);
		jw_close(w);
	}
	jw_close(w);
}

/* System --------------------------------------------------------------- */

struct system {
	struct jw *w;
	void (*text)(struct jw *w, struct str s);
	bool open;
};

static void add_system(struct system *s, struct str text)
{
	if (is_blank(text))
		return;
	if (!s->open)
		jw_open_array(s->w, "system");
	s->open = true;
	s->text(s->w, text);
}

void turns_write_system(struct jw *w, const struct llm_request *req,
			struct str rule,
			void (*text)(struct jw *w, struct str s))
{
	struct system system = {.w = w, .text = text};

	for (size_t i = 0; i < req->nmessages; i++) {
		const struct llm_message *const m = &req->messages[i];
		if (!is_system(req, i))
			continue;
		add_system(&system, m->text);
		for (size_t k = 0; k < m->nparts; k++)
			add_system(&system, m->parts[k].text);
	}
	add_system(&system, rule);
	if (system.open)
		jw_close(w);
}

/* Tools ---------------------------------------------------------------- */

static bool is_tool(const struct llm_part *p)
{
	return p->kind == LLM_PART_TOOL_CALL || p->kind == LLM_PART_TOOL_RESULT;
}

bool turns_end_in_result(const struct llm_request *req)
{
	size_t i = req->nmessages;
	bool result = false;

	while (i > 0 && (req->messages[i - 1].role == LLM_SYSTEM ||
			 req->messages[i - 1].role == LLM_TOOL))
		result = req->messages[--i].role == LLM_TOOL || result;
	if (!result || i == 0)
		return result;
	for (size_t k = 0; k < req->messages[i - 1].nparts; k++)
		if (is_thought(&req->messages[i - 1].parts[k]))
			return false;
	return true;
}

bool turns_have_tools(const struct llm_request *req)
{
	for (size_t i = 0; i < req->nmessages; i++)
		for (size_t k = 0; k < req->messages[i].nparts; k++)
			if (is_tool(&req->messages[i].parts[k]))
				return true;
	return false;
}

/* Is name called before part k of message i? */
static bool called_before(const struct llm_request *req, size_t i, size_t k,
			  struct str name)
{
	for (size_t m = 0; m <= i; m++) {
		const struct llm_message *const message = &req->messages[m];
		const size_t n = m == i ? k : message->nparts;
		for (size_t j = 0; j < n; j++)
			if (message->parts[j].kind == LLM_PART_TOOL_CALL &&
			    str_eq(message->parts[j].name, name))
				return true;
	}
	return false;
}

void turns_each_called(const struct llm_request *req,
		       void (*tool)(void *arg, struct str name), void *arg)
{
	for (size_t i = 0; i < req->nmessages; i++) {
		const struct llm_message *const m = &req->messages[i];
		for (size_t k = 0; k < m->nparts; k++)
			if (m->parts[k].kind == LLM_PART_TOOL_CALL &&
			    !called_before(req, i, k, m->parts[k].name))
				tool(arg, m->parts[k].name);
	}
}

static bool is_id_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-';
}

struct str turns_tool_id(struct arena *a, struct str id)
{
	struct buf b;

	/* ids differ at their end */
	if (id.n > TOOL_ID_BYTES)
		id = (struct str){id.p + id.n - TOOL_ID_BYTES, TOOL_ID_BYTES};
	buf_init(&b, a, TOOL_ID_BYTES + 1);
	for (size_t i = 0; i < id.n; i++)
		buf_add_char(&b, is_id_byte(id.p[i]) ? id.p[i] : '_');
	if (id.n == 0)
		buf_add_c(&b, "none");
	return buf_str(&b);
}

struct str turns_arguments(struct arena *a, struct str text)
{
	struct json root = {NULL};
	struct jw w;
	struct buf b;

	if (is_blank(text))
		return STR("{}");
	if (json_parse(a, text, &root, NULL) == ERR_OK &&
	    json_type(root) == JSON_OBJECT)
		return text;
	/* an escape takes at most six bytes */
	buf_init(&b, a, 6 * text.n + 64);
	jw_init(&w, &b);
	jw_open_object(&w, NULL);
	jw_str(&w, "arguments", text);
	jw_close(&w);
	return buf_str(&b);
}
