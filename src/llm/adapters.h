#ifndef SLIPWAY_LLM_ADAPTERS_H
#define SLIPWAY_LLM_ADAPTERS_H

#include "llm/provider.h"

/* The adapters that are built in; provider_adapter() chooses among them. */
extern const struct provider_adapter provider_openai;
extern const struct provider_adapter provider_openai_embed;
extern const struct provider_adapter provider_anthropic;
extern const struct provider_adapter provider_bedrock;

#endif
