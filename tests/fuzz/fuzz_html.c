/*
 * Fuzz target: a document of any bytes through charset, reader, chunker and
 * quotes, as an ingest and the provider `extract` would take it.  The first
 * byte chooses the format.  Everything that comes out is UTF-8 without control
 * characters and within its ceiling, and whatever is quoted stands in the
 * document.
 *
 * tests/fuzz/run.sh builds and runs it.
 */
#include "base/arena.h"
#include "docs/chunk.h"
#include "docs/retrieve.h"
#include "docs/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES ((size_t)1024 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void must_be_text(struct str s, size_t max)
{
	must(s.n <= max && str_is_utf8(s));
	for (size_t i = 0; i < s.n; i++) {
		const unsigned char c = (unsigned char)s.p[i];
		must(c >= ' ' || c == '\n' || c == '\t');
	}
}

static enum err read_any(struct arena *a, uint8_t format, struct str bytes,
			 struct docs_text *t)
{
	if (format % 3 == 1)
		return docs_read_markdown(a, bytes, t);
	if (format % 3 == 2)
		return docs_read_plain(a, bytes, t);
	return docs_read_html(a, bytes, t);
}

static void check_quotes(struct arena *a, const struct docs_chunk *chunks,
			 size_t n)
{
	struct docs_passage p[DOCS_MAX_PASSAGES];
	struct str *s;
	size_t m;

	if (n > DOCS_MAX_PASSAGES)
		n = DOCS_MAX_PASSAGES;
	for (size_t i = 0; i < n; i++)
		p[i] = (struct docs_passage){.title = chunks[i].section,
					     .section = STR(""),
					     .text = chunks[i].body};
	/* a question that the first passage certainly knows the words of */
	const struct str q =
		n > 0 ? str_utf8_prefix(chunks[0].body, 60) : STR("x");
	docs_extract(a, q, p, n, &s, &m);
	must(m >= 1 && m <= 5);
	for (size_t i = 0; i < m; i++) {
		must_be_text(s[i], 4096);
		must(s[i].n > 0 && s[i].p[s[i].n - 1] == ' ');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct docs_chunk *chunks;
	struct docs_text t;
	struct arena a;
	size_t n;

	if (size == 0)
		return 0;
	arena_init(&a, ARENA_BYTES);
	const struct str bytes = {(const char *)data + 1, size - 1};
	const struct str utf8 = docs_utf8(&a, bytes);
	must(str_is_utf8(utf8));
	if (read_any(&a, data[0], utf8, &t) == ERR_OK) {
		must_be_text(t.title, DOCS_MAX_TITLE_BYTES);
		docs_chunk(&a, &t, &chunks, &n);
		must((n > 0) == (t.nblocks > 0));
		for (size_t i = 0; i < n; i++) {
			must_be_text(chunks[i].body, DOCS_MAX_CHUNK_BYTES);
			must_be_text(chunks[i].section, DOCS_MAX_SECTION_BYTES);
			must(chunks[i].body.n > 0);
			must(chunks[i].anchor.n <= DOCS_MAX_ANCHOR_BYTES);
			must(str_is_utf8(chunks[i].anchor));
		}
		check_quotes(&a, chunks, n);
	}
	arena_release(&a);
	return 0;
}
