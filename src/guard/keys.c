/*
 * Keys in files: the detectors of the guard over a window that slides along a
 * text of any length.  `slipway preflight` looks with it for what must not lie
 * below a document root, in a repository or in a log.
 */
#include "guard/keys.h"

#include "guard/detect.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The longest prefix of which the mark may still be to come. */
#define PREFIX_BYTES 20
#define SHOWN_MAX    8
#define PASSWORD_MIN 6 /* characters; shorter ones stand in manuals */

void guard_keys_init(struct guard_keys *k, int64_t line,
		     void (*found)(void *arg, const struct guard_key *key),
		     void *arg)
{
	k->found = found;
	k->arg = arg;
	k->line = line;
	k->done = 0;
	k->n = 0;
}

/* A password in an address that is none of a manual or a script. */
static enum guard_found login(const struct guard_text *t, size_t at,
			      struct guard_hit *hit)
{
	const enum guard_found found = guard_detect_login(t, at, hit);

	if (found == GUARD_YES && (hit->to - hit->from < PASSWORD_MIN ||
				   strchr("$%&", t->p[hit->from]) != NULL))
		return GUARD_NO;
	return found;
}

static enum guard_found detect(const struct guard_text *t, size_t at,
			       struct guard_hit *hit)
{
	const char c = t->p[at];
	enum guard_found found = GUARD_NO;

	if (c == ':')
		return login(t, at, hit);
	if (c == 'J')
		return guard_detect_jwt(t, at, hit);
	if (c == '-' && (at == 0 || t->p[at - 1] != '-'))
		found = guard_detect_pem(t, at, hit);
	if (found == GUARD_NO && c != '\0' &&
	    strchr(guard_key_marks, c) != NULL)
		found = guard_detect_key(t, at, hit);
	return found;
}

static void report(struct guard_keys *k, const struct guard_hit *hit)
{
	struct guard_key key = {
		.kind = hit->kind,
		.line = k->line,
		.text = {k->text + hit->from, hit->to - hit->from},
	};

	for (size_t i = 0; i < hit->from; i++)
		key.line += k->text[i] == '\n';
	k->found(k->arg, &key);
}

/* Look at what is there; from k->done on it may have to be looked at again. */
static void look(struct guard_keys *k, bool whole)
{
	struct guard_text t = {
		.p = k->text, .n = k->n, .base = k->done, .whole = whole};
	size_t wait = whole || k->n < PREFIX_BYTES ? k->n : k->n - PREFIX_BYTES;

	if (!whole && k->n < PREFIX_BYTES)
		return;
	for (size_t i = t.base; i < t.n; i++) {
		struct guard_hit hit = {.from = 0};
		const enum guard_found found = detect(&t, i, &hit);
		if (found == GUARD_YES) {
			report(k, &hit);
			/* what goes on behind it is part of it */
			while (hit.tail == GUARD_TAIL_WORD &&
			       guard_is(&t, hit.to, GUARD_IS_URL64))
				hit.to++;
			t.base = hit.to;
			i = hit.to - 1;
		} else if (found == GUARD_MORE && hit.from < wait) {
			wait = hit.from;
		}
	}
	k->done = wait > t.base ? wait : t.base;
}

/* Let go of what is decided, but for its end, which is context. */
static void slide(struct guard_keys *k)
{
	const size_t gone = k->done > GUARD_CONTEXT_BYTES
				    ? k->done - GUARD_CONTEXT_BYTES
				    : 0;

	for (size_t i = 0; i < gone; i++)
		k->line += k->text[i] == '\n';
	memmove(k->text, k->text + gone, k->n - gone);
	k->n -= gone;
	k->done -= gone;
}

void guard_keys_feed(struct guard_keys *k, struct str piece)
{
	while (piece.n > 0) {
		const size_t room = sizeof(k->text) - k->n;
		const size_t n = piece.n < room ? piece.n : room;
		memcpy(k->text + k->n, piece.p, n);
		k->n += n;
		piece.p += n;
		piece.n -= n;
		if (k->n < sizeof(k->text))
			return;
		look(k, false);
		/* a detector waits for some hundred bytes at most */
		assert(k->done > GUARD_CONTEXT_BYTES);
		slide(k);
	}
}

void guard_keys_finish(struct guard_keys *k)
{
	look(k, true);
	k->n = 0;
	k->done = 0;
}

const char *guard_key_mask(struct str key,
			   char out[static GUARD_KEY_MASK_BYTES])
{
	size_t shown = key.n / 4;

	if (shown > SHOWN_MAX)
		shown = SHOWN_MAX;
	for (size_t i = 0; i < shown; i++)
		if (key.p[i] < ' ' || key.p[i] > '~')
			shown = i;
	(void)snprintf(out, GUARD_KEY_MASK_BYTES, "%.*s…", (int)shown, key.p);
	return out;
}
