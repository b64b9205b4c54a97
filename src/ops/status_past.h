#ifndef SLIPWAY_OPS_STATUS_PAST_H
#define SLIPWAY_OPS_STATUS_PAST_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "ops/status.h"
#include "json/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * What the status page shows of the past.  PostgreSQL keeps it
 * (slipway.status_page()); a small file of this host keeps the last answer,
 * and the looks since then that the database has not taken:
 *
 *	{"page": {...}, "periods": [{"from_ms","to_ms","states": {...}}, ...]}
 *
 * so that the page can be written, and nothing is forgotten, while the
 * database is away.  Nothing here does I/O.
 */

#define STATUS_DAYS           90
#define STATUS_MAX_PERIODS    512 /* the oldest are forgotten */
#define STATUS_GAP_MS         ((int64_t)5 * 60 * 1000)
#define STATUS_PAST_MAX_BYTES ((size_t)8 * 1024 * 1024)

struct status_period {
	int64_t from_ms;
	int64_t to_ms;
	struct str states; /* JSON object of part to state */
};

struct status_past {
	struct arena *arena;
	struct json page; /* absent: there never was an answer */
	struct status_period periods[STATUS_MAX_PERIODS];
	size_t nperiods;
};

/* One day (UTC) of a part, in seconds; all 0: nobody looked. */
struct status_day {
	int64_t known_s;
	int64_t degraded_s;
	int64_t outage_s;
};

enum status_phase {
	STATUS_OPEN,      /* an incident */
	STATUS_UNDER_WAY, /* maintenance */
	STATUS_COMING,    /* maintenance */
	STATUS_OVER
};

struct status_incident {
	int64_t id;
	bool maintenance;
	enum status_phase phase;
	struct str title;
	struct str state; /* investigating, …, scheduled, completed */
	struct str impact;
	struct json components; /* ids */
	struct json updates;    /* newest first: state, message, at_ms */
	int64_t created_ms;
	int64_t starts_ms;
	int64_t ends_ms; /* 0: open */
	int64_t changed_ms;
};

/*
 * Take the text of the file; "" when there is none.  Damaged text is
 * ERR_INVALID_JSON with the reason in e, and *past is empty then.
 * Owns: all of it lives in a.
 */
ERR_MUST_USE enum err status_past_read(struct arena *a, struct str text,
				       struct status_past *past,
				       struct errbuf *e);

/* Add what was seen now. */
void status_past_add(struct status_past *past, const struct status_now *now);

/* Append the periods as JSON array, for slipway.status_record(). */
void status_past_periods(const struct status_past *past, struct buf *out);

/*
 * The database has taken the periods, and this is its page: text of
 * slipway.status_page().
 */
ERR_MUST_USE enum err status_past_answer(struct status_past *past,
					 struct str text, struct errbuf *e);

/* Append the text of the file. */
void status_past_write(const struct status_past *past, struct buf *out);

/*
 * The days of a part up to today; days[STATUS_DAYS - 1] is today.
 */
void status_past_days(const struct status_past *past, struct str component,
		      int64_t now_ms, struct status_day days[STATUS_DAYS]);

/* Incidents and maintenance, newest first.  *n: how many.  Owns: in arena. */
const struct status_incident *
status_past_incidents(const struct status_past *past, int64_t now_ms,
		      size_t *n);

/* What incidents and maintenance mean for now: parts, indicator, banner. */
void status_past_apply(const struct status_past *past, struct status_now *now);

#endif
