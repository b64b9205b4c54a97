/*
 * `slipway smoke --load RATE`: a deployed service at twice the rate that is
 * expected.  This file plans the load and makes it; load_report.c says what was
 * seen.  One thread, one slot for each stream that is open.
 */
#include "cli/load.h"

#include "base/clock.h"
#include "base/num.h"
#include "db/db.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WORDS          "Count upwards from one, in words, and do not stop."
#define DEFAULT_S      60
#define MIN_S          1
#define MIN_CALLS      10
#define HALF_MINUTE_MS INT64_C(30000)
#define MAX_LIMITED    20 /* by then it is clear */
#define MAX_WAIT_MS    1000
#define SLOT_BYTES     ((size_t)8 * 1024 * 1024)
#define IDS_BYTES      ((size_t)2 * 1024 * 1024)
#define WHY_BYTES      ((size_t)512)
#define PPM            INT64_C(1000000)
/* Of the calls, without a configuration; as [alerts] error_budget. */
#define BUDGET_PPM 1000

/* Arguments --------------------------------------------------------------- */

/* given: --load, --seconds, --tokens; NULL: not given. */
enum err load_arguments(struct smoke *s, const char *const *given, bool yes)
{
	struct errbuf *const e = &s->site.cli->err;
	struct load *const l = ARENA_NEW(&s->site.cli->arena, struct load);
	const struct {
		const char *what;
		int64_t *to;
		int64_t min;
		int64_t max;
	} numbers[] = {
		{"--load takes the requests a minute that are expected, 1 to",
		 &l->rate, 1, LOAD_MAX_RATE},
		{"--seconds takes 1 to", &l->seconds, MIN_S, LOAD_MAX_SECONDS},
		{"--tokens takes 1 to", &l->tokens, 1, LOAD_MAX_TOKENS},
	};

	l->smoke = s;
	l->yes = yes;
	l->seconds = DEFAULT_S;
	l->tokens = SMOKE_MAX_TOKENS;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (given[i] != NULL &&
		    num_parse_i64(str_from(given[i]), numbers[i].min,
				  numbers[i].max, numbers[i].to) != ERR_OK)
			return err_set(e, ERR_INVALID_REQUEST, "%s %" PRId64,
				       numbers[i].what, numbers[i].max);
	if (given[0] == NULL)
		return given[1] == NULL && given[2] == NULL && !yes
			       ? ERR_OK
			       : err_set(e, ERR_INVALID_REQUEST,
					 "--seconds, --tokens and --yes belong "
					 "to --load");
	const int64_t n = l->rate * l->seconds * 1000 / HALF_MINUTE_MS;
	if (n < MIN_CALLS || n > LOAD_MAX_CALLS)
		return err_set(e, ERR_INVALID_REQUEST,
			       "twice %" PRId64 " a minute for %" PRId64
			       " s are %" PRId64 " calls; a load is %d to "
			       "%" PRId64 ": change --seconds",
			       l->rate, l->seconds, n, MIN_CALLS,
			       LOAD_MAX_CALLS);
	l->ncalls = (size_t)n;
	s->load = l;
	return ERR_OK;
}

size_t load_may_fail(const struct load *l)
{
	const struct site *const site = &l->smoke->site;
	const int64_t ppm = site->has_conf ? site->cli->conf.alerts.error_budget
					   : BUDGET_PPM;
	const int64_t n = num_mul((int64_t)l->ncalls, ppm) / PPM;

	return n > 1 ? (size_t)n : 1;
}

/* Before it: one call, by which the cost of all is known ------------------- */

static void fail(struct load *l, const char *why, const char *more)
{
	verdict_note(&l->smoke->site.verdicts, "load", VERDICT_FAIL,
		     "not started: %s%s", why, more);
}

/*
 * The most that one call can cost: what the ledger reserved for this one, else
 * what it cost as if all of its tokens had been output.
 */
static void bound(struct load *l, const struct site_stream *seen, int64_t pico)
{
	struct cli *const cli = l->smoke->site.cli;
	const struct json usage = json_get(seen->last, "usage");
	int64_t said = json_i64(json_get(usage, "output_tokens"));
	struct db_rows rows;

	if (said < 1)
		said = seen->tokens > 0 ? seen->tokens : 1;
	l->bound_pico =
		num_mul(pico, l->tokens > said ? l->tokens : said) / said + 1;
	if (pico == 0)
		l->bound_pico = 0;
	if (!l->smoke->site.has_conf)
		return;
	if (cli_call(cli,
		     "SELECT reserved_pico FROM slipway.call_find($1) WHERE "
		     "outcome <> 'in_flight'",
		     &seen->start_id, 1, &rows) == ERR_OK &&
	    rows.nrows == 1) {
		l->bound_pico = db_i64(&rows, 0, 0);
		l->bound_by_ledger = true;
	}
	err_clear(&cli->err);
}

/* Do the key's own requests a minute allow it?  False: noted. */
static bool may_ask(struct load *l, const struct net_reply *reply)
{
	char why[WHY_BYTES];
	int64_t rpm = 0;

	if (num_parse_i64(net_header(reply, "x-ratelimit-limit-requests"), 1,
			  INT64_MAX, &rpm) != ERR_OK ||
	    rpm >= 2 * l->rate)
		return true;
	(void)snprintf(why, sizeof(why),
		       "this key may ask %" PRId64
		       " times a minute, the load %" PRId64
		       " times: `slipway cap set user NAME --rpm %" PRId64
		       "`, or a key of another user; the tenant's is `slipway "
		       "cap set tenant NAME --rpm`, a key's own `slipway key "
		       "create --rpm`",
		       rpm, 2 * l->rate, 2 * l->rate);
	fail(l, why, "");
	return false;
}

static bool ask_first(struct load *l)
{
	struct site *const site = &l->smoke->site;
	const struct site_ask ask = {.header = site->header, .body = l->body};
	struct site_stream seen;
	struct net_reply reply;
	struct json said;
	int64_t pico = 0;

	if (site_stream(site, ask, &seen, &reply, &said) != ERR_OK) {
		site_unanswered(site, "load", "/chat/stream");
		return false;
	}
	if (reply.status != 200) {
		site_refused(site, "load", "/chat/stream", &reply, said);
		return false;
	}
	smoke_count(l->smoke, seen.cost_usd);
	const char *const flaw = seen.error != NULL
					 ? seen.error
					 : site_stream_flaw(&seen, &reply);
	if (flaw != NULL || num_parse_usd(seen.cost_usd, &pico) != ERR_OK) {
		fail(l, "its first stream is not well: ",
		     flaw != NULL ? flaw : "it does not say what it cost");
		return false;
	}
	bound(l, &seen, pico);
	return may_ask(l, &reply);
}

static bool is_allowed(struct load *l)
{
	char usd[NUM_USD_BYTES];

	(void)num_format_usd(num_mul((int64_t)l->ncalls, l->bound_pico), usd);
	(void)printf("load: %zu streams in %" PRId64 " s, %" PRId64
		     " a minute, of %" PRId64 " output tokens; at most %s USD, "
		     "%s\n",
		     l->ncalls, l->seconds, 2 * l->rate, l->tokens, usd,
		     l->bound_by_ledger ? "by what the ledger reserves for one"
					: "by what the first one cost");
	(void)fflush(stdout);
	if (!l->yes)
		fail(l, "say --yes to spend that", "");
	return l->yes;
}

/* What came ---------------------------------------------------------------- */

static void stop(struct load *l, const char *why, const char *more)
{
	char *const text = arena_alloc(&l->smoke->site.cli->arena, WHY_BYTES);

	if (l->stopped != NULL)
		return;
	(void)snprintf(text, WHY_BYTES, "%s%s", why, more);
	l->stopped = text;
}

/* Others' words are not for a terminal: only what a code can have. */
static struct load_code *code_of(struct load *l, long status, struct str code)
{
	char name[LOAD_CODE_BYTES] = "";
	size_t n = 0;

	for (size_t i = 0; i < code.n && n + 1 < sizeof(name); i++)
		name[n++] =
			code.p[i] == '_' || code.p[i] == ' ' ||
					(code.p[i] >= 'a' && code.p[i] <= 'z')
				? code.p[i]
				: '?';
	for (size_t i = 0; i < l->ncodes; i++)
		if (l->codes[i].status == status &&
		    strcmp(l->codes[i].code, name) == 0)
			return &l->codes[i];
	if (l->ncodes == LOAD_MAX_CODES)
		return &l->codes[LOAD_MAX_CODES - 1];
	l->codes[l->ncodes].status = status;
	memcpy(l->codes[l->ncodes].code, name, sizeof(name));
	return &l->codes[l->ncodes++];
}

/* A budget is used up, or somebody stopped all: to go on would harm. */
static bool is_harm(struct str code)
{
	static const char *const harms[] = {"key_cap",    "user_cap",
					    "tenant_cap", "system_cap",
					    "paused",     "upstream_quota"};
	bool is = false;

	for (size_t i = 0; i < sizeof(harms) / sizeof(harms[0]); i++)
		is = is || str_eq_c(code, harms[i]);
	return is;
}

static void note_failure(struct load *l, long status, struct str code)
{
	code_of(l, status, code)->n++;
	if (str_eq_c(code, "rate_limited")) {
		if (++l->nlimited == MAX_LIMITED)
			stop(l,
			     "our own limit of requests a minute stands in "
			     "the way",
			     "");
		return;
	}
	l->nfailed++;
	if (is_harm(code))
		stop(l, code_of(l, status, code)->code, " was answered");
	else if (l->nfailed > load_may_fail(l))
		stop(l, "more failed than the error budget has", "");
}

static void note_answer(struct load_slot *slot, int64_t now_ms)
{
	struct load *const l = slot->load;

	l->first_ms[l->nok] = slot->stream.first_at_ms - slot->due_ms;
	l->whole_ms[l->nok] = now_ms - slot->due_ms;
	l->nok++;
	l->tokens_seen += slot->stream.tokens;
}

static void note_cost(struct load *l, struct str cost_usd)
{
	int64_t pico = 0;

	smoke_count(l->smoke, cost_usd);
	if (num_parse_usd(cost_usd, &pico) == ERR_OK)
		l->told_pico = num_add(l->told_pico, pico);
	if (l->told_pico > num_mul((int64_t)l->ncalls, l->bound_pico))
		stop(l, "it costs more than was said", "");
}

static struct str refusal_code(struct arena *a, const struct net_reply *reply)
{
	struct json said;
	struct str code = STR_NONE;

	if (json_parse(a, reply->body, &said, NULL) == ERR_OK)
		code = json_str(json_get(said, "code"));
	return code.n > 0 ? code : STR("not one of ours");
}

static void judge(struct load_slot *slot, enum err err,
		  const struct net_reply *reply)
{
	const struct site_stream *const seen = &slot->stream;
	struct load *const l = slot->load;
	const char *flaw = NULL;

	if (err != ERR_OK) {
		note_failure(l, 0,
			     err == ERR_TIMEOUT ? STR("no end in time")
						: STR("no connection"));
		return;
	}
	if (reply->status != 200) {
		note_failure(l, reply->status,
			     refusal_code(&slot->arena, reply));
		return;
	}
	if (seen->ended)
		note_cost(l, seen->cost_usd);
	flaw = site_stream_flaw(seen, reply);
	if (seen->error != NULL)
		note_failure(l, 200, str_from(seen->error));
	else if (flaw != NULL)
		note_failure(l, 200,
			     json_is_true(json_get(seen->last, "degraded"))
				     ? STR("degraded")
				     : STR("not a whole stream"));
	else
		note_answer(slot, clock_mono_ms());
}

static void on_end(void *arg, enum err err, const struct net_reply *reply,
		   const struct errbuf *e)
{
	struct load_slot *const slot = arg;
	struct load *const l = slot->load;
	const struct str id = net_header(reply, "x-request-id");

	(void)e;
	if (id.n > 0)
		db_array_str(&l->ids, id);
	judge(slot, err, reply);
	l->nended++;
	slot->busy = false;
	arena_clear(&slot->arena);
}

/* The load ----------------------------------------------------------------- */

/* The rate is even, so the i-th call has its time. */
static int64_t due_ms(const struct load *l, size_t i)
{
	return l->begun_ms + (int64_t)i * HALF_MINUTE_MS / l->rate;
}

static struct load_slot *free_slot(struct load *l)
{
	for (size_t i = 0; i < LOAD_MAX_OPEN; i++)
		if (!l->slots[i].busy)
			return &l->slots[i];
	return NULL;
}

static void begin_one(struct load *l)
{
	struct load_slot *const slot = free_slot(l);
	struct site *const site = &l->smoke->site;
	struct site_ask ask = {.header = site->header, .body = l->body};

	if (slot == NULL) {
		stop(l, "900 streams are open at once and do not end", "");
		return;
	}
	slot->due_ms = due_ms(l, l->nbegun);
	l->late_ms = num_max(l->late_ms, clock_mono_ms() - slot->due_ms);
	site_stream_begin(&slot->arena, &ask, &slot->stream);
	site_request(site, &slot->arena, &ask, &slot->request);
	if (net_many_begin(l->many, &slot->arena, &slot->request, on_end, slot,
			   &site->cli->err) != ERR_OK) {
		stop(l, "libcurl cannot go on: ", site->cli->err.detail);
		arena_clear(&slot->arena);
		return;
	}
	slot->busy = true;
	l->nbegun++;
	const size_t open = l->nbegun - l->nended;
	if (open > l->most_open)
		l->most_open = open;
}

static bool goes_on(const struct load *l)
{
	return l->stopped == NULL && l->nbegun < l->ncalls;
}

static void run(struct load *l)
{
	l->begun_ms = clock_mono_ms();
	while (goes_on(l) || l->nended < l->nbegun) {
		while (goes_on(l) && due_ms(l, l->nbegun) <= clock_mono_ms())
			begin_one(l);
		int64_t wait = MAX_WAIT_MS;
		if (goes_on(l))
			wait = num_min(wait,
				       due_ms(l, l->nbegun) - clock_mono_ms());
		net_many_wait(l->many, num_max(wait, 0));
	}
	l->took_ms = clock_mono_ms() - l->begun_ms;
}

/* What the ledger says that all of it cost. */
static void ask_ledger(struct load *l)
{
	struct cli *const cli = l->smoke->site.cli;
	struct db_rows rows;

	l->cost_pico = -1;
	db_array_end(&l->ids);
	const struct str param = buf_str(&l->ids);
	if (l->smoke->site.has_conf && buf_err(&l->ids) == ERR_OK &&
	    cli_call(cli,
		     "SELECT count(*), coalesce(sum(c.cost_pico), 0)::bigint "
		     "FROM unnest($1::text[]) AS r (id) CROSS JOIN LATERAL "
		     "slipway.call_find(r.id) AS c WHERE c.outcome <> "
		     "'in_flight'",
		     &param, 1, &rows) == ERR_OK) {
		l->ledger_calls = (size_t)db_i64(&rows, 0, 0);
		l->cost_pico = db_i64(&rows, 0, 1);
	}
	err_clear(&cli->err);
}

static bool prepare(struct load *l)
{
	struct arena *const a = &l->smoke->site.cli->arena;

	l->first_ms = ARENA_ARRAY(a, l->ncalls, int64_t);
	l->whole_ms = ARENA_ARRAY(a, l->ncalls, int64_t);
	l->slots = ARENA_ARRAY(a, LOAD_MAX_OPEN, struct load_slot);
	for (size_t i = 0; i < LOAD_MAX_OPEN; i++) {
		l->slots[i].load = l;
		arena_init(&l->slots[i].arena, SLOT_BYTES);
	}
	buf_init(&l->ids, a, IDS_BYTES);
	db_array_begin(&l->ids);
	if (net_many_new(a, &l->many, &l->smoke->site.cli->err) == ERR_OK)
		return true;
	fail(l, l->smoke->site.cli->err.detail, "");
	return false;
}

void smoke_load(struct smoke *s)
{
	struct load *const l = s->load;

	if (s->site.verdicts.count[VERDICT_FAIL] > 0) {
		verdict_note(&s->site.verdicts, "load", VERDICT_SKIP,
			     "not while something else fails");
		return;
	}
	l->body = site_question(&s->site, s->feature, WORDS, l->tokens);
	if (!ask_first(l) || !is_allowed(l) || !prepare(l))
		return;
	run(l);
	ask_ledger(l);
	load_judge(l);
}
