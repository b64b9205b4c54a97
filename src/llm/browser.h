#ifndef SLIPWAY_LLM_BROWSER_H
#define SLIPWAY_LLM_BROWSER_H

#include "base/err.h"

struct problem_shape;
struct req;

/*
 * The dialect of browsers without JavaScript: a form with the fields `message`,
 * `feature` and, for who is not signed in, `key`; the answer is a page with the
 * form for the next question.  Its field `said` has what was said before, in
 * the form of "messages" of /chat: the conversation is kept in the pages alone.
 *
 * GET gives the page to begin with.
 *
 * The handle() of its route; state is the struct app.
 */
enum err browser_chat(struct req *req, void *state);

/* An error as a page, with the question and the conversation in its form. */
extern const struct problem_shape browser_problem;

#endif
