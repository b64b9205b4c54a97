#ifndef SLIPWAY_AUTH_SESSION_H
#define SLIPWAY_AUTH_SESSION_H

#include "auth/identify.h"
#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct people;
struct people_form;
struct req;

/*
 * Sessions: who signed in keeps a random token in a cookie; the database has
 * its hash, as a row of api_keys, so that everything that governs a key
 * governs a session, too.
 */

/*
 * Open a session of a user who has shown who he is, and put it into the
 * response's cookie.  A session or visitor that the browser had before ends: a
 * token from before the sign-in is never one after it.
 *
 * method  password, invite, oidc, proxy or reset
 * token   the new token, in the arena of req
 */
ERR_MUST_USE enum err session_open(struct req *req, struct people *p,
				   int64_t tenant_id, int64_t user_id,
				   const char *method, struct str *token);

/* Answer a sign-in: {"csrf", "next"}, or on to `next` for a form. */
ERR_MUST_USE enum err session_answer(const struct people_form *f, int status,
				     struct str token, struct str next);

/*
 * Give the session of c a new token when it is due; c and the cookie then have
 * it.
 */
ERR_MUST_USE enum err session_rotate(struct req *req, struct people *p,
				     struct auth_credential *c);

/* The actions of /auth that sign in with a password and sign out. */
enum err session_login(struct req *req, struct people *p);
enum err session_logout(struct req *req, struct people *p);
enum err session_logout_everywhere(struct req *req, struct people *p);

#endif
