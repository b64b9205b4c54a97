/*
 * The genai-prices format: providers, their models, and prices in dollars per
 * million tokens, perhaps in tiers, perhaps with the date from which they
 * hold.
 */
#include "llm/price_list.h"

#include <stddef.h>
#include <string.h>

struct price_field {
	const char *name;
	size_t place; /* in struct price_draft */
};

#define AT(member) offsetof(struct price_draft, member)
/* Later names win: the 5-minute write is what we mean by a cache write. */
static const struct price_field fields[] = {
	{"input_mtok", AT(input_pico)},
	{"cache_read_mtok", AT(cache_read_pico)},
	{"cache_write_mtok", AT(cache_write_pico)},
	{"cache_write_5m_mtok", AT(cache_write_pico)},
	{"cache_write_1h_mtok", AT(cache_write_1h_pico)},
	{"output_mtok", AT(output_pico)},
};
#undef AT

/* A price is a number, or {"base": number, "tiers": [{"start", "price"}]}. */
static void read_price(const struct price_reader *r, struct price_draft *d,
		       int64_t *place, struct json v)
{
	if (json_type(v) != JSON_OBJECT) {
		price_draft_set(d, place, v, true);
		return;
	}
	const struct json tiers = json_get(v, "tiers");
	price_draft_set(d, place, json_get(v, "base"), true);
	for (size_t i = 0; i < json_count(tiers); i++)
		price_draft_tier(r, d, place,
				 json_get(json_at(tiers, i), "price"), true);
}

static bool is_zero(struct json v)
{
	return json_type(v) == JSON_NULL || str_eq_c(json_text(v), "0") ||
	       str_eq_c(json_text(v), "0.0");
}

static void read_prices(const struct price_reader *r, struct json prices,
			struct price_draft *d)
{
	price_draft_init(d);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		int64_t *const place =
			(int64_t *)(void *)((char *)d + fields[i].place);
		read_price(r, d, place, json_get(prices, fields[i].name));
	}
	if (!is_zero(json_get(prices, "requests_kcount")))
		d->why = "it charges for each request, too";
}

/*
 * The entry of a list of conditional prices that holds today: the last one
 * whose date has come, and one without a date always holds.  Entries that
 * start later become rows of their own.
 */
static struct json price_today(const struct price_reader *r, struct json list)
{
	struct json now = json_at(list, 0);

	for (size_t i = 1; i < json_count(list); i++) {
		const struct json entry = json_at(list, i);
		const struct str from = json_str(
			json_get(json_get(entry, "constraint"), "start_date"));
		if (from.n == r->today.n &&
		    memcmp(from.p, r->today.p, from.n) <= 0)
			now = entry;
	}
	return now;
}

/* A price that holds at some hours only is none that we could reserve by. */
static bool depends_on_time(struct json list)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json when =
			json_get(json_at(list, i), "constraint");
		if (json_type(when) != JSON_NULL &&
		    json_type(json_get(when, "start_date")) != JSON_STRING)
			return true;
	}
	return false;
}

static void add_later(struct price_reader *r, struct str provider,
		      struct str model, struct json list)
{
	struct price_draft d;

	for (size_t i = 1; i < json_count(list); i++) {
		const struct json entry = json_at(list, i);
		const struct str from = json_str(
			json_get(json_get(entry, "constraint"), "start_date"));
		if (from.n != r->today.n ||
		    memcmp(from.p, r->today.p, from.n) <= 0)
			continue;
		read_prices(r, json_get(entry, "prices"), &d);
		price_add(r, provider, model, from, &d);
	}
}

static void add_model(struct price_reader *r, struct str provider,
		      struct str model, struct json prices)
{
	struct price_draft d;
	struct json now = prices;

	if (json_type(prices) == JSON_ARRAY) {
		if (depends_on_time(prices)) {
			price_skip(r, provider, model,
				   "its price depends on the time of day");
			return;
		}
		now = json_get(price_today(r, prices), "prices");
	}
	read_prices(r, now, &d);
	price_add(r, provider, model, STR_NONE, &d);
	if (json_type(prices) == JSON_ARRAY && d.why == NULL)
		add_later(r, provider, model, prices);
}

/*
 * The names under which a model is called: its id, and what its match rule says
 * it equals.  Rules by prefix are left alone: a snapshot with a date may have
 * another price than its family.
 */
static void add_names(struct price_reader *r, struct str provider,
		      struct str id, struct json match, struct json prices)
{
	const struct json any = json_get(match, "or");
	const struct str equals = json_str(json_get(match, "equals"));

	if (equals.n > 0 && !str_eq(equals, id))
		add_model(r, provider, equals, prices);
	for (size_t i = 0; i < json_count(any); i++) {
		const struct str other =
			json_str(json_get(json_at(any, i), "equals"));
		if (other.n > 0 && !str_eq(other, id))
			add_model(r, provider, other, prices);
	}
}

enum err price_read_genai(struct price_reader *r, struct json list)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json p = json_at(list, i);
		const struct json models = json_get(p, "models");
		const struct str provider =
			price_provider_name(json_str(json_get(p, "id")));

		for (size_t k = 0; k < json_count(models); k++) {
			const struct json m = json_at(models, k);
			const struct str id = json_str(json_get(m, "id"));
			const struct json prices = json_get(m, "prices");
			add_model(r, provider, id, prices);
			add_names(r, provider, id, json_get(m, "match"),
				  prices);
		}
	}
	return ERR_OK;
}
