#ifndef SLIPWAY_HTTP_ROUTE_H
#define SLIPWAY_HTTP_ROUTE_H

#include "base/str.h"

#include <stdbool.h>

struct route;

/* Is path one of the route's?  A route without paths takes any. */
bool route_matches(const struct route *route, struct str path);

/* Is method one that the route takes? */
bool route_allows(const struct route *route, struct str method);

#endif
