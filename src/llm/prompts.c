/*
 * The pins of prompts, copied from the table into an array that all threads
 * read, as the prices are.  There are few: most features have none.
 */
#include "llm/prompts.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "db/db.h"
#include "db/kept.h"
#include "json/json.h"

#include <pthread.h>

#define PROMPTS_ARENA_BYTES ((size_t)32 * 1024 * 1024)
#define FRESH_MS            60000

struct pin {
	struct str feature;
	struct str version;
	struct str body;
};

struct prompts {
	struct arena arena; /* holds this struct */
	const struct conf *conf;
	const char *kept_in;
	pthread_mutex_t lock;
	struct arena table; /* under lock, as all below: holds pins */
	struct pin *pins;
	size_t n;
	bool loaded;
	int64_t loaded_ms;
};

enum err prompts_new(struct prompts **out, const struct conf *conf,
		     const char *kept_in, struct errbuf *e)
{
	struct arena a;

	arena_init(&a, PROMPTS_ARENA_BYTES);
	struct prompts *const p = ARENA_NEW(&a, struct prompts);
	arena_init(&p->table, PROMPTS_ARENA_BYTES);
	p->arena = a;
	p->conf = conf;
	p->kept_in = kept_in;
	if (pthread_mutex_init(&p->lock, NULL) != 0) {
		arena_release(&a);
		return err_set(e, ERR_INTERNAL, "could not make a lock");
	}
	*out = p;
	return ERR_OK;
}

void prompts_free(struct prompts *p)
{
	if (p == NULL)
		return;
	(void)pthread_mutex_destroy(&p->lock);
	arena_release(&p->table);
	struct arena a = p->arena; /* p itself is in it */
	arena_release(&a);
}

bool prompts_stale(struct prompts *p)
{
	(void)pthread_mutex_lock(&p->lock);
	const bool stale =
		!p->loaded || clock_mono_ms() - p->loaded_ms > FRESH_MS;
	(void)pthread_mutex_unlock(&p->lock);
	return stale;
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

static struct str copy(struct arena *a, struct str s)
{
	return (struct str){str_dup(a, s), s.n};
}

static struct pin *copy_rows(struct arena *a, const struct db_rows *rows)
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

static enum err ask(const struct prompts *p, struct db *db,
		    struct arena *scratch, struct db_rows *rows,
		    struct errbuf *e)
{
	struct buf ours;

	buf_init(&ours, scratch, PROMPTS_ARENA_BYTES / 2);
	ERR_TRY(encode(p->conf, &ours));
	const struct db_kept q = {
		p->kept_in,
		FRESH_MS,
		"SELECT feature, version, body "
		"FROM slipway.prompt_register($1::jsonb)",
		buf_str(&ours),
	};
	return db_call_kept(db, scratch, &q, rows, e);
}

enum err prompts_load(struct prompts *p, struct db *db, struct errbuf *e)
{
	struct arena scratch;
	struct arena table;
	struct db_rows rows;

	arena_init(&scratch, PROMPTS_ARENA_BYTES);
	arena_init(&table, PROMPTS_ARENA_BYTES);
	const enum err err = ask(p, db, &scratch, &rows, e);
	if (err == ERR_OK) {
		struct pin *const pins = copy_rows(&table, &rows);
		(void)pthread_mutex_lock(&p->lock);
		const struct arena old = p->table;
		p->table = table;
		p->pins = pins;
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

const struct conf_feature *prompts_apply(struct prompts *p, struct arena *a,
					 const struct conf_feature *feature)
{
	struct conf_feature *pinned = NULL;

	(void)pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->n && pinned == NULL; i++) {
		const struct pin *const pin = &p->pins[i];
		if (!str_eq_c(pin->feature, feature->name) ||
		    str_eq_c(pin->version, feature->prompt_version))
			continue;
		pinned = ARENA_NEW(a, struct conf_feature);
		*pinned = *feature;
		pinned->prompt = str_dup(a, pin->body);
		pinned->prompt_version = str_dup(a, pin->version);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return pinned != NULL ? pinned : feature;
}
