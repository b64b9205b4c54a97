/*
 * `slipway preflight`, streaming through the real web server: the words come
 * while the model speaks, not when it has ended.  What the ledger measured at
 * the worker is compared with what arrived here.
 */
#include "base/num.h"
#include "cli/preflight.h"
#include "db/db.h"

#include <inttypes.h>
#include <stdbool.h>

#define WORDS                                                              \
	"Count from one to twenty in words, separated by commas, and say " \
	"nothing else."
/* The worker must have spoken for so long before gathering shows. */
#define SPREAD_MS 150

static const char check[] = "A13 streaming";

/* How long the worker spoke, ms; -1: the ledger cannot be asked. */
static int64_t spoken_ms(struct preflight *p, struct str id)
{
	struct db_rows rows;

	if (!p->site.has_conf)
		return -1;
	if (cli_call(p->site.cli,
		     "SELECT latency_ms - ttft_ms FROM slipway.call_find($1) "
		     "WHERE outcome <> 'in_flight'",
		     &id, 1, &rows) != ERR_OK) {
		err_clear(&p->site.cli->err);
		return -1;
	}
	return rows.nrows == 1 ? db_i64(&rows, 0, 0) : -1;
}

/* Did it arrive in far less time than it was said in? */
static bool is_gathered(int64_t spoken, int64_t heard)
{
	return spoken >= SPREAD_MS && heard < spoken / 2;
}

static void judge_spread(struct preflight *p, const struct site_stream *seen,
			 int64_t spoken)
{
	const int64_t heard = seen->last_at_ms - seen->first_at_ms;
	const int64_t first = seen->first_at_ms - seen->begun_ms;

	if (is_gathered(spoken, heard))
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "the worker spoke for %" PRId64
			     " ms and all of it arrived within %" PRId64
			     " ms: something before it gathers answers. "
			     "lighttpd: server.stream-response-body = 2; "
			     "Apache: flushpackets=on or FcgidOutputBufferSize "
			     "0; a proxy before them: buffering off (nginx: "
			     "proxy_buffering off); no compression of "
			     "text/event-stream",
			     spoken, heard);
	else if (spoken < 0 && heard < SPREAD_MS)
		verdict_note(&p->site.verdicts, check, VERDICT_SKIP,
			     "%" PRId64 " pieces within %" PRId64
			     " ms, the first after %" PRId64
			     " ms: without the database nobody can tell a fast "
			     "model from a gathered answer",
			     seen->tokens, heard, first);
	else if (spoken >= 0 && spoken < SPREAD_MS)
		verdict_note(&p->site.verdicts, check, VERDICT_SKIP,
			     "the answer took %" PRId64
			     " ms at the worker, too little to see whether it "
			     "is gathered; name a feature with a model that "
			     "says more with --feature",
			     spoken);
	else
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "first words after %" PRId64 " ms, %" PRId64
			     " pieces over %" PRId64 " ms",
			     first, seen->tokens, heard);
}

/*
 * Judge one answer.  Returns false, with nothing noted, when it looks gathered
 * and may be asked for again: a busy machine may have slept over the first.
 */
static bool judge(struct preflight *p, const struct site_stream *seen,
		  const struct net_reply *reply, struct json said, bool last)
{
	const struct str coding = net_header(reply, "content-encoding");

	if (reply->status != 200 || seen->error != NULL) {
		const struct str code =
			seen->error != NULL ? str_from(seen->error)
					    : json_str(json_get(said, "code"));
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "POST %s/chat/stream answers %ld " STR_FMT " (%s)",
			     p->site.url, reply->status, STR_ARG(code),
			     site_hint(&p->site, code));
		return true;
	}
	if (coding.n > 0 && !str_eq_c(coding, "identity")) {
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "the stream comes compressed (" STR_FMT
			     "), so it waits in a compressor: take "
			     "text/event-stream out of mod_deflate, "
			     "deflate.mimetypes or what stands before",
			     STR_ARG(coding));
		return true;
	}
	const char *const flaw = site_stream_flaw(seen, reply);
	if (flaw != NULL) {
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "POST %s/chat/stream: %s", p->site.url, flaw);
		return true;
	}
	const int64_t spoken = spoken_ms(p, seen->start_id);
	if (!last && is_gathered(spoken, seen->last_at_ms - seen->first_at_ms))
		return false;
	judge_spread(p, seen, spoken);
	return true;
}

static void check_heartbeat(struct preflight *p)
{
	static const char name[] = "B15 heartbeat";
	const int64_t ms = p->site.cli->conf.server.heartbeat_ms;

	if (!preflight_has_conf(p, name))
		return;
	if (ms > 0 && ms <= 30000)
		verdict_note(&p->site.verdicts, name, VERDICT_PASS,
			     "a comment after %" PRId64 " s of silence",
			     ms / 1000);
	else
		verdict_note(&p->site.verdicts, name, VERDICT_WARN,
			     "[server] heartbeat of %s is %" PRId64
			     " s; proxies often cut a connection that is "
			     "silent for 60 s: set 15s",
			     p->site.cli->conf.path, ms / 1000);
}

/* Ask once; false when it is to be asked again. */
static bool ask(struct preflight *p, bool last)
{
	const struct site_ask ask = {
		.header = p->spends,
		/* a browser offers it, too */
		.more = "Accept-Encoding: gzip, deflate, br",
		.body = site_question(&p->site, p->feature, WORDS,
				      PREFLIGHT_MAX_TOKENS)};
	struct site_stream seen;
	struct net_reply reply;
	struct json said;
	int64_t pico = 0;

	if (site_stream(&p->site, ask, &seen, &reply, &said) != ERR_OK) {
		site_unanswered(&p->site, check, "/chat/stream");
		return true;
	}
	p->calls += seen.ended;
	if (num_parse_usd(seen.cost_usd, &pico) == ERR_OK)
		p->cost_pico = num_add(p->cost_pico, pico);
	return judge(p, &seen, &reply, said, last);
}

void preflight_stream(struct preflight *p)
{
	check_heartbeat(p);
	if (p->no_spend || p->spends == NULL) {
		verdict_note(&p->site.verdicts, check, VERDICT_SKIP, "%s",
			     p->no_spend ? "it needs a real answer, and "
					   "--no-spend asks for none"
					 : p->why_no_keys);
		return;
	}
	if (!ask(p, false))
		(void)ask(p, true);
}
