#ifndef SLIPWAY_OPS_ADMIN_H
#define SLIPWAY_OPS_ADMIN_H

#include "base/err.h"

struct errbuf;
struct req;
struct worker;

/*
 * The API behind www/admin, for admins only: reports, one request, changes.
 * Its worker has a database role of its own ([admin] dsn), which may read the
 * views and call the functions of the administrator, and no more.
 *
 *	GET  /admin/api/state        what the page needs to begin with
 *	GET  /admin/api/report       ?name=, filters as in slipway.report_sql(),
 *	                             format=csv
 *	GET  /admin/api/request      ?id=req_...
 *	POST /admin/api/reconcile    {"provider", "usage": its export}
 *	POST /admin/api/act          {"action", "args"} as slipway.admin_act()
 */

/* The open() and close() of the route. */
enum err admin_open(struct worker *w, void **state, struct errbuf *e);
void admin_close(void *state);

/*
 * Answer one request of an admin.  Returns ERR_OK, or what the worker answers:
 * ERR_UNAUTHORIZED, ERR_FORBIDDEN, ERR_CSRF, ERR_NOT_FOUND, ERR_METHOD, ...
 * Blocks: on the database.
 */
enum err admin_handle(struct req *req, void *state);

#endif
