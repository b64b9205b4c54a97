#ifndef SLIPWAY_AUTH_MAILED_H
#define SLIPWAY_AUTH_MAILED_H

#include "base/err.h"
#include "base/str.h"

struct people;
struct req;

/*
 * Links that go by e-mail: to show that an address is one's own, and to set a
 * new password.  Each works once; following it only shows a page with a
 * button, because programs that look at mail follow links, too.
 */

/*
 * Send a link to verify the address of the session's account, if it has one
 * that is not verified and mail is set up.  A failure is only logged: the
 * account page offers it again.
 * Blocks: until the mail server has taken it.
 */
void mailed_verify(struct req *req, struct people *p, struct str token);

/* The actions of /auth. */
enum err mailed_verify_again(struct req *req, struct people *p);
enum err mailed_verify_page(struct req *req, struct people *p);
enum err mailed_verify_use(struct req *req, struct people *p);
enum err mailed_reset(struct req *req, struct people *p);
enum err mailed_reset_page(struct req *req, struct people *p);
enum err mailed_reset_use(struct req *req, struct people *p);

#endif
