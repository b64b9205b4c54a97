/*
 * The guard of a process.  Made by llm/app, asked by the intake threads for
 * questions and passages, and by the loop for the rules of an answer.
 */
#include "guard/guard.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "conf/file.h"
#include "guard/inject.h"
#include "guard/scan.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BLOCKLIST_MAX_BYTES ((size_t)1024 * 1024)
#define WHY_BYTES           256
#define TEXT_MAX_BYTES      ((size_t)64 * 1024 * 1024)

struct term {
	struct str text; /* normal form without case */
	struct term *next;
};

struct guard {
	const struct conf *conf;
	const struct guard_norm *norm;
	const struct inject *inject;
	struct term *blocked;
	const struct guard_rules *none;
	const struct guard_rules *every; /* of all kinds, for the log */
	/* by feature, the last for any other; NULL: nothing to look for */
	const struct guard_rules *rules[CONF_MAX_FEATURES + 1][GUARD_PHASES];
};

/* Making ------------------------------------------------------------- */

static enum err cannot_read(const struct conf *conf, const char *path,
			    struct errbuf *e)
{
	char why[WHY_BYTES];

	(void)snprintf(why, sizeof(why), "could not read %.160s: %s", path,
		       strerror(errno));
	return conf_fail(conf, "guard", "", "blocklist_file", why, e);
}

static enum err read_blocklist(struct arena *a, struct guard *g,
			       struct errbuf *e)
{
	const char *const path = g->conf->guard.blocklist_file;
	struct str text = STR_NONE;
	struct str line;

	if (path[0] == '\0')
		return ERR_OK;
	if (conf_slurp(a, path, BLOCKLIST_MAX_BYTES, &text) != ERR_OK)
		return cannot_read(g->conf, path, e);
	for (bool more = true; more;) {
		struct buf form;
		more = str_cut(text, '\n', &line, &text);
		line = str_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		buf_init(&form, a, 4 * line.n + 8);
		guard_norm_fold(g->norm, line, &form);
		struct term *const t = ARENA_NEW(a, struct term);
		*t = (struct term){buf_str(&form), g->blocked};
		g->blocked = t;
	}
	return ERR_OK;
}

struct compiled {
	const struct guard_regex *regex[GUARD_MAX_PATTERNS];
};

static enum err compile(struct arena *a, const struct conf *conf, bool brief,
			struct compiled *out, struct errbuf *e)
{
	for (size_t i = 0; i < conf->npatterns; i++) {
		struct errbuf why = {0};
		const char *const match = conf->patterns[i].match;
		const enum err err =
			brief ? guard_regex_brief(a, match, &out->regex[i],
						  &why)
			      : guard_regex_new(a, match, &out->regex[i], &why);
		if (err != ERR_OK)
			return conf_fail(conf, "pattern",
					 conf->patterns[i].name, "match",
					 why.detail, e);
	}
	return ERR_OK;
}

/* The keys of hashes; nothing to hash with when no secret is set. */
static void derive_key(const struct guard *g, unsigned char *out, size_t n)
{
	const struct conf_secret *const key = &g->conf->guard.hash_key;

	if (key->secret_n > 0)
		(void)crypto_generichash(out, n,
					 (const unsigned char *)key->secret_p,
					 key->secret_n, NULL, 0);
}

void guard_hash(const struct guard *g, struct str text,
		char out[static GUARD_HASH_BYTES])
{
	unsigned char key[crypto_generichash_KEYBYTES] = {0};
	unsigned char hash[(GUARD_HASH_BYTES - 1) / 2];

	derive_key(g, key, sizeof(key));
	(void)crypto_generichash(hash, sizeof(hash),
				 (const unsigned char *)text.p, text.n, key,
				 sizeof(key));
	sodium_memzero(key, sizeof(key));
	id_hex(hash, sizeof(hash), out);
}

static const struct guard_rules *make_rules(struct arena *a,
					    const struct guard *g,
					    const struct compiled *compiled,
					    const struct guard_policy *policy,
					    bool output)
{
	struct guard_rules *const r = ARENA_NEW(a, struct guard_rules);
	bool any = false;

	r->norm = g->norm;
	r->policy = *policy;
	for (size_t i = 0; i < GUARD_PATTERN; i++)
		any = any || policy->action[i] != GUARD_OFF;
	for (size_t i = 0; i < g->conf->npatterns; i++) {
		const struct guard_pattern *const p = &g->conf->patterns[i];
		if (output ? !p->output : !p->input)
			continue;
		r->patterns[r->npatterns++] = (struct guard_rule_pattern){
			p->name, compiled->regex[i], p->action};
	}
	derive_key(g, r->hash_key, sizeof(r->hash_key));
	guard_rules_ready(r);
	return any || r->npatterns > 0 ? r : NULL;
}

static const struct guard_rules *make_none(struct arena *a,
					   const struct guard *g)
{
	struct guard_rules *const r = ARENA_NEW(a, struct guard_rules);

	r->norm = g->norm;
	guard_rules_ready(r);
	return r;
}

static const struct guard_rules *make_every(struct arena *a,
					    const struct guard *g,
					    const struct compiled *compiled)
{
	struct guard_rules *const r = ARENA_NEW(a, struct guard_rules);

	r->norm = g->norm;
	memset(r->policy.action, GUARD_REDACT, sizeof(r->policy.action));
	for (size_t i = 0; i < g->conf->npatterns; i++)
		r->patterns[r->npatterns++] = (struct guard_rule_pattern){
			g->conf->patterns[i].name, compiled->regex[i],
			GUARD_REDACT};
	guard_rules_ready(r);
	return r;
}

/* Passages cannot be blocked without losing the answer: they are redacted. */
static struct guard_policy softened(const struct guard_policy *p)
{
	struct guard_policy out = *p;

	for (size_t i = 0; i < GUARD_KINDS; i++)
		if (out.action[i] == GUARD_BLOCK)
			out.action[i] = GUARD_REDACT;
	return out;
}

enum err guard_new(struct arena *a, const struct conf *conf, bool brief,
		   const struct guard **out, struct errbuf *e)
{
	struct guard *const g = ARENA_NEW(a, struct guard);
	struct compiled compiled;

	g->conf = conf;
	g->norm = brief ? guard_norm_brief(a) : guard_norm_new(a);
	ERR_TRY(inject_new(a, g->norm, brief, &g->inject, e));
	ERR_TRY(compile(a, conf, brief, &compiled, e));
	ERR_TRY(read_blocklist(a, g, e));
	g->none = make_none(a, g);
	g->every = make_every(a, g, &compiled);
	for (size_t i = 0; i <= conf->nfeatures; i++) {
		const struct conf_guard_rules *const r =
			i < conf->nfeatures ? &conf->features[i].guard
					    : &conf->guard.rules;
		const struct guard_policy soft = softened(&r->output_pii);
		if (conf->guard.input)
			g->rules[i][GUARD_INPUT] = make_rules(
				a, g, &compiled, &r->input_pii, false);
		if (!conf->guard.output)
			continue;
		g->rules[i][GUARD_OUTPUT] =
			make_rules(a, g, &compiled, &r->output_pii, true);
		g->rules[i][GUARD_PASSAGES] =
			make_rules(a, g, &compiled, &soft, true);
	}
	*out = g;
	return ERR_OK;
}

/* A feature of which no section knows is guarded as [guard] says. */
static size_t place_of(const struct guard *g, const struct conf_feature *f)
{
	size_t i = 0;

	while (i < g->conf->nfeatures &&
	       strcmp(g->conf->features[i].name, f->name) != 0)
		i++;
	return i;
}

static enum guard_injection injection_of(const struct guard *g,
					 const struct conf_feature *f)
{
	const size_t i = place_of(g, f);

	return i < g->conf->nfeatures ? g->conf->features[i].guard.injection
				      : g->conf->guard.rules.injection;
}

const struct guard_rules *guard_rules_of(const struct guard *g,
					 const struct conf_feature *f,
					 enum guard_phase phase)
{
	return g->rules[place_of(g, f)][phase];
}

const struct guard_rules *guard_rules_none(const struct guard *g)
{
	return g->none;
}

/* Checking ----------------------------------------------------------- */

void guard_note(struct guard_report *r, enum guard_phase phase,
		const char *kind, const char *action, unsigned count)
{
	struct guard_decision *d = r->decisions;

	while (d < r->decisions + r->n &&
	       (d->phase != phase || strcmp(d->kind, kind) != 0 ||
		strcmp(d->action, action) != 0))
		d++;
	if (d == r->decisions + GUARD_MAX_DECISIONS)
		return;
	if (d == r->decisions + r->n) {
		*d = (struct guard_decision){phase, kind, action, 0};
		r->n++;
	}
	d->count += count;
}

static const char *const phase_names[GUARD_PHASES] = {
	[GUARD_INPUT] = "input",
	[GUARD_PASSAGES] = "passages",
	[GUARD_OUTPUT] = "output",
	[GUARD_MODERATION] = "moderation",
};

const char *guard_phase_name(enum guard_phase phase)
{
	assert(phase < GUARD_PHASES);
	return phase_names[phase];
}

void guard_summary(const struct guard_report *r,
		   char out[static GUARD_SUMMARY_BYTES])
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < r->n && n < GUARD_SUMMARY_BYTES; i++) {
		const struct guard_decision *const d = &r->decisions[i];
		n += (size_t)snprintf(out + n, GUARD_SUMMARY_BYTES - n,
				      "%s%s %s %s %u", i > 0 ? ", " : "",
				      phase_names[d->phase], d->kind, d->action,
				      d->count);
	}
}

static void add_text(void *arg, struct str text)
{
	buf_add_str(arg, text);
}

static enum err scan_all(struct guard_scan *s, struct str text)
{
	ERR_TRY(guard_scan_feed(s, text));
	return guard_scan_finish(s);
}

struct str guard_log_text(const struct guard *g, struct arena *a,
			  struct str text)
{
	struct guard_scan s;
	struct buf out;

	buf_init(&out, a, TEXT_MAX_BYTES);
	guard_scan_init(&s, a, g->every, SCAN_TEXT, add_text, &out);
	return scan_all(&s, text) == ERR_OK ? buf_str(&out) : STR_NONE;
}

enum err guard_clean(const struct guard *g, const struct conf_feature *f,
		     enum guard_phase phase, struct arena *a,
		     struct vault *vault, bool json, struct str *text,
		     struct guard_report *r)
{
	const struct guard_rules *const rules = guard_rules_of(g, f, phase);
	const int64_t begin_us = clock_mono_us();
	struct guard_scan s;
	struct buf out;

	if (rules == NULL || text->n == 0)
		return ERR_OK;
	buf_init(&out, a, TEXT_MAX_BYTES);
	guard_scan_init(&s, a, rules, json ? SCAN_JSON : SCAN_TEXT, add_text,
			&out);
	s.fill = vault;
	const enum err err = scan_all(&s, *text);
	guard_scan_report(&s, phase, r);
	r->us[phase] += clock_mono_us() - begin_us;
	ERR_TRY(err);
	ERR_TRY(buf_err(&out));
	*text = buf_str(&out);
	return ERR_OK;
}

/* Does the term stand in text, not within a word? */
static bool has_term(struct str text, struct str term)
{
	for (size_t i = 0; i + term.n <= text.n; i++) {
		const struct guard_text t = {text.p, text.n, 0, true};
		if (memcmp(text.p + i, term.p, term.n) == 0 &&
		    !guard_was(&t, i, GUARD_IS_ALNUM) &&
		    !guard_is(&t, i + term.n, GUARD_IS_ALNUM))
			return true;
	}
	return false;
}

static bool is_blocked(const struct guard *g, struct arena *a, struct str text)
{
	struct buf form;

	if (g->blocked == NULL)
		return false;
	buf_init(&form, a, TEXT_MAX_BYTES);
	guard_norm_fold(g->norm, text, &form);
	for (const struct term *t = g->blocked; t != NULL; t = t->next)
		if (has_term(buf_str(&form), t->text))
			return true;
	return false;
}

enum err guard_intent(const struct guard *g, const struct conf_feature *f,
		      struct arena *a, struct str text, struct guard_report *r)
{
	const enum guard_injection action = injection_of(g, f);
	const int64_t begin_us = clock_mono_us();
	enum err err = ERR_OK;

	if (!g->conf->guard.input || text.n == 0)
		return ERR_OK;
	if (is_blocked(g, a, text)) {
		guard_note(r, GUARD_INPUT, "blocklist", "block", 1);
		err = ERR_BLOCKED;
	}
	if (action != GUARD_INJECTION_OFF &&
	    inject_score(g->inject, a, text) >=
		    g->conf->guard.injection_score) {
		const bool block = action == GUARD_INJECTION_BLOCK;
		guard_note(r, GUARD_INPUT, "injection",
			   block ? "block" : "record", 1);
		err = block ? ERR_BLOCKED : err;
	}
	r->us[GUARD_INPUT] += clock_mono_us() - begin_us;
	return err;
}

bool guard_passage_commands(const struct guard *g, const struct conf_feature *f,
			    struct arena *a, struct str text,
			    struct guard_report *r)
{
	const enum guard_injection action = injection_of(g, f);
	const int64_t begin_us = clock_mono_us();

	if (!g->conf->guard.input || action == GUARD_INJECTION_OFF)
		return false;
	const bool found = inject_score(g->inject, a, text) >=
			   g->conf->guard.injection_score;
	r->us[GUARD_PASSAGES] += clock_mono_us() - begin_us;
	if (found)
		guard_note(r, GUARD_PASSAGES, "injection",
			   action == GUARD_INJECTION_BLOCK ? "drop" : "record",
			   1);
	return found && action == GUARD_INJECTION_BLOCK;
}
