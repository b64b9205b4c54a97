/*
 * How large a request in normal form is: for the upper bound of its cost, and
 * for the buffer it is written to.
 */
#include "llm/request.h"

#include "base/num.h"
#include "llm/document.h"
#include "llm/turns.h"

/* What a provider adds for each message or part, tokens; generous. */
#define FRAME_TOKENS 8
/*
 * What providers add once when tools are offered, tokens: Anthropic's hidden
 * system prompt is up to 675 (tool use, "any"), Bedrock's the same.  And what
 * they write around each tool, with a schema where it has none.
 */
#define TOOLS_TOKENS 1024
#define TOOL_TOKENS  64
/* What JSON adds to a text, bytes: first guess. */
#define FRAME_BYTES ((size_t)96)
/* Of the output, in percent: where an effort begins as a budget. */
#define MEDIUM_PART 35
#define HIGH_PART   65

static int64_t part_tokens(const struct llm_part *p, int64_t image_tokens)
{
	int64_t data = (int64_t)p->data.n;
	int64_t frame = FRAME_TOKENS;

	/* an image of a few bytes may count as many tokens as a large one */
	if (p->kind == LLM_PART_IMAGE)
		data = image_tokens;
	if (p->kind == LLM_PART_TOOL_CALL)
		frame = TOOL_TOKENS;
	if (p->kind == LLM_PART_DOCUMENT)
		frame += DOCUMENT_FRAME_BYTES;
	frame += (int64_t)(p->text.n + p->media_type.n + p->id.n + p->name.n);
	return num_add(frame, data);
}

static int64_t message_tokens(const struct llm_message *m, int64_t image_tokens)
{
	int64_t n = (int64_t)m->text.n + FRAME_TOKENS;

	for (size_t i = 0; i < m->nparts; i++)
		n = num_add(n, part_tokens(&m->parts[i], image_tokens));
	return n;
}

/* A conversation with calls in it names their tools again. */
static int64_t tools_tokens(const struct llm_request *r)
{
	int64_t n = r->ntools > 0 || turns_have_tools(r) ? TOOLS_TOKENS : 0;

	for (size_t i = 0; i < r->ntools; i++) {
		const struct llm_tool *const t = &r->tools[i];
		n += (int64_t)(t->name.n + t->description.n + t->schema.n) +
		     TOOL_TOKENS;
	}
	return n;
}

int64_t llm_request_bound_tokens(const struct llm_request *r,
				 int64_t image_tokens)
{
	int64_t n = tools_tokens(r);

	/* a schema may be told to the model in words, too */
	n += 2 * (int64_t)(r->schema.n + r->schema_name.n);
	if (r->format != LLM_FORMAT_TEXT)
		n += TOOLS_TOKENS;
	for (size_t i = 0; i < r->nmessages; i++)
		n = num_add(n, message_tokens(&r->messages[i], image_tokens));
	for (size_t i = 0; i < r->ninputs; i++)
		n += (int64_t)r->inputs[i].n + FRAME_TOKENS;
	for (size_t i = 0; i < r->nextras; i++)
		n += (int64_t)(r->extras[i].name.n + r->extras[i].json.n);
	return n;
}

bool llm_model_is_name(struct str s, size_t max)
{
	/* the ledger takes no NUL */
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F)
			return false;
	return s.n <= max;
}

bool llm_model_thinks_unseen(struct str model)
{
	static const char *const families[] = {
		"o1", "o3", "o4", "gpt-5", "grok-4", "gemini-2.5", "gemini-3"};
	struct str maker;
	struct str name;

	while (str_cut(model, '/', &maker, &name))
		model = name;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (str_starts(model, str_from(families[i])))
			return true;
	return false;
}

struct str llm_message_text(const struct llm_message *m)
{
	if (m->text.n > 0)
		return m->text;
	for (size_t i = 0; i < m->nparts; i++)
		if (m->parts[i].kind == LLM_PART_TEXT)
			return m->parts[i].text;
	return STR_NONE;
}

static bool has_text(const struct llm_message *m)
{
	bool has = str_trim(m->text).n > 0;

	for (size_t i = 0; i < m->nparts; i++)
		has = has || str_trim(m->parts[i].text).n > 0;
	return has;
}

size_t llm_system_asks(const struct llm_message *messages, size_t n)
{
	size_t asks = n;

	/* from the end: there somebody else speaks, mostly */
	for (size_t i = n; i > 0; i--) {
		if (messages[i - 1].role != LLM_SYSTEM)
			return n;
		if (asks == n && has_text(&messages[i - 1]))
			asks = i - 1;
	}
	return asks;
}

size_t llm_request_bytes(const struct llm_request *r)
{
	size_t n = r->model.n + 2 * r->schema.n;

	for (size_t i = 0; i < r->nmessages; i++) {
		const struct llm_message *const m = &r->messages[i];
		n += m->text.n + m->text.n / 8 + FRAME_BYTES;
		for (size_t k = 0; k < m->nparts; k++)
			n += m->parts[k].text.n + m->parts[k].text.n / 8 +
			     m->parts[k].data.n + FRAME_BYTES;
	}
	for (size_t i = 0; i < r->ntools; i++)
		n += r->tools[i].description.n + r->tools[i].schema.n +
		     FRAME_BYTES;
	for (size_t i = 0; i < r->ninputs; i++)
		n += r->inputs[i].n + 1;
	for (size_t i = 0; i < r->nextras; i++)
		n += r->extras[i].name.n + r->extras[i].json.n;
	return n;
}

bool llm_request_shows_thoughts(const struct llm_request *r)
{
	return r->thinking == LLM_THINKING_BUDGET ||
	       r->thinking == LLM_THINKING_ADAPTIVE;
}

struct str llm_request_effort(const struct llm_request *r)
{
	const int64_t part =
		num_mul(r->thinking_tokens, 100) /
		(r->max_output_tokens > 0 ? r->max_output_tokens : 1);

	/* Anthropic's word for the most */
	if (str_eq_c(r->reasoning_effort, "max"))
		return STR("high");
	if (r->reasoning_effort.n > 0 || r->thinking != LLM_THINKING_BUDGET)
		return r->reasoning_effort;
	if (part < MEDIUM_PART)
		return STR("low");
	return part < HIGH_PART ? STR("medium") : STR("high");
}
