/*
 * One case: what "defaultTest" says and what it says itself, put together and
 * filled in, once for each prompt of its file.
 */
#include "eval/case.h"

#include "base/arena.h"
#include "base/num.h"
#include "eval/fill.h"
#include "eval/kinds.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ID_BYTES     ((size_t)80)
#define PROMPT_BYTES ((size_t)1024 * 1024)

enum err eval_wrong(const struct eval_file *f, size_t line, const char *fmt,
		    ...)
{
	char why[ERR_DETAIL_BYTES];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	return err_set(f->src->e, ERR_INVALID_REQUEST, "%s:%zu: %s", f->path,
		       line, why);
}

size_t eval_line(struct json v, size_t outer)
{
	const int64_t line = json_i64(json_get(v, EVAL_LINE));

	return line > 0 ? (size_t)line : outer;
}

struct members {
	const struct eval_file *f;
	size_t line;
	const char *what;
	const char *const *names;
};

static enum err check_member(void *arg, struct str name, struct json value)
{
	const struct members *const m = arg;

	(void)value;
	if (str_eq_c(name, EVAL_LINE))
		return ERR_OK;
	for (const char *const *known = m->names; *known != NULL; known++)
		if (str_eq_c(name, *known))
			return ERR_OK;
	return eval_wrong(m->f, m->line,
			  "\"" STR_FMT "\" of %s is not supported",
			  STR_ARG(name), m->what);
}

enum err eval_members(const struct eval_file *f, struct json v, size_t line,
		      const char *what, const char *const *names)
{
	struct members m = {f, eval_line(v, line), what, names};

	if (json_type(v) != JSON_OBJECT)
		return eval_wrong(f, line,
				  "%s must be a map of names and "
				  "values",
				  what);
	return json_each(v, check_member, &m);
}

/* Putting defaults and the case together ---------------------------------- */

struct joining {
	struct jw w;
	struct json over; /* whose members win */
};

static enum err join_member(void *arg, struct str name, struct json value)
{
	struct joining *const j = arg;
	const char *const own = str_dup(j->w.out->arena, name);
	const struct str text = json_text(value);

	if (str_eq_c(name, EVAL_LINE) || json_has(j->over, own))
		return ERR_OK;
	jw_raw(&j->w, own, text.p != NULL ? text : STR("null"));
	return ERR_OK;
}

/* Member `name` of the defaults, and over it that of v. */
static enum err join(const struct eval_file *f, struct json v, const char *name,
		     size_t line, struct json *out)
{
	const struct json parts[] = {json_get(f->defaults, name),
				     json_get(v, name)};
	struct joining j = {.over = parts[1]};
	struct buf text;

	buf_init(&text, f->src->arena, EVAL_FILE_BYTES);
	jw_init(&j.w, &text);
	jw_open_object(&j.w, NULL);
	for (size_t i = 0; i < 2; i++) {
		if (json_type(parts[i]) != JSON_NULL &&
		    json_type(parts[i]) != JSON_OBJECT)
			return eval_wrong(f, line,
					  "\"%s\" must be a map of names and "
					  "values",
					  name);
		ERR_TRY(json_each(parts[i], join_member, &j));
		j.over = (struct json){NULL};
	}
	jw_close(&j.w);
	ERR_TRY(buf_err(&text));
	return json_parse(f->src->arena, buf_str(&text), out, f->src->e);
}

static enum err read_checks(const struct eval_file *f, struct json v,
			    struct eval_case *c)
{
	const struct json lists[] = {json_get(f->defaults, "assert"),
				     json_get(v, "assert")};
	const size_t n = json_count(lists[0]) + json_count(lists[1]);

	if (n > EVAL_MAX_CHECKS)
		return eval_wrong(f, c->line, "over %d assertions",
				  EVAL_MAX_CHECKS);
	if (n == 0)
		return eval_wrong(f, c->line,
				  "a case without \"assert\" would always "
				  "pass");
	c->checks = ARENA_ARRAY(f->src->arena, n, struct eval_check);
	for (size_t l = 0; l < 2; l++) {
		if (json_type(lists[l]) != JSON_NULL &&
		    json_type(lists[l]) != JSON_ARRAY)
			return eval_wrong(f, c->line,
					  "\"assert\" must be a list");
		for (size_t i = 0; i < json_count(lists[l]); i++)
			ERR_TRY(eval_check_read(f, json_at(lists[l], i),
						c->vars, c->line,
						&c->checks[c->nchecks++]));
	}
	return ERR_OK;
}

static enum err check_var(void *arg, struct str name, struct json value)
{
	const struct members *const m = arg;
	const struct str text = eval_scalar(value);

	if (text.p == NULL)
		return eval_wrong(m->f, m->line,
				  "\"" STR_FMT "\" of \"vars\" must be a text "
				  "or a number: lists of values are not "
				  "supported",
				  STR_ARG(name));
	if (str_starts(text, STR("file://")))
		return eval_wrong(m->f, m->line,
				  "\"" STR_FMT "\" of \"vars\": a value from a "
				  "file is not supported",
				  STR_ARG(name));
	return ERR_OK;
}

static enum err read_tags(const struct eval_file *f, struct json list,
			  struct eval_case *c)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct str tag = json_str(json_at(list, i));
		if (tag.n == 0 || c->ntags == EVAL_MAX_TAGS)
			return eval_wrong(f, c->line,
					  "\"tags\": up to %d words",
					  EVAL_MAX_TAGS);
		c->tags[c->ntags++] = str_dup(f->src->arena, tag);
	}
	if (json_type(list) == JSON_NULL || json_count(list) > 0)
		return ERR_OK;
	return eval_wrong(f, c->line, "\"tags\" must be a list of words");
}

bool eval_has_tag(const struct eval_case *c, const char *tag)
{
	for (size_t i = 0; i < c->ntags; i++)
		if (strcmp(c->tags[i], tag) == 0)
			return true;
	return false;
}

/* The id of a case ----------------------------------------------------------
 */

/* "Asks for the page, twice." becomes "asks-for-the-page-twice". */
static void add_slug(struct buf *out, struct str text)
{
	bool gap = false;

	for (size_t i = 0; i < text.n && out->n < ID_BYTES; i++) {
		const char c = text.p[i];
		const char low = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
		const bool word = (low >= 'a' && low <= 'z') ||
				  (low >= '0' && low <= '9') ||
				  (unsigned char)low >= 0x80 || low == '_';
		if (word && gap && out->n > 0)
			buf_add_char(out, '-');
		if (word)
			buf_add_char(out, low);
		gap = !word;
	}
}

/* The name of the file without folder and ending. */
static struct str stem_of(const char *path)
{
	const char *const slash = strrchr(path, '/');
	const char *const name = slash != NULL ? slash + 1 : path;
	const char *const dot = strchr(name, '.');

	return dot == NULL ? str_from(name)
			   : (struct str){name, (size_t)(dot - name)};
}

enum err eval_case_keep(struct eval_file *f, struct eval_case *c, struct str id)
{
	struct eval_suite *const s = f->suite;
	struct buf slug;

	buf_init(&slug, f->src->arena, 2 * ID_BYTES);
	add_slug(&slug, id.n > 0 ? id : str_from(c->description));
	if (slug.n == 0) {
		add_slug(&slug, stem_of(f->path));
		buf_addf(&slug, "-%zu", f->read);
	}
	slug.n = str_utf8_prefix(buf_str(&slug), ID_BYTES).n;
	c->id = str_dup(f->src->arena, buf_str(&slug));
	for (size_t i = 0; i < s->ncases; i++)
		if (strcmp(s->cases[i].id, c->id) == 0)
			return eval_wrong(f, c->line,
					  "\"%s\" is the name of another case, "
					  "%s:%zu",
					  c->id, s->cases[i].file,
					  s->cases[i].line);
	if (s->ncases == EVAL_MAX_CASES)
		return eval_wrong(f, c->line, "over %d cases", EVAL_MAX_CASES);
	s->cases[s->ncases++] = *c;
	return ERR_OK;
}

/* Prompts -------------------------------------------------------------------
 */

static bool is_conversation(struct json list)
{
	for (size_t i = 0; i < json_count(list); i++)
		if (!json_has(json_at(list, i), "role") ||
		    !json_has(json_at(list, i), "content"))
			return false;
	return json_type(list) == JSON_ARRAY && json_count(list) > 0;
}

enum err eval_case_prompt(const struct eval_file *f, struct eval_case *c,
			  struct str text)
{
	struct json list;

	c->prompt = text;
	c->messages = (struct json){NULL};
	if (str_starts(str_trim(text), STR("[")) &&
	    json_parse(f->src->arena, text, &list, NULL) == ERR_OK &&
	    is_conversation(list))
		c->messages = list;
	return ERR_OK;
}

/* A prompt: a text, or {"raw": a text} with a name for people. */
static enum err fill_prompt(const struct eval_file *f, struct json prompt,
			    struct eval_case *c)
{
	static const char *const names[] = {"raw", "id", "label", NULL};
	struct str text = json_str(prompt);
	struct errbuf why = {0};
	struct json as_json;
	struct buf filled;

	if (json_type(prompt) == JSON_OBJECT) {
		ERR_TRY(eval_members(f, prompt, c->line, "a prompt", names));
		text = json_str(json_get(prompt, "raw"));
	}
	if (text.n == 0 || str_starts(text, STR("file://")))
		return eval_wrong(f, c->line,
				  "a prompt must be a text; prompts from files "
				  "are not supported");
	const bool quoted =
		str_starts(str_trim(text), STR("[")) &&
		json_parse(f->src->arena, text, &as_json, NULL) == ERR_OK;
	buf_init(&filled, f->src->arena, PROMPT_BYTES);
	if (eval_fill(&filled, text, c->vars, quoted, &why) != ERR_OK)
		return eval_wrong(f, c->line, "%s", why.detail);
	return eval_case_prompt(f, c, (struct str){buf_c(&filled), filled.n});
}

/* Several prompts make several cases, NAME, NAME-2 and so on. */
static enum err add_prompts(struct eval_file *f, struct eval_case *c,
			    struct str id)
{
	const struct str base = id.n > 0 ? id : str_from(c->description);
	struct buf name;

	if (f->nprompts == 0)
		return eval_wrong(f, c->line, "there are no \"prompts\"");
	for (size_t i = 0; i < f->nprompts; i++) {
		ERR_TRY(fill_prompt(f, f->prompts[i], c));
		buf_init(&name, f->src->arena, EVAL_FILE_BYTES);
		buf_add_str(&name, base);
		if (i > 0 && base.n > 0)
			buf_addf(&name, "-%zu", i + 1);
		f->read++;
		ERR_TRY(eval_case_keep(f, c, buf_str(&name)));
	}
	return ERR_OK;
}

/* The case ------------------------------------------------------------------
 */

static enum err read_options(const struct eval_file *f, struct json v,
			     struct eval_case *c)
{
	static const char *const names[] = {"response_format", "max_tokens",
					    "temperature", NULL};
	static const char *const known[] = {"id", "tags", "feature", NULL};
	const size_t line = c->line;
	struct json metadata;
	struct str feature = STR_NONE;

	ERR_TRY(join(f, v, "vars", line, &c->vars));
	struct members m = {.f = f, .line = line};
	ERR_TRY(json_each(c->vars, check_var, &m));
	ERR_TRY(join(f, v, "options", line, &c->options));
	ERR_TRY(eval_members(f, c->options, line, "\"options\"", names));
	ERR_TRY(join(f, v, "metadata", line, &metadata));
	ERR_TRY(eval_members(f, metadata, line, "\"metadata\"", known));
	if (json_get_str(metadata, "feature", &feature, NULL) != ERR_OK)
		return eval_wrong(f, line, "\"feature\" must be a name");
	if (feature.n > 0)
		c->feature = str_dup(f->src->arena, feature);
	ERR_TRY(read_tags(f, json_get(metadata, "tags"), c));
	return read_tags(f, json_get(v, "tags"), c);
}

enum err eval_case_add(struct eval_file *f, struct json v, size_t line)
{
	static const char *const names[] = {"description", "vars",     "assert",
					    "options",     "metadata", "tags",
					    NULL};
	struct eval_case c = {.file = f->path, .line = eval_line(v, line)};
	struct str id = STR_NONE;

	ERR_TRY(eval_members(f, v, line, "a case", names));
	c.description =
		str_dup(f->src->arena, json_str(json_get(v, "description")));
	ERR_TRY(read_options(f, v, &c));
	ERR_TRY(read_checks(f, v, &c));
	id = json_str(json_get(json_get(v, "metadata"), "id"));
	return add_prompts(f, &c, id);
}
