#ifndef SLIPWAY_CONF_GUARD_H
#define SLIPWAY_CONF_GUARD_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the guard looks for and what it does with it: the words that stand in
 * the configuration, in the log and in the records of a call.
 */
enum guard_kind {
	GUARD_EMAIL,
	GUARD_PHONE,
	GUARD_CARD,
	GUARD_IBAN,
	GUARD_SSN,
	GUARD_IP,
	GUARD_MAC,
	GUARD_CRYPTO,
	GUARD_KEY,         /* of a provider, a cloud or a service */
	GUARD_PRIVATE_KEY, /* a PEM block */
	GUARD_JWT,
	GUARD_PATTERN, /* the operator's own */
	GUARD_KINDS
};

enum guard_action {
	GUARD_OFF,
	GUARD_REDACT, /* "[email]" */
	GUARD_HASH,   /* "[email:2f6c90d1]", the same for the same value */
	GUARD_BLOCK,  /* nothing of the text passes from here on */
	GUARD_ACTIONS
};

/* What to do with a question that wants to be more than one. */
enum guard_injection {
	GUARD_INJECTION_OFF,
	GUARD_INJECTION_RECORD,
	GUARD_INJECTION_BLOCK
};

#define GUARD_MAX_PATTERNS 16

/* What to do with each kind, in one direction. */
struct guard_policy {
	unsigned char action[GUARD_KINDS]; /* enum guard_action */
};

/* [pattern NAME]: something that only the operator knows to be private. */
struct guard_pattern {
	const char *name;
	const char *match; /* a regular expression, Perl's */
	enum guard_action action;
	bool input;
	bool output;
};

/* The words: "email", "redact". */
const char *guard_kind_name(enum guard_kind kind);
const char *guard_action_name(enum guard_action action);

/*
 * Read "redact, ip off, private_key block": an action alone is for every kind,
 * and what stands later wins.  *out keeps what the text does not name.
 *
 * Returns false, with the piece nobody understands in *bad.
 */
bool guard_policy_parse(struct str text, struct guard_policy *out,
			struct str *bad);

#endif
