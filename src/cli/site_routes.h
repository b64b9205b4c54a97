#ifndef SLIPWAY_CLI_SITE_ROUTES_H
#define SLIPWAY_CLI_SITE_ROUTES_H

#include <stddef.h>

/*
 * The addresses of the service, by who may use them.  tests/check/routes.py
 * compares it with the routes of cgi-bin/: none may be missing.
 */
enum site_access {
	SITE_OPEN,   /* anybody: costs nothing, or asks for proof of its own */
	SITE_PERSON, /* whoever has an account, at no cost */
	SITE_SPENDS, /* the same, and a model may be asked */
	SITE_ADMIN
};

struct site_route {
	const char *method;
	const char *path;
	enum site_access access;
};

extern const struct site_route site_routes[];
extern const size_t site_nroutes;

#endif
