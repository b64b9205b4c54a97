/*
 * The state of routes that spend nothing: a gate and its pool.
 */
#include "auth/door.h"

#include "auth/check.h"
#include "db/db.h"
#include "http/worker.h"

enum err auth_door_open(struct worker *w, void **state, struct errbuf *e)
{
	const struct conf *const conf = worker_conf(w);
	struct db_pool *pool = NULL;

	ERR_TRY(db_pool_new(&pool, &conf->database, worker_name(w), e));
	*state = auth_gate_new(pool, &conf->limits);
	return ERR_OK;
}

void auth_door_close(void *state)
{
	struct db_pool *const pool = auth_gate_pool(state);

	auth_gate_free(state);
	db_pool_free(pool);
}
