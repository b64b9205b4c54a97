/*
 * Which of Anthropic's models takes what.  Used by the adapters anthropic and
 * bedrock; sources are the release notes and migration guides of each model.
 */
#include "llm/claude.h"

#include "llm/turns.h"
#include "json/json.h"

#include <string.h>

#define MIN_BUDGET_TOKENS 1024
#define MOST_PART         80
/* A date, not a version: claude-opus-4-20250514 */
#define MAX_VERSION 99

static struct str from(struct str s, size_t n)
{
	return (struct str){s.p + n, s.n - n};
}

static bool find(struct str s, struct str what, struct str *after)
{
	for (size_t i = 0; i + what.n <= s.n; i++)
		if (memcmp(s.p + i, what.p, what.n) == 0) {
			*after = from(s, i + what.n);
			return true;
		}
	return false;
}

/* The number of one or two digits at the start of s; -1 when there is none. */
static int number(struct str *s)
{
	int n = 0;
	size_t i = 0;

	while (i < s->n && s->p[i] >= '0' && s->p[i] <= '9' && n <= MAX_VERSION)
		n = n * 10 + (s->p[i++] - '0');
	if (i == 0 || n > MAX_VERSION)
		return -1;
	*s = from(*s, i);
	return n;
}

/*
 * Tens and ones: 45 is 4.5.  The family is before the version since Claude 4
 * and behind it until then: claude-opus-4-5, claude-3-5-haiku.
 */
static int version_of(struct str rest)
{
	struct str word = STR_NONE;

	if (rest.n > 0 && (rest.p[0] < '0' || rest.p[0] > '9'))
		(void)str_cut(rest, '-', &word, &rest);
	const int major = number(&rest);
	if (major < 0)
		return MAX_VERSION;
	int minor = -1;
	if (rest.n > 1 && (rest.p[0] == '-' || rest.p[0] == '.')) {
		rest = from(rest, 1);
		minor = number(&rest);
	}
	return major * 10 + (minor > 0 && minor < 10 ? minor : 0);
}

struct claude claude_of(struct str model)
{
	struct str rest = STR_NONE;

	if (!find(model, STR("claude-"), &rest))
		return (struct claude){.sampling = true};
	const int version = version_of(rest);
	return (struct claude){
		.is_claude = true,
		.sampling = version <= 46,
		.thinks_budget = version >= 37 && version <= 45,
		.thinks_adaptive = version >= 46,
		.format = version >= 45,
	};
}

struct str claude_rule(const struct llm_request *req)
{
	return req->format == LLM_FORMAT_JSON
		       ? STR("Answer with one JSON object and nothing else: no "
			     "words before or after it, no code fence.")
		       : STR_NONE;
}

/* Thinking -------------------------------------------------------------- */

/* Efforts of all dialects; part: of max_output_tokens, in percent. */
static const struct {
	const char *name;
	const char *effort;
	int part;
} efforts[] = {
	{"none", "low", 0},          {"minimal", "low", 0},
	{"low", "low", 20},          {"medium", "medium", 50},
	{"high", "high", MOST_PART}, {"xhigh", "high", MOST_PART},
	{"max", "high", MOST_PART},
};

static bool is_forced(const struct llm_request *req)
{
	return req->tool_choice == LLM_TOOLS_REQUIRED ||
	       req->tool_choice == LLM_TOOLS_NAMED;
}

/*
 * Is it refused to think about this request?  A tool that is forced excludes
 * it, and a result of a tool without its own thoughts before it.
 */
static bool may_think(const struct claude *c, const struct llm_request *req)
{
	const bool json_tool = req->format == LLM_FORMAT_SCHEMA && !c->format;

	return !is_forced(req) && !json_tool && !turns_end_in_result(req) &&
	       req->max_output_tokens > MIN_BUDGET_TOKENS;
}

/* A part of the output, in percent. */
static int64_t budget_of(const struct claude *c, const struct llm_request *req,
			 int part)
{
	const int64_t budget = req->max_output_tokens / 100 * part;

	if (part == 0 || !may_think(c, req))
		return 0;
	return budget < MIN_BUDGET_TOKENS ? MIN_BUDGET_TOKENS : budget;
}

/* As many as were asked for; the output may have been lowered since. */
static int64_t budget_asked(const struct claude *c,
			    const struct llm_request *req)
{
	const int64_t asked = req->thinking_tokens;

	if (req->thinking == LLM_THINKING_ADAPTIVE ||
	    asked >= req->max_output_tokens)
		return budget_of(c, req, MOST_PART);
	return may_think(c, req) ? asked : 0;
}

/* effort: as in the table; empty is the model's own. */
static void by_effort(const struct claude *c, const struct llm_request *req,
		      struct str effort, struct claude_thinking *t)
{
	for (size_t i = 0; i < sizeof(efforts) / sizeof(efforts[0]); i++) {
		if (!str_eq_c(effort, efforts[i].name))
			continue;
		if (c->thinks_budget)
			t->budget_tokens = budget_of(c, req, efforts[i].part);
		if (c->thinks_adaptive) {
			t->effort = efforts[i].effort;
			t->adaptive = efforts[i].part > 0 && !is_forced(req);
		}
	}
}

static void as_asked(const struct claude *c, const struct llm_request *req,
		     struct claude_thinking *t)
{
	if (c->thinks_adaptive) {
		by_effort(c, req, llm_request_effort(req), t);
		t->adaptive = !is_forced(req);
		t->display = req->thinking_display;
	} else if (c->thinks_budget || c->thinks_if_asked) {
		t->budget_tokens = budget_asked(c, req);
	}
}

struct claude_thinking claude_thinking_of(const struct claude *c,
					  const struct llm_request *req)
{
	struct claude_thinking t = {.budget_tokens = 0};

	switch (req->thinking) {
	case LLM_THINKING_BY_EFFORT:
		by_effort(c, req, req->reasoning_effort, &t);
		break;
	case LLM_THINKING_BUDGET:
	case LLM_THINKING_ADAPTIVE:
		as_asked(c, req, &t);
		break;
	case LLM_THINKING_OFF:
	case LLM_THINKING_UNASKED:
		if (c->thinks_adaptive)
			by_effort(c, req, req->reasoning_effort, &t);
		t.adaptive = false;
		t.off = req->thinking == LLM_THINKING_OFF &&
			(c->thinks_budget || c->thinks_adaptive ||
			 c->thinks_if_asked);
		break;
	}
	return t;
}

bool claude_thinks(const struct claude_thinking *t)
{
	return t->adaptive || t->budget_tokens > 0;
}

void claude_write_thinking(struct jw *w, const struct claude_thinking *t)
{
	if (!claude_thinks(t) && !t->off)
		return;
	jw_open_object(w, "thinking");
	jw_c(w, "type",
	     t->off        ? "disabled"
	     : t->adaptive ? "adaptive"
			   : "enabled");
	if (t->budget_tokens > 0)
		jw_int(w, "budget_tokens", t->budget_tokens);
	if (t->display.n > 0)
		jw_str(w, "display", t->display);
	jw_close(w);
}

/* Sampling -------------------------------------------------------------- */

/* OpenAI allows up to 2; what is above 1 is 1.  Exponents are left out. */
static struct str up_to_one(struct str number)
{
	if (memchr(number.p, 'e', number.n) != NULL ||
	    memchr(number.p, 'E', number.n) != NULL)
		return STR_NONE;
	return number.p[0] >= '1' && number.p[0] <= '9' ? STR("1") : number;
}

void claude_write_sampling(struct jw *w, const struct claude *c,
			   const struct llm_request *req, const char *top_p)
{
	const struct claude_thinking t = claude_thinking_of(c, req);
	const bool both = !c->is_claude;

	if (!c->sampling || claude_thinks(&t))
		return;
	const struct str temperature =
		req->temperature.n > 0 ? up_to_one(req->temperature) : STR_NONE;
	if (temperature.n > 0)
		jw_raw(w, "temperature", temperature);
	if (req->top_p.n > 0 && (both || temperature.n == 0))
		jw_raw(w, top_p, req->top_p);
}
