#ifndef SLIPWAY_DOCS_TEXT_H
#define SLIPWAY_DOCS_TEXT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

struct arena;

#define DOCS_MAX_TITLE_BYTES   300
#define DOCS_MAX_SECTION_BYTES 400 /* "Chapter > Section > term" */
#define DOCS_MAX_ANCHOR_BYTES  200
/* Levels of a section path: six headings, and a term below them. */
#define DOCS_LEVELS     7
#define DOCS_TERM_LEVEL 7

/* What a block was in its document; the chunker breaks by it. */
enum docs_kind {
	DOCS_PARA,
	DOCS_ITEM, /* of a list, with its bullet */
	DOCS_TERM, /* the head of a definition */
	DOCS_ROW,  /* of a table, cells parted by " | " */
	DOCS_LINE, /* one more line of a table row */
	DOCS_CODE  /* lines indented by four spaces */
};

struct docs_section {
	struct str path;   /* "Chapter > Section"; "" before any heading */
	struct str anchor; /* "" when there is none */
};

struct docs_block {
	enum docs_kind kind;
	size_t section; /* index in sections */
	struct str text;
};

/*
 * A document as plain text: what the readers of the formats produce and the
 * chunker takes.
 *
 *	sections[0]		the text before the first heading, path ""
 *	blocks[i].section	never falls: blocks are in document order
 *
 * Everything lives in the arena.
 */
struct docs_text {
	struct arena *arena;
	struct str title;
	struct docs_section *sections;
	size_t nsections;
	size_t sections_cap;
	struct docs_block *blocks;
	size_t nblocks;
	size_t blocks_cap;
	struct str levels[DOCS_LEVELS + 1]; /* the open headings; 0 unused */
};

/* Prepare t: no title, no blocks, one section without a path. */
void docs_text_init(struct docs_text *t, struct arena *a);

/*
 * The title, white space squeezed and cut to DOCS_MAX_TITLE_BYTES.  Set it
 * before the headings: one that repeats it is left out of section paths.
 */
void docs_text_title(struct docs_text *t, struct str title);

/*
 * A heading opens a section: later blocks belong to it.
 *
 * level   1 to 6, or DOCS_TERM_LEVEL for a term that can be linked to
 * anchor  its id in the page, may be empty
 */
void docs_text_heading(struct docs_text *t, int level, struct str text,
		       struct str anchor);

/*
 * The definition list is over: close the section of its last term, if there
 * is one, and go on in the section around it.
 */
void docs_text_term_end(struct docs_text *t);

/*
 * Append a block.  text is copied; blank text adds nothing.  DOCS_CODE keeps
 * its lines, which are indented here; other kinds come as docs_squeeze() made
 * them.
 */
void docs_text_add(struct docs_text *t, enum docs_kind kind, struct str text);

/*
 * Append text to out with every run of white space (no-break spaces, too) as
 * one space, none at the start of a line, and without control characters and
 * soft hyphens.
 */
void docs_squeeze(struct buf *out, struct str text);

/* text without trailing white space. */
struct str docs_trim_end(struct str text);

/*
 * The readers.  bytes must be UTF-8 (docs_utf8).  They take any input: what is
 * malformed is read as well as it can be.  On an error *out holds what was
 * read so far.
 *
 * Returns ERR_OK or ERR_TOO_LARGE: nested deeper than any real page.
 */
ERR_MUST_USE enum err docs_read_html(struct arena *a, struct str bytes,
				     struct docs_text *out);
ERR_MUST_USE enum err docs_read_markdown(struct arena *a, struct str bytes,
					 struct docs_text *out);
ERR_MUST_USE enum err docs_read_plain(struct arena *a, struct str bytes,
				      struct docs_text *out);

enum docs_format { DOCS_NO_FORMAT, DOCS_HTML, DOCS_MARKDOWN, DOCS_PLAIN };

/* What a file is, by the ending of its name. */
enum docs_format docs_format_of(const char *path);

/*
 * The bytes of a file as UTF-8.  A byte order mark decides; else bytes that are
 * UTF-8 stay as they are; else the charset that an HTML page declares, and
 * when it declares none, windows-1252.  What cannot be converted becomes
 * U+FFFD.
 *
 * Returns the text in a, or `bytes` themselves when nothing was to do.
 */
struct str docs_utf8(struct arena *a, struct str bytes);

/*
 * What is UTF-8 in bytes, and U+FFFD for each other byte; in a, or `bytes`
 * themselves when all of it is.
 */
struct str docs_repair(struct arena *a, struct str bytes);

#endif
