#ifndef SLIPWAY_API_PATH_H
#define SLIPWAY_API_PATH_H

#include "base/str.h"

struct req;

/*
 * The path of a request without what base URLs put in front of it, and with
 * single slashes: "/v1/models", "/models/" and "/v1/v1//models" are "models".
 * In the arena of the request; still percent-encoded.
 */
struct str api_path(struct req *req);

/* The served path that is most like path: for a 404 that helps. */
const char *api_path_nearest(struct str path);

#endif
