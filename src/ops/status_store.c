/*
 * Where the status page gets its facts, and where it goes: the database, the
 * providers, the folder.  `slipway probe` calls all of it.
 */
#include "ops/status_store.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "db/db.h"
#include "net/http.h"
#include "ops/publish.h"
#include "ops/status_page.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW_BYTES     16
#define PAGE_BYTES       ((size_t)4 * 1024 * 1024)
#define DAY_MINUTES      1440
#define PROBE_TIMEOUT_MS 4000
#define PROBES_TOTAL_MS  20000
#define URL_BYTES        2048
#define HEADER_BYTES     (8 * 1024)

/* Columns of slipway.status_facts() and slipway.provider_health(). */
enum { FACT_DOCUMENTS, FACT_P50, FACT_P95 };
enum { HEALTH_PROVIDER, HEALTH_CALLS, HEALTH_ERRORS };
enum { RECOVERED_PROVIDER };

/* --- the database -------------------------------------------------------- */

static int64_t known(const struct db_rows *r, size_t col)
{
	return db_str(r, 0, col).p != NULL ? db_i64(r, 0, col) : STATUS_UNKNOWN;
}

static enum err ask_facts(struct db *db, struct arena *a, int minutes,
			  struct db_rows *rows, struct errbuf *e)
{
	char text[WINDOW_BYTES];

	(void)snprintf(text, sizeof(text), "%d", minutes);
	const struct str param = str_from(text);
	return db_call(db, a,
		       "SELECT documents, ttft_p50_ms, ttft_p95_ms "
		       "FROM slipway.status_facts($1)",
		       &param, 1, rows, e);
}

static enum err mark_recovered(struct db *db, struct arena *a,
			       const struct str *minutes,
			       struct status_traffic *list, size_t n,
			       struct errbuf *e)
{
	struct db_rows rows;

	ERR_TRY(db_call(db, a,
			"SELECT provider FROM slipway.provider_recovered($1)",
			minutes, 1, &rows, e));
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < rows.nrows; j++)
			if (str_eq(list[i].provider,
				   db_str(&rows, j, RECOVERED_PROVIDER)))
				list[i].recovered = true;
	return ERR_OK;
}

static enum err ask_traffic(struct db *db, struct arena *a,
			    struct status_facts *facts, struct errbuf *e)
{
	char text[WINDOW_BYTES];
	struct db_rows rows;

	(void)snprintf(text, sizeof(text), "%d", STATUS_WINDOW_MINUTES);
	const struct str param = str_from(text);
	ERR_TRY(db_call(db, a,
			"SELECT provider, calls, errors "
			"FROM slipway.provider_health($1)",
			&param, 1, &rows, e));
	struct status_traffic *const list =
		ARENA_ARRAY(a, rows.nrows + 1, struct status_traffic);
	for (size_t i = 0; i < rows.nrows; i++)
		list[i] = (struct status_traffic){
			.provider = db_str(&rows, i, HEALTH_PROVIDER),
			.calls = db_i64(&rows, i, HEALTH_CALLS),
			.errors = db_i64(&rows, i, HEALTH_ERRORS),
		};
	facts->traffic = list;
	facts->ntraffic = rows.nrows;
	return mark_recovered(db, a, &param, list, rows.nrows, e);
}

enum err status_ask(struct db *db, struct arena *a, struct status_facts *facts,
		    struct errbuf *e)
{
	struct db_rows rows;
	struct errbuf slow = {0};

	ERR_TRY(ask_facts(db, a, STATUS_WINDOW_MINUTES, &rows, e));
	facts->documents = known(&rows, FACT_DOCUMENTS);
	ERR_TRY(ask_traffic(db, a, facts, e));
	if (ask_facts(db, a, DAY_MINUTES, &rows, &slow) == ERR_OK) {
		facts->ttft_p50_ms = known(&rows, FACT_P50);
		facts->ttft_p95_ms = known(&rows, FACT_P95);
	}
	return ERR_OK;
}

enum err status_exchange(struct db *db, struct status_past *past,
			 struct errbuf *e)
{
	char text[WINDOW_BYTES];
	struct db_rows rows;
	struct buf periods;

	buf_init(&periods, past->arena, STATUS_PAST_MAX_BYTES);
	status_past_periods(past, &periods);
	const struct str seen = buf_str(&periods);
	ERR_TRY(db_call(db, past->arena, "SELECT slipway.status_record($1)",
			&seen, 1, NULL, e));
	(void)snprintf(text, sizeof(text), "%d", STATUS_DAYS);
	const struct str days = str_from(text);
	ERR_TRY(db_call(db, past->arena, "SELECT slipway.status_page($1)",
			&days, 1, &rows, e));
	return status_past_answer(past, db_str(&rows, 0, 0), e);
}

/* --- the providers ------------------------------------------------------- */

/* Its list of models; NULL when this kind has none that is free. */
static const char *models_url(struct arena *a, const struct conf_provider *p)
{
	struct buf url;
	const struct str base = str_from(p->base_url);
	const bool anthropic = p->kind == CONF_PROVIDER_ANTHROPIC;
	const bool has_v1 =
		base.n >= 3 && memcmp(base.p + base.n - 3, "/v1", 3) == 0;

	if (!anthropic && p->kind != CONF_PROVIDER_OPENAI)
		return NULL;
	buf_init(&url, a, URL_BYTES);
	buf_addf(&url, "%s%s/models", p->base_url,
		 anthropic && !has_v1 ? "/v1" : "");
	return buf_err(&url) == ERR_OK ? buf_c(&url) : NULL;
}

static void add_key(struct arena *a, const struct conf_provider *p,
		    struct net_request *req)
{
	struct buf line;
	const bool anthropic = p->kind == CONF_PROVIDER_ANTHROPIC;

	if (anthropic)
		req->headers[0] = "anthropic-version: 2023-06-01";
	if (p->api_key.secret_p == NULL)
		return;
	buf_init(&line, a, HEADER_BYTES);
	buf_add_c(&line, anthropic ? "x-api-key: " : "Authorization: Bearer ");
	buf_add(&line, p->api_key.secret_p, p->api_key.secret_n);
	req->headers[anthropic ? 1 : 0] = buf_c(&line);
}

/* An answer is an answer, but for 5xx and a key that is refused. */
static enum status_check probe(struct arena *a, const struct conf_provider *p,
			       struct errbuf *e)
{
	struct net_request req = {
		.what = p->name,
		.url = models_url(a, p),
		.timeout_ms = PROBE_TIMEOUT_MS,
		.private_network = p->private_network,
	};
	struct net_reply reply;

	if (req.url == NULL || conf_provider_key_missing(p))
		return STATUS_UNCHECKED;
	add_key(a, p, &req);
	if (net_http(a, &req, &reply, e) != ERR_OK)
		return STATUS_FAILED;
	if (reply.status < 500 && reply.status != 401 && reply.status != 403)
		return STATUS_PASSED;
	(void)err_set(e, ERR_UPSTREAM, "%s answers our probe with status %ld",
		      p->name, reply.status);
	return STATUS_FAILED;
}

static bool has_traffic(const struct status_facts *f, const char *provider)
{
	for (size_t i = 0; i < f->ntraffic; i++)
		if (str_eq_c(f->traffic[i].provider, provider))
			return f->traffic[i].calls > 0;
	return false;
}

void status_probe_providers(const struct conf *conf, struct arena *a,
			    struct status_facts *facts,
			    void (*complain)(const char *part,
					     const struct errbuf *e))
{
	const int64_t until_ms = clock_mono_ms() + PROBES_TOTAL_MS;

	if (!conf->status.probe_providers)
		return;
	for (size_t i = 0; i < conf->nproviders; i++) {
		const struct conf_provider *const p = &conf->providers[i];
		struct errbuf e = {0};
		if (has_traffic(facts, p->name) || clock_mono_ms() > until_ms)
			continue;
		facts->probes[i] = probe(a, p, &e);
		complain("provider", &e);
	}
}

/* --- the folder ---------------------------------------------------------- */

/*
 * One that root makes belongs to whom the folder around it belongs, so that the
 * timer, which is not root, can write into it later.
 */
static enum err make_folder(const char *path, struct errbuf *e)
{
	char around[PATH_MAX + 4];
	struct stat st;

	(void)snprintf(around, sizeof(around), "%s/..", path);
	if (mkdir(path, 0755) == 0) {
		if (geteuid() != 0 || (stat(around, &st) == 0 &&
				       chown(path, st.st_uid, st.st_gid) == 0))
			return ERR_OK;
	} else if (errno == EEXIST) {
		return ERR_OK;
	}
	return err_set(e, ERR_IO, "could not make the folder %s: %s", path,
		       strerror(errno));
}

static enum err
publish(const struct status_view *v, const char *dir, const char *name,
	void (*write)(const struct status_view *v, struct buf *out),
	struct errbuf *e)
{
	char path[PATH_MAX];
	struct buf out;
	const int n = snprintf(path, sizeof(path), "%s/%s", dir, name);

	if (n < 0 || (size_t)n >= sizeof(path))
		return err_set(e, ERR_IO, "the path of %s is too long", name);
	buf_init(&out, v->past->arena, PAGE_BYTES);
	write(v, &out);
	if (buf_err(&out) != ERR_OK)
		return err_set(e, ERR_TOO_LARGE, "%s is over %zu bytes", name,
			       PAGE_BYTES);
	return publish_file(path, buf_str(&out), e);
}

enum err status_publish(const struct status_view *v, const char *dir,
			struct errbuf *e)
{
	static const struct {
		const char *name;
		void (*write)(const struct status_view *v, struct buf *out);
		enum words_lang lang;
	} files[] = {
		{"status.json", status_json, WORDS_EN},
		{"summary.json", status_summary, WORDS_EN},
		/* where tools look for it */
		{"api/v2/summary.json", status_summary, WORDS_EN},
		{"feed.xml", status_feed, WORDS_EN},
		{"badge.svg", status_badge, WORDS_EN},
		{"history.de.html", status_history, WORDS_DE},
		{"index.de.html", status_page, WORDS_DE},
		{"history.html", status_history, WORDS_EN},
		{"index.html", status_page, WORDS_EN},
	};
	static const char *const folders[] = {"", "/api", "/api/v2"};
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", dir, folders[i]);
		ERR_TRY(make_folder(path, e));
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct status_view view = *v;
		view.lang = files[i].lang;
		ERR_TRY(publish(&view, dir, files[i].name, files[i].write, e));
	}
	return ERR_OK;
}
