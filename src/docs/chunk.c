/*
 * Cuts the plain text of a document into the passages that are searched and
 * quoted.
 *
 *	body:  [overlap] block sep block sep ... block
 *	       0         carry                         n
 *
 * A chunk is worth storing when it has something behind its overlap.
 */
#include "docs/chunk.h"

#include "base/arena.h"
#include "base/buf.h"
#include "docs/retrieve.h"
#include "docs/text.h"

#include <assert.h>
#include <string.h>

#define TARGET DOCS_CHUNK_TARGET_BYTES
/* A chunk may grow so far when else its last block would stand alone. */
#define STRETCH (TARGET + TARGET / 4)
/* A lead-in of a section that is shorter joins what is below. */
#define LEAD_BYTES 300
/* From here on, a new term or row begins a new chunk. */
#define SOFT_BYTES (TARGET * 6 / 10)
#define FIRST_CAP  8

_Static_assert(STRETCH + LEAD_BYTES + DOCS_CHUNK_OVERLAP_BYTES + 8 <=
		       DOCS_MAX_CHUNK_BYTES,
	       "a chunk fits its ceiling");

struct chunker {
	struct arena *a;
	const struct docs_text *t;
	struct docs_chunk *chunks;
	size_t n;
	size_t cap;
	struct buf body;
	size_t carry;        /* bytes of overlap at its start */
	size_t section;      /* of the chunk */
	size_t last;         /* where the latest block begins in body */
	enum docs_kind kind; /* of the latest block */
};

static struct str section_path(const struct chunker *c, size_t section)
{
	return c->t->sections[section].path;
}

static void store(struct chunker *c)
{
	if (c->n == c->cap) {
		const size_t cap = c->cap == 0 ? FIRST_CAP : c->cap * 2;
		c->chunks =
			arena_grow(c->a, c->chunks, c->cap * sizeof(*c->chunks),
				   cap * sizeof(*c->chunks));
		c->cap = cap;
	}
	const struct str body = docs_trim_end(buf_str(&c->body));
	assert(body.n <= DOCS_MAX_CHUNK_BYTES && str_is_utf8(body));
	c->chunks[c->n++] = (struct docs_chunk){
		.section = section_path(c, c->section),
		.anchor = c->t->sections[c->section].anchor,
		.body = (struct str){arena_strndup(c->a, body.p, body.n),
				     body.n},
	};
}

/* True behind a full stop, as far as bytes can tell. */
static bool ends_sentence(struct str s, size_t i)
{
	return i >= 2 && s.p[i - 1] == ' ' && strchr(".!?", s.p[i - 2]) != NULL;
}

/*
 * Where the overlap begins in body: the first sentence, else the first word,
 * of its last bytes; body.n when nothing is to be repeated.
 */
static size_t overlap_start(const struct chunker *c)
{
	const struct str s = buf_str(&c->body);
	size_t from = s.n > DOCS_CHUNK_OVERLAP_BYTES
			      ? s.n - DOCS_CHUNK_OVERLAP_BYTES
			      : 0;
	size_t word = s.n;

	if (c->kind == DOCS_CODE || c->kind == DOCS_ROW || c->kind == DOCS_TERM)
		return s.n;
	if (from < c->last)
		from = c->last;
	if (from == c->last)
		return from;
	for (size_t i = from; i < s.n; i++) {
		if (ends_sentence(s, i))
			return i;
		if (word == s.n && i > 0 && s.p[i - 1] == ' ')
			word = i;
	}
	return word;
}

/* Store the chunk and begin the next one without an overlap. */
static void close_chunk(struct chunker *c)
{
	if (c->body.n > c->carry)
		store(c);
	buf_reset(&c->body);
	c->carry = 0;
	c->last = 0;
}

/*
 * Store the chunk and begin the next one of the same section with the end of
 * this.  A term whose definition did not fit moves as a whole.
 */
static void close_and_go_on(struct chunker *c)
{
	char tail[LEAD_BYTES];
	const bool term = c->kind == DOCS_TERM && c->last > c->carry &&
			  c->body.n - c->last <= LEAD_BYTES;
	const size_t from = term ? c->last : overlap_start(c);
	const size_t n = c->body.n - from;

	if (n > sizeof(tail) || c->body.n <= c->carry) {
		close_chunk(c);
		return;
	}
	const bool mid = !term && from != c->last &&
			 !ends_sentence(buf_str(&c->body), from);
	memcpy(tail, c->body.p + from, n);
	if (term)
		c->body.n = from;
	close_chunk(c);
	if (n == 0)
		return;
	if (mid)
		buf_add_c(&c->body, DOCS_CUT_MARK);
	buf_add(&c->body, tail, n);
	c->carry = term ? 0 : c->body.n;
}

static const char *separator(const struct chunker *c, enum docs_kind kind)
{
	if (c->body.n == 0)
		return "";
	if (c->kind == DOCS_TERM)
		return "\n";
	if (kind == c->kind && (kind == DOCS_ITEM || kind == DOCS_ROW))
		return "\n";
	if (kind == DOCS_LINE && (c->kind == DOCS_ROW || c->kind == DOCS_LINE))
		return "\n";
	return "\n\n";
}

static void append(struct chunker *c, enum docs_kind kind, struct str text,
		   const char *sep)
{
	buf_add_c(&c->body, sep);
	c->last = c->body.n;
	c->kind = kind;
	buf_add_str(&c->body, text);
}

/*
 * How much of text to take, of at most room bytes: up to the end of a line of
 * code or of a sentence, else of a word, else of a character.
 */
static size_t split_point(enum docs_kind kind, struct str text, size_t room)
{
	size_t word = 0;

	for (size_t i = room; i > room / 3; i--) {
		if (kind == DOCS_CODE ? text.p[i - 1] == '\n'
				      : ends_sentence(text, i))
			return i;
		if (word == 0 && strchr(" \n", text.p[i - 1]) != NULL)
			word = i;
	}
	return word > 0 ? word : str_utf8_prefix(text, room).n;
}

/*
 * A block that is more than a chunk by itself.  The pieces follow each other
 * on one line, whatever chunk they land in.
 */
static void add_pieces(struct chunker *c, enum docs_kind kind, struct str text)
{
	bool first = true;

	while (c->body.n > SOFT_BYTES)
		close_and_go_on(c);
	while (text.n > 0) {
		const size_t room = TARGET - c->body.n;
		const size_t n =
			text.n <= room ? text.n : split_point(kind, text, room);
		append(c, kind, (struct str){text.p, n},
		       first ? separator(c, kind) : "");
		first = false;
		text.p += n;
		text.n -= n;
		if (text.n > 0)
			close_and_go_on(c);
	}
}

static void add_block(struct chunker *c, const struct docs_block *b)
{
	const bool starts = b->kind == DOCS_TERM || b->kind == DOCS_ROW;

	if (starts && c->body.n >= SOFT_BYTES)
		close_chunk(c);
	if (b->text.n > TARGET) {
		add_pieces(c, b->kind, b->text);
		return;
	}
	const size_t n = c->body.n + b->text.n + 2;
	if (n > TARGET && (c->body.n >= SOFT_BYTES || n > STRETCH))
		close_and_go_on(c);
	append(c, b->kind, b->text, separator(c, b->kind));
}

/* The next block is of another section than the chunk. */
static void change_section(struct chunker *c, size_t section)
{
	const struct str now = section_path(c, c->section);
	const struct str next = section_path(c, section);

	if (c->body.n > LEAD_BYTES || c->carry > 0 || !str_starts(next, now))
		close_chunk(c);
	c->section = section;
}

void docs_chunk(struct arena *a, const struct docs_text *t,
		struct docs_chunk **out, size_t *n)
{
	struct chunker c = {.a = a, .t = t};

	buf_init(&c.body, a, DOCS_MAX_CHUNK_BYTES);
	for (size_t i = 0; i < t->nblocks; i++) {
		const struct docs_block *const b = &t->blocks[i];
		if (b->section != c.section)
			change_section(&c, b->section);
		add_block(&c, b);
	}
	close_chunk(&c);
	*out = c.chunks;
	*n = c.n;
}
