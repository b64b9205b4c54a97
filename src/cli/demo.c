/*
 * `slipway demo record`: ask the fixed questions of the public demo once, as a
 * user whose key is made for this and revoked afterwards.  They are calls like
 * all others: admitted, guarded, capped and in the ledger.  What comes back is
 * written as files; showing those costs nothing.
 */
#include "auth/key.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/demo_page.h"
#include "db/db.h"
#include "net/http.h"
#include "ops/publish.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#define MAX_QUESTIONS  10 /* the requests a minute of a user, by default */
#define MAX_FILE_BYTES ((size_t)64 * 1024)
#define PAGE_BYTES     ((size_t)2 * 1024 * 1024)
#define ASK_BYTES      ((size_t)128 * 1024)
#define LIST_BYTES     ((size_t)4096)
#define ASK_TIMEOUT_MS 300000
#define KEY_LIFE_MS    3600000
#define DAILY_USD      "0.10"

struct recording {
	const char *url; /* of the site */
	const char *user;
	const char *tenant;
	const char *usd; /* what all of it may cost */
	const char *dir;
	struct demo_entry entries[MAX_QUESTIONS];
	struct demo demo;
	char header[sizeof("Authorization: Bearer ") + AUTH_KEY_BYTES];
};

/* {"title", "questions": [{"question", "feature"}, ...]} */
static enum err read_questions(struct cli *cli, const char *path,
			       struct recording *r)
{
	struct errbuf *const e = &cli->err;
	struct str text = STR_NONE;
	struct json file;

	ERR_TRY(cli_read_file(cli, path, MAX_FILE_BYTES, &text));
	ERR_TRY(json_parse(&cli->arena, text, &file, e));
	ERR_TRY(json_get_str(file, "title", &r->demo.title, e));
	const struct json list = json_get(file, "questions");
	r->demo.nentries = json_count(list);
	if (r->demo.nentries == 0 || r->demo.nentries > MAX_QUESTIONS)
		return err_set(e, ERR_INVALID_REQUEST,
			       "%s needs \"questions\": 1 to %d of them", path,
			       MAX_QUESTIONS);
	for (size_t i = 0; i < r->demo.nentries; i++) {
		struct demo_entry *const one = &r->entries[i];
		const struct json from = json_at(list, i);
		ERR_TRY(json_get_str(from, "question", &one->question, e));
		ERR_TRY(json_get_str(from, "feature", &one->feature, e));
		if (one->feature.n == 0)
			one->feature = STR("docs");
		if (str_trim(one->question).n == 0)
			return err_set(e, ERR_INVALID_REQUEST,
				       "question %zu of %s is empty", i + 1,
				       path);
		if (conf_feature(&cli->conf, one->feature) == NULL)
			return err_set(e, ERR_INVALID_REQUEST,
				       "question %zu of %s: there is no "
				       "feature \"" STR_FMT "\"",
				       i + 1, path, STR_ARG(one->feature));
	}
	r->demo.entries = r->entries;
	return ERR_OK;
}

static bool asked_before(const struct recording *r, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (str_eq(r->entries[j].feature, r->entries[i].feature))
			return true;
	return false;
}

/* The features that are asked, as an array of PostgreSQL. */
static struct str features_of(struct cli *cli, const struct recording *r)
{
	struct buf list;

	buf_init(&list, &cli->arena, LIST_BYTES);
	db_array_begin(&list);
	for (size_t i = 0; i < r->demo.nentries; i++)
		if (!asked_before(r, i))
			db_array_str(&list, r->entries[i].feature);
	db_array_end(&list);
	return buf_str(&list);
}

/* A key for these questions alone; its header is in r, its id in *id. */
static enum err make_key(struct cli *cli, struct recording *r, int64_t *id)
{
	char until[CLOCK_TEXT_BYTES];
	char prefix[AUTH_PREFIX_BYTES];
	char usd[CLI_NUMBER_BYTES];
	char hash[AUTH_HEX_BYTES];
	char key[AUTH_KEY_BYTES];
	struct str cap = STR_NONE;
	struct db_rows rows;

	ERR_TRY(cli_usd(cli, r->usd, usd, &cap));
	auth_key_generate(key);
	auth_key_prefix(str_from(key), prefix);
	auth_sha256_hex(str_from(key), hash);
	(void)snprintf(r->header, sizeof(r->header), "Authorization: Bearer %s",
		       key);
	auth_key_wipe(key);
	const struct str params[] = {
		cli_user_name(cli, r->tenant, r->user),
		str_from(hash),
		str_from(prefix),
		str_from(clock_format(clock_wall_ms() + KEY_LIFE_MS, until)),
		features_of(cli, r),
		cap,
	};
	ERR_TRY(cli_call(cli,
			 "SELECT slipway.key_create($1, $2, $3, 'demo record', "
			 "$4, $5, NULL, NULL, $6)",
			 params, 6, &rows));
	*id = db_i64(&rows, 0, 0);
	return ERR_OK;
}

/* What the service says of a refusal, in its own words. */
static enum err refused(struct cli *cli, const struct net_reply *reply,
			struct json said)
{
	const struct str why = json_str(json_get(said, "detail"));

	return err_set(
		&cli->err, ERR_IO, "the service answers %ld: " STR_FMT,
		reply->status,
		STR_ARG(why.n > 0 ? why : json_str(json_get(said, "title"))));
}

static enum err ask(struct cli *cli, const struct recording *r,
		    struct demo_entry *one)
{
	struct net_reply reply;
	char url[PATH_MAX];
	struct buf body;
	struct jw w;

	(void)snprintf(url, sizeof(url), "%s/chat", r->url);
	buf_init(&body, &cli->arena, ASK_BYTES);
	jw_init(&w, &body);
	jw_open_object(&w, NULL);
	jw_str(&w, "message", one->question);
	jw_str(&w, "feature", one->feature);
	jw_close(&w);
	ERR_TRY(buf_err(&body));
	const struct net_request request = {
		.what = "the service",
		.url = url,
		.headers = {r->header, "Content-Type: application/json"},
		.body = buf_str(&body),
		.timeout_ms = ASK_TIMEOUT_MS,
		.private_network = true, /* our own service */
	};
	ERR_TRY(net_http(&cli->arena, &request, &reply, &cli->err));
	if (json_parse(&cli->arena, reply.body, &one->answer, &cli->err) !=
	    ERR_OK)
		return err_set(&cli->err, ERR_IO,
			       "the service answers %ld, and no JSON",
			       reply.status);
	if (reply.status != 200)
		return refused(cli, &reply, one->answer);
	if (json_is_true(json_get(one->answer, "degraded")))
		return err_set(&cli->err, ERR_UPSTREAM,
			       "no model answered \"" STR_FMT "\"",
			       STR_ARG(one->question));
	return ERR_OK;
}

static enum err ask_all(struct cli *cli, struct recording *r)
{
	const char revoke[] = "SELECT slipway.key_revoke($1)";
	char number[CLI_NUMBER_BYTES];
	struct errbuf why = {0};
	struct db_rows rows;
	enum err err = ERR_OK;
	int64_t id = 0;

	ERR_TRY(make_key(cli, r, &id));
	for (size_t i = 0; i < r->demo.nentries && err == ERR_OK; i++)
		err = ask(cli, r, &r->entries[i]);
	why = cli->err;
	(void)snprintf(number, sizeof(number), "%" PRId64, id);
	const struct str param = str_from(number);
	ERR_TRY(cli_call(cli, revoke, &param, 1, &rows));
	cli->err = why;
	return err;
}

static enum err write_file(struct cli *cli, const struct recording *r,
			   const char *name, const struct buf *content)
{
	char path[PATH_MAX];

	ERR_TRY(buf_err(content));
	(void)snprintf(path, sizeof(path), "%s/%s", r->dir, name);
	return publish_file(path, buf_str(content), &cli->err);
}

static enum err write_page(struct cli *cli, struct recording *r,
			   const char *name, enum words_lang lang)
{
	struct buf page;

	buf_init(&page, &cli->arena, PAGE_BYTES);
	r->demo.lang = lang;
	demo_page(&cli->conf, &r->demo, &page);
	return write_file(cli, r, name, &page);
}

static enum err record_all(struct cli *cli, const char *path,
			   struct recording *r)
{
	struct buf data;

	ERR_TRY(read_questions(cli, path, r));
	ERR_TRY(ask_all(cli, r));
	r->demo.recorded_ms = clock_wall_ms();
	r->demo.arena = &cli->arena;
	buf_init(&data, &cli->arena, PAGE_BYTES);
	demo_json(&r->demo, &data);
	ERR_TRY(write_file(cli, r, "answers.json", &data));
	ERR_TRY(write_page(cli, r, "index.de.html", WORDS_DE));
	return write_page(cli, r, "index.html", WORDS_EN);
}

static enum cli_exit record(struct cli *cli, int argc, char **argv)
{
	struct recording *const r = ARENA_NEW(&cli->arena, struct recording);
	const struct cli_option options[] = {
		{.name = "--user", .value = &r->user},
		{.name = "--tenant", .value = &r->tenant},
		{.name = "--daily-usd", .value = &r->usd},
		{.name = "--url", .value = &r->url},
		{.name = "--output", .value = &r->dir},
	};
	const char *path = NULL;
	size_t n = 0;

	r->usd = DAILY_USD;
	r->url = cli->conf.server.public_url;
	r->dir = cli->conf.demo.dir;
	if (cli_args(cli, argc, argv, options, 5, &path, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n == 0)
		return cli_missing(cli, argv[0], "the FILE with the questions");
	if (r->user == NULL)
		return cli_missing(cli, argv[0], "--user NAME, who asks");
	if (r->url[0] == '\0')
		return cli_missing(cli, argv[0],
				   "--url, or [server] public_url: where the "
				   "service answers");
	const enum err err = record_all(cli, path, r);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf("%zu answers are in %s\n", r->demo.nentries, r->dir);
	return CLI_OK;
}

enum cli_exit cli_demo(struct cli *cli, int argc, char **argv)
{
	static const struct cli_action actions[] = {
		{"record", record},
	};

	return cli_dispatch(cli, argc, argv, actions, 1);
}
