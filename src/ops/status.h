#ifndef SLIPWAY_OPS_STATUS_H
#define SLIPWAY_OPS_STATUS_H

#include "base/buf.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

struct conf;

/*
 * The status file: facts in, JSON out.  Nothing here does I/O, so what the
 * page says for given facts is tested without a service.
 */

#define STATUS_WINDOW_MINUTES 15 /* of our own traffic */
#define STATUS_UNKNOWN        (-1)

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
};

struct status_facts {
	int64_t now_ms;             /* wall clock */
	enum status_check web;      /* GET /healthz */
	enum status_check ready;    /* GET /ready */
	enum status_check database; /* a query */
	int64_t documents;          /* how many are indexed, or unknown */
	int64_t ttft_p50_ms;        /* or unknown */
	int64_t ttft_p95_ms;        /* or unknown */
	const struct status_traffic *traffic;
	size_t ntraffic;
};

/* How bad it is, in the words of the file (those of Statuspage). */
enum status_indicator {
	STATUS_NONE,
	STATUS_MINOR,
	STATUS_MAJOR,
	STATUS_CRITICAL
};

/*
 * Append the status file to out:
 *
 *	{"generated_at","generated_ms","name","banner","indicator",
 *	 "components":[{"id","name","group","status","detail"}],
 *	 "latency":{"ttft_p50_ms","ttft_p95_ms"}}
 *
 * group is ours or upstream, status operational, degraded, outage or unknown.
 * The file is public: it names providers, but no host, key or error text.
 *
 * conf  names, providers and routes
 *
 * Returns the indicator that was written.  Whether it fits is asked of the
 * buf.
 */
enum status_indicator status_json(const struct conf *conf,
				  const struct status_facts *facts,
				  struct buf *out);

/* "none", "minor", "major", "critical", and the banner's sentence. */
const char *status_indicator_name(enum status_indicator i);
const char *status_indicator_banner(enum status_indicator i);

#endif
