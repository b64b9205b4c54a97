/*
 * `slipway preflight`, where things go wrong: bad input gets a problem that a
 * program can read, and what is no page of the site is not served.
 */
#include "cli/preflight.h"
#include "json/json.h"

#include <inttypes.h>
#include <string.h>

#define TOO_LARGE_MAX INT64_C(16777216) /* we send so much at most */
#define LIST_BYTES    ((size_t)2048)

/* Words of a server that tells about its inside. */
static const char *const leaks[] = {
	"Traceback", "stack trace", "Apache/2", "lighttpd/1", "nginx/1",
	"src/",      "/usr/lib",    "libpq",    "SQLSTATE",
};

/* Is the word in the body?  A NUL stands behind it, as behind every buf. */
static bool says(struct str body, const char *word)
{
	return body.n > 0 && strstr(body.p, word) != NULL;
}

static const char *leak_of(struct str body)
{
	for (size_t i = 0; i < sizeof(leaks) / sizeof(leaks[0]); i++)
		if (says(body, leaks[i]))
			return leaks[i];
	return NULL;
}

/* An error of this status, in the one form of all errors. */
static void expect(struct preflight *p, const char *check,
		   const struct site_ask *ask, long status)
{
	const char *const method = ask->method != NULL   ? ask->method
				   : ask->body.p != NULL ? "POST"
							 : "GET";
	struct net_reply reply;
	struct json said;

	if (preflight_refused(p, ask, &reply, &said) != ERR_OK) {
		site_unanswered(&p->site, check, ask->path);
		return;
	}
	const char *const leak = leak_of(reply.body);
	if (reply.status != status)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "%s %s%s answers %ld, not %ld: does something "
			     "before the worker answer for it?",
			     method, p->site.url, ask->path, reply.status,
			     status);
	else if (leak != NULL)
		verdict_note(
			&p->site.verdicts, check, VERDICT_FAIL,
			"%s %s%s: its %ld tells about the inside (\"%s\"): "
			"let the error pages of the web server be "
			"Slipway's (ErrorDocument, server.error-handler)",
			method, p->site.url, ask->path, status, leak);
	else if (!site_ids_agree(&reply,
				 json_str(json_get(said, "request_id"))))
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "%s %s%s: its %ld is not Slipway's own, with a "
			     "request id in body and headers: let the error "
			     "pages of the web server be Slipway's "
			     "(ErrorDocument, server.error-handler)",
			     method, p->site.url, ask->path, status);
	else
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "%ld " STR_FMT, status,
			     STR_ARG(json_str(json_get(said, "code"))));
}

static void check_too_large(struct preflight *p, const char *header)
{
	static const char check[] = "A18 too-large";
	const int64_t max = p->site.cli->conf.server.max_body_bytes;

	if (!preflight_has_conf(p, check))
		return;
	if (max > TOO_LARGE_MAX) {
		verdict_note(&p->site.verdicts, check, VERDICT_WARN,
			     "[server] max_body is %" PRId64
			     " MiB; no question needs that: the default is 2m",
			     max >> 20);
		return;
	}
	char *const body = arena_alloc(&p->site.cli->arena, (size_t)max + 1024);
	memset(body, ' ', (size_t)max + 1024);
	const struct site_ask ask = {.path = "/chat",
				     .header = header,
				     .body = {body, (size_t)max + 1024}};
	expect(p, check, &ask, 413);
}

void preflight_errors(struct preflight *p)
{
	const char *const header = p->poor != NULL ? p->poor : p->spends;
	const struct site_ask nowhere = {.path = "/no-such-page-of-slipway"};
	const struct site_ask method = {.path = "/chat", .method = "PUT"};

	if (header == NULL) {
		verdict_note(&p->site.verdicts, "A18 bad-json", VERDICT_SKIP,
			     "%s", p->why_no_keys);
		verdict_note(&p->site.verdicts, "A18 too-large", VERDICT_SKIP,
			     "%s", p->why_no_keys);
	} else {
		site_check_bad_json(&p->site, "A18 bad-json", header);
		check_too_large(p, header);
	}
	expect(p, "A18 not-found", &nowhere, 404);
	expect(p, "A18 wrong-method", &method, 405);
}

/* What lies on many hosts and belongs to nobody outside. */
static const char *const hidden[] = {
	"/.git/config",
	"/.git/HEAD",
	"/.env",
	"/.htpasswd",
	"/.htaccess",
	"/.svn/entries",
	"/.DS_Store",
	"/.ssh/id_rsa",
	"/id_rsa",
	"/slipway.conf",
	"/slipway.conf.bak",
	"/slipway.conf~",
	"/slipway.jsonl",
	"/log/slipway.jsonl",
	"/var/slipway.conf",
	"/config.ini",
	"/config.php.bak",
	"/sql/",
	"/sql/roles.sql",
	"/src/",
	"/Makefile",
	"/backup.sql",
	"/dump.sql",
	"/slipway.sql",
	"/backup.tar.gz",
	"/index.html~",
	"/index.html.bak",
	"/cgi-bin/",
	"/cgi-bin/chat",
	"/server-status",
	"/server-info",
	"/phpinfo.php",
	"/spool/",
};
/* Folders that have no page of their own. */
static const char *const folders[] = {"/vendor/", "/lang/", "/docs/", "/v1/"};

static bool served(struct preflight *p, const char *path, struct buf *list,
		   const char *mark)
{
	const struct site_ask ask = {.path = path};
	struct net_reply reply;
	struct json said;

	if (site_http(&p->site, &ask, &reply, &said) != ERR_OK) {
		site_unanswered(&p->site, "A18 files", path);
		return false;
	}
	if (reply.status >= 200 && reply.status < 300 &&
	    (mark == NULL || says(reply.body, mark)))
		buf_addf(list, "%s%s", list->n > 0 ? ", " : "", path);
	return true;
}

void preflight_files(struct preflight *p)
{
	static const char check[] = "A18 files";
	const size_t n = sizeof(hidden) / sizeof(hidden[0]);
	const size_t m = sizeof(folders) / sizeof(folders[0]);
	struct buf list;

	buf_init(&list, &p->site.cli->arena, LIST_BYTES);
	for (size_t i = 0; i < n; i++)
		if (!served(p, hidden[i], &list, NULL))
			return;
	for (size_t i = 0; i < m; i++)
		if (!served(p, folders[i], &list, "Index of"))
			return;
	if (list.n == 0)
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "%zu dotfiles, backups and sources are not "
			     "served, no folder is listed",
			     n);
	else
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "these are served: %s; the document root must be "
			     "www/ and nothing else, without listings "
			     "(dir-listing.activate = \"disable\", Options "
			     "-Indexes); what was readable there counts as "
			     "known: /docs/runbooks/key-leak.html",
			     buf_c(&list));
}
