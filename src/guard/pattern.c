/*
 * Regular expressions over a stream; the only user of PCRE2.  Called by the
 * scanner for the operator's patterns and by the checks of the input.
 */
#include "guard/pattern.h"

#include "base/arena.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define MATCH_LIMIT 100000 /* steps of one search */
#define HEAP_KIB    1024

struct guard_regex {
	pcre2_code *code;
	pcre2_match_context *limits;
};

struct guard_regex_match {
	pcre2_match_data *data;
};

static void *take(size_t n, void *arena)
{
	return arena_alloc(arena, n);
}

/* The arena takes it back. */
static void leave(void *p, void *arena)
{
	(void)p;
	(void)arena;
}

static void free_code(void *code)
{
	pcre2_code_free(code);
}

static void free_limits(void *limits)
{
	pcre2_match_context_free(limits);
}

static enum err refuse(struct errbuf *e, int code)
{
	PCRE2_UCHAR text[ERR_DETAIL_BYTES / 2];

	(void)pcre2_get_error_message(code, text, sizeof(text));
	return err_set(e, ERR_CONFIG, "%s", (const char *)text);
}

static enum err check(const pcre2_code *code, struct errbuf *e)
{
	uint32_t empty = 0;
	uint32_t lookbehind = 0;

	(void)pcre2_pattern_info(code, PCRE2_INFO_MATCHEMPTY, &empty);
	(void)pcre2_pattern_info(code, PCRE2_INFO_MAXLOOKBEHIND, &lookbehind);
	if (empty != 0)
		return err_set(e, ERR_CONFIG, "it matches an empty text");
	if (lookbehind > GUARD_REGEX_LOOKBEHIND)
		return err_set(e, ERR_CONFIG,
			       "it looks back over more than %d characters",
			       GUARD_REGEX_LOOKBEHIND);
	return ERR_OK;
}

static enum err compile(struct arena *a, const char *text,
			struct guard_regex **out, struct errbuf *e)
{
	struct guard_regex *const r = ARENA_NEW(a, struct guard_regex);
	PCRE2_SIZE at = 0;
	int error = 0;

	r->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
				PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &error,
				&at, NULL);
	if (r->code == NULL)
		return refuse(e, error);
	arena_defer(a, free_code, r->code);
	ERR_TRY(check(r->code, e));
	r->limits = pcre2_match_context_create(NULL);
	if (r->limits == NULL)
		return err_set(e, ERR_CONFIG, "no memory for it");
	arena_defer(a, free_limits, r->limits);
	(void)pcre2_set_match_limit(r->limits, MATCH_LIMIT);
	(void)pcre2_set_heap_limit(r->limits, HEAP_KIB);
	*out = r;
	return ERR_OK;
}

enum err guard_regex_brief(struct arena *a, const char *text,
			   const struct guard_regex **out, struct errbuf *e)
{
	struct guard_regex *r = NULL;

	ERR_TRY(compile(a, text, &r, e));
	*out = r;
	return ERR_OK;
}

enum err guard_regex_new(struct arena *a, const char *text,
			 const struct guard_regex **out, struct errbuf *e)
{
	struct guard_regex *r = NULL;

	ERR_TRY(compile(a, text, &r, e));
	/* where there is no JIT it works, too, but slower */
	(void)pcre2_jit_compile(r->code,
				PCRE2_JIT_COMPLETE | PCRE2_JIT_PARTIAL_HARD);
	*out = r;
	return ERR_OK;
}

struct guard_regex_match *guard_regex_match_new(struct arena *a)
{
	struct guard_regex_match *const m =
		ARENA_NEW(a, struct guard_regex_match);

	m->data = pcre2_match_data_create(
		1, pcre2_general_context_create(take, leave, a));
	return m;
}

/* The end of the piece to search: whole characters only. */
static size_t piece_end(const struct guard_text *t, size_t from)
{
	size_t end = t->n;

	if (t->n - from <= GUARD_REGEX_BYTES)
		return end;
	end = from + GUARD_REGEX_BYTES;
	while (((unsigned char)t->p[end] & 0xC0) == 0x80)
		end--;
	return end;
}

static void set_hit(struct guard_hit *hit, size_t from, size_t to)
{
	*hit = (struct guard_hit){GUARD_PATTERN, from, to, GUARD_TAIL_NONE};
}

enum err guard_regex_find(const struct guard_regex *r,
			  struct guard_regex_match *m,
			  const struct guard_text *t, bool first,
			  enum guard_found *found, struct guard_hit *hit)
{
	const PCRE2_SIZE *const at = pcre2_get_ovector_pointer(m->data);
	size_t from = t->base;

	*found = GUARD_NO;
	while (from < t->n) {
		const size_t end = piece_end(t, from);
		const bool last = end == t->n && t->whole;
		const uint32_t options = PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY |
					 (first ? 0 : PCRE2_NOTBOL) |
					 (last ? 0 : PCRE2_PARTIAL_HARD);
		const int got = pcre2_match(r->code, (PCRE2_SPTR)t->p, end,
					    from, options, m->data, r->limits);
		if (got == PCRE2_ERROR_NOMATCH) {
			from = end;
			continue;
		}
		if ((got < 0 && got != PCRE2_ERROR_PARTIAL) || at[0] < from ||
		    at[1] < at[0])
			return ERR_INTERNAL;
		set_hit(hit, at[0], at[1]);
		if (got >= 0 || (at[0] == from && end < t->n)) {
			*found = GUARD_YES;
			return ERR_OK;
		}
		if (end == t->n && t->n - at[0] < GUARD_REGEX_BYTES) {
			*found = GUARD_MORE;
			return ERR_OK;
		}
		if (at[0] == from) { /* exactly as long as it may be */
			*found = GUARD_YES;
			return ERR_OK;
		}
		from = at[0];
	}
	return ERR_OK;
}

bool guard_regex_matches(const struct guard_regex *r,
			 struct guard_regex_match *m, struct str text)
{
	return pcre2_match(r->code, (PCRE2_SPTR)text.p, text.n, 0,
			   PCRE2_NO_UTF_CHECK, m->data,
			   r->limits) != PCRE2_ERROR_NOMATCH;
}
