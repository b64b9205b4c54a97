#ifndef SLIPWAY_DB_LEDGER_H
#define SLIPWAY_DB_LEDGER_H

#include "base/err.h"
#include "base/id.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The ledger: admission and settlement of calls, design section 4.
 *
 *	intake, loop:	ledger_submit(op) --> queue
 *	ledger thread:	queue --> one statement --> op->done(op)
 *
 * One thread with one connection per process.  Whatever has gathered in the
 * queue while the last statement ran goes out as one batch: admissions as one
 * statement (slipway.admit), settlements as another (slipway.settle).  While
 * many calls are under way they wait some milliseconds for each other.
 *
 * While PostgreSQL is away, admissions fail at once with ERR_DB and settlements
 * go to the spool (db/spool.h), which counts as durable.
 */

#define LEDGER_HASH_BYTES   32
#define LEDGER_NAME_BYTES   128 /* provider/model, feature, prompt version */
#define LEDGER_MAX_ATTEMPTS 16
#define LEDGER_MAX_GUARDS   24

struct buf;
struct conf;
struct conf_limits;
struct db_pool;
struct ledger;

/* How a call ended; stored in llm_calls.outcome by name. */
enum ledger_outcome {
	LEDGER_DONE,    /* finished */
	LEDGER_PARTIAL, /* broke off or failed after text */
	LEDGER_CLIENT_GONE,
	LEDGER_FAILED,   /* no provider answered */
	LEDGER_BLOCKED,  /* a guard refused it */
	LEDGER_ABANDONED /* the worker died; only the reaper writes it */
};

/* Where the charge comes from; stored in llm_calls.basis by name. */
enum ledger_basis {
	LEDGER_BASIS_PROVIDER_USAGE,
	LEDGER_BASIS_ESTIMATED,
	LEDGER_BASIS_PARTIAL,
	LEDGER_BASIS_NONE,
	LEDGER_BASIS_PESSIMISTIC
};

/* Tokens in one normal form, whatever the provider's. */
struct ledger_usage {
	int64_t input_tokens; /* uncached */
	int64_t cache_read_tokens;
	int64_t cache_write_tokens; /* 5 min */
	int64_t cache_write_1h_tokens;
	int64_t output_tokens; /* of which: */
	int64_t reasoning_tokens;
};

/* What to admit. */
struct ledger_admit {
	unsigned char key_hash[LEDGER_HASH_BYTES]; /* SHA-256 of the API key */
	/*
	 * made by id_request() for this admission and used for no other: when
	 * it is first sent, nobody looks whether it was settled before
	 */
	char request_id[ID_REQUEST_BYTES];
	char feature[LEDGER_NAME_BYTES];
	bool needs_admin; /* the caller named a provider/model itself: */
	char model[LEDGER_NAME_BYTES];
	/* the upper bound: input_pico + max_output_tokens * output_pico */
	int64_t input_pico;
	int64_t output_pico; /* per output token */
	int64_t max_output_tokens;
	int64_t min_output_tokens; /* floor when headroom is short */
	int64_t lease_ms;
};

/* What came of it. */
struct ledger_admission {
	enum err verdict; /* ERR_OK, UNAUTHORIZED, FORBIDDEN, RATE_LIMITED,
			     KEY_CAP, USER_CAP, TENANT_CAP, SYSTEM_CAP, PAUSED,
			     DB, CONFIG (schema missing), INTERNAL */
	int64_t tenant_id;
	int64_t user_id;
	int64_t key_id;
	bool is_admin;
	int64_t granted_output_tokens; /* <= max_output_tokens */
	int64_t reserved_pico;
	int64_t retry_after_ms; /* of a refusal; 0 = unknown */
	int64_t reset_ms;       /* wall clock when the daily caps reset */
	int64_t limit_rpm;      /* the tightest of all; 0 none */
	int64_t remaining_rpm;
	int64_t reset_rpm_ms;  /* until the full burst is back */
	int64_t cap_pico;      /* daily cap of key or user; -1 none */
	int64_t cap_left_pico; /* headroom after this reservation */
};

struct ledger_attempt {
	struct str model_route; /* provider/model; lives as long as the call */
	enum err result;        /* ERR_OK: it answered */
	int64_t http_status;    /* 0: no answer */
	int64_t ttft_ms;        /* -1: no token */
	int64_t latency_ms;
};

/* What the guard found and did: words, never any of the text. */
struct ledger_guard {
	const char *phase; /* constants */
	const char *kind;
	const char *action;
	int64_t n;
	int64_t us;
};

#define LEDGER_REPLY_MAX_BYTES ((size_t)256 * 1024)

/* An answer that is kept for the Idempotency-Key of its request. */
struct ledger_reply {
	int status;
	const char *content_type;
	struct str body; /* UTF-8, at most LEDGER_REPLY_MAX_BYTES */
};

#define LEDGER_CONTENT_MAX_BYTES ((size_t)128 * 1024)

/* What is kept of a question and its answer; UTF-8, each at most that long. */
struct ledger_content {
	const char *form; /* "hash", "redacted", "full" */
	struct str question;
	struct str answer;
	bool cut; /* one of them was longer */
	int64_t days;
};

/* What to settle: everything that llm_calls and llm_attempts keep. */
struct ledger_settle {
	char request_id[ID_REQUEST_BYTES];
	enum ledger_outcome outcome;
	enum ledger_basis basis;
	enum err error; /* ERR_OK, or why it failed */
	int64_t cost_pico;
	struct ledger_usage usage;
	char model_route[LEDGER_NAME_BYTES]; /* that answered, or "" */
	char prompt_version[LEDGER_NAME_BYTES];
	char trace_id[ID_TRACE_BYTES];
	char parent_span[ID_SPAN_BYTES]; /* "": none */
	bool stream;
	int64_t fallback_tier; /* 0 = first of the route */
	int64_t ttft_ms;       /* -1: no token */
	int64_t latency_ms;
	size_t nguards;
	struct ledger_guard guards[LEDGER_MAX_GUARDS];
	size_t nattempts;
	struct ledger_attempt attempts[LEDGER_MAX_ATTEMPTS];
	const struct ledger_reply *reply;     /* NULL: none is kept */
	const struct ledger_content *content; /* likewise */
};

/* Our own limits towards a provider: may a request go out now? */
struct ledger_take {
	const char *name; /* "provider:NAME" or "fallback:FEATURE" */
	int64_t rpm;      /* 0: no limit */
	int64_t tpm;
	int64_t tokens;  /* of this request */
	int64_t wait_ms; /* answer; 0: it may, and has taken its place */
};

enum ledger_kind { LEDGER_ADMIT, LEDGER_SETTLE, LEDGER_TAKE };

/*
 * One entry in the queue.  The submitter owns it and must leave it alone until
 * done() was called; done() runs on the ledger thread and must not block.
 */
struct ledger_op {
	enum ledger_kind kind;
	void (*done)(struct ledger_op *op);
	struct ledger_op *next;
	/* LEDGER_ADMIT */
	struct ledger_admit admit;
	struct ledger_admission admission;
	/*
	 * LEDGER_TAKE; when the database does not answer, result says so and
	 * wait_ms is 0: these limits are a courtesy.  Answered before any
	 * settlement that is submitted later.
	 */
	struct ledger_take take;
	/* LEDGER_SETTLE; result ERR_OK = durable */
	struct ledger_settle *settle;
	enum err result;
	struct errbuf err; /* of either */
	/* the ledger's own */
	void *waiter;  /* of ledger_admit_wait() */
	bool in_doubt; /* the connection broke while it was under way */
};

/*
 * Start the thread; it connects by itself and reconnects with backoff, so a
 * database that is down is not an error here.
 *
 * conf  borrowed for the life of the ledger
 * pool  NULL; or, in a process that serves one request, that of its other
 *       questions: then the ledger connects when there is something to do, and
 *       takes over what the pool has open
 * Owns: end with ledger_free().
 */
ERR_MUST_USE enum err ledger_new(struct ledger **out, const struct conf *conf,
				 struct db_pool *pool, const char *app_name,
				 struct errbuf *e);

/* Settle and answer what is queued, then end the thread. Blocks for that. */
void ledger_free(struct ledger *l);

/* Queue op.  From any thread; never blocks. */
void ledger_submit(struct ledger *l, struct ledger_op *op);

/* Submit an admission and wait for its answer.  For intake threads. */
void ledger_admit_wait(struct ledger *l, struct ledger_op *op);

/*
 * ERR_OK when the last statement went through, else why not, in e (ERR_DB,
 * ERR_CONFIG for a schema that is missing or too old).  ERR_DB until the first
 * connection stands.  From any thread.
 */
ERR_MUST_USE enum err ledger_state(struct ledger *l, struct errbuf *e);

/*
 * Append the limits that hold where the database names none, as the JSON
 * object that slipway.admit() and slipway.key_check() take.
 */
void ledger_defaults(struct buf *out, const struct conf_limits *limits);

/* The names stored in the tables. */
const char *ledger_outcome_name(enum ledger_outcome o);
const char *ledger_basis_name(enum ledger_basis b);

#endif
