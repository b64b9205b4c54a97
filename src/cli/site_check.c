/*
 * What `slipway smoke` and `slipway preflight` both check of a service, each
 * with one request, and how they tell what is wrong with an answer.
 */
#include "cli/site.h"

#include <stdio.h>

void site_unanswered(struct site *s, const char *check, const char *path)
{
	verdict_note(&s->verdicts, check, VERDICT_FAIL,
		     "%s%s does not answer (%s): check the address and the web "
		     "server",
		     s->url, path, s->cli->err.detail);
	err_clear(&s->cli->err);
}

void site_refused(struct site *s, const char *check, const char *path,
		  const struct net_reply *reply, struct json said)
{
	const struct str code = json_str(json_get(said, "code"));
	const struct str detail = json_str(json_get(said, "detail"));
	const struct str id = json_str(json_get(said, "request_id"));

	if (code.n == 0) {
		verdict_note(&s->verdicts, check, VERDICT_FAIL,
			     "%s%s answers %ld, and not as Slipway does: is "
			     "this its address?",
			     s->url, path, reply->status);
		return;
	}
	verdict_note(&s->verdicts, check, VERDICT_FAIL,
		     "%s%s answers %ld " STR_FMT ": " STR_FMT
		     " (%s; what happened: `slipway replay " STR_FMT "`)",
		     s->url, path, reply->status, STR_ARG(code),
		     STR_ARG(detail), site_hint(s, code), STR_ARG(id));
}

#define PATH_BYTES 128

static bool is_ok(const struct net_reply *reply, struct json said)
{
	return reply->status == 200 && json_is_true(json_get(said, "ok"));
}

bool site_check_live(struct site *s, const char *check)
{
	const struct site_ask ask = {.path = "/healthz"};
	struct net_reply reply;
	struct json said;

	if (site_http(s, &ask, &reply, &said) != ERR_OK) {
		site_unanswered(s, check, ask.path);
		return false;
	}
	if (is_ok(&reply, said)) {
		verdict_note(&s->verdicts, check, VERDICT_PASS, "%s", "");
		return true;
	}
	site_refused(s, check, ask.path, &reply, said);
	return false;
}

/* The first of "checks" that is not well, into out. */
static enum err find_unwell(void *arg, struct str name, struct json value)
{
	struct buf *const out = arg;
	bool ok = true;

	if (json_type(value) != JSON_OBJECT ||
	    json_get_bool(value, "ok", &ok, NULL) != ERR_OK || ok)
		return ERR_OK;
	buf_addf(out, "%s" STR_FMT " (" STR_FMT ")", out->n > 0 ? ", " : "",
		 STR_ARG(name), STR_ARG(json_str(json_get(value, "detail"))));
	return ERR_OK;
}

void site_check_ready(struct site *s, const char *check)
{
	const struct site_ask ask = {.path = "/ready"};
	struct net_reply reply;
	struct json said;
	struct buf why;

	if (site_http(s, &ask, &reply, &said) != ERR_OK) {
		site_unanswered(s, check, ask.path);
		return;
	}
	if (is_ok(&reply, said)) {
		verdict_note(&s->verdicts, check, VERDICT_PASS, "%s", "");
		return;
	}
	buf_init(&why, &s->cli->arena, 4096);
	if (json_each(json_get(said, "checks"), find_unwell, &why) != ERR_OK ||
	    why.n == 0) {
		site_refused(s, check, ask.path, &reply, said);
		return;
	}
	verdict_note(&s->verdicts, check, VERDICT_FAIL,
		     "%s/ready answers %ld, not well: %s; mend that first",
		     s->url, reply.status, buf_c(&why));
}

void site_check_models(struct site *s, const char *check, const char *feature)
{
	char path[PATH_BYTES] = "/health/llm";
	const struct site_ask ask = {.path = path};
	struct net_reply reply;
	struct json said;

	if (feature != NULL)
		(void)snprintf(path, sizeof(path), "/health/llm?feature=%s",
			       feature);
	if (site_http(s, &ask, &reply, &said) != ERR_OK) {
		site_unanswered(s, check, path);
		return;
	}
	const struct str error = json_str(json_get(said, "error"));
	const struct str route = json_str(json_get(said, "model_route"));
	if (reply.status == 200 && json_has(said, "ok"))
		verdict_note(&s->verdicts, check, VERDICT_PASS,
			     STR_FMT "%s" STR_FMT,
			     STR_ARG(json_str(json_get(said, "source"))),
			     route.n > 0 ? " " : "", STR_ARG(route));
	else if (error.n > 0)
		verdict_note(&s->verdicts, check, VERDICT_FAIL,
			     "%s%s answers %ld " STR_FMT ": " STR_FMT " (%s)",
			     s->url, path, reply.status, STR_ARG(error),
			     STR_ARG(json_str(json_get(said, "detail"))),
			     site_hint(s, error));
	else
		site_refused(s, check, path, &reply, said);
}

void site_check_bad_json(struct site *s, const char *check, const char *header)
{
	const struct site_ask ask = {.path = "/chat",
				     .header = header,
				     .body = STR("{\"message\":")};
	struct net_reply reply;
	struct json said;

	if (site_http(s, &ask, &reply, &said) != ERR_OK) {
		site_unanswered(s, check, ask.path);
		return;
	}
	const struct str type = net_header(&reply, "content-type");
	if (reply.status != 400 ||
	    !str_starts(type, STR("application/problem+json"))) {
		site_refused(s, check, ask.path, &reply, said);
		return;
	}
	if (!str_eq_c(json_str(json_get(said, "code")), "invalid_json") ||
	    !site_ids_agree(&reply, json_str(json_get(said, "request_id"))))
		verdict_note(&s->verdicts, check, VERDICT_FAIL,
			     "POST %s/chat with broken JSON answers a problem "
			     "without its code or request_id: does something "
			     "before it change answers or headers?",
			     s->url);
	else
		verdict_note(&s->verdicts, check, VERDICT_PASS, "%s", "");
}
