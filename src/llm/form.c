/*
 * Answers that must be JSON: checked when they are whole, because a provider's
 * promise of a form is not kept by all.  Who collects the answer gets one
 * repair, paid from the same reservation; who streams it has seen it already,
 * so there only the end can say that it is wrong.
 */
#include "llm/call_loop.h"

#include "base/num.h"
#include "http/req.h"
#include "llm/content.h"
#include "json/schema.h"

/* What the words around the answer add when it is sent back, tokens. */
#define REPAIR_TOKENS   64
#define REPAIR_BYTES    ((size_t)1024)
#define SCRATCH_BYTES   ((size_t)1024 * 1024)
#define REPAIR_MESSAGES 2

bool call_keeps_answer(const struct call *c)
{
	return !c->encoder->stream || c->llm.format != LLM_FORMAT_TEXT;
}

/* An answer that was cut short says so itself; one of tool calls has none. */
static bool has_form(const struct call *c)
{
	return c->llm.format != LLM_FORMAT_TEXT &&
	       (c->finish == LLM_FINISH_STOP ||
		(c->finish == LLM_FINISH_TOOL && c->answer.n > 0));
}

static enum err check(const struct call *c, struct arena *scratch,
		      struct errbuf *e)
{
	struct errbuf why = {.code = ERR_OK};
	struct json root;

	if (json_parse(scratch, buf_str(&c->answer), &root, &why) != ERR_OK)
		return err_set(e, ERR_ANSWER_FORM,
			       "the model's answer is not JSON: %s",
			       why.detail);
	if (c->llm.format == LLM_FORMAT_SCHEMA)
		return json_schema_validate(c->schema, root, e);
	if (json_type(root) != JSON_OBJECT)
		return err_set(e, ERR_ANSWER_FORM,
			       "the model's answer is no JSON object");
	return ERR_OK;
}

/* What is said again to the model: its answer, and what is wrong with it. */
static void add_messages(struct call *c, struct str fault)
{
	struct arena *const a = &c->req->arena;
	const size_t n = c->llm.nmessages;
	struct llm_message *const all =
		ARENA_ARRAY(a, n + REPAIR_MESSAGES, struct llm_message);

	const struct str said = {str_dup(a, buf_str(&c->answer)), c->answer.n};

	for (size_t i = 0; i < n; i++)
		all[i] = c->llm.messages[i];
	all[n] = (struct llm_message){
		.role = LLM_ASSISTANT,
		.text = guarded_again(c, said),
	};
	all[n + 1] = (struct llm_message){.role = LLM_USER, .text = fault};
	c->llm.messages = all;
	c->llm.nmessages = n + REPAIR_MESSAGES;
}

static bool repair(struct call *c)
{
	struct buf fault;

	if (c->repaired || c->encoder->stream || c->adapter == NULL)
		return false;
	buf_init(&fault, &c->req->arena, REPAIR_BYTES);
	buf_addf(&fault,
		 "Your last answer does not have the form that was asked for "
		 "(%s). Answer again with the corrected JSON and nothing "
		 "else.",
		 c->req->err.detail);
	const int64_t input =
		num_add(c->input_bound_tokens,
			(int64_t)(c->answer.n + fault.n) + REPAIR_TOKENS);
	call_drop_transfer(c, true); /* first: it knows what was sent */
	if (!call_spend_answer(c, input))
		return false;
	call_log_failed(c, "repair", ERR_ANSWER_FORM);
	err_clear(&c->req->err);
	add_messages(c, buf_str(&fault));
	c->repaired = true;
	c->text_sent = false;
	buf_reset(&c->answer);
	content_again(c);
	guarded_reset(c);
	c->ntools = 0;
	c->ndeltas = 0;
	c->output_bytes = 0;
	c->tries = 0;
	call_attempt_start(c);
	return true;
}

void call_finish(struct call *c)
{
	struct arena scratch;
	enum err err = ERR_OK;

	if (c->nvectors != c->llm.ninputs) {
		call_attempt_failed(c, err_set(&c->req->err, ERR_UPSTREAM,
					       "vectors are missing"));
		return;
	}
	err = guarded_flush(c);
	if (err != ERR_OK) {
		call_settle(c, LEDGER_BLOCKED, err);
		return;
	}
	arena_init(&scratch, SCRATCH_BYTES);
	if (has_form(c))
		err = check(c, &scratch, &c->req->err);
	arena_release(&scratch);
	if (err == ERR_OK)
		call_settle(c, LEDGER_DONE, ERR_OK);
	else if (!repair(c))
		call_settle(c, LEDGER_PARTIAL, err);
}
