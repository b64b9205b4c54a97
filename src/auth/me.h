#ifndef SLIPWAY_AUTH_ME_H
#define SLIPWAY_AUTH_ME_H

#include "base/err.h"

struct people;
struct req;

/*
 * The actions of /me: what a person sees and does with the own account.  All
 * but me_show() need a session: an API key cannot make another one.
 */
enum err me_show(struct req *req, struct people *p);
enum err me_key_create(struct req *req, struct people *p);
enum err me_key_revoke(struct req *req, struct people *p);
enum err me_session_end(struct req *req, struct people *p);
enum err me_password(struct req *req, struct people *p);
enum err me_export(struct req *req, struct people *p);
enum err me_delete(struct req *req, struct people *p);

#endif
