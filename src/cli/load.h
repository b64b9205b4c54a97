#ifndef SLIPWAY_CLI_LOAD_H
#define SLIPWAY_CLI_LOAD_H

#include "cli/smoke.h"
#include "net/many.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOAD_MAX_RATE    INT64_C(6000) /* requests a minute that are expected */
#define LOAD_MAX_SECONDS INT64_C(600)
#define LOAD_MAX_CALLS   INT64_C(20000)
#define LOAD_MAX_TOKENS  INT64_C(4096)
#define LOAD_MAX_OPEN    900 /* under the 1,024 files that a process has */
#define LOAD_MAX_CODES   24
#define LOAD_CODE_BYTES  40

/* How often something else came than an answer. */
struct load_code {
	char code[LOAD_CODE_BYTES]; /* public code of ours, or what was seen */
	long status;
	size_t n;
};

/* One stream that is under way; its arena is used again. */
struct load_slot {
	struct arena arena;
	struct load *load;
	struct net_request request;
	struct site_stream stream;
	int64_t due_ms; /* of the clock: when it was to begin */
	bool busy;
};

/*
 * `slipway smoke --load RATE`: twice that rate for some seconds, each call at
 * its time whether those before have ended or not (an open loop), so a service
 * that gets slow is not spared, and counted from the time it was due.
 */
struct load {
	struct smoke *smoke;
	/* what it was told */
	int64_t rate; /* a minute, expected; it makes twice as many */
	int64_t seconds;
	int64_t tokens; /* of output, for each call */
	bool yes;
	/* what follows */
	size_t ncalls;
	struct str body;
	int64_t bound_pico; /* of one call */
	bool bound_by_ledger;
	struct net_many *many;
	struct load_slot *slots; /* LOAD_MAX_OPEN */
	/* under way */
	int64_t begun_ms;
	size_t nbegun;
	size_t nended;
	int64_t late_ms; /* the latest beginning of a call */
	size_t most_open;
	const char *stopped; /* why it was, or NULL */
	/* seen */
	size_t nfailed;  /* counts against the error budget */
	size_t nlimited; /* refused for our own requests a minute */
	struct load_code codes[LOAD_MAX_CODES];
	size_t ncodes;
	int64_t *first_ms; /* of those that were answered */
	int64_t *whole_ms;
	size_t nok;
	int64_t tokens_seen; /* frames of text */
	int64_t told_pico;   /* as the answers say */
	int64_t cost_pico;   /* as the ledger says; -1: it was not asked */
	size_t ledger_calls;
	struct buf ids; /* an array of PostgreSQL */
	int64_t took_ms;
};

/*
 * Read --load and what belongs to it.
 *
 * Returns the load, or ERR_INVALID_REQUEST with the sentence in s's cli.
 */
ERR_MUST_USE enum err load_arguments(struct smoke *s, const char *const *given,
				     bool yes);

/* Say what it will cost, make it if that is allowed, and note the verdict. */
void smoke_load(struct smoke *s);

/* How many calls may fail: the error budget's share, but always one. */
size_t load_may_fail(const struct load *l);

/* Print what was seen, and note whether it holds. load_report.c */
void load_judge(struct load *l);

/* The member "load" of the report. */
void load_write(const struct load *l, struct jw *w);

#endif
