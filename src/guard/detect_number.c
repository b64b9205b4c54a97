/*
 * Numbers of people: payment cards, social security numbers, telephones.
 */
#include "guard/detect.h"

#include <string.h>

#define MAX_DIGITS 20
#define CARD_MIN   13
#define CARD_MAX   19
#define PHONE_MAX  15 /* ITU-T E.164 */

#define PHONE_WORDS \
	"phone|tel:|tel.|tel |fax|mobile|whatsapp|handy|celular|telefon"

/* Digits in groups, as far as they have come. */
struct groups {
	unsigned char digit[MAX_DIGITS];
	size_t ndigits;
	size_t group[MAX_DIGITS]; /* digits in each */
	size_t ngroups;
	size_t end;    /* behind the last whole group */
	char sep;      /* of the first two groups */
	bool uniform;  /* the same everywhere */
	bool more;     /* the last group or what follows has not come */
	bool too_many; /* over MAX_DIGITS in all */
};

/* A number does not begin within a word or another number. */
static bool begins(const struct guard_text *t, size_t at)
{
	if (guard_was(t, at, GUARD_IS_ALNUM))
		return false;
	return at < 2 || strchr(".-/,", t->p[at - 1]) == NULL ||
	       !guard_is(t, at - 2, GUARD_IS_DIGIT);
}

/* Read one group; false when it is over, or there is none. */
static bool read_group(const struct guard_text *t, size_t *i, struct groups *g)
{
	size_t n = 0;

	for (; guard_is(t, *i, GUARD_IS_DIGIT); (*i)++, n++) {
		if (g->ndigits == MAX_DIGITS) {
			g->too_many = true;
			return false;
		}
		g->digit[g->ndigits++] = (unsigned char)(t->p[*i] - '0');
	}
	if (n == 0 || g->ngroups == MAX_DIGITS)
		return false;
	g->group[g->ngroups++] = n;
	g->more = guard_peek(t, *i) == GUARD_PEEK_MORE;
	g->end = *i;
	return !g->more;
}

/*
 * Step over up to two separators to the next digit; false when there is none
 * behind them.
 */
static bool skip_seps(const struct guard_text *t, size_t *i, const char *seps,
		      struct groups *g)
{
	size_t k = *i;

	while (k < *i + 2 && k < t->n && strchr(seps, t->p[k]) != NULL)
		k++;
	g->more = guard_peek(t, k) == GUARD_PEEK_MORE;
	if (k == *i || g->more || !guard_is(t, k, GUARD_IS_DIGIT))
		return false;
	if (g->ngroups == 1)
		g->sep = t->p[*i];
	g->uniform = g->uniform && t->p[*i] == g->sep && k == *i + 1;
	*i = k;
	return true;
}

/*
 * Read groups until `enough` digits are there, whole groups only.  What comes
 * behind the last group matters only where `more` is set.
 */
static void read_groups(const struct guard_text *t, size_t i, const char *seps,
			size_t enough, struct groups *g)
{
	g->ndigits = 0;
	g->ngroups = 0;
	g->group[0] = 0;
	g->sep = '\0';
	g->uniform = true;
	g->more = false;
	g->too_many = false;
	g->end = i;
	while (read_group(t, &i, g) && g->ndigits < enough &&
	       skip_seps(t, &i, seps, g))
		;
}

static enum guard_found answer(struct guard_hit *hit, enum guard_kind kind,
			       size_t from, size_t to)
{
	*hit = (struct guard_hit){kind, from, to, GUARD_TAIL_NONE};
	return GUARD_YES;
}

static enum guard_found later(struct guard_hit *hit, size_t from)
{
	hit->from = from;
	return GUARD_MORE;
}

static int leading(const struct groups *g, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++)
		v = v * 10 + g->digit[i];
	return v;
}

static bool within(int v, int low, int high)
{
	return v >= low && v <= high;
}

/* Is there a brand with such a number of this length?  ISO/IEC 7812. */
static bool card_brand(const struct groups *g, size_t n)
{
	const int two = leading(g, 2);
	const int four = leading(g, 4);

	if (g->digit[0] == 4)
		return n == 13 || n == 16 || n == 19;
	if (within(two, 51, 55) || within(four, 2221, 2720))
		return n == 16;
	if (two == 34 || two == 37)
		return n == 15;
	if (two == 36 || within(two, 38, 39) || within(four, 3000, 3059) ||
	    four == 3095)
		return n == 14 || n == 16;
	if (within(four, 3528, 3589) || within(four, 2200, 2204) || two == 62 ||
	    two == 81 || two == 82)
		return n >= 16;
	return two == 50 || within(two, 56, 69);
}

static bool luhn(const struct groups *g)
{
	int sum = 0;

	for (size_t i = 0; i < g->ndigits; i++) {
		const bool twice = (g->ndigits - i) % 2 == 0;
		const int d = g->digit[i] * (twice ? 2 : 1);
		sum += d > 9 ? d - 9 : d;
	}
	return sum % 10 == 0;
}

/* 4-4-4-4 and so on, 4-6-5, 4-6-4, or without a gap. */
static bool card_layout(const struct groups *g)
{
	if (g->ngroups == 1)
		return true;
	if (!g->uniform || g->group[0] != 4)
		return false;
	if (g->ngroups == 2 && g->group[1] == 5 && g->more)
		return true; /* the sixth may come */
	if (g->group[1] == 6)
		return g->ngroups < 3 || (g->ngroups == 3 && g->group[2] <= 5 &&
					  (g->group[2] >= 4 || g->more));
	for (size_t i = 1; i + 1 < g->ngroups; i++)
		if (g->group[i] != 4)
			return false;
	return g->group[g->ngroups - 1] <= 4;
}

enum guard_found guard_detect_card(const struct guard_text *t, size_t at,
				   struct guard_hit *hit)
{
	struct groups g;

	if (guard_was(t, at, GUARD_IS_ALNUM) ||
	    (at >= 2 && t->p[at - 1] == '.' &&
	     guard_is(t, at - 2, GUARD_IS_DIGIT)))
		return GUARD_NO;
	/* the shortest that fits counts, so one group at a time */
	for (size_t enough = CARD_MIN; enough <= CARD_MAX;
	     enough = g.ndigits + 1) {
		read_groups(t, at, " -", enough, &g);
		if (g.too_many || g.ndigits > CARD_MAX || !card_layout(&g) ||
		    (g.ndigits >= 4 && !card_brand(&g, 14) &&
		     !card_brand(&g, 15) && !card_brand(&g, 16)))
			return GUARD_NO;
		if (g.more)
			return later(hit, at);
		if (g.ndigits < enough)
			return GUARD_NO;
		if (!guard_is(t, g.end, GUARD_IS_ALPHA) &&
		    card_brand(&g, g.ndigits) && luhn(&g))
			return answer(hit, GUARD_CARD, at, g.end);
	}
	return GUARD_NO;
}

/* Area, group and serial that were never given out; and ITINs, which are. */
static bool ssn_valid(const struct groups *g)
{
	const int area = leading(g, 3);
	const int group = g->digit[3] * 10 + g->digit[4];
	const bool serial =
		(g->digit[5] | g->digit[6] | g->digit[7] | g->digit[8]) != 0;

	if (area >= 900)
		return serial && group >= 50 && group != 89 && group != 93;
	return area != 0 && area != 666 && group != 0 && serial;
}

enum guard_found guard_detect_ssn(const struct guard_text *t, size_t at,
				  struct guard_hit *hit)
{
	struct groups g;

	if (!begins(t, at))
		return GUARD_NO;
	read_groups(t, at, "- ", 9, &g);
	if (g.too_many || g.group[0] > 9 ||
	    (g.ngroups > 1 && (!g.uniform || g.group[0] != 3)) ||
	    (g.ngroups > 2 && g.group[1] != 2) || g.ndigits > 9)
		return GUARD_NO;
	if (g.more)
		return later(hit, at);
	if (g.ndigits != 9 || !ssn_valid(&g) ||
	    guard_is(t, g.end, GUARD_IS_ALPHA))
		return GUARD_NO;
	if (guard_peek(t, g.end) == '-') {
		if (guard_peek(t, g.end + 1) == GUARD_PEEK_MORE)
			return later(hit, at);
		if (guard_is(t, g.end + 1, GUARD_IS_DIGIT))
			return GUARD_NO;
	}
	if (g.ngroups != 3 &&
	    (g.ngroups != 1 ||
	     !guard_context(t, at, "ssn|social sec|social-s")))
		return GUARD_NO;
	return answer(hit, GUARD_SSN, at, g.end);
}

/* "+49 (0)30 901820": until something else comes or 15 digits are over. */
static enum guard_found phone_plus(const struct guard_text *t, size_t at,
				   struct guard_hit *hit)
{
	struct groups g;
	size_t enough = PHONE_MAX;

	if (guard_peek(t, at + 1) == GUARD_PEEK_MORE)
		return later(hit, at);
	if (guard_was(t, at, GUARD_IS_ALNUM) ||
	    !guard_is(t, at + 1, GUARD_IS_DIGIT) || t->p[at + 1] == '0')
		return GUARD_NO;
	if (t->p[at + 1] == '1')
		enough = 11; /* North America: a fixed length */
	read_groups(t, at + 1, " -.()/", enough, &g);
	if (g.too_many || g.group[0] > PHONE_MAX)
		return GUARD_NO;
	if (g.more)
		return later(hit, at);
	while (g.ndigits > PHONE_MAX && g.ngroups > 1) {
		/* the last group belongs to something else */
		g.ndigits -= g.group[--g.ngroups];
		g.end -= g.group[g.ngroups];
		while (!guard_was(t, g.end, GUARD_IS_DIGIT))
			g.end--;
	}
	if (g.ndigits < 9 || g.ndigits > PHONE_MAX)
		return GUARD_NO;
	return answer(hit, GUARD_PHONE, at, g.end);
}

/* 415-555-2671, (415) 555-2671, 1 415 555 2671. */
static bool phone_american(const struct groups *g, size_t skip)
{
	const unsigned char *const d = g->digit + skip;
	const size_t *const group = g->group + skip;

	return g->ndigits == skip + 10 && g->ngroups == skip + 3 &&
	       group[0] == 3 && group[1] == 3 && d[0] >= 2 && d[1] != 9 &&
	       d[3] >= 2;
}

/* 06 12 34 56 78, 020 7946 0958, 0171/1234567; no date. */
static bool phone_national(const struct groups *g, bool context)
{
	const size_t least = context ? 9 : 10;

	if (g->digit[0] != 0 || g->digit[1] == 0 || g->ngroups < 2 ||
	    g->ndigits < least || g->ndigits > (context ? 12U : 11U))
		return false;
	if (g->ngroups > 2 && g->group[0] == 2 && g->group[1] == 2 &&
	    g->group[2] == 4)
		return false;
	for (size_t i = 0; i < g->ngroups; i++)
		if (g->group[i] < 2)
			return false;
	return true;
}

enum guard_found guard_detect_phone(const struct guard_text *t, size_t at,
				    struct guard_hit *hit)
{
	struct groups g;
	const size_t open = t->p[at] == '(' ? 1 : 0;

	if (t->p[at] == '+')
		return phone_plus(t, at, hit);
	if (guard_peek(t, at + open) == GUARD_PEEK_MORE)
		return later(hit, at);
	if (!begins(t, at) || !guard_is(t, at + open, GUARD_IS_DIGIT) ||
	    (open == 0 && at > 0 && t->p[at - 1] == '+'))
		return GUARD_NO;
	read_groups(t, at + open, " -.()/", 10, &g);
	if (!g.more && g.ndigits == 10 && t->p[at + open] == '1' &&
	    g.group[0] == 1)
		read_groups(t, at + open, " -.()/", 11, &g);
	if (g.too_many || g.group[0] > 12)
		return GUARD_NO;
	if (g.more)
		return later(hit, at);
	if (guard_is(t, g.end, GUARD_IS_ALPHA) || g.ndigits > 12)
		return GUARD_NO;
	const bool context =
		g.ndigits >= 7 && guard_context(t, at, PHONE_WORDS);
	if (phone_american(&g, 0) ||
	    (g.digit[0] == 1 && g.group[0] == 1 && phone_american(&g, 1)) ||
	    phone_national(&g, context) || (context && open == 0))
		return answer(hit, GUARD_PHONE, at, g.end);
	return GUARD_NO;
}
