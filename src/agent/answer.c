/*
 * What a tool said, on its way to a model.  It is data of strangers: a web
 * page, a ticket, a mail.  It is looked at as it came and, when it is JSON,
 * also as what its strings mean, for an escape must not hide a sentence.
 */
#include "agent/run.h"

#include "base/buf.h"
#include "base/log.h"
#include "guard/guard.h"
#include "llm/app.h"
#include "json/json.h"

#define WORDS_BYTES ((size_t)1024 * 1024)

/* All names and strings in v, a line each. */
static enum err add_words(void *out, struct str name, struct json v)
{
	struct buf *const b = out;

	buf_add_str(b, name);
	buf_add_c(b, "\n");
	if (json_type(v) == JSON_STRING) {
		buf_add_str(b, json_str(v));
		buf_add_c(b, "\n");
	} else if (json_type(v) == JSON_OBJECT) {
		return json_each(v, add_words, b);
	}
	for (size_t i = 0; json_type(v) == JSON_ARRAY && i < json_count(v); i++)
		ERR_TRY(add_words(b, STR(""), json_at(v, i)));
	return ERR_OK;
}

/*
 * The words of *text, when it is JSON; else empty.  *text is without needless
 * escapes then, so that what is to be taken out of it later is found.
 */
static struct str words_of(struct agent_run *r, struct str *text)
{
	struct errbuf unused = {.code = ERR_OK};
	struct json v;
	struct buf b;

	buf_init(&b, &r->arena, WORDS_BYTES);
	if (json_parse(&r->arena, *text, &v, &unused) != ERR_OK ||
	    add_words(&b, STR(""), v) != ERR_OK)
		return STR("");
	*text = json_text(v);
	return buf_str(&b);
}

static bool commands(struct agent_run *r, struct str text)
{
	const struct guard *const g = r->app->guard;
	struct guard_report unused = {.n = 0};

	return guard_intent(g, r->feature, &r->arena, text, &unused) !=
		       ERR_OK ||
	       guard_passage_commands(g, r->feature, &r->arena, text, &unused);
}

/* What is only to be taken out is so when the model is asked. */
static bool is_private(struct agent_run *r, struct str text)
{
	struct guard_report unused = {.n = 0};

	return guard_clean(r->app->guard, r->feature, GUARD_INPUT, &r->arena,
			   NULL, false, &text, &unused) != ERR_OK;
}

static enum err withhold(const struct agent_run *r, struct str tool,
			 struct str instead, struct str *text)
{
	log_msg(LOG_WARN, "agent_withheld", "%s " STR_FMT ": " STR_FMT, r->id,
		STR_ARG(tool), STR_ARG(instead));
	*text = instead;
	return ERR_BLOCKED;
}

enum err agent_answer_check(struct agent_run *r, struct str tool,
			    struct str *text)
{
	const struct str words = words_of(r, text);

	if (commands(r, *text) || commands(r, words))
		return withhold(r, tool,
				STR("The answer of the tool was withheld: it "
				    "has instructions in it."),
				text);
	if (is_private(r, *text) || is_private(r, words))
		return withhold(r, tool,
				STR("The answer of the tool was withheld: it "
				    "has private data in it."),
				text);
	return ERR_OK;
}
