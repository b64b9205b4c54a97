/*
 * LiteLLM's format: one object, a member for each model, prices in dollars per
 * token under many names.  Those that a request of ours can meet are read; the
 * rest (batch, flex, audio, images) is passed over.
 */
#include "llm/price_list.h"

#include <string.h>

/* json_each() over the members of one model. */
struct tier_scan {
	const struct price_reader *reader;
	struct price_draft *draft;
};

struct base_price {
	const char *name;
	size_t place; /* in struct price_draft */
};

#define AT(member) offsetof(struct price_draft, member)
static const struct base_price bases[] = {
	{"input_cost_per_token", AT(input_pico)},
	{"cache_read_input_token_cost", AT(cache_read_pico)},
	{"cache_creation_input_token_cost", AT(cache_write_pico)},
	{"cache_creation_input_token_cost_above_1hr", AT(cache_write_1h_pico)},
	{"output_cost_per_token", AT(output_pico)},
};
#undef AT
#define NBASES (sizeof(bases) / sizeof(bases[0]))

static int64_t *place_of(struct price_draft *d, size_t base)
{
	return (int64_t *)(void *)((char *)d + bases[base].place);
}

/* "_above_200k_tokens", and nothing behind it (_priority, _batches) */
static bool is_tier_suffix(struct str s)
{
	const struct str head = STR("_above_");
	const struct str tail = STR("k_tokens");
	size_t i = head.n;

	if (!str_starts(s, head))
		return false;
	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i > head.n && str_eq((struct str){s.p + i, s.n - i}, tail);
}

static enum err scan_tiers(void *arg, struct str name, struct json value)
{
	const struct tier_scan *const scan = arg;

	for (size_t i = 0; i < NBASES; i++) {
		const struct str base = str_from(bases[i].name);
		if (!str_starts(name, base))
			continue;
		if (is_tier_suffix(
			    (struct str){name.p + base.n, name.n - base.n}))
			price_draft_tier(scan->reader, scan->draft,
					 place_of(scan->draft, i), value,
					 false);
	}
	return ERR_OK;
}

static bool has_price(struct json model, const char *name)
{
	const struct json v = json_get(model, name);

	return json_type(v) != JSON_NULL && !str_eq_c(json_text(v), "0") &&
	       !str_eq_c(json_text(v), "0.0");
}

static void read_model(const struct price_reader *r, struct json model,
		       struct price_draft *d)
{
	struct tier_scan scan = {r, d};

	price_draft_init(d);
	for (size_t i = 0; i < NBASES; i++)
		price_draft_set(d, place_of(d, i),
				json_get(model, bases[i].name), false);
	/* an embedding has no output to charge for */
	if (str_eq_c(json_str(json_get(model, "mode")), "embedding"))
		d->output_pico = 0;
	/* reasoning is output here: the dearer price holds for both */
	if (has_price(model, "output_cost_per_reasoning_token") &&
	    !str_eq(json_text(
			    json_get(model, "output_cost_per_reasoning_token")),
		    json_text(json_get(model, "output_cost_per_token"))))
		d->why = "reasoning has a price of its own";
	if (json_count(json_get(model, "tiered_pricing")) > 0)
		d->why = "its price depends on the length of the input in "
			 "steps";
	if (has_price(model, "input_cost_per_request"))
		d->why = "it charges for each request, too";
	if (json_each(model, scan_tiers, &scan) != ERR_OK)
		d->why = "it could not be read";
}

static bool is_text_mode(struct str mode)
{
	return str_eq_c(mode, "chat") || str_eq_c(mode, "completion") ||
	       str_eq_c(mode, "responses") || str_eq_c(mode, "embedding");
}

/* "groq/llama-3" of provider groq is model llama-3 there. */
static struct str model_name(struct str key, struct str litellm_provider)
{
	const size_t n = litellm_provider.n;

	if (n > 0 && str_starts(key, litellm_provider) && key.n > n + 1 &&
	    key.p[n] == '/')
		return (struct str){key.p + n + 1, key.n - n - 1};
	if (str_eq_c(litellm_provider, "bedrock_converse") &&
	    str_starts(key, STR("bedrock/")))
		return (struct str){key.p + 8, key.n - 8};
	return key;
}

static enum err read_member(void *arg, struct str key, struct json model)
{
	struct price_reader *const r = arg;
	const struct str theirs = json_str(json_get(model, "litellm_provider"));
	const struct str provider = price_provider_name(theirs);
	const struct str name = model_name(key, theirs);
	struct price_draft d;

	/* the first member explains the others */
	if (str_eq_c(key, "sample_spec"))
		return ERR_OK;
	if (theirs.n == 0) {
		price_skip(r, STR("?"), key, "it names no provider");
		return ERR_OK;
	}
	if (!is_text_mode(json_str(json_get(model, "mode")))) {
		price_skip(r, provider, name, "it is not for text");
		return ERR_OK;
	}
	read_model(r, model, &d);
	price_add(r, provider, name, STR_NONE, &d);
	return ERR_OK;
}

enum err price_read_litellm(struct price_reader *r, struct json models)
{
	return json_each(models, read_member, r);
}
