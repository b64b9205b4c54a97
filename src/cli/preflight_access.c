/*
 * `slipway preflight`, who gets in: everything that spends or belongs to
 * somebody refuses a stranger, the admin's part refuses users, and none of it
 * reaches the ledger.
 */
#include "auth/key.h"
#include "cli/preflight.h"
#include "cli/site_routes.h"
#include "db/db.h"

#include <stdio.h>
#include <string.h>

#define LIST_BYTES ((size_t)2048)

/* A body that each route would take, so that only the caller is wrong. */
static struct str body_of(const struct site_route *r)
{
	static const struct {
		const char *path;
		const char *body;
	} bodies[] = {
		{"/completions", "{\"model\":\"chat\",\"messages\":[{"
				 "\"role\":\"user\",\"content\":\"ok\"}]}"},
		{"/messages",
		 "{\"model\":\"chat\",\"max_tokens\":16,\"messages\":[{"
		 "\"role\":\"user\",\"content\":\"ok\"}]}"},
		{"/responses", "{\"model\":\"chat\",\"input\":\"ok\"}"},
		{"/chat/form", "message=ok"},
		{"/embeddings", "{\"model\":\"chat\",\"input\":\"ok\"}"},
	};

	if (strcmp(r->method, "POST") != 0)
		return STR_NONE;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		if (strstr(r->path, bodies[i].path) != NULL)
			return str_from(bodies[i].body);
	return STR("{\"message\":\"ok\"}");
}

/* What one attack on many routes found. */
struct attack {
	const char *check;
	const char *who;    /* "without a key" */
	const char *header; /* NULL: none */
	long wanted;
	struct buf wrong; /* "POST /chat 200, …" */
	size_t tried;
};

/* False when the service does not answer, which is noted. */
static bool attack(struct preflight *p, struct attack *a,
		   const struct site_route *r)
{
	const struct site_ask ask = {.path = r->path,
				     .method = r->method,
				     .header = a->header,
				     .body = body_of(r),
				     .form = strcmp(r->path, "/chat/form") ==
					     0};
	struct net_reply reply;
	struct json said;

	if (preflight_refused(p, &ask, &reply, &said) != ERR_OK) {
		site_unanswered(&p->site, a->check, r->path);
		return false;
	}
	a->tried++;
	/* 429: too many unknown keys came from this address */
	if (reply.status != a->wanted &&
	    !(reply.status == 429 && a->header != NULL))
		buf_addf(&a->wrong, "%s%s %s %ld", a->wrong.n > 0 ? ", " : "",
			 r->method, r->path, reply.status);
	return true;
}

static void attack_all(struct preflight *p, struct attack *a,
		       bool (*wants)(enum site_access access))
{
	buf_init(&a->wrong, &p->site.cli->arena, LIST_BYTES);
	for (size_t i = 0; i < site_nroutes; i++)
		if (wants(site_routes[i].access) &&
		    !attack(p, a, &site_routes[i]))
			return;
	if (a->wrong.n == 0)
		verdict_note(&p->site.verdicts, a->check, VERDICT_PASS,
			     "%zu addresses answer %ld %s", a->tried, a->wanted,
			     a->who);
	else
		verdict_note(&p->site.verdicts, a->check, VERDICT_FAIL,
			     "%s these answer something else than %ld: %s; let "
			     "the web server hand each to its own worker "
			     "(lighttpd-conf/, apache-conf/) and add no key on "
			     "the way",
			     a->who, a->wanted, buf_c(&a->wrong));
}

static bool is_closed(enum site_access access)
{
	return access != SITE_OPEN;
}

static bool is_dear(enum site_access access)
{
	return access == SITE_SPENDS || access == SITE_ADMIN;
}

static bool is_admins(enum site_access access)
{
	return access == SITE_ADMIN;
}

void preflight_access(struct preflight *p)
{
	char key[AUTH_KEY_BYTES];
	struct attack nobody = {.check = "A1 no-session",
				.who = "without a key",
				.wanted = 401};
	struct attack stranger = {.check = "A1 wrong-key",
				  .who = "with a key that nobody made",
				  .wanted = 401};
	struct attack user = {.check = "A15 admin-closed",
			      .who = "with the key of a user",
			      .header = p->poor,
			      .wanted = 403};

	attack_all(p, &nobody, is_closed);
	auth_key_generate(key);
	stranger.header = site_bearer(&p->site, str_from(key));
	attack_all(p, &stranger, is_dear);
	if (p->poor != NULL)
		attack_all(p, &user, is_admins);
	else
		verdict_note(&p->site.verdicts, user.check, VERDICT_SKIP, "%s",
			     p->why_no_keys);
}

/* Nothing that was refused stands in the books. */
void preflight_untouched(struct preflight *p)
{
	static const char check[] = "A1 nothing-spent";
	struct db_rows rows;

	if (!preflight_has_conf(p, check))
		return;
	db_array_end(&p->refused);
	const struct str param = buf_str(&p->refused);
	if (cli_call(p->site.cli,
		     "SELECT r.id FROM unnest($1::text[]) AS r (id) WHERE "
		     "EXISTS (SELECT FROM slipway.call_find(r.id) AS c WHERE "
		     "c.cost_pico > 0 OR c.reserved_pico > 0)",
		     &param, 1, &rows) != ERR_OK) {
		preflight_no_database(p, check);
		return;
	}
	if (p->nrefused == 0)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "no refusal had a request id: is %s a Slipway?",
			     p->site.url);
	else if (rows.nrows == 0)
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "the ledger has none of the %zu refused requests",
			     p->nrefused);
	else
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "%zu refused requests reached a model, the first "
			     "is " STR_FMT ": `slipway replay " STR_FMT
			     "` says how",
			     rows.nrows, STR_ARG(db_str(&rows, 0, 0)),
			     STR_ARG(db_str(&rows, 0, 0)));
}
