#ifndef SLIPWAY_LLM_CIRCUIT_STATE_H
#define SLIPWAY_LLM_CIRCUIT_STATE_H

#include "conf/conf.h"
#include "http/req.h"
#include "llm/circuit.h"
#include "llm/quota.h"

#include <pthread.h>
#include <stddef.h>

/*
 * The insides of llm/circuit, for its two files only: circuit.c reads this,
 * circuit_write.c changes it.
 */

#define CIRCUITS_MAX        256
#define CIRCUIT_ARENA_BYTES ((size_t)1024 * 1024) /* of one query */

/* A provider, as far as the whole of it is concerned. */
struct provider_state {
	struct circuits *cs;
	const struct conf_provider *conf;
	bool drill;
	int64_t exhausted_until_ms;
	struct upstream_quota quota; /* the latest */
	bool low;
	int64_t quota_noted_ms;
	struct worker_job job;
	bool job_busy;
};

struct circuit {
	struct circuits *cs;
	struct provider_state *provider;
	const char *model_route;
	int64_t failures; /* in a row, here; not written yet */
	bool known;       /* PostgreSQL has a row: open or failing */
	bool open;
	int64_t open_until_ms;
	enum err last;         /* of the latest failure */
	struct worker_job job; /* writes what changed */
	bool job_busy;
	bool job_again; /* it changed while the job was under way */
	bool job_ok;    /* to be written: it answered */
};

struct circuits {
	struct app *app;
	bool cgi;
	const char *kept_in;  /* as in prices_new() */
	pthread_mutex_t lock; /* guards all that follows */
	int64_t loaded_ms;    /* 0: never */
	struct circuit all[CIRCUITS_MAX];
	size_t n;
	struct provider_state providers[CONF_MAX_PROVIDERS];
	size_t nproviders;
};

struct db;

/* It was written anew: what processes of plain CGI keep of it is old. */
void circuits_changed(const struct circuits *cs, const struct db *db);

#endif
