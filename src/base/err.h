#ifndef SLIPWAY_BASE_ERR_H
#define SLIPWAY_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

#define ERR_MUST_USE     __attribute__((warn_unused_result))
#define ERR_DETAIL_BYTES 256

/*
 * Every way in which a request can fail.  One table in err.c maps each value
 * to its HTTP status, public code, public sentence and whether a client may
 * try again; nothing else in the program knows those.
 */
enum err {
	ERR_OK = 0,
	/* the caller's request */
	ERR_INVALID_JSON,    /* body is not UTF-8 or not JSON */
	ERR_INVALID_REQUEST, /* well-formed, but breaks the schema */
	ERR_TOO_LARGE,       /* body or a buffer went over its ceiling */
	ERR_TIMEOUT,         /* the client sent its body too slowly */
	ERR_UNAUTHORIZED,    /* no credential, or one nobody knows */
	ERR_LOGIN_FAILED,    /* a name and password that do not match */
	ERR_OIDC,            /* a sign-in elsewhere that proves nothing */
	ERR_OIDC_DOWN,       /* the service to sign in with is away */
	ERR_SIGN_UP,         /* the free messages of a visitor are used up */
	ERR_CSRF,            /* a cookie without the proof that our page sent */
	ERR_FORBIDDEN,       /* known, but not allowed */
	ERR_NOT_FOUND,       /* no such path or object */
	ERR_EXPIRED,         /* it was there, and is no longer kept */
	ERR_METHOD,          /* path exists, method does not */
	ERR_UNKNOWN_FEATURE, /* "feature" names no [feature NAME] */
	ERR_UNKNOWN_MODEL,   /* "model" names nothing that there is */
	ERR_BLOCKED,         /* a guard refused it */
	ERR_CLOSED,          /* the client left */
	ERR_CONFLICT,        /* the same request is under way */
	ERR_IDEM_MISMATCH,   /* Idempotency-Key of another request */
	ERR_IDEM_LOST,       /* charged before, and the answer is gone */
	/* the limits */
	ERR_RATE_LIMITED, /* RPM of key, user or tenant */
	ERR_KEY_CAP,      /* daily budget of the API key alone */
	ERR_USER_CAP,     /* daily budget of the user */
	ERR_TENANT_CAP,   /* daily budget of the tenant */
	ERR_RUN_CAP,      /* budget of one run of an agent */
	ERR_SYSTEM_CAP,   /* daily budget of the whole system */
	ERR_PAUSED,       /* the operator paused it */
	ERR_BUSY,         /* max_calls in flight in this worker */
	ERR_DRAINING,     /* this worker is shutting down */
	/* our side */
	ERR_DB,       /* PostgreSQL gone, too old a schema, lock timeout */
	ERR_CONFIG,   /* a setting is missing or wrong */
	ERR_UNPRICED, /* no price is known for the model */
	ERR_IO,       /* a local file or socket */
	ERR_INTERNAL, /* our bug */
	/* the provider */
	ERR_UPSTREAM,          /* could not connect, 5xx, garbage */
	ERR_UPSTREAM_TIMEOUT,  /* a stage timeout passed */
	ERR_UPSTREAM_RATE,     /* 429 of the provider */
	ERR_UPSTREAM_QUOTA,    /* credit exhausted at the provider */
	ERR_UPSTREAM_AUTH,     /* the provider refuses our key */
	ERR_UPSTREAM_REJECTED, /* the provider calls the request invalid */
	ERR_UPSTREAM_CUT,      /* the stream ended before its end */
	ERR_NOT_ASKED,         /* open circuit, drill, or a limit of ours */
	ERR_ANSWER_FORM,       /* the answer is not the JSON that was asked */
	ERR_MAX
};

struct err_entry {
	const char *code;    /* public, stable, snake_case */
	int status;          /* HTTP */
	bool retryable;      /* false: x-should-retry: false */
	bool show_detail;    /* the errbuf speaks of the caller's own request */
	const char *message; /* a sentence a person understands */
};

/*
 * What went wrong, for the log.  Shown to the client only where the catalogue
 * says show_detail: there it must speak of nothing but the caller's request.
 */
struct errbuf {
	enum err code;
	char detail[ERR_DETAIL_BYTES];
};

/*
 * The catalogue row of err.  Never NULL; an out-of-range value is an assert.
 */
const struct err_entry *err_entry(enum err err);

/*
 * Find the error with this public code, e.g. one that a SQL function returned.
 *
 * Returns ERR_INTERNAL when nobody knows the code; "ok" is ERR_OK.
 */
enum err err_from_code(const char *code);

/*
 * Record err and a printf-style detail in e (truncated, never overflowing) and
 * return err, so that a failing function can end in `return err_set(...)`.
 * The first detail wins while e->code is set: the cause is worth more than its
 * consequences.  e may be NULL.
 */
enum err err_set(struct errbuf *e, enum err err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Forget what was recorded. */
void err_clear(struct errbuf *e);

/* Return from the calling function when expr fails. */
#define ERR_TRY(expr)                          \
	do {                                   \
		const enum err err_try = expr; \
		if (err_try != ERR_OK)         \
			return err_try;        \
	} while (0)

#endif
