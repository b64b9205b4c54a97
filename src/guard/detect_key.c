/*
 * Secrets of programs: keys of providers, clouds and services by their
 * prefixes, passwords in addresses, JWTs, private keys.
 *
 * Each prefix has a mark: a byte that is rare in ordinary text, from which the
 * search starts.  A key has at least `min` characters behind its prefix; when
 * `max` is 0 it goes on as long as its characters do.
 */
#include "guard/detect.h"

#include <string.h>

#define JWT_MAX_HEADER 300
#define JWT_MIN        10
#define LOGIN_MAX      128
#define PEM_BEGIN      STR("-----BEGIN ")
#define PEM_LABEL_MAX  40
#define PEM_SPACE_MAX  16
#define PEM_BODY_MIN   16

struct prefix {
	const char *text;
	unsigned char mark; /* its place in text */
	unsigned char min;
	unsigned char max;
	bool digit; /* one of the first `min` characters must be a digit */
	int classes;
};

#define URL64 GUARD_IS_URL64
#define ALNUM GUARD_IS_ALNUM
#define HEX   GUARD_IS_HEX

static const struct prefix dash[] = {
	{"sk-", 2, 20, 0, true, URL64}, /* OpenAI, Anthropic, … */
	{"GOCSPX-", 6, 20, 0, false, URL64},
	{"glpat-", 5, 20, 0, false, URL64}, /* GitLab */
	{"glrt-", 4, 20, 0, false, URL64},
	{"gldt-", 4, 20, 0, false, URL64},
	{"xoxb-", 4, 20, 0, true, URL64}, /* Slack */
	{"xoxp-", 4, 20, 0, true, URL64},
	{"xoxa-", 4, 20, 0, true, URL64},
	{"xoxr-", 4, 20, 0, true, URL64},
	{"xoxs-", 4, 20, 0, true, URL64},
	{"xapp-", 4, 20, 0, true, URL64},
	{"xai-", 3, 40, 0, true, ALNUM},
	{"pplx-", 4, 40, 0, true, ALNUM},
	{"nvapi-", 5, 40, 0, false, URL64},
	{"csk-", 3, 40, 0, true, ALNUM}, /* Cerebras */
	{"pypi-", 4, 50, 0, false, URL64},
	{"key-", 3, 32, 32, true, HEX}, /* Mailgun */
	{"AGE-SECRET-KEY-1", 3, 40, 0, false, ALNUM},
};
static const struct prefix line[] = {
	{"slw_", 3, 43, 0, false, URL64}, /* our own */
	{"ghp_", 3, 36, 0, false, ALNUM}, /* GitHub */
	{"gho_", 3, 36, 0, false, ALNUM},
	{"ghu_", 3, 36, 0, false, ALNUM},
	{"ghs_", 3, 36, 0, false, ALNUM},
	{"ghr_", 3, 36, 0, false, ALNUM},
	{"github_pat_", 6, 22, 0, false, URL64},
	{"hf_", 2, 30, 0, false, ALNUM},      /* Hugging Face */
	{"gsk_", 3, 40, 0, false, ALNUM},     /* Groq */
	{"r8_", 2, 37, 0, false, ALNUM},      /* Replicate */
	{"sk_live_", 2, 16, 0, false, ALNUM}, /* Stripe */
	{"sk_test_", 2, 16, 0, false, ALNUM},
	{"rk_live_", 2, 16, 0, false, ALNUM},
	{"rk_test_", 2, 16, 0, false, ALNUM},
	{"whsec_", 5, 24, 0, true, ALNUM},
	{"npm_", 3, 36, 0, false, ALNUM},
	{"dop_v1_", 3, 64, 0, false, HEX}, /* DigitalOcean */
	{"shpat_", 5, 32, 0, false, HEX},  /* Shopify */
	{"shpss_", 5, 32, 0, false, HEX},
};
static const struct prefix letter_i[] = {
	{"AKIA", 2, 16, 16, false, ALNUM}, /* AWS */
};
static const struct prefix letter_a[] = {
	{"ASIA", 3, 16, 16, false, ALNUM},
	{"ABIA", 3, 16, 16, false, ALNUM},
	{"ACCA", 3, 16, 16, false, ALNUM},
};
static const struct prefix letter_z[] = {
	{"AIza", 2, 35, 0, false, URL64}, /* Google */
};
static const struct prefix dot[] = {
	{"ya29.", 4, 20, 0, false, URL64},
	{"SG.", 2, 20, 0, true, URL64}, /* SendGrid */
};
static const struct prefix equal[] = {
	{"AccountKey=", 10, 40, 0, false, GUARD_IS_BASE64}, /* Azure */
	{"SharedAccessKey=", 15, 40, 0, false, GUARD_IS_BASE64},
	{"secret_access_key=", 17, 40, 0, false, GUARD_IS_BASE64},
	{"SECRET_ACCESS_KEY=", 17, 40, 0, false, GUARD_IS_BASE64},
};

/* The prefixes of one mark, so that a hyphen asks only for those with one. */
static const struct group {
	char mark;
	const struct prefix *list;
	size_t n;
} groups[] = {
#define GROUP(mark, list)                                    \
	{                                                    \
		mark, list, sizeof(list) / sizeof((list)[0]) \
	}
	GROUP('-', dash),     GROUP('_', line),     GROUP('I', letter_i),
	GROUP('A', letter_a), GROUP('z', letter_z), GROUP('.', dot),
	GROUP('=', equal),
#undef GROUP
};

#define NGROUPS (sizeof(groups) / sizeof(groups[0]))

const char guard_key_marks[] = "-_IAz.=";

static enum guard_found answer(struct guard_hit *hit, enum guard_kind kind,
			       size_t from, size_t to, enum guard_tail tail)
{
	*hit = (struct guard_hit){kind, from, to, tail};
	return GUARD_YES;
}

static enum guard_found later(struct guard_hit *hit, size_t from)
{
	hit->from = from;
	return GUARD_MORE;
}

/* Keys by prefix ----------------------------------------------------- */

/* The characters behind a prefix that was found. */
static enum guard_found key_body(const struct guard_text *t, size_t from,
				 const struct prefix *p, struct guard_hit *hit)
{
	const size_t body = from + strlen(p->text);
	bool digit = false;
	size_t n = 0;

	for (; n < p->min; n++) {
		if (guard_peek(t, body + n) == GUARD_PEEK_MORE)
			return later(hit, from);
		if (!guard_is(t, body + n, p->classes))
			return GUARD_NO;
		digit = digit || guard_is(t, body + n, GUARD_IS_DIGIT);
	}
	if (p->digit && !digit)
		return GUARD_NO;
	if (p->max == 0)
		return answer(hit, GUARD_KEY, from, body + n, GUARD_TAIL_WORD);
	if (guard_peek(t, body + n) == GUARD_PEEK_MORE)
		return later(hit, from);
	if (guard_is(t, body + n, GUARD_IS_ALNUM))
		return GUARD_NO;
	return answer(hit, GUARD_KEY, from, body + n, GUARD_TAIL_NONE);
}

static enum guard_found key_at(const struct guard_text *t, size_t at,
			       const struct prefix *p, struct guard_hit *hit)
{
	const size_t from = at - p->mark;

	if (at < t->base + p->mark ||
	    memcmp(t->p + from, p->text, p->mark) != 0)
		return GUARD_NO;
	/* secret_access_key stands behind "aws_" */
	if (guard_was(t, from, GUARD_IS_ALNUM))
		return GUARD_NO;
	switch (guard_literal(t, at, str_from(p->text + p->mark))) {
	case GUARD_MORE:
		return later(hit, from);
	case GUARD_NO:
		return GUARD_NO;
	case GUARD_YES:
		break;
	}
	return key_body(t, from, p, hit);
}

enum guard_found guard_detect_key(const struct guard_text *t, size_t at,
				  struct guard_hit *hit)
{
	const struct group *g = groups;

	if (at == 0)
		return GUARD_NO;
	while (g->mark != t->p[at])
		g++;
	for (const struct prefix *p = g->list; p < g->list + g->n; p++) {
		if (t->p[at - 1] != p->text[p->mark - 1])
			continue;
		const enum guard_found found = key_at(t, at, p, hit);
		if (found != GUARD_NO)
			return found;
	}
	return GUARD_NO;
}

bool guard_key_begins(const struct guard_text *t, size_t i)
{
	const size_t n = t->n - i;

	if (guard_was(t, i, GUARD_IS_ALNUM))
		return false;
	for (const struct group *g = groups; g < groups + NGROUPS; g++)
		for (size_t k = 0; k < g->n; k++)
			if (n <= g->list[k].mark &&
			    memcmp(t->p + i, g->list[k].text, n) == 0)
				return true;
	return n <= 2 && memcmp(t->p + i, "eyJ", n) == 0;
}

/* JWT ---------------------------------------------------------------- */

enum guard_found guard_detect_jwt(const struct guard_text *t, size_t at,
				  struct guard_hit *hit)
{
	const size_t from = at - 2;
	size_t i = at + 1;
	size_t body = 0;

	if (at < t->base + 2 || t->p[from] != 'e' || t->p[from + 1] != 'y' ||
	    guard_was(t, from, GUARD_IS_URL64))
		return GUARD_NO;
	while (i < from + JWT_MAX_HEADER && guard_is(t, i, GUARD_IS_URL64))
		i++;
	if (guard_peek(t, i) == GUARD_PEEK_MORE)
		return later(hit, from);
	if (guard_peek(t, i) != '.' || i < from + JWT_MIN)
		return GUARD_NO;
	for (; body < JWT_MIN; body++) {
		if (guard_peek(t, i + 1 + body) == GUARD_PEEK_MORE)
			return later(hit, from);
		if (!guard_is(t, i + 1 + body, GUARD_IS_URL64))
			return GUARD_NO;
	}
	return answer(hit, GUARD_JWT, from, i + 1 + body, GUARD_TAIL_JWT);
}

/* Private keys ------------------------------------------------------- */

/*
 * What begins behind the BEGIN line: the key, or a header before it?  *body
 * is where.
 */
static enum guard_found pem_body(const struct guard_text *t, size_t i,
				 size_t *body)
{
	size_t n = 0;
	size_t k = i;

	while (k < i + PEM_SPACE_MAX && guard_peek(t, k) > 0 &&
	       (strchr(" \r\n\t", guard_peek(t, k)) != NULL ||
		(guard_peek(t, k) == '\\' && guard_peek(t, k + 1) == 'n')))
		k += guard_peek(t, k) == '\\' ? 2 : 1;
	if (guard_peek(t, k) == GUARD_PEEK_MORE ||
	    (guard_peek(t, k) == '\\' &&
	     guard_peek(t, k + 1) == GUARD_PEEK_MORE))
		return GUARD_MORE;
	*body = k;
	for (; n < PEM_BODY_MIN; n++) {
		const int c = guard_peek(t, k + n);
		if (c == GUARD_PEEK_MORE)
			return GUARD_MORE;
		if (c == ':' && n > 2)
			return GUARD_YES; /* "Proc-Type: 4,ENCRYPTED" */
		if (!guard_is(t, k + n, GUARD_IS_BASE64) && c != '-')
			return GUARD_NO;
	}
	return GUARD_YES;
}

enum guard_found guard_detect_pem(const struct guard_text *t, size_t at,
				  struct guard_hit *hit)
{
	const struct str words = STR("PRIVATE KEY");
	size_t label = at + PEM_BEGIN.n;
	size_t i = label;
	size_t body = 0;

	switch (guard_literal(t, at, PEM_BEGIN)) {
	case GUARD_MORE:
		return later(hit, at);
	case GUARD_NO:
		return GUARD_NO;
	case GUARD_YES:
		break;
	}
	while (i < label + PEM_LABEL_MAX &&
	       (guard_is(t, i, GUARD_IS_ALNUM) || guard_peek(t, i) == ' '))
		i++;
	if (guard_peek(t, i) == GUARD_PEEK_MORE)
		return later(hit, at);
	while (label + words.n <= i &&
	       memcmp(t->p + label, words.p, words.n) != 0)
		label++;
	if (label + words.n > i)
		return GUARD_NO;
	switch (guard_literal(t, i, STR("-----"))) {
	case GUARD_MORE:
		return later(hit, at);
	case GUARD_NO:
		return GUARD_NO;
	case GUARD_YES:
		break;
	}
	switch (pem_body(t, i + 5, &body)) {
	case GUARD_MORE:
		return later(hit, at);
	case GUARD_NO:
		return GUARD_NO;
	case GUARD_YES:
		break;
	}
	return answer(hit, GUARD_PRIVATE_KEY, at, body, GUARD_TAIL_PEM);
}

/* Passwords in addresses --------------------------------------------- */

enum guard_found guard_detect_login(const struct guard_text *t, size_t at,
				    struct guard_hit *hit)
{
	size_t colon = 0;
	size_t i = at + 3;

	if (!guard_was(t, at, GUARD_IS_ALPHA))
		return GUARD_NO;
	switch (guard_literal(t, at, STR("://"))) {
	case GUARD_MORE:
		return later(hit, at);
	case GUARD_NO:
		return GUARD_NO;
	case GUARD_YES:
		break;
	}
	for (; i < at + LOGIN_MAX; i++) {
		const int c = guard_peek(t, i);
		if (c == GUARD_PEEK_MORE)
			return later(hit, at);
		if (c <= ' ' || strchr("/?#\"'<>`()[]{}", c) != NULL)
			return GUARD_NO;
		if (c == '@')
			break;
		if (c == ':' && colon == 0)
			colon = i;
	}
	if (guard_peek(t, i) != '@' || colon == 0 || i == colon + 1)
		return GUARD_NO;
	return answer(hit, GUARD_KEY, colon + 1, i, GUARD_TAIL_NONE);
}
