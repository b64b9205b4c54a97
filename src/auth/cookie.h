#ifndef SLIPWAY_AUTH_COOKIE_H
#define SLIPWAY_AUTH_COOKIE_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct req;

/*
 * The cookie that holds the token of a session or visitor, and what proves
 * that a request which comes with it was sent by a page of this site.
 *
 * Name and attributes: "__Host-slipway", HttpOnly, Secure, SameSite=Lax; with
 * [auth] secure_cookies = off it is "slipway", without Secure.
 */

#define AUTH_CSRF_BYTES 44 /* 43 characters + NUL */

/* The cookie's value; empty when there is none or it has not our form. */
struct str auth_cookie(const struct req *req);

/* Set it for so long, or take it away. */
void auth_cookie_set(struct req *req, struct str token, int64_t lifetime_ms);
void auth_cookie_clear(struct req *req);

/*
 * A second cookie that binds a sign-in at another service to this browser
 * while it is away, for ten minutes; empty takes it away.
 */
struct str auth_state_cookie(const struct req *req);
void auth_state_cookie_set(struct req *req, struct str state);

/*
 * The CSRF token that belongs to a session: an HMAC-SHA256 under its own
 * token, so that nothing more has to be stored, and only who has the cookie
 * can compute it.
 */
void auth_csrf(struct str token, char out[static AUTH_CSRF_BYTES]);

/*
 * Did a page of this site send the request?  Looks at Sec-Fetch-Site and at
 * Origin, which a script cannot forge; for what changes something without a
 * session (signing in).  A request that has neither comes from no browser of
 * our days and passes.
 *
 * Returns ERR_OK or ERR_CSRF.
 */
ERR_MUST_USE enum err auth_check_origin(struct req *req);

/*
 * The same for a request with a session's cookie: also needs the session's
 * CSRF token, as header X-CSRF-Token or as field csrf of a form.  A form may
 * do without when its Origin is ours: it then stands on a page without script.
 * GET and HEAD change nothing and need nothing.
 *
 * Returns ERR_OK or ERR_CSRF.
 */
ERR_MUST_USE enum err auth_check_csrf(struct req *req, struct str token);

#endif
