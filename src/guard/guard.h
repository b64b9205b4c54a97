#ifndef SLIPWAY_GUARD_GUARD_H
#define SLIPWAY_GUARD_GUARD_H

#include "base/err.h"
#include "base/str.h"
#include "conf/conf.h"
#include "guard/rules.h"
#include "guard/vault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * The guard of a process: the rules of every feature, compiled once, and the
 * checks of questions and passages.  Immutable after guard_new(), for all
 * threads.  Answers are scanned with scan.h and guard_rules_of().
 */
struct guard;

enum guard_phase {
	GUARD_INPUT,      /* the question */
	GUARD_PASSAGES,   /* of documents, before a model sees them */
	GUARD_OUTPUT,     /* the answer */
	GUARD_MODERATION, /* the question, judged by a model */
	GUARD_PHASES
};

/* What was found and done in one call, without any of the text. */
struct guard_decision {
	enum guard_phase phase;
	const char *kind; /* of guard_kind_name(), "injection", "blocklist" */
	const char *action;
	unsigned count;
};

#define GUARD_MAX_DECISIONS 24

struct guard_report {
	struct guard_decision decisions[GUARD_MAX_DECISIONS];
	size_t n;
	int64_t us[GUARD_PHASES]; /* time spent */
};

/*
 * Compile everything.
 *
 * conf   borrowed for the life of the guard
 * brief  the process answers one request (plain CGI): what a table or machine
 *        code would make faster later is worked out when it is needed
 *
 * Returns ERR_OK, or ERR_CONFIG with the reason: an expression or the
 * blocklist cannot be used.
 */
ERR_MUST_USE enum err guard_new(struct arena *a, const struct conf *conf,
				bool brief, const struct guard **out,
				struct errbuf *e);

/*
 * BLAKE2b of text in hex, with a key derived from [guard] hash_key_file: nobody
 * without it can try texts.
 */
#define GUARD_HASH_BYTES 65
void guard_hash(const struct guard *g, struct str text,
		char out[static GUARD_HASH_BYTES]);

/* The rules for one direction of f; NULL when nothing is to be looked for. */
const struct guard_rules *guard_rules_of(const struct guard *g,
					 const struct conf_feature *f,
					 enum guard_phase phase);

/*
 * text for the log: without anything private of any kind, whatever the
 * features say; empty when it could not be told.  Owns: it lives in a.
 */
struct str guard_log_text(const struct guard *g, struct arena *a,
			  struct str text);

/* Rules that find nothing, for an answer in which names are put back. */
const struct guard_rules *guard_rules_none(const struct guard *g);

/* Count something in the report. */
void guard_note(struct guard_report *r, enum guard_phase phase,
		const char *kind, const char *action, unsigned count);

/* "input email redact 1, output card redact 2"; "" when nothing was found. */
#define GUARD_SUMMARY_BYTES 512
void guard_summary(const struct guard_report *r,
		   char out[static GUARD_SUMMARY_BYTES]);

/* The words of the log and the records: "input", "output". */
const char *guard_phase_name(enum guard_phase phase);

/*
 * Take private data out of a text that is all there, in place of *text.
 *
 * vault  gets what was taken out; NULL: it is gone for good
 * json   *text is JSON
 *
 * Returns ERR_OK; ERR_BLOCKED when it must not pass; ERR_INTERNAL when it
 * could not be told, which counts as blocked.
 * Owns: *text lives in a.
 */
ERR_MUST_USE enum err guard_clean(const struct guard *g,
				  const struct conf_feature *f,
				  enum guard_phase phase, struct arena *a,
				  struct vault *vault, bool json,
				  struct str *text, struct guard_report *r);

/*
 * Does a question try to overrule its instructions, or has it a word of the
 * blocklist?
 *
 * Returns ERR_OK or ERR_BLOCKED.
 */
ERR_MUST_USE enum err guard_intent(const struct guard *g,
				   const struct conf_feature *f,
				   struct arena *a, struct str text,
				   struct guard_report *r);

/* Has a passage instructions for a model?  Counts it when it has. */
bool guard_passage_commands(const struct guard *g, const struct conf_feature *f,
			    struct arena *a, struct str text,
			    struct guard_report *r);

#endif
