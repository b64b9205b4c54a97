#ifndef SLIPWAY_GUARD_SCAN_H
#define SLIPWAY_GUARD_SCAN_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "conf/guard.h"
#include "guard/detect.h"
#include "guard/guard.h"
#include "guard/rules.h"
#include "guard/vault.h"
#include "guard/window.h"

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * The scanner: text in, in pieces cut anywhere, and the same text out without
 * what the rules take away.
 *
 *	feed ->	| emitted | held: may become a match |  -> finish
 *
 * What comes out does not depend on the cuts.  Held is only what could still
 * become (part of) a match: most of the time the word that the text ends with,
 * because it could be the name in an e-mail address.  When a match is to be
 * blocked, or the scanner cannot tell, nothing leaves any more.
 */
enum scan_mode {
	SCAN_TEXT,
	SCAN_JSON /* a JSON text, such as a tool call's arguments */
};

struct guard_scan {
	const struct guard_rules *rules;
	void (*emit)(void *arg, struct str text);
	void *arg;
	struct vault *fill;        /* not NULL: names for what is taken out */
	const struct vault *empty; /* not NULL: names are put back */
	struct window window;
	/* what stands before was emitted or taken */
	size_t base; /* in window.text */
	size_t left; /* in window.raw */
	size_t from; /* in window.text: where the search goes on */
	struct guard_regex_match *regex;
	enum err err;                /* set: nothing leaves any more */
	enum guard_kind blocked;     /* why, when err is ERR_BLOCKED */
	unsigned found[GUARD_KINDS]; /* since the last report */
	enum guard_action pattern_action;
	bool failure_noted;
	/* the match under way; tail NONE: there is none */
	enum guard_tail tail;
	enum guard_kind kind;
	enum guard_action action;
	struct buf value; /* with fill */
	crypto_auth_hmacsha256_state hash;
	/* SCAN_JSON: where the text that left stands */
	bool json;
	bool in_string;
	bool escaped;
};

/*
 * Prepare s.  emit is called from feed and finish with what may leave; the
 * bytes are borrowed for the call.
 *
 * rules  what to look for; borrowed
 * a      memory for what is held; grows to a bound, not with the text
 */
void guard_scan_init(struct guard_scan *s, struct arena *a,
		     const struct guard_rules *rules, enum scan_mode mode,
		     void (*emit)(void *arg, struct str text), void *arg);

/*
 * Scan a piece.
 *
 * Returns ERR_OK; ERR_BLOCKED when something was found that is to be blocked;
 * ERR_INTERNAL when the scanner could not tell.  Once it failed it fails for
 * ever and emits nothing more.
 */
ERR_MUST_USE enum err guard_scan_feed(struct guard_scan *s, struct str piece);

/* Count what was found so far, each match once however often this is asked. */
void guard_scan_report(struct guard_scan *s, enum guard_phase phase,
		       struct guard_report *r);

/* The text has ended: decide and emit what was held.  Returns as feed. */
ERR_MUST_USE enum err guard_scan_finish(struct guard_scan *s);

#endif
