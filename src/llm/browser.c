/*
 * The chat page without JavaScript: a plain form in, a complete page out.  The
 * pipeline between them is the same as for every other dialect.
 */
#include "llm/browser.h"

#include "auth/key.h"
#include "docs/render.h"
#include "http/page.h"
#include "http/problem.h"
#include "http/req.h"
#include "llm/app.h"
#include "llm/call.h"

/* Who asks: the credential of the request, else the key in the form. */
static enum err identify(struct call *c)
{
	struct req *const req = c->req;
	struct str key;

	ERR_TRY(req_form(req, "key", &key));
	key = str_trim(key);
	if (key.n == 0)
		return call_identify(c);
	return auth_key_from_headers(STR_NONE, key, c->op.admit.key_hash,
				     &req->err);
}

static enum err decode(struct call *c)
{
	struct req *const req = c->req;
	struct str message;

	ERR_TRY(identify(c));
	ERR_TRY(req_form(req, "message", &message));
	ERR_TRY(req_form(req, "feature", &c->feature_name));
	if (str_trim(message).n == 0)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "The question is empty.");
	if ((int64_t)message.n > c->app->conf->server.max_message_bytes)
		return err_set(&req->err, ERR_TOO_LARGE,
			       "The question is too long.");
	c->messages = ARENA_NEW(&req->arena, struct llm_message);
	c->messages[0] =
		(struct llm_message){.role = LLM_USER, .text = message};
	c->nmessages = 1;
	return ERR_OK;
}

static void add_sources(const struct call *c, struct buf *out)
{
	if (c->npassages == 0)
		return;
	buf_add_c(out, "<section class=\"sources\">\n<h2>Sources</h2>\n<ol>\n");
	for (size_t i = 0; i < c->npassages; i++) {
		const struct docs_passage *const p = &c->passages[i];
		const bool linked = str_starts(p->url, STR("https://")) ||
				    str_starts(p->url, STR("http://"));
		buf_add_c(out, "<li>");
		if (linked) {
			buf_add_c(out, "<a rel=\"noopener noreferrer "
				       "nofollow\" href=\"");
			page_text(out, p->url);
			buf_add_c(out, "\">");
		}
		page_text(out, p->title);
		buf_add_c(out, linked ? "</a>" : "");
		buf_add_c(out, "<span class=\"snippet\">");
		page_text(out, p->text);
		buf_add_c(out, "</span></li>\n");
	}
	buf_add_c(out, "</ol>\n</section>\n");
}

/* Another question; a key is asked for again, as no page repeats one. */
static void add_form(const struct call *c, struct buf *out)
{
	buf_add_c(out, "<form class=\"ask\" method=\"post\" "
		       "action=\"/chat/form\">\n"
		       "<p><label for=\"question\">Your question</label></p>\n"
		       "<textarea id=\"question\" name=\"message\" rows=\"3\" "
		       "required></textarea>\n"
		       "<input type=\"hidden\" name=\"feature\" value=\"");
	page_text(out, str_from(c->feature->name));
	buf_add_c(out, "\">\n<p class=\"row\"><label for=\"key\">API key, "
		       "unless you are signed in</label> <input "
		       "type=\"password\" id=\"key\" name=\"key\" "
		       "autocomplete=\"off\">\n<button type=\"submit\" "
		       "class=\"send\">Send</button></p>\n</form>\n");
}

static void answer(const struct call *c, struct buf *out)
{
	page_open(out, c->app->conf, "Answer", "");
	buf_add_c(out, "<link rel=\"stylesheet\" href=\"/chat.css\">\n"
		       "<h1>Answer</h1>\n<p class=\"question\" dir=\"auto\">");
	page_text(out, c->messages[0].text);
	buf_add_c(out, "</p>\n<div class=\"answer text\" dir=\"auto\">\n");
	buf_add_str(out, docs_render_html(&c->req->arena, buf_str(&c->answer)));
	buf_add_c(out, "</div>\n");
	add_sources(c, out);
	buf_add_c(out, "<p class=\"meta\">");
	page_text(out, str_from(c->settle.model_route));
	buf_add_c(out, " · <code>");
	page_text(out, str_from(c->req->id));
	buf_add_c(out, "</code> · Answers can be wrong: check the sources."
		       "</p>\n");
	add_form(c, out);
	page_close(out);
}

static void problem(const struct call *c, enum err err, struct buf *out)
{
	problem_page(c->req, err, out);
}

static const struct encoder encoder_page = {
	.content_type = PAGE_TYPE,
	.problem_type = PAGE_TYPE,
	.last_tier = true,
	.answer = answer,
	.problem = problem,
};

enum err browser_chat(struct req *req, void *state)
{
	struct call *const c = ARENA_NEW(&req->arena, struct call);

	c->req = req;
	c->app = state;
	c->encoder = &encoder_page;
	ERR_TRY(decode(c));
	return call_run(c);
}
