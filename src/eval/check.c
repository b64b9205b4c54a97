/*
 * Assertions on an answer, all but those that a model judges.  An assertion
 * that cannot be decided has failed, also when it is negated.
 */
#include "eval/check.h"

#include "base/arena.h"
#include "base/num.h"
#include "eval/fill.h"
#include "json/schema.h"
#include "json/schema_pattern.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_BYTES  ((size_t)200)
#define REASON_BYTES ((size_t)1024)
#define NUMBER_BYTES 8
#define MAX_PPM      1000000

/* What was found. */
enum found { NO, YES, UNKNOWN };

struct sight {
	struct arena *a;
	const struct eval_check *c;
	const struct eval_answer *answer;
	const char *expected; /* what the sentence says was expected */
	const char *seen;
	const char *why; /* of UNKNOWN, and of some NO */
};

const char *eval_short(struct arena *a, struct str text, size_t max)
{
	const struct str part = str_utf8_prefix(text, max);
	struct buf out;

	buf_init(&out, a, max + NUMBER_BYTES);
	for (size_t i = 0; i < part.n; i++)
		buf_add_char(&out, part.p[i] == '\n' || part.p[i] == '\t' ||
						   part.p[i] == '\r'
					   ? ' '
					   : part.p[i]);
	if (part.n < text.n)
		buf_add_c(&out, "…");
	return buf_c(&out);
}

/* Texts ---------------------------------------------------------------------
 */

static struct str lower(struct arena *a, struct str s)
{
	char *const out = str_dup(a, s);

	for (size_t i = 0; i < s.n; i++)
		if (out[i] >= 'A' && out[i] <= 'Z')
			out[i] = (char)(out[i] + ('a' - 'A'));
	return (struct str){out, s.n};
}

static bool has(struct arena *a, struct str text, struct str part, bool nocase)
{
	if (nocase) {
		text = lower(a, text);
		part = lower(a, part);
	}
	return str_find(text, part) <= text.n;
}

static enum found find_texts(const struct sight *s, bool all)
{
	for (size_t i = 0; i < s->c->ntexts; i++)
		if (has(s->a, s->answer->text, s->c->texts[i], s->c->nocase) !=
		    all)
			return all ? NO : YES;
	return all ? YES : NO;
}

static enum found find_pattern(struct sight *s)
{
	struct schema_patterns *const p =
		ARENA_NEW(s->a, struct schema_patterns);
	const enum schema_search got =
		schema_pattern_search(p, s->c->texts[0], s->answer->text);

	schema_patterns_release(p);
	if (got == SCHEMA_TOO_LONG)
		s->why = "the search takes too many steps";
	return got == SCHEMA_FOUND       ? YES
	       : got == SCHEMA_NOT_FOUND ? NO
					 : UNKNOWN;
}

static enum found find_json(struct sight *s)
{
	struct errbuf *const why = ARENA_NEW(s->a, struct errbuf);
	struct json v;

	s->why = why->detail;
	s->expected = json_type(s->c->schema) != JSON_NULL
			      ? "JSON as the schema says"
			      : "JSON";
	if (json_parse(s->a, s->answer->text, &v, why) != ERR_OK)
		return NO;
	if (json_type(s->c->schema) == JSON_NULL)
		return YES;
	return json_schema_validate(s->c->schema, v, why) == ERR_OK ? YES : NO;
}

/* Distance ------------------------------------------------------------------
 */

/* The characters of a text, each as the offset where it begins. */
static size_t characters(struct arena *a, struct str s, size_t **out)
{
	size_t n = 0;

	*out = ARENA_ARRAY(a, s.n + 1, size_t);
	for (size_t i = 0; i < s.n;) {
		const size_t len = str_utf8_len((struct str){s.p + i, s.n - i});
		(*out)[n++] = i;
		i += len > 0 ? len : 1;
	}
	(*out)[n] = s.n;
	return n;
}

static size_t least(size_t x, size_t y)
{
	return x < y ? x : y;
}

size_t eval_distance(struct arena *a, struct str x, struct str y)
{
	size_t *from = NULL;
	size_t *to = NULL;
	const size_t nx = characters(a, x, &from);
	const size_t ny = characters(a, y, &to);
	size_t *const row = ARENA_ARRAY(a, ny + 1, size_t);

	for (size_t j = 0; j <= ny; j++)
		row[j] = j;
	for (size_t i = 1; i <= nx; i++) {
		const struct str cx = {x.p + from[i - 1],
				       from[i] - from[i - 1]};
		size_t corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= ny; j++) {
			const struct str cy = {y.p + to[j - 1],
					       to[j] - to[j - 1]};
			const size_t kept = corner + !str_eq(cx, cy);
			corner = row[j];
			row[j] = least(kept, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[ny];
}

static enum found measure(struct sight *s)
{
	char *const text = arena_alloc(s->a, REASON_BYTES);

	if (s->answer->text.n > EVAL_MAX_DISTANCE_TEXT ||
	    s->c->texts[0].n > EVAL_MAX_DISTANCE_TEXT) {
		s->why = "texts over 4000 bytes are not compared";
		return UNKNOWN;
	}
	const size_t n = eval_distance(s->a, s->answer->text, s->c->texts[0]);
	(void)snprintf(text, REASON_BYTES,
		       "%zu changes away, at most %" PRId64 " may be", n,
		       s->c->threshold);
	s->why = text;
	return (int64_t)n <= s->c->threshold ? YES : NO;
}

/* Citations -----------------------------------------------------------------
 */

static bool is_cited(const struct eval_answer *answer, struct json citation)
{
	char mark[NUMBER_BYTES + 2];

	(void)snprintf(mark, sizeof(mark), "[%d]",
		       (int)json_i64(json_get(citation, "n")));
	return str_find(answer->text, str_from(mark)) <= answer->text.n;
}

static bool names(const struct sight *s, struct json citation)
{
	static const char *const members[] = {"url", "title", "section"};

	if (s->c->ntexts == 0)
		return true;
	for (size_t i = 0; i < 3; i++)
		if (has(s->a, json_str(json_get(citation, members[i])),
			s->c->texts[0], true))
			return true;
	return false;
}

/* A passage counts when its number stands in the answer. */
static enum found find_citation(struct sight *s)
{
	const struct json list = s->answer->citations;
	enum found got = NO;
	struct buf seen;

	if (!s->answer->has_citations) {
		s->why = "this route tells no citations";
		return UNKNOWN;
	}
	buf_init(&seen, s->a, REASON_BYTES);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json one = json_at(list, i);
		const struct str url = json_str(json_get(one, "url"));
		if (!is_cited(s->answer, one))
			continue;
		if (names(s, one))
			got = YES;
		buf_addf(&seen, "%s" STR_FMT, seen.n > 0 ? ", " : "",
			 STR_ARG(url.n > 0 ? url
					   : json_str(json_get(one, "title"))));
	}
	s->seen = seen.n > 0 ? buf_c(&seen) : "no citation";
	return got;
}

/* Numbers -------------------------------------------------------------------
 */

static enum found compare_cost(struct sight *s)
{
	char *const text = arena_alloc(s->a, 2 * NUM_USD_BYTES);

	if (!s->answer->cost_known) {
		s->why = "its cost is not known";
		return UNKNOWN;
	}
	s->seen = num_format_usd(s->answer->cost_pico, text);
	s->expected = num_format_usd(s->c->threshold, text + NUM_USD_BYTES);
	return s->answer->cost_pico <= s->c->threshold ? YES : NO;
}

static const char *number(struct arena *a, int64_t n, const char *unit)
{
	char *const text = arena_alloc(a, NUM_USD_BYTES);

	(void)snprintf(text, NUM_USD_BYTES, "%" PRId64 "%s", n, unit);
	return text;
}

static enum found compare_latency(struct sight *s)
{
	s->seen = number(s->a, s->answer->latency_ms, " ms");
	s->expected = number(s->a, s->c->threshold, " ms");
	return s->answer->latency_ms <= s->c->threshold ? YES : NO;
}

static enum found compare_status(struct sight *s)
{
	s->seen = number(s->a, s->answer->status, "");
	s->expected = number(s->a, s->c->threshold, "");
	return s->answer->status == s->c->threshold ? YES : NO;
}

/* All of them ---------------------------------------------------------------
 */

static enum found look(struct sight *s)
{
	const struct str text = s->answer->text;
	const struct str first = s->c->ntexts > 0 ? s->c->texts[0] : STR_NONE;

	switch (s->c->kind) {
	case EVAL_EQUALS:
		return str_eq(text, first) ? YES : NO;
	case EVAL_CONTAINS:
	case EVAL_CONTAINS_ALL:
		return find_texts(s, true);
	case EVAL_CONTAINS_ANY:
		return find_texts(s, false);
	case EVAL_STARTS_WITH:
		return str_starts(text, first) ? YES : NO;
	case EVAL_REGEX:
		return find_pattern(s);
	case EVAL_IS_JSON:
		return find_json(s);
	case EVAL_LEVENSHTEIN:
		return measure(s);
	case EVAL_LATENCY:
		return compare_latency(s);
	case EVAL_COST:
		return compare_cost(s);
	case EVAL_CITES:
		return find_citation(s);
	case EVAL_STATUS:
		return compare_status(s);
	case EVAL_ERROR:
		s->seen = s->answer->code.n > 0 ? str_dup(s->a, s->answer->code)
						: "an answer";
		return str_eq(s->answer->code, first) ? YES : NO;
	case EVAL_RUBRIC:
		break;
	}
	s->why = "nobody judged it";
	return UNKNOWN;
}

/* The texts that are looked for, as a sentence has them. */
static const char *wanted(struct arena *a, const struct eval_check *c)
{
	struct buf out;

	buf_init(&out, a, REASON_BYTES);
	for (size_t i = 0; i < c->ntexts && out.n < SHOWN_BYTES; i++)
		buf_addf(&out, "%s\"%s\"", i > 0 ? ", " : "",
			 eval_short(a, c->texts[i], SHOWN_BYTES / 2));
	return c->ntexts > 0 ? buf_c(&out) : "any";
}

void eval_check(struct arena *a, const struct eval_check *c,
		const struct eval_answer *answer, struct eval_verdict *out)
{
	struct sight s = {.a = a, .c = c, .answer = answer};
	const enum found got = look(&s);
	char *const text = arena_alloc(a, REASON_BYTES);

	*out = (struct eval_verdict){.reason = ""};
	out->pass = got == (c->negated ? NO : YES);
	out->score_ppm = out->pass ? MAX_PPM : 0;
	if (out->pass)
		return;
	if (got == UNKNOWN) {
		(void)snprintf(text, REASON_BYTES, "%s: %s", c->type, s.why);
		out->reason = text;
		return;
	}
	const bool told = s.why != NULL && s.why[0] != '\0';
	(void)snprintf(text, REASON_BYTES, "%s: expected %s%s, seen %s%s%s%s",
		       c->type, c->negated ? "not " : "",
		       s.expected != NULL ? s.expected : wanted(a, c),
		       s.seen != NULL
			       ? s.seen
			       : eval_short(a, answer->text, SHOWN_BYTES),
		       told ? " (" : "", told ? s.why : "", told ? ")" : "");
	out->reason = text;
}
