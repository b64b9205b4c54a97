/*
 * Files with a case a line: promptfoo's cases as JSON, or rows as openai/evals
 * has them, {"input", "ideal"}.
 */
#include "base/arena.h"
#include "eval/case.h"

static bool is_blank(struct str line)
{
	return str_trim(line).n == 0;
}

/* "ideal": the answer has this text in it, or one of these. */
static enum err read_ideal(const struct eval_file *f, struct json ideal,
			   struct eval_case *c)
{
	const bool one = json_type(ideal) == JSON_STRING;
	const size_t n = one ? 1 : json_count(ideal);
	struct eval_check *const check =
		ARENA_NEW(f->src->arena, struct eval_check);

	if (n == 0)
		return eval_wrong(f, c->line,
				  "\"ideal\" must be a text or a list of them");
	*check = (struct eval_check){
		.type = "contains-any",
		.kind = EVAL_CONTAINS_ANY,
		.texts = ARENA_ARRAY(f->src->arena, n, struct str),
		.ntexts = n,
		.line = c->line,
	};
	for (size_t i = 0; i < n; i++) {
		check->texts[i] = json_str(one ? ideal : json_at(ideal, i));
		if (check->texts[i].n == 0)
			return eval_wrong(f, c->line, "an \"ideal\" is empty");
	}
	c->checks = check;
	c->nchecks = 1;
	return ERR_OK;
}

static enum err add_row(struct eval_file *f, struct json v, size_t line)
{
	static const char *const names[] = {"input", "ideal", NULL};
	const struct json input = json_get(v, "input");
	struct eval_case c = {.description = "", .file = f->path, .line = line};

	ERR_TRY(eval_members(f, v, line, "a row", names));
	ERR_TRY(read_ideal(f, json_get(v, "ideal"), &c));
	ERR_TRY(eval_case_prompt(f, &c,
				 json_type(input) == JSON_STRING
					 ? json_str(input)
					 : json_text(input)));
	if (json_type(input) != JSON_STRING &&
	    json_type(c.messages) == JSON_NULL)
		return eval_wrong(f, line,
				  "\"input\" must be a text or a list of "
				  "{\"role\", \"content\"}");
	f->read++;
	return eval_case_keep(f, &c, STR_NONE);
}

enum err eval_rows(struct eval_file *f, struct str text)
{
	struct errbuf why = {0};
	struct str line = STR_NONE;
	struct json v;

	for (size_t number = 1; text.n > 0; number++) {
		(void)str_cut(text, '\n', &line, &text);
		if (is_blank(line))
			continue;
		if (json_parse(f->src->arena, line, &v, &why) != ERR_OK)
			return eval_wrong(f, number, "%s", why.detail);
		if (json_has(v, "input"))
			ERR_TRY(add_row(f, v, number));
		else
			ERR_TRY(eval_case_add(f, v, number));
	}
	return f->read > 0 ? ERR_OK
			   : eval_wrong(f, 1, "there is no case in it");
}
