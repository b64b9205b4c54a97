#ifndef SLIPWAY_LLM_CLAUDE_H
#define SLIPWAY_LLM_CLAUDE_H

#include "base/str.h"
#include "llm/request.h"

#include <stdbool.h>
#include <stdint.h>

struct jw;

/*
 * What differs between the models of Anthropic, at its own API and at
 * Bedrock.  The lists are of old models only, and so never grow: what is not
 * known is a new model.
 *
 *	                 sampling  thinking            JSON by schema
 *	before 4.5       yes       budget              a tool that is forced
 *	4.5              yes       budget              output_config.format
 *	4.6              yes       adaptive + effort   output_config.format
 *	later            no (400)  adaptive + effort   output_config.format
 *
 * Later ones refuse a tool that is forced, and the old ones know no
 * output_config.format; a model of another maker that speaks the Messages API
 * takes sampling and the forced tool.
 */
struct claude {
	bool is_claude;
	bool sampling;        /* takes temperature, top_p, top_k */
	bool thinks_budget;   /* thinking {type: enabled, budget_tokens} */
	bool thinks_adaptive; /* thinking {type: adaptive} and an effort */
	bool thinks_if_asked; /* another maker's: a budget, if it is asked for
			       */
	bool format;          /* keeps to a JSON schema by itself */
};

/* model: "claude-opus-4-1", "us.anthropic.claude-sonnet-4-5-20250929-v1:0" */
struct claude claude_of(struct str model);

/*
 * The tool whose arguments are the answer, for models that must be forced to
 * keep to a schema.  Readers make text of it.
 */
#define CLAUDE_JSON_TOOL "slipway_json_answer"

/*
 * What models are told that have no switch for "any JSON object"; empty when
 * none is asked for.
 */
struct str claude_rule(const struct llm_request *req);

/* How a request is to be reasoned about. */
struct claude_thinking {
	int64_t budget_tokens; /* thinks_budget: 0 is not at all */
	const char *effort;    /* thinks_adaptive: NULL is as it is used to */
	bool adaptive;
	bool off;           /* it is said that it must not think */
	struct str display; /* empty: as the model is used to */
};

/*
 * From what was asked for in the words of either API: reasoning_effort, or
 * thinking, which the models that think adaptively take as an effort, too.
 * Thinking never costs more than is reserved: max_output_tokens bounds it and
 * the text together, and a budget is a part of them.
 */
struct claude_thinking claude_thinking_of(const struct claude *c,
					  const struct llm_request *req);

/* Will the model think?  Else it must not be given its thoughts back. */
bool claude_thinks(const struct claude_thinking *t);

/* Member "thinking", when it says anything. */
void claude_write_thinking(struct jw *w, const struct claude_thinking *t);

/*
 * Members for temperature and top_p under these names: as far as the model
 * takes them, one of the two, at most 1.
 */
void claude_write_sampling(struct jw *w, const struct claude *c,
			   const struct llm_request *req, const char *top_p);

#endif
