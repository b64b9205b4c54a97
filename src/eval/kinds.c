/*
 * Assertions as they are written: which types there are and what each takes.
 * What they mean for an answer is in check.c.
 */
#include "eval/kinds.h"

#include "base/arena.h"
#include "base/num.h"
#include "eval/fill.h"
#include "json/schema.h"
#include "json/schema_pattern.h"

#define MAX_TEXTS     100
#define MAX_EDITS     100000
#define DEFAULT_EDITS 5 /* promptfoo's */
#define MAX_MS        INT64_C(3600000)

enum takes {
	TAKES_TEXT,      /* "value": a text */
	TAKES_ANY_TEXT,  /* the same, or nothing */
	TAKES_TEXTS,     /* "value": a list of texts */
	TAKES_SCHEMA,    /* "value": a JSON schema, or nothing */
	TAKES_STATUS,    /* "value": a number */
	TAKES_THRESHOLD, /* "threshold" and nothing else */
};

static const struct kind {
	const char *name;
	enum eval_kind kind;
	enum takes takes;
	bool nocase;
} kinds[] = {
	{"equals", EVAL_EQUALS, TAKES_TEXT, false},
	{"contains", EVAL_CONTAINS, TAKES_TEXT, false},
	{"icontains", EVAL_CONTAINS, TAKES_TEXT, true},
	{"contains-any", EVAL_CONTAINS_ANY, TAKES_TEXTS, false},
	{"icontains-any", EVAL_CONTAINS_ANY, TAKES_TEXTS, true},
	{"contains-all", EVAL_CONTAINS_ALL, TAKES_TEXTS, false},
	{"icontains-all", EVAL_CONTAINS_ALL, TAKES_TEXTS, true},
	{"starts-with", EVAL_STARTS_WITH, TAKES_TEXT, false},
	{"regex", EVAL_REGEX, TAKES_TEXT, false},
	{"is-json", EVAL_IS_JSON, TAKES_SCHEMA, false},
	{"levenshtein", EVAL_LEVENSHTEIN, TAKES_TEXT, false},
	{"latency", EVAL_LATENCY, TAKES_THRESHOLD, false},
	{"cost", EVAL_COST, TAKES_THRESHOLD, false},
	{"llm-rubric", EVAL_RUBRIC, TAKES_TEXT, false},
	{"cites", EVAL_CITES, TAKES_ANY_TEXT, true},
	{"status", EVAL_STATUS, TAKES_STATUS, false},
	{"error", EVAL_ERROR, TAKES_TEXT, false},
};

static const struct kind *find_kind(struct str name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_eq_c(name, kinds[i].name))
			return &kinds[i];
	return NULL;
}

static enum err fill(const struct eval_file *f, const struct eval_check *c,
		     struct json v, struct json vars, struct str *out)
{
	const struct str text = eval_scalar(v);
	struct errbuf why = {0};
	struct buf filled;

	if (text.p == NULL)
		return eval_wrong(f, c->line, "%s: its value must be a text",
				  c->type);
	if (str_starts(text, STR("file://")))
		return eval_wrong(f, c->line,
				  "%s: a value from a file is not supported",
				  c->type);
	buf_init(&filled, f->src->arena, EVAL_FILE_BYTES);
	if (eval_fill(&filled, text, vars, false, &why) != ERR_OK)
		return eval_wrong(f, c->line, "%s", why.detail);
	*out = (struct str){buf_c(&filled), filled.n};
	return ERR_OK;
}

static enum err read_texts(const struct eval_file *f, struct eval_check *c,
			   struct json value, struct json vars)
{
	const size_t n = json_count(value);

	if (json_type(value) != JSON_ARRAY || n == 0 || n > MAX_TEXTS)
		return eval_wrong(f, c->line,
				  "%s: its value must be a list of 1 to %d "
				  "texts",
				  c->type, MAX_TEXTS);
	c->texts = ARENA_ARRAY(f->src->arena, n, struct str);
	c->ntexts = n;
	for (size_t i = 0; i < n; i++)
		ERR_TRY(fill(f, c, json_at(value, i), vars, &c->texts[i]));
	return ERR_OK;
}

static enum err read_text(const struct eval_file *f, struct eval_check *c,
			  struct json value, struct json vars)
{
	struct errbuf why = {0};

	c->texts = ARENA_NEW(f->src->arena, struct str);
	c->ntexts = 1;
	ERR_TRY(fill(f, c, value, vars, &c->texts[0]));
	if (c->kind != EVAL_EQUALS && c->texts[0].n == 0)
		return eval_wrong(f, c->line,
				  "%s: its value is empty, which any answer "
				  "has in it",
				  c->type);
	if (c->kind == EVAL_REGEX &&
	    schema_pattern_check(c->texts[0], &why) != ERR_OK)
		return eval_wrong(f, c->line, "regex: %s", why.detail);
	return ERR_OK;
}

/* The members of a schema without the line that the reader put there. */
static enum err copy_member(void *arg, struct str name, struct json value)
{
	struct jw *const w = arg;
	struct str text = json_text(value);

	if (str_eq_c(name, EVAL_LINE))
		return ERR_OK;
	jw_raw(w, str_dup(w->out->arena, name),
	       text.p != NULL ? text : STR("null"));
	return ERR_OK;
}

static enum err read_schema(const struct eval_file *f, struct eval_check *c,
			    struct json value)
{
	struct errbuf why = {0};
	struct str text = json_str(value);
	struct buf copy;
	struct jw w;

	if (json_type(value) == JSON_NULL)
		return ERR_OK;
	if (json_type(value) == JSON_OBJECT) {
		buf_init(&copy, f->src->arena, EVAL_FILE_BYTES);
		jw_init(&w, &copy);
		jw_open_object(&w, NULL);
		ERR_TRY(json_each(value, copy_member, &w));
		jw_close(&w);
		text = buf_str(&copy);
	}
	if (json_parse(f->src->arena, text, &c->schema, &why) != ERR_OK ||
	    json_schema_check(c->schema, &why) != ERR_OK)
		return eval_wrong(f, c->line, "%s: %s", c->type, why.detail);
	return ERR_OK;
}

static enum err read_threshold(const struct eval_file *f, struct eval_check *c,
			       struct json v)
{
	const struct str text = eval_scalar(json_get(v, "threshold"));
	enum err err = ERR_INVALID_REQUEST;

	if (c->kind == EVAL_COST)
		err = num_parse_usd(text, &c->threshold);
	else
		err = num_parse_i64(
			text, 0, c->kind == EVAL_LATENCY ? MAX_MS : MAX_EDITS,
			&c->threshold);
	if (err == ERR_OK)
		return ERR_OK;
	return eval_wrong(f, c->line, "%s: \"threshold\" must be %s", c->type,
			  c->kind == EVAL_COST ? "US dollars, such as 0.002"
					       : "a whole number");
}

static enum err read_value(const struct eval_file *f, struct eval_check *c,
			   enum takes takes, struct json v, struct json vars)
{
	const struct json value = json_get(v, "value");

	switch (takes) {
	case TAKES_ANY_TEXT:
		if (json_type(value) == JSON_NULL)
			return ERR_OK;
		return read_text(f, c, value, vars);
	case TAKES_TEXT:
		return read_text(f, c, value, vars);
	case TAKES_TEXTS:
		return read_texts(f, c, value, vars);
	case TAKES_SCHEMA:
		return read_schema(f, c, value);
	case TAKES_STATUS:
		if (num_parse_i64(eval_scalar(value), 100, 599,
				  &c->threshold) == ERR_OK)
			return ERR_OK;
		return eval_wrong(f, c->line,
				  "%s: its value must be an HTTP status",
				  c->type);
	case TAKES_THRESHOLD:
		break;
	}
	if (json_has(v, "value"))
		return eval_wrong(f, c->line,
				  "%s has a \"threshold\", no value", c->type);
	return read_threshold(f, c, v);
}

/* Members that only some types have. */
static enum err read_rest(const struct eval_file *f, struct eval_check *c,
			  enum takes takes, struct json v)
{
	struct str judge = STR_NONE;

	if (c->kind == EVAL_LEVENSHTEIN) {
		c->threshold = DEFAULT_EDITS;
		if (json_has(v, "threshold"))
			ERR_TRY(read_threshold(f, c, v));
	} else if (takes != TAKES_THRESHOLD && json_has(v, "threshold")) {
		return eval_wrong(f, c->line, "%s has no \"threshold\"",
				  c->type);
	}
	if (!json_has(v, "provider"))
		return ERR_OK;
	if (c->kind != EVAL_RUBRIC ||
	    json_get_str(v, "provider", &judge, NULL) != ERR_OK)
		return eval_wrong(f, c->line,
				  "\"provider\" is the name of the model that "
				  "judges, of llm-rubric alone");
	c->judge = str_dup(f->src->arena, judge);
	return ERR_OK;
}

enum err eval_check_read(const struct eval_file *f, struct json v,
			 struct json vars, size_t line, struct eval_check *out)
{
	static const char *const names[] = {"type",     "value",  "threshold",
					    "provider", "metric", NULL};
	struct str name = STR_NONE;

	*out = (struct eval_check){.line = eval_line(v, line)};
	ERR_TRY(eval_members(f, v, line, "an assertion", names));
	name = json_str(json_get(v, "type"));
	if (name.n == 0)
		return eval_wrong(f, out->line,
				  "an assertion needs a \"type\"");
	out->type = str_dup(f->src->arena, name);
	out->negated = str_starts(name, STR("not-"));
	if (out->negated)
		name = (struct str){name.p + 4, name.n - 4};
	const struct kind *const kind = find_kind(name);
	if (kind == NULL)
		return eval_wrong(f, out->line,
				  "there is no assertion of type \"%s\" here",
				  out->type);
	out->kind = kind->kind;
	out->nocase = kind->nocase;
	ERR_TRY(read_value(f, out, kind->takes, v, vars));
	return read_rest(f, out, kind->takes, v);
}
