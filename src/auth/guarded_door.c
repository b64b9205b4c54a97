/*
 * A door with a guard: for routes whose texts go to no model of ours.
 */
#include "auth/guarded_door.h"

#include "auth/door.h"
#include "guard/guard.h"
#include "http/worker.h"

#define ARENA_BYTES ((size_t)16 * 1024 * 1024)

enum err auth_guarded_open(struct worker *w, void **state, struct errbuf *e)
{
	struct arena arena;

	arena_init(&arena, ARENA_BYTES);
	struct auth_guarded *const g = ARENA_NEW(&arena, struct auth_guarded);
	g->arena = arena;
	ERR_TRY(guard_new(&g->arena, worker_conf(w), worker_is_cgi(w),
			  &g->guard, e));
	ERR_TRY(auth_door_open(w, &g->gate, e));
	*state = g;
	return ERR_OK;
}

void auth_guarded_close(void *state)
{
	struct auth_guarded *const g = state;

	auth_door_close(g->gate);
	struct arena arena = g->arena;
	arena_release(&arena);
}
