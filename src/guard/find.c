/*
 * The search of the scanner: it jumps from byte to byte that may begin
 * something (a digit, an '@', the mark of a key) and asks the detectors there.
 *
 * The same at every cut, because of three rules: a detector's YES and NO are
 * final; the leftmost match wins, and at the same place the first detector in
 * a fixed order; and a detector that waits makes those behind it wait.
 */
#include "guard/find.h"

#include <string.h>

#define LOCAL_MAX    64 /* of an e-mail address, RFC 5321 4.5.3.1 */
#define PREFIX_MAX   20 /* of a key, and what else begins with letters */
#define LETTERS_MAX  4  /* of a country, an address, a group in hex */
#define SMALL_DIGITS 5  /* an IPv4 address with a number over 9 */
#define SMALL_BYTES  16

static bool wants(const struct guard_pass *p, enum guard_kind kind)
{
	return p->s->rules->policy.action[kind] != GUARD_OFF;
}

/* What is held ------------------------------------------------------- */

/* May the last few letters begin something of which the mark is to come? */
static size_t letters_from(const struct guard_pass *p)
{
	const struct guard_text *const t = &p->t;
	size_t word = t->n;
	size_t i = t->n - t->base > PREFIX_MAX ? t->n - PREFIX_MAX : t->base;

	while (word > t->base && t->n - word < LETTERS_MAX &&
	       guard_was(t, word, GUARD_IS_ALNUM))
		word--;
	if (guard_was(t, word, GUARD_IS_ALNUM))
		word = t->n; /* too long a word */
	while (i < word && !guard_key_begins(t, i))
		i++;
	return i;
}

size_t guard_tail_from(const struct guard_pass *p)
{
	const struct guard_text *const t = &p->t;
	const size_t first =
		t->n - t->base > LOCAL_MAX ? t->n - LOCAL_MAX : t->base;
	size_t i = t->n;

	if (t->whole)
		return t->n;
	if (!wants(p, GUARD_EMAIL))
		return letters_from(p);
	while (i > first &&
	       (guard_class[(unsigned char)t->p[i - 1]] & GUARD_IS_LOCAL) != 0)
		i--;
	return i;
}

/* What is found ------------------------------------------------------ */

/* Is this the word before an '@'?  Then it is the address that counts. */
static enum guard_found address_around(struct guard_pass *p, size_t at)
{
	const struct guard_text *const t = &p->t;
	size_t i = at;

	if (at < p->no_sign || !guard_is(t, at, GUARD_IS_LOCAL))
		return GUARD_NO;
	while (i <= at + LOCAL_MAX && guard_is(t, i, GUARD_IS_LOCAL))
		i++;
	switch (guard_peek(t, i)) {
	case GUARD_PEEK_MORE:
		p->hit.from = guard_tail_from(p);
		return GUARD_MORE;
	case '@':
		return guard_detect_email(t, i, &p->hit);
	default:
		p->no_sign = i;
		return GUARD_NO;
	}
}

typedef enum guard_found (*detector)(const struct guard_text *, size_t,
				     struct guard_hit *);

/* A detector and the kind that it looks for. */
struct entry {
	enum guard_kind kind;
	detector find;
};

/*
 * Is that the answer?  Not a NO; and when a detector before it still waits, it
 * waits, too, from where the first of both may begin.
 */
static bool decides(struct guard_pass *p, enum guard_found found)
{
	if (found == GUARD_YES && !p->waits)
		return true;
	if (found != GUARD_NO) {
		if (!p->waits || p->hit.from < p->waits_from)
			p->waits_from = p->hit.from;
		p->waits = true;
	}
	return false;
}

/* Ask the detectors of a list in turn; true when one has decided. */
static bool ask(struct guard_pass *p, size_t at, const struct entry *list,
		size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (wants(p, list[i].kind) &&
		    decides(p, list[i].find(&p->t, at, &p->hit)))
			return true;
	return false;
}

#define ASK(p, at, list) ask(p, at, list, sizeof(list) / sizeof((list)[0]))

/* A year, a price, a list's number: too short for anything, and over. */
static bool is_small(const struct guard_text *t, size_t at)
{
	size_t digits = 0;
	size_t i = at;

	if (guard_was(t, at, GUARD_IS_ALPHA))
		return false;
	for (; digits < SMALL_DIGITS; i++) {
		if (guard_is(t, i, GUARD_IS_DIGIT))
			digits++;
		else if (i == t->n || strchr(" -.()/", t->p[i]) == NULL)
			break;
		else if (i > at + SMALL_BYTES)
			return false;
	}
	/* 0x and 1A may begin a wallet */
	return digits < SMALL_DIGITS && guard_peek(t, i) != GUARD_PEEK_MORE &&
	       !guard_is(t, i, GUARD_IS_ALPHA);
}

static bool at_digit(struct guard_pass *p, size_t at)
{
	static const struct entry list[] = {
		{GUARD_IBAN, guard_detect_iban},
		{GUARD_CARD, guard_detect_card},
		{GUARD_SSN, guard_detect_ssn},
		{GUARD_IP, guard_detect_ip4},
		{GUARD_PHONE, guard_detect_phone},
		{GUARD_CRYPTO, guard_detect_crypto},
	};

	if (guard_was(&p->t, at, GUARD_IS_DIGIT) || is_small(&p->t, at))
		return false;
	return ASK(p, at, list);
}

static bool at_colon(struct guard_pass *p, size_t at)
{
	static const struct entry list[] = {
		{GUARD_KEY, guard_detect_login},
		{GUARD_MAC, guard_detect_mac},
		{GUARD_IP, guard_detect_ip6},
	};

	return ASK(p, at, list);
}

static bool at_dash(struct guard_pass *p, size_t at)
{
	static const struct entry list[] = {
		{GUARD_PRIVATE_KEY, guard_detect_pem},
		{GUARD_MAC, guard_detect_mac},
	};

	if (at > 0 && p->t.p[at - 1] == '-')
		return false;
	return ASK(p, at, list);
}

static enum guard_found at_name(struct guard_pass *p, size_t at)
{
	if (p->s->empty == NULL)
		return GUARD_NO;
	const enum guard_found found =
		vault_find(p->s->empty, &p->t, at, &p->entry);
	p->hit.from = at;
	if (found == GUARD_YES)
		p->hit.to = at + strlen(p->entry->name);
	else
		p->entry = NULL;
	return found;
}

/* An address, by its '@' or by a byte of the word before that. */
static enum guard_found at_word(struct guard_pass *p, size_t at, int why)
{
	if (!wants(p, GUARD_EMAIL))
		return GUARD_NO;
	return (why & GUARD_AT_SIGN) != 0
		       ? guard_detect_email(&p->t, at, &p->hit)
		       : address_around(p, at);
}

/* Ask everybody who may begin at this byte; true when one has decided. */
static bool at_byte(struct guard_pass *p, size_t at, int why)
{
	static const struct entry key[] = {{GUARD_KEY, guard_detect_key}};
	static const struct entry jwt[] = {{GUARD_JWT, guard_detect_jwt}};
	static const struct entry phone[] = {{GUARD_PHONE, guard_detect_phone}};

	return ((why & GUARD_AT_NAME) != 0 && decides(p, at_name(p, at))) ||
	       ((why & GUARD_AT_KEY) != 0 && ASK(p, at, key)) ||
	       ((why & GUARD_AT_JWT) != 0 && ASK(p, at, jwt)) ||
	       decides(p, at_word(p, at, why)) ||
	       ((why & GUARD_AT_DIGIT) != 0 && at_digit(p, at)) ||
	       ((why & GUARD_AT_PHONE) != 0 && ASK(p, at, phone)) ||
	       ((why & GUARD_AT_COLON) != 0 && at_colon(p, at)) ||
	       ((why & GUARD_AT_DASH) != 0 && at_dash(p, at));
}

/* The first that a detector of ours finds. */
static enum guard_found find_known(struct guard_pass *p)
{
	const unsigned char *const why = p->s->rules->at;
	const char *const text = p->t.p;
	size_t i = p->from > p->t.base ? p->from : p->t.base;
	enum guard_found found = GUARD_NO;

	for (; i < p->t.n; i++) {
		if (why[(unsigned char)text[i]] == 0)
			continue;
		if (at_byte(p, i, why[(unsigned char)text[i]]))
			return GUARD_YES;
		if (p->waits) {
			p->hit.from = p->waits_from;
			found = GUARD_MORE;
			break;
		}
	}
	p->from = i;
	return found;
}

/* Is what a pattern found to be preferred?  At the same place it is. */
static bool is_first(const struct guard_pass *p, enum guard_found best,
		     enum guard_found found, const struct guard_hit *hit)
{
	if (found == GUARD_NO || best == GUARD_NO)
		return found != GUARD_NO;
	return hit->from < p->hit.from ||
	       (hit->from == p->hit.from && best == GUARD_YES);
}

/*
 * The first that the operator's patterns find, when it comes before what was
 * found so far.
 */
static enum guard_found find_patterns(struct guard_pass *p,
				      enum guard_found best)
{
	struct guard_scan *const s = p->s;
	const size_t tail = s->rules->npatterns > 0 ? guard_tail_from(p) : 0;

	for (size_t i = 0; i < s->rules->npatterns; i++) {
		struct guard_hit hit = {0};
		enum guard_found found = GUARD_NO;
		s->err = guard_regex_find(s->rules->patterns[i].regex, s->regex,
					  &p->t, !s->window.dropped, &found,
					  &hit);
		if (s->err != ERR_OK)
			return GUARD_NO;
		if (!is_first(p, best, found, &hit))
			continue;
		/* a word that may be an address comes first */
		best = hit.from > tail ? GUARD_MORE : found;
		p->hit = hit;
		p->hit.from = hit.from > tail ? tail : hit.from;
		p->entry = NULL;
		p->action = s->rules->patterns[i].action;
	}
	return best;
}

enum guard_found guard_find(struct guard_pass *p)
{
	p->entry = NULL;
	p->waits = false;
	p->no_sign = 0;
	const enum guard_found found = find_known(p);
	if (found == GUARD_YES)
		p->action = p->s->rules->policy.action[p->hit.kind];
	return find_patterns(p, found);
}
