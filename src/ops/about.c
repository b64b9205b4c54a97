/*
 * The page that tells people what this service is, who reads what they write
 * and whom to ask.  The worker `about` serves it.  It says what the
 * configuration says, so that it cannot grow out of date.
 */
#include "ops/about.h"

#include "conf/conf.h"
#include "http/page.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (INT64_C(60) * MINUTE_MS)
#define DAY_MS    (INT64_C(24) * HOUR_MS)

/* Percent-encode all that has a meaning in an address (RFC 6068). */
static void add_mailto(struct buf *out, struct str email)
{
	for (size_t i = 0; i < email.n; i++) {
		const unsigned char c = (unsigned char)email.p[i];
		const bool plain = (c >= 'a' && c <= 'z') ||
				   (c >= 'A' && c <= 'Z') ||
				   (c >= '0' && c <= '9') ||
				   (c != '\0' && strchr("@.-_+~", c) != NULL);
		if (plain)
			buf_add_char(out, (char)c);
		else
			buf_addf(out, "%%%02X", (unsigned)c);
	}
}

/* The provider that an element of a route names. */
static struct str provider_of(struct str element, struct str *model)
{
	struct str provider;

	(void)str_cut(element, '/', &provider, model);
	return provider;
}

/* Is it this program itself that answers: no text leaves the server. */
static bool is_local(const struct conf *conf, struct str provider)
{
	const struct conf_provider *const p = conf_provider(conf, provider);

	return p == NULL || p->kind == CONF_PROVIDER_EXTRACT;
}

static bool uses(const struct conf_feature *f, struct str provider)
{
	struct str model;

	for (size_t i = 0; i < f->nroute; i++)
		if (str_eq(provider_of(f->route[i], &model), provider))
			return true;
	return false;
}

static void add_head(const struct conf *conf, struct buf *out)
{
	const struct str name = str_from(conf->server.name);

	page_open(out, conf, "About", "/about");
	buf_add_c(out, "<h1>About ");
	page_text(out, name);
	buf_add_c(out, "</h1>\n<p>");
	page_text(out, name);
	buf_add_c(out, " answers questions with AI: as a conversation, or from "
		       "documents, then with the passages that the answer "
		       "rests on. Answers can be wrong: check what "
		       "matters.</p>\n");
}

/* "openai (gpt-5-mini), then quotes from the documents" */
static void add_route(const struct conf *conf, const struct conf_feature *f,
		      struct buf *out)
{
	struct str model;

	for (size_t i = 0; i < f->nroute; i++) {
		const struct str provider = provider_of(f->route[i], &model);
		if (i > 0)
			buf_add_c(out, ", then ");
		if (is_local(conf, provider)) {
			buf_add_c(out, "quotes from the documents, written by "
				       "no model");
			continue;
		}
		page_text(out, provider);
		buf_add_c(out, " (");
		page_text(out, model);
		buf_add_char(out, ')');
	}
}

/* The provider that is asked first. */
static struct str head_of(const struct conf_feature *f)
{
	struct str model;

	return f->nroute > 0 ? provider_of(f->route[0], &model) : STR_NONE;
}

static void add_features(const struct conf *conf, struct buf *out)
{
	buf_add_c(out, "<section>\n<h2>What answers</h2>\n<ul>\n");
	for (size_t i = 0; i < conf->nfeatures; i++) {
		const struct conf_feature *const f = &conf->features[i];
		buf_add_c(out, "<li><strong>");
		page_text(out, str_from(conf_feature_title(f)));
		buf_add_c(out, "</strong>: ");
		add_route(conf, f, out);
		if (f->passages > 0 && !is_local(conf, head_of(f)))
			buf_add_c(out, "; searches the documents first");
		buf_add_c(out, "</li>\n");
	}
	buf_add_c(out, "</ul>\n</section>\n");
}

/* A list of features as it grows: the first gets what comes before it. */
static void add_one_of(struct buf *out, size_t *n, const char *before,
		       const struct conf_feature *f)
{
	buf_add_c(out, (*n)++ == 0 ? before : ", ");
	page_text(out, str_from(conf_feature_title(f)));
}

/* One reader: who it is, with which features, what it gets. */
static bool add_reader(const struct conf *conf, const struct conf_provider *p,
		       struct buf *out)
{
	bool passages = false;
	size_t n = 0;

	for (size_t i = 0; i < conf->nfeatures; i++) {
		const struct conf_feature *const f = &conf->features[i];
		if (!uses(f, str_from(p->name)))
			continue;
		if (n == 0) {
			buf_add_c(out, "<li><strong>");
			page_text(out, str_from(p->name));
		}
		add_one_of(out, &n, "</strong>, for ", f);
		passages = passages || f->passages > 0;
	}
	if (n == 0)
		return false;
	buf_add_c(out, passages ? ": your messages, and the passages of the "
				  "documents found for them</li>\n"
				: ": your messages</li>\n");
	return true;
}

/* The tools of an agent, which its model tells what it wants of them. */
static void add_tools(const struct conf_feature *f, struct buf *out)
{
	buf_add_c(out, "<li>The tools of <strong>");
	page_text(out, str_from(conf_feature_title(f)));
	buf_add_c(out, "</strong> (");
	for (size_t i = 0; i < f->ntools; i++) {
		buf_add_c(out, i > 0 ? ", " : "");
		page_text(out, str_from(f->tools[i]->name));
	}
	buf_add_c(out, "): what its model asks them for</li>\n");
}

/* What p reads as the moderation model, whatever answers afterwards. */
static bool add_judge(const struct conf *conf, const struct conf_provider *p,
		      struct buf *out)
{
	size_t n = 0;
	struct str model;

	for (size_t i = 0; conf->guard.input && i < conf->nfeatures; i++) {
		const struct conf_feature *const f = &conf->features[i];
		if (!str_eq_c(provider_of(f->guard.moderation, &model),
			      p->name))
			continue;
		if (n == 0) {
			buf_add_c(out, "<li><strong>");
			page_text(out, str_from(p->name));
		}
		add_one_of(out, &n,
			   "</strong>, to judge what is asked before it is "
			   "answered, for ",
			   f);
	}
	buf_add_c(out, n > 0 ? ": your messages</li>\n" : "");
	return n > 0;
}

/* What p gets beside the model that answers. */
static bool add_shadow(const struct conf *conf, const struct conf_provider *p,
		       struct buf *out)
{
	bool any = false;
	struct str model;

	for (size_t i = 0; i < conf->nfeatures; i++) {
		const struct conf_feature *const f = &conf->features[i];
		if (f->shadow_percent == 0 ||
		    !str_eq_c(provider_of(f->shadow, &model), p->name))
			continue;
		any = true;
		buf_add_c(out, "<li><strong>");
		page_text(out, str_from(p->name));
		buf_addf(out,
			 "</strong>, for %" PRId64 " %% of what is asked of ",
			 f->shadow_percent);
		page_text(out, str_from(conf_feature_title(f)));
		buf_add_c(out, ": a copy of it, to compare models; its answer "
			       "is shown to nobody</li>\n");
	}
	return any;
}

static void add_readers(const struct conf *conf, struct buf *out)
{
	bool any = false;

	buf_add_c(out, "<section>\n<h2>Who gets what you write</h2>\n<ul>\n");
	for (size_t i = 0; i < conf->nproviders; i++) {
		const struct conf_provider *const p = &conf->providers[i];
		if (p->kind == CONF_PROVIDER_EXTRACT)
			continue;
		any = add_reader(conf, p, out) || any;
		any = add_judge(conf, p, out) || any;
		any = add_shadow(conf, p, out) || any;
	}
	for (size_t i = 0; i < conf->nfeatures; i++)
		if (conf->features[i].ntools > 0)
			add_tools(&conf->features[i], out);
	buf_add_c(out, any ? "</ul>\n<p>A provider that stands second is asked "
			     "only when the one before it fails. Nobody else "
			     "gets your text.</p>\n"
			   : "<li>Nobody: every answer is made on this "
			     "server.</li>\n</ul>\n");
	buf_add_c(out, "</section>\n");
}

/* "30 days", in the largest unit that says it exactly. */
static void add_time(struct buf *out, int64_t ms)
{
	const bool days = ms % DAY_MS == 0;
	const bool hours = ms % HOUR_MS == 0;
	const int64_t unit = days ? DAY_MS : hours ? HOUR_MS : MINUTE_MS;
	const int64_t n = (ms + unit - 1) / unit;

	buf_addf(out, "%" PRId64 " %s%s", n,
		 days    ? "day"
		 : hours ? "hour"
			 : "minute",
		 n == 1 ? "" : "s");
}

/* [feature NAME] content: the operator looks at what is said. */
static void add_content(const struct conf_feature *f, struct buf *out)
{
	static const char *const how[] = {
		[CONF_CONTENT_HASH] =
			", as hashes, which tell equal texts and nothing else",
		[CONF_CONTENT_REDACTED] =
			", without what looks like private data",
		[CONF_CONTENT_FULL] = ", as they are",
	};

	if (f->content == CONF_CONTENT_NONE)
		return;
	buf_add_c(out, "<p>What you ask <strong>");
	page_text(out, str_from(conf_feature_title(f)));
	buf_add_c(out, "</strong> and its answers are kept for ");
	add_time(out, f->content_days * DAY_MS);
	buf_addf(out, "%s; deleted with your account, too.</p>\n",
		 how[f->content]);
}

/* Agents need what was said to go on after a fault. */
static void add_runs(const struct conf_feature *f, struct buf *out)
{
	if (!f->agent)
		return;
	buf_add_c(out, "<p>What you ask <strong>");
	page_text(out, str_from(conf_feature_title(f)));
	buf_add_c(out, "</strong> is kept with each step and the answer for ");
	add_time(out, f->keep_runs_ms);
	buf_add_c(out, ", so that it can go on after a fault; it is deleted "
		       "with your account, too.</p>\n");
}

/* What is kept for a while so that no answer is lost or paid twice. */
static void add_short(const struct conf *conf, struct buf *out)
{
	bool resume = false;

	for (size_t i = 0; i < conf->nfeatures; i++)
		resume = resume || conf->features[i].resume;
	buf_add_c(out, "<p>");
	if (resume) {
		buf_add_c(out, "An answer on the chat page is kept for ");
		add_time(out, conf->server.resume_keep_ms);
		buf_add_c(out, ", so that a connection that breaks loses "
			       "nothing of it. ");
	}
	buf_add_c(out, "The answer to a program that sends an Idempotency-Key "
		       "is kept for a day, sealed, for the same key.</p>\n");
}

static void add_storage(const struct conf *conf, struct buf *out)
{
	buf_add_c(out,
		  "<section>\n<h2>What is stored</h2>\n"
		  "<p>Your messages and the answers only where it is said "
		  "below. "
		  "For each request the service keeps who asked, when, which "
		  "feature and model, how many tokens, what it cost, how long "
		  "it took and how it ended: for the limits and the bill. The "
		  "chat page keeps a key that you type in its browser tab "
		  "until you close it. Signing in sets one cookie, which says "
		  "who you are and nothing else; your account page shows what "
		  "is kept about you, and deletes it.</p>\n");
	for (size_t i = 0; i < conf->nfeatures; i++) {
		add_content(&conf->features[i], out);
		add_runs(&conf->features[i], out);
	}
	add_short(conf, out);
	buf_add_c(out, "<p>When you rate an answer, your thumb and comment are "
		       "kept; question and answer go along only when you "
		       "agree.</p>\n");
	if (conf->server.privacy_note[0] != '\0') {
		buf_add_c(out, "<p>");
		page_text(out, str_from(conf->server.privacy_note));
		buf_add_c(out, "</p>\n");
	}
	buf_add_c(out, "</section>\n");
}

static void add_contact(const struct conf *conf, struct buf *out)
{
	const struct str operator_name = str_from(conf->server.operator_name);
	const struct str email = str_from(conf->server.contact_email);

	buf_add_c(out, "<section id=\"contact\">\n<h2>Contact</h2>\n<p>");
	if (operator_name.n > 0) {
		buf_add_c(out, "This service is run by ");
		page_text(out, operator_name);
		buf_add_c(out, ". ");
	}
	if (email.n > 0) {
		buf_add_c(out, "Write to <a href=\"mailto:");
		add_mailto(out, email);
		buf_add_c(out, "\">");
		page_text(out, email);
		buf_add_c(out, "</a>. When a request failed, send its incident "
			       "number (<code>req_…</code>) along: it says "
			       "all that is needed.");
	} else {
		buf_add_c(out, "Its operator has not given an address yet.");
	}
	buf_add_c(out, "</p>\n</section>\n");
}

void about_page(const struct conf *conf, struct buf *out)
{
	add_head(conf, out);
	add_features(conf, out);
	add_readers(conf, out);
	add_storage(conf, out);
	add_contact(conf, out);
	page_close(out);
}
