/*
 * The scanner: lets go of text up to the first place that may become a match,
 * takes matches out, and keeps the rest for the next piece.
 */
#include "guard/scan.h"

#include "base/arena.h"
#include "base/id.h"
#include "guard/find.h"

#include <stdio.h>
#include <string.h>

#define HASH_SHOWN_BYTES 4
#define NAME_BYTES       64
#define VALUE_MAX_BYTES  ((size_t)64 * 1024)
/* What may stand before base until the context is made short. */
#define BEFORE_BYTES (4 * GUARD_CONTEXT_BYTES)

/* What leaves -------------------------------------------------------- */

/* Within a string of JSON or not?  By everything that has left. */
static void follow_json(struct guard_scan *s, struct str text)
{
	for (size_t i = 0; s->json && i < text.n; i++) {
		const char c = text.p[i];
		if (s->escaped)
			s->escaped = false;
		else if (c == '\\')
			s->escaped = s->in_string;
		else if (c == '"')
			s->in_string = !s->in_string;
	}
}

static void send(struct guard_scan *s, struct str text)
{
	if (text.n > 0 && s->err == ERR_OK)
		s->emit(s->arg, text);
}

/* Let everything before text[to] go. */
static void let_go(struct guard_scan *s, size_t to)
{
	const size_t end = window_raw(&s->window, to);
	const struct str text = {s->window.raw + s->left, end - s->left};

	follow_json(s, text);
	send(s, text);
	s->base = window_floor(&s->window, to);
	s->left = end;
}

/* What stands for a match; a string of its own where JSON needs one. */
static void send_name(struct guard_scan *s, struct str name)
{
	const bool quote = s->json && !s->in_string;

	send(s, quote ? STR("\"") : STR_NONE);
	send(s, name);
	send(s, quote ? STR("\"") : STR_NONE);
}

static void match_begin(struct guard_scan *s, enum guard_kind kind,
			enum guard_action action)
{
	s->kind = kind;
	s->action = action;
	s->found[kind]++;
	if (kind == GUARD_PATTERN)
		s->pattern_action = action;
	if (action == GUARD_BLOCK) {
		s->blocked = kind;
		s->err = ERR_BLOCKED;
	}
	if (action == GUARD_HASH)
		(void)crypto_auth_hmacsha256_init(&s->hash, s->rules->hash_key,
						  GUARD_HASH_KEY_BYTES);
	if (s->fill != NULL)
		buf_reset(&s->value);
}

/* Take text[base .. to) away as part of the match. */
static void match_take(struct guard_scan *s, size_t to)
{
	const size_t end = window_raw(&s->window, to);
	const char *const text = s->window.text + s->base;

	if (s->action == GUARD_HASH)
		(void)crypto_auth_hmacsha256_update(
			&s->hash, (const unsigned char *)text, to - s->base);
	if (s->fill != NULL)
		buf_add(&s->value, s->window.raw + s->left, end - s->left);
	s->base = to;
	s->left = end;
}

static struct str hash_name(struct guard_scan *s, char out[NAME_BYTES])
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	char hex[2 * HASH_SHOWN_BYTES + 1];

	(void)crypto_auth_hmacsha256_final(&s->hash, mac);
	id_hex(mac, HASH_SHOWN_BYTES, hex);
	(void)snprintf(out, NAME_BYTES, "[%s:%s]", guard_kind_name(s->kind),
		       hex);
	return str_from(out);
}

static void match_end(struct guard_scan *s)
{
	char text[NAME_BYTES];
	struct str name = STR_NONE;

	if (s->err != ERR_OK)
		return;
	if (s->action == GUARD_HASH)
		name = hash_name(s, text);
	else if (s->fill != NULL && !s->value.full)
		name = vault_put(s->fill, s->kind, buf_str(&s->value));
	if (name.n == 0) {
		(void)snprintf(text, sizeof(text), "[%s]",
			       guard_kind_name(s->kind));
		name = str_from(text);
	}
	send_name(s, name);
}

/* Put back what a name stands for; in JSON as part of a string. */
static void put_back(struct guard_scan *s, struct str value)
{
	if (!s->json) {
		send(s, value);
		return;
	}
	for (size_t i = 0; i < value.n; i++) {
		const char c = value.p[i];
		if (c == '\n')
			send(s, STR("\\n"));
		else if (c == '"' || c == '\\')
			send(s, (struct str){c == '"' ? "\\\"" : "\\\\", 2});
		else if ((unsigned char)c >= ' ')
			send(s, (struct str){value.p + i, 1});
	}
}

static void take_match(struct guard_pass *p)
{
	struct guard_scan *const s = p->s;
	const size_t to = window_ceil(&s->window, p->hit.to);

	let_go(s, p->hit.from);
	if (p->entry != NULL) {
		s->base = to;
		s->left = window_raw(&s->window, to);
		put_back(s, p->entry->value);
		return;
	}
	match_begin(s, p->hit.kind, p->action);
	match_take(s, to);
	s->tail = p->hit.tail;
	if (s->tail == GUARD_TAIL_NONE)
		match_end(s);
}

/* The match goes on: false when its end has not come. */
static bool take_tail(struct guard_pass *p)
{
	struct guard_scan *const s = p->s;
	bool more = false;
	const size_t to = guard_tail_end(&p->t, s->base, s->tail, &more);

	match_take(s, window_ceil(&s->window, to));
	if (more)
		return false;
	s->tail = GUARD_TAIL_NONE;
	match_end(s);
	return true;
}

static void hold(struct guard_pass *p, enum guard_found found)
{
	struct guard_scan *const s = p->s;
	size_t from = guard_tail_from(p);

	if (found == GUARD_MORE && p->hit.from < from)
		from = p->hit.from;
	let_go(s, from > s->base ? from : s->base);
	s->from = p->from;
	if (s->base > BEFORE_BYTES) {
		const size_t drop =
			window_floor(&s->window, s->base - GUARD_CONTEXT_BYTES);
		s->left -= window_raw(&s->window, drop);
		s->base -= drop;
		s->from -= s->from < drop ? s->from : drop;
		window_drop(&s->window, drop);
	}
}

static void scan(struct guard_scan *s, bool whole)
{
	struct guard_pass p = {.s = s, .from = s->from};
	enum guard_found found = GUARD_YES;

	while (found == GUARD_YES && s->err == ERR_OK) {
		p.t = (struct guard_text){s->window.text, s->window.n, s->base,
					  whole};
		if (s->tail != GUARD_TAIL_NONE && !take_tail(&p)) {
			p.t.base = s->base;
			found = GUARD_MORE;
			p.hit.from = s->base;
			continue;
		}
		p.t.base = s->base;
		found = guard_find(&p);
		if (found == GUARD_YES && s->err == ERR_OK) {
			take_match(&p);
			p.from = 0;
		}
	}
	if (s->err == ERR_OK)
		hold(&p, found);
}

void guard_scan_init(struct guard_scan *s, struct arena *a,
		     const struct guard_rules *rules, enum scan_mode mode,
		     void (*emit)(void *arg, struct str text), void *arg)
{
	memset(s, 0, sizeof(*s));
	s->rules = rules;
	s->emit = emit;
	s->arg = arg;
	s->json = mode == SCAN_JSON;
	window_init(&s->window, a, rules->norm, s->json);
	buf_init(&s->value, a, VALUE_MAX_BYTES);
	if (rules->npatterns > 0)
		s->regex = guard_regex_match_new(a);
}

enum err guard_scan_feed(struct guard_scan *s, struct str piece)
{
	while (piece.n > 0 && s->err == ERR_OK) {
		const size_t n = piece.n < WINDOW_SLICE_BYTES
					 ? piece.n
					 : WINDOW_SLICE_BYTES;
		if (!window_add(&s->window, (struct str){piece.p, n}, false))
			s->err = ERR_INTERNAL;
		else
			scan(s, false);
		piece.p += n;
		piece.n -= n;
	}
	return s->err;
}

enum err guard_scan_finish(struct guard_scan *s)
{
	if (s->err != ERR_OK)
		return s->err;
	if (!window_add(&s->window, STR_NONE, true))
		s->err = ERR_INTERNAL;
	else
		scan(s, true);
	return s->err;
}

void guard_scan_report(struct guard_scan *s, enum guard_phase phase,
		       struct guard_report *r)
{
	for (int kind = 0; kind < GUARD_KINDS; kind++) {
		enum guard_action action =
			(enum guard_action)s->rules->policy.action[kind];
		if (s->found[kind] == 0)
			continue;
		if (kind == GUARD_PATTERN)
			action = s->pattern_action;
		guard_note(r, phase, guard_kind_name((enum guard_kind)kind),
			   guard_action_name(action), s->found[kind]);
		s->found[kind] = 0;
	}
	if (s->err == ERR_INTERNAL && !s->failure_noted) {
		guard_note(r, phase, "failure", "block", 1);
		s->failure_noted = true;
	}
}
