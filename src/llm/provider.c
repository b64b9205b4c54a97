/*
 * Which code speaks to which provider.  A new kind is one line here and one
 * file beside it.
 */
#include "llm/provider.h"

#include "conf/conf.h"
#include "llm/adapters.h"

const struct provider_adapter *
provider_adapter(const struct conf_provider *conf)
{
	switch (conf->kind) {
	case CONF_PROVIDER_OPENAI:
		return &provider_openai;
	case CONF_PROVIDER_ANTHROPIC:
		return &provider_anthropic;
	case CONF_PROVIDER_BEDROCK:
		return &provider_bedrock;
	case CONF_PROVIDER_EXTRACT:
	case CONF_PROVIDER_STATIC:
		break;
	}
	return NULL;
}

const struct provider_adapter *
provider_embedder(const struct conf_provider *conf)
{
	return conf->kind == CONF_PROVIDER_OPENAI ? &provider_openai_embed
						  : NULL;
}
