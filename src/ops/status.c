/*
 * What the status page says of now: the state of each part, worked out from
 * the facts that `slipway probe` gathered.  A part that nobody could look at
 * is "unknown" and never counts as trouble.
 */
#include "ops/status.h"

#include <assert.h>
#include <stdio.h>

/*
 * A provider is in trouble from this share of failed calls, in percent; with
 * fewer calls than MIN_CALLS the best that failures say is "degraded".
 */
#define DEGRADED_PERCENT 10
#define OUTAGE_PERCENT   50
#define MIN_CALLS        3

const char *status_state_name(enum status_state s)
{
	static const char *const names[] = {
		[STATUS_OPERATIONAL] = "operational",
		[STATUS_DEGRADED] = "degraded",
		[STATUS_OUTAGE] = "outage",
		[STATUS_MAINTENANCE] = "maintenance",
		[STATUS_NOT_KNOWN] = "unknown",
	};

	assert(s <= STATUS_NOT_KNOWN);
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

enum status_indicator status_indicator_from(struct str name)
{
	for (int i = STATUS_MINOR; i <= STATUS_CRITICAL; i++)
		if (str_eq_c(name,
			     status_indicator_name((enum status_indicator)i)))
			return (enum status_indicator)i;
	return STATUS_NONE;
}

static void set(struct status_part *p, enum status_state state,
		const char *detail)
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

/* What a probe says counts only where nobody called. */
static enum status_state provider_state(const struct conf *conf,
					const struct status_facts *f,
					struct str provider)
{
	const struct status_traffic *const t = traffic_of(f, provider);
	const struct conf_provider *const p = conf_provider(conf, provider);

	if (t == NULL || t->calls <= 0) {
		const enum status_check probe =
			p != NULL ? f->probes[p - conf->providers]
				  : STATUS_UNCHECKED;
		if (probe == STATUS_UNCHECKED)
			return STATUS_NOT_KNOWN;
		return probe == STATUS_PASSED ? STATUS_OPERATIONAL
					      : STATUS_OUTAGE;
	}
	const int64_t percent = t->errors * 100 / t->calls;
	if (percent < DEGRADED_PERCENT)
		return STATUS_OPERATIONAL;
	return percent < OUTAGE_PERCENT || t->calls < MIN_CALLS || t->recovered
		       ? STATUS_DEGRADED
		       : STATUS_OUTAGE;
}

static void judge_provider(const struct conf *conf,
			   const struct status_facts *f,
			   const struct conf_provider *c, struct status_part *p)
{
	const struct str name = str_from(c->name);
	const struct status_traffic *const t = traffic_of(f, name);

	p->state = provider_state(conf, f, name);
	if (t != NULL && t->calls > 0)
		(void)snprintf(p->detail, sizeof(p->detail),
			       "%lld of %lld requests failed in the last %d "
			       "minutes%s.",
			       (long long)t->errors, (long long)t->calls,
			       STATUS_WINDOW_MINUTES,
			       t->errors > 0 && t->recovered
				       ? ", the latest were answered"
				       : "");
	else if (p->state == STATUS_OPERATIONAL)
		set(p, p->state, "No requests lately; it answers our probe.");
	else if (p->state == STATUS_OUTAGE)
		set(p, p->state,
		    "No requests lately; it does not answer our probe.");
	else
		(void)snprintf(p->detail, sizeof(p->detail),
			       "Not asked in the last %d minutes.",
			       STATUS_WINDOW_MINUTES);
}

/* --- ours ---------------------------------------------------------------- */

static void judge_web(const struct status_facts *f, struct status_part *p)
{
	if (f->web == STATUS_PASSED)
		set(p, STATUS_OPERATIONAL, "It answers.");
	else if (f->web == STATUS_FAILED)
		set(p, STATUS_OUTAGE, "It does not answer as it should.");
	else
		set(p, STATUS_NOT_KNOWN, "Not checked from here.");
}

static void judge_database(const struct status_facts *f, struct status_part *p)
{
	if (f->database == STATUS_PASSED)
		set(p, STATUS_OPERATIONAL, "It answers.");
	else if (f->database == STATUS_FAILED)
		set(p, STATUS_OUTAGE, "It does not answer as it should.");
	else
		set(p, STATUS_NOT_KNOWN, "Not checked.");
}

/* Of a route, the best that is left decides; its head is what is wanted. */
static enum status_state feature_state(const struct conf *conf,
				       const struct status_facts *f,
				       const struct conf_feature *feature)
{
	enum status_state best = STATUS_OUTAGE;
	enum status_state head = STATUS_OPERATIONAL;

	for (size_t i = 0; i < feature->nroute; i++) {
		struct str name;
		struct str model;
		(void)str_cut(feature->route[i], '/', &name, &model);
		const struct conf_provider *const p = conf_provider(conf, name);
		enum status_state s = STATUS_OPERATIONAL;
		if (p != NULL && p->kind != CONF_PROVIDER_EXTRACT)
			s = provider_state(conf, f, name);
		if (s == STATUS_NOT_KNOWN)
			s = STATUS_OPERATIONAL;
		if (i == 0)
			head = s;
		if (s < best)
			best = s;
	}
	return head == STATUS_OPERATIONAL || best == STATUS_OUTAGE
		       ? best
		       : STATUS_DEGRADED;
}

static void judge_chat(const struct conf *conf, const struct status_facts *f,
		       struct status_part *p)
{
	size_t down = 0;
	size_t limping = 0;

	for (size_t i = 0; i < conf->nfeatures; i++) {
		const enum status_state s =
			feature_state(conf, f, &conf->features[i]);
		down += s == STATUS_OUTAGE;
		limping += s == STATUS_DEGRADED;
	}
	if (f->database == STATUS_FAILED)
		set(p, STATUS_OUTAGE, "It needs the database.");
	else if (f->ready == STATUS_FAILED)
		set(p, STATUS_OUTAGE, "It says that it is not ready.");
	else if (down > 0 && down == conf->nfeatures)
		set(p, STATUS_OUTAGE, "No provider answers.");
	else if (down > 0)
		set(p, STATUS_DEGRADED,
		    "For some features no provider answers.");
	else if (limping > 0)
		set(p, STATUS_DEGRADED, "A provider has trouble.");
	else
		set(p, STATUS_OPERATIONAL, "Questions are answered.");
}

static bool wants_documents(const struct conf *conf)
{
	for (size_t i = 0; i < conf->nfeatures; i++)
		if (conf->features[i].passages > 0)
			return true;
	return false;
}

static void judge_documents(const struct conf *conf,
			    const struct status_facts *f, struct status_part *p)
{
	if (f->database == STATUS_FAILED)
		set(p, STATUS_OUTAGE, "They are in the database.");
	else if (f->documents == STATUS_UNKNOWN)
		set(p, STATUS_NOT_KNOWN, "Not checked.");
	else if (f->documents == 0 && wants_documents(conf))
		set(p, STATUS_DEGRADED, "No document is indexed.");
	else
		p->state = STATUS_OPERATIONAL;
	if (p->detail[0] == '\0')
		(void)snprintf(p->detail, sizeof(p->detail),
			       "%lld documents are indexed.",
			       (long long)f->documents);
}

/* --- all together -------------------------------------------------------- */

static struct status_part *add_part(struct status_now *now, bool ours,
				    const char *id, const char *name,
				    enum status_indicator outage)
{
	struct status_part *const p = &now->parts[now->n++];

	(void)snprintf(p->id, sizeof(p->id), "%s%s",
		       ours ? "" : "upstream:", id);
	p->name = name;
	p->ours = ours;
	p->outage = outage;
	return p;
}

void status_judge(const struct conf *conf, const struct status_facts *facts,
		  struct status_now *now)
{
	*now = (struct status_now){
		.now_ms = facts->now_ms,
		.ttft_p50_ms = facts->ttft_p50_ms,
		.ttft_p95_ms = facts->ttft_p95_ms,
	};
	judge_web(facts,
		  add_part(now, true, "web", "Web server", STATUS_CRITICAL));
	judge_chat(conf, facts,
		   add_part(now, true, "chat", "Chat", STATUS_CRITICAL));
	judge_documents(
		conf, facts,
		add_part(now, true, "documents", "Documents", STATUS_MAJOR));
	judge_database(facts, add_part(now, true, "database", "Database",
				       STATUS_CRITICAL));
	/* What a provider's outage means for people, chat says. */
	for (size_t i = 0; i < conf->nproviders; i++) {
		const struct conf_provider *const p = &conf->providers[i];
		if (p->kind != CONF_PROVIDER_EXTRACT)
			judge_provider(conf, facts, p,
				       add_part(now, false, p->name, p->name,
						STATUS_MINOR));
	}
	status_sum_up(now, STATUS_NONE, false);
}

void status_maintain(struct status_now *now, struct str id)
{
	for (size_t i = 0; i < now->n; i++)
		if (str_eq_c(id, now->parts[i].id))
			set(&now->parts[i], STATUS_MAINTENANCE,
			    "Planned maintenance is under way.");
}

void status_sum_up(struct status_now *now, enum status_indicator incident,
		   bool maintenance)
{
	static const char *const sentences[] = {
		[STATUS_NONE] = "Everything works.",
		[STATUS_MINOR] = "It works, with some trouble.",
		[STATUS_MAJOR] = "A part of the service is down.",
		[STATUS_CRITICAL] = "The service is down.",
	};

	now->indicator = incident;
	for (size_t i = 0; i < now->n; i++) {
		const struct status_part *const p = &now->parts[i];
		if (p->state == STATUS_OUTAGE && p->outage > now->indicator)
			now->indicator = p->outage;
		if (p->state == STATUS_DEGRADED &&
		    now->indicator == STATUS_NONE)
			now->indicator = STATUS_MINOR;
	}
	now->banner = maintenance && now->indicator == STATUS_NONE
			      ? "Planned maintenance is under way."
			      : sentences[now->indicator];
}
