/*
 * `slipway smoke --load`: what was seen, for people and as JSON, and whether it
 * holds against the service level of the configuration.
 */
#include "cli/load.h"

#include "base/num.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const int64_t percents[] = {50, 95, 99, 100};
static const char *const names[] = {"p50", "p95", "p99", "max"};
#define NPERCENTS (sizeof(percents) / sizeof(percents[0]))

static int by_size(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a;
	const int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Nearest rank, of sorted ones. */
static int64_t percentile(const int64_t *ms, size_t n, int64_t percent)
{
	return n == 0 ? 0 : ms[(n * (size_t)percent + 99) / 100 - 1];
}

static void print_times(const char *what, const int64_t *ms, size_t n)
{
	(void)printf("load: %s", what);
	for (size_t i = 0; i < NPERCENTS; i++)
		(void)printf(", %s %" PRId64 " ms", names[i],
			     percentile(ms, n, percents[i]));
	(void)printf("\n");
}

static void print_codes(const struct load *l)
{
	for (size_t i = 0; i < l->ncodes; i++) {
		const struct load_code *const c = &l->codes[i];
		(void)printf("load: %zu times %ld %s (%s)\n", c->n, c->status,
			     c->code,
			     site_hint(&l->smoke->site, str_from(c->code)));
	}
}

static void print_cost(const struct load *l)
{
	char usd[NUM_USD_BYTES];

	if (l->cost_pico >= 0)
		(void)printf("load: %s USD for %zu calls in the ledger\n",
			     num_format_usd(l->cost_pico, usd),
			     l->ledger_calls);
	else
		(void)printf("load: %s USD, as the answers say\n",
			     num_format_usd(l->told_pico, usd));
}

static int64_t a_second(int64_t n, int64_t ms)
{
	return n * 1000 / (ms > 0 ? ms : 1);
}

static void print(const struct load *l)
{
	(void)printf("load: %zu of %zu calls made, %zu answered, in %" PRId64
		     " ms; at most %zu open at once, begun at most %" PRId64
		     " ms late; %" PRId64 " pieces of text a second\n",
		     l->nbegun, l->ncalls, l->nok, l->took_ms, l->most_open,
		     l->late_ms, a_second(l->tokens_seen, l->took_ms));
	if (l->nok > 0) {
		print_times("first words", l->first_ms, l->nok);
		print_times("whole answers", l->whole_ms, l->nok);
	}
	print_codes(l);
	print_cost(l);
	(void)fflush(stdout);
}

static void note_limited(struct load *l)
{
	verdict_note(&l->smoke->site.verdicts, "load", VERDICT_FAIL,
		     "%zu of %zu calls were refused by our own limit of "
		     "requests a minute: `slipway cap set user NAME --rpm "
		     "%" PRId64 "` for the key's user, and [limits] tenant_rpm "
		     "or `slipway cap set tenant NAME --rpm` for its tenant",
		     l->nlimited, l->nended, 2 * l->rate);
}

void load_judge(struct load *l)
{
	struct verdicts *const v = &l->smoke->site.verdicts;
	const int64_t slo_ms = l->smoke->ttft_ms;

	qsort(l->first_ms, l->nok, sizeof(l->first_ms[0]), by_size);
	qsort(l->whole_ms, l->nok, sizeof(l->whole_ms[0]), by_size);
	print(l);
	const int64_t p95 = percentile(l->first_ms, l->nok, 95);
	if (l->nlimited > 0)
		note_limited(l);
	else if (l->stopped != NULL)
		verdict_note(v, "load", VERDICT_FAIL,
			     "stopped after %zu of %zu calls: %s", l->nbegun,
			     l->ncalls, l->stopped);
	else if (l->nfailed > load_may_fail(l))
		verdict_note(v, "load", VERDICT_FAIL,
			     "%zu of %zu calls failed, [alerts] error_budget "
			     "allows %zu",
			     l->nfailed, l->ncalls, load_may_fail(l));
	else if (p95 > slo_ms)
		verdict_note(v, "load", VERDICT_FAIL,
			     "p95 of the first words is %" PRId64
			     " ms, [alerts] ttft_p95 is %" PRId64
			     " ms: is it the model (`slipway replay`, "
			     "/docs/runbooks/provider-outage.html#slow), or "
			     "too few processors here?",
			     p95, slo_ms);
	else
		verdict_note(v, "load", VERDICT_PASS,
			     "%zu of %zu answered, p95 of the first words "
			     "%" PRId64 " ms",
			     l->nok, l->ncalls, p95);
}

/* JSON --------------------------------------------------------------------- */

static void write_times(struct jw *w, const char *name, const int64_t *ms,
			size_t n)
{
	jw_open_object(w, name);
	for (size_t i = 0; n > 0 && i < NPERCENTS; i++)
		jw_int(w, names[i], percentile(ms, n, percents[i]));
	jw_close(w);
}

static void write_codes(const struct load *l, struct jw *w)
{
	jw_open_array(w, "errors");
	for (size_t i = 0; i < l->ncodes; i++) {
		jw_open_object(w, NULL);
		jw_int(w, "status", l->codes[i].status);
		jw_c(w, "code", l->codes[i].code);
		jw_int(w, "count", (int64_t)l->codes[i].n);
		jw_close(w);
	}
	jw_close(w);
}

void load_write(const struct load *l, struct jw *w)
{
	char usd[NUM_USD_BYTES];

	jw_open_object(w, "load");
	jw_int(w, "expected_rpm", l->rate);
	jw_int(w, "rpm", 2 * l->rate);
	jw_int(w, "seconds", l->seconds);
	jw_int(w, "calls", (int64_t)l->ncalls);
	jw_int(w, "made", (int64_t)l->nbegun);
	jw_int(w, "answered", (int64_t)l->nok);
	jw_int(w, "took_ms", l->took_ms);
	jw_int(w, "most_open", (int64_t)l->most_open);
	jw_int(w, "late_ms", l->late_ms);
	write_times(w, "ttft_ms", l->first_ms, l->nok);
	write_times(w, "total_ms", l->whole_ms, l->nok);
	write_codes(l, w);
	jw_c(w, "at_most_usd",
	     num_format_usd(num_mul((int64_t)l->ncalls, l->bound_pico), usd));
	jw_c(w, "cost_usd",
	     num_format_usd(l->cost_pico >= 0 ? l->cost_pico : l->told_pico,
			    usd));
	if (l->stopped != NULL)
		jw_c(w, "stopped", l->stopped);
	jw_close(w);
}
