/*
 * The normal form of text, by a table of one byte for each character of the
 * basic plane.  Called by the scanner for every character that is not ASCII
 * and by the checks of the input.
 */
#include "guard/norm.h"

#include "base/arena.h"

#include <string.h>
#include <utf8proc.h>

#define TABLE_FROM 0x80
#define TABLE_TO   0x10000
#define MAX_PARTS  8

/* Values of the table beside ASCII characters. */
#define DROP    0x00
#define KEEP    0x80
#define SEVERAL 0x81 /* several ASCII characters: ask again */

struct guard_norm {
	unsigned char *table; /* TABLE_FROM to TABLE_TO; NULL: none */
};

static bool is_filler(uint32_t c)
{
	return c == 0x115F || c == 0x1160 || c == 0x3164 || c == 0xFFA0;
}

/* Thousands of ideographs and syllables are what they are. */
static bool is_plain_script(uint32_t c)
{
	return (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0xA4CF) ||
	       (c >= 0xAC00 && c <= 0xF8FF) || (c >= 0x1F300 && c <= 0x1FAFF) ||
	       (c >= 0x20000 && c <= 0x3FFFF);
}

static size_t utf8_len(uint32_t c)
{
	if (c < 0x80)
		return 1;
	if (c < 0x800)
		return 2;
	return c < 0x10000 ? 3 : 4;
}

/* The ASCII that c stands for; 0 when it is none. */
static size_t ascii_of(uint32_t c, char out[MAX_PARTS])
{
	const int options =
		UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_LUMP;
	utf8proc_int32_t parts[MAX_PARTS];
	const utf8proc_ssize_t n =
		utf8proc_decompose_char((utf8proc_int32_t)c, parts, MAX_PARTS,
					(utf8proc_option_t)options, NULL);

	if (n <= 0 || n > MAX_PARTS || (size_t)n > utf8_len(c))
		return 0;
	for (utf8proc_ssize_t i = 0; i < n; i++) {
		if (parts[i] <= 0 || parts[i] >= 0x80)
			return 0;
		out[i] = (char)parts[i];
	}
	return (size_t)n;
}

static bool is_digit(uint32_t c)
{
	return utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_ND;
}

/* The decimal digits of a script stand side by side, from 0 to 9. */
static unsigned char digit_of(uint32_t c)
{
	unsigned value = 0;

	while (value < 9 && is_digit(c - value - 1))
		value++;
	return (unsigned char)('0' + value);
}

static unsigned char entry_of(uint32_t c)
{
	const utf8proc_category_t category =
		utf8proc_category((utf8proc_int32_t)c);
	char ascii[MAX_PARTS];

	if (category == UTF8PROC_CATEGORY_CF ||
	    category == UTF8PROC_CATEGORY_MN ||
	    category == UTF8PROC_CATEGORY_ME || is_filler(c))
		return DROP;
	if (category == UTF8PROC_CATEGORY_ZL ||
	    category == UTF8PROC_CATEGORY_ZP)
		return '\n';
	switch (ascii_of(c, ascii)) {
	case 0:
		return category == UTF8PROC_CATEGORY_ND ? digit_of(c) : KEEP;
	case 1:
		return (unsigned char)ascii[0];
	default:
		return SEVERAL;
	}
}

const struct guard_norm *guard_norm_new(struct arena *a)
{
	struct guard_norm *const norm = ARENA_NEW(a, struct guard_norm);

	norm->table = arena_alloc(a, TABLE_TO - TABLE_FROM);
	for (uint32_t c = TABLE_FROM; c < TABLE_TO; c++)
		norm->table[c - TABLE_FROM] =
			is_plain_script(c) ? KEEP : entry_of(c);
	return norm;
}

const struct guard_norm *guard_norm_brief(struct arena *a)
{
	return ARENA_NEW(a, struct guard_norm);
}

static size_t keep(uint32_t c, size_t n, char out[static 4])
{
	utf8proc_uint8_t bytes[4];

	if (utf8_len(c) > n)
		return 0;
	const utf8proc_ssize_t got =
		utf8proc_encode_char((utf8proc_int32_t)c, bytes);
	memcpy(out, bytes, 4);
	return got > 0 ? (size_t)got : 0;
}

size_t guard_norm_char(const struct guard_norm *norm, uint32_t c, size_t n,
		       char out[static 4])
{
	char ascii[MAX_PARTS] = {0};
	unsigned char entry = KEEP;

	if (c < TABLE_FROM) {
		out[0] = (char)c;
		return 1;
	}
	if (c < TABLE_TO && norm->table != NULL)
		entry = norm->table[c - TABLE_FROM];
	else if (!is_plain_script(c))
		entry = entry_of(c);
	if (entry == DROP)
		return 0;
	if (entry == KEEP)
		return keep(c, n, out);
	if (entry == SEVERAL) {
		const size_t parts = ascii_of(c, ascii);
		memcpy(out, ascii, 4);
		return parts;
	}
	out[0] = (char)entry;
	return 1;
}

uint32_t guard_norm_decode(const char *p, size_t n)
{
	static const unsigned char head[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
	uint32_t c = (unsigned char)p[0] & head[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3F);
	return c;
}

static void fold_add(struct buf *out, const char *p, size_t n)
{
	char lower[4];
	size_t made = 0;

	if (n == 1 && strchr(" \t\r\n\v\f", p[0]) != NULL && p[0] != '\0') {
		if (out->n > 0 && out->p[out->n - 1] != ' ')
			buf_add_char(out, ' ');
		return;
	}
	const uint32_t c = (uint32_t)utf8proc_tolower(
		(utf8proc_int32_t)guard_norm_decode(p, n));
	made = keep(c, 4, lower);
	buf_add(out, lower, made);
}

void guard_norm_fold(const struct guard_norm *norm, struct str text,
		     struct buf *out)
{
	char form[4];

	while (text.n > 0) {
		size_t n = str_utf8_len(text);
		size_t made = 1;
		n = n > 0 ? n : 1;
		form[0] = text.p[0];
		if ((unsigned char)text.p[0] >= TABLE_FROM)
			made = guard_norm_char(
				norm, guard_norm_decode(text.p, n), n, form);
		if (made > 1 && (unsigned char)form[0] < TABLE_FROM) {
			for (size_t i = 0; i < made; i++)
				fold_add(out, form + i, 1);
		} else if (made > 0) {
			fold_add(out, form, made);
		}
		text.p += n;
		text.n -= n;
	}
}
