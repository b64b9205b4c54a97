/*
 * Search without a model: the same guard as before one.
 */
#include "docs/search.h"

#include "conf/conf.h"
#include "db/db.h"
#include "docs/shield.h"

#include <string.h>

/* Its collection, without the tenant whose it is. */
static struct str own_name(const struct conf_feature *f)
{
	struct str tenant;
	struct str name;

	return str_cut(str_from(f->collection), '/', &tenant, &name) ? name
								     : tenant;
}

static const struct conf_feature *feature_of(const struct docs_search *s)
{
	const struct conf *const c = s->conf;
	const struct conf_feature *const docs = conf_feature(c, STR("docs"));

	for (size_t i = 0; s->collection.n > 0 && i < c->nfeatures; i++)
		if (str_eq(s->collection, own_name(&c->features[i])))
			return &c->features[i];
	return docs != NULL ? docs : &c->features[0];
}

/* The question goes to no provider, so what is to be redacted may stay. */
static enum err check(struct docs_search *s, const struct conf_feature *f,
		      struct errbuf *e)
{
	struct str copy = s->question;
	struct guard_report *const r = &s->report;

	if (guard_intent(s->guard, f, s->arena, copy, r) == ERR_OK &&
	    guard_clean(s->guard, f, GUARD_INPUT, s->arena, NULL, false, &copy,
			r) == ERR_OK)
		return ERR_OK;
	return err_set(e, ERR_BLOCKED, "by the input guard");
}

enum err docs_search(struct docs_search *s, struct errbuf *e)
{
	const struct conf_feature *const f = feature_of(s);
	struct db *db = NULL;

	/* TENANT/NAME is for the configuration: documents of others */
	if (s->collection.n > 0 &&
	    memchr(s->collection.p, '/', s->collection.n) != NULL)
		return err_set(e, ERR_NOT_FOUND,
			       "no collection has a slash in its name");
	ERR_TRY(check(s, f, e));
	ERR_TRY(db_pool_get(s->pool, &db, e));
	const enum err err = docs_retrieve(
		db, s->arena, s->tenant_id, s->collection, s->question,
		(size_t)s->k, &s->passages, &s->npassages, e);
	db_pool_put(s->pool, db);
	ERR_TRY(err);
	s->npassages = docs_shield(s->guard, f, s->arena, s->passages,
				   s->npassages, &s->report);
	return ERR_OK;
}
