#ifndef SLIPWAY_AUTH_IDENTIFY_H
#define SLIPWAY_AUTH_IDENTIFY_H

#include "auth/key.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

struct req;

/* What a request shows of its sender; whether it is any good, SQL knows. */
struct auth_credential {
	enum auth_kind kind;
	bool from_cookie;
	unsigned char hash[AUTH_HASH_BYTES];
	struct str token; /* of the cookie, borrowed from req; else empty */
};

/*
 * The one place that finds the credential of a request, in each of its forms:
 * an API key or a visitor's token in a header, else a session or visitor in
 * the cookie.  With the cookie, whatever changes something must prove that
 * our own page sent it (auth/cookie.h).
 *
 * Returns ERR_OK, ERR_UNAUTHORIZED or ERR_CSRF.
 */
ERR_MUST_USE enum err auth_identify(struct req *req,
				    struct auth_credential *out);

#endif
