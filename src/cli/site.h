#ifndef SLIPWAY_CLI_SITE_H
#define SLIPWAY_CLI_SITE_H

#include "cli/cli.h"
#include "cli/verdict.h"
#include "llm/sse.h"
#include "net/http.h"
#include "json/json.h"

#include <stdbool.h>
#include <stdint.h>

/* A deployed service, asked over the network as its users ask it. */
struct site {
	struct cli *cli;
	const char *url;    /* without a slash at the end */
	const char *header; /* "Authorization: Bearer …"; NULL: no key */
	const char *key_from;
	const char *ca_file; /* NULL: the system's */
	bool has_conf;       /* cli->conf was read */
	struct verdicts verdicts;
};

/*
 * Where the site is, and with which key it is asked, as cli_service() reads
 * them.
 *
 * needs_key  without a file it comes from the environment; else there is none
 */
ERR_MUST_USE enum err site_find(struct site *s, const char *url,
				const char *key_file, bool needs_key);

/* "Authorization: Bearer KEY" in the arena of the command. */
const char *site_bearer(struct site *s, struct str key);

/* One request. */
struct site_ask {
	const char *path;
	const char *method; /* NULL: GET, or POST with a body */
	const char *header; /* the key; NULL: none */
	const char *more;   /* another header; NULL: none */
	struct str body;    /* p NULL: none */
	bool form;          /* it is one, not JSON */
	void (*piece)(void *arg, struct str bytes);
	void *arg;
};

/*
 * The request that ask is, for net_http(), which needs nothing else of s.
 *
 * Owns:  it lives in a.
 */
void site_request(const struct site *s, struct arena *a,
		  const struct site_ask *ask, struct net_request *out);

/*
 * Ask the service.
 *
 * said  its answer as JSON; absent when it is none
 *
 * Returns ERR_OK with whatever status came, or what net_http() returns.
 * Blocks: for at most two minutes.
 */
ERR_MUST_USE enum err site_http(struct site *s, const struct site_ask *ask,
				struct net_reply *reply, struct json *said);

/*
 * The body of a question, as JSON.
 *
 * feature  NULL: the service's own default
 */
struct str site_question(struct site *s, const char *feature, const char *words,
			 int64_t max_output_tokens);

/* The two names of the request's id and the one in the answer are one. */
bool site_ids_agree(const struct net_reply *reply, struct str id);

/* What to do about this public code of an error. */
const char *site_hint(const struct site *s, struct str code);

/* A check failed without an answer: the reason stands in cli->err. */
void site_unanswered(struct site *s, const char *check, const char *path);

/*
 * A check failed with this answer: note its status, its code, its words and
 * what to do about it.
 */
void site_refused(struct site *s, const char *check, const char *path,
		  const struct net_reply *reply, struct json said);

/* /healthz says that it is alive; false: it does not, so ask no further. */
bool site_check_live(struct site *s, const char *check);

/* /ready: configuration, database and keys are well. */
void site_check_ready(struct site *s, const char *check);

/* /health/llm: a model of the feature answers; NULL: the default feature. */
void site_check_models(struct site *s, const char *check, const char *feature);

/* Broken JSON gets a problem with its code and the id of the request. */
void site_check_bad_json(struct site *s, const char *check, const char *header);

/* An answer of /chat/stream as it comes. */
struct site_stream {
	struct arena *arena; /* keeps what was said */
	struct sse sse;
	int64_t begun_ms;    /* of the clock, as are these */
	int64_t first_at_ms; /* 0: no text yet */
	int64_t last_at_ms;  /* of the text */
	int64_t tokens;      /* frames with text */
	bool started;        /* the first event was `start` */
	bool usage;
	bool ended; /* `done` or `error` was the last event */
	bool after; /* something came after it */
	struct json last;
	struct str start_id;
	struct str cost_usd;
	const char *error; /* public code; NULL */
};

/*
 * Make ready to read an answer of /chat/stream from now on: ask gets its path,
 * and out as what its pieces go to.
 */
void site_stream_begin(struct arena *a, struct site_ask *ask,
		       struct site_stream *out);

/*
 * Ask /chat/stream and read the answer to its end.
 *
 * ask  header, more and body; the rest is set here
 *
 * Returns as site_http().
 */
ERR_MUST_USE enum err site_stream(struct site *s, struct site_ask ask,
				  struct site_stream *out,
				  struct net_reply *reply, struct json *said);

/* What is wrong with a whole stream that did not end with an error, or NULL. */
const char *site_stream_flaw(const struct site_stream *seen,
			     const struct net_reply *reply);

#endif
