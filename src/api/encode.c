/*
 * Parts of answers that all compatible APIs write alike.
 */
#include "api/encode.h"

#include "base/num.h"
#include "http/req.h"
#include "json/json.h"

void api_add_tool_id(struct buf *out, const struct call *c, const char *prefix,
		     struct str id, size_t index)
{
	if (id.n > 0)
		json_quote(out, id);
	else
		buf_addf(out, "\"%s_%s_%zu\"", prefix, c->req->id, index);
}

int64_t api_input_tokens(const struct ledger_usage *u)
{
	return u->input_tokens + u->cache_read_tokens + u->cache_write_tokens +
	       u->cache_write_1h_tokens;
}

void api_add_trailer(struct buf *out, const struct call *c)
{
	char usd[NUM_USD_BYTES];

	buf_addf(out,
		 ": x-slipway-cost-usd: %s\n"
		 ": x-slipway-model-route: %s\n\n",
		 num_format_usd(c->settle.cost_pico, usd),
		 c->settle.model_route);
}
