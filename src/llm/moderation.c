/*
 * The moderation model.  Until the verdict is taken an intake thread may be at
 * work on the call, so what happens on the loop touches nothing of the call but
 * this.
 */
#include "llm/moderation.h"

#include "base/clock.h"
#include "base/container.h"
#include "base/log.h"
#include "base/num.h"
#include "http/req.h"
#include "llm/app.h"
#include "llm/call_loop.h"
#include "llm/openai_read.h"
#include "llm/wire.h"

#include <stdio.h>

#define ANSWER_MAX_BYTES ((size_t)256 * 1024)
#define ARENA_BYTES      ((size_t)1024 * 1024)
#define HEADER_BYTES     64
#define FRAME_TOKENS     16 /* around each text, generous */
#define STATUS_BYTES     24

struct moderation {
	struct call *call;
	struct arena arena; /* the loop's */
	const struct conf_provider *provider;
	struct str model_route;
	struct price price;
	size_t ntexts;
	int64_t bound_tokens;
	struct provider_request wire;
	struct loop_task start;
	struct loop_timer timer;
	struct upstream_sink sink;
	struct upstream_call *upstream; /* NULL: not under way */
	struct buf answer;
	int status;
	bool started;
	bool ended;
	bool sent; /* the provider may have seen it */
	bool noted;
	struct errbuf fault; /* why there is no verdict */
	int64_t begin_us;
	int64_t end_us;
	void (*then)(struct call *c); /* NULL: nobody waits */
};

/* The request -------------------------------------------------------- */

/* Those of the feature, else of [guard]. */
static const struct conf_guard_rules *rules_of(const struct call *c)
{
	const struct conf *const conf = c->app->conf;
	const struct conf_feature *const f =
		conf_feature(conf, str_from(c->feature->name));

	return f != NULL ? &f->guard : &conf->guard.rules;
}

/* A call of our own says off. */
static struct str route_of(const struct call *c)
{
	return c->app->conf->guard.input &&
			       !str_eq_c(c->feature->guard.moderation, "off")
		       ? rules_of(c)->moderation
		       : STR_NONE;
}

struct texts {
	struct moderation *m;
	struct jw w;
};

static void count(struct moderation *m, struct str text)
{
	m->ntexts++;
	m->bound_tokens =
		num_add(m->bound_tokens, (int64_t)text.n + FRAME_TOKENS);
}

static void add_text(void *arg, struct str text)
{
	struct texts *const t = arg;

	if (str_trim(text).n == 0)
		return;
	jw_str(&t->w, NULL, text);
	count(t->m, text);
}

static enum err write_request(struct moderation *m, struct str model,
			      struct errbuf *e)
{
	struct call *const c = m->call;
	struct arena *const a = &c->req->arena;
	struct provider_request *const out = &m->wire;
	const bool itself = wire_is_host(m->provider, STR("api.openai.com"));
	struct texts t = {.m = m};
	struct buf id;

	buf_init(&out->body, a, WIRE_MAX_BYTES);
	jw_init(&t.w, &out->body);
	jw_open_object(&t.w, NULL);
	jw_str(&t.w, "model", model);
	jw_open_array(&t.w, "input");
	guarded_each_new(c, add_text, &t);
	for (size_t i = 0; i < c->llm.ninputs; i++) {
		jw_raw(&t.w, NULL, c->llm.inputs[i]);
		count(m, c->llm.inputs[i]);
	}
	jw_close(&t.w);
	jw_close(&t.w);
	ERR_TRY(wire_url(a, m->provider, "/moderations", out, e));
	wire_header(out, "Content-Type: application/json");
	buf_init(&id, a, HEADER_BYTES);
	buf_addf(&id, "X-Client-Request-Id: %s", c->req->id);
	wire_header(out, buf_c(&id));
	ERR_TRY(wire_key(a, m->provider, "Authorization: Bearer ", itself, out,
			 e));
	return wire_body_err(m->provider, out, e);
}

static void release(void *arena)
{
	arena_release(arena);
}

/* There will be no verdict. */
static void fail(struct moderation *m, enum err err, const char *why)
{
	m->ended = true;
	(void)err_set(&m->fault, err, "%s", why);
}

static void on_start(struct loop_task *task);
static void on_timer(struct loop_timer *t);
static void on_head(struct upstream_sink *sink, int status);
static void on_body(struct upstream_sink *sink, struct str bytes);
static void on_end(struct upstream_sink *sink, enum err err, const char *why);

void moderation_prepare(struct call *c)
{
	const struct str route = route_of(c);
	struct errbuf e = {.code = ERR_OK};
	struct str provider;
	struct str model;

	if (route.n == 0 || c->guard.refused != ERR_OK)
		return;
	struct moderation *const m =
		ARENA_NEW(&c->req->arena, struct moderation);
	(void)str_cut(route, '/', &provider, &model);
	m->call = c;
	m->model_route = route;
	m->provider = conf_provider(c->app->conf, provider);
	m->start.run = on_start;
	m->timer.fire = on_timer;
	m->sink = (struct upstream_sink){on_head, on_body, on_end};
	enum err err = write_request(m, model, &e);
	if (m->ntexts == 0)
		return; /* nothing to judge */
	if (err == ERR_OK)
		err = prices_find(c->app->prices, m->provider, model,
				  &m->price);
	if (err == ERR_UNPRICED)
		(void)err_set(&e, err, "no price for it");
	arena_init(&m->arena, ARENA_BYTES);
	arena_defer(&c->req->arena, release, &m->arena);
	buf_init(&m->answer, &m->arena, ANSWER_MAX_BYTES);
	c->moderation = m;
	if (err != ERR_OK)
		fail(m, err, e.detail);
}

int64_t moderation_bound_pico(const struct call *c)
{
	const struct moderation *const m = c->moderation;

	return m != NULL ? num_mul(m->bound_tokens,
				   price_input_bound(&m->price, m->provider))
			 : 0;
}

/* On its way --------------------------------------------------------- */

static void finish(struct moderation *m)
{
	m->ended = true;
	m->upstream = NULL;
	m->end_us = clock_mono_us();
	loop_timer_cancel(m->call->app->loop, &m->timer);
	if (m->then != NULL)
		m->then(m->call);
}

static void start(struct moderation *m)
{
	struct app *const app = m->call->app;
	struct errbuf e = {.code = ERR_OK};

	if (m->started || m->ended)
		return;
	m->started = true;
	m->begin_us = clock_mono_us();
	m->upstream = upstream_post(app->upstream, &m->arena, m->provider,
				    &m->wire, &m->sink, &e);
	if (m->upstream == NULL) {
		fail(m, ERR_UPSTREAM, e.detail);
		finish(m);
		return;
	}
	loop_timer_set(app->loop, &m->timer,
		       rules_of(m->call)->moderation_timeout_ms);
}

static void on_start(struct loop_task *task)
{
	start(CONTAINER_OF(task, struct moderation, start));
}

static void on_timer(struct loop_timer *t)
{
	struct moderation *const m = CONTAINER_OF(t, struct moderation, timer);

	m->sent = upstream_request_sent(m->upstream);
	upstream_cancel(m->upstream);
	fail(m, ERR_UPSTREAM_TIMEOUT, "no answer within moderation_timeout");
	finish(m);
}

static void on_head(struct upstream_sink *sink, int status)
{
	CONTAINER_OF(sink, struct moderation, sink)->status = status;
}

static void on_body(struct upstream_sink *sink, struct str bytes)
{
	buf_add_str(&CONTAINER_OF(sink, struct moderation, sink)->answer,
		    bytes);
}

static void on_end(struct upstream_sink *sink, enum err err, const char *why)
{
	struct moderation *const m =
		CONTAINER_OF(sink, struct moderation, sink);
	char status[STATUS_BYTES];

	m->sent = upstream_request_sent(m->upstream);
	(void)snprintf(status, sizeof(status), "status %d", m->status);
	if (err != ERR_OK)
		fail(m, err, why);
	else if (m->status != 200)
		fail(m, ERR_UPSTREAM,
		     status); /* its words may be the question */
	finish(m);
}

void moderation_begin(struct call *c)
{
	if (c->moderation != NULL)
		loop_post(c->app->loop, &c->moderation->start);
}

bool moderation_wait(struct call *c, void (*then)(struct call *c))
{
	struct moderation *const m = c->moderation;

	if (m == NULL)
		return false;
	start(m);
	if (m->ended)
		return false;
	m->then = then;
	return true;
}

/* The verdict -------------------------------------------------------- */

/* How many of the texts were flagged; -1: this is no verdict on all of them. */
static int64_t read_verdict(struct json root, size_t ntexts)
{
	const struct json results = json_get(root, "results");
	int64_t flagged = 0;

	if (json_type(results) != JSON_ARRAY || json_count(results) != ntexts)
		return -1;
	for (size_t i = 0; i < ntexts; i++) {
		const struct json one =
			json_get(json_at(results, i), "flagged");
		if (json_type(one) != JSON_BOOL)
			return -1;
		flagged += json_is_true(one) ? 1 : 0;
	}
	return flagged;
}

/* Without the provider's own count it is the bound. */
static int64_t cost_of(const struct moderation *m, struct json root)
{
	const bool refused = m->status != 0 && m->status != 200;
	struct ledger_usage used = {0};

	if (!m->sent || refused)
		return 0;
	if (!openai_read_usage(json_get(root, "usage"), &used))
		used.input_tokens = m->bound_tokens;
	return price_cost(&m->price, &used);
}

/* The request is an attempt of the call, and what it cost is the call's. */
static void note(struct call *c, struct moderation *m, struct json root)
{
	struct ledger_settle *const s = &c->settle;

	m->noted = true;
	if (!m->started)
		return;
	c->spent_pico = num_add(c->spent_pico, cost_of(m, root));
	if (s->nattempts == LEDGER_MAX_ATTEMPTS)
		return;
	struct ledger_attempt *const a = &s->attempts[s->nattempts++];
	a->model_route = m->model_route;
	a->result = m->fault.code;
	a->http_status = m->status;
	a->ttft_ms = -1;
	a->latency_ms = (m->end_us - m->begin_us) / 1000;
}

static void refuse(struct call *c, const char *why)
{
	c->guard.refused = ERR_BLOCKED;
	err_clear(&c->req->err);
	(void)err_set(&c->req->err, ERR_BLOCKED, "%s", why);
}

static void not_judged(struct call *c, const struct moderation *m)
{
	const bool pass = rules_of(c)->moderation_pass;

	log_request(LOG_WARN, "moderation_failed", c->req->id,
		    STR_FMT ": %s: %s", STR_ARG(m->model_route),
		    err_entry(m->fault.code)->code, m->fault.detail);
	guard_note(&c->guard.report, GUARD_MODERATION, "failure",
		   pass ? "pass" : "block", 1);
	if (!pass)
		refuse(c, "the moderation model gave no verdict");
}

void moderation_take(struct call *c)
{
	struct moderation *const m = c->moderation;
	struct errbuf e = {.code = ERR_OK};
	struct json root = {0};
	int64_t flagged = -1;

	if (m == NULL || m->noted)
		return;
	if (m->fault.code == ERR_OK && buf_err(&m->answer) == ERR_OK &&
	    json_parse(&c->req->arena, buf_str(&m->answer), &root, &e) ==
		    ERR_OK)
		flagged = read_verdict(root, m->ntexts);
	if (m->fault.code == ERR_OK && flagged < 0)
		fail(m, ERR_UPSTREAM, "its answer is no verdict");
	note(c, m, root);
	c->guard.report.us[GUARD_MODERATION] = m->end_us - m->begin_us;
	if (flagged < 0) {
		not_judged(c, m);
		return;
	}
	guard_note(&c->guard.report, GUARD_MODERATION,
		   flagged > 0 ? "flagged" : "clean",
		   flagged > 0 ? "block" : "pass",
		   flagged > 0 ? (unsigned)flagged : (unsigned)m->ntexts);
	if (flagged > 0)
		refuse(c, "by the moderation model");
}

void moderation_drop(struct call *c)
{
	struct moderation *const m = c->moderation;
	const struct json none = {0};

	if (m == NULL || m->noted)
		return;
	m->then = NULL;
	if (m->upstream != NULL) {
		m->sent = upstream_request_sent(m->upstream);
		upstream_cancel(m->upstream);
		fail(m, ERR_CLOSED, "the call ended");
		finish(m);
	}
	note(c, m, none);
}
