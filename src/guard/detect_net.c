/*
 * Addresses: e-mail, IPv4, IPv6 and MAC.
 */
#include "guard/detect.h"

#include <arpa/inet.h>
#include <string.h>

#define LOCAL_MAX  64 /* RFC 5321 4.5.3.1 */
#define DOMAIN_MAX 253
#define IP6_MAX    45

static enum guard_found answer(struct guard_hit *hit, enum guard_kind kind,
			       size_t from, size_t to)
{
	*hit = (struct guard_hit){kind, from, to, GUARD_TAIL_NONE};
	return GUARD_YES;
}

static enum guard_found later(struct guard_hit *hit, size_t from)
{
	hit->from = from;
	return GUARD_MORE;
}

/* E-mail ------------------------------------------------------------- */

static bool is_continuation(const struct guard_text *t, size_t i)
{
	return i < t->n && ((unsigned char)t->p[i] & 0xC0) == 0x80;
}

/* Where the local part that ends before `at` begins; `at` when there is none.
 */
static size_t local_from(const struct guard_text *t, size_t at)
{
	size_t i = at;

	while (i > t->base && at - i < LOCAL_MAX &&
	       guard_was(t, i, GUARD_IS_LOCAL))
		i--;
	/* quotes and dots around it, and half a letter, are not its own */
	while (i < at && (is_continuation(t, i) ||
			  (!guard_is(t, i, GUARD_IS_ALNUM) &&
			   ((unsigned char)t->p[i] & 0x80) == 0)))
		i++;
	return i;
}

/* "icon@2x.png" is a file. */
static bool is_file(const char *p, size_t n)
{
	static const char *const types[] = {
		"png",  "jpg", "jpeg", "gif", "svg", "webp", "ico",
		"css",  "js",  "mjs",  "jsx", "ts",  "tsx",  "json",
		"html", "xml", "tgz",  "gz",  "tar", "yaml", "yml",
		"txt",  "log", "conf", "pdf", "exe", "dll",  "service",
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_eq_nocase((struct str){p, n}, str_from(types[i])))
			return true;
	return false;
}

/* The end of a label that can be the last one; 0: it cannot. */
static size_t last_label(const struct guard_text *t, size_t from, size_t to)
{
	while (to > from && t->p[to - 1] == '-')
		to--;
	if (to < from + 2 || !guard_is(t, from, GUARD_IS_ALPHA) ||
	    !guard_is(t, from + 1, GUARD_IS_ALPHA) ||
	    is_file(t->p + from, to - from))
		return 0;
	return to;
}

enum guard_found guard_detect_email(const struct guard_text *t, size_t at,
				    struct guard_hit *hit)
{
	const size_t from = local_from(t, at);
	size_t label = at + 1;
	size_t end = 0;
	size_t i = at + 1;

	if (from == at)
		return GUARD_NO;
	while (i <= at + DOMAIN_MAX) {
		const int c = guard_peek(t, i);
		if (c == GUARD_PEEK_MORE)
			return later(hit, from);
		if (guard_is(t, i, GUARD_IS_LABEL)) {
			i++;
			continue;
		}
		if (label > at + 1 && last_label(t, label, i) > 0)
			end = last_label(t, label, i);
		if (c != '.' || i == label)
			break;
		if (guard_peek(t, i + 1) == GUARD_PEEK_MORE)
			return later(hit, from);
		if (!guard_is(t, i + 1, GUARD_IS_LABEL))
			break;
		label = ++i;
	}
	if (end == 0)
		return GUARD_NO;
	/* git@host:path is where a repository is */
	if (at - from == 3 && memcmp(t->p + from, "git", 3) == 0) {
		if (guard_peek(t, end) == GUARD_PEEK_MORE)
			return later(hit, from);
		if (guard_peek(t, end) == ':')
			return GUARD_NO;
	}
	return answer(hit, GUARD_EMAIL, from, end);
}

/* IPv4 --------------------------------------------------------------- */

/* One number up to `most`; false when there is none.  *i: behind it. */
static bool small_number(const struct guard_text *t, size_t *i, unsigned most,
			 unsigned *out)
{
	const size_t from = *i;
	unsigned v = 0;

	while (*i < from + 3 && guard_is(t, *i, GUARD_IS_DIGIT))
		v = v * 10 + (unsigned)(t->p[(*i)++] - '0');
	*out = v;
	return *i > from && v <= most && !guard_is(t, *i, GUARD_IS_DIGIT) &&
	       (t->p[from] != '0' || *i == from + 1);
}

/* Of this machine, of everybody, or a mask: nobody's address. */
static bool ip4_is_nobodys(const unsigned o[4])
{
	const bool digits = o[0] < 10 && o[1] < 10 && o[2] < 10 && o[3] < 10;

	return digits || o[0] == 0 || o[0] == 127 || o[0] >= 224;
}

/*
 * "/24" behind an address whose host part is zero: a network.  MORE when that
 * has not come.
 */
static enum guard_found ip4_is_network(const struct guard_text *t, size_t i,
				       const unsigned o[4])
{
	const unsigned long v =
		((unsigned long)o[0] << 24) | (o[1] << 16) | (o[2] << 8) | o[3];
	unsigned bits = 0;

	if (guard_peek(t, i) != '/')
		return guard_peek(t, i) == GUARD_PEEK_MORE ? GUARD_MORE
							   : GUARD_NO;
	for (size_t k = i + 1; k <= i + 3; k++)
		if (guard_peek(t, k) == GUARD_PEEK_MORE)
			return GUARD_MORE;
		else if (!guard_is(t, k, GUARD_IS_DIGIT))
			break;
	i++;
	if (!small_number(t, &i, 31, &bits))
		return GUARD_NO;
	return (v & (0xFFFFFFFFUL >> bits)) == 0 ? GUARD_YES : GUARD_NO;
}

enum guard_found guard_detect_ip4(const struct guard_text *t, size_t at,
				  struct guard_hit *hit)
{
	unsigned o[4] = {0};
	size_t i = at;

	if (guard_was(t, at, GUARD_IS_ALNUM) || (at > 0 && t->p[at - 1] == '.'))
		return GUARD_NO;
	for (size_t k = 0; k < 4; k++) {
		const bool ok = small_number(t, &i, 255, &o[k]);
		const int next = guard_peek(t, i);
		if (next == GUARD_PEEK_MORE && i <= at + 15)
			return later(hit, at);
		if (!ok || (k < 3 && next != '.'))
			return GUARD_NO;
		i += k < 3 ? 1 : 0;
		if (k < 3 && guard_peek(t, i) == GUARD_PEEK_MORE)
			return later(hit, at);
	}
	if (guard_is(t, i, GUARD_IS_ALPHA) || ip4_is_nobodys(o) ||
	    guard_context(t, at, "ersion |release "))
		return GUARD_NO;
	if (guard_peek(t, i) == '.') {
		if (guard_peek(t, i + 1) == GUARD_PEEK_MORE)
			return later(hit, at);
		if (guard_is(t, i + 1, GUARD_IS_DIGIT))
			return GUARD_NO;
	}
	switch (ip4_is_network(t, i, o)) {
	case GUARD_MORE:
		return later(hit, at);
	case GUARD_YES:
		return GUARD_NO;
	case GUARD_NO:
		break;
	}
	return answer(hit, GUARD_IP, at, i);
}

/* MAC ---------------------------------------------------------------- */

enum guard_found guard_detect_mac(const struct guard_text *t, size_t at,
				  struct guard_hit *hit)
{
	const char sep = t->p[at];
	const size_t from = at - 2;
	size_t i = at;
	size_t pairs = 1;

	if (at < t->base + 2 || !guard_is(t, from, GUARD_IS_HEX) ||
	    !guard_is(t, from + 1, GUARD_IS_HEX) ||
	    guard_was(t, from, GUARD_IS_ALNUM) ||
	    (from > 0 && t->p[from - 1] == sep))
		return GUARD_NO;
	for (; pairs < 9 && guard_peek(t, i) == sep; pairs++, i += 3) {
		if (guard_peek(t, i + 1) == GUARD_PEEK_MORE ||
		    (guard_is(t, i + 1, GUARD_IS_HEX) &&
		     guard_peek(t, i + 2) == GUARD_PEEK_MORE))
			return later(hit, from);
		if (!guard_is(t, i + 1, GUARD_IS_HEX) ||
		    !guard_is(t, i + 2, GUARD_IS_HEX))
			break;
	}
	if (guard_peek(t, i) == GUARD_PEEK_MORE)
		return later(hit, from);
	if ((pairs != 6 && pairs != 8) || guard_is(t, i, GUARD_IS_ALNUM) ||
	    (guard_peek(t, i) == sep && guard_is(t, i + 1, GUARD_IS_ALNUM)))
		return GUARD_NO;
	return answer(hit, GUARD_MAC, from, i);
}

/* IPv6 --------------------------------------------------------------- */

static bool is_ip6_char(const struct guard_text *t, size_t i)
{
	return guard_is(t, i, GUARD_IS_HEX) || guard_peek(t, i) == ':' ||
	       guard_peek(t, i) == '.';
}

/* Enough of it that "12::3" or "a::b" in a program are none. */
static bool ip6_is_clear(const char *s)
{
	size_t groups = 0;
	size_t longest = 0;
	bool digit = false;

	for (size_t n = 0;; s++) {
		if (*s == ':' || *s == '\0') {
			groups += n > 0 ? 1 : 0;
			longest = n > longest ? n : longest;
			n = 0;
		} else {
			n++;
			digit = digit || (*s >= '0' && *s <= '9');
		}
		if (*s == '\0')
			break;
	}
	return digit && longest >= 3 && groups >= 2;
}

static bool ip6_is_nobodys(const struct in6_addr *a)
{
	return IN6_IS_ADDR_LOOPBACK(a) || IN6_IS_ADDR_UNSPECIFIED(a) ||
	       IN6_IS_ADDR_MULTICAST(a);
}

enum guard_found guard_detect_ip6(const struct guard_text *t, size_t at,
				  struct guard_hit *hit)
{
	char text[IP6_MAX + 1];
	struct in6_addr address;
	size_t from = at;
	size_t end = at;

	while (from > t->base && at - from < 5 &&
	       guard_was(t, from, GUARD_IS_HEX))
		from--;
	if (at - from > 4 || guard_was(t, from, GUARD_IS_ALNUM) ||
	    (from > 0 && strchr(":.", t->p[from - 1]) != NULL))
		return GUARD_NO;
	while (end < from + IP6_MAX && is_ip6_char(t, end))
		end++;
	if (guard_peek(t, end) == GUARD_PEEK_MORE)
		return later(hit, from);
	if (guard_is(t, end, GUARD_IS_ALNUM))
		return GUARD_NO;
	/* the dot or colon of the sentence */
	while (end > from && (t->p[end - 1] == '.' ||
			      (t->p[end - 1] == ':' && end - from > 2 &&
			       t->p[end - 2] != ':')))
		end--;
	memcpy(text, t->p + from, end - from);
	text[end - from] = '\0';
	if (!ip6_is_clear(text) || inet_pton(AF_INET6, text, &address) != 1 ||
	    ip6_is_nobodys(&address) ||
	    (t->p[end - 1] == ':' && guard_peek(t, end) == '/'))
		return GUARD_NO;
	return answer(hit, GUARD_IP, from, end);
}
