#ifndef SLIPWAY_LLM_GUARDED_H
#define SLIPWAY_LLM_GUARDED_H

#include "base/err.h"
#include "base/str.h"
#include "guard/guard.h"

#include <stdbool.h>
#include <stddef.h>

struct call;
struct ledger_settle;
struct guarded_scan;

/*
 * The guard's part of a call: the question is checked before its cost is
 * computed, passages before a model sees them, and every byte of text and of
 * tool calls on its way out, whatever provider or built-in answer it is from.
 */
struct call_guard {
	struct guard_report report;
	struct vault *vault;       /* NULL: nothing to put back */
	enum err refused;          /* why the question is not answered */
	struct guarded_scan *scan; /* of what is said now; NULL: none */
};

/*
 * Intake thread: check the question of a call with its feature found, and
 * take private data out of all that a provider would see, in place.  A
 * question that is refused (c->guard.refused) is admitted for nothing and
 * settled as blocked, so that it counts and is recorded.
 */
void guarded_question(struct call *c);

/*
 * Each text that is new since the model spoke last.  What is older makes no
 * refusal, so that a client that sends it again is not refused for ever.
 */
void guarded_each_new(struct call *c, void (*see)(void *arg, struct str text),
		      void *arg);

/* Intake thread: clean the passages; leave out those that command. */
void guarded_passages(struct call *c);

/* What a provider may see of our own answer when it is shown it again. */
struct str guarded_again(struct call *c, struct str text);

/*
 * Loop thread: text or arguments of the tool call `tool` (GUARDED_TEXT: it is
 * text; GUARDED_THOUGHT: a thought) on their way out.  What may leave comes
 * back through call_emit_text(), call_emit_tool() or call_emit_thought().
 *
 * Returns ERR_OK or ERR_BLOCKED: then nothing more may leave.
 */
#define GUARDED_TEXT    SIZE_MAX
#define GUARDED_THOUGHT (SIZE_MAX - 1)
ERR_MUST_USE enum err guarded_feed(struct call *c, size_t tool,
				   struct str text);

/* Nothing follows what was fed: let go of what was held.  Returns as feed. */
ERR_MUST_USE enum err guarded_flush(struct call *c);

/* How much was found in the answer so far, but for what is scanned now. */
unsigned guarded_found(const struct call *c);

/* Forget what was held: the answer begins anew. */
void guarded_reset(struct call *c);

/* Write down in s what was found and done. */
void guarded_record(struct call *c, struct ledger_settle *s);

#endif
