/*
 * The set of calls under way, as a small hash table whose entries are reused.
 */
#include "db/live.h"

#include "db/db.h"

#include <stdint.h>
#include <string.h>

#define LIVE_ARENA_BYTES ((size_t)16 * 1024 * 1024)

void live_init(struct live *l)
{
	memset(l, 0, sizeof(*l));
	arena_init(&l->arena, LIVE_ARENA_BYTES);
}

void live_release(struct live *l)
{
	arena_release(&l->arena);
}

/* The link that points to the entry, or to the end of its bucket. */
static struct live_entry **find(struct live *l, const char *request_id)
{
	struct live_entry **at =
		&l->buckets[str_hash(str_from(request_id)) % LIVE_BUCKETS];

	while (*at != NULL && strcmp((*at)->request_id, request_id) != 0)
		at = &(*at)->next;
	return at;
}

void live_add(struct live *l, const char *request_id)
{
	struct live_entry **const at = find(l, request_id);
	struct live_entry *e = l->unused;

	if (*at != NULL)
		return;
	if (e != NULL)
		l->unused = e->next;
	else
		e = ARENA_NEW(&l->arena, struct live_entry);
	e->next = NULL;
	memcpy(e->request_id, request_id, strlen(request_id) + 1);
	*at = e;
	l->n++;
}

void live_remove(struct live *l, const char *request_id)
{
	struct live_entry **const at = find(l, request_id);
	struct live_entry *const e = *at;

	if (e == NULL)
		return;
	*at = e->next;
	e->next = l->unused;
	l->unused = e;
	l->n--;
}

void live_array(const struct live *l, struct buf *out)
{
	db_array_begin(out);
	for (size_t i = 0; i < LIVE_BUCKETS; i++)
		for (const struct live_entry *e = l->buckets[i]; e != NULL;
		     e = e->next)
			db_array_str(out, str_from(e->request_id));
	db_array_end(out);
}
