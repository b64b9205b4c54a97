/*
 * The language of scripts: one table of keys, each with the function that
 * understands its value.  README.md in this folder documents it.
 */
#include "script.h"

#include <stddef.h>
#include <string.h>

struct word {
	const char *name;
	int value;
};

static const struct word usages[] = {{"yes", USAGE_YES},
				     {"no", USAGE_NO},
				     {"zero", USAGE_ZERO},
				     {"early", USAGE_EARLY},
				     {NULL, 0}};
static const struct word hangs[] = {
	{"no", HANG_NO},   {"connect", HANG_CONNECT}, {"first", HANG_FIRST},
	{"mid", HANG_MID}, {"end", HANG_END},         {"close", HANG_CLOSE},
	{NULL, 0}};
static const struct word garbages[] = {{"no", GARBAGE_NO},
				       {"yes", GARBAGE_YES},
				       {"json", GARBAGE_JSON},
				       {"mid", GARBAGE_MID},
				       {NULL, 0}};
static const struct word bodies[] = {
	{"auto", BODY_AUTO}, {"quota", BODY_QUOTA},     {"rate", BODY_RATE},
	{"auth", BODY_AUTH}, {"invalid", BODY_INVALID}, {"server", BODY_SERVER},
	{"html", BODY_HTML}, {"empty", BODY_EMPTY},     {NULL, 0}};

/* The value of the word v, or -1. */
static int word_value(const struct word *words, struct span v)
{
	for (; words->name != NULL; words++)
		if (span_is(v, words->name))
			return words->value;
	return -1;
}

static bool set_usage(struct script *s, struct span v)
{
	const int value = word_value(usages, v);

	s->usage = (enum script_usage)value;
	return value >= 0;
}

static bool set_hang(struct script *s, struct span v)
{
	const int value = word_value(hangs, v);

	s->hang = (enum script_hang)value;
	return value >= 0;
}

static bool set_garbage(struct script *s, struct span v)
{
	const int value = word_value(garbages, v);

	s->garbage = (enum script_garbage)value;
	return value >= 0;
}

static bool set_body(struct script *s, struct span v)
{
	const int value = word_value(bodies, v);

	s->body = (enum script_body)value;
	return value >= 0;
}

/* "PREFIX:N" as a number; -1 when v does not look like that. */
static long number_after(struct span v, const char *prefix)
{
	const size_t n = strlen(prefix);

	if (v.n <= n || memcmp(v.p, prefix, n) != 0)
		return -1;
	return span_number((struct span){v.p + n, v.n - n});
}

static bool set_cut(struct script *s, struct span v)
{
	s->cut = CUT_MID_CHUNK;
	if (span_is(v, "mid-chunk"))
		return true;
	s->cut = CUT_RESET;
	if (span_is(v, "reset"))
		return true;
	s->cut = CUT_TOKEN;
	s->cut_at = number_after(v, "token:");
	if (s->cut_at >= 0)
		return true;
	s->cut = CUT_BYTES;
	s->cut_at = number_after(v, "after:");
	return s->cut_at >= 0;
}

static bool set_error(struct script *s, struct span v)
{
	s->error_after = span_is(v, "first") ? 0 : number_after(v, "after:");
	return s->error_after >= 0;
}

static bool set_gate(struct script *s, struct span v)
{
	s->gate = span_is(v, "gate");
	s->pace_ms = s->gate ? 0 : span_number(v);
	return s->pace_ms >= 0;
}

static int hex_value(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, c | 0x20);

	return at == NULL ? -1 : (int)(at - digits);
}

/*
 * "+" is a space and %XX a byte, so that a text may have "," and "&".  What is
 * over the room is left out.
 */
static bool decode(struct span v, char *out, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < v.n && n + 1 < room; i++) {
		char c = v.p[i] == '+' ? ' ' : v.p[i];
		if (c == '%') {
			if (i + 2 >= v.n)
				return false;
			const int hi = hex_value(v.p[i + 1]);
			const int lo = hex_value(v.p[i + 2]);
			if (hi < 0 || lo < 0)
				return false;
			c = (char)(hi * 16 + lo);
			i += 2;
		}
		out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

static bool set_text(struct script *s, struct span v)
{
	return decode(v, s->text, sizeof(s->text));
}

static bool set_echo(struct script *s, struct span v)
{
	s->echo = span_is(v, "yes");
	return s->echo || span_is(v, "no");
}

static bool set_think(struct script *s, struct span v)
{
	return decode(v, s->think, sizeof(s->think));
}

/* NAME:ARGUMENTS; each adds a call. */
static bool set_tool(struct script *s, struct span v)
{
	const char *colon = v.n > 0 ? memchr(v.p, ':', v.n) : NULL;

	if (colon == NULL || s->ntools == SCRIPT_TOOLS)
		return false;
	struct script_tool *t = &s->tools[s->ntools++];
	const size_t n = (size_t)(colon - v.p);
	span_copy((struct span){v.p, n}, t->name, sizeof(t->name));
	return decode((struct span){colon + 1, v.n - n - 1}, t->arguments,
		      sizeof(t->arguments));
}

static bool set_finish(struct script *s, struct span v)
{
	span_copy(v, s->finish, sizeof(s->finish));
	return v.n < sizeof(s->finish);
}

static const struct {
	const char *name;
	bool (*set)(struct script *s, struct span v);
} words_of[] = {
	{"usage", set_usage}, {"hang", set_hang}, {"garbage", set_garbage},
	{"body", set_body},   {"cut", set_cut},   {"error", set_error},
	{"pace", set_gate},   {"text", set_text}, {"finish", set_finish},
	{"tool", set_tool},   {"echo", set_echo}, {"think", set_think}};

static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
	{"tokens", offsetof(struct script, tokens)},
	{"delay", offsetof(struct script, delay_ms)},
	{"split", offsetof(struct script, split)},
	{"in", offsetof(struct script, in)},
	{"out", offsetof(struct script, out)},
	{"cached", offsetof(struct script, cached)},
	{"reasoning", offsetof(struct script, reasoning)},
	{"written", offsetof(struct script, written)},
	{"written-1h", offsetof(struct script, written_1h)},
	{"status", offsetof(struct script, status)},
	{"retry-after", offsetof(struct script, retry_after)},
	{"times", offsetof(struct script, times)},
	{"limit-requests", offsetof(struct script, limit_requests)},
	{"remaining-requests", offsetof(struct script, remaining_requests)},
	{"limit-tokens", offsetof(struct script, limit_tokens)},
	{"remaining-tokens", offsetof(struct script, remaining_tokens)},
	{"reset", offsetof(struct script, reset)},
	{"dims", offsetof(struct script, dims)},
	{"flag", offsetof(struct script, flag)}};

static bool set_pair(struct script *s, struct span key, struct span value)
{
	for (size_t i = 0; i < sizeof(words_of) / sizeof(words_of[0]); i++)
		if (span_is(key, words_of[i].name))
			return words_of[i].set(s, value);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (!span_is(key, numbers[i].name))
			continue;
		const long v = span_number(value);
		memcpy((char *)s + numbers[i].offset, &v, sizeof(v));
		return v >= 0;
	}
	return false;
}

void script_init(struct script *s)
{
	*s = (struct script){.tokens = 8,
			     .in = SCRIPT_UNSET,
			     .out = SCRIPT_UNSET,
			     .status = 200,
			     .retry_after = SCRIPT_UNSET,
			     .error_after = SCRIPT_UNSET,
			     .limit_requests = SCRIPT_UNSET,
			     .remaining_requests = SCRIPT_UNSET,
			     .limit_tokens = SCRIPT_UNSET,
			     .remaining_tokens = SCRIPT_UNSET,
			     .reset = SCRIPT_UNSET,
			     .dims = 8};
}

bool script_parse(struct script *s, struct span text, struct span *bad)
{
	const char *p = text.p;
	const char *end = text.p + text.n;

	while (p < end) {
		const char *stop = p;
		while (stop < end && *stop != ',' && *stop != '&')
			stop++;
		const size_t n = (size_t)(stop - p);
		const char *eq = memchr(p, '=', n);
		*bad = (struct span){p, n};
		if (n > 0 &&
		    (eq == NULL ||
		     !set_pair(s, (struct span){p, (size_t)(eq - p)},
			       (struct span){eq + 1, (size_t)(stop - eq) - 1})))
			return false;
		p = stop < end ? stop + 1 : end;
	}
	return true;
}

void script_heal(struct script *s)
{
	s->status = 200;
	s->hang = HANG_NO;
	s->cut = CUT_NO;
	s->garbage = GARBAGE_NO;
	s->error_after = SCRIPT_UNSET;
	s->delay_ms = 0;
}

enum script_body script_error_body(const struct script *s)
{
	if (s->body != BODY_AUTO)
		return s->body;
	if (s->status == 401 || s->status == 403)
		return BODY_AUTH;
	if (s->status == 429)
		return BODY_RATE;
	return s->status < 500 ? BODY_INVALID : BODY_SERVER;
}

/* The i-th word of text with the space after it. */
static struct span text_word(const char *text, long i)
{
	struct span w = {text, 0};

	for (;; i--) {
		w.n = strcspn(w.p, " ");
		w.n += strspn(w.p + w.n, " ");
		if (i == 0 || w.n == 0)
			return w;
		w.p += w.n;
	}
}

void script_token(const struct script *s, long i, struct text *out)
{
	if (s->text[0] == '\0') {
		text_addf(out, "t%ld ", i + 1);
		return;
	}
	const struct span w = text_word(s->text, i);
	text_add(out, w.p, w.n);
}

long script_tokens(const struct script *s)
{
	long n = 0;

	if (s->text[0] == '\0')
		return s->tokens;
	while (text_word(s->text, n).n > 0)
		n++;
	return n;
}
