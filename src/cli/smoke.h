#ifndef SLIPWAY_CLI_SMOKE_H
#define SLIPWAY_CLI_SMOKE_H

#include "cli/site.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SMOKE_MAX_ASKS   50
#define SMOKE_MAX_TOKENS 32 /* of output, for each call */

struct load;

/* `slipway smoke`: what it was told and what it has seen. */
struct smoke {
	struct site site;
	const char *feature; /* NULL: the service's own default */
	int64_t asks;        /* streams, for the p95 */
	int64_t ttft_ms;     /* the SLO */
	/* the calls that were answered */
	int64_t calls;
	int64_t cost_pico;
	const char *request_id; /* of /chat; "" */
	struct str cost_usd;    /* of that call */
	struct str model_route;
	int64_t fallback_tier;
	int64_t first_ms[SMOKE_MAX_ASKS]; /* sorted by smoke_check_ttft() */
	size_t nfirst;
	int64_t p95_ms;    /* -1: not known */
	struct load *load; /* NULL: none was asked for */
};

/* The body of a small question, as JSON. */
struct str smoke_question(struct smoke *s);

/* The checks, in the order in which they are made, after those of
 * site_check.c; smoke_check.c. */
void smoke_check_no_session(struct smoke *s);
void smoke_check_chat(struct smoke *s);
void smoke_check_ledger(struct smoke *s);

/* smoke_stream.c */
void smoke_check_stream(struct smoke *s);
void smoke_check_ttft(struct smoke *s);

/* A call was answered: count it, and what it cost. */
void smoke_count(struct smoke *s, struct str cost_usd);

#endif
