/*
 * The window of the scanner: bytes as they came beside their normal form.
 * Only the scanner uses it.  Pure ASCII, most of all text, is never copied
 * twice.
 */
#include "guard/window.h"

#include "base/arena.h"

#include <assert.h>
#include <string.h>

#define FIRST_BYTES     ((size_t)512)
#define ESCAPE_BYTES    6 /* \u0040 */
#define SURROGATE_BYTES 12

void window_init(struct window *w, struct arena *a,
		 const struct guard_norm *norm, bool json)
{
	memset(w, 0, sizeof(*w));
	w->arena = a;
	w->norm = norm;
	w->json = json;
	w->same = true;
}

/* The normal form is never longer than what it stands for. */
static void make_form(struct window *w)
{
	if (w->form_cap < w->cap) {
		w->form = arena_grow(w->arena, w->form, w->form_cap, w->cap);
		w->map = arena_grow(w->arena, w->map,
				    w->form_cap * sizeof(w->map[0]),
				    w->cap * sizeof(w->map[0]));
		w->form_cap = w->cap;
	}
	w->text = w->form;
}

static bool make_room(struct window *w, size_t n)
{
	size_t cap = w->cap > 0 ? w->cap : FIRST_BYTES;

	while (cap < w->nraw + n)
		cap *= 2;
	if (cap > WINDOW_MAX_BYTES)
		return false;
	if (cap == w->cap)
		return true;
	w->raw = arena_grow(w->arena, w->raw, w->cap, cap);
	w->cap = cap;
	if (!w->same)
		make_form(w);
	return true;
}

/* Is this ASCII that means itself? */
static bool is_plain(const char *p, size_t n, bool json)
{
	uint64_t high = 0;
	size_t i = 0;

	for (; i + sizeof(high) <= n; i += sizeof(high)) {
		uint64_t eight;
		memcpy(&eight, p + i, sizeof(eight));
		high |= eight;
	}
	for (; i < n; i++)
		high |= (unsigned char)p[i];
	return (high & UINT64_C(0x8080808080808080)) == 0 &&
	       (!json || memchr(p, '\\', n) == NULL);
}

/* From now on the normal form has a place of its own. */
static void part(struct window *w)
{
	make_form(w);
	memcpy(w->text, w->raw, w->done);
	for (size_t i = 0; i < w->done; i++)
		w->map[i] = (uint16_t)i;
	w->same = false;
}

static void put(struct window *w, const char *p, size_t n, size_t from)
{
	for (size_t i = 0; i < n; i++) {
		w->map[w->n] = (uint16_t)from;
		w->text[w->n++] = p[i];
	}
}

/* A character of `len` bytes of raw, at `done`. */
static void put_char(struct window *w, uint32_t c, size_t len)
{
	char form[4];
	const size_t n = guard_norm_char(w->norm, c, len, form);

	if (n > 0) {
		w->invisible = 0;
		put(w, form, n, w->done);
	} else if (w->invisible++ >= GUARD_NORM_DROPPED) {
		form[0] = GUARD_NORM_SEPARATOR;
		put(w, form, 1, w->done);
	}
	w->done += len;
}

static bool hex4(const char *p, uint32_t *out)
{
	uint32_t v = 0;

	for (size_t i = 0; i < 4; i++) {
		const char c = p[i];
		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	*out = v;
	return true;
}

/* \uD83D\uDE00: 0 when the second half is missing. */
static uint32_t surrogates(const char *p, uint32_t high)
{
	uint32_t low = 0;

	if (high >= 0xDC00 || p[6] != '\\' || p[7] != 'u' ||
	    !hex4(p + 8, &low) || low < 0xDC00 || low > 0xDFFF)
		return 0;
	return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/* An escape of JSON; false when it is not all there. */
static bool put_escape(struct window *w, bool whole)
{
	static const char from[] = "nrtbf";
	static const char to[] = "\n\r\t  ";
	const char *const p = w->raw + w->done;
	const size_t left = w->nraw - w->done;
	const char *known = NULL;
	uint32_t c = 0;

	if (left < 2 || (p[1] == 'u' && left < ESCAPE_BYTES)) {
		if (whole)
			put_char(w, GUARD_NORM_SEPARATOR, 1);
		return whole;
	}
	if (p[1] != 'u') {
		known = memchr(from, p[1], sizeof(from) - 1);
		/* never half of a character behind a stray backslash */
		if ((unsigned char)p[1] >= 0x80)
			put_char(w, GUARD_NORM_SEPARATOR, 1);
		else
			put_char(w,
				 (unsigned char)(known != NULL
							 ? to[known - from]
							 : p[1]),
				 2);
		return true;
	}
	if (!hex4(p + 2, &c)) {
		put_char(w, GUARD_NORM_SEPARATOR, 2);
		return true;
	}
	if (c < 0xD800 || c > 0xDFFF) {
		put_char(w, c, ESCAPE_BYTES);
		return true;
	}
	if (left < SURROGATE_BYTES && !whole)
		return false;
	c = left < SURROGATE_BYTES ? 0 : surrogates(p, c);
	put_char(w, c != 0 ? c : GUARD_NORM_SEPARATOR,
		 c != 0 ? SURROGATE_BYTES : ESCAPE_BYTES);
	return true;
}

/* How many bytes the character at p has by its first one; 1 when invalid. */
static size_t wanted(const char *p)
{
	const unsigned char c = (unsigned char)p[0];

	if (c < 0xC2 || c > 0xF4)
		return 1;
	if (c < 0xE0)
		return 2;
	return c < 0xF0 ? 3 : 4;
}

/* Could what is left still become one character? */
static bool is_half(const char *p, size_t left)
{
	const size_t want = wanted(p);

	if (left >= want)
		return false;
	for (size_t i = 1; i < left; i++)
		if (((unsigned char)p[i] & 0xC0) != 0x80)
			return false;
	return true;
}

/* ASCII that means itself, as far as it goes. */
static void put_plain(struct window *w)
{
	const size_t from = w->done;

	while (w->done < w->nraw && (unsigned char)w->raw[w->done] < 0x80 &&
	       (w->raw[w->done] != '\\' || !w->json)) {
		w->map[w->n] = (uint16_t)w->done;
		w->text[w->n++] = w->raw[w->done++];
	}
	if (w->done > from)
		w->invisible = 0;
}

static void normalise(struct window *w, bool whole)
{
	for (put_plain(w); w->done < w->nraw; put_plain(w)) {
		const struct str rest = {w->raw + w->done, w->nraw - w->done};
		const size_t len = str_utf8_len(rest);
		if (w->json && rest.p[0] == '\\') {
			if (!put_escape(w, whole))
				return;
		} else if (len > 0) {
			put_char(w, guard_norm_decode(rest.p, len), len);
		} else if (!whole && is_half(rest.p, rest.n)) {
			return;
		} else {
			put_char(w, GUARD_NORM_SEPARATOR, 1);
		}
	}
}

bool window_add(struct window *w, struct str piece, bool whole)
{
	assert(piece.n <= WINDOW_SLICE_BYTES);
	if (!make_room(w, piece.n))
		return false;
	if (piece.n > 0)
		memcpy(w->raw + w->nraw, piece.p, piece.n);
	w->nraw += piece.n;
	if (w->same && !is_plain(w->raw + w->done, w->nraw - w->done, w->json))
		part(w);
	if (!w->same) {
		normalise(w, whole);
		return true;
	}
	if (piece.n > 0)
		w->invisible = 0;
	w->text = w->raw;
	w->done = w->nraw;
	w->n = w->nraw;
	return true;
}

size_t window_raw(const struct window *w, size_t i)
{
	if (w->same)
		return i;
	return i < w->n ? w->map[i] : w->done;
}

/* Is i within what became of one character? */
static bool is_within(const struct window *w, size_t i)
{
	return !w->same && i > 0 && i < w->n && w->map[i] == w->map[i - 1];
}

size_t window_ceil(const struct window *w, size_t i)
{
	while (is_within(w, i))
		i++;
	return i;
}

size_t window_floor(const struct window *w, size_t i)
{
	while (is_within(w, i))
		i--;
	return i;
}

void window_drop(struct window *w, size_t i)
{
	const size_t from = window_raw(w, i);

	if (from == 0)
		return;
	memmove(w->raw, w->raw + from, w->nraw - from);
	w->nraw -= from;
	w->done -= from;
	w->dropped = true;
	if (w->same) {
		w->n = w->nraw;
		return;
	}
	/* what is left may be ASCII again, of which nothing was dropped */
	if (w->n - i == w->nraw && w->invisible == 0 &&
	    is_plain(w->raw, w->nraw, w->json)) {
		w->same = true;
		w->text = w->raw;
		w->n = w->nraw;
		return;
	}
	memmove(w->text, w->text + i, w->n - i);
	w->n -= i;
	for (size_t k = 0; k < w->n; k++)
		w->map[k] = (uint16_t)(w->map[k + i] - from);
}
