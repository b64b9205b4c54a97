/*
 * The page that tells people what this service is, who reads what they write
 * and whom to ask.  The worker `about` serves it.  It says what the
 * configuration says, so that it cannot grow out of date.  Its words are in
 * http/words_*.c.
 */
#include "ops/about.h"

#include "conf/conf.h"
#include "http/page.h"
#include "http/words.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (INT64_C(60) * MINUTE_MS)
#define DAY_MS    (INT64_C(24) * HOUR_MS)

/* The page that is being written. */
struct about {
	const struct conf *conf;
	enum words_lang lang;
	struct buf *out;
};

static void say(const struct about *a, enum words_key key)
{
	words_add(a->out, a->lang, key);
}

/* Text in which the one {} is name. */
static void say_of(const struct about *a, enum words_key key, struct str name)
{
	const char *const rest = words_open(a->out, a->lang, key);

	page_text(a->out, name);
	(void)words_on(a->out, rest);
}

static void say_title(const struct about *a, enum words_key key)
{
	buf_addf(a->out, "<section>\n<h2>%s</h2>\n", words(a->lang, key));
}

static void add_feature(const struct about *a, const struct conf_feature *f)
{
	page_text(a->out, str_from(conf_feature_title(f)));
}

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

static void add_head(const struct about *a)
{
	const struct str name = str_from(a->conf->server.name);
	const struct page page = {
		.conf = a->conf,
		.lang = a->lang,
		.title = words(a->lang, W_ABOUT),
		.path = "/about",
		.other = a->lang == WORDS_EN ? "/about?lang=de"
					     : "/about?lang=en",
	};

	page_open(a->out, &page);
	buf_add_c(a->out, "<h1>");
	say_of(a, W_ABOUT_NAME, name);
	buf_add_c(a->out, "</h1>\n<p>");
	say_of(a, W_ABOUT_INTRO, name);
	buf_add_c(a->out, "</p>\n");
}

/* "openai (gpt-5-mini), then quotes from the documents" */
static void add_route(const struct about *a, const struct conf_feature *f)
{
	struct str model;

	for (size_t i = 0; i < f->nroute; i++) {
		const struct str provider = provider_of(f->route[i], &model);
		if (i > 0)
			say(a, W_ABOUT_THEN);
		if (is_local(a->conf, provider)) {
			say(a, W_ABOUT_QUOTES);
			continue;
		}
		page_text(a->out, provider);
		buf_add_c(a->out, " (");
		page_text(a->out, model);
		buf_add_char(a->out, ')');
	}
}

/* The provider that is asked first. */
static struct str head_of(const struct conf_feature *f)
{
	struct str model;

	return f->nroute > 0 ? provider_of(f->route[0], &model) : STR_NONE;
}

static void add_features(const struct about *a)
{
	say_title(a, W_ABOUT_ANSWERS);
	buf_add_c(a->out, "<ul>\n");
	for (size_t i = 0; i < a->conf->nfeatures; i++) {
		const struct conf_feature *const f = &a->conf->features[i];
		buf_add_c(a->out, "<li><strong>");
		add_feature(a, f);
		buf_add_c(a->out, "</strong>: ");
		add_route(a, f);
		if (f->passages > 0 && !is_local(a->conf, head_of(f)))
			say(a, W_ABOUT_SEARCHES);
		buf_add_c(a->out, "</li>\n");
	}
	buf_add_c(a->out, "</ul>\n</section>\n");
}

/* The name of a provider, in whose item more is to come. */
static void begin_item(const struct about *a, const struct conf_provider *p)
{
	buf_add_c(a->out, "<li><strong>");
	page_text(a->out, str_from(p->name));
	buf_add_c(a->out, "</strong>");
}

/* A list of features as it grows: the first gets what comes before it. */
static void add_one_of(const struct about *a, size_t *n, enum words_key before,
		       const struct conf_feature *f)
{
	buf_add_c(a->out, (*n)++ == 0 ? words(a->lang, before) : ", ");
	add_feature(a, f);
}

static void end_item(const struct about *a, enum words_key what)
{
	say(a, what);
	buf_add_c(a->out, "</li>\n");
}

/* One reader: who it is, with which features, what it gets. */
static bool add_reader(const struct about *a, const struct conf_provider *p)
{
	bool passages = false;
	size_t n = 0;

	for (size_t i = 0; i < a->conf->nfeatures; i++) {
		const struct conf_feature *const f = &a->conf->features[i];
		if (!uses(f, str_from(p->name)))
			continue;
		if (n == 0)
			begin_item(a, p);
		add_one_of(a, &n, W_ABOUT_FOR, f);
		passages = passages || f->passages > 0;
	}
	if (n > 0)
		end_item(a, passages ? W_ABOUT_PASSAGES : W_ABOUT_MESSAGES);
	return n > 0;
}

/* The tools of an agent, which its model tells what it wants of them. */
static void add_tools(const struct about *a, const struct conf_feature *f)
{
	buf_add_c(a->out, "<li>");
	const char *const rest = words_open(a->out, a->lang, W_ABOUT_TOOLS);
	add_feature(a, f);
	const char *const end = words_on(a->out, rest);
	for (size_t i = 0; i < f->ntools; i++) {
		buf_add_c(a->out, i > 0 ? ", " : "");
		page_text(a->out, str_from(f->tools[i]->name));
	}
	(void)words_on(a->out, end);
	buf_add_c(a->out, "</li>\n");
}

/* What p reads as the moderation model, whatever answers afterwards. */
static bool add_judge(const struct about *a, const struct conf_provider *p)
{
	const struct conf *const conf = a->conf;
	size_t n = 0;
	struct str model;

	for (size_t i = 0; conf->guard.input && i < conf->nfeatures; i++) {
		const struct conf_feature *const f = &conf->features[i];
		if (!str_eq_c(provider_of(f->guard.moderation, &model),
			      p->name))
			continue;
		if (n == 0)
			begin_item(a, p);
		add_one_of(a, &n, W_ABOUT_JUDGE, f);
	}
	if (n > 0)
		end_item(a, W_ABOUT_MESSAGES);
	return n > 0;
}

/* What p gets beside the model that answers. */
static bool add_shadow(const struct about *a, const struct conf_provider *p)
{
	bool any = false;
	struct str model;

	for (size_t i = 0; i < a->conf->nfeatures; i++) {
		const struct conf_feature *const f = &a->conf->features[i];
		if (f->shadow_percent == 0 ||
		    !str_eq_c(provider_of(f->shadow, &model), p->name))
			continue;
		any = true;
		begin_item(a, p);
		const char *const rest =
			words_open(a->out, a->lang, W_ABOUT_SHADOW);
		buf_addf(a->out, "%" PRId64, f->shadow_percent);
		const char *const end = words_on(a->out, rest);
		add_feature(a, f);
		(void)words_on(a->out, end);
		buf_add_c(a->out, "</li>\n");
	}
	return any;
}

static void add_readers(const struct about *a)
{
	const struct conf *const conf = a->conf;
	bool any = false;

	say_title(a, W_ABOUT_GETS);
	buf_add_c(a->out, "<ul>\n");
	for (size_t i = 0; i < conf->nproviders; i++) {
		const struct conf_provider *const p = &conf->providers[i];
		if (p->kind == CONF_PROVIDER_EXTRACT)
			continue;
		any = add_reader(a, p) || any;
		any = add_judge(a, p) || any;
		any = add_shadow(a, p) || any;
	}
	for (size_t i = 0; i < conf->nfeatures; i++)
		if (conf->features[i].ntools > 0)
			add_tools(a, &conf->features[i]);
	buf_addf(a->out,
		 any ? "</ul>\n<p>%s</p>\n</section>\n"
		     : "<li>%s</li>\n</ul>\n</section>\n",
		 words(a->lang, any ? W_ABOUT_ORDER : W_ABOUT_NOBODY));
}

/* "30 days", in the largest unit that says it exactly. */
static void add_time(const struct about *a, int64_t ms)
{
	const bool days = ms % DAY_MS == 0;
	const bool hours = ms % HOUR_MS == 0;
	const int64_t unit = days ? DAY_MS : hours ? HOUR_MS : MINUTE_MS;

	words_count(a->out, a->lang, (ms + unit - 1) / unit,
		    days    ? W_DAY
		    : hours ? W_HOUR
			    : W_MINUTE);
}

/* [feature NAME] content: the operator looks at what is said. */
static void add_content(const struct about *a, const struct conf_feature *f)
{
	static const enum words_key how[] = {
		[CONF_CONTENT_HASH] = W_ABOUT_HASH,
		[CONF_CONTENT_REDACTED] = W_ABOUT_REDACTED,
		[CONF_CONTENT_FULL] = W_ABOUT_FULL,
	};

	if (f->content == CONF_CONTENT_NONE)
		return;
	buf_add_c(a->out, "<p>");
	const char *rest = words_open(a->out, a->lang, W_ABOUT_KEPT);
	add_feature(a, f);
	rest = words_on(a->out, rest);
	add_time(a, f->content_days * DAY_MS);
	rest = words_on(a->out, rest);
	say(a, how[f->content]);
	(void)words_on(a->out, rest);
	buf_add_c(a->out, "</p>\n");
}

/* Agents need what was said to go on after a fault. */
static void add_runs(const struct about *a, const struct conf_feature *f)
{
	if (!f->agent)
		return;
	buf_add_c(a->out, "<p>");
	const char *rest = words_open(a->out, a->lang, W_ABOUT_RUNS);
	add_feature(a, f);
	rest = words_on(a->out, rest);
	add_time(a, f->keep_runs_ms);
	(void)words_on(a->out, rest);
	buf_add_c(a->out, "</p>\n");
}

/* What is kept for a while so that no answer is lost or paid twice. */
static void add_short(const struct about *a)
{
	bool resume = false;

	for (size_t i = 0; i < a->conf->nfeatures; i++)
		resume = resume || a->conf->features[i].resume;
	buf_add_c(a->out, "<p>");
	if (resume) {
		const char *const rest =
			words_open(a->out, a->lang, W_ABOUT_RESUME);
		add_time(a, a->conf->server.resume_keep_ms);
		(void)words_on(a->out, rest);
	}
	say(a, W_ABOUT_IDEMPOTENCY);
	buf_add_c(a->out, "</p>\n");
}

static void add_storage(const struct about *a)
{
	const struct conf *const conf = a->conf;

	say_title(a, W_ABOUT_STORED);
	buf_addf(a->out, "<p>%s</p>\n", words(a->lang, W_ABOUT_LEDGER));
	for (size_t i = 0; i < conf->nfeatures; i++) {
		add_content(a, &conf->features[i]);
		add_runs(a, &conf->features[i]);
	}
	add_short(a);
	buf_addf(a->out, "<p>%s</p>\n", words(a->lang, W_ABOUT_RATED));
	if (conf->server.privacy_note[0] != '\0') {
		buf_add_c(a->out, "<p>");
		page_text(a->out, str_from(conf->server.privacy_note));
		buf_add_c(a->out, "</p>\n");
	}
	buf_add_c(a->out, "</section>\n");
}

static void add_address(const struct about *a, struct str email)
{
	const char *const rest = words_open(a->out, a->lang, W_ABOUT_WRITE);

	buf_add_c(a->out, "<a href=\"mailto:");
	add_mailto(a->out, email);
	buf_add_c(a->out, "\">");
	page_text(a->out, email);
	buf_add_c(a->out, "</a>");
	(void)words_on(a->out, rest);
}

static void add_contact(const struct about *a)
{
	const struct str run_by = str_from(a->conf->server.operator_name);
	const struct str email = str_from(a->conf->server.contact_email);

	buf_addf(a->out, "<section id=\"contact\">\n<h2>%s</h2>\n<p>",
		 words(a->lang, W_ABOUT_CONTACT));
	if (run_by.n > 0)
		say_of(a, W_ABOUT_RUN_BY, run_by);
	if (email.n > 0)
		add_address(a, email);
	else
		say(a, W_ABOUT_NO_ADDRESS);
	buf_add_c(a->out, "</p>\n</section>\n");
}

void about_page(const struct conf *conf, enum words_lang lang, struct buf *out)
{
	const struct about a = {.conf = conf, .lang = lang, .out = out};

	add_head(&a);
	add_features(&a);
	add_readers(&a);
	add_storage(&a);
	add_contact(&a);
	page_close(out);
}
