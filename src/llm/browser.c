/*
 * The chat page without JavaScript: a plain form in, a complete page out, with
 * the conversation in a hidden field of its form.  The pipeline between them is
 * the same as for every other dialect.
 */
#include "llm/browser.h"

#include "auth/key.h"
#include "docs/render.h"
#include "http/page.h"
#include "http/problem.h"
#include "http/req.h"
#include "http/words.h"
#include "http/worker.h"
#include "llm/app.h"
#include "llm/call.h"
#include "llm/slipway.h"

/* How much of the conversation goes along with the next question. */
#define SAID_MESSAGES   12
#define SAID_BYTES      ((size_t)16 * 1024)
#define SAID_JSON_BYTES ((size_t)128 * 1024)
#define KEPT_FORM_BYTES ((size_t)64 * 1024)
#define BEGIN_BYTES     ((size_t)128 * 1024)

#define CHAT_STYLE      "<link rel=\"stylesheet\" href=\"/chat.css\">\n"

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

/* Decoding ----------------------------------------------------------- */

/* The fields of the form that the next page has again. */
struct form {
	enum words_lang lang;
	struct str message;
	struct str feature;
	struct str said;
};

static enum err read_form(struct req *req, struct form *f)
{
	ERR_TRY(req_form(req, "message", &f->message));
	ERR_TRY(req_form(req, "feature", &f->feature));
	return req_form(req, "said", &f->said);
}

/* What was said before, with room for one more message. */
static enum err decode_said(struct call *c, struct str said)
{
	struct arena *const a = &c->req->arena;
	struct json list;

	if (said.n > 0) {
		ERR_TRY(json_parse(a, said, &list, &c->req->err));
		return slipway_messages(c, list, 1);
	}
	c->messages = ARENA_NEW(a, struct llm_message);
	c->nmessages = 0;
	return ERR_OK;
}

static enum err decode(struct call *c)
{
	struct req *const req = c->req;
	struct form *const f = ARENA_NEW(&req->arena, struct form);

	f->lang = words_of_request(req);
	ERR_TRY(identify(c));
	ERR_TRY(read_form(req, f));
	c->encoder_state = f;
	c->feature_name = f->feature;
	if (str_trim(f->message).n == 0)
		return ERR_INVALID_REQUEST; /* flaw_of() says why */
	if ((int64_t)f->message.n > c->app->conf->server.max_message_bytes)
		return ERR_TOO_LARGE;
	ERR_TRY(decode_said(c, f->said));
	c->messages[c->nmessages++] =
		(struct llm_message){.role = LLM_USER, .text = f->message};
	return ERR_OK;
}

/* Encoding ----------------------------------------------------------- */

/* The first page is the same for all, so it is there in both languages. */
static void begin_page(struct buf *out, const struct conf *conf,
		       enum words_lang lang, enum words_key title)
{
	const bool first = title == W_ASK;

	page_open(out,
		  &(const struct page){
			  .conf = conf,
			  .lang = lang,
			  .title = words(lang, title),
			  .path = "",
			  .extra = CHAT_STYLE,
			  .other = !first             ? NULL
				   : lang == WORDS_EN ? "/chat/form?lang=de"
						      : "/chat/form?lang=en"});
}

static void add_sources(const struct call *c, enum words_lang lang,
			struct buf *out)
{
	if (c->npassages == 0)
		return;
	buf_addf(out, "<section class=\"sources\">\n<h2>%s</h2>\n<ol>\n",
		 words(lang, W_SOURCES));
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

/* What can be asked: the feature of the form, or any while it has none. */
static void add_features(const struct conf *conf, const struct form *f,
			 struct buf *out)
{
	if (f->feature.n > 0) {
		buf_add_c(out, "<input type=\"hidden\" name=\"feature\" "
			       "value=\"");
		page_text(out, f->feature);
		buf_add_c(out, "\">\n");
		return;
	}
	buf_addf(out,
		 "<p class=\"row\"><label for=\"feature\">%s</label> "
		 "<select id=\"feature\" name=\"feature\">",
		 words(f->lang, W_ANSWER_WITH));
	for (size_t i = 0; i < conf->nfeatures; i++) {
		const struct conf_feature *const one = &conf->features[i];
		if (one->agent)
			continue;
		buf_add_c(out, "<option value=\"");
		page_text(out, str_from(one->name));
		buf_add_c(out, "\">");
		page_text(out, str_from(conf_feature_title(one)));
		buf_add_c(out, "</option>");
	}
	buf_add_c(out, "</select></p>\n");
}

/*
 * Another question; a key is asked for again, as no page repeats one.  f is
 * what the form has in it.
 */
static void add_form(const struct conf *conf, const struct form *f,
		     struct buf *out)
{
	buf_addf(out,
		 "<form class=\"ask\" method=\"post\" "
		 "action=\"/chat/form?lang=%s#latest\">\n"
		 "<p><label for=\"question\">%s</label></p>\n"
		 "<textarea id=\"question\" name=\"message\" rows=\"3\" "
		 "dir=\"auto\" required>",
		 words_tag(f->lang), words(f->lang, W_QUESTION));
	page_text(out, f->message);
	buf_add_c(out, "</textarea>\n");
	add_features(conf, f, out);
	buf_add_c(out, "<input type=\"hidden\" name=\"said\" value=\"");
	page_text(out, f->said);
	buf_addf(out,
		 "\">\n<p class=\"row\"><label for=\"key\">%s</label> <input "
		 "type=\"password\" id=\"key\" name=\"key\" "
		 "autocomplete=\"off\">\n<a href=\"/\">%s</a>\n"
		 "<button type=\"submit\" class=\"send\">%s</button>"
		 "</p>\n</form>\n",
		 words(f->lang, W_KEY), words(f->lang, W_NEW_CHAT),
		 words(f->lang, W_SEND));
}

static size_t at_most(size_t max, int64_t setting)
{
	return setting < (int64_t)max ? (size_t)(setting > 0 ? setting : 0)
				      : max;
}

/* From which message on the next question takes the conversation along. */
static size_t first_kept(const struct call *c)
{
	const struct conf_server *const s = &c->app->conf->server;
	const size_t max_bytes = at_most(SAID_BYTES, s->max_message_bytes);
	/* this answer and the next question are two more */
	const size_t max = at_most(SAID_MESSAGES, s->max_messages - 2);
	size_t bytes = c->answer.n;
	size_t first = c->nmessages;

	for (size_t i = c->nmessages; i-- > 0;) {
		bytes += c->messages[i].text.n;
		if (bytes > max_bytes || c->nmessages - i > max)
			break;
		if (c->messages[i].role == LLM_USER)
			first = i;
	}
	return first;
}

static void write_message(struct jw *w, enum llm_role role, struct str text)
{
	jw_open_object(w, NULL);
	jw_c(w, "role", role == LLM_USER ? "user" : "assistant");
	jw_str(w, "content", text);
	jw_close(w);
}

/* The conversation up to and with this answer, for the field `said`. */
static struct str said_now(const struct call *c, const struct form *f)
{
	const size_t first = first_kept(c);
	struct buf said;
	struct jw w;

	if (str_trim(buf_str(&c->answer)).n == 0)
		return f->said;
	if (first == c->nmessages)
		return STR_NONE;
	buf_init(&said, &c->req->arena, SAID_JSON_BYTES);
	jw_init(&w, &said);
	jw_open_array(&w, NULL);
	for (size_t i = first; i < c->nmessages; i++)
		write_message(&w, c->messages[i].role, c->messages[i].text);
	write_message(&w, LLM_ASSISTANT, buf_str(&c->answer));
	jw_close(&w);
	return buf_str(&said);
}

static void add_question(struct str text, struct buf *out)
{
	buf_add_c(out, "<p class=\"question\" dir=\"auto\">");
	page_text(out, text);
	buf_add_c(out, "</p>\n");
}

static void add_answer(const struct call *c, struct str text, struct buf *out)
{
	buf_add_c(out, "<div class=\"answer text\" dir=\"auto\">\n");
	buf_add_str(out, docs_render_html(&c->req->arena, text));
	buf_add_c(out, "</div>\n");
}

/* Each turn up to the last question, whose article stays open. */
static void add_turns(const struct call *c, struct buf *out)
{
	bool is_open = false;

	for (size_t i = 0; i < c->nmessages; i++) {
		const struct llm_message *const m = &c->messages[i];
		const bool is_last = i + 1 == c->nmessages;
		if (m->role != LLM_USER) {
			add_answer(c, m->text, out);
			continue;
		}
		buf_add_c(out, is_open ? "</article>\n" : "");
		is_open = true;
		buf_addf(out, "<article class=\"turn\"%s>\n",
			 is_last ? " id=\"latest\"" : "");
		add_question(m->text, out);
	}
}

static void answer(const struct call *c, struct buf *out)
{
	const struct form *const f = c->encoder_state;

	begin_page(out, c->app->conf, f->lang, W_ANSWER);
	buf_addf(out, "<h1>%s</h1>\n", words(f->lang, W_ANSWER));
	add_turns(c, out);
	add_answer(c, buf_str(&c->answer), out);
	add_sources(c, f->lang, out);
	buf_add_c(out, "<p class=\"meta\">");
	page_text(out, str_from(c->settle.model_route));
	buf_add_c(out, " · <code>");
	page_text(out, str_from(c->req->id));
	buf_addf(out, "</code> · %s</p>\n</article>\n",
		 words(f->lang, W_CAN_BE_WRONG));
	add_form(c->app->conf,
		 &(const struct form){.lang = f->lang,
				      .feature = str_from(c->feature->name),
				      .said = said_now(c, f)},
		 out);
	page_close(out);
}

/* What is wrong with the question itself, else what becomes of it. */
static enum words_key flaw_of(const struct form *f, enum err err)
{
	if (err == ERR_TOO_LARGE)
		return W_TOO_LONG;
	return err == ERR_INVALID_REQUEST && str_trim(f->message).n == 0
		       ? W_EMPTY
		       : W_KEPT_BELOW;
}

static void add_problem(const struct req *req, const struct form *f,
			enum err err, struct buf *out)
{
	begin_page(out, worker_conf(req->worker), f->lang, W_FAILED);
	problem_words(req, f->lang, err, words(f->lang, flaw_of(f, err)), out);
	add_form(worker_conf(req->worker), f, out);
	page_close(out);
}

static void problem(const struct call *c, enum err err, struct buf *out)
{
	add_problem(c->req, c->encoder_state, err, out);
}

/* Before there was a call; a form that cannot be read comes back empty. */
static void write_problem(struct req *req, enum err err, struct buf *out)
{
	struct errbuf kept = req->err;
	struct form f = {.said = STR_NONE};

	if (req->body.n > KEPT_FORM_BYTES || read_form(req, &f) != ERR_OK)
		f = (struct form){.said = STR_NONE};
	f.lang = words_again(req);
	req->err = kept;
	add_problem(req, &f, err, out);
}

const struct problem_shape browser_problem = {
	.content_type = PAGE_TYPE,
	.write = write_problem,
};

static const struct encoder encoder_page = {
	.content_type = PAGE_TYPE,
	.problem_type = PAGE_TYPE,
	.last_tier = true,
	.answer = answer,
	.problem = problem,
};

/* The page to begin with. */
static enum err begin(struct req *req, const struct conf *conf)
{
	const struct form empty = {.lang = words_of_request(req)};
	struct buf page;

	buf_init(&page, &req->arena, BEGIN_BYTES);
	begin_page(&page, conf, empty.lang, W_ASK);
	buf_addf(&page, "<h1>%s</h1>\n<p>", words(empty.lang, W_WELCOME));
	page_text(&page, str_from(conf->server.welcome));
	buf_add_c(&page, "</p>\n");
	add_form(conf, &empty, &page);
	buf_addf(&page,
		 "<p class=\"help\">%s <a href=\"/login/?next=/chat/form\">%s"
		 "</a> · <a href=\"/demo/\">%s</a></p>\n",
		 words(empty.lang, W_CAN_BE_WRONG),
		 words(empty.lang, W_SIGN_IN),
		 words(empty.lang, W_ANSWERED_BEFORE));
	page_close(&page);
	ERR_TRY(buf_err(&page));
	ERR_TRY(res_send(req, 200, PAGE_TYPE, buf_str(&page)));
	worker_finish(req->worker, req); /* the route hands over */
	return ERR_OK;
}

enum err browser_chat(struct req *req, void *state)
{
	struct call *const c = ARENA_NEW(&req->arena, struct call);

	if (!str_eq_c(req->method, "POST"))
		return begin(req, ((const struct app *)state)->conf);
	c->req = req;
	c->app = state;
	c->encoder = &encoder_page;
	ERR_TRY(decode(c));
	return call_run(c);
}
