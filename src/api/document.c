/*
 * Documents in a conversation, as clients of Anthropic's API send them: plain
 * texts with a title.  What would have to be fetched or taken apart (a URL, a
 * file, a PDF) is refused, and so are citations, which no answer here has.
 */
#include "api/document.h"

#include "http/req.h"
#include "llm/call.h"

static enum err refuse(struct call *c, const char *what)
{
	return err_set(&c->req->err, ERR_INVALID_REQUEST, "%s", what);
}

static bool is_type(struct json v, const char *type)
{
	return str_eq_c(json_str(json_get(v, "type")), type);
}

/* A string, or blocks of text, one under the other. */
static enum err join(struct call *c, struct json content, struct str *out)
{
	struct buf text;

	*out = json_str(content);
	if (json_type(content) != JSON_ARRAY)
		return ERR_OK;
	buf_init(&text, &c->req->arena, c->req->body.n + 1);
	for (size_t i = 0; i < json_count(content); i++) {
		const struct json block = json_at(content, i);
		if (is_type(block, "image"))
			continue;
		if (!is_type(block, "text"))
			return refuse(c, "the content of a document must be "
					 "text and images");
		if (text.n > 0)
			buf_add_char(&text, '\n');
		buf_add_str(&text, json_str(json_get(block, "text")));
	}
	*out = buf_str(&text);
	return ERR_OK;
}

static enum err decode_source(struct call *c, struct json source,
			      struct str *text)
{
	const struct json type = json_get(source, "media_type");

	if (is_type(source, "content"))
		return join(c, json_get(source, "content"), text);
	if (!is_type(source, "text"))
		return refuse(c, "a document must be a source of type text or "
				 "content: nothing is fetched from elsewhere, "
				 "and no PDF is read");
	if (json_type(type) != JSON_NULL &&
	    !str_eq_c(json_str(type), "text/plain"))
		return refuse(c, "the media_type of a document of type text "
				 "must be text/plain");
	*text = json_str(json_get(source, "data"));
	return ERR_OK;
}

enum err document_decode(struct call *c, struct json block,
			 struct llm_part *out)
{
	const struct json citations = json_get(block, "citations");
	struct errbuf *const e = &c->req->err;

	*out = (struct llm_part){.kind = LLM_PART_DOCUMENT};
	ERR_TRY(json_get_str(block, "title", &out->name, e));
	ERR_TRY(json_get_str(block, "context", &out->data, e));
	if (json_is_true(json_get(citations, "enabled")))
		return refuse(c, "\"citations\" of a document are not "
				 "supported: answers have none");
	ERR_TRY(decode_source(c, json_get(block, "source"), &out->text));
	if (str_trim(out->text).n == 0)
		return refuse(c, "a document has no text");
	return ERR_OK;
}
