#ifndef SLIPWAY_LLM_WORDS_H
#define SLIPWAY_LLM_WORDS_H

struct call;

/*
 * A provider's words about an error, in c->req->err, are on their way to the
 * log.  Some repeat what they were asked: take out what stands in the question,
 * and what the guard knows for private whatever the feature says.
 */
void words_clean(struct call *c);

#endif
