#ifndef SLIPWAY_OPS_ADMIN_PART_H
#define SLIPWAY_OPS_ADMIN_PART_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct db;
struct req;

/*
 * The parts of the admin API; for admin.c alone, which has checked that an
 * admin asks.  Each answers req, or returns the error.
 */
ERR_MUST_USE enum err admin_state(struct req *req, struct db *db);
ERR_MUST_USE enum err admin_report(struct req *req, struct db *db);
ERR_MUST_USE enum err admin_request(struct req *req, struct db *db);
ERR_MUST_USE enum err admin_reconcile(struct req *req, struct db *db);

/*
 * The report of that name as JSON, or as CSV.
 *
 * filter  what slipway.report_sql() takes, JSON
 */
ERR_MUST_USE enum err admin_report_send(struct req *req, struct db *db,
					struct str name, struct str filter,
					bool csv);

/* user_id  the admin who does it, for the trail of changes */
ERR_MUST_USE enum err admin_act(struct req *req, struct db *db,
				int64_t user_id);

#endif
