/*
 * Prices of the models: a copy of the table, sorted (db/copy.h).
 */
#include "llm/prices.h"

#include "base/arena.h"
#include "base/num.h"
#include "conf/conf.h"
#include "db/copy.h"
#include "db/db.h"

#include <stdlib.h>
#include <string.h>

#define PRICES_ARENA_BYTES ((size_t)16 * 1024 * 1024)

struct entry {
	struct str provider;
	struct str model;
	struct price price;
};

struct prices {
	struct arena arena; /* holds this struct */
	struct db_copy table;
};

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

/* The columns of kind.sql. */
enum price_col {
	PRICE_PROVIDER,
	PRICE_MODEL,
	PRICE_INPUT,
	PRICE_CACHE_READ,
	PRICE_CACHE_WRITE,
	PRICE_CACHE_WRITE_1H,
	PRICE_OUTPUT
};

static void *take(struct arena *a, const struct db_rows *rows)
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

static const struct db_copy_kind kind = {
	.sql = "SELECT provider, model, input_pico, cache_read_pico, "
	       "cache_write_pico, cache_write_1h_pico, output_pico "
	       "FROM slipway.prices_current()",
	.max_bytes = PRICES_ARENA_BYTES,
	.take = take,
};

enum err prices_new(struct prices **out, const char *kept_in, struct errbuf *e)
{
	struct arena a;

	arena_init(&a, PRICES_ARENA_BYTES);
	struct prices *const p = ARENA_NEW(&a, struct prices);
	const enum err err = db_copy_init(&p->table, &kind, kept_in, e);
	if (err != ERR_OK) {
		arena_release(&a);
		return err;
	}
	p->arena = a;
	*out = p;
	return ERR_OK;
}

void prices_free(struct prices *p)
{
	if (p == NULL)
		return;
	db_copy_destroy(&p->table);
	struct arena a = p->arena; /* p itself is in it */
	arena_release(&a);
}

bool prices_stale(struct prices *p)
{
	return db_copy_stale(&p->table);
}

enum err prices_load(struct prices *p, struct db *db, struct errbuf *e)
{
	return db_copy_load(&p->table, db, STR_NONE, e);
}

static bool lookup(const struct entry *entries, size_t n, struct str provider,
		   struct str model, struct price *out)
{
	const struct entry key = {.provider = provider, .model = model};
	const struct entry *const found =
		n > 0 ? bsearch(&key, entries, n, sizeof(key), compare) : NULL;

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
	size_t n = 0;

	if (conf->price_free || conf->kind == CONF_PROVIDER_EXTRACT) {
		*out = (struct price){0, 0, 0, 0, 0};
		return ERR_OK;
	}
	const struct entry *const entries = db_copy_open(&p->table, &n);
	const bool found =
		lookup(entries, n, str_from(conf->name), model, out) ||
		(alias != NULL &&
		 lookup(entries, n, str_from(alias), model, out));
	db_copy_close(&p->table);
	return found ? ERR_OK : ERR_UNPRICED;
}

int64_t price_input_bound(const struct price *p,
			  const struct conf_provider *conf)
{
	const int64_t pico = num_max(p->input_pico, p->cache_read_pico);

	return conf->kind == CONF_PROVIDER_OPENAI
		       ? num_max(pico, p->cache_write_pico)
		       : pico;
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
