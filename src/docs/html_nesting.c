/*
 * How deep the tags of a page nest, by one pass over its bytes.  Called by the
 * HTML reader before it lets the parser see the page.
 */
#include "docs/html_nesting.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define SLOTS          64 /* counters, by hash of the tag's name */
#define MAX_NAME_BYTES 16

/* Void elements and those whose end tag may be left out: HTML 13.1.2. */
static const char *const may_stay_open[] = {
	"area",  "base",   "body",  "br",    "caption", "col",    "colgroup",
	"dd",    "dt",     "embed", "head",  "hr",      "html",   "img",
	"input", "keygen", "li",    "link",  "meta",    "option", "optgroup",
	"p",     "param",  "rb",    "rp",    "rt",      "source", "tbody",
	"td",    "tfoot",  "th",    "thead", "tr",      "track",  "wbr",
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name_byte(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
}

static bool counts(struct str name)
{
	const size_t n = sizeof(may_stay_open) / sizeof(may_stay_open[0]);

	for (size_t i = 0; i < n; i++) {
		if (str_eq_nocase(name, str_from(may_stay_open[i])))
			return false;
	}
	return true;
}

static size_t slot(struct str name)
{
	size_t h = 5381;

	for (size_t i = 0; i < name.n; i++)
		h = h * 33 + (unsigned char)(name.p[i] | 0x20);
	return h % SLOTS;
}

/* s from the next `end` on, or nothing. */
static struct str skip_to(struct str s, const char *end)
{
	const size_t n = strlen(end);

	for (; s.n >= n; s.p++, s.n--) {
		if (strncasecmp(s.p, end, n) == 0)
			return s;
	}
	return STR_NONE;
}

/* s stands behind a start tag's name: skip what is not markup inside it. */
static struct str skip_raw(struct str name, struct str s)
{
	if (str_eq_nocase(name, STR("script")))
		return skip_to(s, "</script");
	if (str_eq_nocase(name, STR("style")))
		return skip_to(s, "</style");
	return s;
}

size_t html_nesting(struct str page)
{
	size_t open[SLOTS] = {0};
	size_t depth = 0;
	size_t deepest = 0;

	while (page.n > 1) {
		const char *const lt = memchr(page.p, '<', page.n - 1);
		if (lt == NULL)
			break;
		page.n -= (size_t)(lt + 1 - page.p);
		page.p = lt + 1;
		if (str_starts(page, STR("!--"))) {
			page = skip_to(page, "-->");
			continue;
		}
		const bool end = page.p[0] == '/';
		struct str name = {page.p + end, 0};
		while (name.n < page.n - end && name.n < MAX_NAME_BYTES &&
		       is_name_byte(name.p[name.n]))
			name.n++;
		if (name.n == 0 || !is_letter(name.p[0]) || !counts(name))
			continue;
		size_t *const count = &open[slot(name)];
		if (!end) {
			(*count)++;
			deepest = ++depth > deepest ? depth : deepest;
			page = skip_raw(name, page);
		} else if (*count > 0) {
			(*count)--;
			depth--;
		}
	}
	return deepest;
}
