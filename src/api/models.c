/*
 * The list of models in both shapes.  When a model was made is not known, so
 * its time is the epoch, as Anthropic's API does for such models.
 */
#include "api/models.h"

#include "conf/conf.h"
#include "db/ledger.h"
#include "http/req.h"
#include "http/worker.h"
#include "json/json.h"

#include <string.h>

#define BODY_BYTES ((size_t)256 * 1024)
#define MAX_MODELS                              \
	(CONF_MAX_FEATURES + CONF_MAX_ALIASES + \
	 CONF_MAX_FEATURES * CONF_MAX_ROUTE)

struct models {
	struct str *ids;
	size_t n;
};

static void add(struct models *m, struct str id)
{
	for (size_t i = 0; i < m->n; i++)
		if (str_eq(m->ids[i], id))
			return;
	m->ids[m->n++] = id;
}

static void list(struct req *req, bool is_admin, struct models *m)
{
	const struct conf *const conf = worker_conf(req->worker);

	m->n = 0;
	m->ids = ARENA_ARRAY(&req->arena, MAX_MODELS, struct str);
	for (size_t i = 0; i < conf->nfeatures; i++)
		add(m, str_from(conf->features[i].name));
	for (size_t i = 0; i < conf->naliases; i++)
		add(m, str_from(conf->aliases[i].name));
	if (!is_admin)
		return;
	for (size_t i = 0; i < conf->nfeatures; i++)
		for (size_t k = 0; k < conf->features[i].nroute; k++)
			if (memchr(conf->features[i].route[k].p, '/',
				   conf->features[i].route[k].n) != NULL)
				add(m, conf->features[i].route[k]);
}

/* One that is not in the list, but may be named all the same. */
static bool may_name(const struct req *req, struct str id)
{
	struct str provider;
	struct str model;

	return str_cut(id, '/', &provider, &model) && model.n > 0 &&
	       conf_provider(worker_conf(req->worker), provider) != NULL;
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
		jw_str(w, "first_id", m->ids[0]);
		jw_str(w, "last_id", m->ids[m->n - 1]);
	}
	jw_close(w);
}

static enum err find(struct req *req, struct str escaped, bool is_admin,
		     const struct models *m, struct str *id)
{
	ERR_TRY(req_unescape(req, "path", false, escaped, id));
	for (size_t i = 0; i < m->n; i++)
		if (str_eq(m->ids[i], *id))
			return ERR_OK;
	if (is_admin && may_name(req, *id))
		return ERR_OK;
	return err_set(&req->err, ERR_UNKNOWN_MODEL,
		       "there is no model \"" STR_FMT "\"",
		       STR_ARG(str_utf8_prefix(*id, 100)));
}

enum err models_answer(struct req *req, struct str path,
		       const struct ledger_admission *who)
{
	struct models m;
	struct buf body;
	struct jw w;
	struct str word;
	struct str id;

	list(req, who->is_admin, &m);
	buf_init(&body, &req->arena, BODY_BYTES);
	jw_init(&w, &body);
	if (str_cut(path, '/', &word, &id)) {
		ERR_TRY(find(req, id, who->is_admin, &m, &id));
		write_model(&w, req, id);
	} else {
		write_list(&w, req, &m);
	}
	ERR_TRY(buf_err(&body));
	return res_send(req, 200, "application/json", buf_str(&body));
}
