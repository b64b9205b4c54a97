/*
 * Patterns of JSON schemas by PCRE2, with the options that make it read what
 * JavaScript reads.  Its own limit counts anew at each place where a match may
 * start, so a callout before each item of the pattern counts for all of them.
 */
#include "json/schema_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define HEAP_KIB 8192
/* What is run through within one step, bytes. */
#define BYTES_PER_STEP 64

#define OPTIONS                                                     \
	(PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_BACKSLASH_C | \
	 PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS |                 \
	 PCRE2_MATCH_UNSET_BACKREF | PCRE2_DOLLAR_ENDONLY |         \
	 PCRE2_AUTO_CALLOUT)

struct budget {
	int64_t *steps;
	int64_t cost; /* of one step in this text */
};

/* NULL when there is no memory, or when pattern is wrong: then *error says. */
static pcre2_code *compile(struct str pattern, int *error)
{
	pcre2_compile_context *const c = pcre2_compile_context_create(NULL);
	PCRE2_SIZE at = 0;

	*error = 0;
	if (c == NULL)
		return NULL;
	(void)pcre2_set_compile_extra_options(c, PCRE2_EXTRA_ALT_BSUX);
	pcre2_code *const code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n,
					       OPTIONS, error, &at, c);
	pcre2_compile_context_free(c);
	return code;
}

enum err schema_pattern_check(struct str pattern, struct errbuf *e)
{
	PCRE2_UCHAR text[ERR_DETAIL_BYTES / 2];
	int error = 0;

	if (pattern.n > SCHEMA_MAX_PATTERN_BYTES)
		return err_set(e, ERR_INVALID_REQUEST,
			       "a pattern in the JSON schema has over %d bytes",
			       SCHEMA_MAX_PATTERN_BYTES);
	pcre2_code *const code = compile(pattern, &error);
	if (code != NULL) {
		pcre2_code_free(code);
		return ERR_OK;
	}
	(void)pcre2_get_error_message(error, text, sizeof(text));
	return err_set(e, ERR_INVALID_REQUEST,
		       "the pattern \"" STR_FMT "\" in the JSON schema: %s",
		       STR_ARG(str_utf8_prefix(pattern, 60)),
		       (const char *)text);
}

static const pcre2_code *get(struct schema_patterns *p, struct str pattern)
{
	int error = 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->known[i].text == pattern.p)
			return p->known[i].code;
	if (p->n == SCHEMA_MAX_PATTERNS)
		return NULL;
	pcre2_code *const code = compile(pattern, &error);
	if (code != NULL) {
		p->known[p->n].text = pattern.p;
		p->known[p->n++].code = code;
	}
	return code;
}

static int count_step(pcre2_callout_block *block, void *arg)
{
	const struct budget *const b = arg;

	(void)block;
	*b->steps += b->cost;
	return *b->steps > SCHEMA_PATTERN_STEPS ? PCRE2_ERROR_CALLOUT : 0;
}

static int match(const pcre2_code *code, struct str text, struct budget *b)
{
	pcre2_match_context *const c = pcre2_match_context_create(NULL);
	pcre2_match_data *const data = pcre2_match_data_create(1, NULL);
	int got = PCRE2_ERROR_NOMEMORY;

	if (c != NULL && data != NULL) {
		(void)pcre2_set_callout(c, count_step, b);
		(void)pcre2_set_heap_limit(c, HEAP_KIB);
		got = pcre2_match(code, (PCRE2_SPTR)(text.n > 0 ? text.p : ""),
				  text.n, 0, PCRE2_NO_UTF_CHECK, data, c);
	}
	pcre2_match_data_free(data);
	pcre2_match_context_free(c);
	return got;
}

enum schema_search schema_pattern_search(struct schema_patterns *p,
					 struct str pattern, struct str text)
{
	const pcre2_code *const code = get(p, pattern);
	struct budget b = {&p->steps, 1 + (int64_t)text.n / BYTES_PER_STEP};

	if (code != NULL && p->steps <= SCHEMA_PATTERN_STEPS) {
		const int got = match(code, text, &b);
		if (got >= 0)
			return SCHEMA_FOUND;
		if (got == PCRE2_ERROR_NOMATCH)
			return SCHEMA_NOT_FOUND;
	}
	p->steps = SCHEMA_PATTERN_STEPS + 1;
	return SCHEMA_TOO_LONG;
}

void schema_patterns_release(struct schema_patterns *p)
{
	for (size_t i = 0; i < p->n; i++)
		pcre2_code_free(p->known[i].code);
	p->n = 0;
}
