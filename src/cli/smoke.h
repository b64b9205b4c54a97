#ifndef SLIPWAY_CLI_SMOKE_H
#define SLIPWAY_CLI_SMOKE_H

#include "cli/cli.h"
#include "net/http.h"
#include "json/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SMOKE_MAX_CHECKS 16
#define SMOKE_MAX_ASKS   50
#define SMOKE_MAX_TOKENS 32 /* of output, for each call */

enum smoke_state { SMOKE_OK, SMOKE_FAILED, SMOKE_SKIPPED };

struct smoke_result {
	const char *name;
	enum smoke_state state;
	const char *text; /* "" or what, where, what to do */
};

/* `slipway smoke`: what it was told and what it has seen. */
struct smoke {
	struct cli *cli;
	const char *url;     /* without a slash at the end */
	const char *feature; /* NULL: the service's own default */
	const char *header;  /* "Authorization: Bearer …" */
	const char *key_from;
	int64_t asks;    /* streams, for the p95 */
	int64_t ttft_ms; /* the SLO */
	bool has_conf;
	struct smoke_result results[SMOKE_MAX_CHECKS];
	size_t nresults;
	/* the calls that were answered */
	int64_t calls;
	int64_t cost_pico;
	const char *request_id; /* of /chat; "" */
	struct str cost_usd;    /* of that call */
	struct str model_route;
	int64_t fallback_tier;
	int64_t first_ms[SMOKE_MAX_ASKS]; /* sorted by smoke_check_ttft() */
	size_t nfirst;
	int64_t p95_ms; /* -1: not known */
};

/* Note the result of a check, and print its line. */
void smoke_note(struct smoke *s, const char *name, enum smoke_state state,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* One request; body.p NULL: GET. */
struct smoke_ask {
	const char *path;
	bool with_key;
	struct str body;
	void (*piece)(void *arg, struct str bytes);
	void *arg;
};

/*
 * Ask the service.
 *
 * said  its answer as JSON; absent when it is none
 *
 * Returns ERR_OK with whatever status came, or what net_http() returns.
 * Blocks: for at most two minutes.
 */
ERR_MUST_USE enum err smoke_http(struct smoke *s, const struct smoke_ask *ask,
				 struct net_reply *reply, struct json *said);

/* The body of a small question, as JSON. */
struct str smoke_question(struct smoke *s);

/*
 * A check failed with this answer: note its status, its code, its words and
 * what to do about it.
 */
void smoke_refused(struct smoke *s, const char *name, const char *path,
		   const struct net_reply *reply, struct json said);

/* A check failed without an answer: the reason stands in cli->err. */
void smoke_unanswered(struct smoke *s, const char *name, const char *path);

/* What to do about this public code of an error. */
const char *smoke_hint(const struct smoke *s, struct str code);

/* The checks, in the order in which they are made; smoke_check.c. */
bool smoke_check_live(struct smoke *s); /* false: nobody there */
void smoke_check_ready(struct smoke *s);
void smoke_check_models(struct smoke *s);
void smoke_check_no_session(struct smoke *s);
void smoke_check_bad_request(struct smoke *s);
void smoke_check_chat(struct smoke *s);
void smoke_check_ledger(struct smoke *s);

/* smoke_stream.c */
void smoke_check_stream(struct smoke *s);
void smoke_check_ttft(struct smoke *s);

/* A call was answered: count it, and what it cost. */
void smoke_count(struct smoke *s, struct str cost_usd);

#endif
