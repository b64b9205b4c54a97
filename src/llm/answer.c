/*
 * The reading of an answer that all JSON dialects share: what kind of body it
 * is, where an object begins and ends, errors, and how it all ended.  Text
 * that is not JSON is an error: a proxy on the way has put it there, and the
 * answer is worthless.
 */
#include "llm/answer.h"

#include "base/container.h"
#include "base/num.h"
#include "llm/classify.h"

#include <string.h>

#define BODY_BYTES ((size_t)2 * 1024 * 1024) /* of a JSON answer */
/* Ceilings of the two arenas; what fills them is bounded far below. */
#define KEEP_BYTES  ((size_t)16 * 1024 * 1024)
#define EVENT_BYTES ((size_t)64 * 1024 * 1024)
/* Above it is no count, but a fault: twice the window of any model. */
#define MAX_TOKENS INT64_C(20000000)

void answer_say(struct answer *a, struct str text)
{
	a->said = text;
	stream_delta(&a->base, text);
}

void answer_stop(struct answer *a, enum llm_finish finish)
{
	a->finished = true;
	a->finish = finish;
}

bool answer_tokens(struct json v, const char *name, int64_t *out)
{
	const struct json member = json_get(v, name);
	const int64_t n = json_i64(member);

	if (json_type(member) != JSON_INT || n < 0 || n > MAX_TOKENS)
		return false;
	*out = n;
	return true;
}

int64_t answer_count(struct str digits)
{
	int64_t n = -1;

	(void)!num_parse_i64(digits, 0, MAX_TOKENS, &n);
	return n;
}

/*
 * Emit the error that root is.  is_error: it is one for sure, whatever its
 * shape.  Returns false when root is no error.
 */
static bool read_error(struct answer *a, struct json root, bool is_error)
{
	struct provider_error pe;

	if (!provider_error_find(root, is_error, &pe) && !is_error)
		return false;
	stream_error(&a->base, provider_error_class(200, &pe),
		     provider_error_text(&a->event, &pe));
	return true;
}

static void read_object(struct answer *a, struct str name, struct json root)
{
	if (!read_error(a, root, str_eq_c(name, "error")))
		a->dialect->event(a, name, root);
}

static void parse_event(struct answer *a, struct str name, struct str data)
{
	struct errbuf e = {.code = ERR_OK};
	struct json root;

	const enum err err = json_parse(&a->event, data, &root, &e);
	if (err == ERR_OK && json_type(root) == JSON_OBJECT)
		read_object(a, name, root);
	else if (!a->at_end)
		stream_error(&a->base, ERR_UPSTREAM,
			     e.code != ERR_OK ? e.detail : "not a JSON object");
}

/* An object; when it said a piece of text only, the next is compared. */
static void read_data(struct answer *a, struct str name, struct str data)
{
	const bool is_text = str_eq_c(name, a->dialect->text_event);
	const size_t events = a->base.nevents;
	const bool started = a->base.started;

	a->said = STR_NONE;
	if (a->dialect->usual == NULL || !a->dialect->usual(a, name, data))
		parse_event(a, name, data);
	if (is_text && started && a->base.nevents == events + 1 && !a->finished)
		mould_learn(&a->mould, data, a->said);
	arena_clear(&a->event);
}

static void read_event(void *arg, struct str name, struct str data)
{
	struct answer *const a = arg;
	const struct answer_dialect *const d = a->dialect;
	struct str text = STR_NONE;

	data = str_trim(data);
	if (a->base.ended || data.n == 0)
		return;
	if (str_eq_c(name, d->text_event) &&
	    mould_match(&a->mould, data, &text))
		stream_delta(&a->base, text);
	else if (d->end_data != NULL && str_starts(data, str_from(d->end_data)))
		stream_done(&a->base, a->finish);
	else
		read_data(a, name, data);
}

static void release(void *arg)
{
	struct answer *const a = arg;

	arena_release(&a->event);
	arena_release(&a->keep);
}

void answer_init(struct answer *answer, struct arena *a, struct llm_sink *sink,
		 const struct answer_dialect *dialect)
{
	memset(answer, 0, sizeof(*answer));
	answer->base.sink = sink;
	answer->dialect = dialect;
	answer->finish = LLM_FINISH_STOP;
	arena_init(&answer->keep, KEEP_BYTES);
	arena_init(&answer->event, EVENT_BYTES);
	sse_init(&answer->sse, &answer->keep, read_event, answer);
	buf_init(&answer->body, &answer->keep, BODY_BYTES);
	mould_init(&answer->mould, &answer->keep, dialect->text_name);
	arena_defer(a, release, answer);
}

/* White space, or a byte of the byte order mark. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\xEF' ||
	       c == '\xBB' || c == '\xBF';
}

/* Find out what this body is, by its first byte that is not blank. */
static struct str choose_mode(struct answer *a, struct str bytes)
{
	while (bytes.n > 0 && is_blank(bytes.p[0]))
		bytes = (struct str){bytes.p + 1, bytes.n - 1};
	if (bytes.n == 0)
		return bytes;
	if (bytes.p[0] == '{' || bytes.p[0] == '[')
		a->mode = ANSWER_JSON;
	else
		a->mode = ANSWER_SSE;
	if (bytes.p[0] == '<')
		stream_error(&a->base, ERR_UPSTREAM,
			     "garbage: a page instead of an event stream");
	return bytes;
}

void answer_feed(struct provider_stream *s, struct str bytes)
{
	struct answer *const a = CONTAINER_OF(s, struct answer, base);
	enum err err = ERR_OK;

	a->got_bytes = a->got_bytes || bytes.n > 0;
	if (a->mode == ANSWER_UNKNOWN)
		bytes = choose_mode(a, bytes);
	if (s->ended || bytes.n == 0)
		return;
	if (a->mode == ANSWER_JSON) {
		buf_add_str(&a->body, bytes);
		err = buf_err(&a->body);
	} else {
		err = sse_feed(&a->sse, bytes);
	}
	if (err != ERR_OK)
		stream_unread(s, "a frame over the ceiling");
}

static void read_whole(struct answer *a, struct json root)
{
	if (read_error(a, root, false))
		return;
	if (a->dialect->whole(a, root))
		stream_done(&a->base, a->finish);
	else
		stream_error(&a->base, ERR_UPSTREAM,
			     "garbage: JSON, but not an answer");
}

static void finish_json(struct answer *a)
{
	struct errbuf e = {.code = ERR_OK};
	struct json root;

	if (json_parse(&a->event, buf_str(&a->body), &root, &e) == ERR_OK)
		read_whole(a, root);
	else
		stream_unread(&a->base, e.detail);
	arena_clear(&a->event);
}

void answer_finish(struct provider_stream *s)
{
	struct answer *const a = CONTAINER_OF(s, struct answer, base);

	a->at_end = true;
	if (a->mode == ANSWER_JSON && !s->ended)
		finish_json(a);
	else
		sse_finish(&a->sse);
	if (a->finished)
		stream_done(s, a->finish);
	else if (a->got_bytes && a->sse.nfields == 0)
		stream_error(s, ERR_UPSTREAM, "garbage: not an event stream");
	else
		stream_error(s, ERR_UPSTREAM_CUT,
			     a->got_bytes ? "the stream ended before its end"
					  : "an empty answer");
}
