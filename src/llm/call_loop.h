#ifndef SLIPWAY_LLM_CALL_LOOP_H
#define SLIPWAY_LLM_CALL_LOOP_H

#include "llm/call.h"

/*
 * The insides of a call on the loop thread, for its files only: call.c has the
 * state machine, attempt.c the providers, outgoing.c when they may be asked,
 * last_tier.c what needs none, output.c the client.
 */

/* attempt.c ----------------------------------------------------------- */

/* Prepare what attempts need; once, before the first. */
void call_attempts_init(struct call *c);

/* Ask the model of c->step, when it may be asked. */
void call_attempt_start(struct call *c);

/* outgoing.c: may it?  Then call_attempt_send(), else it has failed. */
void call_outgoing(struct call *c);

/* It may: send the request. */
void call_attempt_send(struct call *c);

/* Nothing was sent: begin this attempt again in delay_ms. */
void call_attempt_later(struct call *c, int64_t delay_ms);

/* What an answer that broke off is continued with. */
#define CALL_CONTINUE_REQUEST                                    \
	"Your answer was cut off. Continue it exactly where it " \
	"stopped. Do not repeat anything and do not comment on it."

/*
 * The current attempt failed: try again, ask the next of the route, or settle.
 * The reason is in c->req->err.
 */
void call_attempt_failed(struct call *c, enum err err);

/*
 * Let go of the transfer.  complete: its answer was, so only the end of its
 * body is missing, and the connection can serve the next call.
 */
void call_drop_transfer(struct call *c, bool complete);

/* output.c ------------------------------------------------------------ */

/* Prepare what output needs and start the heartbeat. */
void call_output_init(struct call *c);

/* The head of a stream, once. */
void call_send_head(struct call *c);

/* Send what the encoder wrote; hold the provider when the client is slow. */
void call_push(struct call *c);

/* For struct client: all was sent, so the provider may go on. */
void call_on_drained(struct client *client);

/* The one place that text passes on its way to the client. */
void call_add_text(struct call *c, struct str text);

/* The guard has let it pass, or nothing more leaves and the call is settled. */
void call_stop_if(struct call *c, enum err err);

/*
 * Write a frame of the stream: what write does with ev, kept for those who may
 * ask for it again.
 */
void call_write(struct call *c, const struct llm_event *ev,
		void (*write)(const struct call *c, const struct llm_event *ev,
			      struct buf *out));

/* What the guard lets through, to the encoder. */
void call_emit_text(struct call *c, struct str text);
void call_emit_tool(struct call *c, size_t index, struct str arguments);

void call_emit_thought(struct call *c, struct str text);

/* thought.c: a piece of a thought, which the client may not even see. */
void call_add_thought(struct call *c, const struct llm_event *ev);

/* An attempt begins: it has not thought yet. */
void call_thoughts_reset(struct call *c);

/* The same for a piece of a tool call. */
void call_add_tool(struct call *c, const struct llm_event *ev);

/* The next vector of embeddings. */
void call_add_vector(struct call *c, const struct llm_event *ev);

/* A sentence beside the answer. */
void call_add_notice(struct call *c, struct str text);

/* The whole or the rest of the answer; it is settled. */
void call_send_end(struct call *c);

/* An error response, or an error frame when bytes were sent before. */
void call_send_error(struct call *c, enum err err);

/* form.c -------------------------------------------------------------- */

/*
 * The provider has finished its answer: settle, when it is of the form that was
 * asked for.  If not, ask once to mend it, or settle with ERR_ANSWER_FORM.
 */
void call_finish(struct call *c);

/* Is the answer's form to be checked, so that it must be kept? */
bool call_keeps_answer(const struct call *c);

/* call.c -------------------------------------------------------------- */

/* End the call: charge it and give it to the ledger.  Only the first counts. */
void call_settle(struct call *c, enum ledger_outcome outcome, enum err err);

#endif
