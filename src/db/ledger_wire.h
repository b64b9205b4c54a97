#ifndef SLIPWAY_DB_LEDGER_WIRE_H
#define SLIPWAY_DB_LEDGER_WIRE_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

/*
 * How ledger entries look to slipway.admit() and slipway.settle(), and how
 * their rows are read.  For the files of src/db only.
 */

struct arena;
struct db;
struct ledger_admission;
struct ledger_op;

/* op as one JSON object; lives in a. */
struct str ledger_wire_entry(struct arena *a, const struct ledger_op *op);

/*
 * The settlement of an admission whose fate is unknown because the connection
 * broke: nothing was sent to a provider, so it costs nothing.
 */
struct str ledger_wire_void(struct arena *a, const struct ledger_op *admit);

/* Where a batch goes. */
struct ledger_wire {
	struct db *db;
	struct arena *arena; /* of the batch */
	struct str defaults; /* ledger_defaults(), for admissions */
};

/*
 * Send admissions as one statement.
 *
 * entries   from ledger_wire_entry()
 * out       n results; a verdict of ERR_INTERNAL when no row came back for it
 *
 * Errors as in db_call(); then out is untouched.
 */
ERR_MUST_USE enum err ledger_wire_admit(const struct ledger_wire *w,
					const struct str *entries, size_t n,
					struct ledger_admission *out,
					struct errbuf *e);

/* What slipway.settle() says of one entry. */
enum ledger_settled {
	LEDGER_SETTLED,
	LEDGER_DUPLICATE, /* settled before, which is as good */
	LEDGER_UNKNOWN,   /* there is no such reservation */
	LEDGER_INVALID    /* the entry is malformed: our bug */
};

/* Send settlements as one statement; as ledger_wire_admit(). */
ERR_MUST_USE enum err ledger_wire_settle(const struct ledger_wire *w,
					 const struct str *entries, size_t n,
					 enum ledger_settled *out,
					 struct errbuf *e);

#endif
