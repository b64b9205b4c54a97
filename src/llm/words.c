/*
 * What providers say about errors, without what they were asked.  Called where
 * such words come in, before anything is logged.
 */
#include "llm/words.h"

#include "http/req.h"
#include "llm/app.h"
#include "llm/call.h"

#include <string.h>

/* A run of the question; shorter ones are words that anybody may use. */
#define RUN_BYTES ((size_t)12)
/* So much question is compared; behind it the words are not worth the time. */
#define QUESTION_MAX_BYTES ((size_t)64 * 1024)

struct words {
	char text[ERR_DETAIL_BYTES];
	size_t n;
	bool gone[ERR_DETAIL_BYTES]; /* bytes that the question has, too */
	size_t compared;
};

static bool has_run(struct str text, const char *run)
{
	const char *p = text.p;
	const char *const end = text.p + text.n;

	while (p != NULL && (size_t)(end - p) >= RUN_BYTES) {
		p = memchr(p, run[0], (size_t)(end - p) - RUN_BYTES + 1);
		if (p == NULL)
			return false;
		if (memcmp(p, run, RUN_BYTES) == 0)
			return true;
		p++;
	}
	return false;
}

static void compare(struct words *w, struct str text)
{
	w->compared += text.n;
	if (w->compared > QUESTION_MAX_BYTES)
		return;
	for (size_t i = 0; i + RUN_BYTES <= w->n; i++)
		if (has_run(text, w->text + i))
			memset(w->gone + i, true, RUN_BYTES);
}

static void compare_part(struct words *w, const struct llm_part *p)
{
	compare(w, p->text);
	compare(w, p->name);
	if (p->kind == LLM_PART_DOCUMENT)
		compare(w, p->data);
}

static void compare_all(struct words *w, const struct call *c)
{
	const struct llm_request *const r = &c->llm;

	for (size_t i = 0; i < r->nmessages; i++) {
		compare(w, r->messages[i].text);
		for (size_t k = 0; k < r->messages[i].nparts; k++)
			compare_part(w, &r->messages[i].parts[k]);
	}
	for (size_t i = 0; i < r->ninputs; i++)
		compare(w, r->inputs[i]);
}

void words_clean(struct call *c)
{
	struct errbuf *const e = &c->req->err;
	struct words w = {.n = strlen(e->detail)};
	struct buf out;

	memcpy(w.text, e->detail, w.n);
	compare_all(&w, c);
	if (w.compared > QUESTION_MAX_BYTES)
		memset(w.gone, true, sizeof(w.gone));
	buf_init(&out, &c->req->arena, 4 * ERR_DETAIL_BYTES);
	for (size_t i = 0; i < w.n; i++)
		if (!w.gone[i])
			buf_add_char(&out, w.text[i]);
		else if (i == 0 || !w.gone[i - 1])
			buf_add_c(&out, "[...]");
	const struct str text =
		guard_log_text(c->app->guard, &c->req->arena, buf_str(&out));
	const enum err code = e->code;
	err_clear(e);
	(void)err_set(e, code, STR_FMT, STR_ARG(text));
}
