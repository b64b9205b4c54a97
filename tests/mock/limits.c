/*
 * The headers in which providers tell what is left of a minute's requests and
 * tokens: OpenAI's say when they reset as a duration ("1m30s"), Anthropic's
 * as a time (RFC 3339).
 */
#include "limits.h"

#include <stdio.h>
#include <time.h>

static void add_number(struct MHD_Response *r, const char *name, long value)
{
	char text[24];

	if (value == SCRIPT_UNSET)
		return;
	(void)snprintf(text, sizeof(text), "%ld", value);
	(void)MHD_add_response_header(r, name, text);
}

static void add_openai(const struct script *s, struct MHD_Response *r)
{
	char reset[48];

	add_number(r, "x-ratelimit-limit-requests", s->limit_requests);
	add_number(r, "x-ratelimit-remaining-requests", s->remaining_requests);
	add_number(r, "x-ratelimit-limit-tokens", s->limit_tokens);
	add_number(r, "x-ratelimit-remaining-tokens", s->remaining_tokens);
	if (s->reset == SCRIPT_UNSET)
		return;
	if (s->reset >= 60)
		(void)snprintf(reset, sizeof(reset), "%ldm%lds", s->reset / 60,
			       s->reset % 60);
	else
		(void)snprintf(reset, sizeof(reset), "%lds", s->reset);
	(void)MHD_add_response_header(r, "x-ratelimit-reset-requests", reset);
	(void)MHD_add_response_header(r, "x-ratelimit-reset-tokens", reset);
}

static void add_anthropic(const struct script *s, struct MHD_Response *r)
{
	char reset[32];
	struct tm tm;

	add_number(r, "anthropic-ratelimit-requests-limit", s->limit_requests);
	add_number(r, "anthropic-ratelimit-requests-remaining",
		   s->remaining_requests);
	add_number(r, "anthropic-ratelimit-tokens-limit", s->limit_tokens);
	add_number(r, "anthropic-ratelimit-tokens-remaining",
		   s->remaining_tokens);
	if (s->reset == SCRIPT_UNSET)
		return;
	const time_t at = time(NULL) + s->reset;
	(void)strftime(reset, sizeof(reset), "%Y-%m-%dT%H:%M:%SZ",
		       gmtime_r(&at, &tm));
	(void)MHD_add_response_header(r, "anthropic-ratelimit-requests-reset",
				      reset);
	(void)MHD_add_response_header(r, "anthropic-ratelimit-tokens-reset",
				      reset);
}

void limits_add(const struct call *c, struct MHD_Response *r)
{
	switch (c->dialect->limits) {
	case LIMITS_OPENAI:
		add_openai(&c->script, r);
		break;
	case LIMITS_ANTHROPIC:
		add_anthropic(&c->script, r);
		break;
	case LIMITS_NONE:
	default:
		break;
	}
}
