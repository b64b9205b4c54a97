/*
 * Prices of the models, copied from the table into a sorted array that all
 * threads read.  A reload builds a new array in a new arena and swaps it in
 * under the lock, so readers never see half of one.
 */
#include "llm/prices.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "conf/conf.h"
#include "db/db.h"
#include "db/kept.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PRICES_ARENA_BYTES ((size_t)16 * 1024 * 1024)
#define FRESH_MS           60000

struct entry {
	struct str provider;
	struct str model;
	struct price price;
};

struct prices {
	struct arena arena; /* holds this struct */
	const char *kept_in;
	pthread_mutex_t lock;
	struct arena table; /* under lock, as all below: holds entries */
	struct entry *entries;
	size_t n;
	bool loaded;
	int64_t loaded_ms;
};

enum err prices_new(struct prices **out, const char *kept_in, struct errbuf *e)
{
	struct arena a;

	arena_init(&a, PRICES_ARENA_BYTES);
	struct prices *const p = ARENA_NEW(&a, struct prices);
	arena_init(&p->table, PRICES_ARENA_BYTES);
	p->arena = a;
	p->kept_in = kept_in;
	if (pthread_mutex_init(&p->lock, NULL) != 0) {
		arena_release(&a);
		return err_set(e, ERR_INTERNAL, "could not make a lock");
	}
	*out = p;
	return ERR_OK;
}

void prices_free(struct prices *p)
{
	if (p == NULL)
		return;
	(void)pthread_mutex_destroy(&p->lock);
	arena_release(&p->table);
	struct arena a = p->arena; /* p itself is in it */
	arena_release(&a);
}

bool prices_stale(struct prices *p)
{
	(void)pthread_mutex_lock(&p->lock);
	const bool stale =
		!p->loaded || clock_mono_ms() - p->loaded_ms > FRESH_MS;
	(void)pthread_mutex_unlock(&p->lock);
	return stale;
}

static int compare_str(struct str a, struct str b)
{
	const size_t n = a.n < b.n ? a.n : b.n;
	const int by_bytes = n > 0 ? memcmp(a.p, b.p, n) : 0;

	if (by_bytes != 0)
		return by_bytes;
	return (a.n > b.n) - (a.n < b.n);
}

static int compare(const void *a, const void *b)
{
	const struct entry *const x = a;
	const struct entry *const y = b;
	const int by_provider = compare_str(x->provider, y->provider);

	return by_provider != 0 ? by_provider : compare_str(x->model, y->model);
}

/* The columns of prices_sql. */
enum price_col {
	PRICE_PROVIDER,
	PRICE_MODEL,
	PRICE_INPUT,
	PRICE_CACHE_READ,
	PRICE_CACHE_WRITE,
	PRICE_CACHE_WRITE_1H,
	PRICE_OUTPUT
};

static const char prices_sql[] =
	"SELECT provider, model, input_pico, cache_read_pico, "
	"cache_write_pico, cache_write_1h_pico, output_pico "
	"FROM slipway.prices_current()";

static struct entry *copy_rows(struct arena *a, const struct db_rows *rows)
{
	struct entry *const out = ARENA_ARRAY(a, rows->nrows, struct entry);

	for (size_t i = 0; i < rows->nrows; i++) {
		const struct str provider = db_str(rows, i, PRICE_PROVIDER);
		const struct str model = db_str(rows, i, PRICE_MODEL);
		out[i] = (struct entry){
			.provider = {str_dup(a, provider), provider.n},
			.model = {str_dup(a, model), model.n},
			.price =
				{
					db_i64(rows, i, PRICE_INPUT),
					db_i64(rows, i, PRICE_CACHE_READ),
					db_i64(rows, i, PRICE_CACHE_WRITE),
					db_i64(rows, i, PRICE_CACHE_WRITE_1H),
					db_i64(rows, i, PRICE_OUTPUT),
				},
		};
	}
	qsort(out, rows->nrows, sizeof(*out), compare);
	return out;
}

enum err prices_load(struct prices *p, struct db *db, struct errbuf *e)
{
	struct arena scratch;
	struct arena table;
	struct db_rows rows;

	arena_init(&scratch, PRICES_ARENA_BYTES);
	arena_init(&table, PRICES_ARENA_BYTES);
	const struct db_kept q = {p->kept_in, FRESH_MS, prices_sql, STR_NONE};
	const enum err err = db_call_kept(db, &scratch, &q, &rows, e);
	if (err == ERR_OK) {
		struct entry *const entries = copy_rows(&table, &rows);
		(void)pthread_mutex_lock(&p->lock);
		const struct arena old = p->table;
		p->table = table;
		p->entries = entries;
		p->n = rows.nrows;
		p->loaded = true;
		p->loaded_ms = clock_mono_ms();
		(void)pthread_mutex_unlock(&p->lock);
		table = old;
	}
	arena_release(&table);
	arena_release(&scratch);
	return err;
}

/* Called with the lock held. */
static bool lookup(const struct prices *p, struct str provider,
		   struct str model, struct price *out)
{
	const struct entry key = {.provider = provider, .model = model};
	const struct entry *const found =
		p->n > 0 ? bsearch(&key, p->entries, p->n, sizeof(key), compare)
			 : NULL;

	if (found != NULL)
		*out = found->price;
	return found != NULL;
}

/* Is url on this origin (or empty, the kind's own)? */
static bool at_origin(const char *url, const char *origin)
{
	const struct str u = str_from(url);
	const struct str o = str_from(origin);

	return u.n == 0 ||
	       (str_starts(u, o) && (u.n == o.n || u.p[o.n] == '/'));
}

/*
 * The name under which a kind's own service is in the price table, for a
 * provider that is called otherwise ("work" at api.openai.com).  Another
 * company's address has prices of its own, so it is not guessed: NULL.
 */
static const char *list_name(const struct conf_provider *conf)
{
	const char *name = NULL;
	const char *origin = "";

	switch (conf->kind) {
	case CONF_PROVIDER_OPENAI:
		name = "openai";
		origin = "https://api.openai.com";
		break;
	case CONF_PROVIDER_ANTHROPIC:
		name = "anthropic";
		origin = "https://api.anthropic.com";
		break;
	case CONF_PROVIDER_BEDROCK:
		return "bedrock";
	case CONF_PROVIDER_EXTRACT:
	case CONF_PROVIDER_STATIC:
		return NULL;
	}
	return at_origin(conf->base_url, origin) ? name : NULL;
}

enum err prices_find(struct prices *p, const struct conf_provider *conf,
		     struct str model, struct price *out)
{
	const char *const alias = list_name(conf);

	if (conf->price_free || conf->kind == CONF_PROVIDER_EXTRACT) {
		*out = (struct price){0, 0, 0, 0, 0};
		return ERR_OK;
	}
	(void)pthread_mutex_lock(&p->lock);
	const bool found =
		lookup(p, str_from(conf->name), model, out) ||
		(alias != NULL && lookup(p, str_from(alias), model, out));
	(void)pthread_mutex_unlock(&p->lock);
	return found ? ERR_OK : ERR_UNPRICED;
}

int64_t price_cost(const struct price *p, const struct ledger_usage *u)
{
	int64_t sum = num_mul(u->input_tokens, p->input_pico);

	sum = num_add(sum, num_mul(u->cache_read_tokens, p->cache_read_pico));
	sum = num_add(sum, num_mul(u->cache_write_tokens, p->cache_write_pico));
	sum = num_add(
		sum, num_mul(u->cache_write_1h_tokens, p->cache_write_1h_pico));
	/* reasoning tokens are part of the output tokens */
	return num_add(sum, num_mul(u->output_tokens, p->output_pico));
}
