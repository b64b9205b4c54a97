/*
 * Price lists: which format a file has, and what both formats have in common.
 * Called by `slipway prices import`.
 */
#include "llm/price_import.h"

#include "base/arena.h"
#include "base/num.h"
#include "llm/price_list.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROWS      256
#define TOKENS_PER_MTOK INT64_C(1000000)
/* as the constraints of the table slipway.prices */
#define MAX_PICO     INT64_C(10000000000)
#define MAX_PROVIDER 64
#define MAX_MODEL    128

void price_draft_init(struct price_draft *d)
{
	*d = (struct price_draft){-1, -1, -1, -1, -1, NULL};
}

/* v in pico-dollars per token; -1 with d->why when it cannot be. */
static int64_t read_pico(struct price_draft *d, struct json v, bool per_million)
{
	const enum json_type type = json_type(v);
	int64_t pico = 0;

	if ((type != JSON_INT && type != JSON_REAL) ||
	    num_parse_usd(json_text(v), &pico) != ERR_OK ||
	    (per_million && pico % TOKENS_PER_MTOK != 0)) {
		d->why = "a price is no exact number of pico-dollars";
		return -1;
	}
	return per_million ? pico / TOKENS_PER_MTOK : pico;
}

void price_draft_set(struct price_draft *d, int64_t *place, struct json v,
		     bool per_million)
{
	if (json_type(v) != JSON_NULL)
		*place = read_pico(d, v, per_million);
}

void price_draft_tier(const struct price_reader *r, struct price_draft *d,
		      int64_t *place, struct json v, bool per_million)
{
	if (json_type(v) == JSON_NULL)
		return;
	if (!r->dearest) {
		d->why = "its price depends on the length of the input "
			 "(--dearest takes the highest)";
		return;
	}
	const int64_t pico = read_pico(d, v, per_million);
	if (pico > *place)
		*place = pico;
}

/* Room for one more in an array of n, cap elements. */
static void *grow(struct arena *a, void *p, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return p;
	const size_t more = *cap == 0 ? FIRST_ROWS : *cap * 2;
	p = arena_grow(a, p, *cap * size, more * size);
	*cap = more;
	return p;
}

void price_skip(struct price_reader *r, struct str provider, struct str model,
		const char *why)
{
	struct price_import *const out = r->out;

	out->skips = grow(r->arena, out->skips, out->nskips, &r->skips_cap,
			  sizeof(*out->skips));
	out->skips[out->nskips++] = (struct price_skip){provider, model, why};
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t dearest_of(const struct price_draft *d)
{
	const int64_t cache =
		larger(d->cache_read_pico,
		       larger(d->cache_write_pico, d->cache_write_1h_pico));

	return larger(cache, larger(d->input_pico, d->output_pico));
}

/* Why d is no price for us; NULL when it is one. */
static const char *fault_of(struct str provider, struct str model,
			    const struct price_draft *d)
{
	if (d->why != NULL)
		return d->why;
	if (d->input_pico < 0 || d->output_pico < 0)
		return "it has no price per token of input and output";
	if (d->input_pico == 0 && d->output_pico == 0)
		return "it costs nothing; say `price = free` for a model of "
		       "your own";
	if (dearest_of(d) > MAX_PICO)
		return "more than 0.01 USD per token is no list price";
	if (provider.n == 0 || provider.n > MAX_PROVIDER ||
	    memchr(provider.p, '/', provider.n) != NULL || model.n == 0 ||
	    model.n > MAX_MODEL)
		return "its name is too long or not allowed";
	return NULL;
}

void price_add(struct price_reader *r, struct str provider, struct str model,
	       struct str valid_from, const struct price_draft *d)
{
	struct price_import *const out = r->out;
	const char *const why = fault_of(provider, model, d);

	if (why != NULL) {
		price_skip(r, provider, model, why);
		return;
	}
	out->rows = grow(r->arena, out->rows, out->nrows, &r->rows_cap,
			 sizeof(*out->rows));
	out->rows[out->nrows++] = (struct price_row){
		.provider = provider,
		.model = model,
		.valid_from = valid_from,
		.price = {d->input_pico, d->cache_read_pico,
			  d->cache_write_pico, d->cache_write_1h_pico,
			  d->output_pico},
	};
}

static int compare_str(struct str a, struct str b)
{
	const size_t n = a.n < b.n ? a.n : b.n;
	const int by_bytes = n > 0 ? memcmp(a.p, b.p, n) : 0;

	if (by_bytes != 0)
		return by_bytes;
	return (a.n > b.n) - (a.n < b.n);
}

/* By what a row is about. */
static int compare_key(const struct price_row *x, const struct price_row *y)
{
	int c = compare_str(x->provider, y->provider);

	if (c == 0)
		c = compare_str(x->model, y->model);
	return c != 0 ? c : compare_str(x->valid_from, y->valid_from);
}

/* The same, and the dearer one first. */
static int compare_row(const void *a, const void *b)
{
	const struct price_row *const x = a;
	const struct price_row *const y = b;
	const int c = compare_key(x, y);
	const int64_t dx = num_add(x->price.input_pico, x->price.output_pico);
	const int64_t dy = num_add(y->price.input_pico, y->price.output_pico);

	return c != 0 ? c : (dx < dy) - (dx > dy);
}

static void sort_rows(struct price_reader *r)
{
	struct price_import *const out = r->out;
	size_t n = 0;

	if (out->nrows == 0)
		return;
	qsort(out->rows, out->nrows, sizeof(*out->rows), compare_row);
	for (size_t i = 1; i < out->nrows; i++) {
		const struct price_row *const kept = &out->rows[n];
		const struct price_row *const row = &out->rows[i];

		if (compare_key(kept, row) != 0)
			out->rows[++n] = *row;
		else if (kept->price.input_pico != row->price.input_pico ||
			 kept->price.output_pico != row->price.output_pico)
			price_skip(r, row->provider, row->model,
				   "it is listed twice; the dearer price "
				   "stays");
	}
	out->nrows = n + 1;
}

struct str price_provider_name(struct str name)
{
	static const struct {
		const char *theirs;
		const char *ours;
	} names[] = {
		{"aws", "bedrock"},
		{"bedrock_converse", "bedrock"},
		{"text-completion-openai", "openai"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq_c(name, names[i].theirs))
			return str_from(names[i].ours);
	return name;
}

/* json_each(): find a member that only a LiteLLM list has. */
static enum err spot_litellm(void *arg, struct str name, struct json value)
{
	bool *const found = arg;

	(void)name;
	if (json_type(json_get(value, "litellm_provider")) == JSON_STRING)
		*found = true;
	return ERR_OK;
}

enum err price_import_read(struct arena *a, struct str text, struct str today,
			   bool dearest, struct price_import *out,
			   struct errbuf *e)
{
	struct price_reader r = {
		.arena = a, .today = today, .dearest = dearest, .out = out};
	struct json root;
	bool litellm = false;

	*out = (struct price_import){.format = ""};
	ERR_TRY(json_parse(a, text, &root, e));
	if (json_type(root) == JSON_ARRAY &&
	    json_type(json_get(json_at(root, 0), "models")) == JSON_ARRAY) {
		out->format = "genai-prices";
		ERR_TRY(price_read_genai(&r, root));
		sort_rows(&r);
		return ERR_OK;
	}
	ERR_TRY(json_each(root, spot_litellm, &litellm));
	if (!litellm)
		return err_set(
			e, ERR_INVALID_REQUEST,
			"this is neither a genai-prices list (an array "
			"of providers with \"models\") nor a LiteLLM one "
			"(an object of models with "
			"\"litellm_provider\")");
	out->format = "litellm";
	ERR_TRY(price_read_litellm(&r, root));
	sort_rows(&r);
	return ERR_OK;
}
