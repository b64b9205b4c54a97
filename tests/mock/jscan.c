/*
 * As much JSON as the mock needs: find a member, count an array, decode a
 * string.  It skips over values by counting brackets outside of strings.
 */
#include "jscan.h"

#include <string.h>

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && strchr(" \t\r\n", *p) != NULL && *p != '\0')
		p++;
	return p;
}

/* p stands on the opening quote; returns the byte after the closing one. */
static const char *skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p < end ? p + 1 : end;
}

static const char *skip_value(const char *p, const char *end)
{
	int depth = 0;

	while (p < end) {
		if (*p == '"') {
			p = skip_string(p, end);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if (depth > 0 && (*p == '}' || *p == ']'))
			depth--;
		else if (depth == 0 && strchr(",]}", *p) != NULL)
			return p;
		p++;
	}
	return end;
}

static struct span trimmed(const char *p, const char *end)
{
	while (end > p && strchr(" \t\r\n", end[-1]) != NULL)
		end--;
	return (struct span){p, (size_t)(end - p)};
}

/* The body of an array or object without its brackets; false if neither. */
static bool inside(struct span v, char open, const char **p, const char **end)
{
	if (v.p == NULL || v.n < 2)
		return false;
	*end = v.p + v.n;
	*p = skip_space(v.p, *end);
	if (*p == *end || **p != open)
		return false;
	*p = skip_space(*p + 1, *end);
	return true;
}

struct span jscan_get(struct span object, const char *name)
{
	const size_t n = strlen(name);
	const char *p;
	const char *end;

	if (!inside(object, '{', &p, &end))
		return (struct span){0};
	while (p < end && *p == '"') {
		const char *key = p + 1;
		p = skip_string(p, end);
		const size_t key_n = (size_t)(p - key) - 1;
		p = skip_space(p, end);
		p = skip_space(p < end ? p + 1 : end, end);
		const char *value = p;
		p = skip_value(p, end);
		if (key_n == n && memcmp(key, name, n) == 0)
			return trimmed(value, p);
		p = skip_space(p < end ? p + 1 : end, end);
	}
	return (struct span){0};
}

size_t jscan_count(struct span array)
{
	const char *p;
	const char *end;
	size_t count = 0;

	if (!inside(array, '[', &p, &end))
		return 0;
	while (p < end && *p != ']') {
		count++;
		p = skip_value(p, end);
		if (p < end && *p == ',')
			p = skip_space(p + 1, end);
	}
	return count;
}

struct span jscan_item(struct span array, size_t i)
{
	const char *p;
	const char *end;

	if (!inside(array, '[', &p, &end))
		return (struct span){0};
	while (p < end && *p != ']') {
		const char *value = p;
		p = skip_value(p, end);
		if (i-- == 0)
			return trimmed(value, p);
		if (p < end && *p == ',')
			p = skip_space(p + 1, end);
	}
	return (struct span){0};
}

static unsigned hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	return (unsigned)((c | 0x20) - 'a') + 10;
}

/* The character of the escape at p[0] == '\\'; *used = its length. */
static char unescape(const char *p, const char *end, size_t *used)
{
	unsigned code = 0;

	*used = 2;
	switch (p[1]) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case 'u':
		break;
	default:
		return p[1];
	}
	if (end - p < 6)
		return '?';
	*used = 6;
	for (int i = 2; i < 6; i++)
		code = code * 16 + hex_digit(p[i]);
	return code < 0x80 ? (char)code : '?';
}

bool jscan_string(struct span value, char *out, size_t room)
{
	const char *p = value.p;
	size_t n = 0;

	out[0] = '\0';
	if (p == NULL || value.n < 2 || *p != '"')
		return false;
	const char *end = p + value.n - 1;
	for (p++; p < end && n + 1 < room;) {
		size_t used = 1;
		out[n++] = *p == '\\' && p + 1 < end ? unescape(p, end, &used)
						     : *p;
		p += used;
	}
	out[n] = '\0';
	return true;
}
