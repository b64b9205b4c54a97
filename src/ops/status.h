#ifndef SLIPWAY_OPS_STATUS_H
#define SLIPWAY_OPS_STATUS_H

#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The state of each part of the service, worked out from facts.  Nothing here
 * does I/O, so what the page says for given facts is tested without a service.
 */

#define STATUS_WINDOW_MINUTES 15 /* of our own traffic */
#define STATUS_UNKNOWN        (-1)
#define STATUS_OURS           4 /* parts of our own */
#define STATUS_ID_BYTES       64
#define STATUS_DETAIL_BYTES   160

enum status_check {
	STATUS_UNCHECKED, /* nobody looked */
	STATUS_PASSED,
	STATUS_FAILED
};

/* What our own traffic says of one provider. */
struct status_traffic {
	struct str provider;
	int64_t calls;
	int64_t errors; /* <= calls */
	bool recovered; /* its latest tries were all answered */
};

struct status_facts {
	int64_t now_ms;             /* wall clock */
	enum status_check web;      /* GET /healthz */
	enum status_check ready;    /* GET /ready */
	enum status_check database; /* a query */
	int64_t documents;          /* how many are indexed, or unknown */
	int64_t ttft_p50_ms;        /* of the last day, or unknown */
	int64_t ttft_p95_ms;
	const struct status_traffic *traffic;
	size_t ntraffic;
	/* of conf->providers[i]: did it answer when there was no traffic? */
	enum status_check probes[CONF_MAX_PROVIDERS];
};

/* How bad it is, in the words of the file (those of Statuspage). */
enum status_indicator {
	STATUS_NONE,
	STATUS_MINOR,
	STATUS_MAJOR,
	STATUS_CRITICAL
};

enum status_state {
	STATUS_OPERATIONAL,
	STATUS_DEGRADED,
	STATUS_OUTAGE,
	STATUS_MAINTENANCE, /* planned, so no trouble */
	STATUS_NOT_KNOWN    /* nobody could look: never counts as trouble */
};

struct status_part {
	char id[STATUS_ID_BYTES]; /* "chat", "upstream:openai" */
	const char *name;
	bool ours;
	enum status_state state;
	enum status_indicator outage; /* what its outage means for all */
	char detail[STATUS_DETAIL_BYTES];
};

/* The service as it is now. */
struct status_now {
	int64_t now_ms;
	enum status_indicator indicator;
	const char *banner;
	struct status_part parts[STATUS_OURS + CONF_MAX_PROVIDERS];
	size_t n;
	int64_t ttft_p50_ms; /* of the last day, or unknown */
	int64_t ttft_p95_ms;
};

/*
 * Judge every part and the whole.  conf: names, providers and routes; the
 * names in *now are borrowed from it.
 */
void status_judge(const struct conf *conf, const struct status_facts *facts,
		  struct status_now *now);

/* Put a part under maintenance; then status_sum_up() again. */
void status_maintain(struct status_now *now, struct str id);

/*
 * Indicator and banner from the parts, and from what operators say.
 *
 * incident     the worst impact of the open incidents
 * maintenance  some is under way
 */
void status_sum_up(struct status_now *now, enum status_indicator incident,
		   bool maintenance);

/* "none", "minor", "major", "critical"; STATUS_NONE for another word. */
const char *status_indicator_name(enum status_indicator i);
enum status_indicator status_indicator_from(struct str name);

/* "operational", "degraded", "outage", "maintenance", "unknown". */
const char *status_state_name(enum status_state s);

#endif
