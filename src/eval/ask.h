#ifndef SLIPWAY_EVAL_ASK_H
#define SLIPWAY_EVAL_ASK_H

#include "eval/suite.h"

/* Where the service answers, and who asks. */
struct eval_service {
	const char *url;    /* without a slash at the end */
	const char *header; /* "Authorization: Bearer …" */
};

/* What is asked of whom. */
struct eval_question {
	struct eval_target target;
	struct str prompt;
	struct json messages; /* in its place, or absent */
	struct json options;  /* as in struct eval_case */
	bool patient;         /* asked too often: wait and ask again */
};

/* What came back, an answer or a refusal. */
struct eval_answer {
	long status;
	struct str text; /* the answer, or what the refusal says */
	struct str code; /* public code of the refusal; empty: none */
	struct str request_id;
	struct str model_route;
	struct json citations;
	bool has_citations; /* the route tells them */
	bool degraded;      /* no model answered, only the last tier */
	int64_t cost_pico;
	bool cost_known;
	int64_t latency_ms; /* without connecting and without waiting */
};

/*
 * Ask the service, as everybody does: POST /chat, or POST /v1/chat/completions
 * when the question has options or messages that /chat does not take.
 *
 * Returns ERR_OK with whatever it answered; ERR_IO, ERR_TIMEOUT or ERR_CONFIG
 * when it did not, or with what is no answer of Slipway; the reason is in e.
 * Owns:  *out lives in a.
 * Blocks: up to five minutes, and when patient up to as much again.
 */
ERR_MUST_USE enum err eval_ask(struct arena *a, const struct eval_service *s,
			       const struct eval_question *q,
			       struct eval_answer *out, struct errbuf *e);

/* Does GET /healthz say that somebody is there?  Else the reason is in e. */
ERR_MUST_USE enum err
eval_is_there(struct arena *a, const struct eval_service *s, struct errbuf *e);

#endif
