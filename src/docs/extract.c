/*
 * The provider `extract`: an answer made of sentences quoted from the passages
 * that a search found, each with its number.  It writes nothing of its own but
 * the sentence that says that nothing was found.
 *
 * A question's word weighs the more the fewer sentences have it.  A sentence
 * counts the words it has, those of its headings less, more when its passage
 * ranks higher.
 */
#include "docs/retrieve.h"

#include "base/arena.h"
#include "base/buf.h"
#include "docs/chunk.h"
#include "docs/sentence.h"
#include "docs/words.h"

#include <string.h>

#define MAX_QUOTES     5
#define MAX_CANDIDATES 512
#define MAX_PASSAGES   6   /* later ones seldom help */
#define MAX_QUOTE      600 /* bytes of one sentence */
#define MAX_CODE       700
#define LONG_SENTENCE  300

#define WEIGHT_UNIT    1000 /* of a word that every sentence has */

#define NOTHING                                                                \
	"The indexed documents do not answer this question. Try other words, " \
	"or search for the name of the thing you mean. "

struct candidate {
	struct sentence s;
	size_t passage; /* from 0 */
	unsigned long own;
	unsigned long around; /* words of its headings */
	long score;
	bool chosen;
};

struct extract {
	struct arena *a;
	struct words words;
	const struct docs_passage *passages;
	size_t npassages;
	struct candidate *all;
	size_t n;
	long weights[WORDS_MAX_TERMS];
};

static size_t count_bits(unsigned long set)
{
	size_t n = 0;

	for (; set != 0; set &= set - 1)
		n++;
	return n;
}

/* An overlap repeats the end of the passage before it. */
static bool is_repeated(const struct extract *x, struct str text)
{
	for (size_t i = 0; i < x->n; i++) {
		if (str_eq(x->all[i].s.text, text))
			return true;
	}
	return false;
}

static void gather(struct extract *x, size_t passage)
{
	const struct docs_passage *const p = &x->passages[passage];
	const unsigned long title =
		words_in(&x->words, p->title) | words_in(&x->words, p->section);
	struct sentence_reader reader = {.rest = p->text};
	struct sentence s;

	while (x->n < MAX_CANDIDATES && sentence_next(&reader, &s)) {
		if (s.text.n > MAX_QUOTE || is_repeated(x, s.text))
			continue;
		x->all[x->n++] = (struct candidate){
			.s = s,
			.passage = passage,
			.own = words_in(&x->words, s.text),
			.around = title | words_in(&x->words, s.head),
		};
	}
}

/*
 * True when some passage has most words of the question: a half of many, more
 * than a half of a few.  Otherwise the search has only found its rarest word
 * somewhere, and a quote would be no answer.
 */
static bool is_answered(const struct extract *x)
{
	const size_t n = x->words.n;
	const size_t need = n <= 3 ? n / 2 + 1 : (n + 1) / 2;

	for (size_t i = 0; i < x->npassages; i++) {
		const struct docs_passage *const p = &x->passages[i];
		const unsigned long has = words_in(&x->words, p->text) |
					  words_in(&x->words, p->title) |
					  words_in(&x->words, p->section);
		if (n > 0 && count_bits(has) >= need)
			return true;
	}
	return false;
}

/* log2 of sentences per sentence that has the word, in steps of a half. */
static void weigh_words(struct extract *x)
{
	for (size_t t = 0; t < x->words.n; t++) {
		size_t with = 0;
		for (size_t i = 0; i < x->n; i++)
			with += (x->all[i].own >> t) & 1;
		long w = WEIGHT_UNIT;
		for (size_t k = 2 * with + 1; k < x->n; k *= 2)
			w += WEIGHT_UNIT / 2;
		x->weights[t] = w;
	}
}

static long sum_weights(const struct extract *x, unsigned long set)
{
	long sum = 0;

	for (size_t t = 0; t < x->words.n; t++) {
		if ((set >> t) & 1)
			sum += x->weights[t];
	}
	return sum;
}

/* The words of the question among the first three of text: what it is about. */
static unsigned long subject(const struct words *w, struct str text)
{
	char buf[WORDS_MAX_BYTES];
	struct str rest = text;

	for (int i = 0; i < 3; i++)
		(void)words_next(&rest, buf);
	return words_in(w, (struct str){text.p, text.n - rest.n});
}

static long score_of(const struct extract *x, const struct candidate *c)
{
	const struct str t = c->s.text;
	const bool has_code = c->s.code.n > 0 && c->s.code.n <= MAX_CODE;
	const long own = sum_weights(x, c->own);
	long s = own + sum_weights(x, c->around & ~c->own) / 3;

	if (own == 0)
		return 0;
	s += sum_weights(x, subject(&x->words, t)) / 4;
	/* one passage lower costs a tenth */
	s -= s * (long)c->passage / 10;
	if (t.n > LONG_SENTENCE)
		s -= s / 5;
	if (has_code)
		s += s / 5;
	/* a heading, or an introduction of what is not quoted */
	const char stop = sentence_stop(t);
	if (!has_code && (stop == '\0' || stop == ':'))
		s -= s / 3;
	return s;
}

/* Mark the best, none below half of the very best. */
static void choose(struct extract *x)
{
	long top = 0;

	for (int k = 0; k < MAX_QUOTES; k++) {
		struct candidate *best = NULL;
		for (size_t i = 0; i < x->n; i++) {
			struct candidate *const c = &x->all[i];
			if (!c->chosen && c->score > 0 &&
			    (best == NULL || c->score > best->score))
				best = c;
		}
		if (best == NULL || best->score < top / 2)
			return;
		if (top == 0)
			top = best->score;
		best->chosen = true;
	}
}

/* “As it stands.” [2]  — a row's cells read better with commas. */
static struct str quote(struct arena *a, const struct candidate *c)
{
	const struct str t = c->s.text;
	struct buf b;

	buf_init(&b, a, 2 * (MAX_QUOTE + MAX_CODE) + 64);
	buf_add_c(&b, "\xe2\x80\x9c");
	for (size_t i = 0; i < t.n; i++) {
		if (i + 2 < t.n && memcmp(t.p + i, " | ", 3) == 0) {
			buf_add_c(&b, ", ");
			i += 2;
		} else {
			buf_add_char(&b, t.p[i]);
		}
	}
	buf_add_c(&b, "\xe2\x80\x9d");
	if (c->s.code.n > 0 && c->s.code.n <= MAX_CODE) {
		buf_add_c(&b, "\n\n");
		buf_add_str(&b, c->s.code);
		buf_add_c(&b, "\n\n");
	} else {
		buf_add_char(&b, ' ');
	}
	buf_addf(&b, "[%zu] ", c->passage + 1);
	return buf_str(&b);
}

void docs_extract(struct arena *a, struct str question,
		  const struct docs_passage *passages, size_t npassages,
		  struct str **sentences, size_t *nsentences)
{
	struct extract x = {
		.a = a,
		.passages = passages,
		.npassages =
			npassages < MAX_PASSAGES ? npassages : MAX_PASSAGES,
		.all = ARENA_ARRAY(a, MAX_CANDIDATES, struct candidate),
	};
	struct str *const out = ARENA_ARRAY(a, MAX_QUOTES, struct str);

	*sentences = out;
	*nsentences = 0;
	words_of(a, question, &x.words);
	if (is_answered(&x)) {
		for (size_t i = 0; i < x.npassages; i++)
			gather(&x, i);
		weigh_words(&x);
		for (size_t i = 0; i < x.n; i++)
			x.all[i].score = score_of(&x, &x.all[i]);
		choose(&x);
	}
	for (size_t i = 0; i < x.n; i++) {
		if (x.all[i].chosen)
			out[(*nsentences)++] = quote(a, &x.all[i]);
	}
	if (*nsentences == 0)
		out[(*nsentences)++] = STR(NOTHING);
}
