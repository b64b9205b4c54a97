#ifndef SLIPWAY_LLM_CALL_H
#define SLIPWAY_LLM_CALL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "conf/conf.h"
#include "db/ledger.h"
#include "docs/retrieve.h"
#include "http/client.h"
#include "http/loop.h"
#include "llm/event.h"
#include "llm/guarded.h"
#include "llm/prices.h"
#include "llm/provider.h"
#include "llm/request.h"
#include "llm/upstream.h"
#include "json/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct call;
struct idempotency;
struct moderation;
struct call_take;
struct circuit;
struct resume;
struct req;

/*
 * A call: one governed request, from the decoded body to the settled row.
 *
 *	intake thread	decode -> call_run(): bound, hand over to the ledger
 *	ledger thread	admit
 *	intake thread	retrieve, only where the feature has documents
 *	loop thread	attempts -> events -> encoder -> client
 *	ledger thread	settle; then the loop says done
 *
 * It lives in its request's arena.
 */

/* How a dialect writes what happens.  Stateless; one const struct each. */
struct encoder {
	const char *content_type;
	const char *problem_type; /* of an error before the first byte */
	bool stream;    /* false: only answer() and problem() are called */
	bool last_tier; /* people read it: see llm/last_tier.h */
	/* stream: the first bytes, before the first text */
	void (*begin)(const struct call *c, struct buf *out);
	/* stream: a piece of text */
	void (*delta)(const struct call *c, struct str text, struct buf *out);
	/* stream: a piece of a tool call; NULL: none is ever offered */
	void (*tool_delta)(const struct call *c, const struct llm_event *ev,
			   struct buf *out);
	/*
	 * stream: a piece of a thought; tool_index counts the thoughts of all
	 * attempts.  NULL: its clients never ask for thoughts
	 */
	void (*thought)(const struct call *c, const struct llm_event *ev,
			struct buf *out);
	/* stream: a sentence beside the answer; NULL: no place for it */
	void (*notice)(const struct call *c, struct str text, struct buf *out);
	/* stream: settled; citations, usage, and the terminal event */
	void (*end)(const struct call *c, struct buf *out);
	/* stream: it failed after bytes were sent; terminal, too */
	void (*error)(const struct call *c, enum err err, struct buf *out);
	/* not stream: the whole body */
	void (*answer)(const struct call *c, struct buf *out);
	/* before the first byte: the body of an error response */
	void (*problem)(const struct call *c, enum err err, struct buf *out);
	/* stream: what keeps it open in a silence; NULL: a comment */
	const char *heartbeat;
	/* headers of the dialect's own about the limits; NULL: none */
	void (*limits)(struct req *req, const struct ledger_admission *a);
	/*
	 * it is admitted, and nobody was asked yet: ERR_OK, or why nobody is
	 * to be asked; NULL: nothing is against it
	 */
	enum err (*may_begin)(struct call *c);
	/*
	 * it is over: settled, or refused with err.  For a call of our own,
	 * with no client to be answered; NULL: nobody wants to know
	 */
	void (*ended)(struct call *c, enum err err);
	/* its status; NULL: that of the error */
	int (*problem_status)(enum err err);
};

/* One place of the route: a provider and a model with its price. */
struct call_step {
	const struct conf_provider *provider;
	struct str model;
	struct str model_route; /* "provider/model" */
	struct price price;
	struct circuit *circuit; /* NULL: always closed */
	bool claimed;            /* its circuit is open; this call tries it */
	bool last_tier;
};

#define CALL_MAX_TOOLS 64

/* A tool call of a collected answer. */
struct call_tool {
	struct str id;
	struct str name;
	struct buf arguments; /* JSON */
};

/* A thought of a collected answer, for a client that asked to see it. */
#define CALL_MAX_THOUGHTS 64
#define CALL_NO_THOUGHT   SIZE_MAX

struct call_thought {
	struct buf text;
	struct str signature; /* sealed: all of it; else it may be empty */
	bool sealed;
};

enum call_state {
	CALL_NEW,       /* on its way to the loop */
	CALL_CALLING,   /* an attempt was started; no text yet */
	CALL_ANSWERING, /* text is flowing: the point of no return */
	CALL_SETTLING,  /* the ledger has it */
	CALL_ENDED      /* the last bytes are on their way */
};

struct call {
	/* set by the route's decoder */
	struct req *req;
	struct app *app;
	const struct encoder *encoder;
	void *encoder_state;     /* the encoder's own; NULL: needs none */
	struct str feature_name; /* empty: "chat" */
	struct str model_named;  /* empty: the feature's route */
	struct str model_asked;  /* as the client called it */
	struct llm_message *messages;
	size_t nmessages;
	int64_t max_output_tokens; /* 0: the feature's */
	bool wants_resume;         /* the client would come back */
	bool has_budget; /* it must not be able to cost more than … */
	int64_t budget_pico;
	struct llm_request llm; /* tools, format, …; call_assemble() does the
				   model, the messages and the limit */
	struct json schema; /* of llm.schema; it passed json_schema_check() */

	/* set by call_run(), unless the decoder has */
	const struct conf_feature *feature;
	struct call_step steps[CONF_MAX_ROUTE + 1]; /* and the last tier */
	size_t nsteps;
	int64_t input_bound_tokens;
	bool is_visitor;     /* has a few free messages; by call_identify() */
	struct ledger_op op; /* admission first, then settlement */
	struct worker_job prepare; /* retrieval, on an intake thread */
	struct ledger_admission admission;
	struct call_guard guard;       /* the loop's, too */
	struct moderation *moderation; /* NULL: no model judges it */
	struct docs_passage *passages;
	size_t npassages;

	/* the loop's */
	enum call_state state;
	enum err early; /* why retrieval failed; the call is admitted */
	struct client client;
	struct resume *resume;    /* NULL: nothing is kept; see resume.h */
	struct loop_task task;    /* start; sentences of extract */
	struct loop_task settled; /* the ledger's answer */
	struct loop_timer heartbeat;
	struct loop_timer backoff; /* set: waiting to try again */
	int64_t last_sent_ms;
	struct upstream_sink transfer;
	struct llm_sink sink;
	struct upstream_call *upstream; /* NULL: no transfer */
	const struct provider_adapter *adapter;
	struct provider_stream *stream;
	struct provider_request wire;
	struct buf error_body;  /* of a non-2xx answer */
	int http_status;        /* of this attempt; 0 = none yet */
	size_t step;            /* index in steps */
	int tries;              /* attempts at this step so far */
	int64_t retry_after_ms; /* as the answer asked; -1 = it did not */
	bool attempting;        /* an attempt is under way or was the last */
	bool sent;              /* its provider may have seen the request */
	bool accepted;          /* its provider began to answer */
	bool unread;            /* it did, and nobody can tell how much */
	int64_t attempt_ms;     /* when this attempt began */
	bool paused;            /* the provider waits for the client */
	struct call_take *take; /* NULL: no limits of ours were looked at */
	struct str *sentences;  /* of provider extract */
	size_t nsentences;
	size_t sentence;

	/* what came of it */
	struct buf answer;       /* not stream, or of a form to be checked:
				    the text so far */
	struct call_tool *tools; /* not stream: the tool calls so far */
	size_t ntools;
	struct call_thought *thoughts; /* not stream: this attempt's */
	size_t nthoughts;       /* not stream: of these; stream: in all */
	size_t thought;         /* the provider's number of the latest */
	unsigned thought_found; /* what the guard had found before it */
	size_t nvectors; /* of embeddings; they are in answer, with commas */
	struct buf said; /* the same, where it may be continued */
	int64_t first_text_ms; /* 0: none yet */
	bool text_sent;        /* the client has some: no return */
	int64_t ndeltas;       /* of this attempt */
	int64_t output_bytes;
	int64_t nthought_deltas; /* the same of its thoughts, seen or not */
	int64_t thought_bytes;
	bool degraded;  /* answered by the last tier */
	bool canned;    /* … with a canned sentence: it failed, nicely */
	enum err cause; /* why the attempt before failed */
	bool usage_seen;
	int64_t usage_pieces; /* that had come when usage did */
	enum llm_finish finish;
	int64_t spent_pico; /* charged for attempts before this one */
	bool repaired;      /* the model was asked to mend its JSON … */
	struct ledger_usage earlier; /* … after it had used this */
	struct ledger_settle settle;
	struct idempotency *idem;     /* NULL: no Idempotency-Key */
	struct call_content *content; /* NULL: nothing is kept of it */
};

/*
 * Take the caller's key from the headers: the first thing that a decoder does,
 * so that a stranger gets 401 whatever he sent.
 *
 * Returns ERR_OK or ERR_UNAUTHORIZED; whether the key is known is asked later.
 */
ERR_MUST_USE enum err call_identify(struct call *c);

/*
 * Run a decoded call: find its feature and route, compute its bound and give
 * it to the ledger.  From there it goes on by itself: the loop answers the
 * client, a refusal included, and settles.
 *
 * Returns ERR_OK: c and its request belong to others now; or why it could not
 * even be asked for: then the worker answers, and nothing was reserved.
 * Blocks: once a minute, one query for the prices.
 */
ERR_MUST_USE enum err call_run(struct call *c);

/* Loop thread: nobody wants the answer any more; what there is, is charged. */
void call_cancel(struct call *c);

/* The first step of the loop's part: refuse or start. */
void call_start(struct loop_task *task);

/* What the user said last; empty when that is no text. */
struct str call_question(const struct call *c);

/* Build what the provider gets from messages and passages. */
void call_assemble(struct call *c);

/* Pieces of text and thoughts that this attempt's provider sent. */
int64_t call_pieces(const struct call *c);

/*
 * Charge the call and fill in c->settle: outcome, basis, cost, as in the
 * settlement table of the README.  err: ERR_OK or why it ended.
 */
void call_charge(struct call *c, enum ledger_outcome outcome, enum err err);

/*
 * Give up the current attempt for the next step of the route: charge it to
 * c->spent_pico and note it in c->settle.attempts.
 *
 * Returns false, and changes nothing, when there is no next step or what is
 * left of the reservation does not cover it.
 */
bool call_give_up_attempt(struct call *c, enum err err);

/*
 * May the answer of c, of which the client has a part, be continued by another
 * model?
 */
bool call_may_continue(const struct call *c);

/*
 * The answer is whole but of no use: charge it to c->spent_pico and note it, so
 * that the same model can be asked again, with at most input_tokens of input
 * and no more output than the rest of the reservation pays for.
 *
 * Returns false, and charges nothing, when that is not even another answer of
 * the same length.
 */
bool call_spend_answer(struct call *c, int64_t input_tokens);

/* Note the current attempt and how it ended in c->settle.attempts. */
void call_note_attempt(struct call *c, enum err err);

/* The most that so many tokens of input can cost there. */
int64_t call_input_pico(const struct call_step *step, int64_t tokens);

/* Write the one line that a call has in the log: after settlement … */
void call_log(const struct call *c);
/* … or when it was not admitted. */
void call_log_refusal(const struct call *c, enum err err);

/* A line about an attempt that failed and what comes of it (event). */
void call_log_failed(const struct call *c, const char *event, enum err err);

#endif
