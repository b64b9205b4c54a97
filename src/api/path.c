/*
 * Addresses of the compatible APIs.  Clients put base URLs together in their
 * own ways, so the part that counts is found here.
 */
#include "api/path.h"

#include "base/buf.h"
#include "http/req.h"

#include <stdint.h>

#define MAX_PATH ((size_t)100) /* of a path that is compared */

/* All that is served; www/v1/openapi.json says more of each. */
static const char *const served[] = {
	"/v1/chat/completions", "/v1/messages",     "/v1/messages/count_tokens",
	"/v1/responses",        "/v1/embeddings",   "/v1/moderations",
	"/v1/models",           "/v1/openapi.json",
};

struct str api_path(struct req *req)
{
	struct str rest = req->path;
	struct str part;
	struct buf out;

	buf_init(&out, &req->arena, rest.n + 1);
	while (rest.n > 0) {
		(void)str_cut(rest, '/', &part, &rest);
		if (part.n == 0 || (out.n == 0 && str_eq_c(part, "v1")))
			continue;
		if (out.n > 0)
			buf_add_char(&out, '/');
		buf_add_str(&out, part);
	}
	return buf_str(&out);
}

/* How many letters must change (Levenshtein). */
static size_t distance(struct str a, struct str b)
{
	size_t row[MAX_PATH + 1];

	for (size_t k = 0; k <= b.n; k++)
		row[k] = k;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t k = 1; k <= b.n; k++) {
			const size_t change =
				diagonal + (a.p[i - 1] != b.p[k - 1]);
			diagonal = row[k];
			row[k] =
				1 + (row[k] < row[k - 1] ? row[k] : row[k - 1]);
			row[k] = row[k] < change ? row[k] : change;
		}
	}
	return row[b.n];
}

const char *api_path_nearest(struct str path)
{
	const char *best = served[0];
	size_t least = SIZE_MAX;

	path.n = path.n < MAX_PATH ? path.n : MAX_PATH;
	for (size_t i = 0; i < sizeof(served) / sizeof(served[0]); i++) {
		const size_t n = distance(path, str_from(served[i]));
		if (n < least) {
			least = n;
			best = served[i];
		}
	}
	return best;
}
