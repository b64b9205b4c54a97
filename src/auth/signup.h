#ifndef SLIPWAY_AUTH_SIGNUP_H
#define SLIPWAY_AUTH_SIGNUP_H

#include "base/err.h"

struct people;
struct req;

/*
 * The actions of /auth by which people come in: what there is to choose from,
 * an account with an invite (or without, where the settings let everybody in),
 * a place on the waitlist.
 */
enum err signup_offer(struct req *req, struct people *p);
enum err signup_register(struct req *req, struct people *p);
enum err signup_waitlist(struct req *req, struct people *p);

#endif
