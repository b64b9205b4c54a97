/*
 * A file of cases: the YAML that promptfoo has, as far as it is described in
 * www/docs/evals.html.
 */
#include "eval/suite.h"

#include "base/arena.h"
#include "eval/case.h"
#include "json/yaml.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static bool ends_with(const char *text, const char *end)
{
	const size_t n = strlen(text);

	return n >= strlen(end) && strcmp(text + n - strlen(end), end) == 0;
}

struct eval_target eval_target_of(struct arena *a, struct str name)
{
	static const struct str kinds[] = {{"openai:chat:", 12},
					   {"openai:", 7}};
	struct eval_target out = {NULL, NULL};

	for (size_t i = 0; i < 2; i++)
		if (str_starts(name, kinds[i])) {
			name.p += kinds[i].n;
			name.n -= kinds[i].n;
		}
	if (str_find(name, STR("/")) < name.n)
		out.model = str_dup(a, name);
	else if (name.n > 0)
		out.feature = str_dup(a, name);
	return out;
}

/* A provider: its name, or {"id": its name}; the address is the command's. */
static enum err add_target(const struct eval_file *f, struct json v,
			   size_t line)
{
	static const char *const names[] = {"id", "label", "config", NULL};
	struct eval_suite *const s = f->suite;
	struct str id = json_str(v);

	if (json_type(v) == JSON_OBJECT) {
		ERR_TRY(eval_members(f, v, line, "a provider", names));
		id = json_str(json_get(v, "id"));
	}
	line = eval_line(v, line);
	if (!str_starts(id, STR("openai:")))
		return eval_wrong(f, line,
				  "a provider must be openai:chat:NAME, with "
				  "the name of a feature or model of the "
				  "service");
	const struct eval_target t = eval_target_of(f->src->arena, id);
	if (s->ntargets == EVAL_MAX_TARGETS ||
	    (t.feature == NULL && t.model == NULL))
		return eval_wrong(f, line,
				  "up to %d \"providers\", each with a name",
				  EVAL_MAX_TARGETS);
	s->targets[s->ntargets++] = t;
	return ERR_OK;
}

static enum err read_yaml(const struct eval_file *f, struct str text,
			  struct json *out)
{
	struct errbuf why = {0};
	struct buf converted;

	buf_init(&converted, f->src->arena, 8 * EVAL_FILE_BYTES);
	enum err err = yaml_to_json_lines(text, EVAL_LINE, &converted, &why);
	if (err == ERR_OK)
		err = json_parse(f->src->arena, buf_str(&converted), out, &why);
	if (err == ERR_OK)
		return ERR_OK;
	/* "line 7: …" */
	const bool told = str_starts(str_from(why.detail), STR("line "));
	return err_set(f->src->e, ERR_INVALID_REQUEST, "%s:%s%s", f->path,
		       told ? "" : " ", why.detail + (told ? 5 : 0));
}

static enum err add_tests(struct eval_file *f, struct json tests, size_t line);

/* "file://more.yaml", beside this file. */
static enum err add_file(struct eval_file *f, struct str name, size_t line)
{
	const char *const slash = strrchr(f->path, '/');
	struct eval_file more = *f;
	struct json tests;
	struct str text;
	char path[PATH_MAX];

	if (!str_starts(name, STR("file://")) || f->inner)
		return eval_wrong(f, line,
				  "\"tests\": expected cases, or "
				  "file://NAME");
	name = (struct str){name.p + 7, name.n - 7};
	(void)snprintf(path, sizeof(path), "%.*s" STR_FMT,
		       slash != NULL && name.n > 0 && name.p[0] != '/'
			       ? (int)(slash - f->path + 1)
			       : 0,
		       f->path, STR_ARG(name));
	more.path = str_dup(f->src->arena, str_from(path));
	more.read = 0;
	more.inner = true;
	ERR_TRY(f->src->read(f->src->arg, more.path, &text));
	if (ends_with(more.path, ".jsonl"))
		return eval_rows(&more, text);
	ERR_TRY(read_yaml(&more, text, &tests));
	if (json_type(tests) != JSON_ARRAY)
		return eval_wrong(&more, 1, "expected a list of cases");
	return add_tests(&more, tests, 1);
}

static enum err add_tests(struct eval_file *f, struct json tests, size_t line)
{
	if (json_type(tests) == JSON_STRING)
		return add_file(f, json_str(tests), line);
	if (json_type(tests) != JSON_ARRAY || json_count(tests) == 0)
		return eval_wrong(f, line, "there are no \"tests\"");
	for (size_t i = 0; i < json_count(tests); i++) {
		const struct json one = json_at(tests, i);
		if (json_type(one) == JSON_STRING)
			ERR_TRY(add_file(f, json_str(one), line));
		else
			ERR_TRY(eval_case_add(f, one, line));
	}
	return ERR_OK;
}

static enum err read_prompts(struct eval_file *f, struct json v)
{
	const bool one = json_type(v) == JSON_STRING;

	f->nprompts = one ? 1 : json_count(v);
	if (f->nprompts > EVAL_MAX_PROMPTS || f->nprompts == 0 ||
	    json_type(v) == JSON_OBJECT)
		return eval_wrong(f, 1, "\"prompts\" must be a list of 1 to %d",
				  EVAL_MAX_PROMPTS);
	for (size_t i = 0; i < f->nprompts; i++)
		f->prompts[i] = one ? v : json_at(v, i);
	return ERR_OK;
}

static enum err add_suite(struct eval_file *f, struct json v)
{
	static const char *const names[] = {"description", "prompts",
					    "providers",   "defaultTest",
					    "tests",       NULL};
	static const char *const defaults[] = {"vars", "assert", "options",
					       "metadata", NULL};
	const struct json providers = json_get(v, "providers");

	ERR_TRY(eval_members(f, v, 1, "a file of cases", names));
	if (json_has(v, "prompts"))
		ERR_TRY(read_prompts(f, json_get(v, "prompts")));
	if (json_has(v, "defaultTest")) {
		f->defaults = json_get(v, "defaultTest");
		ERR_TRY(eval_members(f, f->defaults, 1, "\"defaultTest\"",
				     defaults));
	}
	if (json_type(providers) == JSON_STRING)
		ERR_TRY(add_target(f, providers, 1));
	for (size_t i = 0; i < json_count(providers); i++)
		ERR_TRY(add_target(f, json_at(providers, i), 1));
	return add_tests(f, json_get(v, "tests"), eval_line(v, 1));
}

enum err eval_suite_add(struct eval_suite *s, const struct eval_source *src,
			const char *path)
{
	struct eval_file f = {.src = src, .suite = s, .path = path};
	struct str text;
	struct json v;

	/* what promptfoo takes without "prompts" */
	ERR_TRY(json_parse(src->arena, STR("\"{{prompt}}\""), &f.prompts[0],
			   src->e));
	f.nprompts = 1;
	ERR_TRY(src->read(src->arg, path, &text));
	if (ends_with(path, ".jsonl"))
		return eval_rows(&f, text);
	ERR_TRY(read_yaml(&f, text, &v));
	if (json_type(v) == JSON_ARRAY)
		return add_tests(&f, v, 1);
	return add_suite(&f, v);
}
