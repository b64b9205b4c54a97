/*
 * What the status page says: the state of each part, worked out from the
 * facts that `slipway probe` gathered.  A part that nobody could look at is
 * "unknown" and never counts as trouble.
 */
#include "ops/status.h"

#include "base/clock.h"
#include "conf/conf.h"
#include "json/json.h"

#include <assert.h>
#include <stdio.h>

#define DETAIL_BYTES 160
#define OURS         4 /* parts of our own */

/*
 * A provider is in trouble from this share of failed calls, in percent; with
 * fewer calls than MIN_CALLS the best that failures say is "degraded".
 */
#define DEGRADED_PERCENT 10
#define OUTAGE_PERCENT   50
#define MIN_CALLS        3

enum state { OPERATIONAL, DEGRADED, OUTAGE, UNKNOWN };

struct part {
	const char *id; /* NULL: a provider */
	const char *name;
	enum state state;
	enum status_indicator outage; /* what its outage means for all */
	char detail[DETAIL_BYTES];
};

static const char *state_name(enum state s)
{
	static const char *const names[] = {
		[OPERATIONAL] = "operational",
		[DEGRADED] = "degraded",
		[OUTAGE] = "outage",
		[UNKNOWN] = "unknown",
	};

	return names[s];
}

const char *status_indicator_name(enum status_indicator i)
{
	static const char *const names[] = {
		[STATUS_NONE] = "none",
		[STATUS_MINOR] = "minor",
		[STATUS_MAJOR] = "major",
		[STATUS_CRITICAL] = "critical",
	};

	assert(i <= STATUS_CRITICAL);
	return names[i];
}

const char *status_indicator_banner(enum status_indicator i)
{
	static const char *const sentences[] = {
		[STATUS_NONE] = "Everything works.",
		[STATUS_MINOR] = "It works, with some trouble.",
		[STATUS_MAJOR] = "A part of the service is down.",
		[STATUS_CRITICAL] = "The service is down.",
	};

	assert(i <= STATUS_CRITICAL);
	return sentences[i];
}

static void set(struct part *p, enum state state, const char *detail)
{
	p->state = state;
	(void)snprintf(p->detail, sizeof(p->detail), "%s", detail);
}

/* --- upstream ------------------------------------------------------------ */

static const struct status_traffic *traffic_of(const struct status_facts *f,
					       struct str provider)
{
	for (size_t i = 0; i < f->ntraffic; i++)
		if (str_eq(f->traffic[i].provider, provider))
			return &f->traffic[i];
	return NULL;
}

static enum state provider_state(const struct status_facts *f,
				 struct str provider)
{
	const struct status_traffic *const t = traffic_of(f, provider);

	if (t == NULL || t->calls <= 0)
		return UNKNOWN;
	const int64_t percent = t->errors * 100 / t->calls;
	if (percent < DEGRADED_PERCENT)
		return OPERATIONAL;
	return percent < OUTAGE_PERCENT || t->calls < MIN_CALLS ? DEGRADED
								: OUTAGE;
}

static void judge_provider(const struct status_facts *f, struct str name,
			   struct part *p)
{
	const struct status_traffic *const t = traffic_of(f, name);

	p->state = provider_state(f, name);
	if (t == NULL || p->state == UNKNOWN)
		(void)snprintf(p->detail, sizeof(p->detail),
			       "Not asked in the last %d minutes.",
			       STATUS_WINDOW_MINUTES);
	else
		(void)snprintf(p->detail, sizeof(p->detail),
			       "%lld of %lld requests failed in the last %d "
			       "minutes.",
			       (long long)t->errors, (long long)t->calls,
			       STATUS_WINDOW_MINUTES);
}

/* --- ours ---------------------------------------------------------------- */

static void judge_web(const struct status_facts *f, struct part *p)
{
	if (f->web == STATUS_PASSED)
		set(p, OPERATIONAL, "It answers.");
	else if (f->web == STATUS_FAILED)
		set(p, OUTAGE, "It does not answer as it should.");
	else
		set(p, UNKNOWN, "Not checked from here.");
}

static void judge_database(const struct status_facts *f, struct part *p)
{
	if (f->database == STATUS_PASSED)
		set(p, OPERATIONAL, "It answers.");
	else if (f->database == STATUS_FAILED)
		set(p, OUTAGE, "It does not answer as it should.");
	else
		set(p, UNKNOWN, "Not checked.");
}

/* Of a route, the best that is left decides; its head is what is wanted. */
static enum state feature_state(const struct conf *conf,
				const struct status_facts *f,
				const struct conf_feature *feature)
{
	enum state best = OUTAGE;
	enum state head = OPERATIONAL;

	for (size_t i = 0; i < feature->nroute; i++) {
		struct str name;
		struct str model;
		(void)str_cut(feature->route[i], '/', &name, &model);
		const struct conf_provider *const p = conf_provider(conf, name);
		enum state s = OPERATIONAL;
		if (p != NULL && p->kind != CONF_PROVIDER_EXTRACT)
			s = provider_state(f, name);
		if (s == UNKNOWN)
			s = OPERATIONAL;
		if (i == 0)
			head = s;
		if (s < best)
			best = s;
	}
	return head == OPERATIONAL || best == OUTAGE ? best : DEGRADED;
}

static void judge_chat(const struct conf *conf, const struct status_facts *f,
		       struct part *p)
{
	size_t down = 0;
	size_t limping = 0;

	for (size_t i = 0; i < conf->nfeatures; i++) {
		const enum state s = feature_state(conf, f, &conf->features[i]);
		down += s == OUTAGE;
		limping += s == DEGRADED;
	}
	if (f->database == STATUS_FAILED)
		set(p, OUTAGE, "It needs the database.");
	else if (f->ready == STATUS_FAILED)
		set(p, OUTAGE, "It says that it is not ready.");
	else if (down > 0 && down == conf->nfeatures)
		set(p, OUTAGE, "No provider answers.");
	else if (down > 0)
		set(p, DEGRADED, "For some features no provider answers.");
	else if (limping > 0)
		set(p, DEGRADED, "A provider has trouble.");
	else
		set(p, OPERATIONAL, "Questions are answered.");
}

static bool wants_documents(const struct conf *conf)
{
	for (size_t i = 0; i < conf->nfeatures; i++)
		if (conf->features[i].passages > 0)
			return true;
	return false;
}

static void judge_documents(const struct conf *conf,
			    const struct status_facts *f, struct part *p)
{
	if (f->database == STATUS_FAILED)
		set(p, OUTAGE, "They are in the database.");
	else if (f->documents == STATUS_UNKNOWN)
		set(p, UNKNOWN, "Not checked.");
	else if (f->documents == 0 && wants_documents(conf))
		set(p, DEGRADED, "No document is indexed.");
	else
		p->state = OPERATIONAL;
	if (p->detail[0] == '\0')
		(void)snprintf(p->detail, sizeof(p->detail),
			       "%lld documents are indexed.",
			       (long long)f->documents);
}

/* --- the file ------------------------------------------------------------ */

struct parts {
	struct part list[OURS + CONF_MAX_PROVIDERS];
	size_t n;
};

static struct part *add_part(struct parts *all, const char *id,
			     const char *name, enum status_indicator outage)
{
	struct part *const p = &all->list[all->n++];

	p->id = id;
	p->name = name;
	p->outage = outage;
	return p;
}

static void judge(const struct conf *conf, const struct status_facts *f,
		  struct parts *all)
{
	judge_web(f, add_part(all, "web", "Web server", STATUS_CRITICAL));
	judge_chat(conf, f, add_part(all, "chat", "Chat", STATUS_CRITICAL));
	judge_documents(conf, f,
			add_part(all, "documents", "Documents", STATUS_MAJOR));
	judge_database(f,
		       add_part(all, "database", "Database", STATUS_CRITICAL));
	/* What a provider's outage means for people, chat says. */
	for (size_t i = 0; i < conf->nproviders; i++)
		if (conf->providers[i].kind != CONF_PROVIDER_EXTRACT)
			judge_provider(f, str_from(conf->providers[i].name),
				       add_part(all, NULL,
						conf->providers[i].name,
						STATUS_MINOR));
}

static enum status_indicator worst(const struct parts *all)
{
	enum status_indicator i = STATUS_NONE;

	for (size_t k = 0; k < all->n; k++) {
		const struct part *const p = &all->list[k];
		if (p->state == OUTAGE && p->outage > i)
			i = p->outage;
		if (p->state == DEGRADED && i == STATUS_NONE)
			i = STATUS_MINOR;
	}
	return i;
}

static void write_part(struct jw *w, const struct part *p)
{
	char id[DETAIL_BYTES];

	(void)snprintf(id, sizeof(id), "upstream:%s", p->name);
	jw_open_object(w, NULL);
	jw_c(w, "id", p->id != NULL ? p->id : id);
	jw_c(w, "name", p->name);
	jw_c(w, "group", p->id != NULL ? "ours" : "upstream");
	jw_c(w, "status", state_name(p->state));
	jw_c(w, "detail", p->detail);
	jw_close(w);
}

static void write_ms(struct jw *w, const char *name, int64_t ms)
{
	if (ms == STATUS_UNKNOWN)
		jw_null(w, name);
	else
		jw_int(w, name, ms);
}

enum status_indicator status_json(const struct conf *conf,
				  const struct status_facts *facts,
				  struct buf *out)
{
	struct parts all = {.n = 0};
	char at[CLOCK_TEXT_BYTES];
	struct jw w;

	judge(conf, facts, &all);
	const enum status_indicator indicator = worst(&all);
	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_c(&w, "generated_at", clock_format(facts->now_ms, at));
	jw_int(&w, "generated_ms", facts->now_ms);
	jw_c(&w, "name", conf->server.name);
	jw_c(&w, "banner", status_indicator_banner(indicator));
	jw_c(&w, "indicator", status_indicator_name(indicator));
	jw_open_array(&w, "components");
	for (size_t i = 0; i < all.n; i++)
		write_part(&w, &all.list[i]);
	jw_close(&w);
	jw_open_object(&w, "latency");
	write_ms(&w, "ttft_p50_ms", facts->ttft_p50_ms);
	write_ms(&w, "ttft_p95_ms", facts->ttft_p95_ms);
	jw_close(&w);
	jw_close(&w);
	buf_add_char(out, '\n');
	return indicator;
}
