/*
 * The pins of prompts: a copy of the table (db/copy.h).  There are few: most
 * features have none.
 */
#include "llm/prompts.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "db/copy.h"
#include "db/db.h"
#include "json/json.h"

#define PROMPTS_ARENA_BYTES ((size_t)32 * 1024 * 1024)

struct pin {
	struct str feature;
	struct str version;
	struct str body;
};

struct prompts {
	struct arena arena; /* holds this struct */
	const struct conf *conf;
	struct db_copy table;
};

static struct str copy(struct arena *a, struct str s)
{
	return (struct str){str_dup(a, s), s.n};
}

static void *take(struct arena *a, const struct db_rows *rows)
{
	struct pin *const out = ARENA_ARRAY(a, rows->nrows + 1, struct pin);

	for (size_t i = 0; i < rows->nrows; i++)
		out[i] = (struct pin){
			.feature = copy(a, db_str(rows, i, 0)),
			.version = copy(a, db_str(rows, i, 1)),
			.body = copy(a, db_str(rows, i, 2)),
		};
	return out;
}

static const struct db_copy_kind kind = {
	.sql = "SELECT feature, version, body "
	       "FROM slipway.prompt_register($1::jsonb)",
	.max_bytes = PROMPTS_ARENA_BYTES,
	.take = take,
};

enum err prompts_new(struct prompts **out, const struct conf *conf,
		     const char *kept_in, struct errbuf *e)
{
	struct arena a;

	arena_init(&a, PROMPTS_ARENA_BYTES);
	struct prompts *const p = ARENA_NEW(&a, struct prompts);
	const enum err err = db_copy_init(&p->table, &kind, kept_in, e);
	if (err != ERR_OK) {
		arena_release(&a);
		return err;
	}
	p->arena = a;
	p->conf = conf;
	*out = p;
	return ERR_OK;
}

void prompts_free(struct prompts *p)
{
	if (p == NULL)
		return;
	db_copy_destroy(&p->table);
	struct arena a = p->arena; /* p itself is in it */
	arena_release(&a);
}

bool prompts_stale(struct prompts *p)
{
	return db_copy_stale(&p->table);
}

/* What this worker is configured with. */
static enum err encode(const struct conf *conf, struct buf *out)
{
	struct jw w;

	jw_init(&w, out);
	jw_open_array(&w, NULL);
	for (size_t i = 0; i < conf->nfeatures; i++) {
		const struct conf_feature *const f = &conf->features[i];
		jw_open_object(&w, NULL);
		jw_c(&w, "feature", f->name);
		jw_c(&w, "version", f->prompt_version);
		jw_c(&w, "body", f->prompt);
		jw_close(&w);
	}
	jw_close(&w);
	return buf_err(out);
}

enum err prompts_load(struct prompts *p, struct db *db, struct errbuf *e)
{
	struct arena scratch;
	struct buf ours;

	arena_init(&scratch, PROMPTS_ARENA_BYTES);
	buf_init(&ours, &scratch, PROMPTS_ARENA_BYTES / 2);
	enum err err = encode(p->conf, &ours);
	if (err == ERR_OK)
		err = db_copy_load(&p->table, db, buf_str(&ours), e);
	arena_release(&scratch);
	return err;
}

const struct conf_feature *prompts_apply(struct prompts *p, struct arena *a,
					 const struct conf_feature *feature)
{
	struct conf_feature *pinned = NULL;
	size_t n = 0;
	const struct pin *const pins = db_copy_open(&p->table, &n);

	for (size_t i = 0; i < n && pinned == NULL; i++) {
		const struct pin *const pin = &pins[i];
		if (!str_eq_c(pin->feature, feature->name) ||
		    str_eq_c(pin->version, feature->prompt_version))
			continue;
		pinned = ARENA_NEW(a, struct conf_feature);
		*pinned = *feature;
		pinned->prompt = str_dup(a, pin->body);
		pinned->prompt_version = str_dup(a, pin->version);
	}
	db_copy_close(&p->table);
	return pinned != NULL ? pinned : feature;
}
