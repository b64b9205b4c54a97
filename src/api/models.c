/*
 * The list of models in both shapes.  When a model was made is not known, so
 * its time is the epoch, as Anthropic's API does for such models.
 */
#include "api/models.h"

#include "base/arena.h"
#include "base/id.h"
#include "conf/conf.h"
#include "db/db.h"
#include "db/ledger.h"
#include "http/req.h"
#include "http/worker.h"
#include "json/json.h"

#include <string.h>

#define BODY_BYTES  ((size_t)256 * 1024)
#define NAMES_BYTES ((size_t)64 * 1024)

/* What the key may name, by name, from slipway.key_models(). */
struct models {
	struct str *ids;
	size_t n;
};

static bool has(const struct models *m, struct str id)
{
	for (size_t i = 0; i < m->n; i++)
		if (str_eq(m->ids[i], id))
			return true;
	return false;
}

/* Is it the name of a model of one of our providers? */
static bool is_model(const struct conf *conf, struct str id)
{
	struct str provider;
	struct str model;

	return str_cut(id, '/', &provider, &model) && model.n > 0 &&
	       conf_provider(conf, provider) != NULL;
}

/* Such a feature answers at /agent alone. */
static bool is_agent(const struct conf *conf, struct str name)
{
	const struct conf_feature *const f = conf_feature(conf, name);

	return f != NULL && f->agent;
}

/* All that there is; id: what was asked for, which need not be listed. */
static void add_names(const struct conf *conf, struct str id, struct buf *out)
{
	db_array_begin(out);
	for (size_t i = 0; i < conf->nfeatures; i++)
		if (!conf->features[i].agent)
			db_array_str(out, str_from(conf->features[i].name));
	for (size_t i = 0; i < conf->naliases; i++) {
		const struct str name =
			conf_alias(conf, str_from(conf->aliases[i].name));
		if (!is_agent(conf, name))
			db_array_str(out, name);
	}
	for (size_t i = 0; i < conf->nfeatures; i++)
		for (size_t k = 0; k < conf->features[i].nroute; k++)
			if (is_model(conf, conf->features[i].route[k]))
				db_array_str(out, conf->features[i].route[k]);
	if (is_model(conf, id))
		db_array_str(out, id);
	db_array_end(out);
}

static void add_providers(const struct conf *conf, struct buf *out)
{
	db_array_begin(out);
	for (size_t i = 0; i < conf->nproviders; i++)
		db_array_str(out, str_from(conf->providers[i].name));
	db_array_end(out);
}

static enum err ask(struct req *req, struct db_pool *pool,
		    const struct str params[3], struct db_rows *rows)
{
	struct db *db = NULL;

	ERR_TRY(db_pool_get(pool, &db, &req->err));
	const enum err err = db_call(db, &req->arena,
				     "SELECT * FROM slipway.key_models($1, "
				     "$2::text[], $3::text[])",
				     params, 3, rows, &req->err);
	db_pool_put(pool, db);
	return err;
}

/* Aliases go by what they stand for, behind the features. */
static void take(struct req *req, const struct db_rows *rows, struct models *m)
{
	const struct conf *const conf = worker_conf(req->worker);
	struct models may = {.n = rows->nrows};
	size_t i = 0;

	may.ids = ARENA_ARRAY(&req->arena, may.n, struct str);
	for (size_t k = 0; k < may.n; k++)
		may.ids[k] = db_str(rows, k, 0);
	m->n = 0;
	m->ids = ARENA_ARRAY(&req->arena, may.n + conf->naliases, struct str);
	for (; i < may.n && memchr(may.ids[i].p, '/', may.ids[i].n) == NULL;
	     i++)
		m->ids[m->n++] = may.ids[i];
	for (size_t k = 0; k < conf->naliases; k++) {
		const struct str name = str_from(conf->aliases[k].name);
		if (has(&may, conf_alias(conf, name)))
			m->ids[m->n++] = name;
	}
	for (; i < may.n; i++)
		m->ids[m->n++] = may.ids[i];
}

static enum err list(struct req *req, struct db_pool *pool,
		     const unsigned char *key_hash, struct str id,
		     struct models *m)
{
	const struct conf *const conf = worker_conf(req->worker);
	char hex[2 * LEDGER_HASH_BYTES + 1];
	struct buf names;
	struct buf providers;
	struct db_rows rows;

	id_hex(key_hash, LEDGER_HASH_BYTES, hex);
	buf_init(&names, &req->arena, NAMES_BYTES);
	add_names(conf, id, &names);
	buf_init(&providers, &req->arena, NAMES_BYTES);
	add_providers(conf, &providers);
	ERR_TRY(buf_err(&names));
	ERR_TRY(buf_err(&providers));
	const struct str params[] = {str_from(hex), buf_str(&names),
				     buf_str(&providers)};
	ERR_TRY(ask(req, pool, params, &rows));
	take(req, &rows, m);
	return ERR_OK;
}

static bool is_anthropic(const struct req *req)
{
	return req_env(req, "HTTP_ANTHROPIC_VERSION").n > 0;
}

static void write_model(struct jw *w, const struct req *req, struct str id)
{
	struct str owner = STR("slipway");
	struct str model;

	jw_open_object(w, NULL);
	jw_str(w, "id", id);
	if (is_anthropic(req)) {
		jw_c(w, "type", "model");
		jw_str(w, "display_name", id);
		jw_c(w, "created_at", "1970-01-01T00:00:00Z");
	} else {
		if (!str_cut(id, '/', &owner, &model))
			owner = STR("slipway");
		jw_c(w, "object", "model");
		jw_int(w, "created", 0);
		jw_str(w, "owned_by", owner);
	}
	jw_close(w);
}

static void write_list(struct jw *w, const struct req *req,
		       const struct models *m)
{
	jw_open_object(w, NULL);
	if (!is_anthropic(req))
		jw_c(w, "object", "list");
	jw_open_array(w, "data");
	for (size_t i = 0; i < m->n; i++)
		write_model(w, req, m->ids[i]);
	jw_close(w);
	if (is_anthropic(req)) {
		jw_bool(w, "has_more", false);
		if (m->n > 0) {
			jw_str(w, "first_id", m->ids[0]);
			jw_str(w, "last_id", m->ids[m->n - 1]);
		}
	}
	jw_close(w);
}

enum err models_answer(struct req *req, struct str path, struct db_pool *pool,
		       const unsigned char *key_hash)
{
	struct models m;
	struct buf body;
	struct jw w;
	struct str word;
	struct str id;

	const bool one = str_cut(path, '/', &word, &id);
	if (one)
		ERR_TRY(req_unescape(req, "path", false, id, &id));
	ERR_TRY(list(req, pool, key_hash, id, &m));
	if (one && !has(&m, id))
		return err_set(&req->err, ERR_UNKNOWN_MODEL,
			       "there is no model \"" STR_FMT "\"",
			       STR_ARG(str_utf8_prefix(id, 100)));
	buf_init(&body, &req->arena, BODY_BYTES);
	jw_init(&w, &body);
	if (one)
		write_model(&w, req, id);
	else
		write_list(&w, req, &m);
	ERR_TRY(buf_err(&body));
	return res_send(req, 200, "application/json", buf_str(&body));
}
