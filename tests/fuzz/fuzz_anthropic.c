/*
 * Fuzz target: the reader of the adapter `anthropic`.  Whatever a server
 * answers: the events are the same however the bytes are cut, they come in
 * the promised order with exactly one end, text is UTF-8, and tokens are not
 * negative.
 *
 * tests/fuzz/run.sh builds and runs it.
 */
#include "answer.h"
#include "llm/adapters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct str body = {(const char *)data, size};

	check_stream(&provider_anthropic, body);
	check_unusual(&provider_anthropic, body);
	return 0;
}
