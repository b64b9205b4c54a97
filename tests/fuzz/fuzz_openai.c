/*
 * Fuzz target: the adapter `openai`.  Whatever a server answers: the events
 * are the same however the bytes are cut, they come in the promised order
 * with exactly one end, text is UTF-8, tokens are not negative and add up;
 * and as the body of an error it has a class of the provider's and a detail
 * without control bytes.
 *
 * tests/fuzz/run.sh builds and runs it.
 */
#include "answer.h"
#include "llm/adapters.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_providers(enum err err)
{
	return err == ERR_UPSTREAM || err == ERR_UPSTREAM_RATE ||
	       err == ERR_UPSTREAM_QUOTA || err == ERR_UPSTREAM_AUTH ||
	       err == ERR_UPSTREAM_REJECTED || err == ERR_UPSTREAM_TIMEOUT;
}

/* A key as a word of its own. */
static bool shows_key(const char *text)
{
	const char *p = strstr(text, "sk-abcdefgh");

	for (; p != NULL; p = strstr(p + 1, "sk-abcdefgh"))
		if (p == text || strchr(" :\"'(,;<>[]{}@", p[-1]) != NULL)
			return true;
	return false;
}

static void check_error(struct str body)
{
	static const int statuses[] = {302, 400, 401, 404, 429, 500, 529};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct errbuf e = {.code = ERR_OK};
		struct arena a;
		arena_init(&a, TRANSCRIPT_BYTES);
		const enum err err =
			provider_openai.classify(&a, statuses[i], body, &e);
		must(is_providers(err) && e.code == err);
		for (const char *p = e.detail; *p != '\0'; p++)
			must((unsigned char)*p >= ' ' && *p != 0x7f);
		must(!shows_key(e.detail));
		arena_release(&a);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct str body = {(const char *)data, size};

	check_stream(&provider_openai, body);
	check_unusual(&provider_openai, body);
	check_error(body);
	return 0;
}
